"""What every report says in the same way: how results were worked out, and with which factors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from accounts.domain import IMPERIAL_COUNTRIES
from emissions.dashboard.periods import Month
from emissions.factors import catalog
from emissions.factors.boundaries import boundary_note
from emissions.factors.categories import category_label, type_label
from emissions.figures import KG_PER_TONNE, mass, signed_percent, significant
from emissions.reports.document import Block, Facts, Figure, Section, Words
from emissions.reports.uses import FactorKey, warming_sets
from emissions.work.years import months_label

UNVERIFIED = "Self-reported; not verified by a third party"
_LETTER_COUNTRIES = IMPERIAL_COUNTRIES | {"ca", "mx", "ph", "cl", "co"}


def paper_of(region: str) -> str:
    """What people print on where they live: A4, or US Letter."""
    return "us-letter" if region.partition("-")[0] in _LETTER_COUNTRIES else "a4"


def kg_figure(label: str, kg: Decimal | None, *, note: str = "", nothing: str = "") -> Figure:
    """A mass in three significant figures, as on the dashboard."""
    if kg is None:
        return Figure(label, nothing, "", note)
    value, _, unit = mass(kg).rpartition("\N{NO-BREAK SPACE}")
    return Figure(label, value, f"{unit} CO2e", note)


def tonnes(kg: Decimal) -> str:
    return f"{significant(kg / KG_PER_TONNE)} t CO2e"


def change_note(kg: Decimal, earlier_kg: Decimal) -> str:
    """`−8.3% against the same months a year before`; empty where there is nothing to compare with."""
    if earlier_kg <= 0:
        return ""
    change = (kg - earlier_kg) * 100 / earlier_kg
    return f"{signed_percent(change)} against the same months a year before"


def method_section(keys: Iterable[FactorKey], *, is_work: bool) -> Section:
    scopes = (
        "Each entry is in the scope and category its author chose, by default those of its factor."
        if is_work
        else "Scopes are seen from the person, as if from an organization: scope 1 is fuel burned by"
        " oneself, scope 2 bought electricity and heat, scope 3 all else. What a person logs has no"
        " category of scope 3 of its own; it is in the one that it would be in at work."
    )
    notes = tuple(_boundary_notes(keys))
    blocks: list[Block] = [
        Words(
            "Results follow the GHG Protocol: activity data times an emission factor. For each entry,"
            " amount × conversion to the factor’s unit × factor ÷ people who shared it = kg CO2e. The"
            " result is rounded once, to the milligram, half to even; totals are exact sums of these results."
        ),
        Words(
            "The factor is the edition in force on the day of the activity (for earlier days, the first"
            " edition), for the region of whoever logged it; where there is none, for the larger region it is"
            " part of, then worldwide. Where even that is missing, the factor of another country stands in"
            " (the United Kingdom’s, then the United States’) and is marked as a stand-in."
        ),
        Words(
            "Factors are frozen: an entry keeps the factor it was weighed with, and a newer edition changes"
            " nothing by itself. Results that were recalculated keep their former value; see “Changes to past"
            " figures”."
        ),
        Words(
            f"{scopes} Scope 2 is location-based; a market-based figure is not calculated. Biogenic CO2 is"
            " not part of any total. A day belongs to the month of its author’s own calendar."
        ),
    ]
    if notes:
        blocks += [Words("What the factors in use count and leave out, category by category:"), Facts(notes)]
    return Section("method", "Method", tuple(blocks))


def _boundary_notes(keys: Iterable[FactorKey]) -> Iterator[tuple[str, str]]:
    """Each category with what its factors count and leave out, in the order of names."""
    found: dict[str, dict[str, None]] = {}
    for key in sorted(keys, key=lambda each: (each.activity_type, each.category, each.id)):
        editions = catalog().editions(key.id)
        edition = next((each for each in editions if each.source_id == key.source_id), None)
        note = boundary_note(edition) if edition is not None else ""
        if note:
            label = f"{type_label(key.activity_type)}: {category_label(key.activity_type, key.category)}"
            found.setdefault(label, {})[note] = None
    for label, notes in found.items():
        yield label, " ".join(notes)


def potentials_fact(keys: Iterable[FactorKey]) -> tuple[str, str]:
    words = warming_sets(keys)
    return (
        "Warming potentials",
        f"Those of each source, listed in “Emission factors”: {words}" if words else "No factors in use",
    )


def period_facts(
    *, running: Month | None, missing: Sequence[Month], ahead: Sequence[Month]
) -> Iterator[tuple[str, str]]:
    """Months that are not what a reader would take them for."""
    if running is not None:
        yield "Still running", f"{running.label}: its figures are those so far"
    if ahead:
        yield "Not begun", months_label(ahead)
    yield "Months without entries", months_label(missing) or "None"
