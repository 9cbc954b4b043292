"""Looking through the audit trail of everybody at once, for the staff console: by whom, to whom, what, when.

| asked for | key condition | index | cost |
| --- | --- | --- | --- |
| whose trail | subject = S, between two days | - | 1 read a page |
| by whom | actor_id = A, between two days | ActorIndex | 1 read a page |
| to whom | about_id = W, between two days | AboutIndex | 1 read a page |
| none of these | day = D, for one day after the other | DayIndex | 1 read for each day |

The first of these that is asked for decides what is read; the others thin it out. A page of days looks at
`DAYS_A_PAGE` at most, then it leads further back. Records of releases that wrote no `day` are found by the
other three alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import and_

from django.core.signing import BadSignature, Signer

from carbontrack.audit import AuditRecord, from_item
from carbontrack.dynamodb import Attr, ConditionBase, InvalidCursor, Key, Page, iter_query, query_page
from carbontrack.dynamodb.tables import AUDIT

PAGE_SIZE = 50
DAYS_A_PAGE = 31
REQUESTS_A_QUERY = 4
DAY = timedelta(days=1)

Keep = Callable[[AuditRecord], bool]


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, between two days in UTC. Whatever is empty does not matter.

    `actions` is how an action begins: `member.`, or a whole one.
    """

    since: date
    until: date
    subject: str = ""
    actor_id: str = ""
    about_id: str = ""
    actions: str = ""

    def page(self, cursor: str | None = None, *, keep: Keep | None = None) -> Page[AuditRecord]:
        """One page, newest first. Raises InvalidCursor.

        As with every list, a page may have little or nothing and not be the last.
        """
        if self._named is None:
            return self._page_of_days(cursor, keep)
        return self._page_of(self._key, self._index, cursor, keep, PAGE_SIZE)

    def all(self) -> Iterator[AuditRecord]:
        """Every record, newest first: for exports."""
        if self._named is not None:
            yield from self._iter(self._key, self._index)
            return
        for day in self._days(self.until):
            yield from self._iter(Key("day").eq(day.isoformat()), "DayIndex")

    # -- One query -------------------------------------------------------------------------------------------

    @property
    def _named(self) -> tuple[str, str] | None:
        """The attribute whose value decides what is read, and that value."""
        asked = (("subject", self.subject), ("actor_id", self.actor_id), ("about_id", self.about_id))
        return next((each for each in asked if each[1]), None)

    @property
    def _index(self) -> str | None:
        return {"actor_id": "ActorIndex", "about_id": "AboutIndex"}.get((self._named or ("",))[0])

    @property
    def _key(self) -> ConditionBase:
        name, value = self._named or ("", "")
        between = Key("timestamp").between(self.since.isoformat(), f"{self.until.isoformat()}T~")
        return Key(name).eq(value) & between

    @property
    def _filter(self) -> ConditionBase | None:
        """What is asked for beside what the key decides."""
        decided = (self._named or ("",))[0]
        conditions: list[ConditionBase] = [
            Attr(name).eq(value)
            for name, value in (("actor_id", self.actor_id), ("about_id", self.about_id))
            if value and name != decided
        ]
        if self.actions:
            conditions.append(Attr("action").begins_with(self.actions))
        return reduce(and_, conditions) if conditions else None

    @property
    def _scope(self) -> Sequence[str]:
        """What a cursor belongs to."""
        days = (self.since.isoformat(), self.until.isoformat())
        return ("audit-search", self.subject, self.actor_id, self.about_id, self.actions, *days)

    def _page_of(
        self, key: ConditionBase, index: str | None, cursor: str | None, keep: Keep | None, size: int
    ) -> Page[AuditRecord]:
        return query_page(
            AUDIT,
            key,
            scope=self._scope,
            index=index,
            page_size=size,
            decode=from_item,
            filter=self._filter,
            keep=keep,
            forward=False,
            consistent=index is None,
            cursor=cursor,
            budget=REQUESTS_A_QUERY,
        )

    def _iter(self, key: ConditionBase, index: str | None) -> Iterator[AuditRecord]:
        return map(from_item, iter_query(AUDIT, key, index=index, filter=self._filter, forward=False))

    # -- Day after day, backward -----------------------------------------------------------------------------

    def _days(self, start: date) -> Iterator[date]:
        """From a day back to the first one."""
        while start >= self.since:
            yield start
            start -= DAY

    def _page_of_days(self, cursor: str | None, keep: Keep | None) -> Page[AuditRecord]:
        start, inner = self._opened(cursor)
        found: list[AuditRecord] = []
        for number, day in enumerate(self._days(start)):
            if number == DAYS_A_PAGE or len(found) == PAGE_SIZE:
                return Page(tuple(found), self._sealed(day, None))
            key = Key("day").eq(day.isoformat())
            page = self._page_of(key, "DayIndex", inner, keep, PAGE_SIZE - len(found))
            found += page.items
            if page.next_cursor is not None:
                return Page(tuple(found), self._sealed(day, page.next_cursor))
            inner = None
        return Page(tuple(found), None)

    @property
    def _signer(self) -> Signer:
        return Signer(salt=f"carbontrack.audit_search:{'|'.join(self._scope)}")

    def _sealed(self, day: date, inner: str | None) -> str:
        return self._signer.sign_object([day.isoformat(), inner])

    def _opened(self, cursor: str | None) -> tuple[date, str | None]:
        """The day to go on with, and where within it. Raises InvalidCursor."""
        if not cursor:
            return self.until, None
        try:
            day, inner = self._signer.unsign_object(cursor)
        except (BadSignature, ValueError) as error:
            raise InvalidCursor("The cursor is not one of this list.") from error
        return date.fromisoformat(day), inner
