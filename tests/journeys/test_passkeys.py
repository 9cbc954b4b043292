"""A passkey from the first to the last: added in a browser, which then opens the account with it alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.fixtures.browser import LiveApp
from tests.journeys.steps import expect_page, sign_out, sign_up

pytestmark = pytest.mark.dynamodb


def test_a_passkey_is_added_signs_in_and_goes_again(
    new_context: Callable[..., BrowserContext], live_app: LiveApp
) -> None:
    """By name: a browser makes no passkey for a bare number."""
    context = new_context(
        viewport={"width": 390, "height": 844}, base_url=live_app.url.replace("127.0.0.1", "localhost")
    )
    page = context.new_page()
    browser = context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    phone = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
    }
    options = {**phone, "isUserVerified": True, "automaticPresenceSimulation": True}
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    me = sign_up(page)

    page.goto("/settings/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect_page(page, "Your recovery codes")
    expect(page.locator(".codes li")).to_have_count(10)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert me.email in download.value.path().read_text()
    page.get_by_role("link", name="I have kept them").click()
    expect_page(page, "Security")
    expect(page.get_by_role("list", name="Your passkeys")).to_contain_text("Phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    sign_out(page)
    page.goto("/account/login/?next=/settings/security/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect_page(page, "Security")

    page.get_by_role("link", name="Remove Phone").click()
    page.get_by_role("button", name="Remove Phone").click()
    expect_page(page, "Security")
    expect(page.get_by_role("list", name="Your passkeys")).to_have_count(0)
