"""A person's report: everything they logged in a period, personal and for work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from emissions.dashboard.periods import Month
from emissions.domain.entries import ActivityType, Scope
from emissions.domain.totals import MonthTotals
from emissions.factors import regions
from emissions.reports.categories import category_blocks
from emissions.reports.changes import corrections_table, trail_table
from emissions.reports.charts import MonthColumn
from emissions.reports.document import (
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Figure,
    Kind,
    Row,
    RowStyle,
    Section,
    Table,
    Words,
)
from emissions.reports.ledger import ZERO
from emissions.reports.month_blocks import month_columns, months_chart
from emissions.reports.personal_figures import PersonalFigures
from emissions.reports.protocol import percent, protocol_table
from emissions.reports.sections import (
    UNVERIFIED,
    change_note,
    kg_figure,
    method_section,
    paper_of,
    period_facts,
    potentials_fact,
)
from emissions.reports.uses import MATCH_LABELS, Use, factors_table, sources_table

ARCHIVED = "Archived entries, not told by factor"


def personal_document(figures: PersonalFigures, *, prepared_at: datetime) -> Document:
    profile = figures.profile
    return Document(
        title="Greenhouse gas report",
        subject=profile.display_name,
        period=figures.period.full_label,
        facts=tuple(_facts(figures)),
        figures=tuple(_figures(figures)),
        sections=tuple(_sections(figures)),
        prepared_at=prepared_at,
        prepared_by=profile.display_name,
        time_zone=profile.preferences.time_zone,
        paper=paper_of(profile.preferences.region),
    )


def _facts(figures: PersonalFigures) -> Iterator[tuple[str, str]]:
    profile = figures.profile
    yield "Person", profile.display_name
    if profile.name:
        yield "E-mail", profile.email
    yield "Region", f"{regions.name(profile.preferences.region)} (today’s setting)"
    yield "Period", figures.period.full_label
    yield "Boundary", "All activities this person logged, personal and for work, their share of each"
    yield "Standard", "GHG Protocol: scopes 1 to 3, scope 3 by category"
    yield potentials_fact(figures.ledger.factors)
    yield "Verification", UNVERIFIED


def _figures(figures: PersonalFigures) -> Iterator[Figure]:
    note = change_note(figures.kg, figures.earlier_kg) if figures.compares else ""
    yield kg_figure("Total", figures.kg, note=note)
    for scope in Scope:
        yield kg_figure(f"Scope {scope:d}", figures.by_scope.get(scope, ZERO))
    yield Figure("Entries", f"{figures.entries:,}")


def _sections(figures: PersonalFigures) -> Iterator[Section]:
    keys = figures.ledger.factors
    uses = figures.ledger.category_uses(figures.by_category)
    yield Section("months", "Month by month", tuple(_months(figures)))
    yield Section(
        "scopes",
        "Emissions by scope",
        (
            protocol_table(
                figures.by_scope,
                {category: use.kg for category, use in figures.ledger.scope3.items()},
                total=figures.kg,
            ),
        ),
    )
    yield Section(
        "categories", "Emissions by activity", tuple(category_blocks(figures.by_category, figures.kg))
    )
    yield method_section(keys, is_work=False)
    yield Section(
        "factors",
        "Emission factors",
        (factors_table(uses, total=figures.kg, rest=ARCHIVED), sources_table(keys)),
    )
    yield Section("quality", "Data quality", tuple(_quality(figures)))
    yield Section("changes", "Changes to past figures", tuple(_changes(figures)))


def _months(figures: PersonalFigures) -> Iterator[Block]:
    yield months_chart(
        [
            MonthColumn(
                month,
                _by_type(totals),
                is_running=month == figures.period.running,
                is_empty=not totals.entries,
            )
            for month, totals in zip(figures.period.months, figures.totals, strict=True)
        ]
    )
    compared = any(each.entries for each in figures.earlier)
    yield Table(
        "Months",
        "kg CO2e by month and activity type",
        month_columns("Entries", compared=compared),
        tuple(_month_rows(figures, compared=compared)),
    )


def _month_rows(figures: PersonalFigures, *, compared: bool) -> Iterator[Row]:
    """Nothing logged is not the same as nothing emitted: such a month has no figures."""
    for index, (month, totals) in enumerate(zip(figures.period.months, figures.totals, strict=True)):
        by_type, is_known = _by_type(totals), totals.entries > 0
        cells: list[Cell] = [month.label]
        cells += [by_type[kind] if is_known else None for kind in ActivityType]
        cells.append(totals.co2_emissions if is_known else None)
        if compared:
            then = figures.earlier[index]
            cells.append(then.co2_emissions if then.entries else None)
        yield Row((*cells, totals.entries, _note(month, totals, figures)))
    sums = [sum((_by_type(each)[kind] for each in figures.totals), ZERO) for kind in ActivityType]
    before: tuple[Cell, ...] = ((figures.earlier_kg if figures.compares else ""),) if compared else ()
    yield Row(("Total", *sums, figures.kg, *before, figures.entries, ""), RowStyle.TOTAL)


def _by_type(totals: MonthTotals) -> dict[ActivityType, Decimal]:
    known = totals.by_activity_type()
    return {kind: known.get(kind.value, ZERO) for kind in ActivityType}


def _note(month: Month, totals: MonthTotals, figures: PersonalFigures) -> str:
    if month == figures.period.running:
        return "still running"
    return "" if totals.entries else "nothing logged"


def _quality(figures: PersonalFigures) -> Iterator[Block]:
    ledger, total = figures.ledger, figures.kg
    rows = [
        _use_row(f"Factor found as: {MATCH_LABELS.get(match, match)}", use, total)
        for match, use in sorted(ledger.matches.items(), key=lambda item: (-item[1].kg, item[0]))
    ]
    rows += [
        _use_row("Shared with others, counted by share", ledger.shared, total),
        _use_row("Imported from files", ledger.imported, total),
        _use_row("Written by recurring rules", ledger.recurring, total),
        _use_row("Logged for work", ledger.work, total),
    ]
    if figures.archived.entries or figures.archived.kg:
        rows.append(_use_row("Archived: in totals, not at hand one by one", figures.archived, total))
    yield Words(
        "Amounts are as the person gave them; nothing is estimated for what was not logged. A stand-in is a"
        " factor of another country, used where there is none for the person’s own."
    )
    yield Table(
        "Data quality",
        "What the figures rest on; a row may overlap with another",
        (
            Column("What", width=6),
            Column("Entries", Kind.COUNT, width=1),
            Column("Emissions", Kind.KG, "kg CO2e", width=2),
            Column("Share", Kind.PERCENT, width=1),
        ),
        tuple(rows),
    )
    running = figures.period.running if figures.period.is_unfinished else None
    yield Facts(tuple(period_facts(running=running, missing=figures.missing, ahead=figures.period.ahead)))


def _use_row(label: str, use: Use, total: Decimal) -> Row:
    return Row((label, use.entries, use.kg, percent(use.kg, total)))


def _changes(figures: PersonalFigures) -> Iterator[Block]:
    corrections = figures.ledger.corrections
    if not corrections and not figures.trail:
        yield Words(
            "No result of this period was recalculated: every entry has the factor it was logged with."
        )
        return
    yield Words(
        "Results that were recalculated with another factor. Entries keep their former results; the figures"
        " of this report are those after."
    )
    if corrections:
        yield corrections_table(corrections)
    if figures.trail:
        yield trail_table(figures.trail)
