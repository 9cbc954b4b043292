"""Every page, on a desk and on a phone, by day and by night: readable for everybody, nothing out of order,
and no violation of the Content-Security-Policy (security probe 21).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize
from ulid import ULID

from accounts.domain import Role
from carbontrack.dynamodb import update_item
from carbontrack.dynamodb.tables import USERS
from tests.fixtures.browser import Problems, accessibility_problems
from tests.fixtures.organizations import ENGINEERING, SALES, join, make_organization
from tests.journeys.steps import (
    Newcomer,
    expect_page,
    make_colleague,
    set_up_second_step,
    sign_out,
    sign_up,
    store_work,
)

MakeContext = Callable[..., BrowserContext]

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
VISITORS_PAGES = (
    "/",
    "/account/login/",
    "/account/login/code/",
    "/account/signup/",
    "/account/password/reset/",
    "/factors/",
    "/factors/?q=petrol",
    "/factors/transportation.car.petrol.medium.gb/",
    "/nowhere/",
)
PAGES_OF_A_NEWCOMER = (
    "/",
    "/log/",
    "/entries/",
    "/organization/",
    "/organization/new/",
    "/organization/delete/progress/",
    "/invitations/",
    "/recurring/",
    "/insights/",
    "/insights/what-if/",
)
PAGES_OF_A_MEMBER = (
    "/",
    "/log/",
    "/log/?q=train",
    "/log/?variant=car-petrol-medium&amount=50&unit=mile",
    "/entries/",
    "/entries/?type=food",
    "/entries/?type=waste&category=paper",
    "{entry}",
    "{entry}edit/",
    "{entry}delete/",
    "/recurring/new/",
    "/imports/",
    "/insights/",
    "/insights/what-if/?change=beef.kg~-50%25~chicken",
    "/insights/target/",
    "/insights/report/",
    "/insights/factor-updates/",
    "/factors/",
    "/settings/",
    "/settings/security/",
    "/settings/activity/",
    "/settings/data/",
    "/settings/delete/",
    "/settings/archive/",
    "/account/sessions/",
    "/account/other/",
    "/account/second-step/webauthn/add/",
    "/account/email/",
    "/account/password/change/",
    "/account/logout/",
    "/nowhere/",
)
#: Of an organization with a few people in it, of whom one department has too few to be shown.
PAGES_OF_AN_ADMINISTRATOR = (
    "/log/?work=1",
    "/entries/?work=1",
    "/organization/dashboard/",
    "/organization/dashboard/?type=transportation&scope=3",
    f"/organization/dashboard/?department={ENGINEERING}",
    "/organization/members/",
    "/organization/members/?q=nobody",
    "/organization/members/{colleague}/",
    "/organization/members/{colleague}/remove/",
    "/organization/invitations/",
    "/organization/invitations/new/",
    "/organization/invitations/many/",
    "/organization/departments/",
    "/organization/departments/new/",
    f"/organization/departments/{SALES}/",
    f"/organization/departments/{SALES}/merge/",
    "/organization/report/",
    "/organization/factor-updates/",
    "/organization/archive/",
    "/organization/factors/",
    "/organization/factors/new/?q=electricity",
    "/organization/factors/new/?factor=energy.electricity.grid.gb",
    "/organization/targets/",
    "/organization/months/",
    "/organization/audit/",
    "/organization/settings/",
    "/organization/delete/",
    "/organization/leave/",
)
PAGES_OF_A_COLLEAGUE = ("/organization/", "/organization/leave/")
#: Of who runs the platform, with the person and the organization from before to look at: one of each kind.
PAGES_OF_STAFF = (
    "/settings/security/",
    "/staff/",
    "/staff/people/",
    "/staff/people/{person}/",
    "/staff/people/{person}/role/",
    "/staff/people/{person}/erase/",
    "/staff/organizations/{organization}/",
    "/staff/factors/",
    "/staff/factors/new/",
    "/staff/jobs/",
    "/staff/visits/",
    "/staff/audit/",
)
#: What another width and other colors can change; all else is the same page.
SIZE_AND_COLOR = ("color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block")
#: The answer of a page that is not there; the browser says so in its console.
NOT_FOUND = "Failed to load resource: the server responded with a status of 404 (Not Found)"


def visit_every_page(page: Page) -> Iterator[str]:
    """Open one page after the other: as a visitor, after signing up, with entries. Gives each a name."""
    for address in VISITORS_PAGES:
        page.goto(address)
        yield f"visitor {address}"
    person = sign_up(page)
    for address in PAGES_OF_A_NEWCOMER:
        page.goto(address)
        yield f"newcomer {address}"
    person.store_entries(60)
    entry = f"/entries/{person.entries()[0].slug}/"
    for address in PAGES_OF_A_MEMBER:
        page.goto(address.format(entry=entry))
        yield f"member {address}"
    for address in PAGES_OF_AN_ADMINISTRATOR:
        if address == PAGES_OF_AN_ADMINISTRATOR[0]:
            organization, colleague = found_organization(person)
        page.goto(address.format(colleague=colleague))
        yield f"administrator {address}"
    demote(person)
    for address in PAGES_OF_A_COLLEAGUE:
        page.goto(address)
        yield f"colleague {address}"
    sign_out(page)
    yield from visit_the_console(page, person=person.user_id, organization=organization)


def visit_the_console(page: Page, *, person: str, organization: str) -> Iterator[str]:
    """The same for who runs the platform, with a person and an organization to look after."""
    staff = sign_up(page)
    update_item(USERS, {"user_id": staff.user_id}, set={"role": Role.ADMIN.value})
    page.goto("/staff/")
    yield "staff /staff/ without a second step"
    set_up_second_step(page)
    yield "staff their recovery codes"
    for address in PAGES_OF_STAFF:
        page.goto(address.format(person=person, organization=organization))
        yield f"staff {address}"
    page.goto(f"/staff/organizations/{organization}/visit/")
    page.get_by_label("Reason").fill("They asked why a figure is withheld.")
    page.get_by_role("button", name="Begin the visit").click()
    page.wait_for_url("**/dashboard/")
    yield "staff on a visit: Dashboard"
    page.get_by_role("navigation", name="Support visit").get_by_role("link", name="Members").click()
    expect_page(page, "Members")
    yield "staff on a visit: Members"


def found_organization(person: Newcomer) -> tuple[str, str]:
    """Make somebody the administrator of an organization that has been working for a while.

    Returns its id, and that of a colleague.
    """
    organization = make_organization(str(ULID()))
    colleagues = [make_colleague(number) for number in range(7)]
    for number, colleague in enumerate(colleagues):
        join(colleague, organization.id, department_id=ENGINEERING if number < 5 else SALES)
        store_work(colleague, organization, ENGINEERING if number < 5 else SALES)
    join(person.user_id, organization.id, role=Role.ORG_ADMIN, department_id=ENGINEERING)
    return organization.id, colleagues[0]


def demote(person: Newcomer) -> None:
    update_item(USERS, {"user_id": person.user_id}, set={"role": Role.USER.value})


@pytest.mark.dynamodb
def test_no_page_breaks_its_policy_or_its_frame_or_complains_and_axe_finds_nothing(
    new_context: MakeContext, problems: Problems
) -> None:
    page = new_context(viewport=DESK, timezone_id="Europe/London").new_page()
    found: dict[str, Any] = {}

    for name in visit_every_page(page):
        headings = page.locator("h1").count()
        wide = []
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                wide.append(size["width"])
        complaints = [said for said in problems.console if not (said == NOT_FOUND and "/nowhere/" in name)]
        refused = list(problems.csp)
        unreadable = axe_by_day_and_by_night(page)
        if headings != 1 or wide or complaints or refused or unreadable:
            found[name] = (headings, wide, complaints, refused, unreadable)
        # axe-core brings a style sheet of its own, which the policy rightly refuses: that does not count.
        problems.console.clear()
        problems.csp.clear()

    assert found == {}


def axe_by_day_and_by_night(page: Page) -> list[str]:
    """What axe finds on a desk by day, and on a phone by night. Leaves the page as it was."""
    page.emulate_media(color_scheme="light")
    by_day = accessibility_problems(page, at_least="minor")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    by_night = accessibility_problems(page, at_least="minor", rules=SIZE_AND_COLOR)
    page.set_viewport_size(DESK)
    return [*by_day, *by_night]


def test_axe_would_notice_a_field_without_a_label_and_pale_text(
    new_context: MakeContext, problems: Problems
) -> None:
    page = new_context(viewport=DESK).new_page()
    page.goto("/account/login/")

    page.evaluate("document.querySelector('label[for=id_login]').remove()")
    page.evaluate("document.querySelector('h1').style.color = 'silver'")

    assert accessibility_problems(page) == ["serious color-contrast: h1", "critical label: #id_login"]
    assert accessibility_problems(page, rules=["label"]) == ["critical label: #id_login"]
    problems.csp.clear()  # its own style sheet
