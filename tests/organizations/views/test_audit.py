"""The audit page and its file: whose records they are, how they are narrowed, that nothing in them runs."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

from accounts.domain import Role
from carbontrack.audit import PAGE_SIZE, AuditRecord, AuditRepository, organization_subject
from carbontrack.dynamodb import WriteTransaction, count_requests
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.factories import NOW, entry_id_of
from tests.fixtures.faults import ALWAYS, Faults
from tests.fixtures.organizations import SALES, join
from tests.fixtures.people import Person
from tests.pages import text_of

URL = "/organization/audit/"
EXPORT = f"{URL}export/"
HTMX = {"HX-Request": "true"}


def note(organization: Organization, number: int, action: str = "member.removed", **changes: Any) -> None:
    """A record; the higher the number, the later."""
    values: dict[str, Any] = {"actor_id": "a", "actor_name": "Alice", "about": f"Person {number}"} | changes
    record = AuditRecord(action=action, at=NOW + timedelta(minutes=number), id=entry_id_of(number), **values)
    with WriteTransaction() as transaction:
        AuditRepository(organization_subject(organization.id)).add(record, transaction=transaction)


def sentences(response: Any) -> list[str]:
    found = re.findall(r'<span class="trail-sentence">([^<]*)</span>', response.content.decode())
    return [each.replace("&#x27;", "'") for each in found]


def next_link(response: Any) -> str | None:
    found = re.findall(r'href="(\?[^"]*cursor=[^"]*)"', response.content.decode())
    return found[0].replace("&amp;", "&") if found else None


def exported(person: Person) -> list[dict[str, str]]:
    """The rows of the file, without those that tell of files."""
    response = person.client.get(EXPORT)
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [row for row in rows if row["action"] != "audit.exported"]


def test_page_without_records_says_what_will_be_here(acme: Organization, alice: Person) -> None:
    assert "Nothing has changed yet" in text_of(alice.client.get(URL))


def test_newest_is_first_with_its_time_where_the_reader_is(acme: Organization, alice: Person) -> None:
    note(acme, 1)
    note(acme, 2, "month.closed", about="March 2024")
    response = alice.client.get(URL)

    assert sentences(response) == ["Alice closed March 2024.", "Alice removed Person 1."]
    assert "22 Nov 2026, 10:01" in text_of(response)


def test_what_changed_is_told_from_what_to_what(acme: Organization, alice: Person) -> None:
    note(acme, 1, "organization.changed", before={"name": "Acme"}, after={"name": "Acme & Co"})

    assert "Name: Acme → is now Acme & Co" in text_of(alice.client.get(URL))


def test_pages_follow_each_other_without_gap_or_repeat(acme: Organization, alice: Person) -> None:
    for number in range(PAGE_SIZE + 5):
        note(acme, number)
    first = alice.client.get(URL)
    second = alice.client.get(f"{URL}{next_link(first)}")
    part = alice.client.get(f"{URL}{next_link(first)}", headers=HTMX)

    found = sentences(first) + sentences(second)
    assert found == [f"Alice removed Person {number}." for number in reversed(range(PAGE_SIZE + 5))]
    assert next_link(second) is None
    assert "That is everything." in text_of(second)
    assert sentences(part) == sentences(second)
    assert '<ul class="trail' not in part.content.decode()


def test_list_is_narrowed_by_kind_and_by_words(acme: Organization, alice: Person) -> None:
    note(acme, 1)
    note(acme, 2, "target.set", about="30% less by 2030")
    note(acme, 3, about="Zoë", before={"department": "Sales"})

    def found(**query: str) -> list[str]:
        return sentences(alice.client.get(URL, query))

    assert found(kind="target.") == ["Alice set a target: 30% less by 2030."]
    assert found(text="ZOË") == ["Alice removed Zoë."]
    assert found(text="sales") == ["Alice removed Zoë."]
    assert found(kind="member.", text="person") == ["Alice removed Person 1."]
    assert found(kind="target.", text="zoë") == []
    assert len(found(kind="nonsense", text="  ")) == 3
    assert "Nothing matches" in text_of(alice.client.get(URL, {"text": "nobody"}))


def test_filter_reaches_beyond_the_first_page(acme: Organization, alice: Person) -> None:
    note(acme, 0, "target.set", about="the oldest")
    for number in range(1, PAGE_SIZE * 2):
        note(acme, number)

    assert sentences(alice.client.get(URL, {"text": "oldest"})) == ["Alice set a target: the oldest."]


def test_probe_06_cursor_of_another_organization_or_filter_is_refused(
    acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    """probe_06."""
    for number in range(PAGE_SIZE + 1):
        note(globex, number)
        note(acme, number)
    theirs = next_link(charlie.client.get(URL))
    own = next_link(alice.client.get(URL))

    assert alice.client.get(f"{URL}{theirs}").status_code == 400
    assert alice.client.get(f"{URL}{own}&kind=member.").status_code == 400
    assert alice.client.get(f"{URL}{own}x").status_code == 400


def test_probe_02_another_organizations_records_are_nowhere(
    acme: Organization, globex: Organization, alice: Person
) -> None:
    """probe_02: page and file."""
    note(globex, 1, about="Secret")
    note(acme, 2)

    assert sentences(alice.client.get(URL, {"organization_id": globex.id})) == ["Alice removed Person 2."]
    assert [row["about"] for row in exported(alice)] == ["Person 2"]


def test_probe_03_members_and_limited_administrators_may_not(
    acme: Organization, bob: Person, charlie: Person
) -> None:
    """probe_03."""
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])

    answers = [
        person.client.get(url, headers=headers).status_code
        for person in (bob, charlie)
        for url in (URL, EXPORT)
        for headers in ({}, HTMX)
    ]
    assert answers == [403] * 8


def test_reading_changes_nothing(acme: Organization, alice: Person) -> None:
    note(acme, 1)
    before = OrganizationRepository(acme.id).get()
    alice.client.get(URL)
    alice.client.head(EXPORT)

    assert OrganizationRepository(acme.id).get() == before
    assert len(list(AuditRepository(organization_subject(acme.id)).all())) == 1


def test_probe_27_who_takes_the_file_is_in_the_trail(acme: Organization, alice: Person) -> None:
    alice.client.get(EXPORT)

    (record,) = AuditRepository(organization_subject(acme.id)).all()
    assert (record.action, record.actor_id, record.about) == ("audit.exported", alice.user_id, "Acme")
    assert sentences(alice.client.get(f"{URL}?kind=audit.")) == ["Alice downloaded the audit trail."]


def test_probe_26_a_trail_that_cannot_be_written_lets_no_file_out(
    acme: Organization, alice: Person, faults: Faults
) -> None:
    faults.fail("TransactWriteItems", times=ALWAYS)

    assert alice.client.get(EXPORT).status_code == 503


def test_file_has_everything_oldest_first_with_what_is_stored(acme: Organization, alice: Person) -> None:
    for number in range(PAGE_SIZE + 5):
        note(acme, number, before={"department": "Sales", "headcount": 3})
    response = alice.client.get(EXPORT)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="acme-audit-trail-\d{4}-\d{2}-\d{2}\.csv"', response["Content-Disposition"]
    )

    rows = exported(alice)
    assert [row["about"] for row in rows] == [f"Person {number}" for number in range(PAGE_SIZE + 5)]
    assert rows[0] == {
        "at (UTC)": "2026-11-22T10:00:00Z",
        "what happened": "Alice removed Person 0.",
        "action": "member.removed",
        "who": "Alice",
        "who (id)": "a",
        "about": "Person 0",
        "about (id)": "",
        "before": '{"department":"Sales","headcount":"3"}',
        "after": "",
    }


def test_probe_24_names_do_not_run_in_the_file(acme: Organization, alice: Person) -> None:
    """probe_24: nor in a column of names, nor at the beginning of a sentence."""
    note(acme, 1, actor_name="=cmd|' /C calc'!A0", about="\u00a0@SUM(1)")

    (row,) = exported(alice)
    assert row["who"] == "'=cmd|' /C calc'!A0"
    assert row["about"] == "'\u00a0@SUM(1)"
    assert row["what happened"].startswith("'=cmd")


def test_probe_27_names_are_inert_on_the_page(acme: Organization, alice: Person) -> None:
    """probe_27: markup is text, a line break is a space."""
    note(acme, 1, about="<script>alert(1)</script>\nAlice removed Eve")
    response = alice.client.get(URL)

    assert "<script>alert" not in response.content.decode()
    assert sentences(response) == ["Alice removed &lt;script&gt;alert(1)&lt;/script&gt; Alice removed Eve."]


def test_page_costs_three_requests_however_many_records(acme: Organization, alice: Person) -> None:
    for numbers in ([1], [2, 3]):
        for number in numbers:
            note(acme, number)
        with count_requests() as meter:
            alice.client.get(URL)
        assert meter.count == 3  # the profile, the organization, the trail
