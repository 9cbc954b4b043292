"""From a row of a file to an entry, or to the sentence that says why not.

What a row says is read before anything is worked out with it, because a row that is refused later counts as
one of several equal ones all the same (`identity`). A factor is looked up once for each activity, unit and
edition: the entry of the first such row is the pattern of all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from accounts.domain import Profile
from accounts.time_zones import zone_or_utc
from carbontrack import clock
from carbontrack.dynamodb import fast_constructor
from emissions.calculation import recalculate
from emissions.days import check_day, to_utc
from emissions.domain.entries import Entry, Scope
from emissions.domain.imports import Refusal
from emissions.domain.scopes import WorkScope
from emissions.errors import EntryRefused
from emissions.factors import Catalog, catalog
from emissions.factors.errors import CalculationError
from emissions.imports.cells import Cells, RowRefused
from emissions.imports.columns import Columns, Field
from emissions.imports.identity import Occurrences, digest_of, entry_id_of
from emissions.imports.normal_form import Row
from emissions.services.drafts import EntryDraft, Work, entry_of

__all__ = ["RowReader", "RowRefused", "RowResult"]

#: What an error calls a field that is called otherwise in a file.
_FIELDS = {"variant": Field.ACTIVITY, "time_zone": Field.DATE}
#: An error in one of these is one of every row of the kind, whatever its amount or day.
_OF_KIND = frozenset({"variant", "unit", "scope"})
_make_entry = fast_constructor(Entry)

#: Activity, unit and scope as the row says it.
_Kind = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What a row comes to: an entry or a refusal. `number` counts rows from 1, `occurrence` equal ones."""

    number: int
    line: int
    entry: Entry | None
    refusal: Refusal | None
    occurrence: int = 1


class RowReader:
    """Reads the rows of one file, from its first on and in their order."""

    def __init__(
        self,
        profile: Profile,
        columns: Columns,
        *,
        import_id: str,
        work: Work | None = None,
        factors: Catalog | None = None,
    ) -> None:
        """`profile` says whose entries they are, in which region and time zone; `work`, for whom.

        All rows are worked out with the same `factors`, by default those that are in force for everybody now.
        """
        preferences = profile.preferences
        self._user_id = profile.user_id
        self._time_zone = preferences.time_zone
        self._import_id = import_id
        self._work = work
        self._organization_id = None if work is None else work.organization_id
        self._department_id = None if work is None else work.department_id
        factors = factors or catalog()
        self._cells = Cells(
            columns,
            zone=zone_or_utc(preferences.time_zone),
            unit_system=preferences.unit_system,
            factors=factors,
        )
        self._patterns = _Patterns(profile, factors)
        self._occurrences = Occurrences()
        self._created_at = clock.now().replace(microsecond=0)
        self._number = 0

    def skip(self, row: Row) -> None:
        """Pass over a row that was settled before: it counts as one of several equal ones."""
        self._number += 1
        try:
            draft, scope = self._draft(row)
            self._occurrences.count(self._digest(draft, scope)[0])
        except RowRefused:
            return

    def read(self, row: Row) -> RowResult:
        """What the next row comes to."""
        self._number += 1
        try:
            draft, scope = self._draft(row)
            digest, occurred_at = self._digest(draft, scope)
            occurrence = self._occurrences.count(digest)
            entry = self._entry(draft, scope, entry_id_of(digest, occurred_at, occurrence), occurred_at)
        except RowRefused as refused:
            refusal = Refusal(row.number, str(refused.field), refused.sentence)
            return RowResult(self._number, row.number, None, refusal)
        return RowResult(self._number, row.number, entry, None, occurrence)

    def _draft(self, row: Row) -> tuple[EntryDraft, str]:
        """What a row says, and its scope as it says it."""
        cells = self._cells
        variant = cells.activity(row)
        local_date, local_time = cells.moment(row)
        draft = EntryDraft(
            variant=variant,
            amount=cells.amount(row),
            unit=cells.unit(row, variant),
            local_date=local_date,
            local_time=local_time,
            time_zone=self._time_zone,
            people=cells.people(row),
            note=cells.note(row),
            work=self._work,
        )
        return draft, "" if self._work is None else cells.scope(row)

    def _digest(self, draft: EntryDraft, scope: str) -> tuple[bytes, datetime]:
        try:
            occurred_at = to_utc(draft.local_date, draft.local_time, draft.time_zone)
        except (EntryRefused, OverflowError) as error:  # an unknown time zone; the first days of year 1
            raise RowRefused(Field.DATE, "This day cannot be used. Check the date.") from error
        digest = digest_of(
            user_id=self._user_id,
            occurred_at=occurred_at,
            local_date=draft.local_date,
            time_zone=draft.time_zone,
            variant=draft.variant,
            amount=draft.amount,
            unit=draft.unit,
            people=draft.people,
            note=draft.note,
            organization_id=self._organization_id,
            department_id=self._department_id,
            scope=scope,
        )
        return digest, occurred_at

    def _entry(self, draft: EntryDraft, scope: str, entry_id: str, occurred_at: datetime) -> Entry:
        pattern = self._patterns.find(draft, scope)
        kg = _or_refuse(
            lambda: recalculate(pattern.factor, amount=draft.amount, unit=draft.unit, people=draft.people)
        )
        return _make_entry(
            user_id=self._user_id,
            entry_id=entry_id,
            occurred_at=occurred_at,
            local_date=draft.local_date,
            time_zone=draft.time_zone,
            activity_type=pattern.activity_type,
            category=pattern.category,
            variant=draft.variant,
            amount=draft.amount,
            unit=draft.unit,
            people=draft.people,
            co2_emissions=kg,
            scope=pattern.scope,
            factor=pattern.factor,
            created_at=self._created_at,
            note=draft.note,
            organization_id=pattern.organization_id,
            department_id=pattern.department_id,
            import_id=self._import_id,
            scope3_category=pattern.scope3_category,
        )


