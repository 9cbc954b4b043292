"""Entries as the list shows them: by day, each with its figure explained and the key to log it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.urls import reverse
from django.utils.formats import date_format

from carbontrack.form_keys import new_form_key
from emissions.domain.entries import Entry
from emissions.explanation import Explanation, explain_entry
from emissions.factors import choices
from emissions.views.workplace import work_badge
from organizations.domain import Organization


@dataclass(frozen=True, slots=True)
class Row:
    """`url` is the entry's page, with `edit/`, `delete/` and `again/` below it.

    `again` is the idempotency key of "log again"; `badge` says where a work entry counts.
    """

    entry: Entry
    label: str
    url: str
    explanation: Explanation
    again: str
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """Entries of one day, as far as this page has them: so it shows no sum, which the next page might add to.

    `goes_on` is True where the page before ended with the same day.
    """

    day: date
    label: str
    rows: list[Row]
    goes_on: bool = False


def row_of(entry: Entry, organization: Organization | None = None) -> Row:
    """`organization` is the person's own, for the badge of a work entry; unknown, it is a former one."""
    return Row(
        entry,
        label=choices.label(entry.variant),
        url=reverse("emissions:entry-detail", args=[entry.slug]),
        explanation=explain_entry(entry),
        again=new_form_key(entry.user_id),
        badge=work_badge(entry, organization),
    )


def days_of(
    entries: Iterable[Entry],
    today: date,
    *,
    after: str | None = None,
    keep_today: bool = False,
    organization: Organization | None = None,
) -> list[Day]:
    """Newest first, as they come; `after` is the last day (ISO) of the page before.

    A traveler's days may not come in order; then a day comes twice. With `keep_today` today comes first even
    without entries, ready for one that is logged again.
    """
    groups = [(day, list(group)) for day, group in groupby(entries, key=lambda entry: entry.local_date)]
    days = [
        Day(
            day,
            day_label(day, today),
            [row_of(entry, organization) for entry in group],
            place == 0 and day.isoformat() == after,
        )
        for place, (day, group) in enumerate(groups)
    ]
    if keep_today and days and days[0].day != today:
        days.insert(0, Day(today, day_label(today, today), []))
    return days


def day_label(day: date, today: date) -> str:
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return date_format(day, "l j F" if day.year == today.year else "l j F Y")
