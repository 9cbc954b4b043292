"""Compare, what if and the target, as pages: what they say, what they cost, what they store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.domain import PersonalTarget
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import count_requests, tables, update_item
from emissions.repositories.entries import EntryRepository
from emissions.services.bulk import record_entries
from emissions.services.drafts import entry_of
from tests.emissions.views.test_home import words
from tests.factories import entry_id_of, make_draft
from tests.fixtures.people import Person

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COMPARE, WHAT_IF, TARGET = "/insights/", "/insights/what-if/", "/insights/target/"
#: What a profile's item and totals are read with.
PROFILE = ("get_item", tables.USERS)
TOTALS = ("query", tables.EMISSION_TOTALS)
ENTRIES = ("query", tables.CARBON_DATA)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def log(person: Person, *activities: tuple[str, str, str, str]) -> None:
    """Log activities given as (day, choice, amount, unit)."""
    drafts = [
        make_draft(f"{day}T10:00", variant=variant, amount=Decimal(amount), unit=unit)
        for day, variant, amount, unit in activities
    ]
    entries = [entry_of(person.profile, draft, entry_id=entry_id_of(n)) for n, draft in enumerate(drafts)]
    record_entries(person.user_id, entries)


def a_year(person: Person) -> None:
    """Electricity each month but July, and a large meal of beef, from October 2025 to October 2026."""
    months = [f"{2025 + (9 + n) // 12}-{(9 + n) % 12 + 1:02d}" for n in range(13)]
    bills = [(f"{month}-28", "electricity", "100", "kwh") for month in months if month != "2026-07"]
    log(person, *bills, ("2026-03-05", "beef", "10", "kg"))


def asked(person: Person, url: str) -> tuple[str, list[tuple[str, str]]]:
    """A page and the requests that it took."""
    with count_requests() as meter:
        response = person.client.get(url)
    assert response.status_code == 200
    return response.content.decode(), [(each.operation, each.table) for each in meter.requests]


def named(*requests: tuple[str, tables.Table]) -> list[tuple[str, str]]:
    return [(operation, table.physical_name) for operation, table in requests]


def test_a_running_month_is_compared_on_equal_days_and_says_so(alice: Person) -> None:
    log(
        alice,
        ("2026-11-03", "beef", "1", "kg"),
        ("2026-10-03", "beef", "2", "kg"),
        ("2026-10-25", "beef", "9", "kg"),
    )

    html, requests = asked(alice, COMPARE)

    assert requests == named(PROFILE, TOTALS, ENTRIES)
    text = words(html)
    assert "November 2026 against October 2026 On equal days −50%" in text
    assert "November 2026 is not over, so the first 22 days of both are compared." in text
    assert "1 of 22" in text
    assert "Beef −99.5 kg −50%" in text


def test_months_that_are_over_take_two_requests_however_far_apart(alice: Person) -> None:
    log(alice, ("2019-03-03", "beef", "1", "kg"), ("2026-03-03", "beef", "2", "kg"))

    html, requests = asked(alice, f"{COMPARE}?first=2026-03&other_first=2019-03")

    assert requests == named(PROFILE, TOTALS)
    assert "March 2026 against March 2019 +100%" in words(html)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("first=2027-01&other_first=2026-01", "This month has not begun yet."),
        ("first=2026-05&last=2026-01&other_first=2026-01", "It ends before it begins."),
        ("first=2026-05&last=9998-12&other_first=2026-01", "Choose a month of this year or an earlier one."),
        ("first=nonsense&other_first=2026-01", "Choose a month, like 2026-03."),
        ("first=2026-01&other_first=1970-01", "Choose a month in 1990 or later."),
    ],
)
def test_periods_that_cannot_be_compared_are_told_beside_the_field(
    alice: Person, query: str, sentence: str
) -> None:
    response = alice.client.get(f"{COMPARE}?{query}")

    assert response.status_code == 422
    assert sentence in unescape(response.content.decode())


def test_a_forgotten_month_leads_to_the_form_with_the_usual_filled_in(alice: Person) -> None:
    a_year(alice)

    home, requests = asked(alice, "/")

    assert requests == named(PROFILE, TOTALS)
    assert "Forgotten?" in home
    [link] = [part for part in unescape(home).split('"') if part.startswith("/insights/?missing=")]
    assert link == "/insights/?missing=energy/electricity&month=2026-07"
    response = alice.client.get(link)
    assert parse_qs(urlsplit(response["Location"]).query) == {
        "variant": ["electricity"],
        "amount": ["100"],
        "unit": ["kwh"],
        "date": ["2026-07-28"],
    }
    unknown = alice.client.get("/insights/?missing=waste/paper&month=2026-07")
    assert unknown["Location"] == "/log/?type=waste&category=paper&date=2026-07-01"
    for nonsense in ("missing=nonsense&month=2026-07", "missing=waste/paper&month=9998-12"):
        assert alice.client.get(f"/insights/?{nonsense}").status_code == 404


def test_a_what_if_takes_three_requests_and_says_what_it_rests_on(alice: Person) -> None:
    a_year(alice)

    html, requests = asked(alice, f"{WHAT_IF}?change=beef.kg~-50%25~chicken&edit=electricity.kwh")

    assert requests == named(PROFILE, TOTALS, ENTRIES)
    text = words(html)
    assert "It rests on 12 entries, all that you logged in the twelve months November 2025" in text
    assert "Was 10 kg × 99.5 kg per kg = 995 kg Would be 5 kg × 9.87 kg per kg = 49.4 kg" in text
    assert "Change: Household electricity" in text


def test_the_form_of_a_line_becomes_a_part_of_the_address(alice: Person) -> None:
    a_year(alice)
    kept = "change=beef.kg~-50%25~"

    response = alice.client.get(f"{WHAT_IF}?{kept}&line=electricity.kwh&value=600&how=amount&swap=")
    wrong = alice.client.get(f"{WHAT_IF}?{kept}&line=electricity.kwh&value=-500&how=percent&swap=")

    assert response["Location"] == f"{WHAT_IF}?{kept}&change=electricity.kwh~x600~"
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert 'value="-500"' in page
    assert "From -100 (none of it) to 1000 percent." in page


def test_a_what_if_becomes_a_target_which_can_be_taken_back(alice: Person) -> None:
    a_year(alice)
    before = PersonalTarget(Decimal(900))
    profile = alice.stored_profile()
    ProfileRepository().save(replace(profile, preferences=replace(profile.preferences, target=before)))

    response = alice.client.post(WHAT_IF, {"change": ["beef.kg~-100%~"]})

    target = alice.stored_profile().preferences.target
    assert target is not None
    assert (target.by, target.base_on) == (date(2027, 12, 31), date(2026, 10, 31))
    assert target.base_kg is not None
    assert target.base_kg - target.kg_per_year == 995
    page = alice.client.get(response["Location"]).content.decode()
    assert "Before, it was 900 kg CO2e a year." in words(page)
    token = parse_qs(urlsplit(response["Location"]).query)["was"][0]
    alice.client.post(TARGET, {"undo": token})
    assert alice.stored_profile().preferences.target == before


def test_nothing_changed_is_no_target(alice: Person) -> None:
    a_year(alice)

    response = alice.client.post(WHAT_IF, {"change": ["tofu.kg~-50%~"]})

    assert response.status_code == 302
    assert alice.stored_profile().preferences.target is None


def test_a_target_is_set_from_where_one_is_seen_on_the_dashboard_and_removed(alice: Person) -> None:
    a_year(alice)

    wrong = alice.client.post(TARGET, {"tonnes": "0", "by": "2020-01-01"})
    alice.client.post(TARGET, {"tonnes": "0.5", "by": "2030-12-31", "base_tonnes": "", "base_on": ""})

    assert wrong.status_code == 422
    assert "Choose a day that is still to come." in wrong.content.decode()
    year = EntryRepository(alice.user_id).between(date(2025, 11, 23), date(2026, 11, 22))
    begins_at = sum((entry.co2_emissions for entry in year), Decimal(0)).quantize(Decimal(1))
    target = alice.stored_profile().preferences.target
    assert target == PersonalTarget(Decimal(500), date(2030, 12, 31), begins_at, date(2026, 11, 22))
    home, requests = asked(alice, "/")
    assert requests == named(PROFILE, TOTALS)
    assert "The way to your target" in words(home)
    alice.client.post(f"{TARGET}remove/")
    assert alice.stored_profile().preferences.target is None


def test_a_token_of_somebody_else_brings_nothing_back(alice: Person, bob: Person) -> None:
    alice.client.post(TARGET, {"tonnes": "4", "by": "2030-12-31", "base_tonnes": "6"})
    removed = alice.client.post(f"{TARGET}remove/")

    token = parse_qs(urlsplit(removed["Location"]).query)["was"][0]
    bob.client.post(TARGET, {"undo": token})

    assert bob.stored_profile().preferences.target is None


def test_the_target_of_an_older_release_is_one_without_a_date(alice: Person) -> None:
    stored = {"region": "gb", "target_kg_per_year": Decimal(2400)}
    update_item(tables.USERS, {"user_id": alice.user_id}, set={"preferences": stored})

    assert alice.stored_profile().preferences.target == PersonalTarget(Decimal(2400))
    assert "It has no date yet" in words(asked(alice, TARGET)[0])


def test_the_settings_change_the_figure_and_keep_the_path(alice: Person) -> None:
    alice.client.post(TARGET, {"tonnes": "4", "by": "2030-12-31", "base_tonnes": "6"})
    page = {"region": "gb", "unit_system": "metric", "time_zone": "Europe/London", "theme": "system"}

    alice.client.post("/settings/", page | {"target": "3", "target_unit": "t", "seen_version": "2"})

    target = alice.stored_profile().preferences.target
    assert target == PersonalTarget(Decimal(3000), date(2030, 12, 31), Decimal(6000), date(2026, 11, 22))


@pytest.mark.parametrize("url", [COMPARE, WHAT_IF, TARGET])
def test_a_newcomer_is_told_the_first_step(alice: Person, url: str) -> None:
    html, _requests = asked(alice, url)

    assert ("Log an activity" if url != TARGET else "A guess will do.") in html
