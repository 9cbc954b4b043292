"""What erased entries counted: taken from their author, kept for organizations, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from carbontrack.dynamodb import Conflict, WriteTransaction, new_token
from emissions.domain.entries import Entry
from emissions.domain.participants import Worked
from emissions.domain.totals import Counters, Subject, totals_deltas, work_counts
from emissions.repositories.erased_totals import keep_erased
from emissions.repositories.totals import (
    SeenMonths,
    Spread,
    StoredTotals,
    TotalsRepository,
    add_counters,
    spread_for,
)
from organizations.repositories.organizations import OrganizationRepository

Place = tuple[str, str | None]


class AuthorMoved(Conflict):
    """The author's own month is not as it was read. Nothing was changed: look again."""


def queue_keeping(
    user_id: str, month: str, entries: Sequence[Entry], *, transaction: WriteTransaction
) -> None:
    """Queue that entries of one author and month count no more, and that organizations count them on.

    Only next to the end of the same entries, each under a condition. The transaction raises AuthorMoved.
    """
    seen = list(TotalsRepository().iter_stored(Subject.user(user_id), first=month, last=month))
    worked: Worked = {month: work_counts(_sums(seen))}
    deltas = totals_deltas(removed=entries, worked=worked)
    repository = TotalsRepository()
    repository.apply(
        deltas,
        author=user_id,
        spreads=spreads_of(entries),
        seen=_demands(user_id, month, seen, entries),
        transaction=transaction,
    )
    keep_erased(deltas, transaction=transaction)


def places_of(entries: Iterable[Entry]) -> set[Place]:
    """The organizations and departments that entries were logged for."""
    return {(entry.organization_id, entry.department_id) for entry in entries if entry.organization_id}


def writes_of(places: set[Place]) -> int:
    """The most writes and checks of a transaction that goes with entries of these places, besides their own.

    The author's month, and whether it is archived; for each organization an item of what stays, and whether
    it has archived the month; for each department an item of the organization, and two of its own.
    """
    return 2 + 2 * len({organization_id for organization_id, _ in places}) + 3 * len(places)


def spreads_of(entries: Iterable[Entry]) -> dict[str, Spread]:
    """How far the totals of the organizations spread today."""
    found = {
        each: OrganizationRepository(each).find()
        for each in {entry.organization_id for entry in entries}
        if each is not None
    }
    return {each: spread_for(found_one.members) for each, found_one in found.items() if found_one}


def _demands(
    user_id: str, month: str, seen: Sequence[StoredTotals], entries: Sequence[Entry]
) -> SeenMonths | None:
    """That the author's month of this Region is as it was read, where it decides who is a participant."""
    if not any(entry.is_work for entry in entries):
        return None
    own = TotalsRepository().own_period(month)
    changes = next((each.changes for each in seen if each.period == own), None)
    return SeenMonths({month: changes}, new_token()[:16], AuthorMoved(f"{month} of {user_id} moved"))


def _sums(stored: Iterable[StoredTotals]) -> Counters:
    sums: dict[str, Decimal] = {}
    for each in stored:
        add_counters(sums, each.counters)
    return sums
