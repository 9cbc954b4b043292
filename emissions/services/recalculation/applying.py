"""Entries get new versions with the editions in force now, and every total moves with them, exactly.

Each transaction changes some entries of one author and month, moves their totals, and counts what it did in
the recalculation's own item. An entry that is done no longer differs, so after a crash, or with two workers
at once, whoever goes on finds only what is left; nothing is changed or counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from accounts.domain import Profile
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject, person_subject
from carbontrack.dynamodb import Conflict, WriteTransaction
from carbontrack.dynamodb.backoff import pause
from carbontrack.jobs import Reporter
from emissions.domain.entries import Entry
from emissions.domain.recalculation import Recalculation, RecalculationState, Sums
from emissions.factors import Catalog
from emissions.repositories.entries import find_entries
from emissions.repositories.recalculations import RecalculationMoved, RecalculationRepository
from emissions.services.recalculation.checking import JOB_ID
from emissions.services.recalculation.newer import LookedAt, Whose, batches, recalculated
from emissions.services.writing import write_entries
from organizations.domain import Organization
from organizations.errors import MonthClosed
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.changes import demand_administrator

#: Entries of one author and month in a transaction, which holds a hundred writes: each may move the totals
#: of another department, in an item of theirs and in one of the organization's.
CHUNK = 30
ATTEMPTS = 8


def start(
    actor: Profile, whose: Whose, recalculation_id: str, *, organization: Organization | None = None
) -> Recalculation:
    """Decide to apply what was found. Raises RecalculationMoved if that is no longer the latest, RightsLost
    for who does not administer the organization any more.
    """
    repository = RecalculationRepository(whose.owner)
    recalculation = repository.find()
    if (
        recalculation is None
        or recalculation.id != recalculation_id
        or recalculation.state is not RecalculationState.CHECKED
        or recalculation.fingerprint != whose.factors(organization).fingerprint
    ):
        raise RecalculationMoved(recalculation_id)
    recalculation = replace(recalculation, actor_id=actor.user_id, actor_name=actor.display_name)
    with WriteTransaction() as transaction:
        repository.start(recalculation, transaction=transaction)
        if whose.is_organization:
            demand_administrator(actor, transaction)
        _note(whose, recalculation, "recalculation.started", {}, transaction)
    return recalculation


def apply(whose: Whose, recalculation_id: str) -> None:
    """Change what differs, then say what was done. Safe to run again after any failure."""
    repository = RecalculationRepository(whose.owner)
    recalculation = repository.find()
    if recalculation is None or recalculation.id != recalculation_id:
        return
    if recalculation.state is not RecalculationState.APPLYING:
        return
    organization = OrganizationRepository(whose.owner).get() if whose.is_organization else None
    factors = whose.factors(organization)
    if recalculation.fingerprint != factors.fingerprint or not _may_still(recalculation, organization):
        # Factors were published in between: nobody has agreed to these factors. Or who agreed may not decide
        # any more. What is done stays done.
        _finish(whose, repository)
        return
    report = Reporter(whose.owner, JOB_ID, total=max(0, recalculation.found.entries))
    report.step("Recalculating")
    report.advance(recalculation.applied.entries)
    try:
        for batch in batches(whose.entries(factors, looked_at=LookedAt()), CHUNK):
            _apply_batch(repository, recalculation_id, batch, factors, organization)
            report.advance(len(batch))
    except RecalculationMoved:  # another worker has ended it
        return
    _finish(whose, repository)
    report.finish()


def _may_still(recalculation: Recalculation, organization: Organization | None) -> bool:
    """Whether who decided could decide now."""
    if organization is None:
        return True
    actor = ProfileRepository().find(recalculation.actor_id)
    return (
        actor is not None
        and actor.organization_id == organization.id
        and actor.is_full_organization_admin
        and organization.is_working
    )


def _apply_batch(
    repository: RecalculationRepository,
    recalculation_id: str,
    batch: Sequence[Entry],
    factors: Catalog,
    organization: Organization | None,
) -> None:
    """Entries of one author and month. Those that change meanwhile are read again; closed months stay."""
    author = batch[0].user_id
    at = clock.now().replace(microsecond=0)
    for attempt in range(1, ATTEMPTS + 1):
        versions = [(entry, recalculated(factors, entry, at=at)) for entry in batch]
        pairs = [(entry, after) for entry, after in versions if after is not None]
        if not pairs:
            return
        try:
            write_entries(
                author,
                added=[after for _, after in pairs],
                removed=[before for before, _ in pairs],
                organization=organization,
                also=partial(_count, repository, recalculation_id, Sums.of(pairs)),
            )
            return
        except RecalculationMoved:
            raise
        except MonthClosed:
            return
        except Conflict:
            if attempt == ATTEMPTS:
                raise
        pause(attempt)
        batch = _still_there(batch)


def _still_there(batch: Sequence[Entry]) -> list[Entry]:
    """The entries as they are now. One that counts elsewhere now, or in another month, is for another run."""
    whose = {(entry.entry_id, entry.organization_id, entry.month) for entry in batch}
    return [
        entry
        for entry in find_entries((entry.user_id, entry.key) for entry in batch)
        if (entry.entry_id, entry.organization_id, entry.month) in whose
    ]


def _count(
    repository: RecalculationRepository, recalculation_id: str, sums: Sums, transaction: WriteTransaction
) -> None:
    repository.count(recalculation_id, sums, transaction=transaction)


def _finish(whose: Whose, repository: RecalculationRepository) -> None:
    done = repository.find()
    if done is None or done.state is not RecalculationState.APPLYING:
        return
    if whose.is_organization and done.applied != done.found:
        # Entries or closed months are others than were looked at: what may be told was said of those.
        done = replace(done, is_withheld=True)
    try:
        with WriteTransaction() as transaction:
            repository.finish(done, transaction=transaction)
            _note(whose, done, "recalculation.applied", _figures(done), transaction)
    except RecalculationMoved:  # another worker was as far at the same moment
        return


def _figures(recalculation: Recalculation) -> dict[str, dict[str, object]]:
    """For the trail: without figures where they are of too few people to be shown."""
    applied = recalculation.applied
    if recalculation.is_withheld:
        return {}
    return {
        "before": {"co2_emissions": applied.kg_before},
        "after": {"co2_emissions": applied.kg_after, "entries": applied.entries},
    }


def _note(
    whose: Whose,
    recalculation: Recalculation,
    action: str,
    figures: dict[str, dict[str, object]],
    transaction: WriteTransaction,
) -> None:
    subject = organization_subject(whose.owner) if whose.is_organization else person_subject(whose.owner)
    record = AuditRecord(
        action=action,
        actor_id=recalculation.actor_id,
        actor_name=recalculation.actor_name,
        about_id=recalculation.id,
        before=figures.get("before", {}),
        after=figures.get("after", {}),
    )
    AuditRepository(subject).add(record, transaction=transaction)
