"""A factor's editions over the years, and the geometry of their small chart. Columns stand on zero."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from emissions.charts.scale import Scale, position
from emissions.domain.entries import EmissionFactor
from emissions.factors.resolution import Catalog
from emissions.factors.sources import Source
from emissions.figures import significant

HEIGHT = Decimal(150)
TOP = Decimal(24)
BASELINE = Decimal(122)
#: Part of an edition's slot that its column fills, and the widest slot, so that two editions are not two
#: walls.
FILL = Decimal("0.62")
WIDEST_SLOT = Decimal(16)


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition with its column. x, width and center are percent, y and height pixels."""

    factor: EmissionFactor
    source: Source
    is_shown: bool
    change_percent: Decimal | None
    x: Decimal
    width: Decimal
    center: Decimal
    y: Decimal
    height: Decimal

    @property
    def year(self) -> int:
        return self.factor.valid_from.year

    @property
    def text(self) -> str:
        return significant(self.factor.kg_co2e_per_unit, 2)

    @property
    def text_y(self) -> Decimal:
        return self.y - 6


@dataclass(frozen=True, slots=True)
class History:
    """Oldest first. A chart is worth drawing from two editions on."""

    editions: list[Edition]
    height: Decimal = HEIGHT
    baseline: Decimal = BASELINE
    label_y: Decimal = BASELINE + 20

    @property
    def has_chart(self) -> bool:
        return len(self.editions) > 1

    @property
    def newest_first(self) -> list[Edition]:
        return self.editions[::-1]


def history_of(catalog: Catalog, shown: EmissionFactor) -> History:
    """Every edition of the factor that `shown` is one of."""
    factors = catalog.editions(shown.id)
    largest = max(factor.kg_co2e_per_unit for factor in factors) or Decimal(1)
    scale = Scale(top=TOP, baseline=BASELINE, largest=largest)
    slot = min(Decimal(100) / len(factors), WIDEST_SLOT)
    editions = []
    before: Decimal | None = None
    for place, factor in enumerate(factors):
        y = scale.y(factor.kg_co2e_per_unit)
        editions.append(
            Edition(
                factor=factor,
                source=catalog.source(factor.source_id),
                is_shown=factor == shown,
                change_percent=(factor.kg_co2e_per_unit - before) * 100 / before if before else None,
                x=position(slot * place + slot * (1 - FILL) / 2),
                width=position(slot * FILL),
                center=position(slot * place + slot / 2),
                y=y,
                height=BASELINE - y,
            )
        )
        before = factor.kg_co2e_per_unit
    return History(editions)
