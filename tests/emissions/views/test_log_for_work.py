"""Logging for work: who is asked, what is saved, where it counts, and what it costs."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, count_requests, update_item
from carbontrack.dynamodb.tables import USERS
from emissions.domain.entries import Entry, Scope
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from organizations.domain import ClosedMonth, Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES
from tests.fixtures.people import Person
from tests.pages import filled_form, text_of

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true", "HX-Target": "log-form"}
#: 50 miles by medium petrol car: Bob's, in California.
CAR = {"variant": "car-petrol-medium", "amount": "50", "unit": "mile"}
WORDS = (
    "It counts in the totals of the department and of Acme, shown once at least 3 people logged in the "
    "month. Administrators never see single entries, notes or times; a category that only you log they see "
    "as a total."
)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def for_work(person: Person, **changes: Any) -> dict[str, Any]:
    return filled_form(person, **{"work": "1", "department": SALES, "work_scope": "usual", **changes})


def entries_of(person: Person) -> list[Entry]:
    return EntryRepository(person.user_id).recent(50)


def kg_of(subject: Subject, month: str = "2026-11") -> Decimal:
    return TotalsRepository().months(subject, month, month)[0].co2_emissions


def close(organization: Organization, month: str) -> None:
    closed = ClosedMonth(month, NOW, "somebody")
    with WriteTransaction() as transaction:
        OrganizationRepository(organization.id).close_month(closed, transaction=transaction)


def shown(response: Any) -> dict[str, str]:
    """What is chosen of work: `work`, `department` and `work_scope`, each by its value."""
    body = response.content.decode()
    selected = {
        name: re.findall(r'<option value="([^"]*)" selected>', options)
        for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', body)
    }
    radio = re.search(r'<input type="radio" name="work" value="(\d)"[^>]* checked', body)
    return {
        "work": radio[1] if radio else "",
        **{name: selected[name][0] for name in ("department", "work_scope") if selected.get(name)},
    }


def errors_in(response: Any) -> dict[str, str]:
    found = re.findall(r'id="log-(\w+)_error">(.*?)</p>', response.content.decode())
    return {name: html.unescape(words) for name, words in found}


# -- Who is asked -------------------------------------------------------------------------------------------


def test_nobodys_member_sees_no_trace_of_work(charlie: Person, acme: Organization) -> None:
    address = "/log/?work=1&department=" + SALES

    for response in (charlie.client.get(address), charlie.client.get(address, headers=HTMX)):
        assert 'name="work"' not in response.content.decode()
        assert not re.search("for work|department|administrator", text_of(response), re.IGNORECASE)


def test_nobodys_member_cannot_log_for_work(charlie: Person, acme: Organization) -> None:
    charlie.client.post("/log/", for_work(charlie, organization_id=acme.id))

    [entry] = entries_of(charlie)
    assert (entry.is_work, entry.department_id) == (False, None)
    assert kg_of(Subject.organization(acme.id)) == 0


def test_a_member_starts_personal_with_their_own_department_ready(bob: Person, acme: Organization) -> None:
    response = bob.client.get("/log/")

    assert shown(response) == {"work": "0", "department": SALES, "work_scope": "usual"}
    page = text_of(response)
    assert "Personal or for work Personal For work at Acme" in page
    assert "Personal entries count in your own totals only. They never reach Acme." in page
    assert WORDS in page
    assert "Engineering Sales Sales › Field No department" in page


def test_an_organization_without_departments_is_not_asked_for_one(
    charlie: Person, globex: Organization
) -> None:
    response = charlie.client.get("/log/?work=1")

    assert shown(response) == {"work": "1", "work_scope": "usual"}
    assert "It counts in the totals of Globex, shown once" in text_of(response)

    charlie.client.post("/log/", for_work(charlie))

    [entry] = entries_of(charlie)
    assert (entry.organization_id, entry.department_id) == (globex.id, None)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "log-choices"}])
def test_an_address_fills_work_in(bob: Person, acme: Organization, headers: dict[str, str]) -> None:
    query = {"variant": "train", "work": "1", "department": FIELD, "work_scope": "3.7"}

    response = bob.client.get("/log/", query, headers=headers)

    assert shown(response) == {"work": "1", "department": FIELD, "work_scope": "3.7"}


@pytest.mark.parametrize(
    "query", [{"work": "yes"}, {"work": "1", "department": "\x00", "work_scope": "9" * 5000}]
)
def test_nonsense_in_an_address_is_harmless(bob: Person, acme: Organization, query: dict[str, str]) -> None:
    assert bob.client.get("/log/", query).status_code == 200


def test_narrowing_without_scripts_keeps_what_was_said_of_work(bob: Person, acme: Organization) -> None:
    narrowed = for_work(bob, type="food", department="-", work_scope="3.7", update="1")

    response = bob.client.post("/log/", narrowed)

    assert shown(response) == {"work": "1", "department": "-", "work_scope": "usual"}
    assert entries_of(bob) == []


def test_choosing_something_else_brings_its_usual_scope(bob: Person, acme: Organization) -> None:
    response = bob.client.get("/log/", {"type": "food", "work": "1", "work_scope": "usual"}, headers=HTMX)

    field = re.search(r'id="log-scope-field">.*?selected>([^<]*)<', response.content.decode(), re.DOTALL)
    assert field is not None
    assert field[1] == "Scope 3, category 1 (usual): purchased goods and services"
    assert "#log-scope-field" in response.content.decode()


# -- Saving -------------------------------------------------------------------------------------------------


def test_a_personal_entry_of_a_member_counts_for_nobody_else(bob: Person, acme: Organization) -> None:
    bob.client.post("/log/", for_work(bob, work="0"))

    [entry] = entries_of(bob)
    assert (entry.organization_id, entry.department_id, entry.scope3_category) == (None, None, None)
    assert kg_of(Subject.organization(acme.id)) == kg_of(Subject.department(acme.id, SALES)) == 0


def test_a_work_entry_counts_for_the_organization_and_the_department(bob: Person, acme: Organization) -> None:
    response = bob.client.post("/log/", for_work(bob, department=FIELD))

    [entry] = entries_of(bob)
    assert (entry.organization_id, entry.department_id) == (acme.id, FIELD)
    assert (entry.scope, entry.scope3_category) == (Scope.ONE, None)
    assert kg_of(Subject.user(bob.user_id)) == entry.co2_emissions > 0
    assert kg_of(Subject.organization(acme.id)) == kg_of(Subject.department(acme.id, FIELD))
    assert kg_of(Subject.organization(acme.id)) == entry.co2_emissions
    assert parse_qs(urlsplit(response["Location"]).query) == {
        "variant": ["car-petrol-medium"],
        "unit": ["mile"],
        "date": ["2026-11-22"],
        "work": ["1"],
        "department": [FIELD],
        "work_scope": ["1"],
    }
    page = bob.client.get(response["Location"])
    assert "50 miles. Counts for Field at Acme." in text_of(page)
    assert shown(page) == {"work": "1", "department": FIELD, "work_scope": "usual"}


@pytest.mark.parametrize("department", ["-", SALES])
def test_a_form_for_work_that_was_opened_elsewhere_logs_nothing_here(
    bob: Person, acme: Organization, globex: Organization, department: str
) -> None:
    page = bob.client.get("/log/").text
    [opened_at] = re.findall(r'<input type="hidden" name="work_at" value="(\w+)">', page)
    form = for_work(bob, department=department, work_at=opened_at)
    move(bob, globex)

    refused = bob.client.post("/log/", form)
    again = bob.client.post("/log/", form | {"work_at": globex.id})

    assert (opened_at, refused.status_code) == (acme.id, 422)
    assert errors_in(refused)["work"].startswith("You belong to Globex since this form was opened.")
    assert f'name="work_at" value="{globex.id}"' in refused.text
    assert again.status_code == 302
    assert [entry.organization_id for entry in entries_of(bob)] == [globex.id]
    assert kg_of(Subject.organization(acme.id)) == 0


def move(person: Person, organization: Organization) -> None:
    """What accepting an invitation elsewhere does to a profile."""
    key = {"user_id": person.user_id}
    update_item(USERS, key, set={"organization_id": organization.id}, remove=["department_id"])


def test_htmx_keeps_the_last_choice_for_the_next_entry(bob: Person, acme: Organization) -> None:
    work = bob.client.post("/log/", for_work(bob, department="-", work_scope="3.6"), headers=HTMX)
    personal = bob.client.post("/log/", for_work(bob, work="0"), headers=HTMX)

    assert shown(work) == {"work": "1", "department": "-", "work_scope": "3.6"}
    assert "Counts for Acme." in text_of(work)
    assert shown(personal)["work"] == "0"
    assert "Counts for" not in text_of(personal)
    newest = {entry.is_work: (entry.department_id, entry.scope3_category) for entry in entries_of(bob)}
    assert newest == {True: (None, 6), False: (None, None)}


def test_a_repeated_post_saves_work_once(bob: Person, acme: Organization) -> None:
    form = for_work(bob)

    answers = [bob.client.post("/log/", form).status_code for _ in range(3)]

    assert answers == [302, 302, 302]
    [entry] = entries_of(bob)
    assert kg_of(Subject.organization(acme.id)) == entry.co2_emissions


def test_extra_fields_change_nothing_about_work(
    bob: Person, acme: Organization, globex: Organization
) -> None:
    """probe_05, probe_07"""
    extra = {
        "organization_id": globex.id,
        "organization": globex.id,
        "department_id": ENGINEERING,
        "user_id": "somebody",
        "role": "org_admin",
        "scope": "3",
        "scope3_category": "7",
        "co2_emissions": "0",
        "version": "9",
    }

    bob.client.post(f"/log/?organization={globex.id}", for_work(bob) | extra)

    [entry] = entries_of(bob)
    assert (entry.user_id, entry.organization_id, entry.department_id) == (bob.user_id, acme.id, SALES)
    assert (entry.scope, entry.scope3_category, entry.version) == (Scope.ONE, None, 1)
    assert entry.co2_emissions > 0
    assert kg_of(Subject.organization(globex.id)) == 0
    assert bob.stored_profile().role == "user"


# -- Slips --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("department", "GLOBEX01", "Choose a department from the list."),
        ("department", "", "Choose a department from the list."),
        ("work_scope", "3.5", "Choose a scope from the list."),
    ],
)
def test_a_slip_is_answered_at_its_field(
    bob: Person, acme: Organization, headers: dict[str, str], field: str, typed: str, sentence: str
) -> None:
    response = bob.client.post("/log/", for_work(bob, note="keep me") | {field: typed}, headers=headers)

    assert response.status_code == 422
    assert errors_in(response) == {field: sentence}
    assert shown(response)["work"] == "1"
    assert "keep me" in text_of(response)
    assert "kg CO2e 50 miles ×" in text_of(response)
    assert entries_of(bob) == []


def test_a_department_that_was_archived_meanwhile_is_an_error_at_its_field(
    bob: Person, acme: Organization
) -> None:
    archived = change(acme, SALES, archived_at=NOW)

    response = bob.client.post("/log/", for_work(bob))

    assert (response.status_code, entries_of(bob)) == (422, [])
    assert errors_in(response) == {
        "department": "Sales takes no new entries any more. Choose another department."
    }
    assert archived.find_department(SALES) is not None
    assert shown(bob.client.get("/log/"))["department"] == "-"


def test_a_department_that_was_merged_meanwhile_gives_way_to_what_it_is_in(
    bob: Person, acme: Organization
) -> None:
    change(acme, SALES, merged_into=ENGINEERING)

    response = bob.client.post("/log/", for_work(bob))

    assert (response.status_code, entries_of(bob)) == (422, [])
    assert errors_in(response) == {"department": "Sales is now a part of Engineering. Choose that one."}
    assert shown(bob.client.get("/log/"))["department"] == ENGINEERING


def change(organization: Organization, department_id: str, **changes: Any) -> Organization:
    """The organization with one department changed, stored."""
    departments = tuple(
        replace(each, **changes) if each.id == department_id else each for each in organization.departments
    )
    with WriteTransaction() as transaction:
        return OrganizationRepository(organization.id).save(
            replace(organization, departments=departments),
            seen_version=organization.version,
            transaction=transaction,
        )


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_closed_month_is_said_above_the_form_and_nothing_is_lost(
    bob: Person, acme: Organization, headers: dict[str, str]
) -> None:
    close(acme, "2026-09")
    form = for_work(bob, date="2026-09-15", note="keep me")

    response = bob.client.post("/log/", form, headers=headers)

    assert response.status_code == 409
    assert response.headers.get("HX-Retarget") == ("#log-form" if headers else None)
    assert "Your organization has closed September 2026" in text_of(response)
    body = response.content.decode()
    assert 'name="amount" value="50"' in body
    assert 'name="date" value="2026-09-15"' in body
    assert "keep me</textarea>" in body
    assert f'name="key" value="{form["key"]}"' in body
    assert shown(response) == {"work": "1", "department": SALES, "work_scope": "usual"}
    assert entries_of(bob) == []

    bob.client.post("/log/", form | {"work": "0"})
    assert [entry.is_work for entry in entries_of(bob)] == [False]


# -- Again --------------------------------------------------------------------------------------------------


def test_what_was_logged_for_work_is_offered_for_work_again(
    bob: Person, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob.client.post("/log/", for_work(bob, department=FIELD, work_scope="3.7"))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=5))
    bob.client.post("/log/", for_work(bob, work="0", time="09:31"))

    page = bob.client.get("/log/")

    links = re.findall(r'<a class="chip[^"]*" href="\?([^"]+)"', page.content.decode())
    queries = [{name: value for name, [value] in parse_qs(html.unescape(link)).items()} for link in links]
    work = {"work": "1", "work_scope": "3.7", "department": FIELD}
    assert sorted(queries, key=len) == [CAR, CAR | work]
    assert "50 miles · Sales › Field" in text_of(page)


# -- At what cost -------------------------------------------------------------------------------------------


def operations(meter: Any) -> list[str]:
    return sorted(request.operation for request in meter.requests)


def test_the_form_costs_a_member_one_read_more(bob: Person, charlie: Person, acme: Organization) -> None:
    with count_requests() as member:
        bob.client.get("/log/")
    with count_requests() as nobodys:
        charlie.client.get("/log/")

    assert operations(nobodys) == ["get_item", "query"]
    assert operations(member) == ["get_item", "get_item", "query"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_saving_a_personal_entry_costs_a_member_one_read_more(
    bob: Person, charlie: Person, acme: Organization, headers: dict[str, str]
) -> None:
    with count_requests() as member:
        bob.client.post("/log/", for_work(bob, work="0"), headers=headers)
    with count_requests() as nobodys:
        charlie.client.post("/log/", filled_form(charlie), headers=headers)

    assert operations(nobodys) == ["get_item", "transact_write_items"]
    assert operations(member) == ["get_item", "get_item", "transact_write_items"]


def test_saving_a_work_entry_reads_the_organization_once(bob: Person, acme: Organization) -> None:
    with count_requests() as meter:
        bob.client.post("/log/", for_work(bob), headers=HTMX)

    reads = [request for request in meter.requests if request.operation != "transact_write_items"]
    tables = sorted(request.table.rpartition("-")[2] for request in reads)
    assert tables == ["EmissionTotalsTable", "OrganizationsTable", "UsersTable"]


def test_a_preview_for_work_reads_the_organization_which_may_have_factors_of_its_own(
    bob: Person, acme: Organization
) -> None:
    with count_requests() as personal:
        bob.client.get("/log/preview/", CAR, headers=HTMX)
    with count_requests() as for_work:
        bob.client.get("/log/preview/", CAR | {"work": "1"}, headers=HTMX)

    assert operations(personal) == ["get_item"]
    assert operations(for_work) == ["get_item"] * 2
