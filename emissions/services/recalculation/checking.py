"""A look at all entries: how many the factors in force now would change, and by how many kg."""

from __future__ import annotations

from dataclasses import replace

from ulid import ULID

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.jobs import Reporter
from emissions.domain.recalculation import EVERYTHING, ChangeSums, Recalculation, RecalculationState
from emissions.domain.totals import ENTRIES, Subject
from emissions.repositories.recalculations import RecalculationMoved, RecalculationRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.recalculation.newer import LookedAt, Whose, recalculated
from emissions.services.recalculation.telling import cell_of, told_cells
from organizations.repositories.organizations import OrganizationRepository

JOB_ID = "recalculation"
#: More would not be read; the item stays well under DynamoDB's 400 KB.
MOST_ROWS = 40


def request_check(actor: Profile, whose: Whose) -> Recalculation:
    """Begin a new one. Raises RecalculationMoved while one is being applied."""
    recalculation = Recalculation(
        owner=whose.owner,
        id=str(ULID()),
        state=RecalculationState.CHECKING,
        fingerprint="",  # of the factors that are in force when it looks
        requested_at=clock.now().replace(microsecond=0),
        actor_id=actor.user_id,
        actor_name=actor.display_name,
    )
    RecalculationRepository(whose.owner).begin(recalculation)
    return recalculation


def check(whose: Whose, recalculation_id: str) -> None:
    """Look, and store what was found. Of a recalculation that another has replaced, nothing is stored."""
    repository = RecalculationRepository(whose.owner)
    recalculation = repository.find()
    if recalculation is None or recalculation.id != recalculation_id:
        return
    if recalculation.state is not RecalculationState.CHECKING:
        return
    report = Reporter(whose.owner, JOB_ID, total=_entries_of(whose))
    report.step("Looking at entries")
    found = _look(whose, recalculation, report)
    try:
        repository.save_checked(found)
    except RecalculationMoved:
        return
    report.finish()


def _look(whose: Whose, recalculation: Recalculation, report: Reporter) -> Recalculation:
    now = clock.now().replace(microsecond=0)
    overview = OrganizationRepository(whose.owner).overview() if whose.is_organization else None
    factors = whose.factors(None if overview is None else overview.organization)
    closed = set() if overview is None else {each.month for each in overview.closed_months}
    sums, looked_at, locked, said = ChangeSums(), LookedAt(), 0, 0
    for entry in whose.entries(factors, looked_at=looked_at):
        after = recalculated(factors, entry, at=now)
        if after is not None and entry.month in closed:
            locked += 1
        elif after is not None:
            sums.add(entry, after, cell=EVERYTHING if overview is None else cell_of(entry))
        report.advance(looked_at.count - said)
        said = looked_at.count
    told = [EVERYTHING] if overview is None else told_cells(overview.organization, sums.cells)
    rows, others, is_withheld = sums.rows(MOST_ROWS, told=told)
    return replace(
        recalculation,
        state=RecalculationState.CHECKED,
        fingerprint=factors.fingerprint,
        seen=looked_at.count,
        found=sums.total,
        rows=rows,
        others=others,
        is_withheld=is_withheld,
        locked=locked,
        checked_at=now,
    )


def _entries_of(whose: Whose) -> int:
    """About how many there are to look at, for the progress bar."""
    subject = Subject.organization(whose.owner) if whose.is_organization else Subject.user(whose.owner)
    stored = TotalsRepository().iter_stored(subject)
    return sum(int(item.counters.get(ENTRIES, 0)) for item in stored if not item.is_erased)
