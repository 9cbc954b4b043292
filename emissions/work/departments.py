"""Departments side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from emissions.dashboard.periods import Month
from emissions.work.cells import ZERO, Cells
from emissions.work.filters import WorkFilters
from emissions.work.parts import WITHOUT_DEPARTMENT, Part, PartKind, department_parts, without_department
from organizations.domain import Organization


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A department with all inside it and all merged into it, over the months of the year so far.

    `kg` is None where all it logged is withheld, else the sum of the months that are shown. `withheld` are
    the months of which all or some is not. `people` logged in `people_month`, the last month that is shown;
    both are None where there is none. `inner` are the departments inside it: their kg are part of this row's.
    """

    part: Part
    kg: Decimal | None
    total_kg: Decimal | None
    people: int | None
    people_month: Month | None
    withheld: tuple[Month, ...]
    inner: tuple[DepartmentRow, ...] = ()

    @property
    def id(self) -> str | None:
        """What filters call it."""
        return self.part.id

    @property
    def label(self) -> str:
        return self.part.label

    @property
    def members(self) -> int:
        return self.part.members

    @property
    def is_withheld(self) -> bool:
        return self.kg is None

    @property
    def kg_per_head(self) -> Decimal | None:
        """kg CO2e per member of today; None without members."""
        return None if self.kg is None or not self.members else self.kg / self.members

    @property
    def percent(self) -> Decimal | None:
        return percent_of(self.kg, self.total_kg)


@dataclass(frozen=True, slots=True)
class OtherDepartments:
    """All that is withheld of departments but is in the total, as one figure.

    `labels` name the departments of which something is in it, `months` the months in which.
    """

    kg: Decimal
    total_kg: Decimal | None
    labels: tuple[str, ...]
    months: tuple[Month, ...]

    @property
    def percent(self) -> Decimal | None:
        return percent_of(self.kg, self.total_kg)


@dataclass(frozen=True, slots=True)
class Departments:
    """Rows and `other` add up to `total_kg`, which is None where everything is withheld.

    For one department there is one row, for a limited administrator a row for each of theirs.
    """

    rows: tuple[DepartmentRow, ...]
    other: OtherDepartments | None
    total_kg: Decimal | None

    @property
    def has_withheld(self) -> bool:
        return self.other is not None or any(row.withheld for row in self.rows)


def departments_side_by_side(
    organization: Organization,
    part: Part,
    *,
    months: Sequence[Month],
    cells: Cells,
    filters: WorkFilters,
    managed: Collection[str] | None,
    total_kg: Decimal | None,
) -> Departments:
    """The rows of a part, largest first, over the months of its year so far."""

    def row(each: Part, inner: tuple[Part, ...] = ()) -> DepartmentRow:
        rows = tuple(row(one) for one in inner)
        return _row(each, months=months, cells=cells, filters=filters, total_kg=total_kg, inner=_ranked(rows))

    families = department_parts(organization, managed)
    if part.kind in (PartKind.ORGANIZATION, PartKind.MANAGED):
        rows = [row(each, inner) for each, inner in families]
    else:
        inner = {each.id: inner for each, inner in families}
        rows = [row(part, inner.get(part.id, ()))]
    if part.is_organization:
        rows.append(row(without_department(organization)))
        rows = [each for each in rows if not _is_gone(each)]
    return Departments(
        rows=_ranked(rows),
        other=_other(organization, rows, months, cells, total_kg) if part.is_organization else None,
        total_kg=total_kg,
    )


def _row(
    part: Part,
    *,
    months: Sequence[Month],
    cells: Cells,
    filters: WorkFilters,
    total_kg: Decimal | None,
    inner: tuple[DepartmentRow, ...],
) -> DepartmentRow:
    seen = [(month, cells.visible(month, part.departments)) for month in months]
    shown = [(month, visible) for month, visible in seen if visible.state.has_figure]
    withheld = tuple(month for month, visible in seen if visible.state.withholds)
    return DepartmentRow(
        part=part,
        kg=sum((each.total(filters) for _month, each in shown), ZERO) if shown or not withheld else None,
        total_kg=total_kg,
        people=shown[-1][1].people if shown else None,
        people_month=shown[-1][0] if shown else None,
        withheld=withheld,
        inner=inner,
    )


def _other(
    organization: Organization,
    rows: Iterable[DepartmentRow],
    months: Sequence[Month],
    cells: Cells,
    total_kg: Decimal | None,
) -> OtherDepartments | None:
    """What the rows leave of the total: what is hidden, and departments the organization does not know."""
    if total_kg is None:
        return None
    hidden = {month: ids for month in months if (ids := cells.departments_in_rest(month))}
    kg = total_kg - sum((row.kg or ZERO for row in rows), ZERO)
    if not hidden and not kg:
        return None
    ids = frozenset[str]().union(*hidden.values())
    labels = {organization.department_label(each) or WITHOUT_DEPARTMENT for each in ids}
    return OtherDepartments(kg, total_kg, tuple(sorted(labels, key=str.casefold)), tuple(hidden))


def _is_gone(row: DepartmentRow) -> bool:
    """Whether nobody needs the row: nothing was logged in it, and nobody is asked to."""
    if row.people_month is not None or row.withheld:
        return False
    return row.part.kind is PartKind.WITHOUT_DEPARTMENT or (row.part.is_archived and not row.members)


def _ranked(rows: Iterable[DepartmentRow]) -> tuple[DepartmentRow, ...]:
    """Largest first; what is withheld comes last, by name."""
    return tuple(
        sorted(rows, key=lambda row: (row.kg is None, -(row.kg or ZERO), row.label.casefold(), row.id or ""))
    )


def percent_of(kg: Decimal | None, total_kg: Decimal | None) -> Decimal | None:
    """A share in percent; None where either is withheld, or of nothing."""
    return None if kg is None or total_kg is None or total_kg <= 0 else kg * 100 / total_kg
