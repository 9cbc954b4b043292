"""What an entry would weigh if it were logged today, where the person lives now."""

from __future__ import annotations

from accounts.domain import Profile
from emissions.calculation import calculate
from emissions.days import local_today
from emissions.domain.entries import Entry
from emissions.explanation import Explanation, explain_calculation
from emissions.factors import catalog_for
from emissions.factors.errors import CalculationError
from organizations.domain import Organization


def logged_today(
    profile: Profile, entry: Entry, organization: Organization | None = None
) -> Explanation | None:
    """The same activity with today's factor; None if that is the same figure, or there is none any more.

    `organization` is the one that a work entry counts for.
    """
    try:
        calculation = calculate(
            variant=entry.variant,
            amount=entry.amount,
            unit=entry.unit,
            people=entry.people,
            region=profile.preferences.region,
            on=local_today(profile.preferences.time_zone),
            factors=catalog_for(organization),
        )
    except CalculationError:
        return None
    return None if calculation.co2_emissions == entry.co2_emissions else explain_calculation(calculation)
