"""Publishing an edition and withdrawing it: from the next half minute on, every process goes by it.

Nothing that is logged changes: entries keep their factor, and a recalculation is for their owners to ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from emissions.domain.publications import PLATFORM, Manifest, Publication, PublicationState, PublishedRow
from emissions.factors import Catalog
from emissions.factors.current import catalog_if, known_publications, refresh
from emissions.factors.differences import Differences, differences_of
from emissions.factors.edition_files import conflicts
from emissions.repositories.publications import PublicationRepository
from emissions.services.publishing.errors import PublicationRefused
from emissions.services.publishing.uploading import note_for_platform

#: Conflicts that are told when an edition cannot be published any more.
_TOLD = 3


def publish(
    actor: Profile, publication: Publication, *, publish_on: date | None = None, seen_version: int
) -> Publication:
    """Put an edition in force, now or from the day `publish_on` (UTC) on.

    Raises PublicationRefused for what is no draft, or cannot stand above what is published by now;
    PublicationChanged if somebody else was faster; PublicationIncomplete if its factors are not all there.
    """
    if not publication.is_draft:
        raise PublicationRefused("It has been published before, so there is nothing to do.")
    now = clock.now().replace(microsecond=0)
    repository = PublicationRepository(PLATFORM)
    manifest = (
        repository.manifest()
    )  # before the look at what is published: what comes after it is a conflict
    _demand_fitting(publication, repository.rows(publication))
    published = replace(
        publication,
        state=PublicationState.PUBLISHED,
        publish_on=publish_on if publish_on is not None and publish_on > now.date() else None,
        published_at=now,
        version=seen_version + 1,
    )
    more = {"publish_on": str(published.publish_on or now.date())}
    if publication.affected is not None:
        more |= {"entries": str(publication.affected.entries), "kg": f"{publication.affected.difference:f}"}
    action = "factors.corrected" if published.is_correction else "factors.published"
    _save(actor, published, seen_version, manifest, action, more)
    return published


def withdraw(actor: Profile, publication: Publication, *, reason: str, seen_version: int) -> Publication:
    """End an edition as if it had never been published; what it corrected is in force again.

    Raises PublicationRefused for what is not published, PublicationChanged if somebody else was faster.
    """
    if publication.state is not PublicationState.PUBLISHED:
        raise PublicationRefused("It is not published, so there is nothing to withdraw.")
    withdrawn = replace(
        publication,
        state=PublicationState.WITHDRAWN,
        withdrawn_at=clock.now().replace(microsecond=0),
        reason=reason,
        version=seen_version + 1,
    )
    manifest = PublicationRepository(PLATFORM).manifest()
    _save(actor, withdrawn, seen_version, manifest, "factors.withdrawn", {"reason": reason})
    return withdrawn


def _save(
    actor: Profile,
    changed: Publication,
    seen_version: int,
    manifest: Manifest,
    action: str,
    more: dict[str, str],
) -> None:
    repository = PublicationRepository(PLATFORM)
    with WriteTransaction() as transaction:
        repository.replace(changed, seen_version=seen_version, transaction=transaction)
        repository.save_manifest(manifest.with_publication(changed.id), transaction=transaction)
        note_for_platform(actor, changed, transaction, action=action, more=more)
    refresh()


def _demand_fitting(publication: Publication, rows: Sequence[PublishedRow]) -> None:
    """Above what is in force now, and above what is published for a later day as well."""
    absent = replace(publication, state=PublicationState.WITHDRAWN)
    found = conflicts(rows, refresh()) or conflicts(rows, catalog_if(absent, date.max))
    if found:
        told = " ".join(found[:_TOLD])
        more = f" And {len(found) - _TOLD:,} more." if len(found) > _TOLD else ""
        raise PublicationRefused(f"Something else was published since this was uploaded. {told}{more}")


# -- What it changes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Effect:
    """What a publication says, and how it differs from what would be in force without it."""

    rows: Sequence[PublishedRow]
    differences: Differences


def effect_of(publication: Publication) -> Effect:
    """Of a draft, what publishing it would change; of a published one, what withdrawing it would undo.

    Raises PublicationIncomplete. It reads the factors of the publication, a hundred with a request.
    """
    repository = PublicationRepository(PLATFORM)
    rows = repository.rows(publication)
    absent = replace(publication, state=PublicationState.WITHDRAWN)
    before = catalog_if(absent)
    corrected = _corrected(publication, before) if publication.is_correction else ()
    return Effect(rows, differences_of(publication, rows, before, corrected=corrected))


def _corrected(publication: Publication, before: Catalog) -> Iterator[str]:
    """The factors that an earlier upload of the same edition is in force for."""
    sources = {each.source_id for each in known_publications() if each.edition == publication.edition}
    for factor_id in before.ids():
        edition = before.in_force(factor_id, publication.valid_from)
        if edition is not None and edition.source_id in sources:
            yield factor_id
