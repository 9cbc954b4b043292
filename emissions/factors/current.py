"""The catalogue that is in force now: what ships with the product, and what is published above it.

    catalog()                  for everybody
    catalog_for(organization)  for its work entries

A process looks every half minute whether anything was published or withdrawn, and on a new day: one GetItem.
It swaps catalogues whole, so whoever works something out from several look-ups keeps the one they began with.
What cannot be read, or is not all there, changes nothing: the catalogue from before stays in force, and the
log says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from carbontrack import clock
from emissions.domain.publications import PLATFORM, Publication, in_force
from emissions.factors import units
from emissions.factors.layers import row_of, with_own, with_publications
from emissions.factors.reading import Row
from emissions.factors.resolution import Catalog, built_in

if TYPE_CHECKING:
    from emissions.repositories.publications import PublicationRepository
    from organizations.domain import Organization

log = structlog.get_logger(__name__)

#: Organizations whose own factors a process keeps at hand; each is a few dozen factors.
MOST_OWN = 256
#: After a look that failed: sooner than usual, and not with every request.
_AGAIN_SECONDS = 5
_RowsById = Mapping[str, tuple[Row, ...]]


@dataclass(frozen=True, slots=True)
class _Own:
    version: int
    base: Catalog
    catalog: Catalog


class _Current:
    """What this process knows. Only one thread looks at a time; others go on with what there is."""

    def __init__(self) -> None:
        self.catalog: Catalog | None = None
        self.own: dict[str, _Own] = {}
        self._lock = Lock()
        self._look_at = 0.0
        self._seen: tuple[int, date] | None = None
        self.known: tuple[Publication, ...] = ()
        self.rows: _RowsById = {}
        self._names: tuple[str, ...] = ()

    def get(self, seconds: float) -> Catalog:
        if self.catalog is None or time.monotonic() >= self._look_at:
            self.refresh(seconds, wait=self.catalog is None)
        return self.catalog or built_in()

    def refresh(self, seconds: float, *, wait: bool) -> None:
        """Look whether anything has changed. Without `wait`, not while another thread does."""
        if not self._lock.acquire(blocking=wait):
            return
        try:
            self._look()
            self._look_at = time.monotonic() + seconds
        except Exception:  # whatever is wrong with what is published, people go on with what is known
            log.exception("published_factors_not_read")
            self.catalog = self.catalog or built_in()
            self._look_at = time.monotonic() + min(seconds, _AGAIN_SECONDS)
        finally:
            self._lock.release()

    def keep(self, organization_id: str, own: _Own) -> None:
        """Have an organization's catalogue at hand, in place of the one that was kept first."""
        with self._lock:
            self.own.pop(organization_id, None)
            while len(self.own) >= MOST_OWN:
                del self.own[next(iter(self.own))]
            self.own[organization_id] = own

    def _look(self) -> None:
        repository = _repository(PLATFORM)
        manifest, today = repository.manifest(), clock.now().date()
        if self.catalog is not None and self._seen == (manifest.version, today):
            return
        known = repository.find_many(manifest.ids) if manifest.ids else []
        active = in_force(known, today)
        names = (*(each.id for each in active), "", *(each.id for each in known))
        if self.catalog is None or names != self._names:
            self.catalog, self.rows = self.build(active, known)
            self._names = names
        self.known = tuple(known)
        self._seen = (manifest.version, today)

    def build(self, active: Sequence[Publication], known: Iterable[Publication]) -> tuple[Catalog, _RowsById]:
        """A catalogue and the rows it is made of. Changes nothing here: other threads may be at it.

        Rows never change, so those of publications that were in force before are not read again.
        """
        at_hand, repository = self.rows, _repository(PLATFORM)
        rows = {each.id: at_hand.get(each.id) or _rows(repository, each) for each in active}
        return with_publications(built_in(), [(each, rows[each.id]) for each in active], known), rows


_current = _Current()


def catalog() -> Catalog:
    """Everybody's catalogue as of now, or of half a minute ago."""
    seconds: float | None = settings.FACTORS_REFRESH_SECONDS
    if seconds is None:
        return _current.catalog or built_in()
    return _current.get(seconds)


def refresh() -> Catalog:
    """The catalogue as of this very moment: where somebody decides about it, or has just published."""
    if settings.FACTORS_REFRESH_SECONDS is not None:
        _current.refresh(settings.FACTORS_REFRESH_SECONDS, wait=True)
    return catalog()


def known_publications() -> tuple[Publication, ...]:
    """Every publication that is or was published, as this process knows them."""
    return _current.known


def catalog_if(changed: Publication, on: date | None = None) -> Catalog:
    """Everybody's catalogue as it would be, if a publication were as given, on the day `on` (UTC): today.

    Raises PublicationIncomplete.
    """
    refresh()
    known = known_publications()
    active = in_force([*(each for each in known if each.id != changed.id), changed], on or clock.now().date())
    return _current.build(active, known)[0]


def catalog_for(organization: Organization | None) -> Catalog:
    """What an organization's work entries are worked out with; everybody's where there is no organization.

    Its own factors are read when they have changed (`factors_version`) or are not at hand. Raises the errors
    of the data layer and PublicationIncomplete: no work is logged with a factor that is not the agreed one.
    """
    base = catalog()
    if organization is None or not organization.factors_version:
        return base
    known = _current.own.get(organization.id)
    if known is not None and known.version == organization.factors_version and known.base is base:
        return known.catalog
    made = above(base, organization.id)
    _current.keep(organization.id, _Own(organization.factors_version, base, made))
    return made


def above(base: Catalog, organization_id: str) -> Catalog:
    """A catalogue with an organization's own factors, as they are now, above it."""
    repository = _repository(organization_id)
    active = in_force(repository.all(), date.max)
    return with_own(base, zip(active, repository.own_rows(active), strict=True))


def _repository(owner: str) -> PublicationRepository:
    """Imported at first use: who only works something out needs no data layer."""
    from emissions.repositories.publications import PublicationRepository

    return PublicationRepository(owner)


def _rows(repository: PublicationRepository, publication: Publication) -> tuple[Row, ...]:
    return tuple(row_of(publication, row) for row in repository.rows(publication))


def forget() -> None:
    """Know nothing, as a process that has just begun."""
    global _current
    _current = _Current()


def warm_up() -> None:
    """Read what a first request would otherwise wait for: the catalogue, the choices, the search index and
    pint.
    """
    catalog().index.choices("car")
    units.conversion("mile", "km")
