"""Where an organization's dashboard leads: the same page with other filters, and its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from emissions.domain.entries import ActivityType, Scope
from emissions.domain.scopes import WorkScope
from emissions.factors.categories import TYPE_LABELS
from emissions.work.figures import WorkFigures
from emissions.work.filters import WorkFilters
from emissions.work.years import ReportingYear
from organizations.domain import OrganizationOverview

#: Years that the filter offers before this one, if the target's base year does not reach further back.
EARLIER_YEARS = 4
Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class WorkLinks:
    """Addresses with filters in them. `is_limited` for an administrator of some departments only.

    Theirs always say which department: without one, they are led to their first. `file` is empty where the
    page is shown to somebody on a visit, who takes nothing away and changes nothing.
    """

    page: str
    file: str
    is_limited: bool

    @classmethod
    def of(cls, *, is_limited: bool) -> WorkLinks:
        return cls(
            page=reverse("emissions:organization-dashboard"),
            file=reverse("emissions:organization-export"),
            is_limited=is_limited,
        )

    @property
    def is_visit(self) -> bool:
        return not self.file

    def params(self, filters: WorkFilters) -> dict[str, str]:
        return ({"department": ""} if self.is_limited else {}) | filters.params

    def to(self, filters: WorkFilters) -> str:
        params = self.params(filters)
        return f"{self.page}?{urlencode(params)}" if params else self.page

    def export(self, filters: WorkFilters, file_format: str) -> str:
        return f"{self.file}?{urlencode({'format': file_format} | self.params(filters))}"


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is on: what it says, and the address of the page without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Field:
    """A select of the form with filters. The first option stands for all."""

    name: str
    label: str
    options: Options
    chosen: str


def chips(figures: WorkFigures, links: WorkLinks) -> Iterator[Chip]:
    filters = figures.filters
    if filters.year != filters.this_year:
        yield Chip(filters.year.label, links.to(filters.with_(year=filters.this_year)))
    if filters.department is not None and not (links.is_limited and len(figures.choices) < 2):
        yield Chip(figures.part.label, links.to(filters.with_(department=None)))
    if filters.activity_type is not None:
        yield Chip(TYPE_LABELS[filters.activity_type], links.to(filters.with_(activity_type=None)))
    if filters.scope is not None:
        yield Chip(f"Scope {filters.scope:d}", links.to(filters.with_(scope=None)))


def fields(overview: OrganizationOverview, figures: WorkFigures, links: WorkLinks) -> tuple[Field, ...]:
    """The selects, in the order of the address."""
    filters = figures.filters
    params = filters.with_(year=filters.this_year).params
    everything = "All your departments" if links.is_limited else "All departments"
    return (
        Field("year", "Year", _years(overview, filters), str(filters.year.year)),
        Field(
            "department",
            "Department",
            [
                *([] if links.is_limited and len(figures.choices) == 1 else [("", everything)]),
                *(
                    (filters.with_(department=each.id).params["department"], each.label)
                    for each in figures.choices
                ),
            ],
            params.get("department", ""),
        ),
        Field(
            "type",
            "Type",
            [("", "All types"), *((kind.value, TYPE_LABELS[kind]) for kind in ActivityType)],
            params.get("type", ""),
        ),
        Field(
            "scope",
            "Scope",
            [("", "All scopes"), *((f"{scope:d}", WorkScope(scope).label) for scope in Scope)],
            params.get("scope", ""),
        ),
    )


def _years(overview: OrganizationOverview, filters: WorkFilters) -> Options:
    """This year and those before it: some, or as many as the target looks back; and the chosen one."""
    this_year = filters.this_year
    first = this_year.year - EARLIER_YEARS
    if overview.target is not None:
        first = min(first, overview.target.base_year)
    years: Sequence[ReportingYear] = [
        ReportingYear.beginning(year, begins_in=this_year.start.number)
        for year in range(this_year.year, first - 1, -1)
    ]
    if filters.year not in years:
        years = [*years, filters.year]
    return [(str(each.year), each.label) for each in years]
