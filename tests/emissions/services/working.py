"""What tests of work entries share: people of two organizations, and totals looked at from all sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from accounts.domain import Profile
from carbontrack.dynamodb import WriteTransaction
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject
from emissions.repositories.totals import TotalsRepository
from emissions.services.drafts import EntryDraft, Work
from organizations.domain import ClosedMonth
from organizations.repositories.organizations import OrganizationRepository
from tests.factories import NOW, USER_ID, make_draft, make_profile
from tests.fixtures.organizations import SALES

ACME = "01HS0000000000000000000ACME"
GLOBEX = "01HS00000000000000000GLOBEX"

Counters = dict[str, dict[str, Decimal]]


def make_member(user_id: str = USER_ID, organization_id: str | None = ACME, **changes: Any) -> Profile:
    return make_profile(user_id, organization_id=organization_id, **changes)


def work_draft(
    local: str = "2024-03-15T10:30",
    *,
    organization_id: str = ACME,
    department_id: str | None = SALES,
    **changes: Any,
) -> EntryDraft:
    """50 miles by petrol car for the Sales of acme."""
    return make_draft(local, **({"work": Work(organization_id, department_id)} | changes))


def close_month(month: str, organization_id: str = ACME) -> None:
    with WriteTransaction() as transaction:
        OrganizationRepository(organization_id).close_month(
            ClosedMonth(month, closed_at=NOW, closed_by="alice"), transaction=transaction
        )


def reopen_month(month: str, organization_id: str = ACME) -> None:
    with WriteTransaction() as transaction:
        OrganizationRepository(organization_id).reopen_month(month, transaction=transaction)


def totals_of(subject: Subject) -> Counters:
    """By month, every counter of a subject that is not zero."""
    sums: Counters = defaultdict(lambda: defaultdict(Decimal))
    for stored in TotalsRepository().iter_stored(subject):
        for name, value in stored.counters.items():
            sums[stored.month][name] += value
    return plain(sums)


def counted(entries: Iterable[Entry], subject: Subject) -> Counters:
    """The same, added up here from entries, in the plainest way: people as sets."""
    kind, *ids = subject.key.split("#")
    sums: Counters = defaultdict(lambda: defaultdict(Decimal))
    authors: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in entries:
        if kind == "user" and entry.user_id != ids[0]:
            continue
        if kind != "user" and entry.organization_id != ids[0]:
            continue
        if kind == "department" and entry.department_id != ids[1]:
            continue
        month = f"{entry.local_date:%Y-%m}"
        sums[month]["entries"] += 1
        for name in _kg_counters(entry, kind):
            sums[month][name] += entry.co2_emissions
        department = entry.department_id or "-"
        if kind == "user":
            sums[month][f"n#{entry.local_date:%d}"] += 1
            if entry.organization_id is not None:
                sums[month][f"work#{entry.organization_id}#{department}"] += 1
        else:
            authors[month, "participants"].add(entry.user_id)
        if kind == "organization":
            authors[month, f"participants#{department}"].add(entry.user_id)
    for (month, name), people in authors.items():
        sums[month][name] = Decimal(len(people))
    return plain(sums)


def _kg_counters(entry: Entry, kind: str) -> list[str]:
    activity = entry.activity_type.value
    if kind == "user":
        return [
            "co2_emissions",
            f"category#{activity}#{entry.category}",
            f"day#{entry.local_date:%d}",
            f"scope#{entry.scope.value}",
        ]
    code = f"{entry.scope.value}" + (f".{entry.scope3_category}" if entry.scope3_category else "")
    names = ["co2_emissions", f"category#{activity}#{entry.category}#{code}"]
    if kind == "organization":
        names.append(f"department#{entry.department_id or '-'}#{activity}#{entry.scope.value}")
    return names


def plain(sums: Counters) -> Counters:
    """Without what is zero."""
    found = {
        month: {name: value for name, value in counters.items() if value} for month, counters in sums.items()
    }
    return {month: counters for month, counters in found.items() if counters}
