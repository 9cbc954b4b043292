"""The dashboard in a real browser: stepping through months, on a desk and on a phone, by day and by night."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.repository import ProfileRepository
from carbontrack.dynamodb import WriteTransaction
from emissions.dashboard.periods import Month
from emissions.domain.totals import totals_deltas
from emissions.repositories.totals import TotalsRepository
from tests.emissions.made_totals import entry_on
from tests.fixtures.browser import Problems, accessibility_problems

MONTH = Month.of(datetime.now(UTC).date())  # the application under test has the real clock
CATEGORIES = ("transportation/car", "energy/electricity", "food/beef", "waste/mixed")


def sign_up(page: Page) -> str:
    """A new account through the form; returns the user's id."""
    email = f"{uuid4()}@example.com"
    page.goto("/account/signup/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill("seven quiet otters")
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url("**/")
    profile = ProfileRepository().find_by_email(email)
    assert profile is not None
    return profile.user_id


def store_two_months(user_id: str) -> None:
    """Every other day of this month and the last, 2 kg of each type."""
    first, last = MONTH.shift(-1).first_day, MONTH.first_day
    days: list[date] = [first + timedelta(days=offset) for offset in range(0, (last - first).days + 1, 2)]
    entries = [
        entry_on(day, Decimal(2), category, user_id=user_id)
        for day in [*days, last]
        for category in CATEGORIES
    ]
    for delta in totals_deltas(added=entries):
        with WriteTransaction() as transaction:
            TotalsRepository().apply([delta], transaction=transaction)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_stepping_through_months_keeps_address_title_focus_and_history(
    dynamodb: None,
    new_context: Callable[..., BrowserContext],
    problems: Problems,
    width: int,
    scheme: str,
) -> None:
    page = new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    store_two_months(sign_up(page))
    page.goto("/")
    expect(page.locator("h1")).to_have_text(MONTH.label)

    page.locator("#previous-month").focus()
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text(MONTH.shift(-1).label)
    expect(page).to_have_url(f"{page.url.partition('?')[0]}?month={MONTH.shift(-1)}")
    expect(page).to_have_title(f"{MONTH.shift(-1).label} · CarbonTrack")
    expect(page.locator("#previous-month")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.go_back()

    expect(page.locator("h1")).to_have_text(MONTH.label)
    expect(page.locator("nav[aria-label='Main']")).to_be_visible()
    assert problems.csp == []
    assert accessibility_problems(page, at_least="minor") == []
    problems.csp.clear()  # axe-core brings a style sheet of its own, which the policy rightly refuses


def test_text_in_charts_is_readable_on_a_phone(
    dynamodb: None, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    store_two_months(sign_up(page))
    page.goto("/")

    sizes = page.evaluate(
        """[...document.querySelectorAll("main svg text")]
             .filter((text) => getComputedStyle(text).display !== "none")
             .map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)"""
    )

    assert len(sizes) > 30
    assert min(sizes) >= 11
