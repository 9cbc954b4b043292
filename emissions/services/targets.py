"""Targets of an organization: from a base year, so much less by another year.

What the base year emitted is proposed from the totals and then kept in the target: entries that are changed
later do not move a promise that was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import ItemAlreadyExists, ItemNotFound, WriteTransaction
from emissions.dashboard.periods import Month
from emissions.domain.totals import MonthTotals, Subject
from emissions.figures import exact
from emissions.repositories.totals import TotalsRepository
from emissions.work.cells import Cells, MonthState
from emissions.work.figures import shown_year_kg
from emissions.work.years import ReportingYear, months_label
from organizations.domain import Organization, OrganizationOverview, Target
from organizations.errors import OrganizationRefused
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.changes import demand_lasting, queue_administrators_record

#: Every dashboard reads them all; the newest counts, the others are history.
MOST_TARGETS = 20


@dataclass(frozen=True, slots=True)
class BaseYear:
    """What is known of a base year.

    `kg` is the sum of its months that are not withheld, None while there is none to propose: nothing was
    logged, all of it is withheld, or the year is not over.
    """

    year: ReportingYear
    kg: Decimal | None
    is_over: bool
    counted: tuple[Month, ...] = ()
    withheld: tuple[Month, ...] = ()
    empty: tuple[Month, ...] = ()

    @property
    def withheld_label(self) -> str:
        return months_label(self.withheld)

    @property
    def empty_label(self) -> str:
        return months_label(self.empty)


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """What somebody asks for. `base_kg` is what they typed; None takes what was logged."""

    base_year: int
    reduction_percent: Decimal
    target_year: int
    base_kg: Decimal | None = None


def base_year_of(organization: Organization, year: int, *, today: date) -> BaseYear:
    """Look up what the organization emitted in a reporting year: one request."""
    reporting_year = ReportingYear.beginning(year, begins_in=organization.reporting_year_start)
    subject = Subject.organization(organization.id)
    first, last = str(reporting_year.start), str(reporting_year.last)
    totals = TotalsRepository().months(subject, first, last)
    return base_year_from(organization, reporting_year, totals, today=today)


def base_year_from(
    organization: Organization, year: ReportingYear, totals: list[MonthTotals], *, today: date
) -> BaseYear:
    """What may be proposed: only what the dashboard shows, or the proposal would give away the rest."""
    cells = Cells(totals, minimum=organization.minimum_group)
    states = {month: cells.visible(month, None).state for month in year.months}
    kg = shown_year_kg(organization, totals, year)
    is_over = year.last < Month.of(today)
    return BaseYear(
        year,
        kg=kg if is_over and kg is not None and kg > 0 else None,
        is_over=is_over,
        counted=tuple(month for month, state in states.items() if state.has_figure),
        withheld=tuple(month for month, state in states.items() if state is MonthState.WITHHELD),
        empty=tuple(month for month, state in states.items() if state is MonthState.EMPTY),
    )


def set_target(
    actor: Profile, overview: OrganizationOverview, draft: TargetDraft, *, target_id: str, today: date
) -> Target:
    """Set a target. `target_id` comes with the form: sent again, it sets nothing more.

    Raises OrganizationRefused where the base year has no figure and none was typed.
    """
    organization = overview.organization
    demand_lasting(organization)
    if len(overview.targets) >= MOST_TARGETS:
        raise OrganizationRefused(f"There are {MOST_TARGETS} targets. Remove one that no longer matters.")
    base_kg = draft.base_kg or base_year_of(organization, draft.base_year, today=today).kg
    if base_kg is None:
        raise OrganizationRefused(
            "We have no figure for this base year. Type what it was, in tonnes.", field="base_tonnes"
        )
    target = Target(
        id=target_id,
        base_year=draft.base_year,
        base_kg=base_kg,
        reduction_percent=draft.reduction_percent,
        target_year=draft.target_year,
        created_at=clock.now().replace(microsecond=0),
    )
    after = describe(target) | {"base_from": "typed" if draft.base_kg else "what was logged"}
    try:
        with WriteTransaction() as transaction:
            OrganizationRepository(organization.id).add_target(target, transaction=transaction)
            queue_administrators_record(
                actor,
                organization.id,
                transaction,
                action="target.set",
                about=label_of(target, organization),
                about_id=target.id,
                after=after,
            )
    except ItemAlreadyExists:  # the same form, sent twice
        return target
    return target


def remove_target(actor: Profile, overview: OrganizationOverview, target_id: str) -> Target:
    """Remove a target, and return it. Raises ItemNotFound where there is none, or no longer."""
    organization = overview.organization
    demand_lasting(organization)
    target = next((each for each in overview.targets if each.id == target_id), None)
    if target is None:
        raise ItemNotFound(f"target {target_id} of organization {organization.id}")
    with WriteTransaction() as transaction:
        OrganizationRepository(organization.id).remove_target(target_id, transaction=transaction)
        queue_administrators_record(
            actor,
            organization.id,
            transaction,
            action="target.removed",
            about=label_of(target, organization),
            about_id=target.id,
            before=describe(target),
        )
    return target


def describe(target: Target) -> dict[str, Any]:
    """A target for the audit trail."""
    return {
        "base_year": target.base_year,
        "base_kg": target.base_kg,
        "reduction_percent": target.reduction_percent,
        "target_year": target.target_year,
    }


def label_of(target: Target, organization: Organization) -> str:
    """`30% less by 2030`, or `by 2030/31` where reporting years do not begin in January."""
    year = ReportingYear.beginning(target.target_year, begins_in=organization.reporting_year_start)
    return f"{exact(target.reduction_percent)}% less by {year.label}"
