"""Everyday choices: about a hundred plain words for what people do, each pointing into the catalogue.

A choice names catalogue keys in order of preference. Sources name the same thing differently
(`car.petrol.medium` in Britain, `car.average` in America), and publish a fuel per kWh, per m³ and per kg side
by side; so the region picks among keys by where each exists, and the unit picks among those by what each is
published per. The list is `emissions/data/everyday.csv`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from accounts.domain import UnitSystem
from emissions.domain.entries import ActivityType
from emissions.factors import units as unit_conversion
from emissions.factors.categories import CATEGORY_LABELS
from emissions.factors.files import DATA, read_records

#: For drinks a litre counts as a kilogram: studies of milk and wine use litre and kilogram alike, and water
#: weighs so.
KG_PER_LITRE = Decimal(1)
#: Imperial amounts that are as natural as 20 km or 0.2 kg are.
_ROUND = tuple(Decimal(n) for n in ("0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100"))


@dataclass(frozen=True, slots=True)
class EverydayChoice:
    """`units` are the accepted unit codes; `typical_amount` is a hint in the metric default unit.

    `per` are the units its factors are published per, the usual one first; with `litre_as_kg` a drink may be
    measured in litres although its factor is per kg. `imperial_unit` is the default unit where it is not the
    first of those. `keys` are catalogue keys in order of preference, `proxies` the regions that may stand in
    (None: the usual ones). `words` are other names people search by. `note` is what to know about the figure,
    in a sentence or two.
    """

    id: str
    label: str
    activity_type: ActivityType
    category: str
    keys: tuple[str, ...]
    units: tuple[str, ...]
    typical_amount: Decimal
    per: tuple[str, ...]
    imperial_unit: str = ""
    proxies: tuple[str, ...] | None = None
    litre_as_kg: bool = False
    words: str = ""
    note: str = ""

    def default_unit(self, unit_system: UnitSystem | str = UnitSystem.METRIC) -> str:
        """The unit to fill in for somebody who has not used the choice yet."""
        return self.units_for(unit_system)[0][0]

    def units_for(self, unit_system: UnitSystem | str = UnitSystem.METRIC) -> list[tuple[str, str]]:
        """(code, label) of every accepted unit, those of the person's unit system first."""
        codes = _accepted(self.per, unit_system)
        if unit_system == UnitSystem.IMPERIAL and self.imperial_unit:
            codes = tuple(dict.fromkeys((self.imperial_unit, *codes)))
        return [(code, unit_conversion.unit_label(code)) for code in codes]

    def typical(self, unit_system: UnitSystem | str = UnitSystem.METRIC) -> Decimal:
        """A plausible amount in the default unit of the unit system, for a placeholder."""
        metric, wanted = self.default_unit(), self.default_unit(unit_system)
        if metric == wanted:
            return self.typical_amount
        if self.litre_as_kg:
            return Decimal(1)
        exact = unit_conversion.convert(self.typical_amount, metric, wanted)
        scale = Decimal(10) ** (exact.adjusted() - 1)
        return min((n * scale for n in _ROUND), key=lambda n: abs(n - exact)).normalize() + 0


def all() -> tuple[EverydayChoice, ...]:
    """Every choice, in the order to offer them."""
    return tuple(_by_id().values())


def get(id: str) -> EverydayChoice:
    """The choice of an id. Raises KeyError."""
    return _by_id()[id]


def find(id: str) -> EverydayChoice | None:
    return _by_id().get(id)


def for_category(activity_type: str, category: str) -> list[EverydayChoice]:
    """The choices of one category, the usual one first."""
    return [c for c in all() if c.activity_type == activity_type and c.category == category]


def categories(activity_type: str) -> list[tuple[str, str]]:
    """(category, label) of the categories that have everyday choices, the common ones first."""
    used = {choice.category for choice in all() if choice.activity_type == activity_type}
    return [(name, label) for name, label in CATEGORY_LABELS[activity_type].items() if name in used]


def label(variant: str) -> str:
    """What a person calls an entry's variant: an everyday choice's label, else the catalogue's name."""
    if (choice := find(variant)) is not None:
        return choice.label
    from emissions.factors.current import catalog  # which itself needs the choices

    return catalog().name_of(variant)


def activity_type(variant: str) -> ActivityType:
    """The type of an entry's variant: an everyday choice's, else what the catalogue's key begins with."""
    choice = find(variant)
    return ActivityType(variant.partition(".")[0]) if choice is None else choice.activity_type


@cache
def _by_id() -> dict[str, EverydayChoice]:
    return {row["id"]: _choice(row) for row in read_records(DATA / "everyday.csv")}


def _choice(row: dict[str, str]) -> EverydayChoice:
    per = tuple(row["per"].split())
    return EverydayChoice(
        id=row["id"],
        label=row["label"],
        activity_type=ActivityType(row["activity_type"]),
        category=row["category"],
        keys=tuple(row["keys"].split()),
        units=_accepted(per, UnitSystem.METRIC),
        typical_amount=Decimal(row["typical_amount"]),
        per=per,
        imperial_unit=row["imperial_unit"],
        proxies=tuple(row["proxies"].split()) or None,
        litre_as_kg=bool(row["litre_as_kg"]),
        words=row["words"],
        note=row["note"],
    )


def _accepted(per: tuple[str, ...], unit_system: UnitSystem | str) -> tuple[str, ...]:
    """The codes for several factor units, each once, the unit system's own of the first factor unit first."""
    codes = (code for unit in per for code in unit_conversion.codes_for(unit, unit_system))
    return tuple(dict.fromkeys(codes))
