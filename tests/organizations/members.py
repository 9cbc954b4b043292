"""Members as tests change them and look at them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts.domain import Profile, Role
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject
from carbontrack.dynamodb import decode_item, get_item, tables, update_item
from organizations.domain import Department, Organization
from organizations.repositories.organization_items import item_key, organization_to_item
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.members import change_member, remove_member
from tests.fixtures.people import Person


def change(actor: Person, person: Person, **changes: Any) -> Profile:
    """A change by `actor`, who looked at both of them a moment ago."""
    seen = person.stored_profile()
    values: dict[str, Any] = {
        "role": Role.USER if seen.role is Role.ADMIN else seen.role,
        "department_id": seen.department_id,
        "managed_departments": seen.managed_departments,
        "seen_version": seen.membership_version,
    }
    return change_member(actor.stored_profile(), person.user_id, **(values | changes))


def removal(actor: Person, person: Person) -> Profile:
    seen_version = person.stored_profile().membership_version
    return remove_member(actor.stored_profile(), person.user_id, seen_version=seen_version)


def promote(organization: Organization, *people: Person) -> None:
    """Make members administrators of the whole organization, around the services."""
    for person in people:
        update_item(
            tables.USERS,
            {"user_id": person.user_id},
            set={"role": "org_admin", "membership_version": person.stored_profile().membership_version + 1},
        )
    stored = OrganizationRepository(organization.id).get()
    administrators = stored.administrators + len(people)
    update_item(tables.ORGANIZATIONS, item_key(organization.id), set={"administrators": administrators})


def item_of(person: Person) -> dict[str, Any]:
    item = get_item(tables.USERS, {"user_id": person.user_id}, consistent=True)
    assert item is not None
    return decode_item(item)


def counters(organization: Organization) -> tuple[int, int, dict[str, int]]:
    """Members, full administrators, and the members of each department that has any."""
    stored = OrganizationRepository(organization.id).get()
    return (
        stored.members,
        stored.administrators,
        {each.id: each.members for each in stored.departments if each.members},
    )


def trail(organization: Organization) -> list[AuditRecord]:
    return list(AuditRepository(organization_subject(organization.id)).all())


def records(organization: Organization) -> list[tuple[str, str, str, dict[str, Any], dict[str, Any]]]:
    return [
        (each.action, each.actor_name, each.about, dict(each.before), dict(each.after))
        for each in trail(organization)
    ]


def set_departments(organization: Organization, *departments: Department) -> None:
    """Other departments, as if some had been archived or merged; whoever is in them stays."""
    stored = OrganizationRepository(organization.id).get()
    items = organization_to_item(replace(stored, departments=departments))["departments"]
    update_item(tables.ORGANIZATIONS, item_key(organization.id), set={"departments": items})
