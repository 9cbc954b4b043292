"""The page at `/` for somebody who is signed in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest

from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, count_requests, tables
from emissions.domain.entries import Entry
from emissions.domain.totals import totals_deltas
from emissions.repositories.totals import TotalsRepository
from tests.emissions.made_totals import entry_on
from tests.fixtures.people import Person

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def store(person: Person, *entries: tuple[str, str, str]) -> None:
    """Write the totals of entries given as (day, kg, category)."""
    store_entries(entry_on(day, kg, category, user_id=person.user_id) for day, kg, category in entries)


def store_entries(entries: Iterable[Entry]) -> None:
    for delta in totals_deltas(added=entries):
        with WriteTransaction() as transaction:
            TotalsRepository().apply([delta], transaction=transaction)


def words(html: str) -> str:
    """The page as it is read: no tags, single spaces."""
    text = unescape(re.sub(r"<[^>]*>", " ", html)).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text).replace(" .", ".").replace(" ,", ",")


def section(html: str, name: str) -> str:
    """One card of the page."""
    match = re.search(rf'<section class="card card-{name}".*?</section>', html, re.DOTALL)
    assert match is not None, f"no card {name}"
    return match[0]


def table_rows(html: str) -> list[list[str]]:
    """The cells of every row, as they are read."""
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows)
    return [[words(cell).strip() for cell in row] for row in cells]


def get(person: Person, query: str = "", **headers: str) -> str:
    response = person.client.get(f"/{query}", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_the_headline_compares_equal_days_in_words(alice: Person) -> None:
    store(
        alice,
        ("2026-11-03", "30", "transportation/car"),
        ("2026-10-22", "40", "energy/electricity"),
        ("2026-10-23", "500", "transportation/flight"),
        ("2025-11-22", "24", "food/beef"),
    )

    text = words(section(get(alice), "headline"))

    assert text.startswith(" This month so far 30 kg CO2e 1 entry on 1 of 22 days.")
    assert (
        "Against October 2026 −25% 10 kg CO2e less than in the first 22 days of October 2026 (40 kg" in text
    )
    assert (
        "Against November 2025 +25% 6 kg CO2e more than in the first 22 days of November 2025 (24 kg" in text
    )


def test_the_table_of_months_is_the_totals(alice: Person) -> None:
    store(
        alice,
        ("2026-11-03", "30.000001", "transportation/car"),
        ("2026-11-04", "0.5", "waste/mixed"),
        ("2026-10-22", "1240.25", "energy/electricity"),
    )

    rows = table_rows(section(get(alice), "months"))

    assert rows[0] == ["Month", "Transportation", "Energy", "Food", "Waste", "Total", "Entries"]
    assert rows[-2] == ["October 2026", "0", "1,240.25", "0", "0", "1,240.25", "1"]
    assert rows[-1] == ["November 2026", "30.000001", "0", "0", "0.5", "30.500001", "2"]
    assert len(rows) == 13


def test_the_table_of_days_is_the_totals(alice: Person) -> None:
    store(alice, ("2026-11-18", "1.234567", "food/beef"), ("2026-11-20", "0", "transportation/active"))

    rows = table_rows(section(get(alice), "days"))

    assert rows[1] == ["16 November 2026", "–", "–", "1.234567", "–", "0", "–", "–"]


def test_shares_name_the_categories_and_add_up(alice: Person) -> None:
    store(alice, ("2026-11-03", "2", "transportation/car"), ("2026-11-04", "1", "food/beef"))

    rows = table_rows(section(get(alice), "shares"))

    assert rows[1:] == [["Car", "2", "67%"], ["Beef", "1", "33%"]]


def test_the_pace_says_what_it_is_computed_from(alice: Person) -> None:
    first = TODAY - timedelta(days=72)
    store_entries(entry_on(first + timedelta(days=day), "2", user_id=alice.user_id) for day in range(73))

    text = words(section(get(alice), "pace"))

    assert "730 kg CO2e" in text
    assert "146 kg CO2e logged in the 73 days since 11 September 2026, divided by 73 and multiplied" in text
    assert "United Kingdom average 5.71 t 2023" in text
    assert "Set a yearly target" in text


def test_a_few_days_are_too_early_for_a_pace(alice: Person) -> None:
    store(alice, ("2026-11-21", "2", "transportation/car"))

    text = words(section(get(alice), "pace"))

    assert "Too early to tell" in text
    assert "So far: entries on 1 of 2 days." in text


def set_target(person: Person, kg: int) -> None:
    profile = person.stored_profile()
    preferences = profile.preferences.with_target_of(Decimal(kg))
    ProfileRepository().save(replace(profile, preferences=preferences))


def test_the_target_is_a_line_and_a_bar(alice: Person) -> None:
    set_target(alice, 2400)
    store(alice, ("2026-11-03", "180", "transportation/car"))

    html = get(alice)

    assert "Target 200 kg a month" in words(section(html, "months"))
    assert "Your target 2.4 t a year" in words(section(html, "pace"))


@pytest.mark.parametrize(("target", "sentence"), [(500, "130 kg CO2e below"), (300, "70 kg CO2e above")])
def test_the_pace_tells_the_distance_to_the_target(alice: Person, target: int, sentence: str) -> None:
    set_target(alice, target)
    store(alice, ("2025-11-22", "9", "food/beef"), ("2026-11-03", "370", "transportation/car"))

    assert f"{sentence} your target." in words(section(get(alice), "pace"))


def test_a_target_far_above_the_months_is_told_in_words(alice: Person) -> None:
    set_target(alice, 12_000)
    store(alice, ("2026-11-03", "180", "transportation/car"))

    assert "Your target, 1 t CO2e a month, is above this chart." in words(section(get(alice), "months"))


def test_equivalents_come_with_factor_and_source(bob: Person) -> None:
    store(bob, ("2026-11-03", "100", "transportation/car"))

    html = section(get(bob), "equivalents")

    assert "Driving 330 miles in an average petrol car" in words(html)
    assert "0.186 kg CO2e per km, GHG Emission Factors Hub 2025" in words(html)
    assert 'href="/factors/transportation.car.average.us/"' in html


def test_days_lead_to_their_entries_or_to_the_form(alice: Person) -> None:
    store(alice, ("2026-11-20", "2", "transportation/car"))

    html = section(get(alice), "days")

    assert 'href="/entries/?period=2026-11-20"' in html
    assert 'href="/log/?date=2026-11-21"' in html
    assert "2026-11-23" not in html


def test_gaps_lead_to_the_form_on_their_first_day(alice: Person) -> None:
    store(alice, ("2026-09-30", "2", "transportation/car"), ("2026-11-20", "2", "transportation/car"))

    html = section(get(alice), "gaps")

    assert '<a href="/log/?date=2026-10-01">1 October – 19 November 2026</a>' in html


def test_a_past_month_is_whole_and_leads_to_its_neighbors(alice: Person) -> None:
    store(alice, ("2026-03-31", "12", "transportation/car"), ("2026-04-01", "99", "transportation/car"))

    html = get(alice, "?month=2026-03")

    assert "<title>March 2026 · CarbonTrack</title>" in html
    assert "The whole month 12 kg CO2e" in words(html)
    assert re.findall(r'<a id="(\w+)-month"[^>]* href="([^"]*)"', html) == [
        ("previous", "/?month=2026-02"),
        ("next", "/?month=2026-04"),
        ("this", "/"),
    ]


def test_the_current_month_has_no_next(alice: Person) -> None:
    store(alice, ("2026-11-03", "1", "transportation/car"))

    assert 'id="next-month"' not in get(alice)
    assert '<a id="next-month" class="month-step" href="/"' in get(alice, "?month=2026-10")


@pytest.mark.parametrize("month", ["2026-12", "2026-13", "nonsense", "", "0001-01"])
def test_a_month_that_cannot_be_shown_goes_to_the_current_one(alice: Person, month: str) -> None:
    response = alice.client.get("/", {"month": month})

    assert (response.status_code, response["Location"]) == (302, "/")


def test_the_month_is_that_of_the_persons_clock(bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    store(bob, ("2026-11-30", "1", "transportation/car"))
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, 7, 59, tzinfo=UTC))

    assert "<h1>November 2026</h1>" in get(bob)


def test_a_newcomer_is_taught_the_first_step(alice: Person) -> None:
    html = get(alice)

    assert "<h1>Welcome</h1>" in html
    assert "Your region is United Kingdom." in words(html)
    assert 'href="/log/?variant=car-petrol-average"' in html
    assert "0 kg" not in words(html)


def test_nobody_sees_anothers_totals(alice: Person, bob: Person) -> None:
    store(alice, ("2026-11-03", "777", "transportation/car"))

    assert "<h1>Welcome</h1>" in get(bob)


def test_htmx_gets_the_part_with_its_title(alice: Person) -> None:
    store(alice, ("2026-11-03", "1", "transportation/car"))

    part = get(alice, "?month=2026-10", **{"HX-Request": "true"}).strip()

    assert part.startswith("<title>October 2026 · CarbonTrack</title>")
    assert part.endswith("</div>")
    assert 'id="dashboard"' in part
    assert "<html" not in part


def test_going_back_gets_the_whole_page(alice: Person) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}

    response = alice.client.get("/", headers=headers)

    assert response.content.decode().lstrip().startswith("<!doctype html>")
    assert "HX-Request" in response["Vary"]


def test_nothing_on_the_page_breaks_the_policy(alice: Person) -> None:
    store(alice, ("2026-11-03", "1", "transportation/car"))

    html = get(alice)

    assert re.findall(r"<[^>]* (?:style|on\w+)=", html) == []
    assert re.findall(r"<(?:style|script)(?![^>]* src=)", html) == []


@pytest.mark.parametrize("days", [1, 700])
def test_two_requests_whatever_the_number_of_entries(alice: Person, days: int) -> None:
    start = date(2026, 11, 22) - timedelta(days=days - 1)
    store_entries(
        entry_on(start + timedelta(days=day), "1.5", category, user_id=alice.user_id)
        for day in range(days)
        for category in ("transportation/car", "food/beef", "energy/electricity")
    )

    with count_requests() as meter:
        get(alice)

    assert [(request.operation, request.table) for request in meter.requests] == [
        ("get_item", tables.USERS.physical_name),
        ("query", tables.EMISSION_TOTALS.physical_name),
    ]
