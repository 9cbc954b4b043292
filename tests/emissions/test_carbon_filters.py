"""Figures on pages: rounded for reading, exact where they are quoted, and always beside their unit."""

from decimal import Decimal

import pytest
from django.template import Context, Template

from emissions.templatetags.carbon import (
    exact,
    factor_unit,
    kg,
    kg_co2e,
    kg_figure,
    quantity,
    signed_kg_co2e,
    signed_percent,
)


@pytest.mark.parametrize(
    ("kg_value", "shown"),
    [
        ("12.4", "12.4 kg CO2e"),
        ("14.061039", "14.1 kg CO2e"),
        ("123.456", "123 kg CO2e"),
        ("1.2449", "1.24 kg CO2e"),
        ("0.17474", "0.175 kg CO2e"),
        ("0.01", "0.01 kg CO2e"),
        ("5", "5 kg CO2e"),
        ("50.000000", "50 kg CO2e"),
        ("9.996", "10 kg CO2e"),
        ("0.9996", "1 kg CO2e"),
        ("999.49", "999 kg CO2e"),
    ],
)
def test_kilograms_have_at_most_three_significant_figures(kg_value, shown):
    assert kg_co2e(Decimal(kg_value)) == shown.replace(" ", "\xa0", 1)


@pytest.mark.parametrize(
    ("kg_value", "shown"),
    [
        ("999.5", "1 t CO2e"),
        ("1000", "1 t CO2e"),
        ("1240", "1.24 t CO2e"),
        ("12400.5", "12.4 t CO2e"),
        ("1234567.891", "1,235 t CO2e"),
        ("1E+9", "1,000,000 t CO2e"),
    ],
)
def test_from_a_tonne_up_figures_are_in_tonnes(kg_value, shown):
    assert kg_co2e(Decimal(kg_value)) == shown.replace(" ", "\xa0", 1)


@pytest.mark.parametrize("zero", ["0", "0.000000", "-0", "0E-6", "0E+3"])
def test_zero_is_zero_however_it_is_written(zero):
    assert kg_co2e(Decimal(zero)) == "0\xa0kg CO2e"


def test_a_tiny_figure_says_that_it_is_small_and_not_that_it_is_nothing():
    assert kg_co2e(Decimal("0.000001")) == "<\xa00.01\xa0kg CO2e"
    assert kg_co2e(Decimal("0.009999")) == "<\xa00.01\xa0kg CO2e"
    assert kg_co2e(Decimal("-0.000001")) == ">\xa0−0.01\xa0kg CO2e"


def test_a_negative_figure_has_a_real_minus_sign():
    assert kg_co2e(Decimal("-12.44")) == "−12.4\xa0kg CO2e"
    assert kg_co2e(Decimal("-1240")) == "−1.24\xa0t CO2e"


@pytest.mark.parametrize(
    "value", ["1E-30", "1E-7", "1E+20", "9.99E+25", "123456789012345678901234567890.12345678"]
)
def test_no_figure_is_ever_in_scientific_notation(value):
    for text in (
        kg_co2e(Decimal(value)),
        kg(Decimal(value)),
        quantity(Decimal(value), "kg"),
        exact(Decimal(value)),
    ):
        assert "E" not in text.replace("CO2e", "")


def test_a_large_figure_has_its_unit_in_an_element_of_its_own():
    assert kg_figure(Decimal("1240")) == '1.24<span class="kg-unit">\xa0t CO2e</span>'
    assert kg_figure(Decimal("0.001")) == '&lt;\xa00.01<span class="kg-unit">\xa0kg CO2e</span>'
    assert kg_figure(None) == ""


def test_kg_alone_stays_in_kilograms_for_a_column_of_them():
    shown = [kg(Decimal(value)) for value in ("1240", "12.44", "0.005", "0")]

    assert shown == ["1,240", "12.4", "<\xa00.01", "0"]


@pytest.mark.parametrize(
    ("amount", "unit", "shown"),
    [
        ("50", "mile", "50 miles"),
        ("1", "mile", "1 mile"),
        ("1.0", "mile", "1 mile"),
        ("5E+1", "kwh", "50 kWh"),
        ("12000.50", "km", "12,000.5 km"),
        ("0.00002", "kg", "0.00002 kg"),
    ],
)
def test_a_quantity_keeps_every_digit_that_was_logged(amount, unit, shown):
    assert quantity(Decimal(amount), unit) == shown.replace(" ", "\xa0")


def test_an_exact_number_loses_only_its_trailing_zeros():
    shown = [exact(Decimal(value)) for value in ("1.609344", "0.174740", "100", "1E+2", "-2.50", "0.0")]

    assert shown == ["1.609344", "0.17474", "100", "100", "−2.5", "0"]


@pytest.mark.parametrize(
    ("percent", "shown"),
    [
        ("12.4", "+12%"),
        ("12.5", "+13%"),
        ("-8.34", "−8.3%"),
        ("-8", "−8%"),
        ("0", "0%"),
        ("0.04", "0%"),
        ("-0.04", "0%"),
        ("1234.5", "+1,235%"),
        ("1E+30", "+1,000,000,000,000,000,000,000,000,000,000%"),
    ],
)
def test_a_change_in_percent_has_its_sign(percent, shown):
    assert signed_percent(Decimal(percent)) == shown


def test_nothing_is_shown_for_nothing():
    assert [show(None) for show in (kg_co2e, kg, exact, signed_percent)] == ["", "", "", ""]
    assert quantity(None, "km") == ""


@pytest.mark.parametrize("wrong", [12.4, "12.4", True])
def test_a_figure_that_is_not_decimal_is_refused(wrong):
    with pytest.raises(TypeError):
        kg_co2e(wrong)


def test_whole_numbers_are_figures_too():
    assert kg_co2e(12) == "12\xa0kg CO2e"


def test_filters_work_in_a_template():
    template = Template(
        "{% load carbon %}{{ kg|kg_co2e }} for {{ amount|quantity:unit }}, {{ change|signed_percent }}"
    )

    shown = template.render(
        Context({"kg": Decimal("14.061"), "amount": Decimal(50), "unit": "mile", "change": Decimal(-9)})
    )

    assert shown == "14.1\xa0kg CO2e for 50\xa0miles, −9%"


def test_a_difference_says_whether_it_is_more_or_less():
    shown = [signed_kg_co2e(Decimal(kg)) for kg in ("12.44", "-1240", "0")]

    assert shown == ["+12.4\xa0kg CO2e", "−1.24\xa0t CO2e", "0\xa0kg CO2e"]
    assert signed_kg_co2e(None) == ""


def test_the_unit_of_a_factor_is_said_in_words():
    assert [factor_unit(unit) for unit in ("passenger_km", "kwh")] == ["passenger-km", "kWh"]
