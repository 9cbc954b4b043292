"""What an organization's dashboard is narrowed to, read from its URL and written back into links."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from carbontrack.dynamodb import ItemNotFound
from emissions.dashboard.periods import Month
from emissions.days import EARLIEST_DAY
from emissions.domain.entries import ActivityType, Scope
from emissions.domain.totals import NO_DEPARTMENT
from emissions.work.years import ReportingYear
from organizations.domain import Organization

#: In URLs, the work of people without a department.
NONE = "none"
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class WorkFilters:
    """One reporting year, and what else is asked for; None means all.

    `department` is the id of one that was not merged away, or `NO_DEPARTMENT`; it stands for that department
    with all that were merged into it and all inside it. `this_year` is the reporting year of today, which a
    link does not spell out: it stays current.
    """

    year: ReportingYear
    this_year: ReportingYear
    department: str | None = None
    activity_type: ActivityType | None = None
    scope: Scope | None = None

    @classmethod
    def of(cls, organization: Organization, *, today: date) -> WorkFilters:
        """Nothing narrowed: the reporting year of today."""
        begins_in = organization.reporting_year_start
        this_year = ReportingYear.containing(Month.of(today), begins_in=begins_in)
        return cls(this_year, this_year)

    @classmethod
    def parse(
        cls,
        params: Mapping[str, str],
        organization: Organization,
        *,
        managed: Collection[str] | None,
        today: date,
    ) -> WorkFilters:
        """Read a query string: `year=2026`, `department=<id>` or `none`, `type=energy`, `scope=1`.

        A type, scope or year that makes no sense is left out, and so is a year that has not begun. `managed`
        are the only departments the reader may see; None is all. Raises ItemNotFound for a department that
        does not exist, is another organization's, or is not the reader's to see.
        """
        filters = cls.of(organization, today=today)
        return replace(
            filters,
            year=_year(params.get("year", ""), filters.this_year),
            department=_department(params.get("department", ""), organization, managed),
            activity_type=_activity_type(params.get("type", "")),
            scope=_scope(params.get("scope", "")),
        )

    def with_(self, **changes: Any) -> WorkFilters:
        """The same with some of them changed; None takes one away."""
        return replace(self, **changes)

    @property
    def params(self) -> dict[str, str]:
        """The one spelling of these filters in a URL."""
        params = {}
        if self.year != self.this_year:
            params["year"] = str(self.year.year)
        if self.department is not None:
            params["department"] = NONE if self.department == NO_DEPARTMENT else self.department
        if self.activity_type is not None:
            params["type"] = self.activity_type.value
        if self.scope is not None:
            params["scope"] = str(int(self.scope))
        return params

    @property
    def query(self) -> str:
        """`?year=2025&type=energy` to put behind an address; empty where nothing is narrowed."""
        return f"?{urlencode(self.params)}" if self.params else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether less than the whole year is asked for."""
        return (self.department, self.activity_type, self.scope) != (None, None, None)

    def includes(self, activity_type: str, scope: str) -> bool:
        """Whether kg of an activity type and a scope (`3`, or `3.6` with its category) are asked for."""
        return (self.activity_type is None or activity_type == self.activity_type) and (
            self.scope is None or scope.partition(".")[0] == str(int(self.scope))
        )


def _year(text: str, this_year: ReportingYear) -> ReportingYear:
    if not _YEAR.fullmatch(text):
        return this_year
    year = ReportingYear(Month(int(text), this_year.start.number))
    return year if Month.of(EARLIEST_DAY) <= year.last and year <= this_year else this_year


def _department(text: str, organization: Organization, managed: Collection[str] | None) -> str | None:
    if not text:
        return None
    if text == NONE and managed is None:
        return NO_DEPARTMENT
    department = organization.effective_department(text)
    if department is None or (managed is not None and department.id not in managed):
        raise ItemNotFound(f"department {text!r} of organization {organization.id}")
    return department.id


def _activity_type(text: str) -> ActivityType | None:
    return ActivityType(text) if text in set(ActivityType) else None


def _scope(text: str) -> Scope | None:
    return Scope(int(text)) if text in {"1", "2", "3"} else None
