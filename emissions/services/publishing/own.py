"""An organization's own factors, such as the tariff of its supplier: for its work entries, and nobody else's.

Each is a publication of one factor, in force as soon as it is set. Changing one ends it and sets another in
its place, so that what was logged with the first stays explainable. Every change moves the organization's
`factors_version` in the same transaction: whoever reads the organization knows whether what they have is so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import ItemNotFound, WriteTransaction
from emissions.domain.entries import EmissionFactor
from emissions.domain.publications import (
    Publication,
    PublicationState,
    PublishedRow,
    digest_of,
)
from emissions.factors import catalog
from emissions.repositories.publications import PublicationRepository
from emissions.services.publishing.errors import FormUsed, PublicationRefused
from organizations.domain import Organization
from organizations.errors import OrganizationConflict
from organizations.repositories.organizations import CHANGED_MEANWHILE, OrganizationRepository
from organizations.services.changes import Change, demand_lasting, queue_administrators_record

#: In force at once. All are read together when one of them has changed.
MOST_OWN_FACTORS = 100
#: Of those that are over, so many are listed; the audit trail has all of them.
PAST_SHOWN = 20
REPLACED = "Replaced"


@dataclass(frozen=True, slots=True)
class OwnDraft:
    """What an administrator asks for: kg CO2e per unit of the factor, from a day until another or for good.

    `source` says in words where the figure is from.
    """

    factor_id: str
    kg_co2e_per_unit: Decimal
    source: str
    valid_from: date
    valid_to: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class OwnFactor:
    """One that is or was set."""

    publication: Publication
    row: PublishedRow


def own_factors(organization_id: str) -> tuple[list[OwnFactor], list[OwnFactor]]:
    """Those in force by their names and days, and the last ones that are over, newest first."""
    repository = PublicationRepository(organization_id)
    publications = repository.all()
    standing = [each for each in publications if each.state is PublicationState.PUBLISHED]
    over = [each for each in publications if each.state is not PublicationState.PUBLISHED][-PAST_SHOWN:]
    rows = repository.own_rows([*standing, *over])
    found = [OwnFactor(*each) for each in zip([*standing, *over], rows, strict=True)]
    here = sorted(found[: len(standing)], key=lambda each: (each.row.name, each.publication.valid_from))
    return here, found[len(standing) :][::-1]


def find_own(organization_id: str, publication_id: str) -> OwnFactor:
    """Raises ItemNotFound where there is none, or it is no longer in force."""
    repository = PublicationRepository(organization_id)
    publication = repository.get(publication_id)
    if publication.state is not PublicationState.PUBLISHED:
        raise ItemNotFound(f"publication {publication_id} is over")
    return OwnFactor(publication, repository.rows(publication)[0])


def base_of(factor_id: str, on: date) -> EmissionFactor:
    """Everybody's factor that an organization sets its own for. Raises ItemNotFound."""
    factor = catalog().in_force(factor_id, on)
    if factor is None:
        raise ItemNotFound(f"factor {factor_id}")
    return factor


def set_own(
    actor: Profile,
    organization: Organization,
    draft: OwnDraft,
    *,
    publication_id: str,
    seen_version: int,
    replaces: Publication | None = None,
) -> Publication:
    """Set a factor, or another one in the place of one that is set. `publication_id` comes with the form.

    Raises PublicationRefused, FormUsed where the same form has set something else, OrganizationConflict if
    somebody changed the organization since it was read or since its version `seen_version`, RightsLost.
    """
    demand_lasting(organization)
    repository = PublicationRepository(organization.id)
    row = _row(draft)
    publication = _publication(organization, draft, row, publication_id)
    known = {each.id: each for each in repository.all()}
    if (stored := known.get(publication.id)) is not None:
        if stored.state is PublicationState.PUBLISHED and stored.says_the_same(publication):
            return stored
        raise FormUsed
    if seen_version != organization.version:
        raise OrganizationConflict(CHANGED_MEANWHILE)
    _demand_room(draft, (each for each in known.values() if replaces is None or each.id != replaces.id))
    with WriteTransaction() as transaction:
        repository.add_own(publication, row, transaction=transaction)
        change: Change = {
            "action": "factors.published",
            "about": row.name,
            "about_id": publication.id,
            "after": _described(publication, row),
        }
        if replaces is not None:
            change["action"] = "factors.corrected"
            change["before"] = _described(replaces, repository.rows(replaces)[0])
            _end(repository, replaces, REPLACED, transaction)
        _commit(actor, organization, change, transaction)
    return publication


