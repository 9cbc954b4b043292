"""What a member may say about work in the form: departments, scopes, and what becomes of stale choices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from carbontrack import clock
from emissions.domain.entries import ActivityType, Scope
from emissions.domain.scopes import WorkScope
from emissions.forms import EntryForm
from emissions.forms.workplace import ScopeChoice, Workplace
from emissions.services.drafts import Work
from organizations.domain import Department, Organization
from tests.factories import make_entry, make_profile

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ACME, SALES, FIELD, ENGINEERING, SUPPORT, ARCHIVE = "acme", "sales", "field", "eng", "support", "archive"
ORGANIZATION = Organization(
    id=ACME,
    name="Acme",
    country="gb",
    sector="",
    headcount=None,
    floor_area_m2=None,
    reporting_year_start=1,
    minimum_group=3,
    created_at=NOW,
    departments=(
        Department(SALES, "Sales"),
        Department(FIELD, "Field", parent_id=SALES),
        Department(ENGINEERING, "Engineering"),
        Department(SUPPORT, "Support", merged_into=ENGINEERING),
        Department(ARCHIVE, "Archive", archived_at=NOW),
    ),
)
MEMBER = make_profile(organization_id=ACME, department_id=SALES)
NO_DEPARTMENT = ("-", "No department")
FILLED = {
    "type": "transportation",
    "category": "car",
    "variant": "car-petrol-medium",
    "amount": "50",
    "unit": "mile",
    "people": "1",
    "date": "2026-11-22",
    "time": "",
    "note": "",
    "work": "1",
    "department": SALES,
    "work_scope": "usual",
}
#: Which scope the factors of these name; 7 is never usual for them.
CAR, TRAIN = WorkScope(Scope.ONE), WorkScope(Scope.THREE, 6)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def form_of(**changes: Any) -> EntryForm:
    return EntryForm(FILLED | changes, profile=MEMBER, organization=ORGANIZATION)


def work_in(form: EntryForm) -> Work | None:
    assert form.is_valid(), form.errors
    return form.draft(time_zone="UTC", default_time=time(12)).work


def chosen(form: EntryForm) -> tuple[str, str, str]:
    """What the form shows: personal or work, department, scope."""
    return (
        "work" if form.is_for_work else "personal",
        form["department"].value(),
        form["work_scope"].value(),
    )


# -- Departments --------------------------------------------------------------------------------------------


def test_open_departments_are_offered_with_what_they_are_in() -> None:
    assert Workplace(ORGANIZATION).departments == [
        (ENGINEERING, "Engineering"),
        (SALES, "Sales"),
        (FIELD, "Sales › Field"),
        NO_DEPARTMENT,
    ]


@pytest.mark.parametrize(
    ("own", "offered"),
    [(SALES, SALES), (FIELD, FIELD), (SUPPORT, ENGINEERING), (ARCHIVE, "-"), (None, "-"), ("gone", "-")],
)
def test_the_members_own_department_is_offered_first(own: str | None, offered: str) -> None:
    form = EntryForm(profile=replace(MEMBER, department_id=own), organization=ORGANIZATION)

    assert chosen(form) == ("personal", offered, "usual")


def test_an_organization_without_departments_asks_for_none() -> None:
    small = replace(ORGANIZATION, departments=())
    form = EntryForm(FILLED | {"department": "anything"}, profile=MEMBER, organization=small)

    assert Workplace(small).departments == []
    assert work_in(form) == Work(ACME, None, CAR)


@pytest.mark.parametrize(
    ("department", "sentence"),
    [
        ("", "Choose a department from the list."),
        ("of-globex", "Choose a department from the list."),
        ("x" * 3000, "Choose a department from the list."),
        (f"{SALES}#{FIELD}", "Choose a department from the list."),
        (ARCHIVE, "Archive takes no new entries any more. Choose another department."),
        (SUPPORT, "Support is now a part of Engineering. Choose that one."),
    ],
)
def test_a_department_that_is_not_open_is_an_error_at_its_field(department: str, sentence: str) -> None:
    form = form_of(department=department)

    assert form.errors == {"department": [sentence]}


@pytest.mark.parametrize("work", ["0", "", "yes", "2"])
def test_a_personal_entry_has_nothing_to_say_about_departments(work: str) -> None:
    assert work_in(form_of(work=work, department="of-globex", work_scope="9")) is None


@pytest.mark.parametrize(
    ("kept", "departments"),
    [
        (SALES, [(ENGINEERING, "Engineering"), (SALES, "Sales"), (FIELD, "Sales › Field"), NO_DEPARTMENT]),
        (SUPPORT, [(SUPPORT, "Engineering"), (SALES, "Sales"), (FIELD, "Sales › Field"), NO_DEPARTMENT]),
        (
            ARCHIVE,
            [
                (ENGINEERING, "Engineering"),
                (SALES, "Sales"),
                (FIELD, "Sales › Field"),
                (ARCHIVE, "Archive (closed)"),
                NO_DEPARTMENT,
            ],
        ),
    ],
)
def test_an_entry_keeps_the_department_it_was_logged_under(
    kept: str, departments: list[tuple[str, str]]
) -> None:
    entry = make_entry(organization_id=ACME, department_id=kept)
    form = EntryForm(FILLED | {"department": kept}, profile=MEMBER, organization=ORGANIZATION, entry=entry)

    assert form.workplace is not None
    assert form.workplace.departments == departments
    assert work_in(form) == Work(ACME, kept, CAR)


# -- Scopes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variant", "usual"),
    [
        ("car-petrol-medium", "Scope 1 (usual): fuel burned by the organization, its own vehicles"),
        ("train", "Scope 3, category 6 (usual): business travel"),
        ("electricity", "Scope 2 (usual): bought electricity and heat"),
        ("beef", "Scope 3, category 1 (usual): purchased goods and services"),
    ],
)
def test_the_usual_scope_comes_from_the_factor(variant: str, usual: str) -> None:
    form = EntryForm(profile=MEMBER, initial={"variant": variant}, organization=ORGANIZATION)

    assert form.fields["work_scope"].widget.choices[0] == ("usual", usual)
    assert chosen(form)[2] == "usual"


def test_each_scope_is_offered_once() -> None:
    options = ScopeChoice(ActivityType.TRANSPORTATION, TRAIN).options

    assert options[0] == ("usual", "Scope 3, category 6 (usual): business travel")
    assert "3.6" not in dict(options)
    assert dict(options)["3.7"] == "Scope 3, category 7: commuting"


def test_the_usual_scope_is_saved_as_it_was_shown() -> None:
    assert work_in(form_of()) == Work(ACME, SALES, CAR)
    assert work_in(form_of(work_scope="1")) == Work(ACME, SALES, CAR)


def test_another_scope_can_be_chosen() -> None:
    assert work_in(form_of(work_scope="3.7")) == Work(ACME, SALES, WorkScope(Scope.THREE, 7))


@pytest.mark.parametrize("scope", ["4", "3.99", "3.5", "0", "3.", "١", "x" * 3000])
def test_a_scope_that_does_not_fit_is_an_error_at_its_field(scope: str) -> None:
    assert form_of(work_scope=scope).errors == {"work_scope": ["Choose a scope from the list."]}


def test_another_activity_brings_its_own_usual_scope() -> None:
    state = {"variant": "train", "work": "1", "work_scope": "usual"}

    assert work_in(form_of(category="rail", variant="train", unit="km")) == Work(ACME, SALES, TRAIN)
    assert chosen(EntryForm(profile=MEMBER, initial=state, organization=ORGANIZATION))[2] == "usual"


def test_a_scope_that_was_chosen_stays_where_it_fits_and_gives_way_where_it_does_not() -> None:
    kept = EntryForm(
        profile=MEMBER, initial={"variant": "train", "work_scope": "3.7"}, organization=ORGANIZATION
    )
    gone = EntryForm(
        profile=MEMBER, initial={"variant": "beef", "work_scope": "3.7"}, organization=ORGANIZATION
    )

    assert (chosen(kept)[2], chosen(gone)[2]) == ("3.7", "usual")


def test_the_services_refusal_of_a_scope_stands_at_the_scope() -> None:
    form = form_of()
    form.is_valid()

    form.refuse("It does not fit.", "scope")

    assert form.errors == {"work_scope": ["It does not fit."]}


# -- Who is asked -------------------------------------------------------------------------------------------


def test_nobodys_member_is_asked_nothing_and_can_say_nothing() -> None:
    form = EntryForm(FILLED, profile=make_profile())

    assert not {"work", "department", "work_scope"} & form.fields.keys()
    assert work_in(form) is None


def test_nothing_can_be_logged_for_an_organization_that_is_being_deleted() -> None:
    going = replace(ORGANIZATION, deleting_at=NOW)

    assert work_in(EntryForm(FILLED, profile=MEMBER, organization=going)) is None


@pytest.mark.parametrize("organization", [None, ORGANIZATION])
def test_work_of_a_former_organization_stays_or_becomes_personal(organization: Organization | None) -> None:
    entry = make_entry(organization_id="globex", department_id="theirs", scope=Scope.THREE, scope3_category=7)
    profile = MEMBER if organization else make_profile()
    stays, leaves = (
        EntryForm(FILLED | {"work": work}, profile=profile, organization=organization, entry=entry)
        for work in "10"
    )

    assert "department" not in stays.fields
    assert work_in(stays) == Work("globex", "theirs", WorkScope(Scope.THREE, 7))
    assert work_in(leaves) is None


def test_an_answer_that_says_nothing_about_work_changes_nothing_about_it() -> None:
    silent = {
        name: value for name, value in FILLED.items() if name not in {"work", "department", "work_scope"}
    }
    entry = make_entry(organization_id=ACME, department_id=FIELD, scope=Scope.THREE, scope3_category=7)

    form = EntryForm(silent, profile=MEMBER, organization=ORGANIZATION, entry=entry)

    assert work_in(form) == Work(ACME, FIELD, WorkScope(Scope.THREE, 7))


def test_work_says_nothing_about_the_figure_so_the_preview_does_without() -> None:
    form = form_of(department="of-globex")

    assert form.filled_in().is_valid()
    assert form.today == date(2026, 11, 22)
