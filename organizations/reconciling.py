"""What differs between an organization's own record and its members, or the list of all organizations.

For `manage.py reconcile`, which walks all of them. Looking changes nothing; each repair holds only while what
it was worked out from is as it was read, so it can run beside people and be repeated.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from accounts.domain import Profile
from accounts.profile_items import profile_from_item
from carbontrack.dynamodb import Attr, ConditionBase, WriteTransaction, batch_get
from carbontrack.dynamodb.tables import ORGANIZATIONS, USERS
from organizations.domain import Organization
from organizations.errors import OrganizationConflict
from organizations.repositories.directory import DirectoryRepository
from organizations.repositories.members import MemberRepository
from organizations.repositories.organization_items import item_key, member_counter
from organizations.repositories.organizations import OrganizationRepository

ATTEMPTS = 5
#: As many organizations as are held at once, and keys of a BatchGetItem.
CHUNK = 100
#: By how much OrganizationIndex may lag, generously.
INDEX_LAG_SECONDS = 5.0


class DifferenceKind(StrEnum):
    COUNTERS = "counters"
    NO_ADMINISTRATOR = "no administrator"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is wrong with an organization, in a sentence. Some only people can put right."""

    organization_id: str
    kind: DifferenceKind
    sentence: str

    @property
    def can_be_repaired(self) -> bool:
        return self.kind is not DifferenceKind.NO_ADMINISTRATOR


def iter_differences(alive: Callable[[], None] = lambda: None) -> Iterator[Difference]:
    """Look at every organization: a Scan, and a Query of its members for each. `alive` is called for each."""
    organizations = DirectoryRepository().iter_all()
    while chunk := list(islice(organizations, CHUNK)):
        listed = DirectoryRepository().find_listed([each.id for each in chunk])
        for organization in chunk:
            alive()
            if organization.id not in listed:
                sentence = f"{organization.name} is missing in the list of all organizations."
                yield Difference(organization.id, DifferenceKind.UNLISTED, sentence)
            yield from _differences_of_members(organization)


def repair(difference: Difference) -> bool:
    """Put one right. Returns whether it did: False where people have to, or the organization is gone.

    Raises OrganizationConflict where people kept changing it; again later is fine.
    """
    organization = OrganizationRepository(difference.organization_id).find()
    if organization is None or not difference.can_be_repaired:
        return False
    if difference.kind is DifferenceKind.UNLISTED:
        DirectoryRepository().enlist(organization)
        return True
    return _recount(organization)


# -- Members ------------------------------------------------------------------------------------------------


def _differences_of_members(organization: Organization) -> Iterator[Difference]:
    """Looked at twice where something seems wrong: somebody may join, leave or move at that moment."""
    if organization.deleting_at is not None:
        return
    counted = _count(organization)
    if counted != _stored(organization):
        current = OrganizationRepository(organization.id).find()
        if current is None:
            return
        organization, counted = current, _count(current)
    name = organization.name
    if counted != _stored(organization):
        sentence = f"{name} counts {organization.members} members, and has {counted['members']}."
        if counted["members"] == organization.members:
            sentence = f"{name} counts its administrators, or the people of its departments, wrongly."
        yield Difference(organization.id, DifferenceKind.COUNTERS, sentence)
    if counted["members"] and not counted["administrators"]:
        sentence = f"Nobody administers all of {name}. Hand it over: Staff, Organizations."
        yield Difference(organization.id, DifferenceKind.NO_ADMINISTRATOR, sentence)


def _count(organization: Organization) -> Counter[str]:
    """The counters as the profiles of the members have them now; zeros are left out.

    An index that lags finds them. Who joined a moment ago may be missing: a repair waits before it counts.
    """
    counted: Counter[str] = Counter()
    ids = (member.user_id for member in MemberRepository(organization.id).all())
    while chunk := list(islice(ids, CHUNK)):
        keys = [{"user_id": each} for each in chunk]
        for profile in map(profile_from_item, batch_get(USERS, keys, consistent=True)):
            if profile.organization_id == organization.id:
                counted.update(_counters_of(profile, organization))
    return counted


def _counters_of(profile: Profile, organization: Organization) -> Iterator[str]:
    yield "members"
    if profile.is_full_organization_admin:
        yield "administrators"
    if organization.find_department(profile.department_id) is not None:
        yield member_counter(str(profile.department_id))


def _stored(organization: Organization) -> Counter[str]:
    stored = Counter({member_counter(each.id): each.members for each in organization.departments})
    stored.update(members=organization.members, administrators=organization.administrators)
    return Counter({name: count for name, count in stored.items() if count})


def _recount(organization: Organization) -> bool:
    """Store what is counted, if nobody joins, leaves or moves meanwhile."""
    for attempt in range(1, ATTEMPTS + 1):
        time.sleep(INDEX_LAG_SECONDS)  # whoever the record has counted by now, the index has by then
        counted, stored = _count(organization), _stored(organization)
        if counted == stored:
            return False
        try:
            _store(organization, counted, stored)
        except OrganizationConflict:
            if attempt == ATTEMPTS:
                raise
            again = OrganizationRepository(organization.id).find()
            if again is None:
                return False
            organization = again
            continue
        return True
    raise AssertionError("the last attempt returns or raises")


def _store(organization: Organization, counted: Counter[str], stored: Counter[str]) -> None:
    condition: ConditionBase = Attr("record").exists()
    for name in sorted({*counted, *stored}):
        as_read: ConditionBase = Attr(name).eq(stored[name])
        condition &= as_read if stored[name] else as_read | Attr(name).not_exists()
    with WriteTransaction() as transaction:
        transaction.update(
            ORGANIZATIONS,
            item_key(organization.id),
            set={name: counted[name] for name in sorted({*counted, *stored})},
            condition=condition,
            error=OrganizationConflict("People joined or left meanwhile. Run it again."),
        )
