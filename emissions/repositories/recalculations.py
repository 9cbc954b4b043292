"""Recalculations in ImportsTable: the only file that spells their keys.

| access pattern | key condition | cost |
| --- | --- | --- |
| the latest of a person or an organization | GetItem (owner, `recalculation`), consistent | 1 read a 4 KB |
| how far it is applied | ADD in each transaction that changes entries | 2 writes |

There is one item for each owner, that of the latest: what earlier ones did is in the audit trail and with the
entries.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from carbontrack import clock
from carbontrack.audit_erasure import DELETED_ACCOUNT, NOBODY_ID
from carbontrack.clock import read_stamp, stamp
from carbontrack.dynamodb import Attr, Item, WriteTransaction, decode_item, get_item, put_item, update_item
from carbontrack.dynamodb.errors import Conflict
from carbontrack.dynamodb.tables import IMPORTS
from emissions.domain.recalculation import Edition, FactorChange, Recalculation, RecalculationState, Sums

KEPT = timedelta(days=400)


class RecalculationMoved(Conflict):
    """Somebody has begun another recalculation, or applied this one, since it was looked at."""

    sentence = "This was checked anew or applied meanwhile. Look at it again; nothing was changed just now."


class RecalculationRepository:
    """The latest recalculation of one owner: a person's or an organization's id."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._key = {"user_id": owner, "record": "recalculation"}

    def find(self) -> Recalculation | None:
        item = get_item(IMPORTS, self._key, consistent=True)
        return None if item is None else _from_item(item)

    def begin(self, recalculation: Recalculation) -> None:
        """Store a new one in place of any but one that is being applied. Raises RecalculationMoved."""
        put_item(
            IMPORTS,
            self._item(recalculation),
            condition=Attr("user_id").not_exists() | Attr("state").ne(RecalculationState.APPLYING.value),
            error=RecalculationMoved(recalculation.id),
        )

    def save_checked(self, recalculation: Recalculation) -> None:
        """Store what was found. Raises RecalculationMoved where another has begun since."""
        put_item(
            IMPORTS,
            self._item(recalculation),
            condition=_is(recalculation.id, RecalculationState.CHECKING, RecalculationState.CHECKED),
            error=RecalculationMoved(recalculation.id),
        )

    def start(self, recalculation: Recalculation, *, transaction: WriteTransaction) -> None:
        """Queue that its actor applies it. Raises RecalculationMoved if it is no longer CHECKED."""
        self._set(
            recalculation,
            {
                "state": RecalculationState.APPLYING.value,
                "actor_id": recalculation.actor_id,
                "actor_name": recalculation.actor_name,
            },
            seen=RecalculationState.CHECKED,
            transaction=transaction,
        )

    def count(self, recalculation_id: str, sums: Sums, *, transaction: WriteTransaction) -> None:
        """Queue what a transaction changes beside it. It raises RecalculationMoved once that is over."""
        transaction.update(
            IMPORTS,
            self._key,
            add={
                "applied_entries": sums.entries,
                "applied_kg_before": sums.kg_before,
                "applied_kg_after": sums.kg_after,
            },
            condition=_is(recalculation_id, RecalculationState.APPLYING),
            error=RecalculationMoved(recalculation_id),
        )

    def finish(self, recalculation: Recalculation, *, transaction: WriteTransaction) -> None:
        """Queue the end. The transaction raises RecalculationMoved if it has ended already."""
        self._set(
            recalculation,
            {
                "state": RecalculationState.APPLIED.value,
                "applied_at": stamp(clock.now()),
                "is_withheld": recalculation.is_withheld,
            },
            seen=RecalculationState.APPLYING,
            transaction=transaction,
        )

    def forget_actor(self, user_id: str) -> None:
        """Name nobody as the one who decided, if it was this person, who is being erased."""
        with suppress(Conflict):
            update_item(
                IMPORTS,
                self._key,
                set={"actor_id": NOBODY_ID, "actor_name": DELETED_ACCOUNT},
                condition=Attr("actor_id").eq(user_id),
            )

    def _set(
        self,
        recalculation: Recalculation,
        values: dict[str, Any],
        *,
        seen: RecalculationState,
        transaction: WriteTransaction,
    ) -> None:
        transaction.update(
            IMPORTS,
            self._key,
            set=values,
            condition=_is(recalculation.id, seen),
            error=RecalculationMoved(recalculation.id),
        )

    def _item(self, recalculation: Recalculation) -> dict[str, Any]:
        return {
            **self._key,
            "id": recalculation.id,
            "state": recalculation.state.value,
            "fingerprint": recalculation.fingerprint,
            "requested_at": stamp(recalculation.requested_at),
            "actor_id": recalculation.actor_id,
            "actor_name": recalculation.actor_name,
            "seen": recalculation.seen,
            "found": _sums_to_map(recalculation.found),
            "rows": [_change_to_map(row) for row in recalculation.rows],
            "others": _sums_to_map(recalculation.others),
            "locked": recalculation.locked,
            "is_withheld": recalculation.is_withheld,
            "checked_at": stamp(recalculation.checked_at),
            "applied_at": stamp(recalculation.applied_at),
            "applied_entries": recalculation.applied.entries,
            "applied_kg_before": recalculation.applied.kg_before,
            "applied_kg_after": recalculation.applied.kg_after,
            "expires_at": int((recalculation.requested_at + KEPT).timestamp()),
        }


