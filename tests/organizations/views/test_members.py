"""The pages of members: who is in the list, what a form can change, and what those see who may not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.domain import Preferences, Role
from accounts.profile_items import profile_to_item
from carbontrack.dynamodb import batch_write, count_requests, tables, update_item
from organizations.domain import Department, Organization
from organizations.errors import RIGHTS_CHANGED
from organizations.repositories.organization_items import item_key
from organizations.repositories.organizations import LAST_ADMINISTRATOR
from organizations.services.members import MEMBER_CHANGED, change_member
from organizations.views import members as views
from tests.factories import make_profile
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join, make_organization
from tests.fixtures.people import Person, make_person
from tests.organizations.members import change, item_of, promote, removal, set_departments, trail
from tests.pages import text_of

LIST = "/organization/members/"
HTMX = {"HX-Request": "true"}


def page_of(person: Person) -> str:
    return f"{LIST}{person.user_id}/"


def form_of(person: Person, **changes: Any) -> dict[str, Any]:
    """What the browser sends from the page of a member."""
    seen = person.stored_profile()
    return {
        "access": "member",
        "department": seen.department_id or "",
        "seen_version": str(seen.membership_version),
    } | changes


def names_in(response: Any) -> list[str]:
    found: list[str] = re.findall(r'<span class="member-name">([^<]*)</span>', response.content.decode())
    return found


def checked(response: Any) -> list[str]:
    """The radio buttons and boxes that are on."""
    inputs = re.findall(r"<input type=\"(?:radio|checkbox)\"[^>]*>", response.content.decode())
    return [re.findall(r'value="([^"]*)"', each)[0] for each in inputs if " checked" in each]


@pytest.fixture
def dana(db: None, dynamodb: None) -> Person:
    return make_person("Dana", Preferences())


@pytest.fixture
def limited(acme: Organization, dana: Person) -> Person:
    """dana administers Sales, and with it Field, which is inside."""
    join(dana.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES], department_id=FIELD)
    return dana


def add_members(organization: Organization, count: int, **changes: Any) -> list[str]:
    """Members `Person 000` and on, without accounts."""
    people = [
        make_profile(f"p{number}", name=f"Person {number:03}", organization_id=organization.id, **changes)
        for number in range(count)
    ]
    batch_write(tables.USERS, puts=[profile_to_item(person) for person in people])
    return [person.name for person in people]


# -- The list -----------------------------------------------------------------------------------------------


def test_list_of_one(globex: Organization, charlie: Person) -> None:
    response = charlie.client.get(LIST)

    assert names_in(response) == ["Charlie"]
    assert "1 person" in text_of(response)


def test_list_of_three(alice: Person, acme: Organization) -> None:
    carl = make_person("Carl", Preferences())
    join(carl.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES, FIELD])
    with count_requests() as meter:
        response = alice.client.get(LIST)

    assert names_in(response) == ["Alice", "Bob", "Carl"]
    assert "3 people" in text_of(response)
    assert (
        "Alice you alice@example.com No department Administrator 2 Jan 2024 Change Alice "
        "Bob bob@example.com Sales Member 2 Jan 2024 Change Bob "
        "Carl carl@example.com No department Administrator of some departments Sales, Sales › Field "
        "2 Jan 2024 Change"
    ) in text_of(response)
    # The caller's profile, the organization, and the page of members.
    assert [request.operation for request in meter.requests] == ["get_item", "query", "query"]


def test_many_are_shown_fifty_at_a_time(acme: Organization, alice: Person) -> None:
    everybody = ["Alice", "Bob", *add_members(acme, 70)]

    first = alice.client.get(LIST)
    (following,) = re.findall(r'href="(\?cursor=[^"]*)"[^>]*>Next 50<', first.content.decode())
    second = alice.client.get(f"{LIST}{following}")

    assert names_in(first) + names_in(second) == everybody
    assert "First page" in text_of(second)
    assert "Next" not in text_of(second)


def test_next_page_through_htmx_is_the_table_and_has_an_address(acme: Organization, alice: Person) -> None:
    add_members(acme, 70)
    first = alice.client.get(LIST)
    (following,) = re.findall(r'hx-get="([^"]*cursor=[^"]*)"', first.content.decode())

    second = alice.client.get(following, headers=HTMX)

    assert second.content.decode().lstrip().startswith('<div id="member-list"')
    assert second["HX-Push-Url"] == following
    assert len(names_in(second)) == 22


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=AL", ["Alice"]),
        ("q=bob%40example", ["Bob"]),
        (f"department={SALES}", ["Bob"]),
        ("department=none", ["Alice"]),
        ("role=administrator", ["Alice"]),
        ("role=member", ["Bob"]),
        ("role=limited", []),
        ("sort=-name", ["Bob", "Alice"]),
        (f"q=b&department={SALES}&role=member&sort=-name", ["Bob"]),
        ("q=&department=&role=&sort=", ["Alice", "Bob"]),
        ("department=UNKNOWN0&role=admin&sort=email&q=%00", ["Alice", "Bob"]),
    ],
)
def test_search_filters_and_order_are_in_the_address(
    query: str, expected: list[str], acme: Organization, alice: Person
) -> None:
    whole = alice.client.get(f"{LIST}?{query}")
    part = alice.client.get(f"{LIST}?{query}", headers=HTMX)

    assert names_in(whole) == names_in(part) == expected
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()


def test_department_includes_those_merged_into_it(acme: Organization, alice: Person) -> None:
    set_departments(
        acme, Department(ENGINEERING, "Engineering"), Department(SALES, "Sales", merged_into=ENGINEERING)
    )

    response = alice.client.get(f"{LIST}?department={ENGINEERING}")

    assert names_in(response) == ["Bob"]
    assert "Bob bob@example.com Engineering Member" in text_of(response)


def test_address_of_a_filtered_list_is_kept_short(acme: Organization, alice: Person) -> None:
    response = alice.client.get(f"{LIST}?q=bo&department=&role=&sort=", headers=HTMX)

    assert response["HX-Replace-Url"] == f"{LIST}?q=bo"
    assert "1 person fits. Show everybody" in text_of(response)


def test_chosen_filters_are_shown_as_chosen(acme: Organization, alice: Person) -> None:
    page = alice.client.get(f'{LIST}?q="><b>&department={SALES}&sort=-name').content.decode()

    assert 'value="&quot;&gt;&lt;b&gt;"' in page
    assert f'<option value="{SALES}" selected>' in page
    assert '<option value="-name" selected>' in page


def test_nobody_fits_and_the_way_back(acme: Organization, alice: Person) -> None:
    response = alice.client.get(f"{LIST}?q=zzz")

    assert "Nobody fits" in text_of(response)
    assert "Show everybody" in text_of(response)


def test_search_that_has_to_look_further_says_so(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbontrack.dynamodb.pagination.MAX_READ_LIMIT", 3)
    add_members(acme, 60)

    response = alice.client.get(f"{LIST}?q=person+059")

    assert "Nobody fits in this part of the list." in text_of(response)
    (further,) = re.findall(r'href="(\?[^"]*cursor=[^"]*)"', response.content.decode())
    assert names_in(alice.client.get(LIST + further.replace("&amp;", "&"))) == ["Person 059"]


def test_probe_06_cursor_of_another_list_is_400(acme: Organization, alice: Person) -> None:
    add_members(acme, 60)
    page = alice.client.get(LIST).content.decode()
    (following,) = re.findall(r'href="(\?cursor=[^"]*)"', page)

    assert alice.client.get(f"{LIST}{following}&sort=-name").status_code == 400
    assert alice.client.get(f"{LIST}{following}x").status_code == 400


def test_name_with_markup_stays_text(acme: Organization, alice: Person, bob: Person) -> None:
    update_item(tables.USERS, {"user_id": bob.user_id}, set={"name": "<script>alert(1)</script>"})

    for path in (LIST, page_of(bob), f"{page_of(bob)}remove/"):
        page = alice.client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


# -- Administrators of some departments ---------------------------------------------------------------------


def test_limited_administrator_sees_the_people_of_their_departments(
    acme: Organization, limited: Person
) -> None:
    response = limited.client.get(LIST)

    assert names_in(response) == ["Bob", "Dana"]
    assert "2 people in the departments you administer" in text_of(response)
    assert "alice" not in response.content.decode().lower()
    assert "Engineering" not in response.content.decode()
    assert page_of(limited) not in response.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"department={FIELD}", ["Dana"]),
        (f"department={ENGINEERING}", ["Bob", "Dana"]),
        ("department=none", ["Bob", "Dana"]),
        ("q=alice", []),
        ("role=administrator", []),
    ],
)
def test_limited_administrator_finds_nobody_else(
    query: str, expected: list[str], acme: Organization, limited: Person
) -> None:
    assert names_in(limited.client.get(f"{LIST}?{query}")) == expected
    assert names_in(limited.client.get(f"{LIST}?{query}", headers=HTMX)) == expected


def test_limited_administrator_of_nothing_that_is_left_sees_nobody(acme: Organization, dana: Person) -> None:
    join(dana.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=["UNKNOWN0"])

    response = dana.client.get(LIST)

    assert (names_in(response), response.status_code) == ([], 200)
    assert "Nobody here yet" in text_of(response)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_limited_administrator_changes_nobody(
    headers: dict[str, str], acme: Organization, limited: Person, bob: Person
) -> None:
    before = item_of(bob)

    for path in (page_of(bob), f"{page_of(bob)}remove/"):
        assert limited.client.get(path, headers=headers).status_code == 403
        response = limited.client.post(path, form_of(bob, access="administrator"), headers=headers)
        assert response.status_code == 403

    assert item_of(bob) == before


# -- One member ---------------------------------------------------------------------------------------------


def test_page_shows_what_is_stored(acme: Organization, alice: Person, bob: Person) -> None:
    member = alice.client.get(page_of(bob))
    assert checked(member) == ["member"]
    assert f'<option value="{SALES}" selected>Sales</option>' in member.content.decode()

    change(alice, bob, role=Role.ORG_ADMIN, managed_departments=(FIELD, ENGINEERING), department_id=None)
    limited_one = alice.client.get(page_of(bob))
    assert checked(limited_one) == ["limited", ENGINEERING, FIELD]
    assert '<option value="" selected>No department</option>' in limited_one.content.decode()


def test_change_is_stored_and_said(acme: Organization, alice: Person, bob: Person) -> None:
    response = alice.client.post(
        page_of(bob), form_of(bob, access="limited", departments=[SALES, ENGINEERING], department=FIELD)
    )

    assert (response.status_code, response["Location"]) == (302, LIST)
    stored = bob.stored_profile()
    assert (stored.role, stored.department_id) == (Role.ORG_ADMIN, FIELD)
    assert stored.managed_departments == (ENGINEERING, SALES)
    assert "Saved. Bob is now an administrator of Engineering, Sales, in Sales › Field." in text_of(
        alice.client.get(LIST)
    )


def test_departments_ticked_for_somebody_else_than_a_limited_administrator_do_not_count(
    acme: Organization, alice: Person, bob: Person
) -> None:
    alice.client.post(page_of(bob), form_of(bob, access="administrator", departments=[SALES, "UNKNOWN0"]))

    assert bob.stored_profile().is_full_organization_admin


def test_saving_without_a_change_says_so_and_writes_nothing(
    acme: Organization, alice: Person, bob: Person
) -> None:
    response = alice.client.post(page_of(bob), form_of(bob))

    assert response.status_code == 302
    assert "Nothing changed for Bob." in text_of(alice.client.get(LIST))
    assert trail(acme) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"access": "limited"}, "Tick at least one department."),
        ({"access": "limited", "departments": ["UNKNOWN0"]}, "Choose from these departments."),
        ({"access": "boss"}, "Choose one of these."),
        ({"access": ""}, "Choose what they may do."),
        ({"department": "UNKNOWN0"}, "Choose a department that is open, or none."),
    ],
)
def test_refused_choice_is_explained_and_kept(
    changes: dict[str, Any], sentence: str, acme: Organization, alice: Person, bob: Person
) -> None:
    before = item_of(bob)

    response = alice.client.post(page_of(bob), form_of(bob, department=FIELD) | changes)

    assert response.status_code == 422
    assert sentence in text_of(response)
    assert item_of(bob) == before
    if "department" not in changes:
        assert f'<option value="{FIELD}" selected>' in response.content.decode()


def test_archived_department_is_offered_only_to_who_is_in_it(
    acme: Organization, alice: Person, bob: Person
) -> None:
    archived = Department(SALES, "Sales", archived_at=acme.created_at)
    set_departments(acme, archived, Department(ENGINEERING, "Engineering"))

    of_bob, of_alice = (alice.client.get(page_of(each)).content.decode() for each in (bob, alice))

    assert f'<option value="{SALES}" selected>Sales (archived)</option>' in of_bob
    assert "archived" not in of_alice


def test_without_departments_nobody_is_limited_to_some(alice: Person, db: None, dynamodb: None) -> None:
    organization = make_organization("01HS000000000000000000PLAIN", departments=())
    join(alice.user_id, organization.id, role=Role.ORG_ADMIN)

    page = alice.client.get(page_of(alice)).content.decode()

    assert 'value="limited"' not in page
    assert "Departments they administer" not in page


def test_probe_05_extra_fields_change_nothing(
    acme: Organization, globex: Organization, alice: Person, bob: Person, charlie: Person
) -> None:
    extra = {
        "role": "admin",
        "organization_id": globex.id,
        "user_id": charlie.user_id,
        "managed_departments": [SALES],
        "email": "evil@example.com",
        "version": "99",
        "membership_version": "99",
        "is_staff": "on",
        "co2_emissions": "0",
    }
    before, of_charlie = item_of(bob), item_of(charlie)

    response = alice.client.post(page_of(bob), form_of(bob, department=ENGINEERING) | extra)

    assert response.status_code == 302
    assert item_of(bob) == before | {"department_id": ENGINEERING, "membership_version": 2}
    assert item_of(charlie) == of_charlie


@pytest.mark.parametrize("suffix", ["", "remove/"])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_probe_02_people_of_elsewhere_are_like_nobody(
    suffix: str,
    headers: dict[str, str],
    acme: Organization,
    globex: Organization,
    alice: Person,
    charlie: Person,
) -> None:
    nobody = f"{LIST}00000000-0000-4000-8000-000000000000/{suffix}"
    before = item_of(charlie)

    for method in ("get", "post"):
        answers = [
            getattr(alice.client, method)(
                path, form_of(charlie), headers={**headers, "X-Request-ID": "a" * 8}
            )
            for path in (nobody, page_of(charlie) + suffix, f"{LIST}%23%00/{suffix}")
        ]
        bodies = {re.sub(r"[0-9a-zA-Z]{64}", "", each.content.decode()) for each in answers}
        assert [each.status_code for each in answers] == [404, 404, 404]
        assert len(bodies) == 1

    assert item_of(charlie) == before


# -- Somebody was faster ------------------------------------------------------------------------------------


def test_second_administrator_sees_what_is_stored_and_keeps_what_was_chosen(
    acme: Organization, alice: Person, bob: Person, dana: Person
) -> None:
    join(dana.user_id, acme.id, role=Role.ORG_ADMIN)
    old_tab = form_of(bob, access="limited", departments=[SALES], department=FIELD)
    change(alice, bob, department_id=ENGINEERING)

    response = dana.client.post(page_of(bob), old_tab)

    assert response.status_code == 409
    assert MEMBER_CHANGED in text_of(response)
    assert "Bob is now a member, in Engineering. Below is what you chose. Save again" in text_of(response)
    assert checked(response) == ["limited", SALES]
    assert f'<option value="{FIELD}" selected>' in response.content.decode()
    assert bob.stored_profile().department_id == ENGINEERING

    (seen,) = re.findall(r'name="seen_version" value="(\d+)"', response.content.decode())
    assert dana.client.post(page_of(bob), old_tab | {"seen_version": seen}).status_code == 302
    assert bob.stored_profile().department_id == FIELD


@pytest.mark.parametrize("seen", ["", "-5", "many", "9" * 30])
def test_form_without_a_version_is_refused(seen: str, acme: Organization, alice: Person, bob: Person) -> None:
    before = item_of(bob)

    changing = alice.client.post(page_of(bob), form_of(bob, access="administrator", seen_version=seen))
    removing = alice.client.post(f"{page_of(bob)}remove/", {"seen_version": seen})

    assert (changing.status_code, removing.status_code) == (409, 409)
    assert MEMBER_CHANGED in text_of(changing)
    assert item_of(bob) == before


def test_removal_after_a_change_is_asked_again(acme: Organization, alice: Person, bob: Person) -> None:
    old_tab = {"seen_version": "1"}
    change(alice, bob, role=Role.ORG_ADMIN)

    response = alice.client.post(f"{page_of(bob)}remove/", old_tab)

    assert response.status_code == 409
    assert MEMBER_CHANGED in text_of(response)
    assert "Bob is now an administrator of the whole organization, in Sales." in text_of(response)
    assert bob.stored_profile().organization_id == acme.id


def test_last_administrator_is_told_why_they_stay_one(acme: Organization, alice: Person) -> None:
    response = alice.client.post(page_of(alice), form_of(alice))

    assert response.status_code == 409
    assert LAST_ADMINISTRATOR in text_of(response)
    assert "Save again" not in text_of(response)
    assert alice.stored_profile().is_full_organization_admin


def test_right_that_was_lost_during_the_request_shows_nothing_of_the_member(
    acme: Organization, alice: Person, bob: Person, dana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(dana.user_id, acme.id, role=Role.ORG_ADMIN)
    form = form_of(bob, access="administrator")

    def after_a_demotion(*args: Any, **kwargs: Any) -> Any:
        change(alice, dana, role=Role.USER)
        return change_member(*args, **kwargs)

    monkeypatch.setattr(views, "change_member", after_a_demotion)
    response = dana.client.post(page_of(bob), form)

    assert response.status_code == 409
    assert RIGHTS_CHANGED in text_of(response)
    assert "bob@example.com" not in response.content.decode()
    assert bob.stored_profile().role is Role.USER


# -- Removal ------------------------------------------------------------------------------------------------


def test_confirmation_says_what_stays_and_get_removes_nobody(
    acme: Organization, alice: Person, bob: Person
) -> None:
    before = item_of(bob)

    response = alice.client.get(f"{page_of(bob)}remove/")

    assert "Bob (bob@example.com) will no longer belong to Acme" in text_of(response)
    assert "What they logged for work stays in your totals" in text_of(response)
    assert item_of(bob) == before


def test_removal_is_done_and_said(acme: Organization, alice: Person, bob: Person) -> None:
    response = alice.client.post(f"{page_of(bob)}remove/", {"seen_version": "1"})

    assert (response.status_code, response["Location"]) == (302, LIST)
    assert bob.stored_profile().organization_id is None
    after = alice.client.get(LIST)
    assert "Bob is no longer a member." in text_of(after)
    assert names_in(after) == ["Alice"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_one_leaves_instead_of_removing_oneself(method: str, acme: Organization, alice: Person) -> None:
    response = getattr(alice.client, method)(f"{page_of(alice)}remove/", {"seen_version": "1"})

    assert (response.status_code, response["Location"]) == (302, "/organization/leave/")
    assert alice.stored_profile().organization_id == acme.id


# -- Open sessions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_probe_04_demoted_or_removed_one_loses_the_right_with_the_next_request(
    headers: dict[str, str], acme: Organization, alice: Person, bob: Person
) -> None:
    promote(acme, bob)
    assert bob.client.get(LIST, headers=headers).status_code == 200

    change(alice, bob, role=Role.ORG_ADMIN, managed_departments=(SALES,))
    assert bob.client.get(page_of(alice), headers=headers).status_code == 403

    change(alice, bob, role=Role.USER)
    assert bob.client.get(LIST, headers=headers).status_code == 403
    assert bob.client.post(page_of(alice), form_of(alice), headers=headers).status_code == 403

    removal(alice, bob)
    assert bob.client.get(LIST, headers=headers).status_code == 404
    assert bob.client.post(page_of(alice), form_of(alice), headers=headers).status_code == 404
    assert alice.stored_profile().is_full_organization_admin


def test_who_steps_down_is_led_to_a_page_they_may_open(
    acme: Organization, alice: Person, bob: Person
) -> None:
    promote(acme, bob)

    response = alice.client.post(page_of(alice), form_of(alice))

    assert (response.status_code, response["Location"]) == (302, "/organization/")
    assert alice.stored_profile().role is Role.USER


def test_nothing_can_be_changed_while_the_organization_is_deleted(
    acme: Organization, alice: Person, bob: Person
) -> None:
    update_item(tables.ORGANIZATIONS, item_key(acme.id), set={"deleting_at": "2026-11-22T09:00:00Z"})
    before = item_of(bob)

    assert "This organization is being deleted." in text_of(alice.client.get(LIST))

    for path in (page_of(bob), f"{page_of(bob)}remove/"):
        assert alice.client.get(path).status_code == 200
        assert alice.client.post(path, form_of(bob, access="administrator")).status_code == 409

    assert item_of(bob) == before
