"""The catalogue: every factor and edition, and which one an activity uses.

**Which edition.** The one in force on the day: the latest `valid_from` on or before it; for days before the
first edition, the first. So British electricity in 2026 uses the 2026 edition, and Germany's in 2021 the data
year 2021.

**Which region.** The person's own, its parents, the world (`us-camx`, `us`, `global`); then, marked as such,
a declared proxy (`gb`, `us`). Region goes before the order of an everyday choice's keys: an American's medium
car uses the American average car before a British medium one. A factor that counts in no unit of the amount
is passed over.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Literal

from emissions.domain.entries import EmissionFactor
from emissions.factors import choices, regions, units
from emissions.factors.boundaries import boundary_note
from emissions.factors.choices import EverydayChoice
from emissions.factors.errors import FactorNotFound, UnitNotUsable
from emissions.factors.reading import Published, Row, read_factors, read_upstream
from emissions.factors.searching import SearchIndex
from emissions.factors.sources import Source, all_sources
from emissions.factors.unit_names import FACTOR_UNIT_CODES

Match = Literal["own", "parent", "global", "proxy"]
#: How much of an unknown key is looked at to guess what was meant: trying each word of a book takes hours.
LONGEST_GUESS = 200
_NOTHING_PUBLISHED = Published("", "", "", "")


@dataclass(frozen=True, slots=True)
class Resolution:
    """The factor to use, and where it was found: the person's own region, a parent, the world, or a proxy."""

    factor: EmissionFactor
    match: Match
    choice: EverydayChoice | None = None

    @property
    def boundary_note(self) -> str:
        """What the figure counts and leaves out; "" where there is nothing to say."""
        notes = (self.choice.note if self.choice else "", boundary_note(self.factor))
        return " ".join(filter(None, notes))


