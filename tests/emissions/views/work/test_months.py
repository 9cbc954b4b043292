"""The page of months: what is closed, closing, and opening again with a reason."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import count_requests
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.members import leave
from tests.emissions.services.colleagues import log_by
from tests.emissions.services.working import close_month
from tests.factories import NOW
from tests.fixtures.organizations import SALES, join
from tests.fixtures.people import Person
from tests.organizations.members import promote, records
from tests.pages import text_of

URL = "/organization/months/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def closed(organization: Organization) -> list[str]:
    return [each.month for each in OrganizationRepository(organization.id).overview().closed_months]


def rows(response: Any) -> list[str]:
    """The words of each month of the list."""
    (months,) = re.findall(r'<ul class="months".*?</ul>', response.content.decode(), re.DOTALL)
    found = re.findall(r'<div class="month-words">.*?</div>', months, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", each).split()) for each in found]


def test_last_24_months_are_listed_newest_first(acme: Organization, alice: Person) -> None:
    log_by(3, "2026-10")
    log_by(2, "2026-09")
    response = alice.client.get(URL)

    listed = rows(response)
    assert len(listed) == 24
    assert listed[:3] == [
        "November 2026 No work entries",
        "October 2026 3 work entries",
        "September 2026 Fewer than 3 people logged",
    ]
    assert listed[-1].startswith("December 2024")
    assert "Can be closed from 1 December 2026, 12:00" in text_of(response)


def test_earlier_months_are_reached_page_by_page_back_to_1990(acme: Organization, alice: Person) -> None:
    pages, link = [], "?"
    while link:
        response = alice.client.get(f"{URL}{link}")
        pages.append(rows(response))
        link = next(iter(re.findall(r'href="(\?before=[^"]*)"', response.content.decode())), "")

    listed = [row for page in pages for row in page]
    assert len(listed) == 11 + 36 * 12
    assert listed[-1].startswith("January 1990")


@pytest.mark.parametrize("before", ["nonsense", "2027-01", "1980-01", "2024-13"])
def test_nonsense_shows_the_last_months(acme: Organization, alice: Person, before: str) -> None:
    assert rows(alice.client.get(URL, {"before": before}))[0].startswith("November 2026")


def test_month_is_closed_and_says_by_whom(acme: Organization, alice: Person) -> None:
    response = alice.client.post(f"{URL}2026-10/close/", follow=True)

    assert response.redirect_chain == [(f"{URL}#month-2026-10", 302)]
    assert closed(acme) == ["2026-10"]
    assert rows(response)[1] == "October 2026 Closed No work entries · closed by Alice on 22 November 2026"


def test_month_closed_by_somebody_who_has_left_says_so(
    acme: Organization, alice: Person, bob: Person
) -> None:
    promote(acme, bob)
    bob.client.post(f"{URL}2026-10/close/")
    leave(bob.stored_profile())

    assert "closed by somebody who has left" in rows(alice.client.get(URL))[1]


def test_month_that_runs_cannot_be_closed(acme: Organization, alice: Person) -> None:
    response = alice.client.post(f"{URL}2026-11/close/")

    assert response.status_code == 422
    assert "November 2026 is not over everywhere on earth yet." in text_of(response)
    assert closed(acme) == []


@pytest.mark.parametrize("month", ["2026-13", "x", "1989-12", "2026-1", "２０２６-10", "2026-10#x"])
def test_probe_08_what_is_no_month_is_not_found(acme: Organization, alice: Person, month: str) -> None:
    """probe_08: nothing else becomes part of a key."""
    for action in ("close", "reopen"):
        assert alice.client.post(f"{URL}{month}/{action}/", {"reason": "x"}).status_code == 404
    assert closed(acme) == []


def test_month_that_somebody_else_closed_first_is_a_conflict(acme: Organization, alice: Person) -> None:
    close_month("2026-10", acme.id)

    response = alice.client.post(f"{URL}2026-10/close/")

    assert response.status_code == 409
    assert "Somebody else closed this month a moment ago." in text_of(response)


def test_opening_again_needs_a_reason_which_goes_into_the_trail(acme: Organization, alice: Person) -> None:
    close_month("2026-10", acme.id)

    refused = alice.client.post(f"{URL}2026-10/reopen/", {"reason": " \n"})
    assert refused.status_code == 422
    assert "Say why it is opened again." in text_of(refused)
    assert "<details open>" in refused.content.decode()
    assert closed(acme) == ["2026-10"]

    response = alice.client.post(f"{URL}2026-10/reopen/", {"reason": "A late\r\nbill"}, follow=True)
    assert "October 2026 is open again." in text_of(response)
    assert closed(acme) == []
    assert records(acme)[-1][4] == {"state": "open", "reason": "A late bill"}


def test_reason_that_is_refused_on_a_page_of_earlier_months_comes_back_there(
    acme: Organization, alice: Person
) -> None:
    close_month("2024-03", acme.id)

    refused = alice.client.post(f"{URL}2024-03/reopen/", {"reason": "x" * 301})
    assert "Keep it under 300 characters." in text_of(refused)
    assert f'value="{"x" * 301}"' in refused.content.decode()
    assert refused.content.decode().count("autofocus") == 1

    response = alice.client.post(f"{URL}2024-03/reopen/", {"reason": "A late bill"})
    assert response["Location"] == f"{URL}?before=2024-12#month-2024-03"


def test_opening_what_is_open_is_a_conflict(acme: Organization, alice: Person) -> None:
    for reason in ("A late bill", ""):
        assert alice.client.post(f"{URL}2026-10/reopen/", {"reason": reason}).status_code == 409


def test_probe_03_members_and_limited_administrators_may_not(
    acme: Organization, bob: Person, charlie: Person
) -> None:
    """probe_03."""
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])

    for person in (bob, charlie):
        for headers in ({}, HTMX):
            assert person.client.get(URL, headers=headers).status_code == 403
            assert person.client.post(f"{URL}2026-10/close/", headers=headers).status_code == 403
    assert closed(acme) == []


def test_probe_02_closing_closes_ones_own_month_only(
    acme: Organization, globex: Organization, alice: Person
) -> None:
    """probe_02: no form or address names an organization."""
    alice.client.post(f"{URL}2026-10/close/", {"organization_id": globex.id, "closed_by": "X"})

    assert (closed(acme), closed(globex)) == (["2026-10"], [])
    (month,) = OrganizationRepository(acme.id).overview().closed_months
    assert month.closed_by == alice.user_id


def test_page_costs_as_much_with_one_closed_month_as_with_three(acme: Organization, alice: Person) -> None:
    costs = []
    for months in (["2026-10"], ["2026-09", "2026-08"]):
        for month in months:
            alice.client.post(f"{URL}{month}/close/")
        with count_requests() as meter:
            alice.client.get(URL)
        costs.append(meter.count)

    assert costs == [5, 5]  # the profile, the overview, totals, the archive, and who closed them
