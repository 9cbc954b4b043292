"""Support visits in ImportsTable, filed under whoever of the staff makes them; kept for a month.

| access pattern | key condition | cost |
| --- | --- | --- |
| open a visit, in a transaction | PutItem (staff user, `visit#<ULID>`) | 2 writes |
| the visit behind a page | GetItem of the same, consistent | 1 read |
| one's own visits, newest first | user = U, record begins with `visit#`, descending | 1 read a page |
| a kind of page is looked at for the first time | UpdateItem, unless it was | 2 writes |
| a visit is ended | UpdateItem, unless it was | 2 writes |

What the tenant is told is in their own audit trail, which outlives this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from carbontrack.clock import read_stamp, stamp
from carbontrack.dynamodb import (
    Attr,
    Item,
    ItemNotFound,
    Key,
    Page,
    WriteTransaction,
    decode_item,
    get_item,
    query_page,
)
from carbontrack.dynamodb.tables import IMPORTS
from organizations.repositories.invitations import is_id

VISIT = "visit#"
PAGE_SIZE = 25
KEPT_FOR = timedelta(days=30)
_LOOKED = "looked#"


class VisitKind(StrEnum):
    """Whose data a visit opens: never both."""

    ORGANIZATION = "organization"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class SupportVisit:
    """Leave to look at one organization or one person until `ends_at`, for a reason that they can read.

    `looked` are the kinds of pages that were opened, each of which is in the tenant's trail.
    """

    id: str
    staff_id: str
    kind: VisitKind
    about_id: str
    about: str
    reason: str
    opened_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    looked: frozenset[str] = frozenset()

    def is_open(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.ends_at

    @property
    def is_of_organization(self) -> bool:
        return self.kind is VisitKind.ORGANIZATION


class VisitRepository:
    """The visits of one of the staff. Somebody else's is not found."""

    def __init__(self, staff_id: str) -> None:
        self.staff_id = staff_id

    def add(self, visit: SupportVisit, *, transaction: WriteTransaction) -> None:
        """Queue a new visit."""
        transaction.put(
            IMPORTS,
            {
                **self._key(visit.id),
                "kind": visit.kind.value,
                "about_id": visit.about_id,
                "about": visit.about,
                "reason": visit.reason,
                "opened_at": stamp(visit.opened_at),
                "ends_at": stamp(visit.ends_at),
                "expires_at": int((visit.ends_at + KEPT_FOR).timestamp()),
            },
            condition=Attr("record").not_exists(),
        )

    def get(self, visit_id: str) -> SupportVisit:
        """The visit, over or not. Raises ItemNotFound."""
        item = get_item(IMPORTS, self._key(visit_id), consistent=True) if is_id(visit_id) else None
        if item is None:
            raise ItemNotFound("support visit")
        return _from_item(item)

    def page(self, cursor: str | None = None) -> Page[SupportVisit]:
        """One page, newest first. Raises InvalidCursor."""
        return query_page(
            IMPORTS,
            Key("user_id").eq(self.staff_id) & Key("record").begins_with(VISIT),
            scope=("visits", self.staff_id),
            page_size=PAGE_SIZE,
            decode=_from_item,
            forward=False,
            consistent=True,
            cursor=cursor,
        )

    def note_look(
        self, visit: SupportVisit, page: str, at: datetime, *, error: Exception, transaction: WriteTransaction
    ) -> None:
        """Queue that a kind of page was opened; the transaction raises `error` where it was before."""
        name = f"{_LOOKED}{page}"
        transaction.update(
            IMPORTS,
            self._key(visit.id),
            set={name: stamp(at)},
            condition=Attr("record").exists() & Attr(name).not_exists() & Attr("ended_at").not_exists(),
            error=error,
        )

    def end(
        self, visit: SupportVisit, at: datetime, *, error: Exception, transaction: WriteTransaction
    ) -> None:
        """Queue the end of a visit; the transaction raises `error` where it was ended before."""
        transaction.update(
            IMPORTS,
            self._key(visit.id),
            set={"ended_at": stamp(at)},
            condition=Attr("record").exists() & Attr("ended_at").not_exists(),
            error=error,
        )

    def _key(self, visit_id: str) -> dict[str, str]:
        return {"user_id": self.staff_id, "record": f"{VISIT}{visit_id}"}


def _from_item(item: Item) -> SupportVisit:
    stored = decode_item(item)
    return SupportVisit(
        id=stored["record"].removeprefix(VISIT),
        staff_id=stored["user_id"],
        kind=VisitKind(stored["kind"]),
        about_id=stored["about_id"],
        about=stored["about"],
        reason=stored["reason"],
        opened_at=datetime.fromisoformat(stored["opened_at"]),
        ends_at=datetime.fromisoformat(stored["ends_at"]),
        ended_at=read_stamp(stored.get("ended_at")),
        looked=frozenset(name.removeprefix(_LOOKED) for name in stored if name.startswith(_LOOKED)),
    )
