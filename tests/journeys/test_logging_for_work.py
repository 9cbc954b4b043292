"""A member logs for work by keyboard, on a phone, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from emissions.domain.totals import Subject
from emissions.repositories.totals import TotalsRepository
from tests.fixtures.browser import Problems, accessibility_problems
from tests.fixtures.organizations import FIELD, SALES, join, make_organization
from tests.journeys.steps import Newcomer, expect_page, sign_up, tab_to, words

MakeContext = Callable[..., BrowserContext]
WORDS = "It counts in the totals of the department and of Acme"

pytestmark = pytest.mark.dynamodb


def member(page: Page) -> Newcomer:
    """Somebody who has just signed up and joined Sales of Acme."""
    person = sign_up(page)
    join(person.user_id, make_organization().id, department_id=SALES)
    return person


def test_for_work_is_a_key_away_and_stays_for_the_next_entry(
    new_context: MakeContext, problems: Problems
) -> None:
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    person, keyboard = member(page), page.keyboard
    page.goto("/log/?variant=train&amount=30&unit=km")
    expect_page(page, "Log an activity")
    department, scope = page.get_by_label("Department"), page.get_by_label("Scope")
    expect(department).to_be_hidden()
    expect(page.get_by_text("They never reach Acme.")).to_be_visible()

    # After the numbers comes the question; an arrow answers it, and only then there is more to say.
    page.get_by_label("Shared by").focus()
    tab_to(page, page.get_by_role("radio", name="Personal", exact=True))
    keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="For work at Acme")).to_be_checked()
    expect(page.get_by_text(WORDS)).to_be_visible()
    expect(page.get_by_text("They never reach Acme.")).to_be_hidden()
    keyboard.press("Tab")
    expect(department).to_be_focused()
    assert department.evaluate("(select) => select.selectedOptions[0].label") == "Sales"
    keyboard.press("ArrowDown")
    keyboard.press("Tab")
    expect(scope).to_be_focused()
    assert scope.evaluate("(select) => select.selectedOptions[0].label") == (
        "Scope 3, category 6 (usual): business travel"
    )
    keyboard.press("Tab")
    expect(page.get_by_label("Note")).to_be_focused()
    assert accessibility_problems(page, at_least="minor") == []
    problems.csp.clear()  # axe-core brings a style sheet of its own, which the policy rightly refuses

    # Another activity brings its own usual scope, and leaves the rest as it was chosen.
    page.get_by_text("Car", exact=True).click()
    expect(scope.locator("option").first).to_have_text(re.compile(r"^Scope 1 \(usual\)"))
    expect(department).to_have_value(FIELD)
    page.get_by_label("How much").fill("10")
    page.locator("#log-save").click()

    expect(page.locator("#messages")).to_contain_text("Counts for Field at Acme.")
    [entry] = person.entries()
    assert (entry.category, entry.department_id, entry.scope) == ("car", FIELD, 1)
    [totals] = TotalsRepository().months(
        Subject.department(str(entry.organization_id), FIELD), *[entry.month] * 2
    )
    assert totals.co2_emissions == entry.co2_emissions
    expect(page.get_by_role("radio", name="For work at Acme")).to_be_checked()
    expect(department).to_have_value(FIELD)


def test_on_a_phone_work_needs_no_sideways_scrolling(new_context: MakeContext, problems: Problems) -> None:
    page = new_context(viewport={"width": 390, "height": 844}, color_scheme="dark").new_page()
    person = member(page)
    page.goto("/log/?variant=train&amount=30&unit=km&work=1")
    expect(page.get_by_label("Department")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#log-save").click()
    expect(page.locator("#messages")).to_contain_text("Counts for Sales at Acme.")

    page.goto("/entries/?work=1")
    row = page.locator(".entry")
    assert words(row.locator(".entry-what")) == "Train Work · Sales"
    row.get_by_role("link", name="Change: Train").click()
    expect(row.get_by_label("Department")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert accessibility_problems(page, at_least="minor") == []
    problems.csp.clear()
    row.get_by_text("Personal", exact=True).click()
    expect(row.get_by_label("Department")).to_be_hidden()
    row.get_by_label("How much").fill("31")
    row.get_by_label("How much").fill("32")
    expect(row.locator(".preview-figure")).to_have_text(re.compile(r"kg CO2e$"))
    row.locator(".log-save").click()
    expect(row.locator(".entry-what")).to_have_text(re.compile("Train"))
    expect(row.locator(".entry-badge")).to_have_count(0)
    [entry] = person.entries()
    assert (entry.is_work, entry.amount) == (False, Decimal(32))


def test_without_scripts_work_can_be_chosen_too(new_context: MakeContext) -> None:
    page = new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=False).new_page()
    person = member(page)
    page.goto("/log/?variant=train&amount=30&unit=km")

    page.get_by_text("For work at Acme").click()
    page.get_by_label("Department").select_option(FIELD)
    page.get_by_label("Scope").select_option("3.7")
    page.locator("#log-save").click()

    expect(page.locator(".entry-notice")).to_contain_text("Counts for Field at Acme.")
    [entry] = person.entries()
    assert (entry.department_id, entry.scope, entry.scope3_category) == (FIELD, 3, 7)
    expect(page.get_by_label("Department")).to_have_value(FIELD)
    expect(page.get_by_label("Scope")).to_have_value("3.7")
