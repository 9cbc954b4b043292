"""The dashboard of an organization in a real browser: filters, links, history, focus, desk and phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.domain import Role
from emissions.dashboard.periods import Month
from tests.emissions.views.work.logged import FLIGHT, POWER, log
from tests.fixtures.browser import Problems, accessibility_problems
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join, make_organization
from tests.journeys.steps import sign_up

MONTH = Month.of(datetime.now(UTC).date())  # the application under test has the real clock
URL = "/organization/dashboard/"
MakeContext = Callable[..., BrowserContext]


def administrator(page: Page) -> None:
    """Somebody new whose organization has logged for two months; Engineering and Field are withheld."""
    organization = make_organization()
    join(sign_up(page).user_id, organization.id, role=Role.ORG_ADMIN)
    for month in (str(MONTH.shift(-12)), str(MONTH)):
        log(organization, month, SALES, "abcd", "120", FLIGHT)
        log(organization, month, FIELD, "efg", "15")
        log(organization, month, ENGINEERING, "h", "80", POWER)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_filters_keep_address_title_focus_and_history(
    dynamodb: None, new_context: MakeContext, problems: Problems, width: int, scheme: str
) -> None:
    page = new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    administrator(page)
    page.goto(URL)
    start = page.url
    heading = page.locator("h1")
    expect(heading).to_contain_text("Work emissions in")

    page.get_by_role("combobox", name="Type").focus()
    page.get_by_role("combobox", name="Type").select_option("transportation")

    expect(page).to_have_url(f"{start}?type=transportation")
    expect(page.get_by_role("combobox", name="Type")).to_be_focused()

    page.locator(".card-departments").get_by_role("link", name="Sales", exact=True).click()

    expect(page).to_have_url(f"{start}?department={SALES}&type=transportation")
    expect(heading).to_contain_text("Sales in")
    expect(heading).to_be_focused()
    expect(page).to_have_title(f"{heading.inner_text()} · CarbonTrack")
    assert page.evaluate("scrollY") < 200

    page.reload()
    expect(heading).to_contain_text("Sales in")
    page.go_back()

    expect(heading).to_contain_text("Work emissions in")
    expect(page.get_by_role("combobox", name="Type")).to_have_value("transportation")
    expect(page.locator("nav[aria-label='Main']")).to_be_visible()
    page.locator(".chip").click()
    expect(page).to_have_url(start)
    assert problems.csp == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_page_is_for_everybody(
    dynamodb: None, new_context: MakeContext, problems: Problems, width: int, scheme: str
) -> None:
    page = new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    ).new_page()
    administrator(page)
    page.goto(URL)
    for summary in page.locator("summary").all():
        summary.click()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert accessibility_problems(page, at_least="minor") == []

    mark = page.locator(".card-months .column").first
    mark.focus()
    expect(mark).to_be_focused()
    sizes = page.evaluate(
        """[...document.querySelectorAll("main svg text")]
             .filter((text) => getComputedStyle(text).display !== "none")
             .map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)"""
    )
    assert len(sizes) > 30
    assert min(sizes) >= 11


def test_filters_and_files_work_without_scripts(dynamodb: None, new_context: MakeContext) -> None:
    context = new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    administrator(page)
    state = context.storage_state()
    plain = new_context(java_script_enabled=False, storage_state=state).new_page()
    plain.goto(URL)

    plain.get_by_role("combobox", name="Department").select_option(SALES)
    plain.get_by_role("button", name="Show").click()
    expect(plain.locator("h1")).to_contain_text("Sales in")
    with plain.expect_download() as download:
        plain.get_by_role("link", name="Excel").first.click()

    assert download.value.suggested_filename == f"acme-sales-{MONTH.year}.xlsx"
