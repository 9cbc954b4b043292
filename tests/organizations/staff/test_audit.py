"""The console's audit trail: whose records are found, what is told of them, and the file."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.audit import (
    PLATFORM_SUBJECT,
    AuditRecord,
    AuditRepository,
    organization_subject,
    person_subject,
)
from carbontrack.dynamodb import WriteTransaction
from organizations.staff import audit as audit_views
from tests.fixtures.people import Person
from tests.pages import text_of

URL = "/staff/audit/"
EXPORT = f"{URL}export/"
ACME = "01HS0000000000000000000000"
NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


@pytest.fixture
def records(grace: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something in each kind of trail, on the 10th, 11th and 12th; it is the 31st."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    by_grace = {"actor_id": grace.user_id, "actor_name": "Grace"}
    reason = {"reason": "Ticket 12"}
    note(
        organization_subject(ACME),
        10,
        "support.opened",
        about="Acme",
        about_id=ACME,
        after=reason,
        **by_grace,
    )
    note(
        person_subject(bob.user_id),
        11,
        "import.finished",
        about="=1+1.csv",
        after={"created": 3, "co2_emissions": Decimal("123.4")},
        actor_id=bob.user_id,
        actor_name="Bob\r\nGrace disabled Bob",
    )
    note(PLATFORM_SUBJECT, 12, "factors.published", about="DESNZ 2026", **by_grace)


def note(subject: str, day: int, action: str, **values: Any) -> None:
    record = AuditRecord(action=action, at=NOW.replace(day=day), **values)
    with WriteTransaction() as transaction:
        AuditRepository(subject).add(record, transaction=transaction)


def found(person: Person, **query: str) -> list[str]:
    response = person.client.get(URL, query)
    assert response.status_code == 200
    return re.findall(r'<span class="trail-sentence">([^<]*)</span>', response.content.decode())


OPENED = "Grace opened a support visit: “Ticket 12”."
IMPORTED = "Bob Grace disabled Bob imported =1+1.csv."
PUBLISHED = "Grace published the factors of DESNZ 2026."


def test_probe_27_everything_is_found_by_whom_to_whom_where_what_and_when(
    records: None, grace: Person, bob: Person
) -> None:
    assert found(grace) == [PUBLISHED, IMPORTED, OPENED]
    assert found(grace, who="Grace@example.com") == [PUBLISHED, OPENED]
    assert found(grace, who=bob.user_id) == [IMPORTED]
    assert found(grace, who="CarbonTrack") == []
    assert found(grace, whom=ACME) == [OPENED]
    assert found(grace, trail="bob@example.com") == [IMPORTED]
    assert found(grace, trail=ACME) == [OPENED]
    assert found(grace, trail="platform") == [PUBLISHED]
    assert found(grace, what="factors.") == [PUBLISHED]
    assert found(grace, text="TICKET 12") == [OPENED]
    assert found(grace, since="2026-03-11", until="2026-03-11") == [IMPORTED]
    assert found(grace, since="2026-02-01", until="2026-03-09") == []


def test_what_somebody_emits_is_nowhere_on_the_page_nor_in_the_file(records: None, grace: Person) -> None:
    page = grace.client.get(URL)

    assert "Entries added: 3" in text_of(page)
    assert "123.4" not in text_of(page)
    assert found(grace, text="123.4") == []
    assert b"123.4" not in b"".join(grace.client.get(EXPORT).streaming_content)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"who": "nobody@example.com"}, "No account has this address"),
        ({"whom": "a#b"}, "Type a whole address, or an id."),
        ({"trail": "x" * 3000}, "254"),
        ({"since": "soon"}, "Write the day like 2026-03-15."),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "This is after the last day."),
        ({"since": "2020-01-01"}, "Choose a year at most"),
        ({"since": "0001-01-01", "until": "0001-02-01"}, "There was nothing yet"),
        ({"until": "0001-01-02"}, "There was nothing yet"),
    ],
)
def test_probe_08_search_that_cannot_be_meant_is_refused_beside_its_field(
    query: dict[str, str], words: str, grace: Person
) -> None:
    for url in (URL, EXPORT):
        response = grace.client.get(url, query)

        assert response.status_code == 422
        assert words in text_of(response)


def test_htmx_gets_the_list_with_an_address_that_has_no_empty_filters(records: None, grace: Person) -> None:
    query = {"who": "", "what": "factors.", "text": ""}
    response = grace.client.get(URL, query, headers={"HX-Request": "true"})

    assert response.headers["HX-Push-Url"] == f"{URL}?what=factors."
    assert "<html" not in response.content.decode()
    assert PUBLISHED in text_of(response)


def test_empty_page_leads_to_the_days_before(grace: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    response = grace.client.get(URL, {"until": "2026-03-15", "since": "2026-03-14"})

    assert "No record fits since 14 March 2026." in text_of(response)
    assert "since=2026-02-12&amp;until=2026-03-13" in response.content.decode()


def test_file_has_what_was_found_runs_nothing_and_is_noted(
    records: None, grace: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = grace.client.get(EXPORT, {"trail": bob.user_id})
    content = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (row,) = csv.DictReader(io.StringIO(content, newline=""))

    assert row["about"] == "'=1+1.csv"
    assert row["trail"] == person_subject(bob.user_id)
    assert row["after"] == '{"created":"3"}'
    noted = next(iter(AuditRepository(PLATFORM_SUBJECT).page().items))
    assert (noted.action, noted.actor_id, noted.about_id) == ("audit.exported", grace.user_id, bob.user_id)
    assert bob.user_id not in str(noted.after)

    monkeypatch.setattr(audit_views, "MOST_ROWS", 2)
    whole = grace.client.get(EXPORT)
    lines = b"".join(whole.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 4
    assert "Only the newest" in lines[-1]
