"""Recurring rules in RecurringTable: the only file that spells their keys.

| access pattern | key condition | index | cost |
| --- | --- | --- | --- |
| a rule | GetItem (U, rule), consistent | | 1 read |
| the rules of a person | user_id = U, consistent | | 1 read for each 4 KB |
| make, change, remove | PutItem, DeleteItem; if it is as it was read | | 2 write, 3 where its day moves |
| an entry was written | inside the transaction of the entry: Update if as read | | 4 write |
| rules due on a day | due_on = 2026-11-22 | DueIndex | 0.5 read for each 4 KB |
| how far the daily run has come | GetItem (`#run`, `finished`), consistent | | 1 read |

`due_on` is on the item only while there is something to write, so DueIndex holds no rule that is paused or
over. It lags behind; the item decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from carbontrack.dynamodb import (
    Attr,
    ConditionBase,
    Conflict,
    ItemAlreadyExists,
    ItemNotFound,
    Key,
    WriteTransaction,
    decode_item,
    delete_item,
    get_item,
    iter_query,
    put_item,
    update_item,
)
from carbontrack.dynamodb.tables import RECURRING
from emissions.domain.recurring import Rule
from emissions.repositories.recurring_items import DUE_ON, rule_from_item, rule_to_item

DUE_INDEX = "DueIndex"
#: No person has such an id: people's are UUIDs.
_RUN = {"user_id": "#run", "rule_id": "finished"}
_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)


class RuleChanged(Conflict):
    """The rule is not as it was read: somebody changed it, or another run has written its day."""


class RuleRepository:
    """The rules of one person."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id

    def get(self, rule_id: str) -> Rule:
        """The rule, read consistently. Raises ItemNotFound, also for somebody else's."""
        rule = self.find(rule_id)
        if rule is None:
            raise ItemNotFound(f"rule {rule_id}")
        return rule

    def find(self, rule_id: str) -> Rule | None:
        if not _ID.fullmatch(rule_id):
            return None
        item = get_item(RECURRING, self._key(rule_id), consistent=True)
        return None if item is None else rule_from_item(item)

    def all(self) -> list[Rule]:
        """Every rule, oldest first: there are `MOST_RULES` at most."""
        items = iter_query(RECURRING, Key("user_id").eq(self.user_id), consistent=True)
        return [rule_from_item(item) for item in items]

    def add(self, rule: Rule, *, today: date) -> None:
        """Store a new rule. Raises ItemAlreadyExists. `today` is the person's day."""
        put_item(
            RECURRING,
            rule_to_item(self._own(rule), due_on=rule.due_on(today)),
            condition=Attr("user_id").not_exists(),
            error=ItemAlreadyExists(f"rule {rule.rule_id}"),
        )

    def replace(self, rule: Rule, *, previous: Rule, today: date) -> None:
        """Store a rule in place of `previous`. Raises RuleChanged if that is no longer what is stored."""
        put_item(
            RECURRING,
            rule_to_item(self._own(rule), due_on=rule.due_on(today)),
            condition=_as_read(previous),
            error=RuleChanged(f"rule {rule.rule_id}"),
        )

    def settle(self, rule: Rule, *, previous: Rule, today: date, transaction: WriteTransaction) -> None:
        """Queue how far a rule is written. The transaction raises RuleChanged, as `replace` does.

        Only what writing moves is set, so that two runs cannot both move it, and neither undoes a change.
        """
        due_on = rule.due_on(today)
        stored = rule_to_item(self._own(rule), due_on=due_on)
        moved = {name: stored[name] for name in ("through", "written", "time_zone", "skipped", DUE_ON)}
        transaction.update(
            RECURRING,
            self._key(rule.rule_id),
            set={name: value for name, value in moved.items() if value is not None},
            remove=[name for name, value in moved.items() if value is None],
            condition=_as_read(previous),
            error=RuleChanged(f"rule {rule.rule_id}"),
        )

    def remove(self, rule_id: str) -> None:
        """Remove a rule. Raises ItemNotFound."""
        if not _ID.fullmatch(rule_id):
            raise ItemNotFound(f"rule {rule_id}")
        delete_item(
            RECURRING,
            self._key(rule_id),
            condition=Attr("user_id").exists(),
            error=ItemNotFound(f"rule {rule_id}"),
        )

    def _key(self, rule_id: str) -> dict[str, str]:
        return {"user_id": self.user_id, "rule_id": rule_id}

    def _own(self, rule: Rule) -> Rule:
        if rule.user_id != self.user_id:
            raise ValueError("a rule of somebody else")
        return rule


class DueRules:
    """The rules of everybody by the day on which they are due: for the daily run alone."""

    def on(self, day: date) -> Iterator[Rule]:
        """Rules due that day as the index has them, in pages: a rule may have changed a moment ago."""
        items = iter_query(RECURRING, Key(DUE_ON).eq(day.isoformat()), index=DUE_INDEX)
        return map(rule_from_item, items)

    def finished_on(self) -> date | None:
        """The last day of which nothing is left, nor of any day before it; None if no rule was ever made."""
        item = get_item(RECURRING, _RUN, consistent=True)
        return None if item is None else date.fromisoformat(decode_item(item)["finished_on"])

    def begin(self, day: date) -> None:
        """Say that there is nothing to find up to this day, unless it is known how far the run has come."""
        if self.finished_on() is None:
            self._move(day, Attr("finished_on").not_exists())

    def finish(self, day: date) -> None:
        """Say that nothing is left up to this day. Another run may have come further; then that stays."""
        self._move(day, Attr("finished_on").not_exists() | Attr("finished_on").lt(day.isoformat()))

    def _move(self, day: date, condition: ConditionBase) -> None:
        with suppress(RuleChanged):
            update_item(
                RECURRING,
                _RUN,
                set={"finished_on": day.isoformat()},
                condition=condition,
                error=RuleChanged("the run has come further"),
            )


def _as_read(rule: Rule) -> ConditionBase:
    return Attr("version").eq(rule.version) & Attr("through").eq(rule.through.isoformat())
