"""An organization's report over HTTP: never more than its reader may see."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Role
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.dynamodb import WriteTransaction, count_requests
from carbontrack.files import FileRepository
from emissions.dashboard.periods import Month
from emissions.domain.totals import Subject
from emissions.reports.layout import Layout, lay_out
from emissions.repositories.totals import TotalsRepository
from emissions.services.bulk import record_entries
from emissions.services.months import reopen_month
from emissions.services.reporting import work_request
from emissions.tasks import reports as tasks
from emissions.views.reports import shared
from organizations.domain import ClosedMonth, Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.views.work.logged import CAR, FLIGHT, POWER, log
from tests.factories import make_entry, make_factor
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join
from tests.fixtures.people import Person

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

URL = "/organization/report/"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
YEAR = "2025-01_2025-12"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def logged(alice: Person, acme: Organization) -> Organization:
    """Enough people in two departments in March, too few in a third; in April too few at all."""
    log(acme, "2025-03", SALES, "abcd", "10.000001")
    log(acme, "2025-03", ENGINEERING, "efgh", "20", POWER)
    log(acme, "2025-03", FIELD, "ij", "777.125", FLIGHT)
    log(acme, "2025-04", SALES, "ab", "555.5")
    return OrganizationRepository(acme.id).get()


def document_of(person: Person, slug: str = YEAR) -> Layout:
    profile = person.stored_profile()
    assert profile.organization_id is not None
    overview = OrganizationRepository(profile.organization_id).overview()
    return lay_out(work_request(profile, overview, slug).build())


def table(layout: Layout, name: str) -> dict[str, list[str]]:
    rows = [
        row["cells"]
        for section in layout["sections"]
        for block in section["blocks"]
        if block.get("name") == name
        for row in block["rows"]
    ]
    return {row[0]: row[1:] for row in rows}


def limit(person: Person, organization: Organization, *departments: str) -> None:
    join(person.user_id, organization.id, role=Role.ORG_ADMIN, managed_departments=departments)


def test_report_adds_up_to_the_totals_of_the_months_that_are_shown(
    alice: Person, logged: Organization
) -> None:
    report = document_of(alice)

    totals = TotalsRepository().months(Subject.organization(logged.id), "2025-03", "2025-03")
    total = f"{totals[0].co2_emissions:,.3f}"
    assert total == "1,674.250"
    for name in ("Months", "Scopes", "Categories", "Departments", "Factors"):
        assert total in list(table(report, name).values())[-1], name


def test_withheld_months_and_departments_are_nowhere_in_the_report(
    alice: Person, logged: Organization
) -> None:
    report = document_of(alice)
    words = json.dumps(report)

    assert table(report, "Months")["April 2025"][4] == "withheld"
    for secret in ("1,111.000", "555.5", "2,785.250", "777.125"):  # April; with it; one person
        assert secret not in words
    departments = table(report, "Departments")
    # Field alone is 1,554.25 kg, and so are the flights: a category is shown, a department of two people not.
    assert [name for name, cells in departments.items() if "1,554.250" in cells] == []
    assert departments["Sales › Field"][0] == "withheld"
    assert table(report, "Categories")["Flight"][1] == "1,554.250"


def test_factor_of_few_people_is_told_together_with_others(alice: Person, acme: Organization) -> None:
    log(acme, "2025-03", SALES, "abcdef", "1")
    entry = replace(
        _entry_of(acme, "z"), factor=make_factor(id="transportation.car.limousine.de", name="Limousine")
    )
    record_entries(entry.user_id, [entry], organization=acme)

    factors = table(document_of(alice), "Factors")

    assert factors["Limousine"][-2:] == ["together", "together"]
    assert factors["Car, petrol, medium"][-2:] == ["together", "together"]
    assert factors["Transportation: Car"][-1] == "19.000"


def _entry_of(organization: Organization, person: str) -> Any:
    return make_entry(
        77,
        user_id=f"00000000-0000-4000-8000-{ord(person):012d}",
        occurred_at=datetime(2025, 3, 20, 12, tzinfo=UTC),
        local_date=datetime(2025, 3, 20, tzinfo=UTC).date(),
        co2_emissions=Decimal(13),
        organization_id=organization.id,
        department_id=SALES,
    )


def test_administrator_of_departments_gets_theirs_without_amounts_by_factor_or_the_trail(
    alice: Person, logged: Organization
) -> None:
    limit(alice, logged, SALES)
    report = document_of(alice)

    assert "1,674.250" not in json.dumps(report)
    assert "Engineering" not in json.dumps(report)
    assert table(report, "Departments")["Sales"][0] == "40.000"
    assert table(report, "Factors")["Car, petrol, medium"][-1] == "km"
    assert "administrators of the whole organization see" in json.dumps(report)
    other = alice.client.get(f"{URL}{YEAR}_{ENGINEERING}/")
    unknown = alice.client.get(f"{URL}{YEAR}_N0SUCH/")
    assert (other.status_code, unknown.status_code) == (404, 404)


def test_reopened_months_are_among_the_changes(alice: Person, logged: Organization) -> None:
    with WriteTransaction() as transaction:
        OrganizationRepository(logged.id).close_month(
            ClosedMonth("2025-03", NOW, alice.user_id), transaction=transaction
        )
    overview = OrganizationRepository(logged.id).overview()
    reopen_month(alice.stored_profile(), overview, Month(2025, 3), reason="<b>late</b> bill")

    (said,) = table(document_of(alice), "Audit trail").values()

    assert said[0] == "Alice opened March 2025 again: “<b>late</b> bill”."
    assert "“&lt;b&gt;late&lt;/b&gt; bill”" in alice.client.get(f"{URL}?period=2025").content.decode()


def test_page_costs_the_same_however_many_entries_there_are(alice: Person, logged: Organization) -> None:
    with count_requests() as few:
        alice.client.get(f"{URL}?period=2025")
    log(logged, "2025-03", SALES, "abcdefgh", "3", CAR)
    with count_requests() as more:
        alice.client.get(f"{URL}?period=2025")

    # The profile, the organization, its totals, the entries of March, two pages of the audit trail.
    assert few.count == more.count == 6


def test_download_is_in_the_audit_trail(alice: Person, logged: Organization) -> None:
    response = alice.client.get(f"{URL}{YEAR}_{SALES}/file/?format=pdf")

    assert response.content.startswith(b"%PDF-")
    (record,) = [
        each
        for each in AuditRepository(organization_subject(logged.id)).all()
        if each.action == "report.exported"
    ]
    assert dict(record.after) == {
        "file": "PDF", "period": "2025 (January–December 2025)", "department": "Sales",
    }  # fmt: skip


def test_prepared_report_is_for_readers_of_the_same_rights_only(
    alice: Person, bob: Person, logged: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "AT_ONCE", 2)
    alice.client.post(f"{URL}prepare/", {"period": "2025"})
    assert alice.client.get(f"{URL}{YEAR}/file/").status_code == 200

    limit(bob, logged, SALES)

    assert bob.client.get(f"{URL}{YEAR}/file/").status_code == 404
    assert "report-title" not in bob.client.get(f"{URL}{YEAR}/", follow=True).content.decode()


def test_job_keeps_nothing_for_a_reader_who_lost_the_right_meanwhile(
    alice: Person, logged: Organization
) -> None:
    overview = OrganizationRepository(logged.id).overview()
    asked = work_request(alice.stored_profile(), overview, YEAR)
    names = {"kind": "work", "slug": YEAR, "reader": alice.user_id}
    limit(alice, logged, SALES)

    tasks.prepare_report.call(asked.file_id, asked.owner, names)

    assert FileRepository(logged.id).find(asked.file_id) is None
