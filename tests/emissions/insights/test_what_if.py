"""A copy of twelve months with changes: factor × amount, line by line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.dashboard.periods import Month
from emissions.domain.entries import ActivityType
from emissions.factors import catalog
from emissions.insights.changes import Change, Changes, parse_change
from emissions.insights.lines import lines_of
from emissions.insights.spans import Span
from emissions.insights.what_if import Base, Scenario, apply, swaps_for
from emissions.insights.what_if_page import what_if_page, words_of
from tests.emissions.made_totals import TODAY
from tests.factories import make_entry

YEAR = Span(Month(2025, 11), Month(2026, 10))
CAR, BEEF = ("transportation", "car"), ("food", "beef")


def drive(number: int, km: int, kg: str, **changes: Any) -> Any:
    return make_entry(number, amount=Decimal(km), unit="km", co2_emissions=Decimal(kg), **changes)


def meal(number: int, amount: str, kg: str) -> Any:
    return make_entry(
        number,
        activity_type=ActivityType.FOOD,
        category="beef",
        variant="beef",
        amount=Decimal(amount),
        unit="kg",
        co2_emissions=Decimal(kg),
    )


ENTRIES = (drive(1, 100, "20"), drive(2, 300, "30", people=2), meal(3, "2", "200"))
TOTALS = {CAR: Decimal(50), BEEF: Decimal(200)}


def base_of(totals: Any = None, entries: Any = ENTRIES, days: int = 365) -> Base:
    lines = lines_of(TOTALS if totals is None else totals, entries)
    return Base(YEAR, days, lines, len(entries), is_complete=True)


def scenario_of(*changes: str, base: Base | None = None) -> Scenario:
    return apply(base or base_of(), Changes.parse(changes), region="gb", on=TODAY)


def kg(*numbers: int | Decimal) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, numbers))


def test_a_line_is_one_thing_in_one_unit_with_the_share_of_who_shared_it() -> None:
    beef, car = base_of().lines

    assert (car.key, beef.key) == ("car-petrol-medium.km", "beef.kg")
    assert (car.amount, car.own_amount, car.kg, beef.kg) == kg(400, 250, 50, 200)
    assert (car.is_shared, beef.is_shared, beef.is_estimated) == (True, False, False)
    assert car.kg_per_unit == Decimal("0.125")


def test_a_part_of_the_entries_is_scaled_up_to_the_totals_exactly() -> None:
    beef, flight, car = lines_of(
        {CAR: Decimal(100), BEEF: Decimal(300), ("transportation", "flight"): Decimal(200)}, ENTRIES
    )

    assert (car.amount, car.own_amount, car.kg, beef.amount, beef.kg) == kg(800, 500, 100, 3, 300)
    assert car.is_estimated
    assert (flight.key, flight.kg, flight.kg_per_unit) == ("transportation/flight", Decimal(200), None)
    assert flight.label == "Flight, all of it"


@pytest.mark.parametrize(
    ("change", "kg", "amount"),
    [
        ("car-petrol-medium.km~-50%~", 25, 200),
        ("car-petrol-medium.km~20%~", 60, 480),
        ("car-petrol-medium.km~x100~", Decimal("12.5"), 100),
        ("car-petrol-medium.km~-100%~", 0, 0),
    ],
)
def test_less_or_more_of_it_is_in_proportion(change: str, kg: Decimal, amount: Decimal) -> None:
    [outcome] = scenario_of(change).outcomes

    assert (outcome.kg, outcome.amount, outcome.difference) == (kg, amount, kg - 50)
    assert outcome.kg_per_unit == Decimal("0.125")


def test_a_swap_is_the_catalogues_factor_times_the_own_share_of_the_amount() -> None:
    electric = catalog().resolve("car-electric", region="gb", on=TODAY, unit="km").factor
    [outcome] = scenario_of("car-petrol-medium.km~~car-electric").outcomes

    assert outcome.kg == (250 * electric.kg_co2e_per_unit).quantize(Decimal("0.000001"))
    assert outcome.swap is not None
    assert outcome.swap.factor_id == electric.id
    assert not outcome.swap.per_passenger


def test_a_seat_on_a_train_is_not_shared() -> None:
    train = catalog().resolve("train", region="gb", on=TODAY, unit="km").factor
    [outcome] = scenario_of("car-petrol-medium.km~-50%~train").outcomes

    assert outcome.kg == (200 * train.kg_co2e_per_unit).quantize(Decimal("0.000001"))
    assert outcome.category == ("transportation", "rail")


def test_the_categories_add_up_to_the_scenario() -> None:
    scenario = scenario_of("beef.kg~~chicken", "car-petrol-medium.km~-50%~")

    chicken = catalog().resolve("chicken", region="gb", on=TODAY, unit="kg").factor.kg_co2e_per_unit * 2
    rows = {row.label: (row.before, row.after) for row in scenario.rows}
    assert rows == {"Beef": kg(200, 0), "Car": kg(50, 25), "Chicken and turkey": kg(0, chicken)}
    assert scenario.kg == 25 + chicken == scenario.base.kg + sum(row.difference for row in scenario.rows)
    assert scenario.kg_per_year == scenario.kg.quantize(Decimal(1))


def test_what_fits_nothing_is_left_out_and_counted() -> None:
    scenario = scenario_of(
        "tofu.kg~-50%~", "beef.kg~~car-electric", "beef.kg~~nonsense", "car-petrol-medium.km~~beef"
    )

    assert (scenario.outcomes, scenario.dropped, scenario.kg) == ((), 3, Decimal(250))


def test_less_than_a_year_is_counted_up_by_the_day() -> None:
    scenario = scenario_of("beef.kg~-100%~", base=base_of(days=73))

    assert (scenario.base_kg_per_year, scenario.kg_per_year) == kg(1250, 250)


def test_a_category_without_entries_takes_percent_alone() -> None:
    base = base_of({BEEF: Decimal(300)}, ())

    scenario = scenario_of("food/beef~-50%~", "food/beef~x3~", base=base)
    assert (scenario.dropped, scenario.kg) == (1, Decimal(300))
    assert scenario_of("food/beef~-50%~", base=base).kg == 150
    assert swaps_for(base.lines[0], region="gb", on=TODAY) == []


def test_swaps_offer_what_counts_in_the_unit_the_own_category_first() -> None:
    beef, car = base_of().lines

    groups = dict(swaps_for(car, region="gb", on=TODAY))
    assert next(iter(groups)) == "Car"
    assert {"Train", "Commuter or suburban train"} <= {swap.label for swap in groups["Train, metro and tram"]}
    assert all(
        swap.activity_type == "food"
        for _label, found in swaps_for(beef, region="gb", on=TODAY)
        for swap in found
    )
    weights = [swap.kg_per_unit for swap in groups["Car"]]
    assert weights == sorted(weights)


changes = st.builds(
    Change,
    line=st.sampled_from(["car-petrol-medium.km", "beef.kg", "transportation/flight"]),
    percent=st.decimals(-100, 1000, places=2).map(lambda percent: percent + 0).filter(bool),
    swap=st.sampled_from(["", "chicken", "car-electric"]),
) | st.builds(
    Change,
    line=st.sampled_from(["car-petrol-medium.km", "beef.kg"]),
    amount=st.decimals(0, 10**9, places=3).map(lambda amount: amount + 0),
    swap=st.sampled_from(["", "chicken"]),
)


@given(changes)
def test_an_address_says_a_change_exactly(change: Change) -> None:
    assert parse_change(str(change)) == change


@pytest.mark.parametrize(
    "text",
    [
        "",
        "beef.kg",
        "beef.kg~~",
        "beef.kg~-101%~",
        "beef.kg~1e9%~",
        "beef.kg~NaN%~",
        "~-50%~",
        "beef.kg~5~",
        "a~b~c~d",
        "beef.kg~~../x",
        "beef.kg~x-1~",
        "beef.kg~0%~",
        "x" * 400 + "~-5%~",
    ],
)
def test_what_is_no_change_is_left_out(text: str) -> None:
    assert parse_change(text) is None


def test_one_change_a_line_the_last_counts_and_an_empty_one_takes_it_back() -> None:
    parsed = Changes.parse(["beef.kg~-50%~", "beef.kg~-20%~", "car-petrol-medium.km~x5~"])

    assert [str(change) for change in parsed.items] == ["beef.kg~-20%~", "car-petrol-medium.km~x5~"]
    assert parsed.plus(Change("beef.kg")).query == "change=car-petrol-medium.km~x5~"
    assert parsed.without("car-petrol-medium.km").query == "change=beef.kg~-20%25~"


def test_words_and_arithmetic_tell_the_reason() -> None:
    [outcome] = scenario_of("beef.kg~-50%~chicken").outcomes
    page = what_if_page(base_of(), Changes.parse(["beef.kg~-50%~chicken"]), region="gb", today=TODAY)

    assert words_of(outcome) == "half as much, “Chicken or turkey” instead"
    [card] = page.cards
    assert (card.before.amount, card.before.factor, card.before.kg) == (
        "2\xa0kg",
        "100\xa0kg per kg",
        "200\xa0kg",
    )
    assert (card.after.amount, card.after.kg) == ("1\xa0kg", "9.87\xa0kg")
    assert page.ideas[0].label == "Car, petrol (gasoline), medium: “Car, electric” instead"
    assert page.rests_on == (
        "It rests on 3 entries, all that you logged in the twelve months November 2025–October 2026."
    )
