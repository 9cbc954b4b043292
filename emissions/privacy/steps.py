"""The steps by which entries and what hangs on them go. Each may run again, and be killed at any point."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from carbontrack.dynamodb import Table
from carbontrack.dynamodb.tables import CARBON_DATA, EMISSION_TOTALS, IMPORTS, RECURRING
from carbontrack.personal_data import ErasureStep, Phase
from emissions.archive import files
from emissions.domain.totals import Subject
from emissions.repositories.personal_items import iter_keys, remove_filed, remove_imports, remove_rules
from emissions.repositories.recalculations import RecalculationRepository
from emissions.services.erasing.entries import erase_entries
from organizations.services.traces import organizations_of

Alive = Callable[[], None]


def _stop(user_id: str, alive: Alive) -> None:
    remove_rules(user_id)
    remove_imports(user_id)


def _rules_and_imports(user_id: str) -> Iterator[str]:
    yield from _items(RECURRING, user_id)
    yield from _items(IMPORTS, user_id, begins="import")


def _entries(user_id: str) -> Iterator[str]:
    yield from _items(CARBON_DATA, user_id)
    yield from _items(EMISSION_TOTALS, user_id)
    if files.is_set_up():
        yield from files.paths_of(Subject.user(user_id))


def _decisions(user_id: str, alive: Alive) -> None:
    """Recalculations of organizations that the person asked for."""
    for organization_id in organizations_of(user_id):
        RecalculationRepository(organization_id).forget_actor(user_id)
        alive()


def _decided(user_id: str) -> Iterator[str]:
    for organization_id in organizations_of(user_id):
        found = RecalculationRepository(organization_id).find()
        if found is not None and found.actor_id == user_id:
            yield f"recalculation of {organization_id}"


def _late(user_id: str, alive: Alive) -> None:
    """What a request or a job wrote that was under way when the others ran."""
    _stop(user_id, alive)
    erase_entries(user_id, alive)
    remove_filed(user_id)


def _anything(user_id: str) -> Iterator[str]:
    yield from _items(RECURRING, user_id)
    yield from _items(IMPORTS, user_id)
    yield from _entries(user_id)


def _items(table: Table, user_id: str, *, begins: str = "") -> Iterator[str]:
    for key in iter_keys(table, user_id, begins=begins):
        yield " ".join((table.name, *key.values()))


STEPS = (
    ErasureStep(
        "emissions.stop",
        "Stopping recurring entries and imports",
        Phase.STOP,
        _stop,
        _rules_and_imports,
    ),
    ErasureStep(
        "emissions.entries",
        "Deleting entries and totals, archived ones too",
        Phase.DATA,
        erase_entries,
        _entries,
    ),
    ErasureStep(
        "emissions.files",
        "Deleting files, reports and the traces of jobs",
        Phase.DATA,
        lambda user_id, alive: remove_filed(user_id),
        lambda user_id: _items(IMPORTS, user_id),
    ),
    ErasureStep(
        "emissions.decisions",
        "Taking the name off recalculations of organizations",
        Phase.DATA,
        _decisions,
        _decided,
    ),
    ErasureStep(
        "emissions.late",
        "Looking once more for what came late",
        Phase.TRAIL,
        _late,
        _anything,
    ),
)
