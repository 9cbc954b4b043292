"""What people type, read without guessing; and every slip answered with a sentence at its field."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.forms import ChoiceField

from accounts.domain import UnitSystem
from carbontrack import clock
from emissions.domain.entries import ActivityType
from emissions.filters import EntryFilters, Period
from emissions.forms import EntryForm, FilterForm, parse_number, search
from emissions.forms.picker import pick
from emissions.habits import Habits
from tests.factories import make_entry, make_profile

PROFILE = make_profile(time_zone="America/Los_Angeles")
#: In Los Angeles it is still the evening of 31 December.
NOW = datetime(2027, 1, 1, 7, 30, tzinfo=UTC)
TODAY = date(2026, 12, 31)
FILLED = {
    "type": "transportation",
    "category": "car",
    "variant": "car-petrol-medium",
    "amount": "50",
    "unit": "mile",
    "people": "1",
    "date": "2026-12-31",
    "time": "",
    "note": "",
}


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def errors_of(**changes: str) -> dict[str, list[str]]:
    form = EntryForm(FILLED | changes, profile=PROFILE)
    return {field: [str(message) for message in messages] for field, messages in form.errors.items()}


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", "12"),
        ("12.5", "12.5"),
        ("12,5", "12.5"),
        (" 12 ", "12"),
        ("0,125", "0.125"),
        ("1.234", "1.234"),
        ("1,2345", "1.2345"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1 234,5", "1234.5"),
        ("1\u202f234", "1234"),
        ("1'234.50", "1234.50"),
        ("１２", "12"),
        (".5", "0.5"),
        (",5", "0.5"),
        ("−3", "-3"),
        ("9" * 38, "9" * 38),
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str, number: str) -> None:
    assert parse_number(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed",
    ["", "NaN", "Infinity", "-inf", "1e309", "1E5", "12 km", "1,23,456", "1.2.3", "1,234.5,6", "0x10", "½ a"],
)
def test_what_is_no_plain_number_is_not_guessed(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_number(typed)
    assert refused.value.messages == ["Write a number in digits, like 12.5."]


def test_a_comma_that_could_mean_two_things_is_asked_about() -> None:
    assert errors_of(amount="1,234") == {"amount": ["1,234 can be read in two ways. Write 1234 or 1.234."]}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("amount", "", "Say how much, for example 12.5."),
        ("amount", "0", "The amount must be more than zero."),
        ("amount", "-5", "The amount must be more than zero."),
        ("amount", "NaN", "Write a number in digits, like 12.5."),
        ("amount", "Infinity", "Write a number in digits, like 12.5."),
        ("amount", "1e309", "Write a number in digits, like 12.5."),
        ("amount", "9" * 39, "That number is too long. Round it to a few digits."),
        ("amount", "1" * 400, "That number is too long. Round it to a few digits."),
        ("unit", "", "Choose a unit."),
        ("unit", "furlong", "We do not know the unit “furlong”. Try km, miles, kWh, kg, lb or litres."),
        ("unit", "kwh", "This is not measured in that unit. Choose one from the list."),
        ("people", "0", "At least one person: you. Write 1 if you were alone."),
        ("people", "1000000", "At most 10,000 people can share one entry."),
        ("people", "two", "Write a whole number of people, like 2."),
        ("date", "", "Say which day it was."),
        ("date", "31 December", "Write the day like 2026-03-15."),
        ("date", "0000-01-01", "Write the day like 2026-03-15."),
        ("time", "25:00", "Write the time like 18:30, or leave it empty."),
        ("note", "n" * 10_000, "Keep the note under 500 characters; this one has 10000."),
        ("variant", "", "Choose what it was."),
        (
            "variant",
            "unicorn",
            "These choices did not belong together, so we changed them. Check them, then save again.",
        ),
    ],
)
def test_every_slip_is_a_sentence_at_its_field(field: str, typed: str, sentence: str) -> None:
    assert errors_of(**{field: typed}) == {field: [sentence]}


def test_a_type_changed_without_scripts_is_never_logged_as_something_else() -> None:
    form = EntryForm(FILLED | {"type": "food"}, profile=PROFILE)

    assert list(form.errors) == ["variant", "unit"]
    assert form.picker.choice.activity_type == ActivityType.FOOD


def test_a_valid_form_makes_a_draft_with_typed_values() -> None:
    form = EntryForm(FILLED | {"amount": "12,5", "unit": "Miles", "note": " to work "}, profile=PROFILE)

    assert form.is_valid(), form.errors
    draft = form.draft(time_zone="America/Los_Angeles", default_time=time(12))
    assert (draft.amount, draft.unit, draft.people, draft.note) == (Decimal("12.5"), "mile", 1, "to work")
    assert (draft.local_date, draft.local_time) == (TODAY, time(12))


def test_today_is_the_day_of_the_person() -> None:
    assert EntryForm(profile=PROFILE)["date"].value() == TODAY


def test_the_unit_of_the_last_time_is_offered_first() -> None:
    habits = Habits([make_entry(1, unit="km"), make_entry(2, unit="mile")])

    assert EntryForm(profile=PROFILE, habits=habits)["unit"].value() == "km"


def test_units_follow_the_unit_system() -> None:
    imperial = make_profile()
    imperial = type(imperial)(
        **{name: getattr(imperial, name) for name in ("user_id", "email", "created_at", "last_login")},
        preferences=type(imperial.preferences)(unit_system=UnitSystem.IMPERIAL),
    )

    assert EntryForm(profile=PROFILE, initial={"variant": "beef"})["unit"].value() == "kg"
    assert EntryForm(profile=imperial, initial={"variant": "beef"})["unit"].value() == "lb"


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ("bus", "Counted for one passenger already: leave it at 1."),
        ("transportation.rail.national-rail", "Counted for one passenger already: leave it at 1."),
        ("taxi", ""),
        ("hotel", ""),
        ("electricity", ""),
    ],
)
def test_the_form_says_where_there_is_nothing_to_share(variant: str, said: str) -> None:
    assert EntryForm(profile=PROFILE, initial={"variant": variant}).fields["people"].help_text == said


def test_a_choice_that_does_not_fit_gives_way() -> None:
    picker = pick(
        {"type": "food", "category": "car", "variant": "car-diesel-small"}, profile=PROFILE, on=TODAY
    )

    assert (picker.fits, picker.choice.variant, picker.choice.category) == (False, "beef", "beef")


def test_a_category_offers_what_the_person_logs_in_it() -> None:
    habits = Habits([make_entry(1, variant="car-electric")])

    picker = pick({"type": "transportation", "category": "car"}, profile=PROFILE, on=TODAY, habits=habits)

    assert picker.choice.variant == "car-electric"


def test_a_catalogue_key_is_offered_beside_the_everyday_choices() -> None:
    found = search("freight ship", region="gb")[0]

    picker = pick({"variant": found.variant}, profile=PROFILE, on=TODAY)

    assert (picker.fits, picker.choice.variant, picker.choice.category) == (True, found.variant, "freight")
    assert picker.variants == [(found.variant, "Cargo ship, Bulk carrier (average size)")]
    assert picker.categories[-1] == ("freight", "Freight")


def test_search_finds_everyday_choices_first() -> None:
    assert [found.variant for found in search("beef", region="gb")[:2]] == ["beef", "beef-dairy-herd"]


def test_a_result_from_the_catalogue_says_where_it_is_for():
    (everyday, *_), (american, *_) = search("train", region="gb"), search("rail freight", region="us")

    assert (everyday.label, everyday.region) == ("Train", "")
    assert (american.label, american.region) == ("Rail freight, per tonne-km", "United States")


def test_what_an_everyday_choice_stands_for_is_not_listed_twice() -> None:
    assert [found.variant for found in search("walking", region="gb")] == ["walking-cycling"]


def test_nothing_is_found_for_nonsense() -> None:
    assert search("qqqqq", region="gb") == []


# -- Filters ------------------------------------------------------------------------------------------------


def filters_of(**query: str) -> EntryFilters:
    return FilterForm(query, today=TODAY).filters


@pytest.mark.parametrize(
    ("query", "period"),
    [
        ({"period": "2026"}, Period.year(2026)),
        ({"period": "2026-02"}, Period.month(2026, 2)),
        ({"period": "2026-02-03"}, Period(date(2026, 2, 3), date(2026, 2, 3))),
        ({"since": "2026-02-03"}, Period(date(2026, 2, 3), None)),
        ({"until": "2026-02-03"}, Period(None, date(2026, 2, 3))),
        ({"since": "2026-03-01", "until": "2026-02-01"}, Period(date(2026, 2, 1), date(2026, 3, 1))),
        ({"period": "2026", "since": "2026-02-03"}, Period(date(2026, 2, 3), None)),
        ({"period": "0000"}, None),
        ({"period": "2026-13"}, None),
        ({"period": "lately"}, None),
        ({"since": "yesterday"}, None),
    ],
)
def test_days_are_read_from_the_address(query: dict[str, str], period: Period | None) -> None:
    assert filters_of(**query) == EntryFilters(period=period)


def test_type_and_category_are_read_from_the_address() -> None:
    assert filters_of(type="food", category="beef") == EntryFilters(ActivityType.FOOD, "beef")
    assert filters_of(type="food", category="car") == EntryFilters(ActivityType.FOOD)
    assert filters_of(type="magic", category="'; drop") == EntryFilters()


def test_each_filter_that_is_on_can_be_taken_off() -> None:
    form = FilterForm({"type": "food", "category": "beef", "period": "2026-02"}, today=TODAY)

    assert [(chip.label, chip.query) for chip in form.chips()] == [
        ("Food", "category=beef&period=2026-02"),
        ("Beef", "type=food&period=2026-02"),
        ("February 2026", "type=food&category=beef"),
    ]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"period": "2026"}, "2026"),
        ({"period": "2026-02-03"}, "3 February 2026"),
        ({"since": "2026-02-03"}, "from 3 February 2026"),
        ({"until": "2026-02-03"}, "until 3 February 2026"),
        ({"since": "2026-02-03", "until": "2026-02-05"}, "3 February 2026 to 5 February 2026"),
    ],
)
def test_a_period_is_named_in_words(query: dict[str, str], words: str) -> None:
    assert [chip.label for chip in FilterForm(query, today=TODAY).chips()] == [words]


def test_the_usual_periods_are_offered_and_the_one_in_the_address() -> None:
    form = FilterForm({"period": "2025-05"}, today=date(2026, 1, 10))

    field = form.fields["period"]
    assert isinstance(field, ChoiceField)
    assert field.choices == [
        ("", "Any time"),
        ("2026-01", "This month"),
        ("2025-12", "Last month"),
        ("2026", "This year"),
        ("2025", "Last year"),
        ("2025-05", "May 2025"),
    ]
