"""What totals keep of people who are erased: items of the same months, in a Region called `erased`.

| access pattern | key condition | cost |
| --- | --- | --- |
| what erased work counted stays | ADD to (S, `2024-03#erased.<region>.0`), where it is taken | 2 writes |
| no totals of a person any more | subject = user#U, BatchWriteItem | 1 write each |

`S` is an organization or a department. One item for a month and Region is enough: erasures are rare.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings

from carbontrack.dynamodb import Key, WriteTransaction, batch_write, iter_query
from carbontrack.dynamodb.tables import EMISSION_TOTALS
from emissions.domain.totals import CHANGES, Subject, TotalsDelta
from emissions.repositories.totals import ERASED, add_counters, item_key, period_key, without_zeros


def keep_erased(deltas: Iterable[TotalsDelta], *, transaction: WriteTransaction) -> None:
    """Queue that what `deltas` take from organizations and departments stays in their sums.

    Only next to `TotalsRepository.apply` of the same deltas: together they change no sum that anybody reads,
    at no moment. People's own totals keep nothing.
    """
    kept: dict[tuple[Subject, str], dict[str, Decimal]] = {}
    for delta in deltas:
        if not delta.subject.is_user:
            counters = {name: -value for name, value in delta.counters.items()}
            add_counters(kept.setdefault((delta.subject, delta.month), {}), counters)
    for (subject, month), counters in kept.items():
        transaction.update(
            EMISSION_TOTALS,
            item_key(subject, period_key(month, f"{ERASED}{settings.DYNAMODB_REGION}", 0)),
            add={**without_zeros(counters), CHANGES: Decimal(1)},
        )


def remove_own(user_id: str) -> None:
    """Remove every item of a person who is being erased. What organizations count is in items of theirs."""
    subject = Subject.user(user_id)
    items = iter_query(
        EMISSION_TOTALS,
        Key("subject").eq(subject.key),
        consistent=True,
        projection=EMISSION_TOTALS.key_attributes,
    )
    batch_write(EMISSION_TOTALS, deletes=[item_key(subject, item["period"]["S"]) for item in items])
