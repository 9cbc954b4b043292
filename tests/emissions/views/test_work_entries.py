"""Work entries in the list and on their pages: badges, filter, change, delete, undo, again, closed months."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, count_requests, update_item
from carbontrack.dynamodb.tables import USERS
from carbontrack.form_keys import new_form_key
from emissions.domain.entries import Entry, Scope
from emissions.domain.scopes import WorkScope
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.drafts import Work
from emissions.services.entries import record_entry
from organizations.domain import ClosedMonth, Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.factories import entry_id_of, make_draft
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES
from tests.fixtures.people import Person
from tests.pages import edit_form, text_of

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
COMMUTING = WorkScope(Scope.THREE, 7)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


Log = Callable[..., Entry]


@pytest.fixture
def log(bob: Person, acme: Organization) -> Log:
    """Logs 50 miles for Bob: for work in a department of Acme, or personal without `department`."""
    numbers = iter(range(1, 100))

    def log(department: str | None = "", *, scope: WorkScope | None = None, **changes: Any) -> Entry:
        work = None if department == "" else Work(acme.id, department, scope)
        local = changes.pop("local", "2026-11-20T10:30")
        draft = make_draft(local, time_zone="America/Los_Angeles", work=work, **changes)
        return record_entry(bob.stored_profile(), draft, entry_id=entry_id_of(next(numbers))).entry

    return log


def stored(person: Person, entry: Entry) -> Entry:
    return EntryRepository(person.user_id).get(entry.key)


def kg_of(subject: Subject, month: str = "2026-11") -> Decimal:
    return TotalsRepository().months(subject, month, month)[0].co2_emissions


def typed(entry: Entry, **changes: str) -> dict[str, str]:
    """The edit form of a member as it comes, with changes."""
    work = "1" if entry.is_work else "0"
    asked = {"work": work, "department": entry.department_id or "-", "work_scope": "usual"}
    return edit_form(entry, **(asked | changes))


def badges_in(response: Any) -> list[str]:
    return re.findall(r'<span class="badge entry-badge">([^<]*)</span>', response.content.decode())


def rows_in(response: Any) -> list[str]:
    return re.findall(r'<li id="entry-(\w+)" class="entry type', response.content.decode())


def leave(person: Person) -> None:
    update_item(USERS, {"user_id": person.user_id}, remove=["organization_id", "department_id"])


def change(organization: Organization, department_id: str, **changes: Any) -> None:
    departments = tuple(
        replace(each, **changes) if each.id == department_id else each for each in organization.departments
    )
    with WriteTransaction() as transaction:
        OrganizationRepository(organization.id).save(
            replace(organization, departments=departments),
            seen_version=organization.version,
            transaction=transaction,
        )


def close(organization: Organization, month: str) -> None:
    closed = ClosedMonth(month, NOW, "somebody")
    with WriteTransaction() as transaction:
        OrganizationRepository(organization.id).close_month(closed, transaction=transaction)


# -- The list -----------------------------------------------------------------------------------------------


def test_the_list_says_where_work_entries_count(bob: Person, acme: Organization, log: Log) -> None:
    log(local="2026-11-20T08:00")
    log(SALES, local="2026-11-20T09:00")
    log(FIELD, local="2026-11-20T10:00")
    log(None, local="2026-11-20T11:00")
    change(acme, FIELD, merged_into=ENGINEERING)

    assert badges_in(bob.client.get("/entries/")) == ["Work · Acme", "Work · Engineering", "Work · Sales"]


def test_after_leaving_work_is_of_a_former_organization(bob: Person, log: Log) -> None:
    log(SALES)
    log()
    leave(bob)

    response = bob.client.get("/entries/")

    assert badges_in(response) == ["Work · former organization"]
    assert "Acme" not in text_of(response)


def test_in_another_organization_the_work_before_is_of_a_former_one(
    bob: Person, log: Log, globex: Organization
) -> None:
    log(SALES)
    update_item(USERS, {"user_id": bob.user_id}, set={"organization_id": globex.id})

    assert badges_in(bob.client.get("/entries/")) == ["Work · former organization"]


@pytest.mark.parametrize("headers", [{}, {**HTMX, "HX-Target": "entry-list"}])
@pytest.mark.parametrize(
    ("query", "numbers", "chip"),
    [
        ("", [3, 2, 1], None),
        ("work=1", [2], "Work"),
        ("work=0", [3, 1], "Personal"),
        ("work=1&type=food", [], "Work"),
        ("work=0&type=transportation", [3, 1], "Personal"),
        ("work=maybe", [3, 2, 1], None),
    ],
)
def test_the_list_can_be_narrowed_to_personal_or_work(
    bob: Person, log: Log, query: str, numbers: list[int], chip: str | None, headers: dict[str, str]
) -> None:
    log(local="2026-11-20T08:00")
    log(SALES, local="2026-11-20T09:00")
    log(local="2026-11-20T10:00")

    response = bob.client.get(f"/entries/?{query}", headers=headers)

    assert rows_in(response) == [entry_id_of(number) for number in numbers]
    assert (f"{chip} , remove this filter" in text_of(response)) == (chip is not None)
    assert "Personal or work All entries Personal Work" in text_of(response)


def test_a_cursor_of_work_does_not_open_the_personal_list(bob: Person, log: Log) -> None:
    """probe_06"""
    for _ in range(26):
        log(SALES)
    link = re.search(
        r'id="entry-more-link" href="\?([^"]+)"', bob.client.get("/entries/?work=1").content.decode()
    )
    assert link is not None
    query = link[1].replace("&amp;", "&")

    assert bob.client.get(f"/entries/?{query}").status_code == 200
    assert bob.client.get(f"/entries/?{query.replace('work=1', 'work=0')}").status_code == 400
    assert bob.client.get(f"/entries/?{query.replace('work=1&', '')}").status_code == 400


def test_nobodys_member_has_no_such_filter(charlie: Person, acme: Organization) -> None:
    record_entry(charlie.profile, make_draft("2026-11-20T10:00"), entry_id=entry_id_of(1))

    response = charlie.client.get("/entries/?work=1")

    assert rows_in(response) == [entry_id_of(1)]
    assert 'name="work"' not in response.content.decode()


@pytest.mark.parametrize(("number", "at_its_end"), [(1, ["query"]), (30, [])])
def test_the_list_costs_a_member_one_read_more_however_long_it_is(
    bob: Person, log: Log, number: int, at_its_end: list[str]
) -> None:
    for _ in range(number):
        log(SALES)

    with count_requests() as meter:
        bob.client.get("/entries/")

    operations = sorted(request.operation for request in meter.requests)
    assert operations == ["get_item", "get_item", "query", *at_its_end]


# -- One entry ----------------------------------------------------------------------------------------------


def test_the_page_of_a_work_entry_says_what_counts_where(bob: Person, log: Log) -> None:
    page = text_of(bob.client.get(f"/entries/{log(FIELD, scope=COMMUTING).slug}/"))

    assert (
        "Where it counts In your own totals, and in those of Field at Acme as "
        "Scope 3, category 7: commuting. Administrators see totals only, once at least 3 people "
        "logged in the month: never this entry, its note or its time. A category that only you log they see "
        "as a total."
    ) in page
    assert "Scope Scope 3, category 7: commuting of the GHG Protocol, for the organization it was for" in page


def test_the_page_of_a_personal_entry_says_so_to_members_alone(
    bob: Person, charlie: Person, log: Log
) -> None:
    of_member = log()
    of_nobody = record_entry(charlie.profile, make_draft("2026-11-20T10:00"), entry_id=entry_id_of(1)).entry

    assert (
        "Where it counts In your own totals only. Personal entries never reach your organization."
        in text_of(bob.client.get(f"/entries/{of_member.slug}/"))
    )
    assert "Where it counts" not in text_of(charlie.client.get(f"/entries/{of_nobody.slug}/"))


def test_the_page_of_work_for_a_former_organization_says_so(bob: Person, log: Log) -> None:
    entry = log(SALES)
    leave(bob)

    page = text_of(bob.client.get(f"/entries/{entry.slug}/"))

    assert "in those of an organization you are no longer part of, as Scope 1: fuel burned" in page
    assert "Acme" not in page


def test_the_page_of_an_entry_of_a_closed_month_says_so_and_offers_no_change(
    bob: Person, acme: Organization, log: Log
) -> None:
    work, personal = log(SALES, local="2026-09-15T08:00"), log(local="2026-09-15T09:00")
    close(acme, "2026-09")

    closed = bob.client.get(f"/entries/{work.slug}/")
    open_ = bob.client.get(f"/entries/{personal.slug}/")

    sentence = "Acme has closed September 2026: this entry cannot be changed any more."
    assert sentence in text_of(closed)
    assert f"/entries/{work.slug}/edit/" not in closed.content.decode()
    assert f"/entries/{work.slug}/delete/" not in closed.content.decode()
    assert sentence not in text_of(open_)
    assert f"/entries/{personal.slug}/edit/" in open_.content.decode()


@pytest.mark.parametrize(("department", "operations"), [("", 2), (SALES, 3)])
def test_the_page_reads_the_organization_of_work_entries_alone(
    bob: Person, log: Log, department: str, operations: int
) -> None:
    entry = log(department)

    with count_requests() as meter:
        bob.client.get(f"/entries/{entry.slug}/")

    assert meter.count == operations


# -- Change -------------------------------------------------------------------------------------------------


def test_a_personal_entry_becomes_work_and_work_becomes_personal(
    bob: Person, acme: Organization, log: Log
) -> None:
    entry = log()

    bob.client.post(f"/entries/{entry.slug}/edit/", typed(entry, work="1", department=FIELD))

    work = stored(bob, entry)
    assert (work.organization_id, work.department_id, work.scope) == (acme.id, FIELD, Scope.ONE)
    assert kg_of(Subject.organization(acme.id)) == kg_of(Subject.department(acme.id, FIELD))
    assert kg_of(Subject.organization(acme.id)) == entry.co2_emissions
    assert "50 miles. Counts for Field at Acme." in text_of(bob.client.get(f"/entries/{entry.slug}/"))

    bob.client.post(f"/entries/{entry.slug}/edit/", typed(work, work="0"))

    personal = stored(bob, entry)
    assert (personal.organization_id, personal.department_id, personal.scope3_category) == (None, None, None)
    assert kg_of(Subject.organization(acme.id)) == kg_of(Subject.department(acme.id, FIELD)) == 0
    assert kg_of(Subject.user(bob.user_id)) == entry.co2_emissions
    page = text_of(bob.client.get(f"/entries/{entry.slug}/"))
    assert "Personal now: it no longer counts for Field at Acme." in page


def test_another_department_and_scope_move_the_figure(bob: Person, acme: Organization, log: Log) -> None:
    entry = log(SALES)

    response = bob.client.post(
        f"/entries/{entry.slug}/edit/",
        typed(entry, department=ENGINEERING, work_scope="3.7"),
        headers={**HTMX, "HX-Target": f"entry-{entry.entry_id}"},
    )

    moved = stored(bob, entry)
    assert (moved.department_id, moved.scope, moved.scope3_category) == (ENGINEERING, Scope.THREE, 7)
    assert (moved.co2_emissions, moved.factor) == (entry.co2_emissions, entry.factor)
    assert badges_in(response) == ["Work · Engineering"]
    assert kg_of(Subject.department(acme.id, SALES)) == 0
    assert kg_of(Subject.department(acme.id, ENGINEERING)) == entry.co2_emissions


def test_the_form_holds_what_is_stored_of_work(bob: Person, log: Log) -> None:
    entry = log(FIELD, scope=COMMUTING)

    body = bob.client.get(f"/entries/{entry.slug}/edit/").content.decode()

    assert re.search(r'name="work" value="1"[^>]* checked', body)
    assert f'<option value="{FIELD}" selected>Sales › Field</option>' in body
    assert '<option value="3.7" selected>Scope 3, category 7: commuting</option>' in body


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"merged_into": ENGINEERING}, f'<option value="{SALES}" selected>Engineering</option>'),
        ({"archived_at": NOW}, f'<option value="{SALES}" selected>Sales (closed)</option>'),
    ],
)
def test_a_change_leaves_an_entry_in_the_department_it_was_logged_under(
    bob: Person, acme: Organization, log: Log, changes: dict[str, Any], option: str
) -> None:
    entry = log(SALES)
    change(acme, SALES, **changes)

    form = bob.client.get(f"/entries/{entry.slug}/edit/")
    response = bob.client.post(f"/entries/{entry.slug}/edit/", typed(entry, note="later"))

    assert option in form.content.decode()
    assert response.status_code == 302
    assert (stored(bob, entry).department_id, stored(bob, entry).note) == (SALES, "later")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_department_of_somebody_else_is_an_error_at_its_field(
    bob: Person, log: Log, headers: dict[str, str]
) -> None:
    entry = log(SALES)

    response = bob.client.post(
        f"/entries/{entry.slug}/edit/", typed(entry, department="GLOBEX01", note="keep me"), headers=headers
    )

    assert response.status_code == 422
    assert f'id="edit-{entry.entry_id}-department_error">Choose a department from the list.' in (
        response.content.decode()
    )
    assert "keep me" in text_of(response)
    assert stored(bob, entry) == entry


def test_extra_fields_in_a_change_do_nothing_to_work(
    bob: Person, acme: Organization, log: Log, globex: Organization
) -> None:
    """probe_05"""
    entry = log(SALES)
    extra = {
        "organization_id": globex.id,
        "department_id": ENGINEERING,
        "scope": "3",
        "scope3_category": "7",
        "co2_emissions": "0",
        "role": "org_admin",
    }

    bob.client.post(f"/entries/{entry.slug}/edit/", typed(entry, amount="100", **extra))

    changed = stored(bob, entry)
    assert (changed.organization_id, changed.department_id) == (acme.id, SALES)
    assert (changed.scope, changed.scope3_category, changed.version) == (Scope.ONE, None, 2)
    assert changed.co2_emissions == 2 * entry.co2_emissions


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_change_in_a_closed_month_is_refused_and_keeps_what_was_typed(
    bob: Person, acme: Organization, log: Log, headers: dict[str, str]
) -> None:
    entry = log(SALES, local="2026-09-15T08:00")
    close(acme, "2026-09")

    response = bob.client.post(
        f"/entries/{entry.slug}/edit/", typed(entry, amount="60", note="keep me"), headers=headers
    )

    assert response.status_code == 409
    assert response.headers.get("HX-Retarget") == (f"#entry-{entry.entry_id}" if headers else None)
    page, body = text_of(response), response.content.decode()
    assert "Your organization has closed September 2026" in page
    assert "changed in another window" not in page
    assert 'name="amount" value="60"' in body
    assert 'name="version" value="1"' in body
    assert "keep me</textarea>" in body
    assert stored(bob, entry) == entry


def test_a_change_in_two_windows_says_where_the_entry_counts_now(bob: Person, log: Log) -> None:
    entry = log()
    bob.client.post(f"/entries/{entry.slug}/edit/", typed(entry, work="1", department=FIELD))

    response = bob.client.post(f"/entries/{entry.slug}/edit/", typed(entry, amount="60"))

    assert response.status_code == 409
    assert "This entry was changed in another window." in text_of(response)
    assert "(Work · Field)" in text_of(response)
    assert stored(bob, entry).is_work


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_work_for_a_former_organization_stays_until_it_is_made_personal(
    bob: Person, acme: Organization, log: Log, headers: dict[str, str]
) -> None:
    entry = log(SALES)
    leave(bob)

    form = text_of(bob.client.get(f"/entries/{entry.slug}/edit/", headers=headers))
    bob.client.post(f"/entries/{entry.slug}/edit/", typed(entry, note="later"), headers=headers)
    kept = stored(bob, entry)
    kept_kg = kg_of(Subject.organization(acme.id))
    bob.client.post(f"/entries/{entry.slug}/edit/", typed(kept, work="0"), headers=headers)

    assert "Personal Work, as before It was logged for an organization you are no longer part of" in form
    assert "Acme" not in form
    assert (kept.note, kept.organization_id, kept.department_id) == ("later", acme.id, SALES)
    assert kept_kg == entry.co2_emissions
    assert not stored(bob, entry).is_work
    assert kg_of(Subject.organization(acme.id)) == 0


@pytest.mark.parametrize("method", ["get", "post"])
def test_changing_costs_a_member_one_read_more(bob: Person, charlie: Person, log: Log, method: str) -> None:
    of_member = log()
    of_nobody = record_entry(charlie.profile, make_draft("2026-11-20T10:00"), entry_id=entry_id_of(1)).entry

    counts = []
    for person, entry in ((bob, of_member), (charlie, of_nobody)):
        with count_requests() as meter:
            getattr(person.client, method)(f"/entries/{entry.slug}/edit/", typed(entry, amount="60"))
        counts.append(meter.count)

    assert counts == [counts[1] + 1, counts[1]]


# -- Preview ------------------------------------------------------------------------------------------------


def test_the_form_of_a_change_asks_for_the_preview_of_that_entry(bob: Person, log: Log) -> None:
    entry = log(SALES)

    change = bob.client.get(f"/entries/{entry.slug}/edit/", headers=HTMX).content.decode()

    assert f"""hx-vals='{{"entry": "{entry.slug}"}}'""" in change
    assert "hx-vals" not in bob.client.get("/log/").content.decode()


def test_the_preview_of_a_work_entry_keeps_the_frozen_factor(bob: Person, log: Log) -> None:
    entry = log(SALES, local="2024-06-01T08:00")

    response = bob.client.get(
        "/log/preview/", typed(entry, amount="100") | {"entry": entry.slug}, headers=HTMX
    )

    assert str(entry.factor.value) in text_of(response)
    assert f'id="edit-{entry.entry_id}-preview"' in response.content.decode()


def test_the_preview_of_a_work_entry_that_becomes_something_else_is_its_figure(bob: Person, log: Log) -> None:
    entry = log(SALES)
    beef = {"type": "food", "category": "beef", "variant": "beef", "amount": "1", "unit": "kg"}

    response = bob.client.get("/log/preview/", typed(entry, **beef) | {"entry": entry.slug}, headers=HTMX)

    assert "kg CO2e 1 kg ×" in text_of(response)


# -- Delete, undo, again ------------------------------------------------------------------------------------


def test_undoing_a_delete_brings_work_back(bob: Person, acme: Organization, log: Log) -> None:
    entry = log(SALES, scope=COMMUTING)
    target = {**HTMX, "HX-Target": f"entry-{entry.entry_id}"}

    deleted = bob.client.post(f"/entries/{entry.slug}/delete/", {"version": "1"}, headers=target)
    gone = kg_of(Subject.organization(acme.id))
    token = re.search(r'name="undo_token" value="([^"]+)"', deleted.content.decode())
    assert token is not None
    restored = bob.client.post("/entries/restore/", {"undo_token": token[1]}, headers=target)

    assert gone == 0
    assert badges_in(restored) == ["Work · Sales"]
    back = stored(bob, entry)
    assert (back.organization_id, back.department_id, back.scope3_category) == (acme.id, SALES, 7)
    assert kg_of(Subject.department(acme.id, SALES)) == entry.co2_emissions


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_entry_of_a_closed_month_is_not_deleted(
    bob: Person, acme: Organization, log: Log, headers: dict[str, str]
) -> None:
    entry = log(SALES, local="2026-09-15T08:00")
    close(acme, "2026-09")

    response = bob.client.post(f"/entries/{entry.slug}/delete/", {"version": "1"}, headers=headers)

    assert response.status_code == 409
    assert "Your organization has closed September 2026" in text_of(response)
    assert stored(bob, entry) == entry


def test_before_deleting_one_is_told_where_it_counts(bob: Person, log: Log) -> None:
    work, personal = log(SALES), log()

    asked = [text_of(bob.client.get(f"/entries/{entry.slug}/delete/")) for entry in (work, personal)]

    assert "will leave your totals and those of the organization it was for." in asked[0]
    assert "will leave your totals. You can undo it" in asked[1]


def test_log_again_keeps_work(bob: Person, acme: Organization, log: Log) -> None:
    entry = log(SALES, scope=COMMUTING)
    headers = {**HTMX, "HX-Current-URL": "http://testserver/entries/"}

    response = bob.client.post(
        f"/entries/{entry.slug}/again/", {"key": new_form_key(bob.user_id)}, headers=headers
    )

    again, _first = EntryRepository(bob.user_id).recent(5)
    assert (again.organization_id, again.department_id, again.scope3_category) == (acme.id, SALES, 7)
    assert badges_in(response) == ["Work · Sales"]
    assert "Counts for Sales at Acme." in text_of(response)
    assert kg_of(Subject.organization(acme.id)) == 2 * entry.co2_emissions


def test_log_again_after_leaving_is_personal(bob: Person, acme: Organization, log: Log) -> None:
    entry = log(SALES)
    leave(bob)

    bob.client.post(f"/entries/{entry.slug}/again/", {"key": new_form_key(bob.user_id)})

    again, _first = EntryRepository(bob.user_id).recent(5)
    assert not again.is_work
    assert kg_of(Subject.organization(acme.id)) == entry.co2_emissions
