"""A reporting year against the one before, on the same whole months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from emissions.dashboard.periods import Month
from emissions.work.cells import ZERO, MonthState
from emissions.work.months import MonthFigure
from emissions.work.years import MONTHS_A_YEAR, months_label


@dataclass(frozen=True, slots=True)
class YearComparison:
    """The months that are over and were logged in both years, added up.

    Months are left out of both years where one of them is withheld, even partly, and where nobody logged in
    one of them: nothing logged is not the same as nothing emitted. `months` and those left out are of the
    later year.
    """

    months: tuple[Month, ...]
    kg: Decimal
    earlier_kg: Decimal
    withheld: tuple[Month, ...]
    empty: tuple[Month, ...]

    @property
    def change_kg(self) -> Decimal:
        return self.kg - self.earlier_kg

    @property
    def absolute_change_kg(self) -> Decimal:
        return abs(self.change_kg)

    @property
    def change_percent(self) -> Decimal | None:
        """Signed change in percent; None where the earlier year came to 0 kg, of which nothing is a share."""
        return self.change_kg * 100 / self.earlier_kg if self.earlier_kg > 0 else None

    @property
    def direction(self) -> str:
        if self.change_kg == 0:
            return "same"
        return "less" if self.change_kg < 0 else "more"

    @property
    def label(self) -> str:
        """`January–October 2026`"""
        return months_label(self.months)

    @property
    def earlier_label(self) -> str:
        return months_label(month.shift(-MONTHS_A_YEAR) for month in self.months)

    @property
    def withheld_label(self) -> str:
        return months_label(self.withheld)

    @property
    def empty_label(self) -> str:
        return months_label(self.empty)


def compare_years(
    months: Sequence[MonthFigure], earlier: Sequence[MonthFigure], *, running: Month
) -> YearComparison | None:
    """Compare the months of a year that are over; None where nothing of them can be compared."""
    pairs = [(now, then) for now, then in zip(months, earlier, strict=True) if now.month < running]
    both = [pair for pair in pairs if all(each.state is MonthState.SHOWN for each in pair)]
    if not both:
        return None
    withheld = [pair for pair in pairs if any(each.state.withholds for each in pair)]
    return YearComparison(
        months=tuple(now.month for now, _then in both),
        kg=sum((now.kg or ZERO for now, _then in both), ZERO),
        earlier_kg=sum((then.kg or ZERO for _now, then in both), ZERO),
        withheld=tuple(now.month for now, _then in withheld),
        empty=tuple(pair[0].month for pair in pairs if pair not in both and pair not in withheld),
    )
