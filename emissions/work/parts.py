"""The parts of an organization that people look at, and the departments each is made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from emissions.domain.totals import NO_DEPARTMENT
from emissions.work.filters import WorkFilters
from organizations.domain import Department, Organization

WITHOUT_DEPARTMENT = "No department"


class PartKind(StrEnum):
    ORGANIZATION = "organization"
    #: One department, with all inside it and all merged into it.
    DEPARTMENT = "department"
    #: The work of people who have no department.
    WITHOUT_DEPARTMENT = "none"
    #: All that a limited administrator may see.
    MANAGED = "managed"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an organization. `departments` are the ids that entries were logged under; None is all.

    `id` is what filters call it: None for the organization and for all managed departments. `label` tells
    what a department is inside of, `name` does not. `members` are those of today.
    """

    kind: PartKind
    id: str | None
    name: str
    label: str
    departments: frozenset[str] | None
    members: int
    is_archived: bool = False

    @property
    def is_organization(self) -> bool:
        return self.kind is PartKind.ORGANIZATION

    @property
    def department_totals(self) -> tuple[str, ...]:
        """The departments whose own totals tell the categories of this part."""
        return tuple(sorted((self.departments or frozenset()) - {NO_DEPARTMENT}))


def part_of(organization: Organization, filters: WorkFilters, managed: Collection[str] | None) -> Part:
    """The part that filters ask for. `managed` are the only departments the reader may see; None is all.

    Of a department that is not among them, the part is empty: `WorkFilters.parse` did not let it through.
    """
    if filters.department == NO_DEPARTMENT:
        return without_department(organization)
    department = organization.find_department(filters.department)
    if department is not None:
        return _department_part(organization, department, managed, _merged(organization))
    if managed is None:
        return Part(
            PartKind.ORGANIZATION, None, organization.name, organization.name, None, organization.members
        )
    members = sum(each.members for each in organization.departments if each.id in managed)
    return Part(PartKind.MANAGED, None, "Your departments", "Your departments", frozenset(managed), members)


def without_department(organization: Organization) -> Part:
    filed = sum(each.members for each in organization.departments)
    return Part(
        PartKind.WITHOUT_DEPARTMENT,
        NO_DEPARTMENT,
        WITHOUT_DEPARTMENT,
        WITHOUT_DEPARTMENT,
        frozenset({NO_DEPARTMENT}),
        max(0, organization.members - filed),
    )


def department_parts(
    organization: Organization, managed: Collection[str] | None
) -> tuple[tuple[Part, tuple[Part, ...]], ...]:
    """The departments to see in the order they are listed, each with those inside it.

    One that is inside a department which is not to be seen stands for itself.
    """
    listed = [each for each in organization.listed_departments if managed is None or each.id in managed]
    ids = {each.id for each in listed}
    merged = _merged(organization)
    return tuple(
        (
            _department_part(organization, each, managed, merged),
            tuple(
                _department_part(organization, inner, managed, merged)
                for inner in organization.children(each.id)
                if inner.id in ids
            ),
        )
        for each in listed
        if each.parent_id not in ids
    )


def _merged(organization: Organization) -> Mapping[str, Sequence[Department]]:
    """By the id of each department to list: itself and all that were merged into it.

    As `Organization.merged_ids` tells it of one; that for each of two hundred would take seconds.
    """
    merged: dict[str, list[Department]] = {}
    for each in organization.departments:
        if (effective := organization.effective_department(each.id)) is not None:
            merged.setdefault(effective.id, []).append(each)
    return merged


def _department_part(
    organization: Organization,
    department: Department,
    managed: Collection[str] | None,
    merged: Mapping[str, Sequence[Department]],
) -> Part:
    family = [
        each for one in (department, *organization.children(department.id)) for each in merged.get(one.id, ())
    ]
    ids = frozenset(each.id for each in family)
    return Part(
        kind=PartKind.DEPARTMENT,
        id=department.id,
        name=department.name,
        label=organization.department_label(department.id),
        departments=ids if managed is None else ids & frozenset(managed),
        members=sum(each.members for each in family),
        is_archived=department.archived_at is not None,
    )
