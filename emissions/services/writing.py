"""The one place where entries are written: together with every total that counts them, in one transaction.

A work entry also moves the organization's and the department's totals, and the numbers of people who logged.
Whether its author becomes one of them is decided by the author's own month, which is read first; the
transaction holds only if that month is still as it was. Who meets somebody else there looks again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from carbontrack.dynamodb.backoff import pause
from carbontrack.dynamodb.errors import Conflict, TokenReused
from carbontrack.dynamodb.transactions import new_token
from emissions.domain.entries import Entry
from emissions.domain.participants import Worked, work_moves
from emissions.domain.totals import totals_deltas, work_counts
from emissions.repositories.archives import demand_at_hand
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import SeenMonths, Spread, StoredTotals, TotalsRepository, spread_for
from emissions.services.archiving.moving import months_to_ask
from organizations.domain import Organization, may_be_closed
from organizations.repositories.organizations import OrganizationRepository

#: How often a work entry is tried whose author writes something else at the same moment.
ATTEMPTS = 12

OwnMonths = dict[str, StoredTotals | None]
#: Queues more writes of a transaction. Called once for each try.
Also = Callable[[WriteTransaction], None]


class MonthMoved(Conflict):
    """The author's month changed between looking at it and writing. Nothing was written: look again."""


def write_entries(
    user_id: str,
    *,
    added: Sequence[Entry] = (),
    removed: Sequence[Entry] = (),
    token_seed: str | None = None,
    organization: Organization | None = None,
    also: Also | None = None,
) -> None:
    """Write entries that come, go, or (one with the key of one that goes) take another's place.

    Whoever comes with the same `token_seed` within ten minutes, with the same content or not, writes nothing
    more: it succeeds like the first, or raises TokenReused or ItemAlreadyExists. `organization`, where the
    caller knows it, tells how far its totals spread. Raises MonthClosed where an organization has closed a
    month of a work entry, and MonthArchived, which is one too, for a month that is in an archive. `also`
    queues what else must happen in the same transaction, or not at all.
    """
    seed = token_seed or new_token()
    mark = mark_of(seed)
    for attempt in range(1, ATTEMPTS + 1):
        own = read_own_months(user_id, added=added, removed=removed)
        if any(stored is not None and stored.written == mark for stored in own.values()):
            raise TokenReused("The same request was sent before, when its author's month was another.")
        token = seed if attempt == 1 else token_for(seed, own)
        try:
            write_once(
                user_id,
                added=added,
                removed=removed,
                own=own,
                mark=mark,
                token=token,
                organization=organization,
                also=also,
            )
            return
        except MonthMoved:
            if attempt == ATTEMPTS:
                raise
        pause(attempt)


def read_own_months(user_id: str, *, added: Iterable[Entry] = (), removed: Iterable[Entry] = ()) -> OwnMonths:
    """The author's months in which they may start or stop being a participant. Personal entries read none."""
    moved = sorted(work_moves(added=added, removed=removed))
    return TotalsRepository().own_months(user_id, moved) if moved else {}


def token_for(seed: str, own: OwnMonths) -> str:
    """The request token of another try with the same seed.

    DynamoDB refuses a token that comes with other content, and the content differs with what was read.
    """
    return _digest(seed, *(f"{month} {_changes(stored)}" for month, stored in sorted(own.items())))


def mark_of(seed: str) -> str:
    """What a write leaves in its author's month, to be known by; short, as the item is to stay small."""
    return _digest("mark", seed)[:16]


def write_once(
    user_id: str,
    *,
    added: Sequence[Entry],
    removed: Sequence[Entry],
    own: OwnMonths,
    mark: str,
    token: str,
    organization: Organization | None,
    also: Also | None = None,
) -> None:
    """One try. Raises MonthMoved if one of the author's `own` months is no longer as it was read."""
    with WriteTransaction(token=token) as transaction:
        queue_entries(
            user_id,
            added=added,
            removed=removed,
            own=own,
            mark=mark,
            organization=organization,
            transaction=transaction,
        )
        if also is not None:
            also(transaction)


def queue_entries(
    user_id: str,
    *,
    added: Sequence[Entry],
    removed: Sequence[Entry],
    own: OwnMonths,
    mark: str,
    organization: Organization | None,
    transaction: WriteTransaction,
) -> None:
    """Queue what one try of `write_once` writes, for who sends the transaction later."""
    worked: Worked = {month: work_counts(stored.counters) for month, stored in own.items() if stored}
    seen = SeenMonths(
        changes={month: _changes(stored) for month, stored in own.items()},
        mark=mark,
        error=MonthMoved(f"the months of {user_id} changed meanwhile"),
    )
    # First, so that it is what the person hears where the entry's place is taken by the archive as well.
    demand_at_hand(months_to_ask([*added, *removed]), transaction=transaction)
    _queue_entries(EntryRepository(user_id), added, removed, transaction)
    _demand_open_months([*added, *removed], transaction)
    TotalsRepository().apply(
        totals_deltas(added=added, removed=removed, worked=worked),
        author=user_id,
        spreads=_spreads(organization),
        seen=seen,
        transaction=transaction,
    )


def months_to_lock(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """By organization, the months of work entries that may have been closed: these are looked at.

    A running month cannot be, so that people who log today do not all meet on one more item.
    """
    now = clock.now()
    months: dict[str, set[str]] = {}
    for entry in entries:
        if entry.organization_id is not None and may_be_closed(entry.month, now):
            months.setdefault(entry.organization_id, set()).add(entry.month)
    return months


def _queue_entries(
    repository: EntryRepository,
    added: Sequence[Entry],
    removed: Sequence[Entry],
    transaction: WriteTransaction,
) -> None:
    """By keys: an entry that came in anew, after one of the same row was moved, has its id."""
    staying = {entry.key for entry in added}
    for entry in removed:
        if entry.key not in staying:
            repository.remove(entry, transaction=transaction)
    going = {entry.key: entry for entry in removed}
    for entry in added:
        if entry.key in going:
            repository.replace(entry, previous=going[entry.key], transaction=transaction)
        else:
            repository.add(entry, transaction=transaction)


def _demand_open_months(entries: Iterable[Entry], transaction: WriteTransaction) -> None:
    for organization_id, months in months_to_lock(entries).items():
        OrganizationRepository(organization_id).demand_open_months(months, transaction=transaction)


def _spreads(organization: Organization | None) -> dict[str, Spread]:
    return {} if organization is None else {organization.id: spread_for(organization.members)}


def _changes(stored: StoredTotals | None) -> int | None:
    return None if stored is None else stored.changes


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
