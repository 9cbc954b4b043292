"""The catalogue as a list to look through: everyday choices, then every factor, filtered and searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from emissions.domain.entries import EmissionFactor
from emissions.factors import regions, units
from emissions.factors.categories import CATEGORY_LABELS, TYPE_LABELS, category_label
from emissions.factors.current import catalog
from emissions.factors.resolution import Catalog, Match
from emissions.factors.sources import Source
from emissions.figures import significant

EVERYWHERE = "all"
STEP = 50
#: More than the catalogue has: "show more" ends before.
_MOST = 5_000
_LONGEST_SEARCH = 100

Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to, as an address says it. `region` may be `EVERYWHERE`.

    A source narrows to that very edition; without one, each factor is in the edition of the day.
    """

    text: str = ""
    activity_type: str = ""
    category: str = ""
    region: str = EVERYWHERE
    source_id: str = ""
    show: int = STEP

    @classmethod
    def parse(cls, query: Mapping[str, str], *, home: str) -> Filters:
        """What makes no sense is left out, so that a mistyped address shows everything. `home` is the usual
        region.
        """
        activity_type = query.get("type", "")
        if activity_type not in TYPE_LABELS:
            activity_type = ""
        category = query.get("category", "")
        types = [activity_type] if activity_type else list(CATEGORY_LABELS)
        if not any(category in CATEGORY_LABELS[each] for each in types):
            category = ""
        region = query.get("region", home)
        source_id = query.get("source", "")
        show = query.get("show", "")
        return cls(
            text=query.get("q", "").strip()[:_LONGEST_SEARCH],
            activity_type=activity_type,
            category=category,
            region=region if region == EVERYWHERE or regions.exists(region) else home,
            source_id=source_id if source_id in catalog().sources() else "",
            show=min(int(show), _MOST) if show.isascii() and show.isdecimal() and len(show) < 6 else STEP,
        )

    def query(self, **changes: str | int) -> str:
        """The address of these filters with changes; the region stays in it, since its default differs by
        person.
        """
        values: dict[str, str | int] = {
            "q": self.text,
            "type": self.activity_type,
            "category": self.category,
            "region": self.region,
            "source": self.source_id,
            "show": self.show if self.show != STEP else "",
        }
        return urlencode({name: value for name, value in (values | changes).items() if value})

    @property
    def narrows(self) -> bool:
        """Whether anything but the region and the words is set."""
        return bool(self.activity_type or self.category or self.source_id)


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A line of the list. `variant` is what gets logged; `match` is set where a region was asked for."""

    label: str
    factor: EmissionFactor
    variant: str
    source: Source
    match: Match | None = None

    @property
    def category(self) -> str:
        return category_label(self.factor.activity_type, self.factor.category)

    @property
    def region(self) -> str:
        return regions.name(self.factor.region)

    @property
    def value(self) -> str:
        """kg CO2e in four significant figures; the factor's own page has them all."""
        return significant(self.factor.kg_co2e_per_unit, 4)

    @property
    def unit(self) -> str:
        """What the figure is per, in words."""
        return units.unit_label(self.factor.unit, 1)


@dataclass(frozen=True, slots=True)
class Listing:
    """What the page shows: at most `filters.show` lines, everyday choices before the rest of the catalogue.

    `total` counts all lines there are; `elsewhere` those that only other regions have.
    """

    filters: Filters
    everyday: list[FactorRow]
    factors: list[FactorRow]
    total: int
    elsewhere: int = 0
    corrected: str = ""

    @property
    def next_query(self) -> str:
        """The address that shows more, "" when all is shown."""
        return self.filters.query(show=self.filters.show + STEP) if self.total > self.shown else ""

    @property
    def everywhere_query(self) -> str:
        return self.filters.query(region=EVERYWHERE, show="")

    @property
    def corrected_query(self) -> str:
        return self.filters.query(q=self.corrected, show="")

    @property
    def words_query(self) -> str:
        """Only the words and the region stay."""
        return self.filters.query(type="", category="", source="", show="")

    @property
    def is_empty(self) -> bool:
        return self.total == 0

    @property
    def shown(self) -> int:
        return len(self.everyday) + len(self.factors)