class _Patterns:
    """The first entry of each kind of row and edition of its factor, made in full; the others follow it."""

    def __init__(self, profile: Profile, factors: Catalog) -> None:
        self._profile = profile
        self._factors = factors
        self._factor_ids: dict[_Kind, str] = {}
        self._refused: dict[_Kind, RowRefused] = {}
        self._patterns: dict[tuple[_Kind, date], Entry] = {}
        self._days: set[date] = set()

    def find(self, draft: EntryDraft, scope: str) -> Entry:
        """The pattern of a draft. Raises RowRefused for what no entry can be made of."""
        if draft.local_date not in self._days:
            _or_refuse(lambda: check_day(draft.local_date, draft.time_zone))
            self._days.add(draft.local_date)
        kind = (draft.variant, draft.unit, scope)
        factor_id = self._factor_ids.get(kind)
        if factor_id is None:
            return self._first(kind, draft)
        edition = self._factors.in_force(factor_id, draft.local_date)
        key = (kind, date.min if edition is None else edition.valid_from)
        pattern = self._patterns.get(key)
        if pattern is None:
            pattern = self._patterns[key] = self._make(kind, draft)
        return pattern

    def _first(self, kind: _Kind, draft: EntryDraft) -> Entry:
        if (refused := self._refused.get(kind)) is not None:
            raise RowRefused(refused.field, refused.sentence)
        pattern = self._make(kind, draft)
        self._factor_ids[kind] = pattern.factor.id
        return pattern

    def _make(self, kind: _Kind, draft: EntryDraft) -> Entry:
        scope = kind[2]
        usual = scope in {"", "3"}  # of the many categories of scope 3, the factor knows the usual one
        work = (
            draft.work if usual or draft.work is None else replace(draft.work, scope=WorkScope.parse(scope))
        )
        try:
            made: Entry = _or_refuse(
                lambda: entry_of(self._profile, replace(draft, work=work), entry_id="", factors=self._factors)
            )
            if scope == "3" and made.scope is not Scope.THREE:
                raise RowRefused("scope", "Please say which category of scope 3 this is, such as 3.6.")
        except RowRefused as refused:
            if refused.field in {*_OF_KIND, Field.ACTIVITY}:
                self._refused[kind] = refused
            raise
        return made


def _or_refuse(make: Callable[[], Any]) -> Any:
    """What `make` makes; its complaints become those of a row."""
    try:
        return make()
    except (CalculationError, EntryRefused) as error:
        field = error.field or ""
        raise RowRefused(_FIELDS.get(field, field), error.message) from error
