"""Work entries: for whom they may count, in which scope, and that every total follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, count_requests, delete_item, update_item
from carbontrack.dynamodb.tables import ORGANIZATIONS
from emissions.domain.entries import Entry, Scope
from emissions.domain.scopes import WorkScope
from emissions.domain.totals import Subject
from emissions.errors import EntryRefused
from emissions.repositories.entries import EntryRepository
from emissions.services.bulk import record_entries
from emissions.services.drafts import EntryDraft, Work, as_personal, entry_of
from emissions.services.entries import delete_entry, edit_entry, record_entry, repeat_entry, restore_entry
from organizations.domain import Department, Organization
from organizations.errors import MonthClosed
from organizations.repositories.organization_items import item_key
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.services.working import (
    ACME,
    GLOBEX,
    close_month,
    counted,
    make_member,
    reopen_month,
    totals_of,
    work_draft,
)
from tests.factories import NOW, USER_ID, entry_id_of, make_draft, make_entry, make_factor
from tests.fixtures.organizations import DEPARTMENTS, ENGINEERING, FIELD, SALES, make_organization

pytestmark = pytest.mark.usefixtures("dynamodb")

MEMBER = make_member()
KG = Decimal("14.263616")
SUBJECTS = (
    Subject.user(USER_ID),
    Subject.organization(ACME),
    Subject.department(ACME, SALES),
    Subject.department(ACME, ENGINEERING),
)
#: Departments that are no longer what they were: one archived, one merged, one merged into an archived one.
CHANGED = (
    *DEPARTMENTS,
    Department("ARCHIVED", "Old", archived_at=NOW),
    Department("MERGED01", "Selling", merged_into=SALES),
    Department("MERGED02", "Older", merged_into="ARCHIVED"),
)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def acme() -> Organization:
    return make_organization(departments=CHANGED)


def log(draft: EntryDraft | None = None, number: int = 1, **options: Any) -> Entry:
    return record_entry(MEMBER, draft or work_draft(), entry_id=entry_id_of(number), **options).entry


def edit(entry: Entry, *, profile: Any = MEMBER, **changes: Any) -> Entry:
    draft = replace(EntryDraft.of(entry), **changes)
    return edit_entry(profile, entry.key, draft, version=entry.version).entry


def stored() -> list[Entry]:
    return list(EntryRepository(USER_ID).iter_stored())


def check_totals() -> None:
    """Whatever is stored, every total is the sum of it."""
    for subject in SUBJECTS:
        assert totals_of(subject) == counted(stored(), subject), subject.key


def change_organization(**attributes: Any) -> None:
    update_item(ORGANIZATIONS, item_key(ACME), set=attributes)


# -- Log ----------------------------------------------------------------------------------------------------


def test_a_work_entry_counts_for_its_author_the_organization_and_the_department(acme: Organization):
    entry = log()

    assert stored() == [entry]
    assert (entry.organization_id, entry.department_id) == (ACME, SALES)
    assert (entry.scope, entry.scope3_category) == (Scope.ONE, None)
    assert totals_of(Subject.organization(ACME)) == {
        "2024-03": {
            "entries": 1,
            "co2_emissions": KG,
            "category#transportation#car#1": KG,
            f"department#{SALES}#transportation#1": KG,
            "participants": 1,
            f"participants#{SALES}": 1,
        }
    }
    assert totals_of(Subject.department(ACME, SALES)) == {
        "2024-03": {
            "entries": 1,
            "co2_emissions": KG,
            "category#transportation#car#1": KG,
            "participants": 1,
        }
    }
    check_totals()


def test_work_without_a_department_counts_for_the_organization_alone(acme: Organization):
    entry = log(work_draft(department_id=None))

    assert (entry.organization_id, entry.department_id) == (ACME, None)
    assert totals_of(Subject.organization(ACME))["2024-03"]["participants#-"] == 1
    check_totals()


@pytest.mark.parametrize(
    ("choice", "unit", "scope"),
    [
        ("car-petrol-medium", "mile", "1"),
        ("train", "km", "3.6"),
        ("walking-cycling", "km", "3.7"),
        ("electricity", "kwh", "2"),
        ("natural-gas", "kwh", "1"),
        ("homeworking", "hour", "3.7"),
        ("beef", "kg", "3.1"),
        ("mixed-landfill", "kg", "3.5"),
    ],
)
def test_the_scope_comes_from_the_factor(acme: Organization, choice: str, unit: str, scope: str):
    entry = log(work_draft(variant=choice, unit=unit))

    assert WorkScope(entry.scope, entry.scope3_category).code == scope
    check_totals()


def test_another_scope_can_be_chosen(acme: Organization):
    entry = log(work_draft(work=Work(ACME, SALES, WorkScope.parse("3.6"))))

    assert (entry.scope, entry.scope3_category) == (Scope.THREE, 6)
    assert "category#transportation#car#3.6" in totals_of(Subject.organization(ACME))["2024-03"]
    check_totals()


def test_a_scope_that_does_not_fit_is_refused(acme: Organization):
    with pytest.raises(EntryRefused) as refused:
        log(work_draft(variant="beef", unit="kg", work=Work(ACME, SALES, WorkScope.parse("3.7"))))

    assert refused.value.field == "scope"
    assert refused.value.message == (
        "“Scope 3, category 7: commuting” does not fit this activity. Please choose another scope."
    )
    assert stored() == []


def test_a_personal_entry_has_the_scope_of_its_factor_and_no_category():
    entry = log(make_draft(variant="train", unit="km"))

    assert (entry.is_work, entry.scope, entry.scope3_category) == (False, Scope.THREE, None)


def test_the_same_form_twice_saves_once(acme: Organization, monkeypatch: pytest.MonkeyPatch):
    first = log()
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 22, 10, 0, 9, tzinfo=UTC))

    second = record_entry(MEMBER, work_draft(), entry_id=entry_id_of(1))

    assert (second.created, second.entry) == (False, first)
    check_totals()


def test_a_merged_department_is_the_one_it_was_merged_into(acme: Organization):
    assert log(work_draft(department_id="MERGED01")).department_id == SALES
    check_totals()


@pytest.mark.parametrize("department_id", ["ARCHIVED", "MERGED02", "UNKNOWN1"])
def test_a_department_that_is_not_open_is_refused(acme: Organization, department_id: str):
    with pytest.raises(EntryRefused) as refused:
        log(work_draft(department_id=department_id))

    assert refused.value.field == "department"
    assert refused.value.message == "This department is closed. Please choose another one."
    assert stored() == []


@pytest.mark.parametrize("own", [None, GLOBEX])
def test_work_for_an_organization_one_does_not_belong_to_is_refused(acme: Organization, own: str | None):
    with pytest.raises(EntryRefused) as refused:
        record_entry(make_member(organization_id=own), work_draft(), entry_id=entry_id_of(1))

    assert refused.value.field is None
    assert "do not belong to this organization" in refused.value.message
    assert (stored(), totals_of(Subject.organization(ACME))) == ([], {})


def test_an_organization_that_is_being_deleted_takes_no_new_work(acme: Organization):
    change_organization(deleting_at="2026-11-22T09:00:00Z")

    with pytest.raises(EntryRefused, match="Your organization is being deleted"):
        log()


def test_an_organization_that_is_gone_takes_no_new_work():
    with pytest.raises(EntryRefused, match="Your organization is being deleted"):
        log()


def test_the_organization_that_a_caller_hands_over_must_be_the_one_of_the_draft(acme: Organization):
    globex = make_organization(GLOBEX, name="Globex", departments=[Department("ONLY", "Only")])

    with pytest.raises(EntryRefused, match="This department is closed"):
        log(work_draft(department_id="ONLY"), organization=globex)


# -- Edit ---------------------------------------------------------------------------------------------------


def test_an_edit_of_work_alone_keeps_factor_and_figure(acme: Organization):
    entry = log()

    moved = edit(entry, work=Work(ACME, ENGINEERING, WorkScope.parse("3.6")))

    assert moved == replace(entry, department_id=ENGINEERING, scope=Scope.THREE, scope3_category=6, version=2)
    assert stored() == [moved]
    check_totals()


def test_personal_becomes_work_and_work_personal(acme: Organization):
    entry = log(make_draft(variant="train", unit="km"))

    at_work = edit(entry, work=Work(ACME, SALES))
    assert (at_work.scope, at_work.scope3_category) == (Scope.THREE, 6)
    assert totals_of(Subject.organization(ACME)) == counted([at_work], Subject.organization(ACME)) != {}
    check_totals()

    personal = edit(at_work, work=None)
    assert personal == replace(entry, version=3)
    assert totals_of(Subject.organization(ACME)) == {}
    check_totals()


def test_what_becomes_personal_has_the_scope_of_its_factor_again(acme: Organization):
    entry = log(work_draft(work=Work(ACME, SALES, WorkScope.parse("3.6"))))

    personal = edit(entry, work=None)

    assert (personal.scope, personal.scope3_category) == (Scope.ONE, None)
    check_totals()


def test_what_becomes_personal_keeps_its_scope_where_its_factor_is_no_longer_known(acme: Organization):
    gone = make_entry(
        organization_id=ACME,
        department_id=SALES,
        scope=Scope.THREE,
        scope3_category=6,
        factor=make_factor(id="transportation.car.of-another-time.gb"),
    )
    record_entries(USER_ID, [gone])

    personal = edit(gone, work=None)

    assert (personal.scope, personal.scope3_category) == (Scope.THREE, None)
    check_totals()


def test_a_job_makes_an_entry_personal_as_an_edit_does(acme: Organization):
    chosen = log(work_draft(work=Work(ACME, SALES, WorkScope.parse("3.6"))))

    released = as_personal(chosen)

    assert released == edit(chosen, work=None)
    assert (released.scope, released.scope3_category) == (Scope.ONE, None)


def test_an_edit_to_another_activity_and_month_moves_all_totals(acme: Organization):
    entry = log()

    day = datetime(2024, 5, 1, tzinfo=UTC).date()
    edit(entry, variant="beef", unit="kg", local_date=day, work=Work(ACME, ENGINEERING))

    assert set(totals_of(Subject.organization(ACME))) == {"2024-05"}
    check_totals()


def test_an_edit_that_says_the_usual_scope_changes_nothing(acme: Organization):
    entry = log(work_draft(variant="train", unit="km"))

    assert edit(entry, work=Work(ACME, SALES)) == entry
    assert edit(entry, work=Work(ACME, SALES, WorkScope.parse("3.6"))) == entry
    assert edit(entry, work=Work(ACME, SALES, WorkScope.parse("3.7"))).version == 2


def test_a_department_that_was_archived_or_merged_since_stays_as_it_is(acme: Organization):
    archived = log(work_draft(department_id=ENGINEERING), 1)
    merged = log(work_draft(department_id=FIELD), 2)
    departments = (
        Department(SALES, "Sales"),
        Department(FIELD, "Field", merged_into=SALES),
        Department(ENGINEERING, "Engineering", archived_at=NOW),
    )
    with WriteTransaction() as transaction:
        OrganizationRepository(ACME).save(
            replace(acme, departments=departments), seen_version=1, transaction=transaction
        )

    assert edit(archived, amount=Decimal(5)).department_id == ENGINEERING
    assert edit(merged, amount=Decimal(5), work=Work(ACME, SALES)).department_id == FIELD
    with pytest.raises(EntryRefused, match="This department is closed"):
        edit(stored()[1], work=Work(ACME, ENGINEERING))


def test_an_entry_of_a_former_organization_is_left_in_peace(acme: Organization):
    entry = log()
    left = make_member(organization_id=GLOBEX)
    make_organization(GLOBEX, name="Globex")

    entry = edit(entry, profile=left, amount=Decimal(100))
    assert (entry.organization_id, entry.co2_emissions) == (ACME, 2 * KG)
    for changed in (Work(ACME, ENGINEERING), Work(ACME, SALES, WorkScope.parse("3.6"))):
        with pytest.raises(EntryRefused, match="You can leave it as it is, or make the entry personal"):
            edit(entry, profile=left, work=changed)
    check_totals()

    moved = edit(entry, profile=left, work=Work(GLOBEX, SALES))
    assert (moved.organization_id, totals_of(Subject.organization(ACME))) == (GLOBEX, {})
    assert not edit(moved, profile=left, work=None).is_work
    check_totals()


def test_an_entry_of_an_organization_that_is_gone_can_be_edited_made_personal_and_deleted(acme: Organization):
    one, two, three = (log(number=number) for number in (1, 2, 3))
    delete_item(ORGANIZATIONS, item_key(ACME))

    one = edit(one, amount=Decimal(100))
    assert not edit(two, work=None).is_work
    delete_entry(MEMBER, three.key, 1)

    assert one.organization_id == ACME
    check_totals()


# -- Delete, undo, log again --------------------------------------------------------------------------------


def test_deleting_takes_it_out_of_every_total_and_an_undo_brings_it_back(acme: Organization):
    entry = log(work_draft(work=Work(ACME, SALES, WorkScope.parse("3.6"))))

    undo_token = delete_entry(MEMBER, entry.key, 1)
    assert [totals_of(subject) for subject in SUBJECTS] == [{}] * 4

    assert restore_entry(MEMBER, undo_token) == replace(entry, version=2)
    check_totals()


def test_work_that_is_logged_again_is_for_work_again(acme: Organization):
    entry = log(work_draft(work=Work(ACME, "MERGED01", WorkScope.parse("3.6"))))

    again = repeat_entry(MEMBER, entry.key, entry_id=entry_id_of(2)).entry

    assert (again.department_id, again.scope3_category, again.month) == (SALES, 6, "2026-11")
    check_totals()


def test_work_that_can_be_no_more_is_logged_again_as_personal(acme: Organization):
    entry = log()

    again = repeat_entry(make_member(organization_id=None), entry.key, entry_id=entry_id_of(2)).entry

    assert (again.is_work, again.scope) == (False, Scope.ONE)
    check_totals()


def test_a_double_click_on_log_again_logs_work_once(acme: Organization, monkeypatch: pytest.MonkeyPatch):
    entry = log()

    first = repeat_entry(MEMBER, entry.key, entry_id=entry_id_of(2))
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 22, 10, 0, 1, tzinfo=UTC))
    second = repeat_entry(MEMBER, entry.key, entry_id=entry_id_of(2))

    assert (second.created, second.entry) == (False, first.entry)
    assert len(stored()) == 2
    check_totals()


# -- Closed months ------------------------------------------------------------------------------------------


def test_a_closed_month_takes_no_change_of_a_work_entry_of_any_kind(acme: Organization):
    entry = log(number=1)
    undo_token = delete_entry(MEMBER, log(number=2).key, 1)
    april = log(work_draft("2024-04-15T10:30"), number=3)
    personal = log(make_draft(), number=4)
    close_month("2024-03")
    before = stored()
    march = datetime(2024, 3, 20, tzinfo=UTC).date()
    fresh = entry_of(MEMBER, work_draft(), entry_id=entry_id_of(5))

    changes = {
        "log": lambda: log(number=5),
        "edit": lambda: edit(entry, amount=Decimal(1)),
        "note": lambda: edit(entry, note="other"),
        "move within": lambda: edit(entry, work=Work(ACME, ENGINEERING)),
        "leave the month": lambda: edit(entry, local_date=april.local_date),
        "enter the month": lambda: edit(april, local_date=march),
        "make personal": lambda: edit(entry, work=None),
        "make personal and leave": lambda: edit(entry, work=None, local_date=april.local_date),
        "make work": lambda: edit(personal, work=Work(ACME, SALES)),
        "delete": lambda: delete_entry(MEMBER, entry.key, 1),
        "restore": lambda: restore_entry(MEMBER, undo_token),
        "in bulk": lambda: record_entries(USER_ID, [fresh]),
    }
    for name, change in changes.items():
        with pytest.raises(MonthClosed) as closed:
            change()
        assert closed.value.sentence.startswith("Your organization has closed March 2024"), name

    assert stored() == before
    check_totals()
    reopen_month("2024-03")
    assert edit(entry, amount=Decimal(1)).version == 2


def test_a_closed_month_leaves_personal_entries_and_other_organizations_alone(acme: Organization):
    personal = log(make_draft())
    make_organization(GLOBEX, name="Globex")
    close_month("2024-03")

    edit(personal, amount=Decimal(1))
    record_entry(
        make_member(organization_id=GLOBEX),
        work_draft(organization_id=GLOBEX),
        entry_id=entry_id_of(2),
    )

    assert len(stored()) == 2


# -- What it costs ------------------------------------------------------------------------------------------


def test_each_action_takes_a_known_number_of_requests(acme: Organization):
    def requests(action: Any) -> list[str]:
        with count_requests() as meter:
            action()
        return [request.operation for request in meter.requests]

    write = "transact_write_items"
    assert requests(lambda: log(make_draft(), 9)) == [write]
    assert requests(lambda: log(organization=acme)) == ["get_item", write]
    assert requests(lambda: log(number=2)) == ["get_item", "get_item", write]
    one, two, _ = stored()
    assert requests(lambda: edit(one, amount=Decimal(5))) == ["get_item", "get_item", write]
    assert requests(lambda: edit(two, work=None)) == ["get_item", "get_item", write]
    assert requests(lambda: delete_entry(MEMBER, one.key, 2)) == ["get_item", "get_item", write]


def test_the_running_month_is_not_looked_up_and_a_finished_one_is(acme: Organization, faults: Any):
    def kinds(entry: Entry) -> list[str]:
        (body,) = [body for body in faults.bodies if "TransactItems" in body]
        faults.heal()
        return [kind for write in body["TransactItems"] for kind in write]

    faults.heal()
    running = kinds(log(work_draft("2026-11-20T10:30"), 1))
    finished = kinds(log(work_draft("2026-10-20T10:30"), 2))

    assert running == ["Put", "Update", "Update", "Update"]
    assert finished == ["Put", "ConditionCheck", "Update", "Update", "Update"]
