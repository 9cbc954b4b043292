"""Records and counters of archives to and from items of ImportsTable, and their keys.

The record of a month and, for a person, what archives have of it stand side by side: one request reads both.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from carbontrack.clock import read_stamp, stamp
from carbontrack.dynamodb import Item
from carbontrack.dynamodb.tables import IMPORTS
from emissions.domain.archives import HELD, ArchivedMonth, ArchiveState
from emissions.domain.totals import Subject

RECORD = "archive#"
COUNTERS = "archived#"
#: Stands for the whole organization, where a department's id would be.
_WHOLE = "*"


def record_key(owner: Subject, month: str) -> dict[str, str]:
    return {"user_id": owner.owner_id, "record": f"{RECORD}{month}"}


def partition_of(subject: Subject) -> str:
    return subject.organization_id or subject.owner_id


def counters_prefix(subject: Subject, month: str = "") -> str:
    if subject.is_user:
        return f"{RECORD}{month}"
    part = _WHOLE if subject.is_organization else subject.key.split("#")[2]
    return f"{COUNTERS}{part}#{month}"


def counters_key(subject: Subject, month: str, author: str) -> dict[str, str]:
    region = settings.DYNAMODB_REGION
    whose = region if subject.is_user else f"{author}#{region}"
    record = f"{counters_prefix(subject, month)}#{whose}"
    return {"user_id": partition_of(subject), "record": record}


def key_of(item: Item) -> dict[str, str]:
    return {name: item[name]["S"] for name in IMPORTS.key_attributes}


def month_of(item: Item) -> str:
    parts = item["record"]["S"].split("#")
    month: str = parts[1] if parts[0] == "archive" else parts[2]
    return month


def counters_of(item: Item) -> dict[str, Decimal]:
    return {name: Decimal(value["N"]) for name, value in item.items() if "N" in value}


def record_to_item(record: ArchivedMonth) -> dict[str, Any]:
    """The item of a record; what is None is left out. Once all is at hand again it may go by itself."""
    held_until = record.changed_at + HELD
    return {
        **record_key(record.owner, record.month),
        "state": record.state.value,
        "locked": 1 if record.is_locked else None,
        "generation": record.generation,
        "changed_at": stamp(record.changed_at),
        "path": record.path or None,
        "digest": record.digest or None,
        "entries": record.entries,
        "co2_emissions": record.co2_emissions,
        "participants": record.participants,
        "archived_at": stamp(record.archived_at),
        "marked": record.marked,
        "restored": record.restored,
        "erased_entries": record.erased_entries or None,
        "erased_kg": record.erased_kg or None,
        "expires_at": None if record.is_locked or record.path else int(held_until.timestamp()),
    }


def record_from_item(owner: Subject, item: Item) -> ArchivedMonth:
    return ArchivedMonth(
        owner=owner,
        month=month_of(item),
        state=ArchiveState(item["state"]["S"]),
        generation=item["generation"]["S"],
        changed_at=datetime.fromisoformat(item["changed_at"]["S"]),
        path=item["path"]["S"] if "path" in item else "",
        digest=item["digest"]["S"] if "digest" in item else "",
        entries=int(item["entries"]["N"]),
        co2_emissions=Decimal(item["co2_emissions"]["N"]),
        participants=int(item["participants"]["N"]),
        archived_at=read_stamp(item["archived_at"]["S"] if "archived_at" in item else None),
        marked=int(item["marked"]["N"]),
        restored=int(item["restored"]["N"]),
        erased_entries=int(item["erased_entries"]["N"]) if "erased_entries" in item else 0,
        erased_kg=Decimal(item["erased_kg"]["N"]) if "erased_kg" in item else Decimal(0),
    )
