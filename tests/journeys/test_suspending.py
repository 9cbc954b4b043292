"""Staff suspend an organization: its administrator's next click is refused, until it is restored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.domain import Role
from carbontrack.dynamodb import update_item
from carbontrack.dynamodb.tables import USERS
from organizations.repositories.organizations import OrganizationRepository
from tests.fixtures.browser import LiveApp
from tests.journeys.steps import expect_page, set_up_second_step, sign_up, sign_up_as_administrator

MakeContext = Callable[..., BrowserContext]
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

pytestmark = pytest.mark.dynamodb


def test_a_suspended_organization_refuses_the_next_click_and_loses_nothing(
    new_context: MakeContext, live_app: LiveApp
) -> None:
    theirs = new_context(viewport=PHONE).new_page()
    administrator, organization = sign_up_as_administrator(theirs)
    theirs.goto("/organization/dashboard/")
    staff = new_context(viewport=DESK).new_page()
    show_second_step(staff, then=f"/staff/organizations/?q={organization.id}")

    staff.get_by_role("link", name="Acme").click()
    expect_page(staff, "Acme")
    staff.get_by_role("link", name="Suspend").click()
    expect_page(staff, "Suspend Acme?")
    staff.get_by_label("Reason").fill("Asked for in writing by the owner.")
    staff.get_by_role("button", name="Suspend Acme").click()
    expect(staff.locator("#messages")).to_contain_text("Acme is suspended.")

    theirs.get_by_role("navigation", name="Organization").get_by_role("link", name="Members").click()
    expect_page(theirs, "Acme is suspended")
    theirs.goto("/log/?variant=car-petrol-medium&amount=50&unit=mile")
    expect(theirs.locator("#log-save")).to_be_visible()
    expect(theirs.get_by_text("For work at Acme")).to_have_count(0)
    message = live_app.wait_for_mail(administrator.email)
    assert message["Subject"] == "Acme is suspended in CarbonTrack"

    staff.get_by_role("button", name="Restore Acme").click()
    expect(staff.locator("#messages")).to_contain_text("Acme is open again.")
    theirs.goto("/organization/members/")
    expect_page(theirs, "Members")
    stored = OrganizationRepository(organization.id).get()
    assert (stored.suspended_at, stored.members) == (None, 1)


def show_second_step(page: Page, *, then: str) -> None:
    """Sign up, be made an administrator of the platform, and set up the second step that it takes."""
    person = sign_up(page)
    update_item(USERS, {"user_id": person.user_id}, set={"role": Role.ADMIN.value})
    page.goto(then)
    expect_page(page, "Security")
    set_up_second_step(page)
    page.goto(then)
    expect_page(page, "Organizations")
