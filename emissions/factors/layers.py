"""Catalogues with more factors above them: what is published for everybody, and an organization's own.

A layer says for each factor it touches which editions there are from then on; everything else is asked of
what lies below. So a catalogue stays immutable, and a layer for one organization is small.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property

from emissions.domain.entries import ActivityType, EmissionFactor
from emissions.domain.publications import Publication, PublishedRow, plain
from emissions.factors.reading import Published, Row
from emissions.factors.resolution import Catalog, edition_of
from emissions.factors.searching import SearchIndex
from emissions.factors.sources import Source

_NOTHING_PUBLISHED = Published("", "", "", "")
Editions = tuple[EmissionFactor, ...]


class LayeredCatalog(Catalog):
    """A catalogue above another one. `editions` are all editions of the factors that the layer touches.

    `sources` are those that the layer brings, also such as are withdrawn: what was logged with them says so.
    """

    def __init__(
        self,
        base: Catalog,
        editions: Mapping[str, Editions],
        *,
        published: Mapping[tuple[str, date], Published],
        sources: Mapping[str, Source],
    ) -> None:
        self.base = base
        self._layer = dict(editions)
        self._gases = dict(published)
        self._layer_sources = dict(sources)
        new = [factor_id for factor_id in self._layer if not base.editions(factor_id)]
        self._all_ids = sorted({*base.ids(), *new}) if new else base.ids()
        self._new_regions: dict[str, list[str]] = {}
        for factor_id in sorted(new):
            key, _, region = factor_id.rpartition(".")
            places = self._new_regions.setdefault(key, list(base.regions_of(key)))
            places.append(region)
            places.sort()

    def ids(self) -> Iterable[str]:
        return self._all_ids

    def editions(self, factor_id: str) -> Editions:
        layer = self._layer.get(factor_id)
        return self.base.editions(factor_id) if layer is None else layer

    def regions_of(self, key: str) -> Sequence[str]:
        return self._new_regions.get(key) or self.base.regions_of(key)

    def published(self, factor: EmissionFactor) -> Published:
        if factor.source_id in self._layer_sources:
            return self._gases.get((factor.id, factor.valid_from), _NOTHING_PUBLISHED)
        return self.base.published(factor)

    def sources(self) -> Mapping[str, Source]:
        return {**self.base.sources(), **self._layer_sources}

    def find_source(self, source_id: str) -> Source | None:
        return self._layer_sources.get(source_id) or self.base.find_source(source_id)

    def upstream(self, factor: EmissionFactor) -> list[EmissionFactor]:
        """None of what is published: what it leaves out is not known, and another source's may be in it."""
        return [] if factor.source_id in self._layer_sources else self.base.upstream(factor)

    @cached_property
    def fingerprint(self) -> str:
        if not self._layer:  # what is withdrawn, or for a later day: no figure is another
            return self.base.fingerprint
        digest = hashlib.blake2b(self.base.fingerprint.encode(), digest_size=16)
        for factor_id in sorted(self._layer):
            for each in self._layer[factor_id]:
                value = f"{plain(each.kg_co2e_per_unit)} {each.unit}"
                digest.update(f"{factor_id} {each.valid_from} {value} {each.source_id}\n".encode())
        return digest.hexdigest()


class OwnCatalog(LayeredCatalog):
    """An organization's own factors above everybody's. What things are called stays, so the words do too."""

    @cached_property
    def index(self) -> SearchIndex:
        return self.base.index


# -- Everybody's --------------------------------------------------------------------------------------------


def with_publications(
    base: Catalog,
    active: Iterable[tuple[Publication, Iterable[Row]]],
    known: Iterable[Publication] = (),
) -> Catalog:
    """The catalogue with the publications that are in force, later ones last; `known` are withdrawn ones too.

    A row stands for its factor from the publication's first day until the next edition's: that of the same
    day it replaces, which is how a figure is corrected.
    """
    sources = {each.source_id: source_of(each) for each in known}
    editions: dict[str, Editions] = {}
    published: dict[tuple[str, date], Published] = {}
    for publication, rows in active:
        sources[publication.source_id] = source_of(publication)
        for factor, gases in rows:
            before = editions.get(factor.id, base.editions(factor.id))
            editions[factor.id] = _with_edition(before, factor)
            published[factor.id, factor.valid_from] = gases
    if not sources:
        return base
    return LayeredCatalog(base, editions, published=published, sources=sources)


def _with_edition(editions: Editions, factor: EmissionFactor) -> Editions:
    others = [each for each in editions if each.valid_from != factor.valid_from]
    return tuple(sorted((*others, factor), key=lambda each: each.valid_from))


# -- An organization's --------------------------------------------------------------------------------------


def with_own(base: Catalog, own: Iterable[tuple[Publication, PublishedRow]]) -> Catalog:
    """Everybody's catalogue with an organization's own factors, each from its first day to its last.

    While it stands, no newer edition of others goes before it; after its last day theirs are in force again.
    One for a factor that everybody's has no longer (its edition was withdrawn) is for no day: it would
    otherwise be for all days, since there is nothing else to be in force on the others.
    """
    sources: dict[str, Source] = {}
    editions: dict[str, Editions] = {}
    published: dict[tuple[str, date], Published] = {}
    for publication, row in sorted(own, key=lambda each: (each[0].valid_from, each[0].id)):
        factor, gases = row_of(publication, row)
        before = editions.get(factor.id, base.editions(factor.id))
        if not before:
            continue
        editions[factor.id] = _standing(before, factor)
        published[factor.id, factor.valid_from] = gases
        sources[publication.source_id] = source_of(publication)
    return OwnCatalog(base, editions, published=published, sources=sources) if sources else base


def _standing(editions: Editions, own: EmissionFactor) -> Editions:
    """The editions with one that stands alone between its first day and its last."""
    before = tuple(each for each in editions if each.valid_from < own.valid_from)
    if not before:
        before = (replace(editions[0], valid_from=date.min),)  # the first one is for all days before
    if own.valid_to is None or own.valid_to == date.max:
        return (*before, own)
    resumes_on = own.valid_to + timedelta(days=1)
    after = tuple(each for each in editions if each.valid_from > resumes_on)
    return (*before, own, replace(edition_of(editions, resumes_on), valid_from=resumes_on), *after)


# -- From what is stored ------------------------------------------------------------------------------------


def row_of(publication: Publication, row: PublishedRow) -> Row:
    """A stored row as the catalogue has them."""
    activity_type, category, _ = row.factor_id.split(".", 2)
    factor = EmissionFactor(
        id=row.factor_id,
        activity_type=ActivityType(activity_type),
        category=category,
        variant=row.name,
        region=row.factor_id.rpartition(".")[2],
        unit=row.unit,
        kg_co2e_per_unit=row.kg_co2e_per_unit,
        scope=row.scope,
        scope3_category=row.scope3_category,
        source_id=publication.source_id,
        source_year=publication.year,
        valid_from=publication.valid_from,
        valid_to=publication.valid_to,
        notes=row.notes,
    )
    return factor, Published(row.kg_co2, row.kg_ch4_co2e, row.kg_n2o_co2e, row.source_ref)


def source_of(publication: Publication) -> Source:
    """A publication as the source that its factors name."""
    return Source(
        id=publication.source_id,
        title=publication.title,
        short_title=publication.publisher,
        publisher=publication.publisher,
        year=publication.year,
        version="",
        licence=publication.licence,
        url=publication.url,
        notes=publication.note,
        valid_from=publication.valid_from,
        valid_to=publication.valid_to,
    )