def withdraw_own(actor: Profile, organization: Organization, own: OwnFactor) -> None:
    """End a factor as if it had never been set: everybody's goes for its days again.

    Raises OrganizationConflict, RightsLost, and PublicationChanged if it has ended meanwhile.
    """
    demand_lasting(organization)
    with WriteTransaction() as transaction:
        _end(PublicationRepository(organization.id), own.publication, "Withdrawn", transaction)
        change: Change = {
            "action": "factors.withdrawn",
            "about": own.row.name,
            "about_id": own.publication.id,
            "before": _described(own.publication, own.row),
        }
        _commit(actor, organization, change, transaction)


def remove_all(organization_id: str) -> None:
    """Remove every factor an organization has ever set, for one that is deleted. Safe to repeat."""
    repository = PublicationRepository(organization_id)
    for publication in repository.all():
        repository.remove_rows(publication)
        with WriteTransaction() as transaction:
            repository.remove(publication, transaction=transaction)


def _demand_room(draft: OwnDraft, others: Iterable[Publication]) -> None:
    standing = [each for each in others if each.state is PublicationState.PUBLISHED]
    if len(standing) >= MOST_OWN_FACTORS:
        raise PublicationRefused(
            f"There are {MOST_OWN_FACTORS} factors of your own. Withdraw one that no longer matters."
        )
    for each in standing:
        if each.factor_id == draft.factor_id and each.valid_from == draft.valid_from:
            raise PublicationRefused(
                "You have set this factor from that very day already. Change it, or choose another day.",
                field="valid_from",
            )


def _row(draft: OwnDraft) -> PublishedRow:
    """Everybody's factor with another figure. Raises ItemNotFound."""
    base = base_of(draft.factor_id, draft.valid_from)
    return PublishedRow(
        factor_id=base.id,
        name=base.variant,
        unit=base.unit,
        kg_co2e_per_unit=draft.kg_co2e_per_unit,
        scope=base.scope,
        scope3_category=base.scope3_category,
        notes=draft.note,
    )


def _publication(
    organization: Organization, draft: OwnDraft, row: PublishedRow, publication_id: str
) -> Publication:
    now = clock.now().replace(microsecond=0)
    return Publication(
        id=publication_id,
        owner=organization.id,
        title=draft.source,
        publisher=organization.name,
        year=draft.valid_from.year,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        state=PublicationState.PUBLISHED,
        row_count=1,
        digest=digest_of([row]),
        uploaded_at=now,
        published_at=now,
        edition=publication_id,
        factor_id=draft.factor_id,
        note=draft.note,
    )


def _end(
    repository: PublicationRepository, publication: Publication, reason: str, transaction: WriteTransaction
) -> None:
    ended = replace(
        publication,
        state=PublicationState.WITHDRAWN,
        withdrawn_at=clock.now().replace(microsecond=0),
        reason=reason,
    )
    repository.replace(ended, seen_version=publication.version, transaction=transaction)


def _commit(
    actor: Profile, organization: Organization, change: Change, transaction: WriteTransaction
) -> None:
    """Queue that the organization has other factors from now on, and what the trail says of it."""
    OrganizationRepository(organization.id).save(
        replace(organization, factors_version=organization.factors_version + 1),
        seen_version=organization.version,
        transaction=transaction,
    )
    queue_administrators_record(actor, organization.id, transaction, **change)


def _described(publication: Publication, row: PublishedRow) -> dict[str, Any]:
    """A factor for the audit trail: the figure that was agreed, never one of an entry."""
    return {
        "factor_id": publication.factor_id,
        "kg_co2e_per_unit": row.kg_co2e_per_unit,
        "unit": row.unit,
        "source": publication.title,
        "valid_from": publication.valid_from.isoformat(),
        "valid_to": None if publication.valid_to is None else publication.valid_to.isoformat(),
    }
