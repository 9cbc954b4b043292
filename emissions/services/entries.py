"""What people do with entries. Each change is one transaction: the entry and every total that counts it.

Raises, besides what is named: CalculationError and EntryRefused with a sentence for the person, and the
errors of the data layer, after which nothing is half-written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import encode_item
from carbontrack.dynamodb.errors import Conflict, ItemAlreadyExists, TokenReused
from emissions.days import local_now
from emissions.domain.entries import Entry, EntryKey
from emissions.errors import EntryRefused, FormAlreadySaved, UndoTooLate
from emissions.repositories.entries import EntryRepository, sort_key
from emissions.repositories.entry_items import entry_from_item, entry_to_item
from emissions.services.drafts import EntryDraft, entry_of, revise, says_the_same
from emissions.services.tokens import (
    new_undo_token,
    read_undo_token,
    record_token,
    restore_token,
)
from emissions.services.work import factors_for, settle_work
from emissions.services.writing import write_entries
from organizations.domain import Organization

#: How far around now a repeat of the same form is looked for: longer than DynamoDB remembers its token.
_REPEAT_WINDOW = timedelta(minutes=15)
#: Said where an entry of an import was moved, its row came in again, and the first is to go back.
PLACE_TAKEN = "The same row of a file is in your log at that time by now. Change that one, or delete this."


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


def record_entry(
    profile: Profile, draft: EntryDraft, *, entry_id: str, organization: Organization | None = None
) -> Recorded:
    """Save a draft: one transaction, no read. The same form again (`entry_id`) answers with the same entry.

    A work entry reads its author's month before, and the `organization` unless the caller has read it.
    Raises FormAlreadySaved when the form has saved something else, MonthClosed for work of a closed month.
    """
    draft, organization = settle_work(profile, draft, organization=organization)
    entry = entry_of(profile, draft, entry_id=entry_id, factors=factors_for(draft.work, organization))
    try:
        write_entries(
            entry.user_id,
            added=[entry],
            token_seed=record_token(entry.user_id, entry_id),
            organization=organization,
        )
    except (ItemAlreadyExists, TokenReused) as error:
        stored = EntryRepository(profile.user_id).find(entry.key)
        if stored is not None and says_the_same(draft, stored):
            return Recorded(stored, created=False)
        raise FormAlreadySaved(
            "This form has saved an entry before. To save this one as well, send it again."
        ) from error
    return Recorded(entry, created=True)


def edit_entry(
    profile: Profile,
    key: EntryKey,
    draft: EntryDraft,
    *,
    version: int,
    just_read: Entry | None = None,
    organization: Organization | None = None,
) -> Edited:
    """Change an entry. Raises ItemNotFound, and Conflict when it is no longer the `version` that was edited.

    The same edit sent twice is one edit; an edit that changes nothing writes nothing. `just_read` saves a
    second read of what the caller has read: the write holds only if it is still so.
    Raises MonthClosed where a work entry is in a closed month, or is to move there.
    """
    previous = just_read or EntryRepository(profile.user_id).get(key)
    if previous.version in (version, version + 1):
        draft, organization = settle_work(profile, draft, previous=previous, organization=organization)
        if says_the_same(draft, previous):
            return Edited(previous, previous)
    if previous.version != version:
        raise Conflict(f"entry {key.slug} is at version {previous.version}, not {version}")
    entry = revise(profile, previous, draft, factors=partial(factors_for, draft.work, organization))
    try:
        write_entries(profile.user_id, added=[entry], removed=[previous], organization=organization)
    except ItemAlreadyExists as error:
        raise EntryRefused(PLACE_TAKEN, field="date") from error
    return Edited(entry, previous)


def delete_entry(
    profile: Profile, key: EntryKey, version: int, *, organization: Organization | None = None
) -> str:
    """Remove an entry and return the token that brings it back.

    Raises ItemNotFound and Conflict, and MonthClosed for a work entry of a closed month.
    """
    entry = EntryRepository(profile.user_id).get(key)
    if entry.version != version:
        raise Conflict(f"entry {key.slug} is at version {entry.version}, not {version}")
    write_entries(profile.user_id, removed=[entry], organization=organization)
    return new_undo_token(profile.user_id, encode_item(entry_to_item(entry, sort_key(key))))


def restore_entry(profile: Profile, undo_token: str, *, organization: Organization | None = None) -> Entry:
    """Bring a deleted entry back, once. Raises TokenRefused, UndoTooLate and MonthClosed.

    The transaction's token comes from the undo token, so a second try changes nothing; the read tells whether
    the entry is still where the first brought it.
    """
    deleted = entry_from_item(read_undo_token(profile.user_id, undo_token))
    entry = replace(deleted, version=deleted.version + 1)
    with suppress(ItemAlreadyExists, TokenReused):
        write_entries(
            profile.user_id,
            added=[entry],
            token_seed=restore_token(undo_token),
            organization=organization,
        )
    stored = EntryRepository(profile.user_id).find(entry.key)
    if stored is None:
        raise UndoTooLate("This was undone before, and the entry has changed since.")
    return stored


def repeat_entry(
    profile: Profile, key: EntryKey, *, entry_id: str, organization: Organization | None = None
) -> Recorded:
    """Log an entry again, now: the same amount with the factor of today. A double click logs it once.

    For work again if that can still be, else as a personal entry.
    """
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
        draft, organization = settle_work(profile, draft, organization=organization)
    except EntryRefused:
        draft = replace(draft, work=None)
    try:
        return record_entry(profile, draft, entry_id=entry_id, organization=organization)
    except FormAlreadySaved:
        for entry in _around_now(entries):
            if entry.entry_id == entry_id:
                return Recorded(entry, created=False)
        raise


def _around_now(entries: EntryRepository) -> Iterator[Entry]:
    now = clock.now()
    return entries.iter_moments(now - _REPEAT_WINDOW, now + _REPEAT_WINDOW)
