"""The pages of one's own organization: founding it, what members read, its settings, leaving it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Role
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.dynamodb import WriteTransaction, count_requests, tables, update_item
from carbontrack.form_keys import new_form_key, read_form_key
from organizations.domain import Organization
from organizations.repositories.organizations import CHANGED_MEANWHILE, OrganizationRepository
from organizations.services.organizations import OrganizationDraft
from tests.fixtures.organizations import FIELD, SALES, join
from tests.fixtures.people import Person
from tests.pages import text_of

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOME, CREATE = "/organization/", "/organization/new/"
SETTINGS, LEAVE = "/organization/settings/", "/organization/leave/"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def stored(organization: Organization) -> Organization:
    return OrganizationRepository(organization.id).get()


def said(organization: Organization) -> OrganizationDraft:
    return OrganizationDraft.of(organization)


def actions(organization_id: str) -> list[str]:
    return [each.action for each in AuditRepository(organization_subject(organization_id)).all()]


def errors_in(response: Any) -> dict[str, str]:
    found = re.findall(r'id="id_(\w+)_error">(.*?)</p>', response.content.decode())
    return {name: html.unescape(words) for name, words in found}


def going(organization: Organization) -> None:
    """Somebody has begun to delete it."""
    key = {"organization_id": organization.id, "record": "organization"}
    update_item(tables.ORGANIZATIONS, key, set={"deleting_at": "2026-11-22T09:00:00Z"})


def filled(person: Person, **changes: Any) -> dict[str, Any]:
    return {
        "key": new_form_key(person.user_id),
        "name": "Initech",
        "country": "de",
        "sector": "",
        "headcount": "",
        "floor_area": "",
        "floor_area_unit": "m2",
        "reporting_year_start": "1",
        "minimum_group": "5",
    } | changes


# -- Home ---------------------------------------------------------------------------------------------------


def test_who_belongs_to_none_finds_two_ways_in_for_one_read(charlie: Person) -> None:
    with count_requests() as meter:
        response = charlie.client.get(HOME)

    body = response.content.decode()
    assert [request.operation for request in meter.requests] == ["get_item"]
    assert f'href="{CREATE}"' in body
    assert 'href="/invitations/"' in body
    assert "to invite charlie@example.com ." in text_of(response)


def test_a_member_reads_what_it_is_and_who_sees_what_for_two_reads(acme: Organization, bob: Person) -> None:
    with count_requests() as meter:
        response = bob.client.get(HOME)

    page = text_of(response)
    assert [request.operation for request in meter.requests] == ["get_item", "get_item"]
    assert "Where you belong Department Sales Country United Kingdom Members 2" in page
    assert "a month or a department in which fewer than 3 people logged: it is withheld" in page
    assert f'href="{LEAVE}"' in response.content.decode()
    assert 'class="tab"' not in response.content.decode()


def test_a_member_of_a_merged_department_belongs_to_the_other(acme: Organization, bob: Person) -> None:
    departments = tuple(
        replace(each, merged_into="ENGINE01") if each.id == SALES else each for each in acme.departments
    )
    with WriteTransaction() as transaction:
        OrganizationRepository(acme.id).save(
            replace(acme, departments=departments), seen_version=1, transaction=transaction
        )

    assert "Department Engineering" in text_of(bob.client.get(HOME))


def test_administrators_are_led_to_the_dashboard(acme: Organization, alice: Person, bob: Person) -> None:
    join(bob.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[FIELD])

    for person in (alice, bob):
        with count_requests() as meter:
            response = person.client.get(HOME)
        assert (response.status_code, response["Location"]) == (302, "/organization/dashboard/")
        assert meter.count == 1


def test_an_organization_that_goes_says_so_and_changes_no_more(
    acme: Organization, alice: Person, bob: Person
) -> None:
    before = stored(acme)
    going(acme)

    assert "This organization is being deleted." in text_of(bob.client.get(HOME))
    for address in (SETTINGS, LEAVE):
        page = alice.client.get(address)
        assert (page.status_code, "<form" in page.content.decode().partition("<main")[2]) == (200, False)
        assert "This organization is being deleted." in text_of(page)
        assert alice.client.post(address, filled(alice, seen_version="1")).status_code == 409
    assert said(stored(acme)) == said(before)
    assert alice.stored_profile().organization_id == acme.id


# -- Founding -----------------------------------------------------------------------------------------------


def test_the_form_founds_and_leads_to_the_departments(charlie: Person) -> None:
    form = filled(charlie, headcount="12", floor_area="300", reporting_year_start="7")

    response = charlie.client.post(CREATE, form)

    assert (response.status_code, response["Location"]) == (302, "/organization/departments/")
    founded = OrganizationRepository(read_form_key(charlie.user_id, form["key"])).get()
    assert said(founded) == OrganizationDraft("Initech", "de", "", 12, Decimal(300), 7, 5)
    assert (founded.members, founded.administrators) == (1, 1)
    profile = charlie.stored_profile()
    assert (profile.organization_id, profile.is_full_organization_admin) == (founded.id, True)
    page = text_of(charlie.client.get(response["Location"]))
    assert "Initech is created. Add its departments, then invite people." in page


def test_a_repeated_post_founds_one_and_answers_the_same(charlie: Person) -> None:
    form = filled(charlie)

    answers = [charlie.client.post(CREATE, form | {"name": name}) for name in ("One", "Two", "")]

    assert [(each.status_code, each["Location"]) for each in answers] == [
        (302, "/organization/departments/")
    ] * 3
    organization_id = charlie.stored_profile().organization_id or ""
    assert OrganizationRepository(organization_id).get().name == "One"
    assert actions(organization_id) == ["organization.created"]


def test_a_refused_form_keeps_what_was_typed_and_founds_nothing(charlie: Person) -> None:
    form = filled(charlie, name="", headcount="many", minimum_group="1")

    response = charlie.client.post(CREATE, form)

    assert response.status_code == 422
    assert errors_in(response) == {
        "name": "Give it a name.",
        "headcount": "Write a whole number such as 40, without separators.",
        "minimum_group": "At least 3: below that, people could be recognized.",
    }
    body = response.content.decode()
    assert 'value="many"' in body
    assert f'name="key" value="{form["key"]}"' in body
    assert charlie.stored_profile() == charlie.profile


def test_probe_05_what_the_form_has_not_changes_nothing(charlie: Person, bob: Person) -> None:
    form = filled(charlie)
    more = {
        "organization_id": "01HS0000000000000000000ACME",
        "user_id": bob.user_id,
        "role": "admin",
        "members": "99",
        "administrators": "99",
        "version": "9",
        "id": "mine",
        "deleting_at": "2026-01-01T00:00:00Z",
        "departments": "x",
    }

    charlie.client.post(CREATE, form | more)

    founded = OrganizationRepository(read_form_key(charlie.user_id, form["key"])).get()
    assert (founded.members, founded.administrators, founded.version) == (1, 1, 1)
    assert (founded.departments, founded.deleting_at) == ((), None)
    assert charlie.stored_profile().role is Role.ORG_ADMIN
    assert bob.stored_profile() == bob.profile


def test_somebody_elses_form_is_refused(charlie: Person, bob: Person) -> None:
    response = charlie.client.post(CREATE, filled(charlie) | {"key": new_form_key(bob.user_id)})

    assert response.status_code == 400
    assert charlie.stored_profile() == charlie.profile


def test_a_member_is_told_to_leave_first(acme: Organization, bob: Person) -> None:
    page = bob.client.get(CREATE)
    response = bob.client.post(CREATE, filled(bob))

    assert "One person belongs to one organization." in text_of(page)
    assert "Initech" not in page.content.decode()
    assert response.status_code == 422
    assert "You belong to an organization already" in text_of(response)
    for each in (page, response):
        assert f'href="{LEAVE}"' in each.content.decode()
    assert bob.stored_profile().organization_id == acme.id


# -- Settings -----------------------------------------------------------------------------------------------


def settings_form(organization: Organization, **changes: Any) -> dict[str, Any]:
    return {
        "name": organization.name,
        "country": organization.country,
        "sector": organization.sector,
        "headcount": str(organization.headcount or ""),
        "floor_area": str(organization.floor_area_m2 or ""),
        "floor_area_unit": "m2",
        "reporting_year_start": str(organization.reporting_year_start),
        "minimum_group": str(organization.minimum_group),
        "seen_version": str(organization.version),
    } | changes


def test_settings_are_saved_for_two_reads_and_one_write(acme: Organization, alice: Person) -> None:
    with count_requests() as meter:
        response = alice.client.post(SETTINGS, settings_form(acme, name="Acme Works", minimum_group="8"))

    assert (response.status_code, response["Location"]) == (302, SETTINGS)
    assert [request.operation for request in meter.requests] == [
        "get_item",
        "query",
        "transact_write_items",
    ]
    assert said(stored(acme)) == replace(said(acme), name="Acme Works", minimum_group=8)
    page = alice.client.get(SETTINGS)
    assert 'value="Acme Works"' in page.content.decode()
    assert "settings are saved." in text_of(page)


def test_the_second_of_two_administrators_sees_what_the_first_saved(
    acme: Organization, alice: Person, bob: Person
) -> None:
    join(bob.user_id, acme.id, role=Role.ORG_ADMIN)
    alice.client.post(SETTINGS, settings_form(acme, name="Hers", headcount="41"))

    response = bob.client.post(SETTINGS, settings_form(acme, name="His"))

    page = text_of(response)
    assert response.status_code == 409
    assert CHANGED_MEANWHILE in page
    assert "Name: Hers Headcount: 41" in page
    assert 'value="His"' in response.content.decode()
    assert stored(acme).name == "Hers"
    again = re.findall(r'name="seen_version" value="(\d+)"', response.content.decode())
    assert again == ["2"]
    assert bob.client.post(SETTINGS, settings_form(acme, name="His", seen_version="2")).status_code == 302
    assert (stored(acme).name, stored(acme).headcount) == ("His", 40)


@pytest.mark.parametrize("version", ["", "0", "99", "-1", "x", "1e3"])
def test_a_form_of_no_version_saves_nothing(acme: Organization, alice: Person, version: str) -> None:
    response = alice.client.post(SETTINGS, settings_form(acme, name="Mine", seen_version=version))

    assert response.status_code in {409, 422}
    assert stored(acme).name == "Acme"


def test_probe_05_settings_change_only_what_they_show(acme: Organization, alice: Person) -> None:
    more = {"members": "99", "administrators": "0", "version": "50", "organization_id": "x", "role": "admin"}

    response = alice.client.post(SETTINGS, settings_form(acme, name="New", **more))

    assert response.status_code == 302
    now = stored(acme)
    assert (now.id, now.members, now.administrators, now.version) == (acme.id, 2, 1, 2)
    assert {*now.departments} == {*acme.departments}


def test_settings_show_the_ways_out(acme: Organization, alice: Person) -> None:
    body = alice.client.get(SETTINGS).content.decode()

    assert f'href="{LEAVE}"' in body
    assert 'href="/organization/delete/"' in body


# -- Leaving ------------------------------------------------------------------------------------------------


def test_a_member_leaves_after_being_asked(acme: Organization, bob: Person) -> None:
    page = text_of(bob.client.get(LEAVE))
    assert "What you logged for work also stays in the figures of Acme." in page
    assert bob.stored_profile().organization_id == acme.id

    response = bob.client.post(LEAVE, {"user_id": "somebody", "organization_id": "else"})

    assert (response.status_code, response["Location"]) == (302, HOME)
    profile = bob.stored_profile()
    assert (profile.organization_id, profile.department_id, profile.role) == (None, None, Role.USER)
    assert (stored(acme).members, stored(acme).members_of(SALES)) == (1, 0)
    assert "You have left Acme." in text_of(bob.client.get(HOME))


def test_the_last_administrator_is_told_what_to_do(acme: Organization, alice: Person) -> None:
    page = alice.client.get(LEAVE)
    response = alice.client.post(LEAVE)

    assert "Make somebody else an administrator first" in text_of(page)
    assert 'href="/organization/members/"' in page.content.decode()
    assert response.status_code == 409
    assert "An organization keeps at least one administrator." in text_of(response)
    assert alice.stored_profile().organization_id == acme.id
    assert (stored(acme).members, stored(acme).administrators) == (2, 1)


def test_who_is_alone_deletes_instead(globex: Organization, charlie: Person) -> None:
    page = charlie.client.get(LEAVE)

    assert "Delete the organization instead" in text_of(page)
    assert 'href="/organization/delete/"' in page.content.decode()
