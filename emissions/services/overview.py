"""Counting the platform: what everybody has logged by day and month, people, sign-ups, organizations.

It walks over everybody's totals, so it is a job's and never a request's. Counting twice, or twice at once,
stores the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from django.contrib.auth import get_user_model
from django.db.models import Count
from django.db.models.functions import TruncDate

from carbontrack import clock
from carbontrack.jobs import Reporter
from carbontrack.usage import OWNER
from emissions.domain.totals import CO2_EMISSIONS, ENTRIES, PARTICIPANTS, Counters
from emissions.repositories.platform import (
    PlatformRepository,
    Summary,
    count_organizations,
    iter_personal_months,
)
from emissions.repositories.totals import add_counters, without_zeros

JOB_ID = "overview"
#: For how many days sign-ups are kept by day.
SIGN_UP_DAYS = 366
#: In the platform's totals: how many people logged something on a day of the month, `people#15`.
_DAY_ENTRIES, _DAY_PEOPLE = "n#", "people#"
#: How often progress is worth a word.
_STEP = 500


def day_people_counter(day: int) -> str:
    return f"{_DAY_PEOPLE}{day:02d}"


def count_platform() -> Summary:
    """Count everything and store it. Tells how far it is, under (`platform`, `overview`)."""
    started_at = clock.now()
    before = PlatformRepository().find_summary()
    report = Reporter(OWNER, JOB_ID, total=before.items if before else 0)
    report.step("Adding up what everybody has logged")
    sums = PlatformSums()
    sums.add_all(_reported(iter_personal_months(), report))
    PlatformRepository().replace_months(sums.months)
    report.step("Counting people and organizations")
    people = get_user_model()._default_manager
    organizations, suspended = count_organizations()
    summary = Summary(
        counted_at=started_at.replace(microsecond=0),
        seconds=round((clock.now() - started_at).total_seconds()),
        items=sums.items,
        people=people.count(),
        disabled=people.filter(is_active=False).count(),
        loggers=sums.loggers,
        organizations=organizations,
        suspended=suspended,
        entries=int(sum((month[ENTRIES] for month in sums.months.values()), Decimal(0))),
        kg=sum((month.get(CO2_EMISSIONS, Decimal(0)) for month in sums.months.values()), Decimal(0)),
        sign_ups=_sign_ups(),
    )
    PlatformRepository().save_summary(summary)
    report.finish()
    return summary


class PlatformSums:
    """The counters of all people, month by month, with how many people there are in each and on each day."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, Decimal]] = {}
        self.items = 0
        self.loggers = 0

    @property
    def months(self) -> dict[str, dict[str, Decimal]]:
        """The months that somebody has entries in."""
        counted = {month: without_zeros(counters) for month, counters in self._sums.items()}
        return {month: counters for month, counters in counted.items() if counters.get(ENTRIES)}

    def add_all(self, months: Iterable[tuple[str, str, Counters]]) -> None:
        """Add up stored months, of which those of one person come together."""
        for _user_id, items in groupby(months, key=itemgetter(0)):
            own: dict[str, dict[str, Decimal]] = {}
            for _, month, counters in items:
                self.items += 1
                add_counters(own.setdefault(month, {}), counters)
            self._add_person(own)

    def _add_person(self, months: dict[str, dict[str, Decimal]]) -> None:
        has_logged = False
        for month, counters in months.items():
            if counters.get(ENTRIES, Decimal(0)) <= 0:
                continue
            has_logged = True
            shared = {name: value for name, value in counters.items() if not name.startswith("work#")}
            add_counters(self._sums.setdefault(month, {}), shared | _people(counters))
        self.loggers += has_logged


def _people(counters: Counters) -> dict[str, Decimal]:
    """One person in the month, and on each of its days that they logged something on."""
    days = (name for name, value in counters.items() if name.startswith(_DAY_ENTRIES) and value > 0)
    on_days = {f"{_DAY_PEOPLE}{name.removeprefix(_DAY_ENTRIES)}": Decimal(1) for name in days}
    return {PARTICIPANTS: Decimal(1), **on_days}


def _reported(
    months: Iterator[tuple[str, str, Counters]], report: Reporter
) -> Iterator[tuple[str, str, Counters]]:
    for number, month in enumerate(months, start=1):
        yield month
        if number % _STEP == 0:
            report.advance(_STEP)


def _sign_ups() -> dict[date, int]:
    """How many accounts were made on each day (UTC) of the last year, of those that are still here."""
    since = clock.now() - timedelta(days=SIGN_UP_DAYS)
    rows = (
        get_user_model()
        ._default_manager.filter(date_joined__gte=since)
        .annotate(day=TruncDate("date_joined", tzinfo=UTC))
        .values_list("day")
        .annotate(count=Count("pk"))
        .order_by("day")
    )
    return dict(rows)
