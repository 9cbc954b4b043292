"""An organization from its first day: founded, people invited, their work counted, their rights changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.fixtures.browser import LiveApp
from tests.fixtures.organizations import SALES, join
from tests.journeys.steps import (
    PASSWORD,
    Newcomer,
    expect_page,
    expect_settled,
    make_colleague,
    newcomer,
    sign_up,
    sign_up_as_administrator,
    store_work,
    tab_to,
    words,
)

MakeContext = Callable[..., BrowserContext]
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

pytestmark = pytest.mark.dynamodb


def organization_of(person: Newcomer) -> Organization:
    return OrganizationRepository(str(person.profile.organization_id)).get()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Organization").get_by_role("link", name=name).click()
    expect_page(page, name)


def mailed(live_app: LiveApp, address: str) -> str:
    """The text of the newest mail to somebody."""
    text = live_app.wait_for_mail(address).get_body(("plain",))
    assert text is not None
    return str(text.get_content())


def row_of(page: Page, person: str) -> Locator:
    return page.locator(".members tbody tr", has_text=person)


# -- From nothing to a figure -------------------------------------------------------------------------------


def test_who_is_invited_joins_logs_for_work_and_appears_on_the_dashboard(
    new_context: MakeContext, live_app: LiveApp
) -> None:
    page = new_context(viewport=DESK, timezone_id="Europe/London").new_page()
    founder = sign_up(page)
    found(page, "Northwind")
    add_departments(page, "Sales", "Warehouse")
    address = f"{uuid4()}@example.com"
    invite(page, address, department="Sales")

    phone = new_context(viewport=PHONE, timezone_id="Europe/London").new_page()
    member = accept(phone, address, live_app)
    assert member.profile.organization_id == founder.profile.organization_id
    phone.get_by_role("main").get_by_role("link", name="Log for work").click()
    log_a_drive(phone)

    # One person's work stays theirs: it takes the minimum of three to show anything at all.
    open_tab(page, "Members")
    expect(row_of(page, address)).to_contain_text("Sales")
    page.get_by_role("navigation", name="Organization").get_by_role("link", name="Dashboard").click()
    expect(page.locator(".card-headline")).to_contain_text("Withheld")
    organization = organization_of(founder)
    sales = next(each for each in organization.departments if each.name == "Sales")
    for number in range(2):
        colleague = make_colleague(number)
        join(colleague, organization.id, department_id=sales.id)
        store_work(colleague, organization, sales.id)
    page.reload()

    expect(page.locator(".card-headline .kg.huge")).to_have_text(re.compile(r"kg CO2e$"))
    assert words(page.locator(".card-intensity .kg.large").last).startswith("3 of 4")
    assert re.search(r"Sales 3 members .* kg", words(page.locator(".card-departments")))


def found(page: Page, name: str) -> None:
    """By keyboard, from the menu to the page of its departments."""
    keyboard = page.keyboard
    tab_to(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Organization"))
    keyboard.press("Enter")
    expect_page(page, "Organization")
    tab_to(page, page.get_by_role("link", name="Create an organization"))
    keyboard.press("Enter")
    expect_page(page, "Create an organization")
    tab_to(page, page.get_by_label("Name"))
    keyboard.type(name)
    tab_to(page, page.get_by_label("Smallest group that is shown"))
    keyboard.press("Control+a")
    keyboard.type("2")
    keyboard.press("Enter")
    expect(page.locator(".field-error")).to_contain_text("3")
    expect(page.get_by_label("Name")).to_have_value(name)
    page.get_by_label("Smallest group that is shown").fill("3")
    keyboard.press("Enter")
    expect_page(page, "Departments")
    expect(page.locator("#messages")).to_contain_text(f"{name} is created.")


def add_departments(page: Page, *names: str) -> None:
    """One after the other without leaving the field."""
    name = page.get_by_label("Name")
    tab_to(page, name)
    expect_settled(page)
    for each in names:
        page.keyboard.type(each)
        page.keyboard.press("Enter")
        expect(page.locator(".department-name", has_text=each)).to_be_visible()
        expect_settled(page)
        expect(name).to_be_focused()
        expect(name).to_have_value("")


def invite(page: Page, address: str, *, department: str) -> None:
    open_tab(page, "Invitations")
    page.get_by_role("link", name="Invite somebody").first.click()
    expect_page(page, "Invite somebody")
    page.get_by_label("Email address").fill(address)
    page.get_by_role("combobox", name="Department").select_option(label=department)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Send the invitation").click()
    expect_page(page, "Invitations")
    expect(page.locator(".invitation")).to_contain_text(address)


def accept(page: Page, address: str, live_app: LiveApp) -> Newcomer:
    """From the link in the mail over signing up, with whatever address one likes to type it in."""
    [link] = re.findall(r"\S+/invitations/\S+", mailed(live_app, address))
    page.goto(link)
    expect_page(page, "Join Northwind?")
    expect(page.get_by_role("button", name="Join")).to_have_count(0)
    assert address not in page.content()
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email address").fill(address.upper())
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect_page(page, "Join Northwind?")
    assert page.url == link
    assert newcomer(address).profile.organization_id is None
    page.get_by_role("button", name="Join Northwind").click()
    expect_page(page, "Your organization")
    expect(page.locator("#messages")).to_contain_text("Welcome to Northwind.")
    assert "Department Sales" in words(page.locator(".facts"))
    page.goto(link)
    expect_page(page, "Your organization")
    return newcomer(address)


def log_a_drive(page: Page) -> None:
    expect_page(page, "Log an activity")
    expect(page.get_by_role("radio", name="For work at Northwind")).to_be_checked()
    page.get_by_label("How much").fill("50")
    page.locator("#log-save").click()
    expect(page.locator("#messages")).to_contain_text("Counts for Sales at Northwind.")


# -- Rights -------------------------------------------------------------------------------------------------


def test_a_changed_role_and_a_removal_count_at_the_next_click(new_context: MakeContext) -> None:
    page = new_context(viewport=DESK).new_page()
    _, organization = sign_up_as_administrator(page)
    theirs = new_context(viewport=DESK).new_page()
    member = sign_up(theirs)
    join(member.user_id, organization.id, department_id=SALES)
    theirs.goto("/organization/")
    expect_page(theirs, "Your organization")

    page.goto("/organization/members/")
    page.get_by_label("Search").fill(member.email[:8])
    expect(page.locator(".members tbody tr")).to_have_count(1)
    row_of(page, member.email).get_by_role("link", name="Change").click()
    expect_page(page, member.email)
    tab_to(page, page.get_by_role("radio", name="Member"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Administrator", exact=True)).to_be_checked()
    page.get_by_role("button", name="Save").click()
    expect_page(page, "Members")
    expect(row_of(page, member.email)).to_contain_text("Administrator")

    theirs.reload()
    expect(theirs.locator("h1")).to_have_text(re.compile("^Work emissions in "))
    open_tab(theirs, "Departments")
    theirs.get_by_label("Name").fill("Shadow")

    row_of(page, member.email).get_by_role("link", name="Change").click()
    page.get_by_role("link", name="Remove").click()
    expect_page(page, f"Remove {member.email}?")
    page.get_by_role("button", name="Remove").click()
    expect_page(page, "Members")
    expect(row_of(page, member.email)).to_have_count(0)

    # The page that is still open there does nothing any more, in a part of it or as a whole.
    theirs.keyboard.press("Enter")
    expect(theirs.locator("#messages")).to_contain_text("Nothing here")
    stored = OrganizationRepository(organization.id).get().departments
    assert {each.name for each in stored} == {"Sales", "Field", "Engineering"}
    theirs.get_by_role("navigation", name="Organization").get_by_role("link", name="Members").click()
    expect_page(theirs, "Nothing here")
    theirs.get_by_role("navigation", name="Main").get_by_role("link", name="Organization").click()
    expect_page(theirs, "Organization")
    expect(theirs.get_by_role("link", name="Create an organization")).to_be_visible()


# -- Many at once -------------------------------------------------------------------------------------------


def test_a_pasted_list_is_answered_row_by_row_and_what_failed_stays_to_be_mended(
    new_context: MakeContext, live_app: LiveApp
) -> None:
    page = new_context(viewport=PHONE).new_page()
    me, _ = sign_up_as_administrator(page)
    ann, bob = f"ann-{uuid4()}@example.com", f"bob-{uuid4()}@example.com"
    page.goto("/organization/invitations/")
    page.get_by_role("link", name="Invite many").click()
    expect_page(page, "Invite many")

    page.get_by_label("People", exact=True).fill(
        f"email,department\n{ann},Sales\nnobody at home,\n{bob},Engineering\n{ann},Field\n{me.email},\n"
    )
    page.get_by_role("button", name="Send the invitations").click()

    expect(page.get_by_role("heading", name="2 invitations sent")).to_be_visible()
    assert [words(row.locator("td").last) for row in page.locator(".report tbody tr").all()] == [
        "Invited",
        "Not an email address",
        "Invited",
        "Twice in this list: invited once",
        "A member already",
    ]
    assert "nobody at home" in page.get_by_label("People", exact=True).input_value()
    assert ann not in page.get_by_label("People", exact=True).input_value()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for address in (ann, bob):
        assert "invites you to join Acme" in mailed(live_app, address)

    page.get_by_role("link", name="See the invitations").click()
    expect(page.locator(".invitation")).to_have_count(2)
    page.get_by_role("button", name=f"Take back the invitation to {ann}").click()
    expect(page.locator(".invitation")).to_have_count(1)
    expect(page.locator(".invitation")).to_contain_text(bob)
