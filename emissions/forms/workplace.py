"""Personal or for work: what a member chooses between in the form of an entry, and where it then counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError

from accounts.domain import Profile
from emissions.domain.entries import ActivityType, Entry
from emissions.domain.scopes import WorkScope, usual_work_scope, work_scopes
from emissions.domain.totals import NO_DEPARTMENT
from emissions.factors import catalog
from emissions.factors.errors import CalculationError
from emissions.forms.filters import PERSONAL, WORK, Options
from emissions.forms.picker import Choice
from organizations.domain import Department, Organization

__all__ = ["PERSONAL", "USUAL_SCOPE", "WORK", "ScopeChoice", "Workplace", "work_state"]

#: In place of a scope: whatever is usual for the activity.
USUAL_SCOPE = "usual"


@dataclass(frozen=True, slots=True)
class Workplace:
    """The organization that a member may log for. `own` is the member's department, None for none.

    `kept` is the department of a work entry that is being changed. It may stay, although it takes no new
    entries any more: an entry keeps the department it was logged under.
    """

    organization: Organization
    own: str | None = None
    kept: str | None = None

    @classmethod
    def of(cls, profile: Profile, organization: Organization | None, entry: Entry | None) -> Workplace | None:
        """None for somebody who belongs to no organization, or to one that is being deleted or suspended.

        An entry that counts elsewhere has no choice here either: it stays what it is.
        """
        if organization is None or not organization.is_working:
            return None
        if entry is not None and entry.organization_id not in (None, organization.id):
            return None
        return cls(
            organization, own=profile.department_id, kept=entry.department_id if entry is not None else None
        )

    @property
    def departments(self) -> Options:
        """What may be chosen, nested ones with what they are in; none at all in one without departments."""
        labels = {each.id: self._label(each.id) for each in self.organization.open_departments}
        kept = self.organization.find_department(self.kept)
        if kept is not None and not kept.is_open:
            labels = self._with_kept(kept, labels)
        return [*labels.items(), (NO_DEPARTMENT, "No department")] if labels else []

    @property
    def usual_department(self) -> str:
        """The option of the member's own department."""
        own = self.organization.effective_department(self.own)
        return own.id if own is not None and own.is_open else NO_DEPARTMENT

    def department_today(self, department_id: str | None) -> str:
        """The option to log for a department again: what it was merged into, else the usual one."""
        if department_id is None:
            return NO_DEPARTMENT
        today = self.organization.effective_department(department_id)
        return today.id if today is not None and today.is_open else self.usual_department

    def read_department(self, chosen: str) -> str | None:
        """The id of a department that was chosen, None for none. Raises ValidationError."""
        if not self.departments or chosen == NO_DEPARTMENT:
            return None
        closed = self.organization.find_department(chosen)
        if closed is None:
            raise ValidationError("Choose a department from the list.")
        if closed.is_open or chosen == self.kept:
            return chosen
        effective = self.organization.effective_department(chosen)
        if closed.merged_into is not None and effective is not None and effective.is_open:
            raise ValidationError(f"{closed.name} is now a part of {effective.name}. Choose that one.")
        raise ValidationError(f"{closed.name} takes no new entries any more. Choose another department.")

    def _label(self, department_id: str) -> str:
        return self.organization.department_label(department_id)

    def _with_kept(self, kept: Department, labels: dict[str, str]) -> dict[str, str]:
        """The department that is kept, in the place of what it was merged into, or last if it is closed."""
        effective = self.organization.effective_department(kept.id)
        if effective is not None and effective.is_open:
            return {kept.id if id == effective.id else id: label for id, label in labels.items()}
        return {**labels, kept.id: f"{self._label(kept.id) or kept.name} (closed)"}


def work_state(entry: Entry) -> dict[str, str]:
    """What an entry says about work, as the fields of the form say it; nothing for a personal one."""
    if not entry.is_work:
        return {}
    return {
        "work": WORK,
        "department": entry.department_id or NO_DEPARTMENT,
        "work_scope": WorkScope(entry.scope, entry.scope3_category).code,
    }


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    """The scopes that an activity for work may have. `usual` is what its factor says; None if it has none."""

    activity_type: ActivityType
    usual: WorkScope | None

    @classmethod
    def of(cls, choice: Choice, unit: str, *, profile: Profile, on: date) -> ScopeChoice:
        """For what is chosen in the form."""
        try:
            factor = (
                catalog().resolve(choice.variant, region=profile.preferences.region, on=on, unit=unit).factor
            )
        except CalculationError:
            return cls(choice.activity_type, None)
        usual = usual_work_scope(
            choice.activity_type,
            choice.category,
            scope=factor.scope,
            scope3_category=factor.scope3_category,
        )
        return cls(choice.activity_type, usual)

    @property
    def options(self) -> Options:
        """The usual one first: it goes on being the usual one when another activity is chosen."""
        others = [each for each in work_scopes(self.activity_type) if each != self.usual]
        usual = self.usual.label.replace(":", " (usual):", 1) if self.usual else "The usual scope"
        return [(USUAL_SCOPE, usual), *((each.code, each.label) for each in others)]

    def shown(self, chosen: str) -> str:
        """Which option stands for this; the usual one where it is not offered."""
        return chosen if chosen in dict(self.options) else USUAL_SCOPE

    def read(self, chosen: str) -> WorkScope | None:
        """The scope that was chosen; None is for the services to find out. Raises ValidationError."""
        if chosen in ("", USUAL_SCOPE):
            return self.usual
        scope = next((each for each in work_scopes(self.activity_type) if each.code == chosen), None)
        if scope is None:
            raise ValidationError("Choose a scope from the list.")
        return scope
