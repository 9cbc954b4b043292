"""The figures of a person's report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.domain import Profile
from carbontrack.audit import AuditRecord
from emissions.dashboard.periods import Month
from emissions.domain.entries import Scope
from emissions.domain.totals import MonthTotals, scope_counter
from emissions.reports.ledger import ZERO, Ledger
from emissions.reports.periods import ReportPeriod
from emissions.reports.uses import Use


@dataclass(frozen=True, slots=True)
class PersonalFigures:
    """What a report is made of. `earlier` are the same months a year before; empty where none compare."""

    profile: Profile
    period: ReportPeriod
    totals: Sequence[MonthTotals]
    earlier: Sequence[MonthTotals]
    ledger: Ledger
    trail: Sequence[AuditRecord]

    @property
    def kg(self) -> Decimal:
        return sum((each.co2_emissions for each in self.totals), ZERO)

    @property
    def earlier_kg(self) -> Decimal:
        return sum((each.co2_emissions for each in self.earlier), ZERO)

    @property
    def compares(self) -> bool:
        """Whether the period is over and every month of it and of the year before was logged."""
        both = (*self.totals, *self.earlier)
        return bool(self.earlier) and not self.period.is_unfinished and all(each.entries for each in both)

    @property
    def entries(self) -> int:
        return sum(each.entries for each in self.totals)

    @property
    def by_scope(self) -> dict[Scope, Decimal]:
        """Only scopes in which something was logged, 0 kg or not."""
        sums = {
            scope: sum((each.counter(scope_counter(scope)) for each in self.totals), ZERO) for scope in Scope
        }
        return {
            scope: kg for scope, kg in sums.items() if kg or (scope is Scope.THREE and self.ledger.scope3)
        }

    @property
    def by_category(self) -> dict[tuple[str, str], Decimal]:
        sums: dict[tuple[str, str], Decimal] = {}
        for each in self.totals:
            for key, kg in each.by_category().items():
                sums[key] = sums.get(key, ZERO) + kg
        return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))

    @property
    def missing(self) -> tuple[Month, ...]:
        """Months without an entry, the running one aside."""
        return tuple(
            month
            for month, totals in zip(self.period.months, self.totals, strict=True)
            if not totals.entries and month != self.period.running
        )

    @property
    def archived(self) -> Use:
        """What totals count and no entry at hand tells of."""
        return Use(self.entries - self.ledger.all.entries, self.kg - self.ledger.all.kg)
