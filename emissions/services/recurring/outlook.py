"""What a rule is going to write, and what that weighs. Stores nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.domain import Profile
from emissions.calculation import calculate
from emissions.domain.recurring import Routine, Rule, Upcoming
from emissions.domain.schedules import DAY, day_of_month
from emissions.factors import Catalog, catalog_for
from emissions.factors.errors import CalculationError
from organizations.domain import Organization

#: As many next days as a phone shows in two lines.
NEXT_DAYS = 5


@dataclass(frozen=True, slots=True)
class Outlook:
    """`kg_each` and `kg_year` are kg CO2e of one entry and of the `year_days` entries of the next 12 months.

    They are None where it cannot be calculated; `problem` then says why.
    """

    days: list[Upcoming]
    year_days: int
    kg_each: Decimal | None = None
    problem: str = ""

    @property
    def kg_year(self) -> Decimal | None:
        return None if self.kg_each is None else self.kg_each * self.year_days


def outlook_of(
    profile: Profile, rule: Rule, today: date, *, organization: Organization | None = None
) -> Outlook:
    """From `today` on, with today's factors; of work, those of the `organization` if it counts there."""
    last_on = day_of_month(today.year + 1, today.month, today.day) - DAY
    is_there = organization is not None and rule.routine.organization_id == organization.id
    factors = catalog_for(organization if is_there else None)
    days, count = rule.upcoming(NEXT_DAYS, today), rule.days_until(last_on)
    try:
        return Outlook(days, count, kg_each=_kg(profile, rule.routine, today, factors))
    except CalculationError as error:
        return Outlook(days, count, problem=error.message)


def _kg(profile: Profile, routine: Routine, on: date, factors: Catalog) -> Decimal:
    return calculate(
        variant=routine.variant,
        amount=routine.amount,
        unit=routine.unit,
        people=routine.people,
        region=profile.preferences.region,
        on=on,
        factors=factors,
    ).co2_emissions
