"""Imports to and from items of ImportsTable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from carbontrack.clock import read_stamp, stamp
from carbontrack.dynamodb import Item, decode_item
from emissions.domain.imports import Check, Chunk, Import, ImportState, Kind, Refusal, Undone

#: DynamoDB's numbers come as Decimal.
_COUNTS = ("done_rows", "created", "existing", "refused", "chunks")


def head_to_item(found: Import) -> dict[str, Any]:
    """What is known of an import from the beginning, and what it counts."""
    return {
        "name": found.name,
        "digest": found.digest,
        "row_count": found.row_count,
        "created_at": stamp(found.created_at),
        "region": found.region,
        "time_zone": found.time_zone,
        "unit_system": found.unit_system,
        "organization_id": found.organization_id,
        "department_id": found.department_id,
        "version": found.version,
        **settled(found),
    }


def settled(found: Import) -> dict[str, Any]:
    """What every chunk changes."""
    changed: dict[str, Any] = {name: getattr(found, name) for name in _COUNTS}
    changed |= {"state": found.state.value, "co2_emissions": found.co2_emissions}
    if found.ended_at is not None:
        changed["ended_at"] = stamp(found.ended_at)
    if found.problem:
        changed["problem"] = found.problem
    return changed


def undone(found: Import) -> dict[str, Any]:
    """What every chunk that is undone changes."""
    return {
        "undone_removed": found.undone.removed,
        "undone_kept": found.undone.kept,
        "undone_gone": found.undone.gone,
        "undone_co2_emissions": found.undone.co2_emissions,
        "undone_chunks": found.undone.chunks,
    }


def details_to_item(found: Import) -> dict[str, Any]:
    return {
        "header": list(found.header),
        "columns": found.columns,
        "check": None if found.check is None else _check_to_map(found.check),
    }


def import_from_items(head: Item, details: Item | None) -> Import:
    """An import of its two items; without the details it has no header, columns and check."""
    stored = decode_item(head)
    more = {} if details is None else decode_item(details)
    return Import(
        id=stored["record"].partition("#")[2],
        user_id=stored["user_id"],
        name=stored["name"],
        digest=stored["digest"],
        header=tuple(more.get("header", ())),
        row_count=int(stored["row_count"]),
        state=ImportState(stored["state"]),
        created_at=datetime.fromisoformat(stored["created_at"]),
        region=stored["region"],
        time_zone=stored["time_zone"],
        unit_system=stored["unit_system"],
        organization_id=stored.get("organization_id"),
        department_id=stored.get("department_id"),
        columns=more.get("columns"),
        check=_check_from_map(more["check"]) if "check" in more else None,
        co2_emissions=stored["co2_emissions"],
        undone=_undone_from(stored),
        started_at=read_stamp(stored.get("started_at")),
        ended_at=read_stamp(stored.get("ended_at")),
        expires_at=datetime.fromtimestamp(int(stored["expires_at"]), UTC),
        problem=stored.get("problem", ""),
        version=int(stored["version"]),
        **{name: int(stored[name]) for name in _COUNTS},
    )


def _undone_from(stored: Mapping[str, Any]) -> Undone:
    return Undone(
        removed=int(stored.get("undone_removed", 0)),
        kept=int(stored.get("undone_kept", 0)),
        gone=int(stored.get("undone_gone", 0)),
        co2_emissions=stored.get("undone_co2_emissions", Decimal(0)),
        chunks=int(stored.get("undone_chunks", 0)),
    )


# -- What an import would do --------------------------------------------------------------------------------


def _check_to_map(check: Check) -> dict[str, Any]:
    return {
        "accepted": check.accepted,
        "refused": check.refused,
        "co2_emissions": check.co2_emissions,
        "kinds": [_kind_to_map(kind) for kind in check.kinds],
        "other_kinds": check.other_kinds,
        "refusals": [_refusal_to_list(refusal) for refusal in check.refusals],
        "stand_ins": check.stand_ins,
        "first_on": None if check.first_on is None else check.first_on.isoformat(),
        "last_on": None if check.last_on is None else check.last_on.isoformat(),
    }


def _check_from_map(stored: Mapping[str, Any]) -> Check:
    return Check(
        accepted=int(stored["accepted"]),
        refused=int(stored["refused"]),
        co2_emissions=stored["co2_emissions"],
        kinds=tuple(_kind_from_map(kind) for kind in stored["kinds"]),
        other_kinds=int(stored["other_kinds"]),
        refusals=tuple(_refusal_from_list(refusal) for refusal in stored["refusals"]),
        stand_ins=int(stored["stand_ins"]),
        first_on=_day(stored["first_on"]),
        last_on=_day(stored["last_on"]),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _kind_to_map(kind: Kind) -> dict[str, Any]:
    return {
        "variant": kind.variant,
        "unit": kind.unit,
        "rows": kind.rows,
        "co2_emissions": kind.co2_emissions,
        "factor_name": kind.factor_name,
        "factor_source": kind.factor_source,
        "match": kind.match,
        "example_line": kind.example_line,
        "example_on": kind.example_on.isoformat(),
        "example_amount": kind.example_amount,
        "example_kg": kind.example_kg,
    }


def _kind_from_map(stored: Mapping[str, Any]) -> Kind:
    return Kind(
        **{
            **stored,
            "rows": int(stored["rows"]),
            "example_line": int(stored["example_line"]),
            "example_on": date.fromisoformat(stored["example_on"]),
        }
    )


def _refusal_to_list(refusal: Refusal) -> list[Any]:
    return [refusal.line, refusal.field, refusal.sentence]


def _refusal_from_list(stored: list[Any]) -> Refusal:
    line, field, sentence = stored
    return Refusal(int(line), field, sentence)


# -- Chunks -------------------------------------------------------------------------------------------------


def chunk_to_item(chunk: Chunk) -> dict[str, Any]:
    """A manifest. The keys of the entries are one text: that is the smallest, and they are only ever read
    together.
    """
    return {
        "first": chunk.first,
        "last": chunk.last,
        "entries": " ".join(chunk.slugs) or None,
        "occurrences": dict(chunk.occurrences) or None,
        "refusals": [_refusal_to_list(refusal) for refusal in chunk.refusals] or None,
    }


def chunk_from_item(item: Item) -> Chunk:
    stored = decode_item(item)
    return Chunk(
        first=int(stored["first"]),
        last=int(stored["last"]),
        slugs=tuple(stored.get("entries", "").split()),
        occurrences={slug: int(number) for slug, number in stored.get("occurrences", {}).items()},
        refusals=tuple(_refusal_from_list(refusal) for refusal in stored.get("refusals", ())),
    )
