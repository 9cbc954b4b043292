"""Where a number comes from, in words: the arithmetic, the factor, its source, and how it was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from emissions.calculation import Calculation
from emissions.domain.entries import Entry, FactorSnapshot
from emissions.domain.publications import is_own
from emissions.factors import catalog, choices, regions, units
from emissions.factors.boundaries import boundary_note, is_declared
from emissions.factors.sources import Source

_HOW_FOUND = {
    "own": "It is the figure for your own region.",
    "parent": "There is none for your own area; this is the figure for {region}, which it is a part of.",
    "global": "It is a worldwide figure: we have none for your country alone.",
    "proxy": "We have none for your country or the world; {region} stands in.",
}
_DECLARED = "It is a definition, the same everywhere."
_OWN = "It is your organization's own figure, which its administrators have set for work entries."


@dataclass(frozen=True, slots=True)
class Explanation:
    """amount × conversion × factor ÷ people = kg CO2e, and who says so.

    `boundaries` says what the figure counts and leaves out, "" where there is nothing to say; `edition_note`
    says that the activity is older than the oldest edition, "" where it is not.
    `source` is None when the publication is no longer shipped, or an organization's own: the factor's own
    words still name it.
    """

    amount: Decimal
    unit: str
    people: int
    co2_emissions: Decimal
    factor: FactorSnapshot
    source: Source | None
    region: str
    boundaries: str
    edition_note: str

    @property
    def is_converted(self) -> bool:
        return self.factor.conversion != 1

    @property
    def factor_unit(self) -> str:
        """What the factor is per, in words after exactly one."""
        return units.unit_label(self.factor.unit, 1)

    @property
    def unit_word(self) -> str:
        """What was measured in, in words after exactly one."""
        return units.unit_label(self.unit, 1)

    @property
    def is_proxy(self) -> bool:
        return self.factor.match == "proxy"

    @property
    def is_declared(self) -> bool:
        """Whether the factor is a definition, such as the zero of walking."""
        return is_declared(self.factor.source_id)

    @property
    def is_own(self) -> bool:
        """Whether it is a figure that the organization it counts for has set."""
        return is_own(self.factor.source_id)

    @property
    def how_found(self) -> str:
        """Why this region's factor was used."""
        if self.is_declared:
            return _DECLARED
        if self.is_own:
            return _OWN
        return _HOW_FOUND[self.factor.match].format(region=self.region)


def explain(
    *,
    variant: str,
    amount: Decimal,
    unit: str,
    people: int,
    co2_emissions: Decimal,
    factor: FactorSnapshot,
    on: date,
) -> Explanation:
    """`on` is the day of the activity."""
    return Explanation(
        amount=amount,
        unit=unit,
        people=people,
        co2_emissions=co2_emissions,
        factor=factor,
        source=catalog().find_source(factor.source_id),
        region=regions.name(factor.region.lower()),
        boundaries=_boundaries(variant, factor),
        edition_note=_edition_note(factor, on),
    )


def _boundaries(variant: str, used: FactorSnapshot) -> str:
    everyday = choices.find(variant)
    edition = next((each for each in catalog().editions(used.id) if each.source_id == used.source_id), None)
    notes = [everyday.note if everyday else "", boundary_note(edition) if edition else ""]
    return " ".join(filter(None, notes))


def _edition_note(used: FactorSnapshot, on: date) -> str:
    oldest = next(iter(catalog().editions(used.id)), None)
    if oldest is None or on >= oldest.valid_from or is_own(used.source_id):
        return ""
    return f"Our oldest figure is of {oldest.source_year}; it stands for earlier years as well."


def explain_entry(entry: Entry) -> Explanation:
    return explain(
        variant=entry.variant,
        amount=entry.amount,
        unit=entry.unit,
        people=entry.people,
        co2_emissions=entry.co2_emissions,
        factor=entry.factor,
        on=entry.local_date,
    )


def explain_calculation(calculation: Calculation) -> Explanation:
    return explain(
        variant=calculation.variant,
        amount=calculation.amount,
        unit=calculation.unit,
        people=calculation.people,
        co2_emissions=calculation.co2_emissions,
        factor=calculation.snapshot(),
        on=calculation.on,
    )
