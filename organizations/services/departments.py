"""The departments of an organization: created, renamed, moved, merged, archived and restored.

Each change is one transaction: the organization's item as it was read, the right of whoever asks, and an
audit record. Entries are never touched; they keep the department they were logged under.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import ItemNotFound
from organizations.domain import MOST_DEPARTMENTS, Department, Organization
from organizations.errors import OrganizationRefused
from organizations.services.changes import commit_change, demand_as_seen

#: Crockford's digits: none of them is mistaken for another.
ID_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_CHARACTERS = 8


def get_department(organization: Organization, department_id: str) -> Department:
    """A department that was not merged into another, open or archived. Raises ItemNotFound."""
    department = organization.find_department(department_id)
    if department is None or department.merged_into is not None:
        raise ItemNotFound(f"department {department_id} of organization {organization.id}")
    return department


def possible_parents(organization: Organization, department: Department | None) -> tuple[Department, ...]:
    """What a department, or a new one, may be inside of: none for one that has departments inside it."""
    if department is not None and organization.children(department.id):
        return ()
    return tuple(
        each
        for each in organization.open_departments
        if each.parent_id is None and (department is None or each.id != department.id)
    )


def possible_targets(organization: Organization, department: Department) -> tuple[Department, ...]:
    """What a department may be merged into.

    One that has departments inside it takes them along, so only the top level can take it.
    """
    has_children = bool(organization.children(department.id))
    return tuple(
        each
        for each in organization.open_departments
        if each.id != department.id and (each.parent_id is None or not has_children)
    )


def create_department(
    actor: Profile, organization: Organization, *, name: str, parent_id: str | None
) -> tuple[Organization, Department]:
    """Add a department. Returns the organization with it."""
    demand_as_seen(organization, organization.version)
    if len(organization.departments) >= MOST_DEPARTMENTS:
        raise OrganizationRefused(
            f"An organization has at most {MOST_DEPARTMENTS} departments, archived and merged ones included. "
            "Restore an archived one and rename it instead."
        )
    _demand_possible_parent(organization, None, parent_id)
    _demand_free_name(organization, name, parent_id)
    department = Department(_new_id(organization), name, parent_id)
    changed = replace(organization, departments=(*organization.departments, department))
    saved = commit_change(
        actor,
        changed,
        action="department.created",
        about=changed.department_label(department.id),
        about_id=department.id,
        after={"name": name} | ({"inside": organization.department_label(parent_id)} if parent_id else {}),
    )
    return saved, department


def change_department(
    actor: Profile,
    organization: Organization,
    department_id: str,
    *,
    name: str,
    parent_id: str | None,
    seen_version: int,
) -> Organization:
    """Rename a department, or move it inside another or to the top level."""
    department = get_department(organization, department_id)
    demand_as_seen(organization, seen_version)
    if not department.is_open:
        raise OrganizationRefused("It is archived. Restore it first.")
    if parent_id != department.parent_id:
        _demand_possible_parent(organization, department, parent_id)
    _demand_free_name(organization, name, parent_id, except_id=department.id)
    stored, wanted = _place(organization, department), _place(organization, replace(department, name=name))
    wanted["inside"] = organization.department_label(parent_id)
    different = [key for key in stored if stored[key] != wanted[key]]
    if not different:
        return organization
    return commit_change(
        actor,
        _with(organization, replace(department, name=name, parent_id=parent_id)),
        action="department.changed",
        about=organization.department_label(department.id),
        about_id=department.id,
        before={key: stored[key] for key in different},
        after={key: wanted[key] for key in different},
    )


def merge_department(
    actor: Profile, organization: Organization, department_id: str, *, into_id: str, seen_version: int
) -> Organization:
    """Let one department go up in another, for good: its people, its figures and those inside it.

    Nothing moves: the merged one stays under its id and points to the other, and readers fold it in.
    """
    department = get_department(organization, department_id)
    demand_as_seen(organization, seen_version)
    target = _demand_possible_target(organization, department, into_id)
    children = organization.children(department.id)
    for child in children:
        if child.is_open:
            _demand_free_name(organization, child.name, target.id, field=None)
    moved = [replace(child, parent_id=target.id) for child in children]
    merged = replace(department, merged_into=target.id)
    after: dict[str, Any] = {
        "state": "merged",
        "into": organization.department_label(target.id),
        "into_id": target.id,
    }
    if children:
        after["moved_with_it"] = sorted(child.name for child in children)
    return commit_change(
        actor,
        _with(organization, merged, *moved),
        action="department.merged",
        about=organization.department_label(department.id),
        about_id=department.id,
        before={"state": "open" if department.is_open else "archived"},
        after=after,
    )


def archive_department(actor: Profile, organization: Organization, department_id: str) -> Organization:
    """Close a department to new people and new entries. One that has open ones inside stays.

    Archiving an archived one changes nothing.
    """
    department = get_department(organization, department_id)
    demand_as_seen(organization, organization.version)
    if not department.is_open:
        return organization
    inside = sorted(child.name for child in organization.children(department.id) if child.is_open)
    if inside:
        raise OrganizationRefused(
            f"{department.name} has open departments inside it: {', '.join(inside)}. "
            "Archive, merge or move them first."
        )
    return _set_archived(actor, organization, department, archived=True)


def restore_department(actor: Profile, organization: Organization, department_id: str) -> Organization:
    """Open an archived department again, where it was. Restoring an open one changes nothing."""
    department = get_department(organization, department_id)
    demand_as_seen(organization, organization.version)
    if department.is_open:
        return organization
    parent = organization.effective_department(department.parent_id)
    if parent is not None and not parent.is_open:
        raise OrganizationRefused(
            f"{department.name} is inside {parent.name}, which is archived. Restore {parent.name} first."
        )
    _demand_free_name(organization, department.name, department.parent_id, field=None)
    return _set_archived(actor, organization, department, archived=False)


def _set_archived(
    actor: Profile, organization: Organization, department: Department, *, archived: bool
) -> Organization:
    moment = clock.now().replace(microsecond=0) if archived else None
    states = ("open", "archived") if archived else ("archived", "open")
    return commit_change(
        actor,
        _with(organization, replace(department, archived_at=moment)),
        action="department.archived" if archived else "department.restored",
        about=organization.department_label(department.id),
        about_id=department.id,
        before={"state": states[0]},
        after={"state": states[1]},
    )


# -- Rules --------------------------------------------------------------------------------------------------


def _demand_possible_parent(
    organization: Organization, department: Department | None, parent_id: str | None
) -> None:
    """Two levels: what is inside another has nothing inside itself."""
    if parent_id is None or parent_id in {each.id for each in possible_parents(organization, department)}:
        return
    if department is not None and organization.children(department.id):
        message = "It has departments inside it, archived ones included, so it stays on the top level."
    else:
        message = "Choose an open department of the top level."
    raise OrganizationRefused(message, field="parent")


def _demand_possible_target(organization: Organization, department: Department, into_id: str) -> Department:
    target = next((each for each in possible_targets(organization, department) if each.id == into_id), None)
    if target is not None:
        return target
    found = organization.find_department(into_id)
    if found is not None and found.is_open and found.id != department.id:
        message = (
            f"{department.name} has departments inside it, which would come along, and {found.name} is "
            f"inside another itself. Move {found.name} to the top level first."
        )
    else:
        message = "Choose another department that is open."
    raise OrganizationRefused(message, field="into")


def _demand_free_name(
    organization: Organization,
    name: str,
    parent_id: str | None,
    *,
    except_id: str | None = None,
    field: str | None = "name",
) -> None:
    """On one level, open departments have different names, however they are capitalized."""
    for each in organization.open_departments:
        if each.id != except_id and each.parent_id == parent_id and each.name.casefold() == name.casefold():
            where = f" inside {organization.department_label(parent_id)}" if parent_id else ""
            raise OrganizationRefused(
                f"There is a department called {each.name}{where} already. Rename one of the two first."
                if field is None
                else f"There is a department called {each.name}{where} already.",
                field=field,
            )


# -- Parts --------------------------------------------------------------------------------------------------


def _new_id(organization: Organization) -> str:
    while True:
        made = "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_CHARACTERS))
        if organization.find_department(made) is None:
            return made


def _place(organization: Organization, department: Department) -> dict[str, str]:
    """A department in words, for the audit trail."""
    return {"name": department.name, "inside": organization.department_label(department.parent_id)}


def _with(organization: Organization, *changed: Department) -> Organization:
    """The organization with some of its departments replaced."""
    by_id = {each.id: each for each in changed}
    return replace(
        organization, departments=tuple(by_id.get(each.id, each) for each in organization.departments)
    )
