"""Days and times in the styles of the world: what is written is what is read, or a sentence says why not."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.imports.dates import (
    DateStyle,
    Moment,
    date_style_is_certain,
    format_date,
    guess_date_style,
    parse_moment,
    parse_time,
)
from emissions.imports.month_names import MONTHS
from emissions.imports.normal_form import Cell, ValueRefused

DAY, MONTH, YEAR = DateStyle
STYLES = st.sampled_from(DateStyle)
EARLY, LATE, HALF_PAST_EIGHT = map(datetime.fromisoformat, ("1990-01-01", "2089-01-01", "2026-03-01T08:30"))
DAYS = st.dates(date(1990, 1, 1), date(2089, 12, 31))
FORMS = (
    *("{d} {m} {y}", "{m} {d}, {y}", "{d}. {m} {y}", "{d} de {m} de {y}", "{d}-{m}-{y}", "{y}-{m}-{d}"),
    *("{d}er {m} {y}", "Mo, {d}. {m}. {y}"),
)
MOMENT = Moment(date(2026, 3, 1))


def in_figures(day: date, style: DateStyle, *, mark: str, short: bool, padded: bool) -> str:
    """A day as a program of some country writes it."""
    year = f"{day.year % 100:02}" if short else f"{day.year}"
    numbers = [f"{number:02}" if padded else f"{number}" for number in (day.day, day.month)]
    order = {DAY: [*numbers, year], MONTH: [*numbers[::-1], year], YEAR: [year, *numbers[::-1]]}
    return mark.join(order[style])


@given(DAYS, STYLES, st.sampled_from("-/. "), st.booleans(), st.booleans(), st.none() | st.times())
def test_a_day_written_in_a_style_is_read_back(
    day: date, style: DateStyle, mark: str, short: bool, padded: bool, at: time | None
) -> None:
    at = at and at.replace(microsecond=0)
    written = in_figures(day, style, mark=mark, short=short, padded=padded)

    assert parse_moment(written if at is None else f"{written} {at.isoformat()}", style) == (day, at, None)
    assert parse_moment(format_date(day, style), style).day == day


@given(DAYS, st.sampled_from(sorted(MONTHS)), STYLES, st.sampled_from(FORMS))
def test_a_month_by_name_is_read_in_every_style(day: date, name: str, style: DateStyle, form: str) -> None:
    day = day.replace(day=min(day.day, 28), month=MONTHS[name])

    assert parse_moment(form.format(d=day.day, m=name.title(), y=day.year), style) == Moment(day)


@given(st.text(max_size=70) | st.text("0123456789/-.: TZ+ap", max_size=20), STYLES)
def test_any_text_is_a_day_or_refused_with_a_sentence(text: str, style: DateStyle) -> None:
    for parse in (lambda: parse_moment(text, style).day, lambda: parse_time(text)):
        try:
            said = f"{parse()}."
        except ValueRefused as refused:
            said = str(refused)
        assert said.endswith(".")


@given(st.datetimes(EARLY, LATE), st.integers(-14 * 4, 14 * 4))
def test_a_moment_with_its_distance_from_utc_is_the_same_moment_here(moment: datetime, quarters: int) -> None:
    zone, offset = ZoneInfo("Europe/Berlin"), timedelta(minutes=15 * quarters)
    sign, minutes = "-" if quarters < 0 else "+", abs(quarters) * 15
    written = f"{moment:%Y-%m-%dT%H:%M:%S}.123{sign}{minutes // 60:02}:{minutes % 60:02}"

    there = moment.replace(microsecond=0, tzinfo=ZoneInfo("UTC")) - offset
    local = there.astimezone(zone)
    assert parse_moment(written, DAY).local(zone) == (local.date(), local.time().replace(fold=local.fold))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. März 2026", MOMENT),
        ("1er mars 2026", MOMENT),
        ("Sunday, March 1st, 2026", MOMENT),
        ("mar 3 mars 2026", Moment(date(2026, 3, 3))),  # mardi
        ("mar 3, 2026", Moment(date(2026, 3, 3))),  # March
        ("3 août 2026 8h30", Moment(date(2026, 8, 3), time(8, 30))),
        ("20260301", MOMENT),
        ("2026. 03. 01.", MOMENT),
        ("01.03.2026 um 8.30 Uhr", Moment(date(2026, 3, 1), time(8, 30))),
        ("1/3/2026, 12:05 a.m.", Moment(date(2026, 3, 1), time(0, 5))),
        ("2026-03-01T08:30:00Z", Moment(date(2026, 3, 1), time(8, 30), timedelta(0))),
        (date(2026, 3, 1), MOMENT),
        (HALF_PAST_EIGHT.replace(microsecond=1), Moment(date(2026, 3, 1), time(8, 30))),
        (Decimal(20260301), MOMENT),
    ],
)
def test_spellings_that_say_one_thing_are_read(text: Cell, expected: Moment) -> None:
    assert parse_moment(text, DAY) == expected


@pytest.mark.parametrize(
    ("cell", "style", "sentence"),
    [
        ("13/02/2026", MONTH, "“13/02/2026” is not a date with the month first. If the column has dates like "
         "31/12/2026, choose that for it."),
        ("02/13/2026", DAY, "“02/13/2026” is not a date with the day first. If the column has dates like "
         "12/31/2026, choose that for it."),
        ("31/02/2026", DAY, "“31/02/2026” is not a date. Write one like 31/12/2026."),
        ("2026-02-30", DAY, "“2026-02-30” is not a date. Write one like 31/12/2026."),
        ("2026/13/01", YEAR, "“2026/13/01” is not a date. Write one like 2026-12-31."),
        ("March 2026", MONTH, "“March 2026” is not a date. Write one like 12/31/2026."),
        ("1 Smarch 2026", DAY, "“1 Smarch 2026” is not a date. Write one like 31/12/2026."),
        ("1/3/2026 25:00", DAY, "“1/3/2026 25:00” is not a date. Write one like 31/12/2026."),
        (" ", DAY, "The date is missing. Write one like 31/12/2026."),
        (Decimal(12), DAY, "“12” is not a date. Write one like 31/12/2026."),
        (Decimal("45000.5"), DAY, "“45000.5” is a number. Format its column as dates in the "
         "spreadsheet and save again."),
    ],
)  # fmt: skip
def test_what_is_no_day_in_the_style_is_refused(cell: Cell, style: DateStyle, sentence: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        parse_moment(cell, style)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("8:30", time(8, 30)), ("08:30:15", time(8, 30, 15)), ("8.30 pm", time(20, 30)), ("12 am", time(0)),
        ("8h30", time(8, 30)), ("8 Uhr", time(8)), (Decimal("0.5"), time(12)),
        (Decimal("0.9999999"), time(23, 59, 59)),
        (HALF_PAST_EIGHT, time(8, 30)),
    ],
)  # fmt: skip
def test_times_are_read(cell: Cell, expected: time) -> None:
    assert parse_time(cell) == expected


@pytest.mark.parametrize("cell", ["24:00", "8", "13 pm", "8:3", "soon", Decimal(1), date(2026, 3, 1)])
def test_what_no_clock_shows_is_refused(cell: Cell) -> None:
    with pytest.raises(ValueRefused, match="is not a time"):
        parse_time(cell)


@pytest.mark.parametrize(
    ("samples", "region", "style", "certain"),
    [
        (["01/02/2026", "03/04/2026"], "gb", DAY, False),
        (["01/02/2026", "03/04/2026"], "us-camx", MONTH, False),
        (["01/02/2026", "13/02/2026"], "us", DAY, True),
        (["01/02/2026 8:30", "02/13/2026 9:00"], "gb", MONTH, True),
        (["01/01/2026"], "us", MONTH, True),
        (["26-03-01", "26-03-31"], "se", YEAR, False),
        (["2026-03-01", "1 March 2026"], "jp", YEAR, True),
        ([date(2026, 3, 1), ""], "de", DAY, True),
    ],
)
def test_the_samples_decide_the_style_and_else_the_region(
    samples: list[Cell], region: str, style: DateStyle, certain: bool
) -> None:
    assert guess_date_style(samples, region) is style
    assert date_style_is_certain(samples, style) is certain


def test_labels_are_examples() -> None:
    assert [style.label for style in DateStyle] == [
        "31/12/2026 (day first)", "12/31/2026 (month first)", "2026-12-31 (year first)",
    ]  # fmt: skip
