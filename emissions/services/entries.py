"""What people do with entries. Each change is one transaction: the entry and every total that counts it.

Raises, besides what is named: CalculationError and EntryRefused with a sentence for the person, and the
errors of the data layer, after which nothing is half-written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, encode_item
from carbontrack.dynamodb.errors import Conflict, ItemAlreadyExists, TokenReused
from emissions.days import local_now
from emissions.domain.entries import Entry, EntryKey
from emissions.domain.totals import totals_deltas
from emissions.errors import FormAlreadySaved, UndoTooLate
from emissions.repositories.entries import EntryRepository, sort_key
from emissions.repositories.entry_items import entry_from_item, entry_to_item
from emissions.repositories.totals import TotalsRepository
from emissions.services.drafts import EntryDraft, entry_of, revise, says_the_same
from emissions.services.tokens import (
    new_undo_token,
    read_undo_token,
    record_token,
    restore_token,
)

#: How far around now a repeat of the same form is looked for: longer than DynamoDB remembers its token.
_REPEAT_WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry that is stored. `created` is False when this form had saved it before."""

    entry: Entry
    created: bool


@dataclass(frozen=True, slots=True)
class Edited:
    """An entry after an edit, and before it, so that a page can tell what the edit did to the figure."""

    entry: Entry
    previous: Entry

    @property
    def factor_changed(self) -> bool:
        """Whether another variant, unit or day brought in another factor than the one that was frozen."""
        return self.entry.factor != self.previous.factor


def record_entry(profile: Profile, draft: EntryDraft, *, entry_id: str) -> Recorded:
    """Save a draft: one transaction, no read. The same form again (`entry_id`) answers with the same entry.

    Raises FormAlreadySaved when the form has saved something else.
    """
    entry = entry_of(profile, draft, entry_id=entry_id)
    try:
        _write(entry.user_id, added=entry, token=record_token(entry.user_id, entry_id))
    except (ItemAlreadyExists, TokenReused) as error:
        stored = EntryRepository(profile.user_id).find(entry.key)
        if stored is not None and says_the_same(draft, stored):
            return Recorded(stored, created=False)
        raise FormAlreadySaved(
            "This form has saved an entry before. To save this one as well, send it again."
        ) from error
    return Recorded(entry, created=True)


def edit_entry(
    profile: Profile, key: EntryKey, draft: EntryDraft, *, version: int, just_read: Entry | None = None
) -> Edited:
    """Change an entry. Raises ItemNotFound, and Conflict when it is no longer the `version` that was edited.

    The same edit sent twice is one edit; an edit that changes nothing writes nothing. `just_read` saves a
    second read of what the caller has read: the write holds only if it is still so.
    """
    previous = just_read or EntryRepository(profile.user_id).get(key)
    if says_the_same(draft, previous) and previous.version in (version, version + 1):
        return Edited(previous, previous)
    if previous.version != version:
        raise Conflict(f"entry {key.slug} is at version {previous.version}, not {version}")
    entry = revise(profile, previous, draft)
    _write(profile.user_id, added=entry, removed=previous)
    return Edited(entry, previous)


def delete_entry(profile: Profile, key: EntryKey, version: int) -> str:
    """Remove an entry and return the token that brings it back. Raises ItemNotFound and Conflict."""
    entry = EntryRepository(profile.user_id).get(key)
    if entry.version != version:
        raise Conflict(f"entry {key.slug} is at version {entry.version}, not {version}")
    _write(profile.user_id, removed=entry)
    return new_undo_token(profile.user_id, encode_item(entry_to_item(entry, sort_key(key))))


def restore_entry(profile: Profile, undo_token: str) -> Entry:
    """Bring a deleted entry back, once. Raises TokenRefused and UndoTooLate.

    The transaction's token comes from the undo token, so a second try changes nothing; the read tells whether
    the entry is still where the first brought it.
    """
    deleted = entry_from_item(read_undo_token(profile.user_id, undo_token))
    entry = replace(deleted, version=deleted.version + 1)
    with suppress(ItemAlreadyExists, TokenReused):
        _write(profile.user_id, added=entry, token=restore_token(undo_token))
    stored = EntryRepository(profile.user_id).find(entry.key)
    if stored is None:
        raise UndoTooLate("This was undone before, and the entry has changed since.")
    return stored


def repeat_entry(profile: Profile, key: EntryKey, *, entry_id: str) -> Recorded:
    """Log an entry again, now: the same amount with the factor of today. A double click logs it once."""
    entries = EntryRepository(profile.user_id)
    original = entries.get(key)
    now = local_now(profile.preferences.time_zone)
    draft = replace(
        EntryDraft.of(original),
        local_date=now.date(),
        local_time=now.time(),
        time_zone=profile.preferences.time_zone,
    )
    try:
        return record_entry(profile, draft, entry_id=entry_id)
    except FormAlreadySaved:
        for entry in _around_now(entries):
            if entry.entry_id == entry_id:
                return Recorded(entry, created=False)
        raise


def _around_now(entries: EntryRepository) -> Iterator[Entry]:
    now = clock.now()
    return entries.iter_moments(now - _REPEAT_WINDOW, now + _REPEAT_WINDOW)


def _write(
    user_id: str, *, added: Entry | None = None, removed: Entry | None = None, token: str | None = None
) -> None:
    """One transaction: an entry that comes, goes or takes another's place, and all totals that count it."""
    entries = EntryRepository(user_id)
    with WriteTransaction(token=token) as transaction:
        if added is not None and removed is not None:
            entries.replace(added, previous=removed, transaction=transaction)
        elif added is not None:
            entries.add(added, transaction=transaction)
        elif removed is not None:
            entries.remove(removed, transaction=transaction)
        deltas = totals_deltas(added=filter(None, [added]), removed=filter(None, [removed]))
        TotalsRepository().apply(deltas, spread=user_id, transaction=transaction)
