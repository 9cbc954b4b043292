"""Organizations, their departments and the people in them. Standard library and `accounts.domain` only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from accounts.domain import Role

DEFAULT_MINIMUM_GROUP = 5
SMALLEST_MINIMUM_GROUP = 3
#: They are kept on the organization's item, which every dashboard reads.
MOST_DEPARTMENTS = 200


@dataclass(frozen=True, slots=True)
class Department:
    """A part of an organization, at most one level inside another.

    `members` counts those whose profile names this department. A merged department stays, under its own id,
    for the entries logged in it: pages count it into the one it was merged into.
    """

    id: str
    name: str
    parent_id: str | None = None
    archived_at: datetime | None = None
    merged_into: str | None = None
    members: int = 0

    @property
    def is_open(self) -> bool:
        """Whether people can be put into it and log for it."""
        return self.archived_at is None and self.merged_into is None


class SecondStep(StrEnum):
    """Of whom an organization demands a second step at sign-in, before they see its pages."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Organization:
    """The tenant of work entries.

    `reporting_year_start` is the number of the month in which its year begins. `administrators` counts those
    of the whole organization, not those limited to departments. `version` counts the changes of the
    organization itself and of its departments, not of its members. `keep_months` is for how long its work
    entries stay at hand before they are archived; None is for ever. While `suspended_at` is set, by staff of
    the platform, nobody opens its pages or logs work for it; nothing of it is lost. `factors_version` counts
    the changes of its own emission factors; 0 is for never had any.
    """

    id: str
    name: str
    country: str
    sector: str
    headcount: int | None
    floor_area_m2: Decimal | None
    reporting_year_start: int
    minimum_group: int
    created_at: datetime
    members: int = 0
    administrators: int = 0
    departments: tuple[Department, ...] = ()
    deleting_at: datetime | None = None
    version: int = 1
    keep_months: int | None = None
    second_step: SecondStep = SecondStep.NOBODY
    suspended_at: datetime | None = None
    factors_version: int = 0
    _by_id: Mapping[str | None, Department] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {each.id: each for each in self.departments})

    @property
    def is_working(self) -> bool:
        """Whether people can log for it: it is neither being deleted nor suspended."""
        return self.deleting_at is None and self.suspended_at is None

    def demands_second_step(self, *, of_administrator: bool) -> bool:
        """Whether somebody sees its pages only after a second step at sign-in."""
        if self.second_step is SecondStep.ADMINISTRATORS:
            return of_administrator
        return self.second_step is SecondStep.EVERYBODY

    def find_department(self, department_id: str | None) -> Department | None:
        """The department of that id, merged or not; None if there is none."""
        return self._by_id.get(department_id)

    def effective_department(self, department_id: str | None) -> Department | None:
        """Where a department's people and figures belong today: itself, or what it was merged into."""
        department = self.find_department(department_id)
        while department is not None and department.merged_into is not None:
            department = self.find_department(department.merged_into)
        return department

    def merged_ids(self, department_id: str) -> frozenset[str]:
        """The department's id and the ids of all that were merged into it, directly or not."""
        return frozenset(
            each.id
            for each in self.departments
            if (effective := self.effective_department(each.id)) is not None and effective.id == department_id
        )

    def children(self, department_id: str) -> tuple[Department, ...]:
        """The departments inside another, archived ones included, merged ones not."""
        return tuple(
            each for each in self.departments if each.parent_id == department_id and each.merged_into is None
        )

    def members_of(self, department_id: str) -> int:
        """How many members a department has, those still filed under a merged one included."""
        ids = self.merged_ids(department_id)
        return sum(each.members for each in self.departments if each.id in ids)

    def department_label(self, department_id: str | None) -> str:
        """`Sales`, or `Sales › Field` inside another; empty for none."""
        department = self.effective_department(department_id)
        if department is None:
            return ""
        parent = self.effective_department(department.parent_id)
        return department.name if parent is None else f"{parent.name} › {department.name}"

    def department_labels(self, department_ids: Iterable[str] | None) -> str:
        """`Sales › Field, Engineering`: each once, in their order; empty for none."""
        labels = (self.department_label(each) for each in department_ids or ())
        return ", ".join(dict.fromkeys(label for label in labels if label))

    @property
    def listed_departments(self) -> tuple[Department, ...]:
        """All that were not merged away, each followed by those inside it, by name."""
        kept = sorted(
            (each for each in self.departments if each.merged_into is None),
            key=lambda each: (each.name.casefold(), each.id),
        )
        ids = {each.id for each in kept}
        listed = []
        for each in kept:
            if each.parent_id is None or each.parent_id not in ids:
                listed += [each, *(inner for inner in kept if inner.parent_id == each.id)]
        return tuple(listed)

    @property
    def open_departments(self) -> tuple[Department, ...]:
        """Those that people can be put into and log for, in the order they are listed."""
        return tuple(each for each in self.listed_departments if each.is_open)

    def managed_ids(self, managed_departments: Iterable[str] | None) -> frozenset[str] | None:
        """What a limited administrator may see: their departments, those inside them, those merged into them.

        None stands for the whole organization.
        """
        if managed_departments is None:
            return None
        managed: set[str] = set()
        for department_id in managed_departments:
            effective = self.effective_department(department_id)
            if effective is not None:
                for each in (effective, *self.children(effective.id)):
                    managed |= self.merged_ids(each.id)
        return frozenset(managed)


