"""What stops for a suspended organization: everything that is work for it. What is personal goes on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Role
from accounts.repository import ProfileRepository
from carbontrack import clock
from emissions.domain.entries import Entry
from emissions.domain.recalculation import Recalculation
from emissions.domain.totals import Subject
from emissions.errors import EntryRefused
from emissions.forms.workplace import Workplace
from emissions.repositories.entries import EntryRepository
from emissions.services.archiving.due import keep_months
from emissions.services.drafts import EntryDraft, Work
from emissions.services.entries import delete_entry, edit_entry, record_entry, repeat_entry
from emissions.services.importing.errors import ImportRefused
from emissions.services.importing.rights import SUSPENDED, demand_target
from emissions.services.recalculation.applying import _may_still
from emissions.services.reporting import _request
from organizations.domain import Organization
from tests.emissions.services.recurring.repeating import at, make_rule, routine, run, stored, written
from tests.emissions.services.working import ACME, make_member, totals_of, work_draft
from tests.factories import NOW, USER_ID, entry_id_of, make_draft
from tests.fixtures.organizations import ENGINEERING, SALES, make_organization
from tests.organizations import suspended

pytestmark = pytest.mark.usefixtures("dynamodb")

MEMBER = make_member()
ADMINISTRATOR = make_member(role=Role.ORG_ADMIN)


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Organization:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return make_organization(keep_months=24, minimum_group=3)


def log(draft: EntryDraft | None = None, number: int = 1, **options: Any) -> Entry:
    return record_entry(MEMBER, draft or work_draft(), entry_id=entry_id_of(number), **options).entry


def test_work_is_refused_personal_entries_are_not_and_after_it_all_is_as_before(acme: Organization) -> None:
    earlier = log()
    before = totals_of(Subject.organization(ACME))
    held = suspended.suspend(acme)

    with pytest.raises(EntryRefused, match="Acme is suspended"):
        log(number=2)
    with pytest.raises(EntryRefused, match="Acme is suspended"):
        log(number=2, organization=held)
    personal = log(make_draft(), number=3)
    again = repeat_entry(MEMBER, earlier.key, entry_id=entry_id_of(4)).entry
    assert (personal.is_work, again.is_work) == (False, False)
    assert totals_of(Subject.organization(ACME)) == before

    suspended.store(acme, suspended_at=None)
    assert log(number=5).is_work


@pytest.mark.parametrize("changes", [{"amount": Decimal(5000)}, {"work": Work(ACME, ENGINEERING)}])
def test_a_work_entry_stays_as_it_is_but_its_author_may_take_it_back(
    acme: Organization, changes: dict[str, Any]
) -> None:
    entry = log()
    held = suspended.suspend(acme)
    draft = replace(EntryDraft.of(entry), **changes)

    with pytest.raises(EntryRefused, match="suspended"):
        edit_entry(MEMBER, entry.key, draft, version=1, organization=held)
    assert EntryRepository(USER_ID).get(entry.key) == entry

    left = replace(MEMBER, organization_id=None)
    with pytest.raises(EntryRefused, match="suspended"):
        edit_entry(left, entry.key, replace(EntryDraft.of(entry), amount=Decimal(5000)), version=1)

    delete_entry(MEMBER, entry.key, 1, organization=held)
    assert totals_of(Subject.organization(ACME)) == {}


def test_the_form_does_not_offer_it(acme: Organization) -> None:
    assert Workplace.of(MEMBER, acme, None) is not None
    assert Workplace.of(MEMBER, suspended.suspend(acme), None) is None


def test_imports_reports_recalculations_and_archiving_stop(acme: Organization) -> None:
    names = {"kind": "work", "slug": "2026-01_2026-10_"}
    recalculation = Recalculation.__new__(Recalculation)
    object.__setattr__(recalculation, "actor_id", USER_ID)
    ProfileRepository().add(ADMINISTRATOR)

    def go_on(organization: Organization) -> tuple[bool, bool, int | None]:
        return (
            _request(ADMINISTRATOR, ACME, names) is not None,
            _may_still(recalculation, organization),
            keep_months(Subject.organization(ACME)),
        )

    before = go_on(acme)
    demand_target(ADMINISTRATOR, ACME, SALES)
    held = suspended.suspend(acme)

    assert (before, go_on(held)) == ((True, True, 24), (False, False, None))
    with pytest.raises(ImportRefused, match=SUSPENDED):
        demand_target(ADMINISTRATOR, ACME, SALES)


def test_a_recurring_entry_for_work_pauses_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-03-02T08:00")
    acme = make_organization()
    ProfileRepository().add(MEMBER)
    work = make_rule(MEMBER, of=routine(organization_id=ACME, department_id=SALES))
    personal = make_rule(MEMBER, 2, of=routine())
    suspended.suspend(acme)

    at(monkeypatch, "2026-03-02T13:00")
    report = run()

    assert (report.written, report.paused) == (1, 1)
    assert stored(work).pause_reason.startswith("Acme is suspended")
    assert stored(personal).paused_at is None
    assert written() == ["2026-03-02"]
