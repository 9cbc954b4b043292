"""What an entry would weigh if it were logged today, where the person lives now."""

from __future__ import annotations

from accounts.domain import Profile
from emissions.calculation import calculate
from emissions.days import local_today
from emissions.domain.entries import Entry
from emissions.explanation import Explanation, explain_calculation
from emissions.factors.errors import CalculationError


def logged_today(profile: Profile, entry: Entry) -> Explanation | None:
    """The same activity with today's factor; None if that is the same figure, or there is none any more."""
    try:
        calculation = calculate(
            variant=entry.variant,
            amount=entry.amount,
            unit=entry.unit,
            people=entry.people,
            region=profile.preferences.region,
            on=local_today(profile.preferences.time_zone),
        )
    except CalculationError:
        return None
    return None if calculation.co2_emissions == entry.co2_emissions else explain_calculation(calculation)
