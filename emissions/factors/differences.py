"""What an edition changes: each of its factors beside what would be in force without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from emissions.domain.entries import EmissionFactor
from emissions.domain.publications import Publication, PublishedRow
from emissions.factors import regions, units
from emissions.factors.resolution import Catalog

#: From five times as much on, or a fifth, it is more likely a slip of the decimal point than the world.
JUMP = 5


class Kind(StrEnum):
    """MISSING is in force from the same publisher, or in the file that is corrected, and not in this one."""

    CHANGED = "changed"
    NEW = "new"
    MISSING = "missing"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Difference:
    """One factor. `before` is in force on the edition's first day without it, None for a new factor.

    `after` is kg CO2e per unit, None where the edition says nothing. `until` is the last day for which the
    edition is in force, None where none comes after it.
    """

    kind: Kind
    factor_id: str
    name: str
    unit: str
    before: EmissionFactor | None
    after: Decimal | None
    before_source: str = ""
    until: date | None = None

    @property
    def percent(self) -> Decimal | None:
        """By how much it changes; None where that cannot be said, from zero or to nothing."""
        if self.before is None or self.after is None or not self.before.kg_co2e_per_unit:
            return None
        return (self.after - self.before.kg_co2e_per_unit) * 100 / self.before.kg_co2e_per_unit

    @property
    def is_jump(self) -> bool:
        """Whether it changes so much that somebody should look twice."""
        if self.before is None or self.after is None:
            return False
        smaller, larger = sorted((self.before.kg_co2e_per_unit, self.after))
        return larger > smaller * JUMP

    @property
    def region(self) -> str:
        return regions.name(self.factor_id.rpartition(".")[2])

    @property
    def unit_word(self) -> str:
        return units.unit_label(self.unit, 1)


class Differences:
    """All of an edition, the largest changes first."""

    def __init__(self, found: Iterable[Difference]) -> None:
        self.all = sorted(found, key=_largest_first)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many of each kind; all four are there."""
        counted = Counter(each.kind.value for each in self.all)
        return {kind.value: counted[kind.value] for kind in Kind}

    @cached_property
    def jumps(self) -> list[Difference]:
        return [each for each in self.all if each.is_jump]

    @cached_property
    def followed(self) -> int:
        """How many are in force for a while only, because there is a newer edition already."""
        return sum(each.until is not None for each in self.all)

    def matching(self, *, kind: str = "", text: str = "") -> list[Difference]:
        """Those of a kind, `jump` included, with all words in their id or name."""
        words = text.lower().split()
        return [
            each
            for each in self.all
            if (not kind or each.kind == kind or (kind == "jump" and each.is_jump))
            and all(word in f"{each.factor_id} {each.name}".lower() for word in words)
        ]


def _largest_first(difference: Difference) -> tuple[int, bool, Decimal, str]:
    percent = difference.percent
    place = list(Kind).index(difference.kind)
    return place, not difference.is_jump, -abs(percent or Decimal(0)), difference.factor_id


def differences_of(
    publication: Publication,
    rows: Iterable[PublishedRow],
    before: Catalog,
    *,
    corrected: Iterable[str] = (),
) -> Differences:
    """A publication's rows against the catalogue `before` it.

    `corrected` are the factors of the upload that it corrects: of those, what is missing falls away. Where it
    corrects none, factors of the same publisher that are not in it are missing, and stay as they are.
    """
    rows = list(rows)
    found = [_difference(publication, row, before) for row in rows]
    there = {row.factor_id for row in rows}
    return Differences([*found, *_missing(publication, there, before, set(corrected))])


def _difference(publication: Publication, row: PublishedRow, before: Catalog) -> Difference:
    edition = before.in_force(row.factor_id, publication.valid_from)
    if edition is None:
        kind = Kind.NEW
    elif edition.kg_co2e_per_unit == row.kg_co2e_per_unit:
        kind = Kind.SAME
    else:
        kind = Kind.CHANGED
    later = (each.valid_from for each in before.editions(row.factor_id))
    next_on = next((each for each in later if each > publication.valid_from), None)
    return Difference(
        kind,
        row.factor_id,
        row.name,
        row.unit,
        before=edition,
        after=row.kg_co2e_per_unit,
        before_source=_source(before, edition),
        until=None if next_on is None else next_on - timedelta(days=1),
    )


def _missing(
    publication: Publication, there: set[str], before: Catalog, corrected: set[str]
) -> Iterator[Difference]:
    publisher = publication.publisher.casefold()
    for factor_id in before.ids():
        if factor_id in there or (publication.is_correction and factor_id not in corrected):
            continue
        edition = before.in_force(factor_id, publication.valid_from)
        if edition is None:
            continue
        source = before.source(edition.source_id)
        if publication.is_correction or source.publisher.casefold() == publisher:
            said = _source(before, edition)
            yield Difference(Kind.MISSING, factor_id, edition.variant, edition.unit, edition, None, said)


def _source(catalog: Catalog, edition: EmissionFactor | None) -> str:
    if edition is None:
        return ""
    return f"{catalog.source(edition.source_id).short_title}, {edition.source_year}"