def closing_begins_at(month: str) -> datetime:
    """When a month (`2024-03`) may be closed: once it is over everywhere on earth, twelve hours after UTC."""
    year, number = map(int, month.split("-"))
    following = date(year + number // 12, number % 12 + 1, 1)
    return datetime(following.year, following.month, 1, 12, tzinfo=UTC)


def may_be_closed(month: str, now: datetime) -> bool:
    """Whether a writer has to look for a lock. With a day to spare, for clocks that differ.

    A month that is still running cannot be closed, so what people log today needs no look at the lock: the
    item they would all meet on.
    """
    return now >= closing_begins_at(month) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A month whose work entries cannot be changed; `month` is `2024-03`."""

    month: str
    closed_at: datetime
    closed_by: str


@dataclass(frozen=True, slots=True)
class Target:
    """A reduction of work emissions: by `reduction_percent` of `base_kg`, reached in `target_year`.

    Years are reporting years, named by the calendar year in which they begin. `base_kg` is kg CO2e of the
    base year as it was known when the target was set; it does not move when entries of that year change.
    """

    id: str
    base_year: int
    base_kg: Decimal
    reduction_percent: Decimal
    target_year: int
    created_at: datetime

    @property
    def target_kg(self) -> Decimal:
        """kg CO2e in the target year."""
        return self.base_kg * (100 - self.reduction_percent) / 100

    def kg_in(self, year: int) -> Decimal | None:
        """kg CO2e a year on the straight path from base year to target year; None before the base year.

        After the target year it stays at the target.
        """
        if year < self.base_year:
            return None
        share = min(Decimal(1), Decimal(year - self.base_year) / (self.target_year - self.base_year))
        return self.base_kg + (self.target_kg - self.base_kg) * share


@dataclass(frozen=True, slots=True)
class OrganizationOverview:
    """An organization with all that its pages need beside it, read in one request."""

    organization: Organization
    targets: tuple[Target, ...] = ()
    closed_months: tuple[ClosedMonth, ...] = ()

    @property
    def target(self) -> Target | None:
        """The target that counts: the one set last."""
        return max(self.targets, key=lambda each: (each.created_at, each.id), default=None)

    def is_closed(self, month: str) -> bool:
        return any(each.month == month for each in self.closed_months)


@dataclass(frozen=True, slots=True)
class Member:
    """What an organization sees of a person: no preferences, no habits, nothing of their personal entries."""

    user_id: str
    email: str
    name: str
    role: Role
    department_id: str | None
    managed_departments: tuple[str, ...] | None = None
    joined_on: date | None = None

    @property
    def display_name(self) -> str:
        return self.name or self.email


class InvitationState(StrEnum):
    PENDING = "pending"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A place in an organization that is offered to an address.

    Only the hash of the link's secret is known. One that was accepted or revoked is gone; the audit trail
    has it.
    """

    id: str
    organization_id: str
    organization_name: str
    email: str
    token_hash: str = field(repr=False)
    role: Role
    department_id: str | None
    managed_departments: tuple[str, ...] | None
    invited_by: str
    invited_by_name: str
    created_at: datetime
    expires_at: datetime
    version: int = 1

    def state(self, now: datetime) -> InvitationState:
        """Expired at once when its time is over, whenever DynamoDB removes the item."""
        return InvitationState.EXPIRED if now >= self.expires_at else InvitationState.PENDING
