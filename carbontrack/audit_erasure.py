"""A person leaves the audit trail: their own goes, in those of others they become "a deleted account".

| access pattern | key condition | index | cost |
| --- | --- | --- | --- |
| what somebody did, wherever | actor_id = U | ActorIndex | 1 read a page |
| what was done to them, sent to their address | about_id = U, about_id = E | AboutIndex | 1 read a page |
| a trail that may mention them otherwise | subject = S, all of it | - | what it reads |
| a record without them | PutItem of the same, if it is there | - | 1 write, and 1 for each index |
| their own trail | BatchWriteItem | - | 1 write, and 1 for each index |

What was done, and when, stays: others have to answer for it. Jobs alone change a trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from carbontrack.audit import person_subject
from carbontrack.dynamodb import (
    Attr,
    ConditionBase,
    Conflict,
    Key,
    batch_write,
    decode_item,
    get_item,
    iter_query,
    put_item,
)
from carbontrack.dynamodb.tables import AUDIT
from carbontrack.personal_data import whole

#: Who an erased person is from now on.
DELETED_ACCOUNT = "a deleted account"
#: Where an id has to be, that of nobody.
NOBODY_ID = "erased"

Stored = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Erased:
    """By what a person is known in trails: the id, addresses in lower case, and names."""

    user_id: str
    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @property
    def keys(self) -> tuple[str, ...]:
        """What indexes find them by."""
        return (self.user_id, *sorted(self.addresses))

    def is_keyed(self, stored: Mapping[str, Any]) -> bool:
        """Whether an index finds the record by this person."""
        return stored.get("actor_id") == self.user_id or stored.get("about_id") in self.keys


def records_of(person: Erased) -> list[Stored]:
    """The records in which somebody acts or is acted upon, each once; in their own trail too.

    As the indexes have them, which lag a moment behind.
    """
    found: dict[tuple[str, str], Stored] = {}
    asked = [("ActorIndex", "actor_id", person.user_id)]
    asked += [("AboutIndex", "about_id", each) for each in person.keys]
    for index, attribute, value in asked:
        for item in iter_query(AUDIT, Key(attribute).eq(value), index=index):
            stored = decode_item(item)
            found[stored["subject"], stored["timestamp"]] = stored
    return list(found.values())


def names_in(records: Iterable[Stored], user_id: str) -> frozenset[str]:
    """What a person was called at the time, by themselves and by others."""
    names = {each["actor_name"] for each in records if each.get("actor_id") == user_id}
    names |= {each.get("about", "") for each in records if each.get("about_id") == user_id}
    return frozenset(names - {"", DELETED_ACCOUNT})


def anonymize_trail(subject: str, person: Erased, alive: Callable[[], None]) -> None:
    """Take a person out of one trail. Safe to be killed: what tells that they are in it goes last."""
    for keyed in (False, True):
        for stored in iter_trail(subject):
            alive()
            if person.is_keyed(stored) is keyed:
                anonymize(stored, person)


def anonymize(stored: Stored, person: Erased) -> None:
    """Store a record without a person; one that does not mention them is left as it is.

    Where somebody else who is erased was taken out of it meanwhile, it is read again: nobody comes back.
    """
    current: Stored | None = stored
    while current is not None:
        changed = without(current, person)
        if changed == current:
            return
        try:
            put_item(AUDIT, changed, condition=_is_as(current))
            return
        except Conflict:
            key = {name: stored[name] for name in AUDIT.key_attributes}
            item = get_item(AUDIT, key, consistent=True)
            current = None if item is None else decode_item(item)


def _is_as(stored: Stored) -> ConditionBase:
    """That a record still says what was read of all that may name somebody."""
    condition: ConditionBase = Attr("subject").exists()
    for name in ("actor_id", "about_id", "about", "before", "after"):
        condition &= Attr(name).eq(stored[name]) if name in stored else Attr(name).not_exists()
    return condition


def iter_trail(subject: str) -> Iterator[Stored]:
    """All records of a subject as of this moment, oldest first."""
    return map(decode_item, iter_query(AUDIT, Key("subject").eq(subject), consistent=True))


def remove_own_trail(user_id: str) -> None:
    """Remove all records of a person's own trail."""
    batch_write(AUDIT, deletes=own_keys(user_id))


def own_keys(user_id: str) -> Iterator[dict[str, str]]:
    """The keys of a person's own trail."""
    names = AUDIT.key_attributes
    key = Key("subject").eq(person_subject(user_id))
    for item in iter_query(AUDIT, key, consistent=True, projection=names):
        yield {name: item[name]["S"] for name in names}


def without(stored: Stored, person: Erased) -> Stored:
    """The same record without a person."""
    changed = dict(stored)
    if stored.get("actor_id") == person.user_id:
        del changed["actor_id"]
        changed["actor_name"] = DELETED_ACCOUNT
    if stored.get("about_id") in person.keys:
        del changed["about_id"]
        changed["about"] = DELETED_ACCOUNT
    for name in ("about", "before", "after"):
        if name in changed:
            changed[name] = _without(changed[name], person)
    return changed


def says_who(name: str) -> bool:
    """Whether a value of this name, before or after a change, is what somebody is called."""
    return name.endswith(("by", "person", "administrator"))


def _without(value: Any, person: Erased, *, is_name: bool = False) -> Any:
    """A value, however deep, without ids and addresses; without names where it says who it was."""
    if isinstance(value, str):
        if is_name and value in person.names:
            return DELETED_ACCOUNT
        return whole(person.keys).sub(DELETED_ACCOUNT, value)
    if isinstance(value, Mapping):
        return {
            name: _without(inner, person, is_name=is_name or says_who(name)) for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_without(inner, person, is_name=is_name) for inner in value]
    return value
