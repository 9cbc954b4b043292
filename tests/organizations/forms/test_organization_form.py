"""What may be said of an organization, in whose units, and what is not read."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Preferences, Profile, UnitSystem
from organizations.domain import Organization
from organizations.forms.fields import NameField
from organizations.forms.organizations import OrganizationForm
from organizations.services.organizations import OrganizationDraft
from tests.factories import make_profile

METRIC = make_profile("u1", preferences=Preferences(region="gb"))
IMPERIAL = make_profile("u2", preferences=Preferences(region="us-camx", unit_system=UnitSystem.IMPERIAL))
ACME = Organization(
    id="01HS0000000000000000000ACME",
    name="Acme",
    country="gb",
    sector="retail",
    headcount=40,
    floor_area_m2=Decimal(1000),
    reporting_year_start=4,
    minimum_group=5,
    created_at=datetime(2024, 1, 1, tzinfo=UTC),
    version=7,
)


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Acme",
        "country": "gb",
        "sector": "",
        "headcount": "",
        "floor_area": "",
        "floor_area_unit": "m2",
        "reporting_year_start": "1",
        "minimum_group": "5",
    } | changes


def form_of(profile: Profile = METRIC, **changes: Any) -> OrganizationForm:
    return OrganizationForm(typed(**changes), profile=profile)


def as_shown(organization: Organization, profile: Profile, **changes: Any) -> OrganizationForm:
    """The form as it is sent by somebody who changed only this."""
    shown = OrganizationForm.initial_of(organization, profile)
    data = {name: "" if value is None else str(value) for name, value in shown.items()}
    return OrganizationForm(data | changes, profile=profile, organization=organization)


def test_what_was_typed_becomes_a_draft() -> None:
    form = form_of(
        name="  Acme \n Works ", sector="retail", headcount="40", floor_area="850.5", reporting_year_start="4"
    )

    assert form.is_valid()
    assert form.draft() == OrganizationDraft(
        name="Acme Works",
        country="gb",
        sector="retail",
        headcount=40,
        floor_area_m2=Decimal("850.5"),
        reporting_year_start=4,
        minimum_group=5,
    )


def test_what_is_optional_may_be_left_empty() -> None:
    form = form_of()

    assert form.is_valid()
    draft = form.draft()
    assert (draft.sector, draft.headcount, draft.floor_area_m2) == ("", None, None)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", " \t ", "Give it a name."),
        ("name", "x" * 101, "A name has at most 100 characters."),
        ("country", "", "Choose a country from the list."),
        ("country", "us-camx", "Choose a country from the list."),
        ("country", "global", "Choose a country from the list."),
        ("sector", "piracy", "Choose a sector from the list."),
        ("headcount", "0", "At least one person. Leave it empty if you would rather not say."),
        ("headcount", "1,000", "Write a whole number such as 40, without separators."),
        ("floor_area", "0", "It is more than zero. Leave it empty if you would rather not say."),
        ("floor_area", "NaN", "Write a number such as 1200 or 85.5, without separators."),
        ("floor_area", "999999999", "At most 100 square kilometers."),
        ("floor_area_unit", "acre", "Choose m² or sq ft."),
        ("reporting_year_start", "13", "Choose a month from the list."),
        ("minimum_group", "2", "At least 3: below that, people could be recognized."),
        ("minimum_group", "", "Write a number from 3 to 100."),
        ("minimum_group", "101", "At most 100."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(field: str, value: str, sentence: str) -> None:
    changed: dict[str, Any] = {field: value}
    assert form_of(**changed).errors == {field: [sentence]}


def test_a_new_organization_starts_where_its_founder_is() -> None:
    assert OrganizationForm(profile=IMPERIAL).initial == {
        "country": "us",
        "floor_area_unit": "sqft",
        "reporting_year_start": "1",
        "minimum_group": 5,
    }
    world = replace(METRIC, preferences=Preferences(region="global"))
    assert OrganizationForm(profile=world).initial["country"] == ""


def test_square_feet_become_square_meters_exactly() -> None:
    form = form_of(IMPERIAL, floor_area="10000", floor_area_unit="sqft")

    assert form.is_valid()
    assert form.draft().floor_area_m2 == Decimal("929.0304")


def test_an_area_that_nobody_touched_is_not_rounded() -> None:
    form = as_shown(ACME, IMPERIAL, name="Acme 2")

    assert form.initial["floor_area"] == Decimal("10763.91")
    assert form.is_valid()
    assert form.draft() == replace(OrganizationDraft.of(ACME), name="Acme 2")
    touched = as_shown(ACME, IMPERIAL, floor_area="10763.92")
    assert touched.is_valid()
    assert touched.draft().floor_area_m2 == Decimal("10763.92") * Decimal("0.09290304")


def test_what_is_stored_elsewhere_is_told_in_words() -> None:
    form = as_shown(ACME, IMPERIAL, name="Mine", sector="", headcount="", floor_area="")
    assert form.is_valid()

    assert form.stored_elsewhere(ACME, IMPERIAL) == [
        ("Name", "Acme"),
        ("Sector", "Retail and wholesale"),
        ("Headcount", "40"),
        ("Floor area", "10763.91 sq ft"),
    ]
    assert as_valid(as_shown(ACME, METRIC)).stored_elsewhere(replace(ACME, headcount=None), METRIC) == [
        ("Headcount", "empty")
    ]


def as_valid(form: OrganizationForm) -> OrganizationForm:
    assert form.is_valid()
    return form


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("A\u0000cme\u0007", None),
        ("Ac\u202eme\u2069", "Acme"),
        ("A\u00a0B\r\nC", "A B C"),
        ("Cafe\u0301", "Café"),
        ("=1+1", "=1+1"),
    ],
)
def test_a_name_is_one_line_without_what_misleads(pasted: str, kept: str | None) -> None:
    assert NameField().clean(pasted) == (kept or "Acme")


def test_probe_08_a_book_of_accents_is_too_long_before_it_is_normalized(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    normalize, normalized = unicodedata.normalize, list[int]()

    def measure(form: Any, text: str) -> str:
        normalized.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", measure)

    book, long_name = form_of(name="a" + "\u0301\u0316" * 50_000), form_of(name="e\u0301" * 100)

    assert book.errors["name"] == ["A name has at most 100 characters."]
    assert long_name.is_valid()
    assert max(normalized) <= 2000
