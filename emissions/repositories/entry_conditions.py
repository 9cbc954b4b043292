"""What a query of entries leaves out, beside its keys: DynamoDB filters it after it was read."""

from __future__ import annotations

import operator
from datetime import date
from functools import reduce
from typing import Any

from carbontrack.dynamodb import Attr
from emissions.filters import EntryFilters, Period


def local_days(period: Period) -> Any:
    """Entries of these days, by the clock of whoever logged them."""
    first_on, last_on = period.first_on or date.min, period.last_on or date.max
    return Attr("local_date").between(first_on.isoformat(), last_on.isoformat())


def filter_condition(filters: EntryFilters) -> Any:
    """All filters at once; None where nothing is left out."""
    conditions: list[Any] = []
    if filters.activity_type is not None:
        conditions.append(Attr("activity_type").eq(filters.activity_type.value))
    if filters.category is not None:
        conditions.append(Attr("category").eq(filters.category))
    if filters.period is not None:
        conditions.append(local_days(filters.period))
    if filters.work is not None:
        organization = Attr("organization_id")
        conditions.append(organization.exists() if filters.work else organization.not_exists())
    return reduce(operator.and_, conditions) if conditions else None