class Catalog:
    """Factors by id and edition. Immutable once built.

    All look-ups go through `ids`, `editions`, `regions_of`, `published` and `find_source`, so that is all a
    layer of published factors above the built-in ones has to answer (`layers`).
    """

    def __init__(self, factors: Iterable[Row], upstream: Iterable[Row] = ()) -> None:
        self._published: dict[tuple[str, date], Published] = {}
        self._editions = self._by_id(factors)
        self._upstream = self._by_id(upstream)
        self._regions: dict[str, list[str]] = {}
        for factor_id in self._editions:
            key, _, region = factor_id.rpartition(".")
            self._regions.setdefault(key, []).append(region)

    def _by_id(self, rows: Iterable[Row]) -> dict[str, tuple[EmissionFactor, ...]]:
        by_id: dict[str, list[EmissionFactor]] = {}
        for factor, published in rows:
            by_id.setdefault(factor.id, []).append(factor)
            if published is not _NOTHING_PUBLISHED:
                self._published[factor.id, factor.valid_from] = published
        return {
            factor_id: tuple(sorted(by_id[factor_id], key=lambda factor: factor.valid_from))
            for factor_id in sorted(by_id)
        }

    # -- Looking up -----------------------------------------------------------------------------------------

    def ids(self) -> Iterable[str]:
        """The ids of all main factors, sorted."""
        return self._editions.keys()

    def editions(self, factor_id: str) -> tuple[EmissionFactor, ...]:
        """Every edition of a factor, oldest first; empty for an id that does not exist."""
        return self._editions.get(factor_id, ())

    def in_force(self, factor_id: str, on: date) -> EmissionFactor | None:
        """The edition of a day; None for an id that does not exist."""
        editions = self.editions(factor_id)
        return edition_of(editions, on) if editions else None

    def latest(self, factor_id: str) -> EmissionFactor | None:
        editions = self.editions(factor_id)
        return editions[-1] if editions else None

    def regions_of(self, key: str) -> Sequence[str]:
        """The regions that have a factor of their own for a catalogue key."""
        return self._regions.get(key, ())

    def published(self, factor: EmissionFactor) -> Published:
        """The gases and the place in the source that belong to a factor of this catalogue."""
        return self._published.get((factor.id, factor.valid_from), _NOTHING_PUBLISHED)

    def sources(self) -> Mapping[str, Source]:
        """Every publication by id, also those whose factors are not in force any more."""
        return all_sources()

    def find_source(self, source_id: str) -> Source | None:
        """The publication of an id; None for one that was never in this catalogue."""
        return all_sources().get(source_id)

    def source(self, source_id: str) -> Source:
        """The publication a factor of this catalogue comes from. Raises KeyError."""
        found = self.find_source(source_id)
        if found is None:
            raise KeyError(source_id)
        return found

    def upstream(self, factor: EmissionFactor) -> list[EmissionFactor]:
        """Add-ons that the factor leaves out (making the fuel, grid losses), in its own edition."""
        stem, _, region = factor.id.rpartition(".")
        found = (
            edition_of(editions, factor.valid_from)
            for factor_id, editions in self._upstream.items()
            if factor_id.startswith(f"{stem}.") and factor_id.endswith(f".{region}")
            and factor_id.count(".") == factor.id.count(".") + 1
        )  # fmt: skip
        return list(found)

    def unit_of(self, key: str) -> str:
        """The unit code of a catalogue key's factors: the same in all regions."""
        unit = self.editions(f"{key}.{self.regions_of(key)[0]}")[0].unit
        return FACTOR_UNIT_CODES.get(unit, unit)

    def name_of(self, key: str) -> str:
        """The catalogue's name for a key, whichever the region; the key itself when it does not exist.

        Sources append the place where there is one row a country ("Hotel room per night, Australia").
        """
        places = self.regions_of(key)
        if not places:
            return key
        place = next((place for place in (regions.WORLD, *regions.PROXIES) if place in places), places[0])
        name = self.editions(f"{key}.{place}")[-1].variant
        return name.partition(",")[0].removeprefix("UK ").partition(" (")[0] if len(places) > 2 else name

    @cached_property
    def fingerprint(self) -> str:
        """Another one whenever a figure of this catalogue is another, or in force on other days."""
        digest = hashlib.blake2b(digest_size=16)
        for factor_id, editions in self._editions.items():
            for each in editions:
                value = f"{each.kg_co2e_per_unit} {each.unit}"
                digest.update(f"{factor_id} {each.valid_from} {value} {each.source_id}\n".encode())
        return digest.hexdigest()

    # -- Resolving ------------------------------------------------------------------------------------------

    def resolve(self, key: str, *, region: str, on: date, unit: str | None = None) -> Resolution:
        """The factor for an everyday choice or a catalogue key, where somebody lives, on a day.

        `unit` is the code of the amount's unit; without it the usual unit of the choice is meant.
        Raises `FactorNotFound`, or `UnitNotUsable` when no factor of the choice is published in such a unit.
        """
        choice = choices.find(key)
        keys = choice.keys if choice else (key,)
        keys = tuple(key for key in keys if self.regions_of(key))
        if not keys:
            raise FactorNotFound(key, nearest=self.nearest(key))
        if unit is None and choice is not None:
            unit = choice.units[0]
        if unit is not None:
            keys = self._keys_in(unit, keys, choice)
        found = self._nearest_region(keys, region, choice.proxies if choice else None)
        if found is None:
            raise FactorNotFound(key, nearest=self.nearest(key))
        factor_id, match = found
        return Resolution(edition_of(self.editions(factor_id), on), match, choice)

    def _keys_in(self, unit: str, keys: tuple[str, ...], choice: EverydayChoice | None) -> tuple[str, ...]:
        litre_as_kg = choice is not None and choice.litre_as_kg
        usable = tuple(
            key
            for key in keys
            if units.is_convertible(unit, self.unit_of(key))
            or (litre_as_kg and units.is_convertible(unit, "litre"))
        )
        if not usable:
            accepted = choice.units if choice else units.codes_for(self.unit_of(keys[0]))
            raise UnitNotUsable(units.not_usable(unit, accepted))
        return usable

    def _nearest_region(
        self, keys: tuple[str, ...], region: str, proxies: tuple[str, ...] | None
    ) -> tuple[str, Match] | None:
        chain = regions.chain(region)
        for place in (*chain, *(proxies or regions.proxy_chain(region))):
            for key in keys:
                if self.editions(factor_id := f"{key}.{place}"):
                    return factor_id, _match(place, region, chain)
        return None

    # -- Searching ------------------------------------------------------------------------------------------

    @cached_property
    def index(self) -> SearchIndex:
        """Built at the first search."""
        return SearchIndex(factor for factor_id in self.ids() if (factor := self.latest(factor_id)))

    def search(
        self,
        text: str,
        *,
        activity_type: str | None = None,
        category: str | None = None,
        region: str | None = None,
        limit: int = 20,
    ) -> list[EmissionFactor]:
        """Factors in their latest edition, best hit first; without words, in the catalogue's order.

        With `region`, what somebody living there would use: one factor a key, found along the region's chain
        and proxies. Without it, every region's.
        """
        result: list[EmissionFactor] = []
        seen: set[str] = set()
        for factor in self.index.find(text, activity_type=activity_type, category=category):
            if region is not None:
                if factor.key in seen:
                    continue
                seen.add(factor.key)
                found = self._nearest_region((factor.key,), region, None)
                nearest = self.latest(found[0]) if found else None
                if nearest is None:
                    continue
                factor = nearest
            result.append(factor)
            if len(result) == limit:
                break
        return result

    def nearest(self, text: str, limit: int = 3) -> list[str]:
        """Labels of what somebody perhaps meant: everyday choices first, then names of the catalogue."""
        index = self.index
        if not (words := index.corrected(text[:LONGEST_GUESS].replace("_", " "))):
            return []
        labels = [choice.label for choice in index.choices(words, any_word=True)]
        labels += [factor.variant for factor in index.find(words, any_word=True)]
        return list(dict.fromkeys(labels))[:limit]


def edition_of(editions: Sequence[EmissionFactor], on: date) -> EmissionFactor:
    """The latest edition that began on or before the day, or the first of all."""
    return editions[max(bisect_right(editions, on, key=lambda edition: edition.valid_from) - 1, 0)]


def _match(place: str, region: str, chain: tuple[str, ...]) -> Match:
    if place not in chain:
        return "proxy"
    if place == regions.WORLD:
        return "global"
    return "own" if place == region else "parent"


@cache
def built_in() -> Catalog:
    """What ships with the product, read at first use. What is in force is `current.catalog`."""
    return Catalog(read_factors(), read_upstream())
