"""The dashboard of an organization, as its administrators see it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, count_requests, update_item
from carbontrack.dynamodb.tables import ORGANIZATIONS
from organizations.domain import ClosedMonth, Department, Organization, Target
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.views.work.logged import CAR, FLIGHT, POWER, log
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join, make_organization
from tests.fixtures.people import Person

URL = "/organization/dashboard/"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def words(html: str) -> str:
    """The page as it is read: no tags, single spaces."""
    text = unescape(re.sub(r"<[^>]*>", " ", html)).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text).replace(" .", ".").replace(" ,", ",").replace(" ;", ";").strip()


def card(html: str, name: str) -> str:
    match = re.search(rf'<section class="card card-{name}".*?</section>', html, re.DOTALL)
    assert match is not None, f"no card {name}"
    return match[0]


def rows(html: str) -> list[list[str]]:
    """The cells of every row of a card's table, without its head."""
    found = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)[1:]
    return [
        [words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in found
    ]


def titles(html: str) -> list[str]:
    return [words(title) for title in re.findall(r"<title>(.*?)</title>", html, re.DOTALL)]


def get(person: Person, query: str = "", **headers: str) -> str:
    response = person.client.get(f"{URL}{query}", headers=headers)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def limit(person: Person, organization: Organization, *departments: str) -> None:
    join(person.user_id, organization.id, role=Role.ORG_ADMIN, managed_departments=departments)


def set_target(organization: Organization, kg: str = "2400") -> None:
    with WriteTransaction() as transaction:
        OrganizationRepository(organization.id).add_target(
            Target("T1", 2025, Decimal(kg), Decimal(50), 2030, NOW), transaction=transaction
        )


# -- Figures ------------------------------------------------------------------------------------------------


def test_the_headline_adds_up_the_year_and_compares_whole_months(alice: Person, acme: Organization) -> None:
    log(acme, "2026-11", SALES, "abc", "500")
    log(acme, "2026-10", SALES, "abc", "30")
    log(acme, "2025-10", SALES, "abc", "40")
    log(acme, "2025-11", SALES, "abc", "900")

    text = words(card(get(alice), "headline"))

    assert text.startswith("This year so far 1.59 t CO2e Against 2025 −25%")
    assert "30 kg CO2e less than in October 2025 (120 kg CO2e), whole months only" in text


def test_the_headline_holds_whole_months_against_their_share_of_the_target(
    alice: Person, acme: Organization
) -> None:
    set_target(acme)
    log(acme, "2026-11", SALES, "abc", "500")
    log(acme, "2026-10", SALES, "abc", "100")

    page = get(alice)

    # 2,400 kg less a tenth in 2026 is 2,160 kg: 180 kg a month.
    assert "Against the target 120 kg CO2e above October 2026 came to 300 kg CO2e" in words(page)
    assert "the target has 180 kg CO2e for these months, and 2.16 t CO2e for 2026" in words(page)
    assert "Target 180 kg a month" in titles(card(page, "months"))
    assert rows(card(page, "target"))[1] == ["2026", "2,160", "1,800", "2"]


def test_without_a_target_the_headline_leads_to_setting_one(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc")

    assert '<a href="/organization/targets/">Set a target</a>' in card(get(alice), "headline")


def test_the_table_of_months_is_the_totals(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc", "10.000001")
    log(acme, "2026-10", ENGINEERING, "def", "2.5", POWER)
    log(acme, "2025-10", SALES, "abc", "1")
    with WriteTransaction() as transaction:
        OrganizationRepository(acme.id).close_month(
            ClosedMonth("2026-10", NOW, "alice"), transaction=transaction
        )

    table = rows(card(get(alice), "months"))

    assert table[9] == ["October 2026", "30.000003", "7.5", "0", "0", "37.500003", "3", "closed"]
    assert table[10] == ["November 2026", *["–"] * 6, "still running; nothing logged"]
    assert len(table) == 11


def test_a_column_says_its_figures_to_whoever_points_at_it(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc", "10")
    log(acme, "2026-10", ENGINEERING, "def", "2", POWER)
    log(acme, "2025-10", SALES, "abc", "1")

    said = titles(card(get(alice), "months"))

    assert "October 2026: 36 kg CO2e (Transportation 30 kg, Energy 6 kg), 3 kg in October 2025" in said
    assert "November 2026 so far: nothing logged" in said
    assert "December 2026: not begun" in said


def test_departments_stand_side_by_side_in_total_and_per_head(
    alice: Person, bob: Person, acme: Organization
) -> None:
    log(acme, "2026-10", SALES, "abc", "10")
    log(acme, "2026-10", FIELD, "defg", "5")
    log(acme, "2026-10", ENGINEERING, "hij", "1")

    page = card(get(alice), "departments")

    assert rows(page) == [
        ["Sales", "50", "94.3%", "1", "50", "7", "Oct 2026", ""],
        ["Sales › Field", "20", "37.7%", "0", "–", "4", "Oct 2026", "part of Sales"],
        ["Engineering", "3", "5.7%", "0", "–", "3", "Oct 2026", ""],
    ]
    assert f'href="{URL}?department={SALES}" hx-get="{URL}?department={SALES}">Sales</a>' in page


def test_scopes_and_categories_add_up(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc", "10", CAR)
    log(acme, "2026-10", SALES, "abc", "20", FLIGHT)
    log(acme, "2026-10", SALES, "abc", "10", POWER)

    page = get(alice)

    assert rows(card(page, "scopes")) == [
        ["Scope 1: fuel burned by the organization, its own vehicles", "30", "25%"],
        ["Scope 2: bought electricity and heat", "30", "25%"],
        ["Scope 3: what others do for the organization", "60", "50%"],
        ["Scope 3, category 6: business travel", "60", "50%"],
    ]
    assert rows(card(page, "categories")) == [
        ["Flight", "Transportation", "60", "50%"],
        ["Electricity", "Energy", "30", "25%"],
        ["Car", "Transportation", "30", "25%"],
    ]


def test_intensity_is_per_head_and_per_square_meter(alice: Person) -> None:
    organization = make_organization(headcount=12, floor_area_m2=Decimal(60))
    join(alice.user_id, organization.id, role=Role.ORG_ADMIN)
    log(organization, "2026-10", SALES, "abc", "40")

    text = words(card(get(alice), "intensity"))

    assert "Per head 10 kg CO2e 12 people, the headcount in the settings" in text
    assert "Per square meter 2 kg CO2e 60 m² in the settings" in text


def test_participation_tells_who_logged_of_those_who_are_members(
    alice: Person, bob: Person, acme: Organization
) -> None:
    log(acme, "2026-10", SALES, "abcd")

    page = card(get(alice), "participation")

    assert rows(page)[9] == ["October 2026", "4", "2", "–", "more than the members of today"]
    assert "October 2026: 4 people logged" in titles(page)  # two of them have left since
    assert "4 people logged for work in October 2026" in words(card(get(alice), "intensity"))


def test_a_department_has_its_own_page_with_its_own_comparison(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc", "10", FLIGHT)
    log(acme, "2025-10", SALES, "abc", "5", FLIGHT)
    log(acme, "2026-10", FIELD, "def", "2")
    log(acme, "2026-10", ENGINEERING, "ghi", "700")

    page = get(alice, f"?department={SALES}")

    assert titles(page)[0] == "Sales in 2026 · CarbonTrack"
    assert "This year so far 36 kg CO2e Against 2025 +140%" in words(card(page, "headline"))
    assert rows(card(page, "months"))[9][-3:-1] == ["36", "15"]
    assert rows(card(page, "categories")) == [
        ["Flight", "Transportation", "30", "83.3%"],
        ["Car", "Transportation", "6", "16.7%"],
    ]
    assert [row[0] for row in rows(card(page, "departments"))] == ["Sales", "Sales › Field"]
    assert ">Field</a>" in card(page, "departments")


def test_a_merged_department_counts_where_it_went(alice: Person) -> None:
    departments = [Department(SALES, "Sales"), Department("OLD00001", "Shops", merged_into=SALES)]
    organization = make_organization(departments=departments)
    join(alice.user_id, organization.id, role=Role.ORG_ADMIN)
    log(organization, "2026-10", SALES, "abc", "10", FLIGHT)
    log(organization, "2026-10", "OLD00001", "def", "5")

    page = get(alice, "?department=OLD00001")

    assert titles(page)[0] == "Sales in 2026 · CarbonTrack"
    assert [row[:3] for row in rows(card(page, "categories"))] == [
        ["Flight", "Transportation", "30"],
        ["Car", "Transportation", "15"],
    ]


def test_work_of_people_without_a_department_has_its_page(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", None, "abc", "10")

    page = get(alice, "?department=none")

    assert titles(page)[0] == "Work without a department in 2026 · CarbonTrack"
    assert words(card(page, "headline")).startswith("This year so far 30 kg CO2e")
    assert "See those of the whole organization" in card(page, "categories")


def test_a_reporting_year_may_begin_in_april(alice: Person) -> None:
    organization = make_organization(reporting_year_start=4)
    join(alice.user_id, organization.id, role=Role.ORG_ADMIN)
    log(organization, "2026-03", SALES, "abc", "10")
    log(organization, "2026-04", SALES, "abc", "1")

    assert "Work emissions in 2026/27 April–November 2026" in words(get(alice))
    assert rows(card(get(alice), "months"))[0][0] == "April 2026"
    assert words(card(get(alice, "?year=2025"), "headline")).startswith("The whole year 30 kg CO2e")


# -- Filters ------------------------------------------------------------------------------------------------


def test_filters_narrow_every_figure_and_live_in_the_address(alice: Person, acme: Organization) -> None:
    log(acme, "2025-10", SALES, "abc", "1", FLIGHT)
    log(acme, "2025-10", SALES, "abc", "10", CAR)
    log(acme, "2025-10", ENGINEERING, "def", "100", POWER)
    query = f"?year=2025&department={SALES}&type=transportation&scope=3"

    page = get(alice, query)

    assert words(card(page, "headline")).startswith("The whole year 3 kg CO2e")
    assert rows(card(page, "categories")) == [["Flight", "Transportation", "3", "100%"]]
    assert [row[0] for row in rows(card(page, "scopes"))][1:] == ["Scope 3, category 6: business travel"]
    for value in ("2025", SALES, "transportation", "3"):
        assert f'<option value="{value}" selected>' in page
    assert get(alice, query) == page


def test_each_chip_takes_one_filter_away(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc")

    page = get(alice, f"?year=2025&department={SALES}&type=energy&scope=2")

    chips = re.findall(r'class="chip" href="([^"]*)"[^>]*>(\w+)', page)
    assert [(unescape(url), label) for url, label in chips] == [
        (f"{URL}?department={SALES}&type=energy&scope=2", "2025"),
        (f"{URL}?year=2025&type=energy&scope=2", "Sales"),
        (f"{URL}?year=2025&department={SALES}&scope=2", "Energy"),
        (f"{URL}?year=2025&department={SALES}&type=energy", "Scope"),
    ]
    assert f'href="{URL}" hx-get="{URL}">Clear all</a>' in page


def test_filters_that_make_no_sense_are_left_out(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc")

    page = get(alice, "?year=9999&type=dancing&scope=4&month=x")

    assert 'class="chip"' not in page
    assert titles(page)[0] == "Work emissions in 2026 · CarbonTrack"


def test_htmx_gets_the_part_and_the_one_address_of_its_filters(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc")
    query = "?year=2026&department=&type=energy&scope="

    response = alice.client.get(f"{URL}{query}", headers=HTMX | {"HX-Trigger": "work-filters"})

    page = response.content.decode()
    assert "<!doctype" not in page
    assert page.strip().startswith("<title>Work emissions in 2026 · CarbonTrack</title>")
    assert '<div id="work-dashboard"' in page
    assert "autofocus" not in page
    assert response["HX-Push-Url"] == f"{URL}?type=energy"
    assert "autofocus" in get(alice, query, **HTMX)
    assert "<!doctype" in get(alice, query, **HTMX, **{"HX-History-Restore-Request": "true"})


# -- What is withheld ---------------------------------------------------------------------------------------

#: One person's kg, and what any sum or difference with it alone would begin with.
SECRET = "777.123456"


@pytest.fixture
def with_a_secret(acme: Organization) -> Organization:
    """In October, one person logged for Engineering: their kg must not be seen. The minimum is 3."""
    log(acme, "2026-10", SALES, "abcd", "10")
    log(acme, "2026-10", FIELD, "efg", "20")
    log(acme, "2026-10", ENGINEERING, "h", SECRET)
    return acme


def secrets_in(text: str) -> list[str]:
    return re.findall(r"777[.,]\d*|\b777 kg|\b777\b", text)


def test_a_department_of_one_is_in_no_figure_table_or_title(
    alice: Person, with_a_secret: Organization
) -> None:
    page = get(alice)

    assert secrets_in(page) == []
    table = {row[0]: row[1:] for row in rows(card(page, "departments"))}
    assert table["Engineering"][:2] == ["withheld", "withheld"]
    # Field, the next smallest, hides it: both together are the rest of the total.
    assert table["Sales › Field"][0] == "withheld"
    assert table["Sales"][0] == "40"
    assert table["Other departments"][0] == "837.123456"
    assert table["Other departments"][-1].endswith("withheld one by one: Engineering, Sales › Field")


def test_no_filter_opens_a_department_of_one(alice: Person, with_a_secret: Organization) -> None:
    for query in (
        f"?department={ENGINEERING}",
        f"?department={ENGINEERING}&type=transportation",
        f"?department={ENGINEERING}&scope=1",
        "?type=transportation",
        "?department=none",
        f"?department={SALES}",
    ):
        page = get(alice, query)
        assert secrets_in(page) == [], query

    text = words(card(get(alice, f"?department={ENGINEERING}"), "headline"))
    assert text == (
        "This year so far Withheld In no month did enough people log, or it would give away a group that is "
        "too small. Why, and what you can do"
    )


def test_a_month_of_too_few_people_is_drawn_as_withheld_with_the_reason(
    alice: Person, acme: Organization
) -> None:
    log(acme, "2026-10", SALES, "abc", "10")
    log(acme, "2026-09", SALES, "ab", SECRET)

    page = get(alice)

    months = card(page, "months")
    assert secrets_in(page) == []
    assert words(card(page, "headline")).startswith(
        "This year so far 30 kg CO2e Without September 2026: withheld, because too few people logged. Why"
    )
    assert "September 2026: withheld. Fewer than 3 people logged." in titles(months)
    assert months.count('class="withheld-month"') == 1
    assert rows(months)[8] == ["September 2026", *["withheld"] * 5, "–", ""]
    assert "Withheld: September 2026." in words(months)
    assert rows(card(page, "participation"))[8] == ["September 2026", "withheld", "2", "withheld", ""]


def test_the_page_says_why_figures_are_withheld_and_who_may_change_it(
    alice: Person, bob: Person, with_a_secret: Organization
) -> None:
    text = words(card(get(alice), "about"))

    assert "No department and no month is shown in which fewer than 3 people logged" in text
    assert "You can change the minimum in the settings; it is at least 3." in text

    limit(bob, with_a_secret, SALES)
    text = words(card(get(bob, f"?department={SALES}"), "about"))
    assert "An administrator of the whole organization can change the minimum" in text


# -- Who sees what ------------------------------------------------------------------------------------------


def test_a_limited_administrator_is_led_to_their_first_department(bob: Person, acme: Organization) -> None:
    limit(bob, acme, SALES, ENGINEERING)

    response = bob.client.get(f"{URL}?type=energy")

    assert response.status_code == 302
    assert response["Location"] == f"{URL}?department={ENGINEERING}&type=energy"


def test_a_limited_administrator_sees_only_their_departments(bob: Person, acme: Organization) -> None:
    limit(bob, acme, SALES)
    log(acme, "2026-10", SALES, "abc", "10")
    log(acme, "2026-10", ENGINEERING, "defg", SECRET)

    page = get(bob, f"?department={SALES}")
    everything = get(bob, "?department=")

    for seen in (page, everything):
        assert secrets_in(seen) == []
        assert "Engineering" not in seen
        assert "Set a target" not in seen
        assert words(card(seen, "headline")).startswith("This year so far 30 kg CO2e")
    assert re.findall(
        r'<option value="(\w*)"', page.partition('name="department"')[2].partition("</select>")[0]
    )[:2] == ["", SALES]


def test_a_limited_administrator_whose_departments_are_gone_sees_nothing(
    bob: Person, acme: Organization
) -> None:
    limit(bob, acme, "GONE0001")
    log(acme, "2026-10", SALES, "abc", SECRET)

    page = get(bob)

    assert "Nothing is logged for work yet" in words(page)
    assert "Sales" not in page


def test_a_limited_administrator_of_several_compares_them(bob: Person, acme: Organization) -> None:
    limit(bob, acme, FIELD, ENGINEERING)
    log(acme, "2026-10", FIELD, "abc", "10")
    log(acme, "2026-10", ENGINEERING, "def", "20")
    log(acme, "2026-10", SALES, "ghi", "900")

    page = get(bob, "?department=")

    assert words(card(page, "headline")).startswith("This year so far 90 kg CO2e")
    assert [row[:2] for row in rows(card(page, "departments"))] == [
        ["Engineering", "60"],
        ["Sales › Field", "30"],
    ]
    assert f'href="{URL}?department=&amp;scope=1"' in page


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "part"])
@pytest.mark.parametrize("path", [URL, f"{URL}export/"], ids=["dashboard", "export"])
def test_departments_that_are_not_ones_own_are_not_there(
    alice: Person, bob: Person, charlie: Person, acme: Organization, path: str, headers: dict[str, str]
) -> None:
    foreign = make_organization(
        "01HS00000000000000000GLOBEX", name="Globex", departments=[Department("GLOBEX01", "Labs")]
    )
    log(foreign, "2026-10", "GLOBEX01", "abc", SECRET)
    limit(bob, acme, SALES)

    def answer(person: Person, department: str) -> tuple[int, bytes]:
        response = person.client.get(path, {"department": department}, headers=headers)
        body = re.sub(rb"[0-9a-f]{32}", b"", response.content)  # the id of the request
        return response.status_code, body

    unknown = answer(alice, "NOBODY01")
    assert unknown[0] == 404
    assert answer(alice, "GLOBEX01") == unknown
    unknown_to_bob = answer(bob, "NOBODY01")
    assert unknown_to_bob[0] == 404
    for department in (ENGINEERING, "GLOBEX01", "none"):
        assert answer(bob, department) == unknown_to_bob


def test_who_is_no_administrator_sees_nothing(bob: Person, charlie: Person, acme: Organization) -> None:
    for path in (URL, f"{URL}export/"):
        assert bob.client.get(path).status_code == 403
        assert charlie.client.get(path).status_code == 404


def test_names_of_departments_are_text(alice: Person) -> None:
    organization = make_organization(departments=[Department(SALES, "<script>alert(1)</script>")])
    join(alice.user_id, organization.id, role=Role.ORG_ADMIN)
    log(organization, "2026-10", SALES, "abc")

    for query in ("", f"?department={SALES}"):
        page = get(alice, query)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


# -- States -------------------------------------------------------------------------------------------------


def test_a_new_organization_is_taught_the_first_steps(alice: Person, acme: Organization) -> None:
    page = get(alice)

    assert "Nothing is logged for work yet" in words(page)
    for url in (
        "/organization/departments/",
        "/organization/invitations/new/",
        "/log/?work=1",
        "/organization/targets/",
    ):
        assert f'<li><a href="{url}">' in page
    assert 'id="work-filters"' not in page


def test_a_year_without_entries_says_so_and_keeps_the_filters(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc")

    page = get(alice, "?year=2025")

    assert words(card(page, "headline")).startswith("The whole year Nothing logged")
    assert 'class="card card-intensity"' not in page  # nothing logged is not nothing emitted
    assert 'id="work-filters"' in page


def test_an_organization_that_is_being_deleted_says_so(alice: Person, acme: Organization) -> None:
    key = {"organization_id": acme.id, "record": "organization"}
    update_item(ORGANIZATIONS, key, set={"deleting_at": "2026-11-22T10:00:00Z"})

    page = get(alice)
    assert "This organization is being deleted" in words(page)
    assert 'href="/organization/delete/progress/"' in page
    assert "work-dashboard" not in page
    for url, headers in ((f"{URL}export/", {}), (URL, {"HX-Request": "true"})):
        assert alice.client.get(url, headers=headers).status_code == 409


# -- What it costs ------------------------------------------------------------------------------------------


def requests(person: Person, query: str = "") -> int:
    with count_requests() as meter:
        get(person, query)
    return meter.count


def test_the_whole_organization_takes_three_requests_however_much_is_logged(
    alice: Person, acme: Organization
) -> None:
    set_target(acme)
    log(acme, "2026-10", SALES, "a")
    before = requests(alice)
    for month in ("2025-01", "2025-07", "2026-01", "2026-11"):
        log(acme, month, SALES, "abc")
        log(acme, month, ENGINEERING, "defg", kind=POWER)

    assert (before, requests(alice), requests(alice, "?type=energy&year=2025")) == (3, 3, 3)


def test_a_department_takes_one_request_more_for_each_that_is_read_with_it(
    alice: Person, acme: Organization
) -> None:
    log(acme, "2026-10", SALES, "abc")

    assert requests(alice, f"?department={ENGINEERING}") == 4
    assert requests(alice, f"?department={SALES}") == 5  # with Field, which is inside it


def test_how_many_members_there_are_changes_nothing_of_the_page(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc")
    small = get(alice)
    key: dict[str, Any] = {"organization_id": acme.id, "record": "organization"}
    update_item(ORGANIZATIONS, key, set={"members": 10_000})

    large = get(alice)

    assert requests(alice) == 3
    assert abs(len(large) - len(small)) < 300
