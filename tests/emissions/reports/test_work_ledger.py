"""Factors of an organization: told of groups that are large enough, and of nothing less by subtraction."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from emissions.domain.entries import WorkEntry
from emissions.domain.totals import MonthTotals, scoped_category_counter
from emissions.reports.uses import CategoryUses
from emissions.reports.work_ledger import WorkLedger
from tests.emissions.reports.made_reports import work_entry

CAR = ("transportation", "car")


def totals_for(entries: list[WorkEntry]) -> MonthTotals:
    counters: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        counters[scoped_category_counter("transportation", entry.category, "1")] += entry.co2_emissions
    return MonthTotals("2025-03", counters)


def ledger_of(*months: list[WorkEntry], minimum: int = 3) -> WorkLedger:
    ledger = WorkLedger(minimum)
    for entries in months:
        ledger.add_month(totals_for(entries), entries)
    return ledger


def told(ledger: WorkLedger) -> dict[str, tuple[int, Decimal]]:
    return {key.name: (use.entries, use.kg) for key, use in ledger.told.items()}


def logged(people: str, factor: str, kg: str = "1", category: str = "car") -> list[WorkEntry]:
    return [work_entry(person, factor, kg, category) for person in people]


def test_factor_of_few_people_is_kept_back_with_another() -> None:
    small, large, largest = logged("a", "diesel"), logged("bcd", "petrol"), logged("efghi", "electric")

    assert told(ledger_of([*small, *large, *largest])) == {"electric": (5, Decimal(5))}


def test_factors_of_enough_people_are_told() -> None:
    assert told(ledger_of([*logged("abc", "diesel", "2"), *logged("def", "petrol")])) == {
        "diesel": (3, Decimal(6)),
        "petrol": (3, Decimal(3)),
    }


def test_only_factor_of_a_category_is_told_because_the_category_is() -> None:
    assert told(ledger_of(logged("a", "grid", category="electricity"))) == {"grid": (1, Decimal(1))}


def test_nothing_of_a_category_is_told_where_entries_do_not_add_up_to_it() -> None:
    entries = [*logged("abc", "diesel"), *logged("def", "petrol")]
    ledger = WorkLedger(3)

    ledger.add_month(totals_for([*entries, work_entry("g", "petrol")]), entries)

    assert told(ledger) == {}
    assert {key.name for key in ledger.keys} == {"diesel", "petrol"}


def test_rows_and_what_is_told_together_add_up_to_the_category() -> None:
    ledger = ledger_of(
        [*logged("a", "diesel", "100"), *logged("bcd", "petrol", "10"), *logged("efghi", "electric")]
    )

    (uses,) = ledger.category_uses({CAR: Decimal(135)})

    assert isinstance(uses, CategoryUses)
    assert (uses.kg, uses.rest) == (Decimal(135), Decimal(130))
    assert {row.key.name: row.kg for row in uses.rows} == {
        "electric": Decimal(5),
        "petrol": None,
        "diesel": None,
    }


def test_part_of_an_organization_names_its_factors_and_nothing_else() -> None:
    ledger = WorkLedger(3)
    entries = [*logged("abc", "diesel"), work_entry("d", "petrol", department_id="OTHER")]

    ledger.add_names(entries, frozenset({"SALES"}))

    (uses,) = ledger.category_uses(None)
    assert [(row.key.name, row.entries, row.kg) for row in uses.rows] == [("diesel", None, None)]
    assert (uses.kg, uses.rest) == (None, Decimal(0))


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("PDEH")), max_size=14),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_kept_back_of_a_month_is_of_enough_people_whatever_reports_are_compared(
    months: list[list[tuple[str, str]]],
) -> None:
    """Reports are sums over months, so what two of them differ by is a month's: each must hold alone."""
    for uses in months:
        entries = [work_entry(person, factor) for person, factor in uses]
        shown = {key.name for key in ledger_of(entries).told}
        people: dict[str, set[str]] = defaultdict(set)
        for person, factor in uses:
            people[factor].add(person)
        hidden = set(people) - shown
        if len(people) > 1:
            assert all(len(people[factor]) >= 3 for factor in shown)
            if shown and hidden:
                assert len(hidden) >= 2
                assert len(set().union(*(people[factor] for factor in hidden))) >= 3