def listing(catalog: Catalog, filters: Filters, *, on: date) -> Listing:
    """The list for these filters as of a day."""
    everyday = list(_everyday(catalog, filters, on))
    everything = [
        factor
        for factor in catalog.index.find(
            filters.text, activity_type=filters.activity_type or None, category=filters.category or None
        )
        if _has_edition(catalog, factor.id, filters.source_id)
    ]
    own = [factor for factor in everything if _is_there(factor, filters.region)]
    total = len(everyday) + len(own)
    room = max(filters.show - len(everyday), 0)
    return Listing(
        filters=filters,
        everyday=everyday[: filters.show],
        factors=[_row(catalog, factor.id, filters, on) for factor in own[:room]],
        total=total,
        elsewhere=len(everything) - len(own),
        corrected=_corrected(catalog, filters.text) if not everything and not everyday else "",
    )


def _everyday(catalog: Catalog, filters: Filters, on: date) -> Iterator[FactorRow]:
    if filters.source_id:
        return
    region = regions.WORLD if filters.region == EVERYWHERE else filters.region
    for choice in catalog.index.choices(
        filters.text, activity_type=filters.activity_type or None, category=filters.category or None
    ):
        found = catalog.resolve(choice.id, region=region, on=on)
        match = None if filters.region == EVERYWHERE else found.match
        yield FactorRow(choice.label, found.factor, choice.id, catalog.source(found.factor.source_id), match)


def _row(catalog: Catalog, factor_id: str, filters: Filters, on: date) -> FactorRow:
    factor = catalog.in_force(factor_id, on)
    if filters.source_id:
        factor = next(
            each for each in reversed(catalog.editions(factor_id)) if each.source_id == filters.source_id
        )
    assert factor is not None
    return FactorRow(factor.variant, factor, factor.key, catalog.source(factor.source_id))


def _has_edition(catalog: Catalog, factor_id: str, source_id: str) -> bool:
    return not source_id or any(each.source_id == source_id for each in catalog.editions(factor_id))


def _is_there(factor: EmissionFactor, region: str) -> bool:
    return region == EVERYWHERE or factor.region in regions.chain(region)


def _corrected(catalog: Catalog, text: str) -> str:
    """A spelling that finds something, where the one that was typed finds nothing."""
    corrected = catalog.index.corrected(text)
    if not corrected or corrected == text.lower():
        return ""
    index = catalog.index
    finds = bool(index.choices(corrected)) or any(True for _ in index.find(corrected))
    return corrected if finds else ""


# -- What the filters offer
# -----------------------------------------------------------------------------------


def type_options() -> Options:
    return [(kind.value, label) for kind, label in TYPE_LABELS.items()]


def category_groups(activity_type: str) -> list[tuple[str, Options]]:
    """(type label, its categories); of one type where one is chosen."""
    return [
        (label, list(CATEGORY_LABELS[kind.value].items()))
        for kind, label in TYPE_LABELS.items()
        if not activity_type or kind == activity_type
    ]


def region_groups() -> list[tuple[str, Options]]:
    everywhere = regions.all()
    return [
        ("Countries", [(region.code, region.name) for region in everywhere if not region.is_subregion]),
        (
            "Parts of the US grid",
            [(region.code, region.name) for region in everywhere if region.is_subregion],
        ),
    ]


def source_options(catalog: Catalog) -> Options:
    """The editions that have main factors, as their publishers are known."""
    used = {edition.source_id for factor_id in catalog.ids() for edition in catalog.editions(factor_id)}
    return [
        (source.id, f"{source.short_title}, {source.year}")
        for source in catalog.sources().values()
        if source.id in used
    ]
