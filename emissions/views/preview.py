"""What an entry would weigh, as far as its form is filled in: its figure, or what is wrong in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from functools import partial

from accounts.domain import Profile
from emissions.domain.entries import Entry
from emissions.errors import EntryRefused
from emissions.explanation import Explanation, explain_calculation, explain_entry
from emissions.factors import regions
from emissions.factors.errors import CalculationError
from emissions.forms import EntryForm
from emissions.services.drafts import calculate_draft, revise
from emissions.services.work import factors_for

#: Noon: any hour does, for the day alone decides which factor is in force.
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Preview:
    """Neither an explanation nor a problem: there is no amount yet.

    `home` names where the person lives, which decides the factor of a new entry; one that is changed may keep
    the factor it has.
    """

    explanation: Explanation | None = None
    problem: str = ""
    home: str = ""


def preview_of(form: EntryForm, profile: Profile, *, entry: Entry | None = None) -> Preview:
    """The figure that saving would store; `entry` is the one being changed, whose factor may stay."""
    form = form.filled_in()
    if not form["amount"].data:
        return Preview()
    if not form.is_valid():
        return Preview(problem=" ".join(map(str, next(iter(form.errors.values())))))
    time_zone = entry.time_zone if entry else profile.preferences.time_zone
    draft = form.draft(time_zone=time_zone, default_time=NOON)
    home = regions.name(profile.preferences.region)
    factors = partial(
        factors_for, draft.work, None if form.workplace is None else form.workplace.organization
    )
    try:
        if entry is not None:
            return Preview(explain_entry(revise(profile, entry, draft, factors=factors)))
        return Preview(explain_calculation(calculate_draft(profile, draft, factors=factors())), home=home)
    except (CalculationError, EntryRefused) as error:
        return Preview(problem=error.message)
