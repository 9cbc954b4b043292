"""The audit trail in AuditTable: who changed what, when, from what to what. Only ever added to,
but for people who are erased (`carbontrack.audit_erasure`).

| access pattern | key condition | cost |
| --- | --- | --- |
| note a change, in the transaction that makes it | PutItem (S, moment#ULID) | 2 writes |
| what happened to a subject, newest first | subject = S, descending | 1 read a page |
| by whom, to whom, on which day, in any trail | see `carbontrack.audit_search` | 1 read a page or day |

`subject` is `organization#<id>`, `user#<id>` or `platform`; `timestamp` is the moment and a ULID, as for
entries; `day` is its day in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ulid import ULID

from carbontrack import clock
from carbontrack.dynamodb import (
    Attr,
    Item,
    Key,
    Page,
    WriteTransaction,
    decode_item,
    iter_query,
    query_page,
)
from carbontrack.dynamodb.tables import AUDIT

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One change. `action` is `member.removed` and the like; `about` names whom or what it was done to.

    `before` and `after` hold what changed, as plain values; an empty one did not exist. `actor_id` and
    `about_id` are ids, empty for people who were erased; the names beside them are as they were then.
    `subject` tells whose trail a stored one is in; what is being written goes into that of its repository.
    """

    action: str
    actor_id: str
    actor_name: str
    about: str = ""
    about_id: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: clock.now())
    id: str = field(default_factory=lambda: str(ULID()))
    subject: str = field(default="", compare=False)


def organization_subject(organization_id: str) -> str:
    return f"organization#{organization_id}"


#: What happened to the platform itself: a factor edition, an erasure.
PLATFORM_SUBJECT = "platform"


def person_subject(user_id: str) -> str:
    return f"user#{user_id}"


class AuditRepository:
    """The trail of one subject."""

    def __init__(self, subject: str) -> None:
        self.subject = subject

    def add(self, record: AuditRecord, *, transaction: WriteTransaction) -> None:
        """Queue a record beside the change it tells of: neither is stored without the other."""
        transaction.put(
            AUDIT,
            {
                "subject": self.subject,
                "timestamp": f"{clock.stamp(record.at)}#{record.id}",
                "action": record.action,
                "day": record.at.astimezone(UTC).date().isoformat(),
                "actor_id": record.actor_id or None,
                "actor_name": record.actor_name,
                "about": record.about or None,
                "about_id": record.about_id or None,
                "before": dict(record.before) or None,
                "after": dict(record.after) or None,
            },
            condition=Attr("subject").not_exists(),
        )

    def page(
        self,
        cursor: str | None = None,
        *,
        actions: str = "",
        keep: Callable[[AuditRecord], bool] | None = None,
        page_size: int = PAGE_SIZE,
    ) -> Page[AuditRecord]:
        """One page, newest first; `actions` is how an action begins, `member.`. Raises InvalidCursor."""
        return query_page(
            AUDIT,
            Key("subject").eq(self.subject),
            scope=("audit", self.subject, actions),
            page_size=page_size,
            decode=from_item,
            filter=Attr("action").begins_with(actions) if actions else None,
            keep=keep,
            forward=False,
            consistent=True,
            cursor=cursor,
        )

    def all(self) -> Iterator[AuditRecord]:
        """Every record, oldest first: for exports."""
        return map(from_item, iter_query(AUDIT, Key("subject").eq(self.subject)))


def from_item(item: Item) -> AuditRecord:
    stored = decode_item(item)
    moment, _, record_id = stored["timestamp"].partition("#")
    return AuditRecord(
        action=stored["action"],
        actor_id=stored.get("actor_id", ""),
        actor_name=stored["actor_name"],
        about=stored.get("about", ""),
        about_id=stored.get("about_id", ""),
        before=stored.get("before", {}),
        after=stored.get("after", {}),
        at=datetime.fromisoformat(moment),
        id=record_id,
        subject=stored["subject"],
    )
