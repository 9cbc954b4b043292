"""Which entries another edition of their factor would change, and into what.

The factor stays the one that was chosen when the entry was logged, its region included: that somebody has
moved since, or that their country has got a factor of its own, is no correction of what they logged. Only
its edition may be another now: a newer one in force on the entry's day, the same one corrected, or a figure
of the organization's own that it has set or withdrawn since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from carbontrack import clock
from emissions.calculation import recalculate
from emissions.domain.entries import EmissionFactor, Entry, EntryKey, FormerResult, WorkEntry
from emissions.factors import Catalog, catalog_for
from emissions.factors.current import refresh
from emissions.factors.errors import CalculationError
from emissions.repositories.entries import EntryRepository, OrganizationEntryRepository, find_entries
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository

#: Entries that wait for their author's transaction, at most.
_WAITING = 2_000
#: Work entries whose whole items are read together.
_TOGETHER = 100

Pair = tuple[Entry, Entry]


def newer_edition(catalog: Catalog, entry: Entry | WorkEntry) -> EmissionFactor | None:
    """The edition in force on the entry's day, if it has another value than the entry is frozen with.

    One that counts in another unit is no edition of the same figure and changes nothing.
    """
    edition = catalog.in_force(entry.factor.id, entry.local_date)
    if edition is None or edition.unit != entry.factor.unit:
        return None
    return None if edition.kg_co2e_per_unit == entry.factor.value else edition


def recalculated(catalog: Catalog, entry: Entry, *, at: datetime) -> Entry | None:
    """The next version of an entry, with the old result kept; None where it stays as it is.

    So it does where the edition makes a figure of it that no entry can have: a slip in the edition.
    """
    edition = newer_edition(catalog, entry)
    if edition is None:
        return None
    factor = replace(
        entry.factor,
        name=edition.variant,
        value=edition.kg_co2e_per_unit,
        source=catalog.source(edition.source_id).title,
        source_id=edition.source_id,
        year=edition.source_year,
    )
    try:
        kg = recalculate(factor, amount=entry.amount, unit=entry.unit, people=entry.people)
    except CalculationError:
        return None
    former = FormerResult(entry.version, entry.co2_emissions, entry.factor, at)
    return replace(
        entry,
        co2_emissions=kg,
        factor=factor,
        former=(*entry.former, former),
        version=entry.version + 1,
    )


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose entries: a person's personal ones, or all work entries of an organization."""

    owner: str
    is_organization: bool = False

    def factors(self, organization: Organization | None = None) -> Catalog:
        """What the entries are held against, as of this very moment; `organization` saves a read."""
        everybodys = refresh()
        if not self.is_organization:
            return everybodys
        return catalog_for(organization or OrganizationRepository(self.owner).find())

    def entries(self, catalog: Catalog, *, looked_at: LookedAt) -> Iterator[Entry]:
        """Those that would change, whole and as of this moment."""
        if not self.is_organization:
            now = clock.now()
            for entry in EntryRepository(self.owner).iter_stored():
                if not entry.is_work and not entry.has_expired(now):
                    looked_at.count += 1
                    if newer_edition(catalog, entry) is not None:
                        yield entry
            return
        waiting: list[WorkEntry] = []
        for work in OrganizationEntryRepository(self.owner).all():
            looked_at.count += 1
            if newer_edition(catalog, work) is not None:
                waiting.append(work)
            if len(waiting) == _TOGETHER:
                yield from _whole(waiting, self.owner)
                waiting = []
        yield from _whole(waiting, self.owner)


@dataclass(slots=True)
class LookedAt:
    """How many entries were looked at so far."""

    count: int = 0


def _whole(found: Iterable[WorkEntry], organization_id: str) -> Iterator[Entry]:
    """The items themselves: the index lacks how many people shared, and lags behind."""
    for entry in find_entries((each.user_id, EntryKey(each.occurred_at, each.entry_id)) for each in found):
        if entry.organization_id == organization_id:
            yield entry


def batches(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    """Entries of one author and month together, `size` at most: what fits one transaction."""
    waiting: dict[tuple[str, str], list[Entry]] = {}
    count = 0
    for entry in entries:
        batch = waiting.setdefault((entry.user_id, entry.month), [])
        batch.append(entry)
        count += 1
        if len(batch) == size:
            count -= size
            yield waiting.pop((entry.user_id, entry.month))
        elif count >= _WAITING:
            yield from waiting.values()
            waiting, count = {}, 0
    yield from waiting.values()
