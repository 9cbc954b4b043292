"""Which cells of a month are hidden."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.work.withholding import Pattern, withhold

#: Who logged for each department, a letter a person.
LOGGED = st.dictionaries(
    st.sampled_from(["A", "B", "C", "D", "-"]), st.frozensets(st.sampled_from("abcdefghij"), min_size=1)
)


def pattern_of(logged: Mapping[str, frozenset[str]], minimum: int) -> Pattern:
    sizes = {cell: len(people) for cell, people in logged.items()}
    return withhold(len(people_of(logged, logged)), sizes, minimum=minimum)


def people_of(logged: Mapping[str, frozenset[str]], cells) -> frozenset[str]:
    return frozenset().union(*(logged[cell] for cell in cells))


@pytest.mark.parametrize(
    ("people", "cells", "hidden"),
    [
        pytest.param(20, {"A": 10, "B": 10}, "", id="large groups are shown"),
        pytest.param(5, {"A": 5}, "", id="one group of just enough is shown"),
        pytest.param(12, {"A": 10, "B": 2}, "AB", id="of two, the second hides the first"),
        pytest.param(20, {"A": 10, "B": 8, "C": 2}, "BC", id="the next smallest hides with it"),
        pytest.param(14, {"A": 10, "B": 2, "C": 2}, "ABC", id="two small ones together are still too few"),
        pytest.param(16, {"A": 10, "B": 3, "C": 3}, "BC", id="two small ones together are enough"),
        pytest.param(12, {"A": 8, "-": 4}, "A-", id="people without a department are a group"),
        pytest.param(25, {"A": 9, "B": 6, "C": 6, "D": 4}, "BD", id="the same size is chosen by id"),
        pytest.param(
            10, {"A": 10, "B": 4, "C": 4}, "ABC", id="those in two departments are not counted twice"
        ),
        pytest.param(25, {"A": 9, "B": 8, "C": 8, "D": 0}, "BCD", id="a cell of nobody with kg is hidden"),
        pytest.param(31, {"A": 20, "B": 10, "C": 1, "D": 0}, "BCD", id="a cell of nobody hides no other"),
    ],
)
def test_cells_are_hidden_until_enough_people_are(people: int, cells: dict[str, int], hidden: str):
    assert withhold(people, cells, minimum=5) == Pattern(
        shows_total=True, visible=frozenset(cells) - frozenset(hidden), hidden=frozenset(hidden)
    )


def test_a_month_of_too_few_people_is_withheld_altogether():
    assert withhold(4, {"A": 2, "B": 2}, minimum=5) == Pattern(shows_total=False, hidden=frozenset("AB"))
    assert withhold(4, {"A": 4}, minimum=4) == Pattern(shows_total=True, visible=frozenset("A"))


def test_a_month_of_nobody_is_empty_and_not_withheld():
    assert withhold(0, {}, minimum=5).is_empty
    assert not withhold(4, {"A": 4}, minimum=5).is_empty


@given(LOGGED, st.integers(2, 6))
def test_what_is_shown_and_what_is_hidden_are_enough_people_each(
    logged: dict[str, frozenset[str]], minimum: int
):
    pattern = pattern_of(logged, minimum)

    assert pattern.visible | pattern.hidden == logged.keys()
    assert not pattern.visible & pattern.hidden
    assert all(len(logged[cell]) >= minimum for cell in pattern.visible)
    if not pattern.shows_total:
        assert len(people_of(logged, logged)) < minimum
        assert not pattern.visible
    elif pattern.hidden:
        assert len(pattern.hidden) >= 2
        assert len(people_of(logged, pattern.hidden)) >= minimum


@given(LOGGED, st.integers(2, 6))
def test_no_more_is_hidden_than_has_to_be(logged: dict[str, frozenset[str]], minimum: int):
    """Showing the largest of what is hidden would leave too few cells or too few certain people."""
    pattern = pattern_of(logged, minimum)

    if pattern.shows_total and pattern.hidden:
        largest = max(pattern.hidden, key=lambda cell: (len(logged[cell]), cell))
        others = pattern.hidden - {largest}
        shown = sum(len(logged[cell]) for cell in pattern.visible | {largest})
        certain = max(*(len(logged[cell]) for cell in others), len(people_of(logged, logged)) - shown, 0)
        assert len(logged[largest]) < minimum or len(others) < 2 or certain < minimum


@given(LOGGED, st.integers(2, 5), st.integers(1, 4))
def test_a_higher_minimum_hides_all_that_a_lower_one_does(
    logged: dict[str, frozenset[str]], minimum: int, more: int
):
    assert pattern_of(logged, minimum).hidden <= pattern_of(logged, minimum + more).hidden
