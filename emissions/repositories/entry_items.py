"""Entries to and from items of CarbonDataTable.

Reading is hot: a thousand entries a page of an export, so it takes values straight from the wire form
(`{"amount": {"N": "50"}}`) and shares what repeats. Equal factors become one FactorSnapshot.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from carbontrack.clock import stamp
from carbontrack.dynamodb import Item
from carbontrack.dynamodb.records import fast_constructor
from emissions.domain.entries import ActivityType, Entry, FactorSnapshot, FormerResult, Scope, WorkEntry

_ACTIVITY_TYPES = {activity_type.value: activity_type for activity_type in ActivityType}
_SCOPES = {str(scope.value): scope for scope in Scope}
_NOTHING: Item = {}
_make_entry = fast_constructor(Entry)
_make_work_entry = fast_constructor(WorkEntry)


def entry_to_item(entry: Entry, timestamp: str) -> dict[str, Any]:
    """The item of an entry, in Python values. `timestamp` is its sort key; what is None is left out."""
    metadata: dict[str, Any] = {"people": entry.people, "time_zone": entry.time_zone}
    if entry.note:
        metadata["note"] = entry.note
    return {
        "user_id": entry.user_id,
        "timestamp": timestamp,
        "activity_type": entry.activity_type.value,
        "category": entry.category,
        "variant": entry.variant,
        "amount": entry.amount,
        "unit": entry.unit,
        "co2_emissions": entry.co2_emissions,
        "organization_id": entry.organization_id,
        "department_id": entry.department_id,
        "scope": entry.scope.value,
        "factor": _factor_to_map(entry.factor),
        "metadata": metadata,
        "local_date": entry.local_date.isoformat(),
        "created_at": stamp(entry.created_at),
        "import_id": entry.import_id,
        "expires_at": None if entry.expires_at is None else int(entry.expires_at.timestamp()),
        "version": entry.version,
        "scope3_category": entry.scope3_category,
        "rule_id": entry.rule_id,
        "former": [_former_to_map(each) for each in entry.former] or None,
    }


def _former_to_map(former: FormerResult) -> dict[str, Any]:
    return {
        "version": former.version,
        "co2_emissions": former.co2_emissions,
        "factor": _factor_to_map(former.factor),
        "replaced_at": stamp(former.replaced_at),
    }


def _factor_to_map(factor: FactorSnapshot) -> dict[str, Any]:
    return {
        "id": factor.id,
        "name": factor.name,
        "value": factor.value,
        "unit": factor.unit,
        "conversion": factor.conversion,
        "source": factor.source,
        "source_id": factor.source_id,
        "year": factor.year,
        "region": factor.region,
        "match": factor.match,
    }


def entry_from_item(item: Item) -> Entry:
    moment, _, entry_id = item["timestamp"]["S"].partition("#")
    metadata = item["metadata"]["M"]
    return _make_entry(
        item["user_id"]["S"],
        entry_id,
        datetime.fromisoformat(moment),
        date.fromisoformat(item["local_date"]["S"]),
        metadata["time_zone"]["S"],
        _ACTIVITY_TYPES[item["activity_type"]["S"]],
        item["category"]["S"],
        item["variant"]["S"],
        Decimal(item["amount"]["N"]),
        item["unit"]["S"],
        int(metadata["people"]["N"]),
        Decimal(item["co2_emissions"]["N"]),
        _SCOPES[item["scope"]["N"]],
        _factor_from_map(item["factor"]["M"]),
        datetime.fromisoformat(item["created_at"]["S"]),
        metadata["note"]["S"] if "note" in metadata else "",
        item.get("organization_id", _NOTHING).get("S"),
        item.get("department_id", _NOTHING).get("S"),
        item.get("import_id", _NOTHING).get("S"),
        _expires_at(item),
        int(item["version"]["N"]),
        int(item["scope3_category"]["N"]) if "scope3_category" in item else None,
        item.get("rule_id", _NOTHING).get("S"),
        tuple(_former_from_map(each["M"]) for each in item["former"]["L"]) if "former" in item else (),
    )


def _expires_at(item: Item) -> datetime | None:
    return datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC) if "expires_at" in item else None


def _former_from_map(former: Item) -> FormerResult:
    return FormerResult(
        version=int(former["version"]["N"]),
        co2_emissions=Decimal(former["co2_emissions"]["N"]),
        factor=_factor_from_map(former["factor"]["M"]),
        replaced_at=datetime.fromisoformat(former["replaced_at"]["S"]),
    )


def work_entry_from_item(item: Item) -> WorkEntry:
    """A work entry from what OrganizationIndex projects."""
    moment, _, entry_id = item["timestamp"]["S"].partition("#")
    return _make_work_entry(
        organization_id=item["organization_id"]["S"],
        department_id=item.get("department_id", _NOTHING).get("S"),
        user_id=item["user_id"]["S"],
        entry_id=entry_id,
        occurred_at=datetime.fromisoformat(moment),
        local_date=date.fromisoformat(item["local_date"]["S"]),
        activity_type=_ACTIVITY_TYPES[item["activity_type"]["S"]],
        category=item["category"]["S"],
        variant=item["variant"]["S"],
        amount=Decimal(item["amount"]["N"]),
        unit=item["unit"]["S"],
        co2_emissions=Decimal(item["co2_emissions"]["N"]),
        scope=_SCOPES[item["scope"]["N"]],
        factor=_factor_from_map(item["factor"]["M"]),
        version=int(item["version"]["N"]),
        scope3_category=int(item["scope3_category"]["N"]) if "scope3_category" in item else None,
        expires_at=_expires_at(item),
    )


def _factor_from_map(factor: Item) -> FactorSnapshot:
    return _factor(
        factor["id"]["S"],
        factor["name"]["S"],
        factor["value"]["N"],
        factor["unit"]["S"],
        factor["conversion"]["N"],
        factor["source"]["S"],
        factor["source_id"]["S"],
        factor["year"]["N"],
        factor["region"]["S"],
        factor["match"]["S"],
    )


@lru_cache(maxsize=4096)
def _factor(
    id: str,
    name: str,
    value: str,
    unit: str,
    conversion: str,
    source: str,
    source_id: str,
    year: str,
    region: str,
    match: str,
) -> FactorSnapshot:
    return FactorSnapshot(
        id, name, Decimal(value), unit, Decimal(conversion), source, source_id, int(year), region, match
    )
