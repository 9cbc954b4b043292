"""An edition is stored, in force for nobody: to be looked at, counted, and then published or discarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from accounts.domain import Profile
from accounts.staff.rights import demand_staff
from carbontrack import clock
from carbontrack.audit import PLATFORM_SUBJECT, AuditRecord, AuditRepository
from carbontrack.dynamodb import WriteTransaction
from emissions.domain.publications import (
    PLATFORM,
    Publication,
    PublicationState,
    PublishedRow,
    digest_of,
)
from emissions.repositories.publications import PublicationChanged, PublicationRepository
from emissions.services.publishing.errors import FormUsed, PublicationRefused


@dataclass(frozen=True, slots=True)
class EditionDraft:
    """What somebody says of the file they upload. `url` is text that pages link to; nobody fetches it."""

    title: str
    publisher: str
    year: int
    valid_from: date
    licence: str = ""
    url: str = ""
    note: str = ""


def upload(
    actor: Profile,
    draft: EditionDraft,
    rows: Sequence[PublishedRow],
    *,
    publication_id: str,
    corrects: Publication | None = None,
) -> Publication:
    """Store a draft. `publication_id` comes with the form: sent again, it stores nothing more.

    A correction is of the first day of what it `corrects`: else PublicationRefused. Raises FormUsed where the
    same form has stored something else.
    """
    _demand_same_day(draft, corrects)
    repository = PublicationRepository(PLATFORM)
    publication = Publication(
        id=publication_id,
        owner=PLATFORM,
        **asdict(draft),
        state=PublicationState.DRAFT,
        row_count=len(rows),
        digest=digest_of(rows),
        uploaded_at=clock.now().replace(microsecond=0),
        edition=publication_id if corrects is None else corrects.edition,
    )
    stored = _stored_before(publication)
    if stored is not None:
        return stored
    repository.add_rows(publication, rows)
    try:
        with WriteTransaction() as transaction:
            repository.add(publication, transaction=transaction)
            note_for_platform(actor, publication, transaction, action="factors.uploaded")
    except PublicationChanged:  # the same form, sent twice at once
        stored = _stored_before(publication)
        if stored is None:
            raise
        return stored
    return publication


def _demand_same_day(draft: EditionDraft, corrects: Publication | None) -> None:
    if corrects is not None and corrects.valid_from != draft.valid_from:
        raise PublicationRefused(
            f"A correction is in force from the same day as what it corrects: {corrects.valid_from}. "
            "For another day, upload an edition of its own.",
            field="valid_from",
        )


def _stored_before(publication: Publication) -> Publication | None:
    """What the same form has stored. Raises FormUsed where that is something else."""
    stored = PublicationRepository(PLATFORM).find(publication.id)
    if stored is not None and not stored.says_the_same(publication):
        raise FormUsed
    return stored


def discard(actor: Profile, publication: Publication) -> None:
    """Remove a draft. Raises PublicationRefused for what is published, PublicationChanged if it moved."""
    if not publication.is_draft:
        raise PublicationRefused("It has been published, so it stays. Withdraw it to end it.")
    repository = PublicationRepository(PLATFORM)
    with WriteTransaction() as transaction:
        repository.remove(publication, transaction=transaction)
        note_for_platform(actor, publication, transaction, action="factors.discarded")
    repository.remove_rows(publication)


def note_for_platform(
    actor: Profile,
    publication: Publication,
    transaction: WriteTransaction,
    *,
    action: str,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Queue what the platform's trail says of a publication, and that its author still runs the platform."""
    demand_staff(actor, transaction)
    record = AuditRecord(
        action=action,
        actor_id=actor.user_id,
        actor_name=actor.display_name,
        about=publication.title,
        about_id=publication.id,
        after={
            "factors": publication.row_count,
            "valid_from": publication.valid_from.isoformat(),
            **(more or {}),
        },
    )
    AuditRepository(PLATFORM_SUBJECT).add(record, transaction=transaction)
