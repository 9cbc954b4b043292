"""Colleagues without accounts, who log for work."""

from __future__ import annotations

from itertools import count

from emissions.services.entries import record_entry
from tests.emissions.services.working import ACME, make_member, work_draft
from tests.factories import entry_id_of
from tests.fixtures.organizations import SALES

_numbers = count(1)


def log_by(people: int, *months: str, organization_id: str = ACME, department_id: str | None = SALES) -> None:
    """Let so many people log one entry each in each of the months `2024-03`."""
    for month in months:
        draft = work_draft(f"{month}-15T10:30", organization_id=organization_id, department_id=department_id)
        for number in range(people):
            member = make_member(f"colleague-{number}", organization_id)
            record_entry(member, draft, entry_id=entry_id_of(next(_numbers)))
