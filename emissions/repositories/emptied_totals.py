"""Totals that nothing counts in any more: an organization that is deleted leaves months of zeros behind.

A month may have several items, and an organization that grew wrote what came and what went to different ones:
only together are they zero. What erased people had logged stays in items of its own as long as anything else
does, and goes with the last of it.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from carbontrack.dynamodb import Attr, Conflict, WriteTransaction
from carbontrack.dynamodb.tables import EMISSION_TOTALS
from emissions.domain.totals import CHANGES, Subject
from emissions.repositories.totals import StoredTotals, TotalsRepository, add_counters, without_zeros


def remove_empty_months(subject: Subject) -> bool:
    """Remove a subject's months whose entries are all gone. Returns whether no month is left.

    One that somebody writes to at this moment stays; so does one that is not zero.
    """
    months: dict[str, list[StoredTotals]] = defaultdict(list)
    for stored in TotalsRepository().iter_stored(subject):
        months[stored.month].append(stored)
    left = [month for month, items in months.items() if not (_is_empty(items) and _remove(items))]
    return not left


def _is_empty(items: list[StoredTotals]) -> bool:
    sums: dict[str, Decimal] = {}
    for stored in items:
        if not stored.is_erased:
            add_counters(sums, stored.counters)
    return not without_zeros(sums)


def _remove(items: list[StoredTotals]) -> bool:
    try:
        with WriteTransaction() as transaction:
            for stored in items:
                transaction.delete(
                    EMISSION_TOTALS,
                    {"subject": stored.subject.key, "period": stored.period},
                    condition=Attr(CHANGES).eq(stored.changes),
                    error=Conflict(f"{stored.period} of {stored.subject.key} changed meanwhile"),
                )
    except Conflict:
        return False
    return True
