"""The front page and its calculator: a figure with its source for anybody, and nothing kept of it."""

from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser

import pytest
from django.test import Client

from carbontrack import clock
from emissions.calculator import guess_region

NOW = datetime(2025, 9, 15, 12, 0, tzinfo=UTC)
FIFTY_MILES = {"variant": "car-petrol-medium", "amount": "50", "unit": "mile", "region": "gb"}


class _Texts(HTMLParser):
    """The words of every element with an id, and the attributes of every field by its name."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.fields, self._open = {}, {}, []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag in {"input", "select"} and "name" in attributes:
            self.fields[attributes["name"]] = attributes
        if tag == "option" and "selected" in attributes:
            self.fields[list(self.fields)[-1]]["value"] = attributes["value"]
        if tag not in {"input", "meta", "link", "rect", "path", "use", "br"}:
            self._open.append(attributes.get("id"))

    def handle_endtag(self, tag):
        if tag not in {"rect", "path", "use"} and self._open:
            self._open.pop()

    def handle_data(self, data):
        for name in filter(None, self._open):
            self.texts[name] = " ".join(f"{self.texts.get(name, '')} {data}".split())


def page(response):
    return _Texts(unescape(response.content.decode()))


def words(response, element):
    return page(response).texts[element]


@pytest.fixture
def visitor(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Client()


def ask(visitor, target=None, path="/", **query):
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    return visitor.get("/calculator/" if target else path, query, headers=headers)


def test_fifty_miles_by_petrol_car_are_explained_down_to_the_source(visitor):
    response = ask(visitor, **FIFTY_MILES)

    assert response.status_code == 200
    assert words(response, "calculator-result") == (
        "14.1 kg CO2e 90% of an average person’s day (United Kingdom, 2023: 15.6 kg CO2e). "
        "50 miles × 1.609344 km per mile × 0.17474 kg CO2e per km = 14.1 kg CO2e "
        "Source: UK Government GHG Conversion Factors for Company Reporting 2025"
    )


def test_the_page_and_its_fragments_show_the_same_result(visitor):
    whole = words(ask(visitor, **FIFTY_MILES), "calculator-result")

    assert words(ask(visitor, "calculator", **FIFTY_MILES), "calculator-result") == whole
    assert words(ask(visitor, "calculator-result", **FIFTY_MILES), "calculator-result") == whole


def test_a_fragment_is_no_whole_page(visitor):
    response = ask(visitor, "calculator-result", **FIFTY_MILES)

    assert response.content.decode().strip().startswith('<div id="calculator-result"')


def test_the_calculator_without_htmx_is_the_whole_front_page(visitor):
    response = ask(visitor, path="/calculator/", **FIFTY_MILES)

    assert response.content.decode().startswith("<!doctype html>")


def test_nothing_is_stored_not_even_a_cookie(visitor):
    responses = [ask(visitor), ask(visitor, **FIFTY_MILES), ask(visitor, "calculator", **FIFTY_MILES)]

    assert [dict(response.cookies) for response in responses] == [{}, {}, {}]


def test_a_first_visit_shows_a_worked_example(visitor):
    fields = page(ask(visitor)).fields

    assert {name: fields[name]["value"] for name in ("variant", "amount", "unit", "region")} == {
        "variant": "car-petrol-average",
        "amount": "10",
        "unit": "mile",
        "region": "us",
    }


def test_another_type_offers_its_own_first_choice_and_keeps_the_place(visitor):
    fields = page(ask(visitor, type="food", region="de")).fields

    assert {name: fields[name]["value"] for name in ("variant", "unit", "region")} == {
        "variant": "beef",
        "unit": "kg",
        "region": "de",
    }


def test_a_choice_measured_otherwise_starts_from_its_usual_amount(visitor):
    fields = page(ask(visitor, variant="beef", amount="50", unit="mile", region="de")).fields

    assert (fields["amount"]["value"], fields["unit"]["value"]) == ("0.2", "kg")


def test_a_choice_measured_alike_keeps_the_amount(visitor):
    fields = page(ask(visitor, variant="pork", amount="1.5", unit="lb", region="us")).fields

    assert (fields["amount"]["value"], fields["unit"]["value"]) == ("1.5", "lb")


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("", "Write a number in digits, like 12.5."),
        ("fifty", "Write a number in digits, like 12.5."),
        ("NaN", "Write a number in digits, like 12.5."),
        ("1e309", "Write a number in digits, like 12.5."),
        ("0", "Please enter an amount above zero."),
        ("-5", "Please enter an amount above zero: less than nothing cannot be counted."),
        ("1" * 39, "That number is too long. Round it to a few digits."),
    ],
)
def test_an_amount_that_is_none_gets_a_sentence_and_stays_in_its_field(visitor, amount, sentence):
    response = ask(visitor, "calculator", **FIFTY_MILES | {"amount": amount})

    assert response.status_code == 422
    assert words(response, "calculator-error") == sentence
    field = page(response).fields["amount"]
    assert (field["value"], field["aria-invalid"], field["aria-describedby"]) == (
        amount,
        "true",
        "calculator-error",
    )


def test_an_unknown_unit_gets_a_sentence(visitor):
    response = ask(visitor, **FIFTY_MILES | {"unit": "furlongs"})

    assert response.status_code == 422
    assert words(response, "calculator-error") == (
        "We do not know the unit “furlongs”. Try km, miles, kWh, kg, lb or litres."
    )


def test_an_unknown_activity_gets_a_sentence(visitor):
    response = ask(visitor, **FIFTY_MILES | {"variant": "broomstick"})

    assert response.status_code == 422
    assert words(response, "calculator-error") == (
        "We have no emission factor for “broomstick”. Please choose one from the list."
    )


def test_what_was_typed_is_never_markup(visitor):
    response = ask(visitor, **FIFTY_MILES | {"amount": '"><script>alert(1)</script>'})

    assert b"<script>alert" not in response.content


def test_a_figure_that_stands_in_for_another_country_says_so(visitor):
    response = ask(visitor, **FIFTY_MILES | {"region": "de"})

    assert "stand-in" in response.content.decode()


@pytest.mark.parametrize(
    ("accept_language", "region"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "at"),
        ("en-GB", "gb"),
        ("zh-Hant-TW,zh;q=0.8", "tw"),
        ("de,en-US;q=0.5", "us"),
        ("sv", "us"),
        ("en-XX", "us"),
        ("", "us"),
        ("*", "us"),
    ],
)
def test_the_place_is_guessed_from_a_language_only_when_it_names_one(accept_language, region):
    assert guess_region(accept_language) == region


def test_a_shared_cache_keeps_answers_for_other_languages_and_fragments_apart(visitor):
    vary = {name.strip() for name in ask(visitor)["Vary"].split(",")}

    assert {"HX-Request", "HX-Target", "Accept-Language"} <= vary


def test_no_style_or_script_stands_in_the_page(visitor):
    html = ask(visitor).content.decode()

    assert " style=" not in html
    assert "<style" not in html
    assert " on" + "click=" not in html
    assert html.count("<script") == html.count('<script src="') == 2
