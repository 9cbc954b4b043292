"""What a person fills in, and the entry it makes. Reads nothing and stores nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from accounts.domain import Profile
from accounts.time_zones import zone_or_utc
from carbontrack import clock
from emissions.calculation import Calculation, calculate, recalculate
from emissions.days import check_day, to_utc
from emissions.domain.entries import ActivityType, Entry, Scope
from emissions.domain.publications import is_own
from emissions.domain.scopes import WorkScope, usual_work_scope, work_scopes
from emissions.errors import EntryRefused, NoteTooLong
from emissions.factors import Catalog, catalog
from emissions.factors.units import parse_unit

MAX_NOTE_CHARACTERS = 500
#: Scope and category of scope 3, as a factor says.
_FactorScope = tuple[Scope, int | None]


@dataclass(frozen=True, slots=True)
class Work:
    """For whom a work entry counts. A `scope` of None is the usual one of its factor."""

    organization_id: str
    department_id: str | None = None
    scope: WorkScope | None = None

    @classmethod
    def of(cls, entry: Entry) -> Work | None:
        """What an entry says; None of a personal one."""
        if entry.organization_id is None:
            return None
        scope = WorkScope(entry.scope, entry.scope3_category)
        return cls(entry.organization_id, entry.department_id, scope)


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An activity as a person tells it: a day and a time on their own clock, an amount in their own unit.

    `work` is None for a personal activity.
    """

    variant: str
    amount: Decimal
    unit: str
    local_date: date
    local_time: time
    time_zone: str
    people: int = 1
    note: str = ""
    work: Work | None = None

    @classmethod
    def of(cls, entry: Entry) -> EntryDraft:
        """The draft that would make this entry: what an edit form starts from."""
        return cls(
            variant=entry.variant,
            amount=entry.amount,
            unit=entry.unit,
            local_date=entry.local_date,
            local_time=entry.occurred_at.astimezone(zone_or_utc(entry.time_zone)).time(),
            time_zone=entry.time_zone,
            people=entry.people,
            note=entry.note,
            work=Work.of(entry),
        )


def calculate_draft(profile: Profile, draft: EntryDraft, *, factors: Catalog | None = None) -> Calculation:
    """What a draft weighs with the factor in force where the person lives. Raises CalculationError.

    `factors` are those of the organization it counts for (`services.work.factors_for`), or everybody's.
    """
    return calculate(
        variant=draft.variant,
        amount=draft.amount,
        unit=draft.unit,
        people=draft.people,
        region=profile.preferences.region,
        on=draft.local_date,
        factors=factors,
    )


def entry_of(profile: Profile, draft: EntryDraft, *, entry_id: str, factors: Catalog | None = None) -> Entry:
    """The entry that a draft makes, with `factors` as in `calculate_draft`.

    Raises EntryRefused and CalculationError.
    """
    check_day(draft.local_date, draft.time_zone)
    calculation = calculate_draft(profile, draft, factors=factors)
    return Entry(
        user_id=profile.user_id,
        entry_id=entry_id,
        occurred_at=to_utc(draft.local_date, draft.local_time, draft.time_zone),
        local_date=draft.local_date,
        time_zone=draft.time_zone,
        created_at=clock.now().replace(microsecond=0),
        note=_clean_note(draft.note),
        **_calculated(draft, calculation),
    )


def _calculated(draft: EntryDraft, calculation: Calculation) -> dict[str, Any]:
    """The fields of an entry that a calculation decides, and for whom it counts."""
    return {
        "activity_type": calculation.activity_type,
        "category": calculation.category,
        "variant": draft.variant,
        "amount": calculation.amount,
        "unit": calculation.unit,
        "people": calculation.people,
        "co2_emissions": calculation.co2_emissions,
        "factor": calculation.snapshot(),
        **_scoped(
            draft.work,
            calculation.activity_type,
            calculation.category,
            of_factor=(calculation.scope, calculation.factor.scope3_category),
        ),
    }


def _scoped(
    work: Work | None, activity_type: ActivityType, category: str, *, of_factor: _FactorScope
) -> dict[str, Any]:
    """For whom an entry counts, and in which scope: a personal one in its factor's. Raises EntryRefused."""
    if work is None:
        scope = WorkScope(of_factor[0])
    else:
        scope = work.scope or _usual(activity_type, category, of_factor)
        if scope not in work_scopes(activity_type):
            raise EntryRefused(
                f"“{scope.label}” does not fit this activity. Please choose another scope.", field="scope"
            )
    return {
        "organization_id": work and work.organization_id,
        "department_id": work and work.department_id,
        "scope": scope.scope,
        "scope3_category": scope.category,
    }


def _usual(activity_type: ActivityType, category: str, of_factor: _FactorScope) -> WorkScope:
    return usual_work_scope(activity_type, category, scope=of_factor[0], scope3_category=of_factor[1])


