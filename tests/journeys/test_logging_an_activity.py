"""The main job, end to end: sign up, log 50 miles by petrol car, change it, lose it, get it back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.fixtures.browser import Problems
from tests.journeys.steps import PASSWORD, expect_page, expect_settled, newcomer, tab_to, words

MakeContext = Callable[..., BrowserContext]
CAR = "Car, petrol (gasoline), medium"
#: What htmx says of a preview that a newer one, or saving, has overtaken.
OVERTAKEN = ("htmx:afterRequest", "htmx:sendAbort")

pytestmark = pytest.mark.dynamodb


def test_an_activity_is_logged_changed_deleted_and_brought_back_by_keyboard_alone(
    new_context: MakeContext, problems: Problems
) -> None:
    page = new_context(viewport={"width": 1280, "height": 800}, timezone_id="America/New_York").new_page()
    main, keyboard = page.get_by_role("main"), page.keyboard

    page.goto("/account/signup/")
    tab_to(page, page.get_by_label("Email address"))
    keyboard.type("kim@example.com")
    tab_to(page, page.get_by_label("Password", exact=True))
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    expect_page(page, "Welcome")
    kim = newcomer("kim@example.com")
    assert kim.profile.preferences.region == "us"

    # `n` opens the form; arrows choose; the figure is there before anything is saved.
    keyboard.press("n")
    expect_page(page, "Log an activity")
    tab_to(page, page.get_by_role("radio", name="Transportation"))
    tab_to(page, page.get_by_role("radio", name="Car", exact=True))
    tab_to(page, page.get_by_role("radio", name="Petrol (gasoline), average"))
    keyboard.press("ArrowRight")
    keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Petrol (gasoline), medium")).to_be_focused()
    tab_to(page, page.get_by_label("How much"))
    keyboard.type("50")
    expect(page.locator("#log-preview .preview-figure")).to_have_text("14.9 kg CO2e")
    tab_to(page, page.get_by_label("Unit"))
    assert page.get_by_label("Unit").evaluate("(select) => select.selectedOptions[0].label") == "miles"
    assert kim.entries() == []

    tab_to(page, page.get_by_label("Note"))
    keyboard.type("To the lake")
    tab_to(page, main.get_by_role("button", name="Save").and_(page.locator("#log-save")))
    keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Saved: 14.9 kg CO2e")
    expect(page.get_by_label("How much")).to_be_focused()
    [entry] = kim.entries()
    assert (entry.variant, entry.amount, entry.unit, entry.people, entry.note) == (
        "car-petrol-medium",
        Decimal(50),
        "mile",
        1,
        "To the lake",
    )
    assert (entry.co2_emissions, entry.factor.region, entry.version) == (Decimal("14.928485"), "us", 1)
    assert kim.total(entry.month) == (1, Decimal("14.928485"))

    # The list explains the figure, and changes it in place.
    tab_to(page, page.get_by_role("link", name="Entries", exact=True), back=True)
    keyboard.press("Enter")
    expect_page(page, "Entries")
    row = page.locator(".entry")
    expect(row).to_have_count(1)
    assert words(row.locator(".entry-what")) == f"{CAR} To the lake"
    assert words(row.locator(".entry-amount")) == "50 miles"
    assert words(row.locator(".entry-kg")) == "14.9 kg CO2e"
    tab_to(page, row.locator("summary"))
    keyboard.press("Enter")
    assert (
        words(row.locator(".arithmetic"))
        == "50 miles × 1.609344 km per mile × 0.1855226105 kg CO2e per km = 14.9 kg CO2e"
    )

    tab_to(page, row.get_by_role("link", name=f"Change: {CAR}"), back=True)
    keyboard.press("Enter")
    expect(row.get_by_label("How much")).to_be_focused()
    expect_settled(page)
    keyboard.press("Control+a")
    keyboard.type("60")
    expect(row.locator(".preview-figure")).to_have_text("17.9 kg CO2e")
    keyboard.press("Enter")
    expect(row.locator(".entry-kg")).to_have_text("17.9 kg CO2e")
    [edited] = kim.entries()
    assert (edited.key, edited.amount, edited.version) == (entry.key, Decimal(60), 2)
    assert kim.total(entry.month) == (1, edited.co2_emissions)

    # Deleting takes one key, and so does the way back.
    tab_to(page, row.get_by_role("button", name=f"Delete: {CAR}"))
    keyboard.press("Enter")
    expect(row).to_contain_text(f"Deleted: {CAR}, 60 miles, 17.9 kg CO2e.")
    assert kim.entries() == []
    assert kim.total(entry.month) == (0, Decimal(0))
    expect(row.get_by_role("button", name="Undo")).to_be_focused()
    keyboard.press("Enter")
    expect(row.locator(".entry-kg")).to_have_text("17.9 kg CO2e")
    assert [(each.key, each.amount) for each in kim.entries()] == [(entry.key, Decimal(60))]
    assert kim.total(entry.month) == (1, edited.co2_emissions)

    tab_to(page, page.get_by_role("link", name="Home"), back=True)
    keyboard.press("Enter")
    expect(page.locator(".card-headline .kg.huge")).to_have_text("17.9 kg CO2e")
    expect(page.locator(".card-headline")).to_contain_text("1 entry on 1 of")
    assert [said for said in problems.console if not said.startswith(OVERTAKEN)] == []


def test_the_same_without_javascript_by_plain_links_and_forms(new_context: MakeContext) -> None:
    page = new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=False).new_page()
    main = page.get_by_role("main")

    page.goto("/")
    main.get_by_role("link", name="Sign up").click()
    page.get_by_label("Email address").fill("robin@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect_page(page, "Welcome")
    robin = newcomer("robin@example.com")

    # Without scripts nobody tells the time zone, so the region is for Robin to say.
    main.get_by_role("link", name="Change your region").click()
    page.get_by_label("Region").select_option(label="United Kingdom")
    page.get_by_label("Time zone").select_option("Europe/London")
    page.get_by_role("button", name="Save settings").click()
    assert robin.profile.preferences.region == "gb"

    page.get_by_role("link", name="Log an activity").first.click()
    page.get_by_role("radio", name="Food", exact=True).check()
    page.get_by_role("button", name="Update choices").click()
    expect(page.get_by_role("radio", name="Food", exact=True)).to_be_checked()
    page.get_by_role("radio", name="Transportation").check()
    page.get_by_role("button", name="Update choices").click()
    page.get_by_role("radio", name="Petrol (gasoline), medium").check()
    page.get_by_label("How much").fill("50")
    page.get_by_role("button", name="Update choices").click()
    page.get_by_label("Unit").select_option(label="miles")
    page.get_by_label("Date").fill("2025-03-15")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#log-preview .preview-figure")).to_have_text("14.1 kg CO2e")
    assert robin.entries() == []

    page.locator("#log-save").click()
    expect(main).to_contain_text("Saved: 14.1 kg CO2e")
    expect(page.get_by_label("How much")).to_have_value("")
    [entry] = robin.entries()
    assert (entry.co2_emissions, entry.local_date.isoformat()) == (Decimal("14.060839"), "2025-03-15")
    assert robin.total("2025-03") == (1, Decimal("14.060839"))

    main.get_by_role("link", name="Explain this number").click()
    expect_page(page, CAR)
    assert [words(step) for step in page.locator(".steps dd.numeric").all()] == [
        "50 miles",
        "1.609344 km per mile",
        "0.17474 kg CO2e per km",
        "14.060839 kg CO2e",
    ]

    main.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("How much").fill("-3")
    page.locator(".log-save").click()
    expect(page.locator(".field-error").first).to_be_visible()
    expect(page.get_by_label("How much")).to_have_value("-3")
    page.get_by_label("How much").fill("100")
    page.locator(".log-save").click()
    expect(page.locator(".kg.huge")).to_have_text("28.1 kg CO2e")
    assert robin.total("2025-03") == (1, Decimal("28.121677"))

    main.get_by_role("button", name="Delete").click()
    expect(main).to_contain_text("Deleted: 28.1 kg CO2e")
    assert robin.entries() == []
    main.get_by_role("button", name="Undo").click()
    expect(main).to_contain_text("It is back: 28.1 kg CO2e")
    assert [each.amount for each in robin.entries()] == [Decimal(100)]

    page.goto("/?month=2025-03")
    expect_page(page, "March 2025")
    expect(page.locator(".card-headline .kg.huge")).to_have_text("28.1 kg CO2e")
