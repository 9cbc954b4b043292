"""Impatient fingers, a session that ended, a server that is gone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.steps import expect_page, sign_in, sign_up

pytestmark = pytest.mark.dynamodb

#: Whether a control and its label are what one would touch where they are.
NOT_COVERED = """(control) => [control, ...control.labels].every((element) => {
  const box = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
})"""
FIFTY_MILES = "/log/?variant=car-petrol-medium&amount=50&unit=mile"


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_double_click_on_save_saves_once(new_context: Callable[..., BrowserContext], scripts: bool) -> None:
    page = new_context(java_script_enabled=scripts).new_page()
    person = sign_up(page)
    page.goto(FIFTY_MILES)

    page.locator("#log-save").dblclick()

    expect(page.get_by_role("main")).to_contain_text("Saved: ")
    page.wait_for_load_state("networkidle")
    assert [entry.amount for entry in person.entries()] == [Decimal(50)]


def test_a_double_click_on_again_logs_once_more(browser_page: Page) -> None:
    page = browser_page
    person = sign_up(page)
    person.store_entries(1)
    page.goto("/entries/")

    page.get_by_role("button", name="Again: Car, petrol (gasoline), medium").dblclick()

    expect(page.locator("#messages")).to_contain_text("Saved: ")
    expect(page.locator("#day-today .entry")).to_have_count(len(person.entries()))
    page.wait_for_load_state("networkidle")
    assert [entry.amount for entry in person.entries()] == [Decimal(38), Decimal(38)]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800)])
def test_a_message_covers_no_field_and_goes_when_the_next_save_is_refused(
    new_context: Callable[..., BrowserContext], width: int, height: int
) -> None:
    page = new_context(viewport={"width": width, "height": height}).new_page()
    person = sign_up(page)
    page.goto(FIFTY_MILES)
    page.locator("#log-save").click()
    expect(page.locator("#messages")).to_contain_text("Saved: ")
    amount = page.get_by_label("How much")
    expect(amount).to_be_focused()

    for field in (
        amount,
        page.get_by_label("Unit"),
        page.get_by_label("Shared by"),
        page.locator("#log-save"),
    ):
        field.scroll_into_view_if_needed()
        assert field.evaluate(NOT_COVERED)

    amount.fill("0")
    page.keyboard.press("Enter")
    expect(page.locator("#log-details .field-error")).to_have_text("The amount must be more than zero.")
    expect(page.locator("#messages")).to_be_empty()
    assert [entry.amount for entry in person.entries()] == [Decimal(50)]


def test_load_more_appends_and_reading_goes_on_at_the_first_new_row(browser_page: Page) -> None:
    page = browser_page
    sign_up(page).store_entries(30)
    page.goto("/entries/")
    expect(page.locator(".entry")).to_have_count(25)
    page.get_by_role("link", name="Load more").focus()

    page.keyboard.press("Enter")

    expect(page.locator(".entry")).to_have_count(30)
    expect(page.locator(".entry-name").nth(25)).to_be_focused()
    expect(page.get_by_role("link", name="Load more")).to_have_count(0)
    expect(page.locator("#entry-more")).to_have_text("That is everything.")


def test_a_part_asked_for_after_the_session_ended_leads_to_the_sign_in_page_and_back(
    browser_page: Page,
) -> None:
    page = browser_page
    person = sign_up(page)
    person.store_entries(4)
    page.goto("/entries/")
    page.context.clear_cookies(name="carbontrack-session")

    page.get_by_label("Type").select_option("food")

    expect(page).to_have_url("/account/login/?next=%2Fentries%2F")
    expect_page(page, "Sign in")
    sign_in(page, person.email)
    expect_page(page, "Entries")
    expect(page.locator(".entry")).to_have_count(4)


def test_saving_after_the_session_ended_leads_to_the_sign_in_page_and_stores_nothing(
    browser_page: Page,
) -> None:
    page = browser_page
    person = sign_up(page)
    page.goto(FIFTY_MILES)
    page.context.clear_cookies(name="carbontrack-session")

    page.locator("#log-save").click()

    expect_page(page, "Sign in")
    assert person.entries() == []
    sign_in(page, person.email)
    expect_page(page, "Log an activity")
    expect(page.get_by_label("How much")).to_have_value("50")


def test_a_server_out_of_reach_is_said_in_words_and_what_was_typed_stays(browser_page: Page) -> None:
    page = browser_page
    person = sign_up(page)
    page.goto(FIFTY_MILES)
    page.get_by_label("Note").fill("To the lake")
    page.wait_for_load_state("networkidle")
    page.route("**/*", lambda route: route.abort())

    page.locator("#log-save").click()

    expect(page.get_by_role("status")).to_have_text(
        "We could not reach the server. What you typed is still here: check your connection, then try again."
    )
    expect(page.get_by_label("How much")).to_have_value("50")
    expect(page.get_by_label("Note")).to_have_value("To the lake")
    assert person.entries() == []

    page.unroute("**/*")
    page.locator("#log-save").click()
    expect(page.locator("#messages")).to_contain_text("Saved: ")
    assert [entry.note for entry in person.entries()] == ["To the lake"]
