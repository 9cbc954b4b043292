"""A what-if, turned into a target: from last year's meals to the path on the dashboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, expect
from ulid import ULID

from emissions.days import local_today
from emissions.services.bulk import record_entries
from emissions.services.drafts import EntryDraft, entry_of
from tests.fixtures.browser import Problems
from tests.journeys.steps import Newcomer, expect_page, expect_settled, sign_up, words

pytestmark = pytest.mark.dynamodb


def store_a_year(person: Newcomer) -> None:
    """10 km by petrol car and 100 g of beef every tenth day of the last thirteen months."""
    profile = person.profile
    zone = profile.preferences.time_zone
    days = [local_today(zone) - timedelta(days=10 * each) for each in range(1, 40)]
    drafts = [
        EntryDraft(variant, Decimal(amount), unit, day, time(12), zone)
        for day in days
        for variant, amount, unit in (("car-petrol-medium", "10", "km"), ("beef", "0.1", "kg"))
    ]
    record_entries(person.user_id, [entry_of(profile, draft, entry_id=str(ULID())) for draft in drafts])


def test_a_what_if_becomes_a_target(new_context: Callable[..., BrowserContext], problems: Problems) -> None:
    page = new_context(viewport={"width": 390, "height": 844}, timezone_id="Europe/London").new_page()
    person = sign_up(page)
    store_a_year(person)

    page.goto("/insights/")
    page.get_by_role("link", name="What if").click()
    expect_page(page, "What if")
    page.get_by_role("link", name="Change Beef").click()
    page.get_by_label("How much of it").fill("-50")
    page.get_by_label("Replaced by").select_option(label="Chicken or turkey")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".change")).to_contain_text("Half as much, “Chicken or turkey” instead")
    expect_settled(page)
    page.get_by_role("link", name="Change Car").click()
    page.get_by_label("How much of it").fill("100")
    page.get_by_label("Counted in").select_option("amount")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".change")).to_have_count(2)
    expect_settled(page)

    # The address is all there is: whoever opens it sees the same.
    outcome = words(page.locator(".outcome"))
    page.goto(page.url)
    assert words(page.locator(".outcome")) == outcome
    assert person.profile.preferences.target is None

    page.get_by_role("button", name="Make it my target").click()
    expect_page(page, "Your target")
    expect(page.locator("#messages")).to_contain_text("Your target is set")
    target = person.profile.preferences.target
    assert target is not None
    assert target.base_kg is not None
    assert target.by == date(local_today("Europe/London").year + 1, 12, 31)
    assert target.kg_per_year < target.base_kg

    page.goto("/")
    expect(page.locator(".card-target h2")).to_have_text("The way to your target")
    assert problems.console == []
