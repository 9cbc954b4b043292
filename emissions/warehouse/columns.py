"""The columns of every file, and entries turned into them.

Sums must be exact, so numbers are decimals as wide as the product's own: `co2_emissions` to the milligram.
Nothing here says who somebody is: no name, address, note, time of day or time zone.
"""

from __future__ import annotations

import hashlib
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import pyarrow as pa

from emissions.domain.entries import Entry, FactorSnapshot
from emissions.warehouse.pseudonyms import Pseudonyms

#: To be raised when a column changes its meaning: the next export then writes everything anew.
FORMAT = 1

_WIDE = Context(prec=76)
AMOUNT_DECIMALS = 9
#: A decimal of 38 digits holds no more. Amounts so large have no emissions: they are refused otherwise.
_TOO_LARGE = Decimal(10) ** (38 - AMOUNT_DECIMALS)
FACTOR_DECIMALS = 18

ENTRIES = pa.schema(
    [
        ("person", pa.string()),
        ("entry", pa.string()),
        ("local_date", pa.date32()),
        ("organization_id", pa.string()),
        ("department_id", pa.string()),
        ("activity_type", pa.string()),
        ("category", pa.string()),
        ("variant", pa.string()),
        ("amount", pa.decimal128(38, AMOUNT_DECIMALS)),
        ("unit", pa.string()),
        ("people", pa.int32()),
        ("co2_emissions", pa.decimal128(18, 6)),
        ("scope", pa.int8()),
        ("scope3_category", pa.int8()),
        ("factor", pa.string()),
        ("factor_match", pa.string()),
        ("imported", pa.bool_()),
        ("recurring", pa.bool_()),
        ("recalculations", pa.int32()),
        ("version", pa.int32()),
        ("month_changes", pa.int64()),
    ]
)
PEOPLE = pa.schema(
    [
        ("person", pa.string()),
        ("region", pa.string()),
        ("organization_id", pa.string()),
        ("department_id", pa.string()),
    ]
)
ORGANIZATIONS = pa.schema(
    [
        ("organization_id", pa.string()),
        ("name", pa.string()),
        ("country", pa.string()),
        ("sector", pa.string()),
        ("headcount", pa.int64()),
        ("floor_area_m2", pa.decimal128(38, AMOUNT_DECIMALS)),
        ("reporting_year_start", pa.int8()),
        ("minimum_group", pa.int32()),
        ("members", pa.int64()),
        ("created_at", pa.timestamp("s", "UTC")),
    ]
)
DEPARTMENTS = pa.schema(
    [
        ("organization_id", pa.string()),
        ("department_id", pa.string()),
        ("name", pa.string()),
        ("label", pa.string()),
        ("parent_id", pa.string()),
        ("counts_in", pa.string()),
        ("members", pa.int64()),
        ("archived_at", pa.timestamp("s", "UTC")),
    ]
)
FACTORS = pa.schema(
    [
        ("factor", pa.string()),
        ("factor_id", pa.string()),
        ("name", pa.string()),
        ("kg_per_unit", pa.decimal128(38, FACTOR_DECIMALS)),
        ("unit", pa.string()),
        ("region", pa.string()),
        ("edition", pa.int32()),
        ("source_id", pa.string()),
        ("source", pa.string()),
    ]
)
SOURCES = pa.schema(
    [
        ("source_id", pa.string()),
        ("title", pa.string()),
        ("publisher", pa.string()),
        ("year", pa.int32()),
        ("version", pa.string()),
        ("licence", pa.string()),
        ("url", pa.string()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
    ]
)


def rounded(value: Decimal, decimals: int) -> Decimal | None:
    """A decimal as a column of 38 digits holds it; None where it is too large for any."""
    if abs(value) >= _TOO_LARGE:
        return None
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN, context=_WIDE)


class FactorsSeen:
    """The factors that entries used, each edition and region once, by a short key of their content."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self._keys: dict[tuple[str, str, int, Decimal, str, str], str] = {}

    def key(self, factor: FactorSnapshot) -> str:
        content = (factor.id, factor.source_id, factor.year, factor.value, factor.unit, factor.region)
        key = self._keys.get(content)
        if key is None:
            text = "\n".join((*map(str, content[:3]), f"{factor.value.normalize():f}", *content[4:]))
            key = self._keys[content] = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
            self.rows[key] = {
                "factor": key,
                "factor_id": factor.id,
                "name": factor.name,
                "kg_per_unit": rounded(factor.value, FACTOR_DECIMALS),
                "unit": factor.unit,
                "region": factor.region,
                "edition": factor.year,
                "source_id": factor.source_id,
                "source": factor.source,
            }
        return key


class EntryRows:
    """Entries of any people, collected as columns. `kg` and `entries` count what has been added."""

    def __init__(self, pseudonyms: Pseudonyms, factors: FactorsSeen) -> None:
        self._pseudonyms = pseudonyms
        self._factors = factors
        self._rows: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, entry: Entry, person: str) -> None:
        """Add an entry of `person`, who is its author's pseudonym."""
        self._rows.append(
            (
                person,
                self._pseudonyms.entry(entry.user_id, entry.entry_id),
                entry.local_date,
                entry.organization_id,
                entry.department_id,
                entry.activity_type.value,
                entry.category,
                entry.variant,
                rounded(entry.amount, AMOUNT_DECIMALS),
                entry.unit,
                entry.people,
                entry.co2_emissions,
                entry.scope.value,
                entry.scope3_category,
                self._factors.key(entry.factor),
                entry.factor.match,
                entry.import_id is not None,
                entry.rule_id is not None,
                len(entry.former),
                entry.version,
            )
        )

    def take(self) -> Any:
        """The rows so far as a record batch, without `month_changes`; from now on there are none."""
        rows, self._rows = self._rows, []
        columns = list(zip(*rows, strict=True)) or [()] * (len(ENTRIES) - 1)
        arrays = [pa.array(column, each.type) for column, each in zip(columns, ENTRIES, strict=False)]
        return pa.record_batch([*arrays, pa.nulls(len(rows), pa.int64())], schema=ENTRIES)


def with_month_changes(batch: Any, changes: int | None) -> Any:
    """The rows of one person's month, with what it had counted when they were read; None if unknown."""
    values = pa.repeat(pa.scalar(changes, pa.int64()), batch.num_rows)
    return batch.set_column(len(ENTRIES) - 1, ENTRIES.field("month_changes"), values)
