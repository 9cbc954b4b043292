"""How many entries an edition would touch, and by how many kg: a walk over all of them, as a job.

It counts what a recalculation would change because of the edition, if all owners asked for one: also what
falls back to another figure because a correction lacks it, and nothing of months that are closed. Nobody is
named, neither people nor organizations: the result is three numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from carbontrack import clock
from carbontrack.dynamodb import Item, ItemNotFound, iter_scan
from carbontrack.dynamodb.tables import CARBON_DATA
from carbontrack.jobs import Reporter
from emissions.domain.entries import Entry
from emissions.domain.publications import PLATFORM, Affected, Publication, PublicationState
from emissions.factors import Catalog
from emissions.factors.current import above, catalog_if, refresh
from emissions.repositories.entry_items import entry_from_item
from emissions.repositories.publications import PublicationChanged, PublicationRepository
from emissions.services.publishing.errors import PublicationRefused
from emissions.services.recalculation.newer import recalculated
from organizations.domain import DEFAULT_MINIMUM_GROUP
from organizations.repositories.organizations import OrganizationRepository

_SAY_EVERY = 500


def job_id(publication_id: str) -> str:
    """Of its progress, which belongs to the platform."""
    return f"factors-{publication_id}"


def demand_draft(publication: Publication) -> None:
    """Raises PublicationRefused for what is no draft: what is published is in force already."""
    if not publication.is_draft:
        raise PublicationRefused("It has been published. What it changes, a recalculation tells its owners.")


def count(publication_id: str) -> None:
    """Count, and store the result with the draft. Of one that was published or discarded since, nothing."""
    repository = PublicationRepository(PLATFORM)
    publication = repository.find(publication_id)
    if publication is None or not publication.is_draft:
        return
    report = Reporter(PLATFORM, job_id(publication_id))
    report.step("Looking at entries")
    now = refresh()
    then = catalog_if(_as_published(publication))
    sums = _Sums(now, then, clock.now().replace(microsecond=0))
    touched = {each for each in {*now.ids(), *then.ids()} if now.editions(each) != then.editions(each)}
    for seen, item in enumerate(iter_scan(CARBON_DATA), start=1):
        if _factor_of(item) in touched:
            sums.add(entry_from_item(item))
        if seen % _SAY_EVERY == 0:
            report.step(f"Looked at {seen:,} entries")
    affected = sums.told(now.fingerprint)
    try:
        repository.save_counted(replace(publication, state=PublicationState.COUNTED, affected=affected))
    except PublicationChanged:  # decided meanwhile
        return
    report.finish()


def _as_published(publication: Publication) -> Publication:
    """The draft as if it were published now, for everybody to go by."""
    return replace(publication, state=PublicationState.PUBLISHED, published_at=clock.now(), publish_on=None)


def _factor_of(item: Item) -> str:
    factor: str = item["factor"]["M"]["id"]["S"]
    return factor


@dataclass(frozen=True, slots=True)
class _Place:
    """Where entries count: the factors there `now` and `then`, and the months that stay as reported.

    An organization's own factors go before the edition for its work entries.
    """

    now: Catalog
    then: Catalog
    closed: frozenset[str] = frozenset()


class _Sums:
    """What changes so far."""

    def __init__(self, now: Catalog, then: Catalog, at: datetime) -> None:
        self.at = at
        self.entries = 0
        self.kg_before = self.kg_after = Decimal(0)
        self._authors: set[str] = set()
        self._everybody = _Place(now, then)
        self._organizations: dict[str, _Place] = {}

    def add(self, entry: Entry) -> None:
        place = self._place_of(entry.organization_id)
        factor_id, day = entry.factor.id, entry.local_date
        if place.now.in_force(factor_id, day) == place.then.in_force(factor_id, day):
            return
        if entry.month in place.closed or entry.has_expired(self.at):
            return
        after = recalculated(place.then, entry, at=self.at)
        if after is not None:
            self.entries += 1
            self.kg_before += entry.co2_emissions
            self.kg_after += after.co2_emissions
            if len(self._authors) < DEFAULT_MINIMUM_GROUP:
                self._authors.add(entry.user_id)

    def told(self, fingerprint: str) -> Affected:
        """The sums; without kg where they are of so few people that they would be somebody's own."""
        if 0 < len(self._authors) < DEFAULT_MINIMUM_GROUP:
            nothing = Decimal(0)
            return Affected(self.entries, nothing, nothing, self.at, fingerprint, is_withheld=True)
        return Affected(self.entries, self.kg_before, self.kg_after, self.at, fingerprint)

    def _place_of(self, organization_id: str | None) -> _Place:
        if organization_id is None:
            return self._everybody
        known = self._organizations.get(organization_id)
        if known is None:
            known = self._organizations[organization_id] = self._place_in(organization_id)
        return known

    def _place_in(self, organization_id: str) -> _Place:
        try:
            overview = OrganizationRepository(organization_id).overview()
        except ItemNotFound:  # deleted; its entries become personal
            return self._everybody
        place = replace(self._everybody, closed=frozenset(each.month for each in overview.closed_months))
        if not overview.organization.factors_version:
            return place
        return replace(place, now=above(place.now, organization_id), then=above(place.then, organization_id))
