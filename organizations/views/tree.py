"""The departments of an organization as their page draws them."""

from __future__ import annotations

from dataclasses import dataclass

from organizations.domain import Department, Organization


@dataclass(frozen=True, slots=True)
class Branch:
    """A department with its members, those of merged ones included, and what is inside it."""

    department: Department
    members: int
    inside: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """`archived` and `merged` hold pairs: a label and its members; a name and the label of what it is now."""

    branches: tuple[Branch, ...]
    archived: tuple[tuple[Department, str, int], ...]
    merged: tuple[tuple[str, str], ...]
    without_department: int
    members: int

    @property
    def closed_count(self) -> int:
        return len(self.archived) + len(self.merged)


def tree_of(organization: Organization) -> Tree:
    """Open ones in two levels by name; then what is archived, and what went up in another."""
    listed = organization.listed_departments
    branches = tuple(
        _branch(organization, each, tuple(inner for inner in listed if inner.parent_id == each.id))
        for each in listed
        if each.is_open and each.parent_id is None
    )
    archived = tuple(
        (each, organization.department_label(each.id), organization.members_of(each.id))
        for each in listed
        if not each.is_open
    )
    merged = sorted(
        (each.name, organization.department_label(each.id))
        for each in organization.departments
        if each.merged_into is not None
    )
    filed = sum(each.members for each in organization.departments)
    return Tree(branches, archived, tuple(merged), organization.members - filed, organization.members)


def _branch(organization: Organization, department: Department, inside: tuple[Department, ...]) -> Branch:
    return Branch(
        department,
        organization.members_of(department.id),
        tuple(_branch(organization, each, ()) for each in inside if each.is_open),
    )
