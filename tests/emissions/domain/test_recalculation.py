"""What a recalculation tells of an organization is of the cells that may be told, and of nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from emissions.domain.entries import Entry
from emissions.domain.recalculation import ChangeSums, Sums
from tests.factories import make_entry, make_factor

MARCH, APRIL = ("2026-03", "petrol"), ("2026-04", "petrol")


def changed(factor: str, more: int = 1) -> tuple[Entry, Entry]:
    before = make_entry(1, factor=make_factor(id=factor))
    value = before.factor.value * 2
    after = replace(
        before,
        co2_emissions=before.co2_emissions + more,
        factor=replace(before.factor, value=value),
    )
    return before, after


def test_rows_are_the_largest_and_the_rest_is_their_difference_to_the_total() -> None:
    sums = ChangeSums()
    for more, factor in enumerate(("small", "medium", "large"), start=1):
        sums.add(*changed(factor, more))

    rows, others, is_withheld = sums.rows(2)

    assert [row.factor_id for row in rows] == ["large", "medium"]
    assert (others.entries, others.difference, is_withheld) == (1, Decimal(1), False)
    assert sum((row.sums.difference for row in rows), others.difference) == sums.total.difference


def test_a_cell_that_may_not_be_told_is_in_no_figure() -> None:
    sums = ChangeSums()
    told, kept_back = changed("car"), changed("car")
    sums.add(*told, cell=MARCH)
    sums.add(*kept_back, cell=APRIL)
    sums.add(*changed("flight"), cell=("2026-04", "flight"))

    rows, others, is_withheld = sums.rows(9, told={MARCH})

    assert [(row.factor_id, row.sums) for row in rows] == [("car", Sums.of([told]))]
    assert (others, is_withheld) == (Sums(), True)


def test_nothing_is_withheld_where_all_cells_may_be_told() -> None:
    sums = ChangeSums()
    sums.add(*changed("car"), cell=MARCH)
    sums.add(*changed("car"), cell=APRIL)

    rows, _, is_withheld = sums.rows(9, told={MARCH, APRIL})

    assert ([row.sums.entries for row in rows], is_withheld) == ([2], False)
