"""Entries as rows of a Parquet file, without loss: what comes back equals what went in.

Numbers that people typed and those of factors are text, because no decimal type of Parquet holds all that
DynamoDB does. Results are decimals to the milligram, as they were rounded, for whoever queries the files.
pyarrow is imported by whoever writes or reads a file, never by a web process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import IO, Any

from emissions.domain.entries import ActivityType, Entry, EntryKey, FactorSnapshot, FormerResult, Scope

ROWS_AT_ONCE = 2_000


def write_entries(entries: Iterable[Entry], file: IO[bytes]) -> None:
    """Write entries in the order they come; memory holds some thousand of them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetWriter(file, _schema(), compression="zstd") as writer:
        rows = map(_to_row, entries)
        while some := list(islice(rows, ROWS_AT_ONCE)):
            writer.write_table(pa.Table.from_pylist(some, schema=_schema()))


def read_entries(file: IO[bytes], *, start: int = 0) -> Iterator[Entry]:
    """The entries of a file from the row `start` on, in their order."""
    import pyarrow.parquet as pq

    place = 0
    for batch in pq.ParquetFile(file).iter_batches(batch_size=ROWS_AT_ONCE):
        skipped = min(max(start - place, 0), batch.num_rows)
        place += batch.num_rows
        yield from map(_from_row, batch.slice(skipped).to_pylist())


def read_keys(file: IO[bytes], user_id: str) -> set[EntryKey]:
    """The keys of one author's entries; rows come author by author, so most of the others' are not read."""
    import pyarrow.parquet as pq

    mine = [("user_id", "=", user_id)]
    rows = pq.read_table(file, columns=["occurred_at", "entry_id"], filters=mine).to_pylist()
    return {EntryKey(row["occurred_at"], row["entry_id"]) for row in rows}


@cache
def _schema() -> Any:
    import pyarrow as pa

    moment, text = pa.timestamp("s", tz="UTC"), pa.string()
    factor = pa.struct(
        [(name, text) for name in ("id", "name", "value", "unit", "conversion", "source", "source_id")]
        + [("year", pa.int32()), ("region", text), ("match", text)]
    )
    kg = pa.decimal128(38, 6)
    former = [("version", pa.int64()), ("co2_emissions", kg), ("factor", factor), ("replaced_at", moment)]
    return pa.schema(
        [
            ("user_id", text),
            ("entry_id", text),
            ("occurred_at", moment),
            ("local_date", pa.date32()),
            ("time_zone", text),
            ("activity_type", text),
            ("category", text),
            ("variant", text),
            ("amount", text),
            ("unit", text),
            ("people", pa.int32()),
            ("co2_emissions", kg),
            ("scope", pa.int8()),
            ("scope3_category", pa.int8()),
            ("factor", factor),
            ("created_at", moment),
            ("note", text),
            ("organization_id", text),
            ("department_id", text),
            ("import_id", text),
            ("rule_id", text),
            ("version", pa.int64()),
            ("former", pa.list_(pa.struct(former))),
        ]
    )


def _to_row(entry: Entry) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in _schema().names}
    return row | {
        "activity_type": entry.activity_type.value,
        "amount": str(entry.amount),
        "scope": entry.scope.value,
        "factor": _to_factor(entry.factor),
        "former": [
            {
                "version": each.version,
                "co2_emissions": each.co2_emissions,
                "factor": _to_factor(each.factor),
                "replaced_at": each.replaced_at,
            }
            for each in entry.former
        ],
    }


def _to_factor(factor: FactorSnapshot) -> dict[str, Any]:
    values = {name: getattr(factor, name) for name in FactorSnapshot.__slots__}
    return values | {"value": str(factor.value), "conversion": str(factor.conversion)}


def _from_row(row: dict[str, Any]) -> Entry:
    former = tuple(_from_former(each) for each in row["former"])
    return Entry(
        **row
        | {
            "activity_type": ActivityType(row["activity_type"]),
            "amount": Decimal(row["amount"]),
            "scope": Scope(row["scope"]),
            "factor": _from_factor(row["factor"]),
            "former": former,
        }
    )


def _from_former(row: dict[str, Any]) -> FormerResult:
    replaced_at: datetime = row["replaced_at"]
    return FormerResult(row["version"], row["co2_emissions"], _from_factor(row["factor"]), replaced_at)


def _from_factor(row: dict[str, Any]) -> FactorSnapshot:
    return FactorSnapshot(**row | {"value": Decimal(row["value"]), "conversion": Decimal(row["conversion"])})