def _is(recalculation_id: str, *states: RecalculationState) -> Any:
    return Attr("id").eq(recalculation_id) & Attr("state").is_in([state.value for state in states])


def _from_item(item: Item) -> Recalculation:
    stored = decode_item(item)
    return Recalculation(
        owner=stored["user_id"],
        id=stored["id"],
        state=RecalculationState(stored["state"]),
        fingerprint=stored["fingerprint"],
        requested_at=datetime.fromisoformat(stored["requested_at"]),
        actor_id=stored["actor_id"],
        actor_name=stored["actor_name"],
        seen=int(stored["seen"]),
        found=_sums_from_map(stored["found"]),
        rows=tuple(_change_from_map(row) for row in stored["rows"]),
        others=_sums_from_map(stored["others"]),
        locked=int(stored["locked"]),
        is_withheld=stored["is_withheld"],
        checked_at=read_stamp(stored.get("checked_at")),
        applied=Sums(
            int(stored["applied_entries"]),
            Decimal(stored["applied_kg_before"]),
            Decimal(stored["applied_kg_after"]),
        ),
        applied_at=read_stamp(stored.get("applied_at")),
    )


def _sums_to_map(sums: Sums) -> dict[str, Any]:
    return {"entries": sums.entries, "kg_before": sums.kg_before, "kg_after": sums.kg_after}


def _sums_from_map(stored: dict[str, Any]) -> Sums:
    return Sums(int(stored["entries"]), Decimal(stored["kg_before"]), Decimal(stored["kg_after"]))


def _change_to_map(change: FactorChange) -> dict[str, Any]:
    return {
        "factor_id": change.factor_id,
        "name": change.name,
        "unit": change.unit,
        "before": _edition_to_map(change.before),
        "after": _edition_to_map(change.after),
        "sums": _sums_to_map(change.sums),
    }


def _change_from_map(stored: dict[str, Any]) -> FactorChange:
    return FactorChange(
        factor_id=stored["factor_id"],
        name=stored["name"],
        unit=stored["unit"],
        before=_edition_from_map(stored["before"]),
        after=_edition_from_map(stored["after"]),
        sums=_sums_from_map(stored["sums"]),
    )


def _edition_to_map(edition: Edition) -> dict[str, Any]:
    return {"source": edition.source, "year": edition.year, "value": edition.value}


def _edition_from_map(stored: dict[str, Any]) -> Edition:
    return Edition(stored["source"], int(stored["year"]), Decimal(stored["value"]))
