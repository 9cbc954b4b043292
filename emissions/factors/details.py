"""Everything there is to say about one factor, for its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from accounts.domain import UnitSystem
from emissions.domain.entries import EmissionFactor, Scope
from emissions.factors import choices, regions, units
from emissions.factors.boundaries import boundary_note
from emissions.factors.categories import category_label, type_label
from emissions.factors.choices import EverydayChoice
from emissions.factors.history import History, history_of
from emissions.factors.resolution import Catalog
from emissions.factors.sources import Source
from emissions.figures import significant

_GASES = ("Carbon dioxide, CO₂", "Methane, CH₄", "Nitrous oxide, N₂O")
#: The last word of a key where a source publishes one thing per several units.
_UNIT_WORDS = frozenset({"kg", "kwh", "litre", "m3", "km", "pkm"})
_SCOPES = {
    Scope.ONE: "Scope 1: direct, from what an organization itself burns or drives.",
    Scope.TWO: "Scope 2: from making the electricity or heat that an organization buys.",
    Scope.THREE: "Scope 3: from what others do for an organization.",
}
_SCOPE3_CATEGORIES = {
    1: "goods and services bought",
    3: "fuel and energy, before they are used",
    4: "transport of goods bought",
    5: "waste",
    6: "business travel",
    7: "commuting",
    9: "transport of goods sold",
}


@dataclass(frozen=True, slots=True)
class Gas:
    """One gas's part of a factor, in kg CO2e per unit, and in percent of all."""

    name: str
    kg_co2e: Decimal
    percent: Decimal

    @property
    def share(self) -> str:
        return f"{significant(self.percent, 3)}%"


@dataclass(frozen=True, slots=True)
class OtherRegion:
    factor: EmissionFactor
    source: Source
    name: str
    is_home: bool


@dataclass(frozen=True, slots=True)
class Upstream:
    """What the main figure leaves out, each part per unit, and the sum of both."""

    parts: list[EmissionFactor]
    total: Decimal


@dataclass(frozen=True, slots=True)
class FactorDetails:
    """`factor` is the edition of the day. `other_value` is about the same per `other_unit`."""

    factor: EmissionFactor
    source: Source
    source_ref: str
    region: str
    boundaries: str
    scope: str
    gases: list[Gas]
    history: History
    upstream: Upstream | None
    other_regions: list[OtherRegion]
    other_units: list[EmissionFactor]
    choices: list[EverydayChoice]
    other_value: str
    other_unit: str

    @property
    def unit(self) -> str:
        """What the figure is per, in words."""
        return units.unit_label(self.factor.unit, 1)

    @property
    def type_label(self) -> str:
        return type_label(self.factor.activity_type)

    @property
    def category_label(self) -> str:
        return category_label(self.factor.activity_type, self.factor.category)

    @property
    def opens_regions(self) -> bool:
        """Whether the other regions are few enough to be shown at once."""
        return len(self.other_regions) <= 5


def details_of(catalog: Catalog, factor: EmissionFactor, *, home: str | None) -> FactorDetails:
    """The page of a factor (an edition), for somebody who lives in `home`."""
    published = catalog.published(factor)
    other_unit = units.codes_for(factor.unit, UnitSystem.IMPERIAL)[0]
    is_same = units.conversion(other_unit, factor.unit) == 1
    return FactorDetails(
        factor=factor,
        source=catalog.source(factor.source_id),
        source_ref=published.source_ref,
        region=regions.name(factor.region),
        boundaries=boundary_note(factor),
        scope=_scope(factor),
        gases=_gases(factor, (published.kg_co2, published.kg_ch4_co2e, published.kg_n2o_co2e)),
        history=history_of(catalog, factor),
        upstream=_upstream(catalog, factor),
        other_regions=_other_regions(catalog, factor, home),
        other_units=_other_units(catalog, factor),
        choices=[choice for choice in choices.all() if factor.key in choice.keys],
        other_value="" if is_same else significant(_per(factor, other_unit), 4),
        other_unit="" if is_same else units.unit_label(other_unit, 1),
    )


def _per(factor: EmissionFactor, unit: str) -> Decimal:
    with localcontext(units.PRECISION):
        return factor.kg_co2e_per_unit * units.conversion(unit, factor.unit)


def _scope(factor: EmissionFactor) -> str:
    category = _SCOPE3_CATEGORIES.get(factor.scope3_category or 0)
    if category is None:
        return _SCOPES[factor.scope]
    number = f"category {factor.scope3_category}, {category}"
    if factor.scope is Scope.THREE:
        return f"Scope 3, {number}."
    return f"{_SCOPES[factor.scope]} The same done by employees or suppliers is scope 3, {number}."


def _gases(factor: EmissionFactor, parts: Sequence[str]) -> list[Gas]:
    """The gases, where the source tells them apart and there is something to divide."""
    if not all(parts) or not factor.kg_co2e_per_unit:
        return []
    kg = [Decimal(part) for part in parts]
    whole = sum(kg) or factor.kg_co2e_per_unit
    return [Gas(name, part, part * 100 / whole) for name, part in zip(_GASES, kg, strict=True)]


def _upstream(catalog: Catalog, factor: EmissionFactor) -> Upstream | None:
    parts = catalog.upstream(factor)
    if not parts:
        return None
    return Upstream(parts, sum((part.kg_co2e_per_unit for part in parts), factor.kg_co2e_per_unit))


def _other_regions(catalog: Catalog, factor: EmissionFactor, home: str | None) -> list[OtherRegion]:
    """The same in other places on the same day: the person's own first, then by name."""
    nearest = set(regions.chain(home)) - {regions.WORLD} if home else set()
    found = []
    for code in catalog.regions_of(factor.key):
        if code == factor.region:
            continue
        other = catalog.latest(f"{factor.key}.{code}")
        assert other is not None
        found.append(OtherRegion(other, catalog.source(other.source_id), regions.name(code), code in nearest))
    return sorted(
        found, key=lambda other: (not other.is_home, other.factor.region != regions.WORLD, other.name)
    )


def _other_units(catalog: Catalog, factor: EmissionFactor) -> list[EmissionFactor]:
    """The same thing published per another unit: natural gas per kWh, per m³, per kg."""
    stem, _, unit = factor.key.rpartition(".")
    if unit not in _UNIT_WORDS:
        return []
    siblings = (catalog.latest(f"{stem}.{word}.{factor.region}") for word in sorted(_UNIT_WORDS - {unit}))
    return [sibling for sibling in siblings if sibling is not None]
