"""What people do in a browser, in their words, and what is stored afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect
from ulid import ULID

from accounts.domain import Profile, Role
from accounts.repository import ProfileRepository
from emissions.days import local_now
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.bulk import record_entries
from emissions.services.drafts import EntryDraft, Work, entry_of
from organizations.domain import Organization
from tests.accounts.second_steps import code
from tests.factories import make_profile
from tests.fixtures.organizations import join, make_organization

PASSWORD = "seven quiet otters"
#: Further than any page's last control: who has not arrived by then never will.
MOST_TABS = 80
#: One of each type, as (variant, amount, unit).
USUAL = (
    ("car-petrol-medium", "38", "km"),
    ("electricity", "9", "kwh"),
    ("cheese", "0.3", "kg"),
    ("mixed-landfill", "5", "kg"),
)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who has just signed up in the browser."""

    email: str
    user_id: str

    @property
    def profile(self) -> Profile:
        return ProfileRepository().get(self.user_id)

    def entries(self) -> list[Entry]:
        """What is stored, newest first."""
        return EntryRepository(self.user_id).recent(100)

    def total(self, month: str) -> tuple[int, Decimal]:
        """How many entries a month's stored total counts, and their kg CO2e."""
        [totals] = TotalsRepository().months(Subject.user(self.user_id), month, month)
        return totals.entries, totals.co2_emissions

    def store_entries(self, number: int) -> None:
        """That many entries of all four types, one every twelve hours, the newest a minute ago."""
        profile = self.profile
        now = local_now(profile.preferences.time_zone)
        drafts = [_draft(place, now - timedelta(minutes=1, hours=12 * place)) for place in range(number)]
        record_entries(self.user_id, [entry_of(profile, draft, entry_id=str(ULID())) for draft in drafts])


def _draft(place: int, moment: datetime) -> EntryDraft:
    variant, amount, unit = USUAL[place % len(USUAL)]
    return EntryDraft(
        variant=variant,
        amount=Decimal(amount),
        unit=unit,
        local_date=moment.date(),
        local_time=time(moment.hour, moment.minute, moment.second),
        time_zone=str(moment.tzinfo),
        note="To work and back" if place == 0 else "",
    )


def make_colleague(number: int) -> str:
    """Somebody who is there without ever having opened a browser: the id of a profile."""
    profile = make_profile(str(uuid4()), email=f"{uuid4()}@example.com", name=f"Colleague {number}")
    ProfileRepository().add(profile)
    return profile.user_id


def store_work(user_id: str, organization: Organization, department_id: str | None) -> None:
    """A drive, electricity and cheese for work, in each of the last three months."""
    profile = ProfileRepository().get(user_id)
    now = local_now(profile.preferences.time_zone)
    work = Work(organization.id, department_id)
    drafts = [
        replace(_draft(place, now - timedelta(minutes=1, days=30 * months)), work=work)
        for months in range(3)
        for place in range(3)
    ]
    entries = [entry_of(profile, draft, entry_id=str(ULID())) for draft in drafts]
    record_entries(user_id, entries, organization=organization)


def sign_up(page: Page) -> Newcomer:
    """From the front page to an empty dashboard, by pointing and typing."""
    email = f"{uuid4()}@example.com"
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect_page(page, "Welcome")
    return newcomer(email)


def sign_up_as_administrator(page: Page) -> tuple[Newcomer, Organization]:
    """Somebody who has just signed up and administers an organization with Sales, Field and Engineering."""
    person, organization = sign_up(page), make_organization(str(ULID()))
    join(person.user_id, organization.id, role=Role.ORG_ADMIN)
    return person, organization


def set_up_second_step(page: Page) -> None:
    """From the Security page to the recovery codes: an authenticator app, which the test stands in for."""
    page.get_by_role("link", name="Set up an authenticator app").click()
    expect_page(page, "Set up an authenticator app")
    secret = page.locator(".secret code").inner_text().replace(" ", "")
    page.get_by_label("code").fill(code(secret))
    page.get_by_role("button", name="Switch it on").click()
    expect_page(page, "Your recovery codes")


def sign_in(page: Page, email: str) -> None:
    """Fill in the sign-in page that is open."""
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def newcomer(email: str) -> Newcomer:
    profile = ProfileRepository().find_by_email(email)
    assert profile is not None
    return Newcomer(email=email, user_id=profile.user_id)


def expect_page(page: Page, heading: str) -> None:
    """Wait until the page of this heading is there, its scripts included."""
    expect(page.locator("h1")).to_have_text(heading)
    page.wait_for_load_state()


def expect_settled(page: Page) -> None:
    """Wait until what HTMX brought listens: whoever types sooner sends a plain form, as without scripts."""
    expect(page.locator(".htmx-added, .htmx-settling, .htmx-request")).to_have_count(0)


def tab_to(page: Page, target: Locator, *, back: bool = False) -> None:
    """Press Tab (or Shift+Tab) until the target has the focus, as somebody without a mouse does."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{target} is out of the keyboard's reach.")


def words(locator: Locator) -> str:
    """The text as it is read: on one line, with plain spaces."""
    return " ".join(locator.inner_text().split())
