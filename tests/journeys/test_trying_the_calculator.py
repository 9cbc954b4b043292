"""The calculator of the front page: for somebody without an account, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.steps import words

#: EPA's passenger car of 2025, 0.1855226105 kg CO2e per km.
FIFTY_MILES = "50 miles × 1.609344 km per mile × 0.1855226105 kg CO2e per km = 14.9 kg CO2e"


def test_the_calculator_follows_every_choice(browser_page: Page) -> None:
    page = browser_page
    page.goto("/")

    page.get_by_label("Where").select_option(label="United States")
    expect(page.get_by_label("Where")).to_have_value("us")
    page.get_by_label("What").select_option(label="Car, petrol (gasoline), medium")
    expect(page.get_by_label("What")).to_have_value("car-petrol-medium")
    page.get_by_label("Unit").select_option(label="miles")
    page.get_by_label("Amount").fill("50")

    expect(page.locator(".calculator .kg.huge")).to_have_text("14.9 kg CO2e")
    assert words(page.locator(".calculator .arithmetic")) == FIFTY_MILES
    page.get_by_label("Amount").fill("minus one")
    expect(page.locator("#calculator-error")).not_to_be_empty()
    expect(page.get_by_label("Amount")).to_have_value("minus one")
    expect(page.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("link", name="Food").click()
    expect(page.locator("[aria-current=true]", has_text="Food")).to_be_visible()
    expect(page.locator(".calculator .kg.huge")).to_contain_text("kg CO2e")
    assert page.context.cookies() == []


def test_the_calculator_works_without_javascript(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/")

    page.get_by_role("link", name="Energy").click()
    expect(page.get_by_label("What")).to_contain_text("Household electricity")
    page.get_by_role("link", name="Transportation").click()
    page.get_by_label("What").select_option(label="Car, petrol (gasoline), medium")
    page.get_by_label("Where").select_option(label="United States")
    page.get_by_label("Unit").select_option(label="miles")
    page.get_by_label("Amount").fill("50")
    page.get_by_role("button", name="Work it out").click()

    expect(page.locator(".calculator .kg.huge")).to_have_text("14.9 kg CO2e")
    assert words(page.locator(".calculator .arithmetic")) == FIFTY_MILES
    expect(page.get_by_label("Amount")).to_have_value("50")
    assert page.context.cookies() == []
