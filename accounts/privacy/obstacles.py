"""What keeps an account from being deleted, and what stays behind of it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.domain import Profile
from accounts.models import Erasure
from accounts.repository import ProfileRepository
from emissions.domain.totals import ENTRIES, Subject, work_counts
from emissions.repositories.totals import TotalsRepository
from organizations.repositories.organizations import OrganizationRepository

RUNS_THE_PLATFORM = (
    "This account runs CarbonTrack itself. Another system administrator has to take that role away first."
)
LAST_ADMINISTRATOR = (
    "{name} has no other administrator. Make somebody else an administrator of the whole organization first, "
    "or delete the organization."
)
BEING_DELETED = "{name} is being deleted. That takes some minutes: try again when it is done."


@dataclass(frozen=True, slots=True)
class Workplace:
    """An organization whose totals hold what a person logged, now or once; `entries` counts theirs."""

    name: str
    entries: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Remains:
    """What a person has logged, archived months included, and for whom."""

    entries: int
    workplaces: tuple[Workplace, ...]

    @property
    def work_entries(self) -> int:
        return sum(each.entries for each in self.workplaces)


def obstacle(user_id: str) -> str:
    """What has to be done before this account can be deleted, as a sentence; empty if nothing has."""
    profile = ProfileRepository().find(user_id)
    if profile is None:
        return ""
    if profile.is_platform_admin:
        return RUNS_THE_PLATFORM
    if profile.organization_id is None or not profile.is_full_organization_admin:
        return ""
    organization = OrganizationRepository(profile.organization_id).find()
    if organization is None:
        return ""
    if organization.administrators > 1 and organization.administrators - _going(profile) > 1:
        return ""
    words = LAST_ADMINISTRATOR if organization.deleting_at is None else BEING_DELETED
    return words.format(name=organization.name)


def _going(administrator: Profile) -> int:
    """How many other administrators of the same organization are being erased at this moment.

    Their accounts are closed, and they count until their membership is left.
    """
    begun = Erasure.objects.filter(begun_at__isnull=False).exclude(user_id=administrator.user_id)
    others = ProfileRepository().find_many(str(pk) for pk in begun.values_list("pk", flat=True))
    return sum(
        each.organization_id == administrator.organization_id and each.is_full_organization_admin
        for each in others.values()
    )


def remains(user_id: str, organization_id: str | None) -> Remains:
    """What the page about deleting says: one Query of the totals, and a GetItem for each organization.

    An organization that is gone has left its entries to their authors, so nothing of it is among them.
    """
    entries = 0
    counts: dict[str, int] = {organization_id: 0} if organization_id else {}
    for stored in TotalsRepository().iter_stored(Subject.user(user_id)):
        entries += int(stored.counters.get(ENTRIES, 0))
        for (workplace, _department), count in work_counts(stored.counters).items():
            counts[workplace] = counts.get(workplace, 0) + count
    workplaces = []
    for each, count in counts.items():
        organization = OrganizationRepository(each).find() if count or each == organization_id else None
        if organization is not None:
            workplaces.append(Workplace(organization.name, count, each == organization_id))
    return Remains(entries, tuple(workplaces))