def _factor_scope(entry: Entry) -> _FactorScope:
    """What the catalog says of the factor that an entry is frozen with; else what the entry says."""
    editions = catalog().editions(entry.factor.id)
    same_source = [each for each in editions if each.source_id == entry.factor.source_id]
    for edition in (*same_source, *editions):
        return edition.scope, edition.scope3_category
    return entry.scope, entry.scope3_category


def revise(
    profile: Profile, entry: Entry, draft: EntryDraft, *, factors: Callable[[], Catalog] = catalog
) -> Entry:
    """The next version of an entry. Raises EntryRefused and CalculationError.

    An entry is frozen: another amount or number of people is reckoned with the factor it has. Only another
    variant, unit or day asks for the factor in force now, for the question itself is then another. So it is
    where an entry comes to count for an organization that has its own factor for it, or ceases to.
    `factors` finds those of the organization that the draft is for.
    """
    revised = _with_moment(entry, draft)
    unit = parse_unit(draft.unit)
    is_same = (draft.variant, unit, draft.local_date) == (entry.variant, entry.unit, entry.local_date)
    if not is_same or _asks_other_factors(entry, draft.work, factors):
        calculation = calculate_draft(profile, draft, factors=factors())
        revised = replace(revised, **_calculated(draft, calculation))
    else:
        revised = _with_amount(revised, draft)
        if not _work_is_the_same(draft.work, entry):
            of_factor = _factor_scope(entry)
            scoped = _scoped(draft.work, entry.activity_type, entry.category, of_factor=of_factor)
            revised = replace(revised, **scoped)
    return replace(revised, note=_clean_note(draft.note), version=entry.version + 1)


def _asks_other_factors(entry: Entry, work: Work | None, factors: Callable[[], Catalog]) -> bool:
    """Whether an entry is to count for somebody else, and one of the two has a factor of its own for it."""
    if (work and work.organization_id) == entry.organization_id:
        return False
    if is_own(entry.factor.source_id):
        return True
    there = None if work is None else factors().in_force(entry.factor.id, entry.local_date)
    return there is not None and is_own(there.source_id)


def as_personal(entry: Entry) -> Entry:
    """The next version of a work entry as its author's alone: with its figures, in the scope of its factor.

    As `revise` makes it of a draft without work.
    """
    scoped = _scoped(None, entry.activity_type, entry.category, of_factor=_factor_scope(entry))
    return replace(entry, **scoped, version=entry.version + 1)


def _with_amount(entry: Entry, draft: EntryDraft) -> Entry:
    """The entry with another amount or number of people, reckoned with the factor it has."""
    if (draft.amount, draft.people) == (entry.amount, entry.people):
        return entry
    kg = recalculate(entry.factor, amount=draft.amount, unit=entry.unit, people=draft.people)
    return replace(entry, amount=draft.amount, people=draft.people, co2_emissions=kg)


def says_the_same(draft: EntryDraft, entry: Entry) -> bool:
    """Whether an entry holds what a draft says, whatever factor it used."""
    unit = parse_unit(draft.unit)
    return (
        (draft.variant, draft.amount, unit, draft.people, draft.local_date, draft.note.strip())
        == (entry.variant, entry.amount, entry.unit, entry.people, entry.local_date, entry.note)
        and _moment(entry, draft) == entry.occurred_at
        and _work_is_the_same(draft.work, entry)
    )


def _work_is_the_same(work: Work | None, entry: Entry) -> bool:
    """Whether an entry counts for whom a draft says, in the scope that the draft says or leaves open."""
    before = Work.of(entry)
    if work is None or before is None:
        return work is before
    scope = work.scope or _usual(entry.activity_type, entry.category, _factor_scope(entry))
    return replace(work, scope=scope) == before


def _with_moment(entry: Entry, draft: EntryDraft) -> Entry:
    if draft.local_date != entry.local_date:
        check_day(draft.local_date, draft.time_zone)
    return replace(
        entry,
        occurred_at=_moment(entry, draft),
        local_date=draft.local_date,
        time_zone=draft.time_zone,
    )


def _moment(entry: Entry, draft: EntryDraft) -> datetime:
    """When a draft of an entry happened. As before if its clock shows the same minute.

    A form knows neither the seconds nor which of the two equal hours of an autumn night it was.
    """
    before = EntryDraft.of(entry)
    minute = draft.local_time.replace(second=0, microsecond=0)
    if draft.local_time == minute and (draft.local_date, minute, draft.time_zone) == (
        before.local_date,
        before.local_time.replace(second=0),
        before.time_zone,
    ):
        return entry.occurred_at
    return to_utc(draft.local_date, draft.local_time, draft.time_zone)


def _clean_note(note: str) -> str:
    note = note.strip()
    if len(note) > MAX_NOTE_CHARACTERS:
        raise NoteTooLong(f"Keep the note under {MAX_NOTE_CHARACTERS} characters.", field="note")
    return note
