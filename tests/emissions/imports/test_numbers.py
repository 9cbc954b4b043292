"""Numbers in the styles of the world: what is written is what is read, or a sentence says why not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.imports.normal_form import ValueRefused
from emissions.imports.numbers import (
    NumberStyle,
    format_number,
    guess_number_style,
    number_style_is_certain,
    parse_number,
    usual_number_style,
)

POINT, COMMA, SPACE, APOSTROPHE = NumberStyle
UNFIT = "does not fit numbers like 1,234.5. If the column has numbers like 1.234,5, choose that for it."
MORE = "more than a number. Keep units and currencies in a column of their own."
STYLES = st.sampled_from(NumberStyle)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15)


@given(NUMBERS, STYLES)
def test_a_number_written_in_a_style_is_read_back(number: Decimal, style: NumberStyle) -> None:
    written = format_number(number, style)

    assert parse_number(written, style) == number
    assert parse_number(written.replace(style.group_mark, ""), style) == number


@given(st.text("0123456789.,' +-()eE٣３\u00a0", max_size=12), STYLES)
def test_no_text_is_read_as_a_number_of_other_digits(text: str, style: NumberStyle) -> None:
    try:
        number = parse_number(text, style)
    except ValueRefused:
        return
    whole, _, exponent = text.lower().partition("e")
    digits = "".join(str(int(each)) for each in whole if each.isdecimal())
    assert abs(number).scaleb(-int(exponent or 0)) == Decimal(digits).scaleb(
        -len(whole.partition(style.decimal_mark)[2].strip(" \u00a0-)"))
    )
    assert (number < 0) == (number != 0 and any(mark in whole for mark in "-("))


@given(st.text(max_size=70), STYLES)
def test_any_text_is_a_number_or_refused_with_a_sentence(text: str, style: NumberStyle) -> None:
    try:
        said = str(parse_number(text, style).is_finite())
    except ValueRefused as refused:
        said = str(refused)
    assert said == "True" or said.endswith(".")


@pytest.mark.parametrize(
    ("text", "style", "number"),
    [
        ("1,234.5", POINT, "1234.5"),
        ("1.234,5", COMMA, "1234.5"),
        ("1\u202f234,5", SPACE, "1234.5"),
        ("1’234.50", APOSTROPHE, "1234.50"),
        ("12,34,567.8", POINT, "1234567.8"),  # India
        ("1 234 567.8", POINT, "1234567.8"),
        ("1.5E+03", POINT, "1.5E+3"),
        ("(12.5)", POINT, "-12.5"),
        ("12,5-", COMMA, "-12.5"),  # ledgers
        ("−5", COMMA, "-5"),
        ("１２，５", COMMA, "12.5"),
        (".5", POINT, "0.5"),
        ("007", COMMA, "7"),
    ],
)
def test_spellings_that_say_one_thing_are_read(text: str, style: NumberStyle, number: str) -> None:
    assert parse_number(text, style) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "style", "sentence"),
    [
        ("12,5", POINT, "“12,5” does not fit numbers like 1,234.5. If the column has numbers like 1.234,5, "
         "choose that for it."),
        ("1.23", COMMA, "“1.23” does not fit numbers like 1.234,5. If the column has numbers like 1,234.5, "
         "choose that for it."),
        ("12 km", POINT, f"“12 km” is {MORE}"),
        ("€12", COMMA, f"“€12” is {MORE}"),
        ("0,123", POINT, f"“0,123” {UNFIT}"),
        ("1234,567", POINT, f"“1234,567” {UNFIT}"),
        ("1.2.3", COMMA, "“1.2.3” is not a number. Write one like 12,5."),
        ("many", POINT, "“many” is not a number. Write one like 12.5."),
        (" ", POINT, "The number is missing. Write one, like 12.5."),
        ("1" * 39, POINT, "That number is too long. Round it to a few digits."),
        ("1" * 61, POINT, "That number is too long. Round it to a few digits."),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_style_is_refused(text: str, style: NumberStyle, sentence: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        parse_number(text, style)
    assert str(refused.value) == sentence


def test_a_workbooks_number_needs_no_style_and_its_date_is_none() -> None:
    assert parse_number(Decimal("1.234"), COMMA) == Decimal("1.234")

    with pytest.raises(ValueRefused, match="“2026-03-01” is a date"):
        parse_number(date(2026, 3, 1), POINT)


@pytest.mark.parametrize(
    ("samples", "region", "style"),
    [
        (["1.234", "2.567"], "de", COMMA),
        (["1.234", "2.567"], "gb", POINT),
        (["1.234", "2.567", "0.5"], "de", POINT),  # only one way reads them all
        (["1.234,5", "7"], "us-camx", COMMA),
        (["1 234,5"], "gb", COMMA),
        (["1 234,5"], "fr", SPACE),
        (["1'234.5"], "ch", APOSTROPHE),
        (["12", "", Decimal(3)], "ch", APOSTROPHE),
        ([], "jp", POINT),
    ],
)
def test_the_samples_decide_the_style_and_else_the_region(
    samples: list[str], region: str, style: NumberStyle
) -> None:
    assert guess_number_style(samples, region) is style


@pytest.mark.parametrize(
    ("samples", "certain"),
    [(["1.234"], False), (["1.234", "0.5"], True), (["12", "5"], True), (["1,234.5"], True), ([], True)],
)
def test_a_style_is_certain_when_no_other_reads_something_else(samples: list[str], certain: bool) -> None:
    assert number_style_is_certain(samples, guess_number_style(samples, "gb")) is certain


def test_labels_are_examples_and_regions_have_their_usual_style() -> None:
    assert [style.label for style in NumberStyle] == ["1,234.5", "1.234,5", "1 234,5", "1'234.5"]
    assert [usual_number_style(each) for each in ("us-camx", "de", "fr", "ch", "nowhere")] == [
        POINT, COMMA, SPACE, APOSTROPHE, POINT,
    ]  # fmt: skip
