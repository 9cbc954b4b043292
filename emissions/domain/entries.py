"""Activities, emission factors and entries: frozen values. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import IntEnum, StrEnum

#: Results are rounded once, to the milligram; totals add rounded results, so they are exact sums.
KG_QUANTUM = Decimal("0.000001")


class ActivityType(StrEnum):
    """The four things people log. The values are the schema's and are stored."""

    TRANSPORTATION = "transportation"
    ENERGY = "energy"
    FOOD = "food"
    WASTE = "waste"


class Scope(IntEnum):
    """GHG Protocol scope of an activity, seen from an organization that does it."""

    ONE = 1
    TWO = 2
    THREE = 3


def round_kg(kg: Decimal) -> Decimal:
    """Round kg CO2e to the product's one precision (half to even, so that sums do not drift upwards)."""
    return kg.quantize(KG_QUANTUM, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """kg CO2e per canonical unit of an activity, as one edition of one source publishes it.

    `id` ends in the region (`transportation.car.petrol.medium.gb`); `key` is the id without it, the same for
    every region, which is what resolution falls back along.
    """

    id: str
    activity_type: ActivityType
    category: str
    variant: str
    region: str
    unit: str
    kg_co2e_per_unit: Decimal
    scope: Scope
    scope3_category: int | None
    source_id: str
    source_year: int
    valid_from: date
    valid_to: date | None
    notes: str = ""

    @property
    def key(self) -> str:
        return self.id.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class FactorSnapshot:
    """The factor as an entry used it, kept with the entry so that the number stays explainable for ever.

    `value` is kg CO2e per `unit`; `conversion` is how many `unit` one unit of the entry's amount makes;
    `match` tells how the factor was found: the person's own region, a parent, global, or a declared proxy.
    """

    id: str
    name: str
    value: Decimal
    unit: str
    conversion: Decimal
    source: str
    source_id: str
    year: int
    region: str
    match: str


@dataclass(frozen=True, slots=True)
class FormerResult:
    """What an entry weighed until a recalculation at `replaced_at` gave it another factor."""

    version: int
    co2_emissions: Decimal
    factor: FactorSnapshot
    replaced_at: datetime


@dataclass(frozen=True, slots=True, order=True)
class EntryKey:
    """Which entry of a person: the moment of the activity in UTC, to the second, and a ULID of its own."""

    occurred_at: datetime
    entry_id: str

    @property
    def slug(self) -> str:
        """The key in a URL, `20240315T103000Z-01HS0...`; `repositories.entries.parse_slug` reads it."""
        return f"{self.occurred_at:%Y%m%dT%H%M%SZ}-{self.entry_id}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A recorded activity with its result. `occurred_at` is UTC to the second; `local_date` the person's day.

    `variant` is the choice that was made: the id of an everyday choice or a catalogue key.
    `people` is how many shared the activity: the result is this person's share.
    `expires_at` is set only on an archived entry; from then on it is gone, its totals stay.
    `organization_id` is set only on a work entry; so is `scope3_category`, the GHG Protocol's category of
    scope 3 (6 business travel, 7 commuting, ...), where the scope is 3 and the category known.
    `rule_id` names the recurring rule that wrote it; `former` are its results before recalculations, oldest
    first.
    """

    user_id: str
    entry_id: str
    occurred_at: datetime
    local_date: date
    time_zone: str
    activity_type: ActivityType
    category: str
    variant: str
    amount: Decimal
    unit: str
    people: int
    co2_emissions: Decimal
    scope: Scope
    factor: FactorSnapshot
    created_at: datetime
    note: str = ""
    organization_id: str | None = None
    department_id: str | None = None
    import_id: str | None = None
    expires_at: datetime | None = None
    version: int = 1
    scope3_category: int | None = None
    rule_id: str | None = None
    former: tuple[FormerResult, ...] = ()

    @property
    def key(self) -> EntryKey:
        return EntryKey(self.occurred_at, self.entry_id)

    @property
    def slug(self) -> str:
        return self.key.slug

    @property
    def is_work(self) -> bool:
        """Whether it counts for an organization, too."""
        return self.organization_id is not None

    @property
    def month(self) -> str:
        """The month whose totals this entry counts in, `2024-03`: by the person's day, not by UTC."""
        return f"{self.local_date:%Y-%m}"

    def has_expired(self, now: datetime) -> bool:
        """Whether an archived entry's time is over; DynamoDB removes its item some hours later."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class WorkEntry:
    """What an organization sees of an entry: the attributes of OrganizationIndex. No note, no time zone."""

    organization_id: str
    department_id: str | None
    user_id: str
    entry_id: str
    occurred_at: datetime
    local_date: date
    activity_type: ActivityType
    category: str
    variant: str
    amount: Decimal
    unit: str
    co2_emissions: Decimal
    scope: Scope
    factor: FactorSnapshot
    version: int
    scope3_category: int | None = None
    expires_at: datetime | None = None

    @property
    def month(self) -> str:
        return f"{self.local_date:%Y-%m}"

    def has_expired(self, now: datetime) -> bool:
        """Whether an archived entry's time is over; DynamoDB removes its item some hours later."""
        return self.expires_at is not None and self.expires_at <= now
