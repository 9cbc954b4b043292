"""An organization's report, as far as its reader may see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from accounts import countries
from accounts.domain import Profile
from carbontrack.audit import AuditRecord
from emissions.domain.entries import Scope
from emissions.figures import exact
from emissions.reports.changes import trail_table
from emissions.reports.document import Block, Document, Figure, Section, Words
from emissions.reports.protocol import protocol_table
from emissions.reports.sections import (
    UNVERIFIED,
    change_note,
    kg_figure,
    method_section,
    paper_of,
    potentials_fact,
)
from emissions.reports.uses import factors_table, sources_table
from emissions.reports.work_figures import WorkFigures
from emissions.reports.work_ledger import WorkLedger
from emissions.reports.work_tables import (
    categories_blocks,
    departments_blocks,
    months_blocks,
    quality_blocks,
)
from emissions.work.cells import ZERO
from emissions.work.parts import PartKind
from emissions.work.tables import WITHHELD
from organizations.sectors import sector_name

#: Of an administrator's departments, so many are named in the title.
MOST_NAMED = 6
TOGETHER = "Factors told together, archived entries, or entries of deleted accounts"


def work_document(
    figures: WorkFigures,
    ledger: WorkLedger,
    trail: Sequence[AuditRecord] | None,
    *,
    reader: Profile,
    prepared_at: datetime,
) -> Document:
    """`trail` are the records of changes to past figures; None for whoever may not see the audit trail."""
    organization = figures.overview.organization
    part = figures.part
    subject = organization.name if part.is_organization else f"{organization.name}: {_part(figures)}"
    return Document(
        title="Greenhouse gas report",
        subject=subject,
        period=figures.period.full_label,
        facts=tuple(_facts(figures, ledger)),
        figures=tuple(_figures(figures)),
        sections=tuple(_sections(figures, ledger, trail)),
        prepared_at=prepared_at,
        prepared_by=reader.display_name,
        time_zone=reader.preferences.time_zone,
        paper=paper_of(organization.country),
    )


def _facts(figures: WorkFigures, ledger: WorkLedger) -> Iterator[tuple[str, str]]:
    organization = figures.overview.organization
    yield "Organization", organization.name
    yield "Country", countries.name(organization.country)
    if organization.sector:
        yield "Sector", sector_name(organization.sector)
    if organization.headcount:
        yield "Headcount", f"{organization.headcount:,}"
    if organization.floor_area_m2:
        yield "Floor area", f"{exact(organization.floor_area_m2)} m²"
    yield "Part", _part(figures)
    yield "Period", figures.period.full_label
    yield (
        "Boundary",
        "Activities that members logged as work for the organization; nothing of their private life",
    )
    yield "Standard", "GHG Protocol Corporate Standard and Scope 3 Standard; scope 2 location-based"
    yield potentials_fact(ledger.keys)
    yield "Minimum group", f"{figures.minimum} people: figures of fewer are withheld"
    target = figures.overview.target
    if target is not None and figures.part.is_organization:
        yield (
            "Target",
            f"{exact(target.reduction_percent)}% less than the base year {target.base_year}"
            f" ({exact(target.base_kg)} kg CO2e) by {target.target_year}",
        )
    yield "Verification", UNVERIFIED


def _part(figures: WorkFigures) -> str:
    part = figures.part
    if part.is_organization:
        return "The whole organization"
    if part.kind is PartKind.MANAGED:
        organization = figures.overview.organization
        listed = [each.id for each in organization.listed_departments if each.id in (part.departments or ())]
        if len(listed) > MOST_NAMED:
            return f"{len(listed)} departments, listed in “Departments”"
        return organization.department_labels(listed) or part.label
    return part.label


def _figures(figures: WorkFigures) -> Iterator[Figure]:
    pair = figures.comparable
    note = "" if pair is None else change_note(*pair)
    yield kg_figure("Total", figures.kg, note=note, nothing=WITHHELD)
    for scope in Scope:
        kg = None if figures.kg is None else figures.by_scope.get(scope, ZERO)
        yield kg_figure(f"Scope {scope:d}", kg, nothing=WITHHELD)
    headcount = figures.overview.organization.headcount
    if figures.part.is_organization and figures.kg is not None and headcount:
        yield kg_figure("Per head", figures.kg / headcount, note=f"headcount {headcount:,}")


def _sections(
    figures: WorkFigures, ledger: WorkLedger, trail: Sequence[AuditRecord] | None
) -> Iterator[Section]:
    is_whole = figures.part.is_organization
    total = figures.kg if is_whole else None
    uses = ledger.category_uses(dict(figures.by_category or {}) if is_whole and total is not None else None)
    yield Section("months", "Month by month", tuple(months_blocks(figures)))
    yield Section(
        "scopes",
        "Emissions by scope",
        (protocol_table(figures.by_scope, figures.scope3, total=figures.kg, withheld=WITHHELD),),
    )
    yield Section("categories", "Emissions by activity", tuple(categories_blocks(figures)))
    yield Section("departments", "Departments", tuple(departments_blocks(figures)))
    yield method_section(ledger.keys, is_work=True)
    yield Section(
        "factors",
        "Emission factors",
        (
            Words(_factor_words(figures)),
            factors_table(uses, total=total, rest=TOGETHER),
            sources_table(ledger.keys),
        ),
    )
    yield Section("quality", "Data quality", tuple(quality_blocks(figures, ledger)))
    yield Section("changes", "Changes to past figures", tuple(_changes(figures, trail)))


def _factor_words(figures: WorkFigures) -> str:
    if not figures.part.is_organization:
        return (
            "The factors that these departments used. How much each stands for is told in the report of the"
            " whole organization only: the difference between both would be the figure of others."
        )
    return (
        f"A factor that fewer than {figures.minimum} people used in a month is not told alone: it is told"
        " together with others of its category, so that nobody’s home or habits follow from it. Where some"
        " months of a factor are told alone and others are not, it is marked as a part."
    )


def _changes(figures: WorkFigures, trail: Sequence[AuditRecord] | None) -> Iterator[Block]:
    closed = sorted(figures.overview.closed_months, key=lambda each: each.month)
    months = {str(month) for month in figures.period.months}
    locked = [each for each in closed if each.month in months]
    if locked:
        said = ", ".join(f"{each.month} on {each.closed_at:%Y-%m-%d}" for each in locked)
        yield Words(f"Closed, so that their work entries cannot change: {said}.")
    else:
        yield Words("No month of this period is closed: its work entries can still change.")
    if trail is None:
        yield Words(
            "Months that were opened again and results that were recalculated are in the audit trail, which"
            " administrators of the whole organization see."
        )
    elif trail:
        yield Words(
            "Months that were opened again, and results that were recalculated with another factor. The"
            " figures of this report are those after."
        )
        yield trail_table(trail)
    else:
        yield Words(
            "No month of this period was opened again, and no result was recalculated since it began."
        )
