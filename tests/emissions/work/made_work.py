"""An organization's totals as the product would have written them, from a few words about who logged what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from emissions.domain.totals import (
    PARTICIPANTS,
    MonthTotals,
    department_counter,
    department_participants_counter,
    scoped_category_counter,
)
from emissions.work.figures import WorkFigures, build_figures, departments_to_read
from emissions.work.filters import WorkFilters
from organizations.domain import ClosedMonth, Department, Organization, OrganizationOverview, Target

TODAY = date(2026, 11, 22)
SALES, FIELD, ENGINEERING, OLD = "SALES", "FIELD", "ENGINEERING", "OLD"
#: Activity type, category and scope code.
CAR = ("transportation", "car", "1")
FLIGHT = ("transportation", "flight", "3.6")
COMMUTE = ("transportation", "rail", "3.7")
POWER = ("energy", "electricity", "2")


@dataclass(frozen=True)
class Work:
    """What people (a letter each) logged for a department in a month."""

    month: str
    department: str | None
    people: frozenset[str]
    kg: Mapping[tuple[str, str, str], Decimal]


def work(
    month: str,
    department: str | None,
    people: str,
    kg: str | Decimal = "10",
    of: tuple[str, str, str] = CAR,
) -> Work:
    return Work(month, department, frozenset(people), {of: Decimal(kg)})


def organization_totals(works: Iterable[Work]) -> list[MonthTotals]:
    """The organization's months, as the counters of `emissions.domain.totals` say them."""
    months: dict[str, dict[str, Decimal]] = {}
    people: dict[tuple[str, str], set[str]] = {}
    for each in works:
        counters = months.setdefault(each.month, {})
        people.setdefault((each.month, PARTICIPANTS), set()).update(each.people)
        named = department_participants_counter(each.department)
        people.setdefault((each.month, named), set()).update(each.people)
        for (activity_type, category, code), kg in each.kg.items():
            for name in (
                "co2_emissions",
                scoped_category_counter(activity_type, category, code),
                department_counter(each.department, activity_type, int(code[0])),
            ):
                counters[name] = counters.get(name, Decimal(0)) + kg
    for (month, name), names in people.items():
        months[month][name] = Decimal(len(names))
    return [MonthTotals(month, counters) for month, counters in sorted(months.items())]


def department_totals(works: Sequence[Work]) -> dict[str, list[MonthTotals]]:
    """The same of each department that has any, by its id."""
    ids = {each.department for each in works if each.department is not None}
    return {
        department: organization_totals([each for each in works if each.department == department])
        for department in ids
    }


def make_organization(*departments: Department, **changes: Any) -> Organization:
    """Sales with Field inside it, and Engineering, unless departments are given. The minimum is 3."""
    values: dict[str, Any] = {
        "id": "ACME",
        "name": "Acme",
        "country": "gb",
        "sector": "",
        "headcount": None,
        "floor_area_m2": None,
        "reporting_year_start": 1,
        "minimum_group": 3,
        "created_at": datetime(2024, 1, 1, tzinfo=UTC),
        "members": 20,
        "departments": departments
        or (
            Department(SALES, "Sales", members=5),
            Department(FIELD, "Field", parent_id=SALES, members=4),
            Department(ENGINEERING, "Engineering", members=8),
        ),
    }
    return Organization(**(values | changes))


def figures_of(
    works: Sequence[Work],
    organization: Organization | None = None,
    *,
    params: Mapping[str, str] | None = None,
    managed: Sequence[str] | None = None,
    targets: Sequence[Target] = (),
    closed: Sequence[str] = (),
    today: date = TODAY,
) -> WorkFigures:
    """The dashboard as its view builds it; `managed` limits its reader to these departments."""
    organization = organization or make_organization()
    locks = tuple(ClosedMonth(month, datetime(2026, 1, 1, tzinfo=UTC), "alice") for month in closed)
    ids = organization.managed_ids(managed)
    filters = WorkFilters.parse(params or {}, organization, managed=ids, today=today)
    read = departments_to_read(organization, filters, managed=ids)
    by_department = department_totals(works)
    return build_figures(
        OrganizationOverview(organization, tuple(targets), locks),
        organization_totals(works),
        {each: by_department.get(each, []) for each in read},
        filters,
        managed=ids,
        today=today,
    )
