"""Where the dashboard leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from emissions.dashboard.periods import Month
from emissions.insights.missing import Missing


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses, looked up once per page: the charts need a hundred of them."""

    today: date
    home: str
    log: str
    entries: str
    insights: str

    @classmethod
    def of(cls, today: date) -> Links:
        return cls(
            today,
            home=reverse("emissions:home"),
            log=reverse("emissions:entry-create"),
            entries=reverse("emissions:entry-list"),
            insights=reverse("emissions:insights"),
        )

    def month(self, month: Month) -> str:
        """The dashboard of a month; the current one has the plain address, which stays current."""
        return self.home if month == Month.of(self.today) else f"{self.home}?month={month}"

    def log_on(self, day: date) -> str:
        """The form with the day filled in."""
        return f"{self.log}?date={day}"

    def log_in(self, month: Month) -> str:
        """The form with a day of the month filled in: today where that is one, else the first."""
        return self.log_on(self.today if month == Month.of(self.today) else month.first_day)

    def log_choice(self, choice: str) -> str:
        """The form with an everyday choice made."""
        return f"{self.log}?variant={choice}"

    def log_missing(self, missing: Missing) -> str:
        """The form with what is usual in a category filled in, on a day of a month that lacks it."""
        return f"{self.insights}?missing={missing.activity_type}/{missing.category}&month={missing.month}"

    def entries_on(self, day: date) -> str:
        return f"{self.entries}?period={day}"

    def entries_of(self, activity_type: str, category: str, *, first: date, last: date) -> str:
        return f"{self.entries}?type={activity_type}&category={category}&since={first}&until={last}"
