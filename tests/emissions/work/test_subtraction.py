"""Attacks: everything that is on any page for anybody, and linear algebra.

Each kg that was logged is one unknown. A page is built with the n-th unknown being 100 to the n-th, so that
the digits of each figure on it tell which unknowns it is the sum of. All figures of all pages together span
a space; nobody can compute anything outside it, and nothing in it may be about fewer people than the minimum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emissions.work.figures import WorkFigures, shown_year_kg
from emissions.work.years import ReportingYear
from organizations.domain import Department, Organization, Target
from tests.emissions.work.made_work import (
    ENGINEERING,
    FIELD,
    FLIGHT,
    OLD,
    POWER,
    SALES,
    Work,
    figures_of,
    make_organization,
    organization_totals,
)

PEOPLE = "abcdefghi"
KINDS = (POWER, FLIGHT)
#: The running month, two of the year, and one of the year before that is compared with one of them.
MONTHS = ("2026-11", "2026-03", "2026-02", "2025-03")
DEPARTMENTS = (SALES, FIELD, ENGINEERING, OLD, None)
TARGET = Target("T", 2025, Decimal(0), Decimal(0), 2030, datetime(2026, 1, 1, tzinfo=UTC))
#: Which people logged in each month for each department.
LOGGED = st.dictionaries(
    st.tuples(st.sampled_from(MONTHS), st.sampled_from(DEPARTMENTS)),
    st.frozensets(st.sampled_from(PEOPLE), min_size=1, max_size=6),
    min_size=2,
    max_size=9,
)
Cell = tuple[str, str | None]
Vector = tuple[int, ...]


def organizations(minimum: int) -> Iterator[Organization]:
    """One organization at different times: as it began, after merges and a move of members, reordered."""
    sales, field = Department(SALES, "Sales", members=3), Department(FIELD, "Field", parent_id=SALES)
    engineering, old = Department(ENGINEERING, "Engineering", members=6), Department(OLD, "Old", members=2)
    begun = make_organization(sales, field, engineering, old, minimum_group=minimum)
    yield begun
    merged = replace(old, merged_into=ENGINEERING, members=0)
    moved = replace(engineering, members=9)
    yield replace(begun, departments=(sales, field, moved, merged))
    inside_old, into_sales = replace(sales, parent_id=OLD), replace(field, parent_id=None, merged_into=SALES)
    yield replace(begun, departments=(inside_old, into_sales, moved, old), minimum_group=minimum + 2)


def pages(works: Sequence[Work], organization: Organization) -> Iterator[WorkFigures]:
    """Every dashboard of an organization, for administrators of all of it and of departments."""
    for managed in (None, [SALES], [ENGINEERING, FIELD]):
        ids = organization.managed_ids(managed)
        departments = [each.id for each in organization.departments if ids is None or each.id in ids]
        for department in ("", *departments, *(["none"] if ids is None else [])):
            for narrowed in ({}, {"type": "energy"}, {"scope": "3"}, {"year": "2025"}):
                params = {"department": department, **narrowed}
                yield figures_of(works, organization, params=params, managed=managed, targets=[TARGET])


def figures_on(value: Any, path: str = "") -> Iterator[tuple[str, Decimal | None]]:
    """Every Decimal in a page, and None where one may be; not what an organization says of itself."""
    if value is None or isinstance(value, Decimal):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from figures_on(each, f"{path}/{key}")
    elif isinstance(value, tuple | list):
        for index, each in enumerate(value):
            name = getattr(each, "month", None) or getattr(each, "label", None) or index
            yield from figures_on(each, f"{path}/{name}")
    elif is_dataclass(value) and not isinstance(value, Organization | Target):
        for field in fields(value):
            yield from figures_on(getattr(value, field.name), f"{path}.{field.name}")


def works_of(logged: Mapping[Cell, frozenset[str]], kg: Iterable[Decimal]) -> list[Work]:
    values = iter(kg)
    return [
        Work(month, department, people, {kind: next(values) for kind in KINDS})
        for (month, department), people in logged.items()
    ]


def shown_vectors(logged: Mapping[Cell, frozenset[str]], minimum: int) -> set[Vector]:
    """Of every figure on any page, how often each unknown is in it."""
    count = len(logged) * len(KINDS)
    with localcontext(prec=4 * count + 28):
        works = works_of(logged, (Decimal(100) ** index for index in range(count)))
        totals = organization_totals(works)
        kg = [
            figure
            for organization in organizations(minimum)
            for page in pages(works, organization)
            for _path, figure in figures_on(page)
        ] + [
            shown_year_kg(organization, totals, ReportingYear.beginning(2026, begins_in=1))
            for organization in organizations(minimum)
        ]
        return {_digits(each, count) for each in kg if each}


def _digits(kg: Decimal, count: int) -> Vector:
    assert kg == int(kg), "not a sum"
    digits, rest = [], int(kg)
    for _ in range(count):
        rest, digit = divmod(rest, 100)
        digits.append(digit)
    assert rest == 0
    assert set(digits) <= {0, 1}, "something is counted twice"
    return tuple(digits)


def reduced(vectors: Iterable[Vector]) -> list[list[Fraction]]:
    """A basis of what the vectors span, exact."""
    basis: list[list[Fraction]] = []
    for vector in vectors:
        add(basis, vector)
    return basis


def add(basis: list[list[Fraction]], vector: Sequence[int]) -> bool:
    """Add a vector to a basis. False if it was in the span already."""
    rest = [Fraction(value) for value in vector]
    for row in basis:
        pivot = next(index for index, value in enumerate(row) if value)
        if rest[pivot]:
            factor = rest[pivot] / row[pivot]
            rest = [value - factor * other for value, other in zip(rest, row, strict=True)]
    if not any(rest):
        return False
    basis.append(rest)
    return True


def small_groups(logged: Mapping[Cell, frozenset[str]], minimum: int) -> set[frozenset[int]]:
    """For every choice of fewer people than the minimum, the unknowns that are about nobody else."""
    unknowns = [people for people in logged.values() for _kind in KINDS]
    return {
        frozenset(index for index, people in enumerate(unknowns) if people <= set(few))
        for few in combinations(PEOPLE, minimum - 1)
    } - {frozenset()}


def assert_nothing_leaks(logged: Mapping[Cell, frozenset[str]], minimum: int) -> None:
    """No combination of what is shown is about people of a small group only, whatever the weights."""
    shown = reduced(shown_vectors(logged, minimum))
    count = len(logged) * len(KINDS)
    for group in small_groups(logged, minimum):
        basis = list(shown)
        for index in group:
            unknown = [int(index == each) for each in range(count)]
            assert add(basis, unknown), (group, minimum)


@pytest.mark.no_cover
@settings(max_examples=10)
@given(LOGGED, st.sampled_from([3, 4]))
def test_no_combination_of_all_pages_is_about_fewer_people_than_the_minimum(
    logged: dict[Cell, frozenset[str]], minimum: int
):
    assert_nothing_leaks(logged, minimum)


@pytest.mark.parametrize(
    "logged",
    [
        pytest.param({SALES: "abcdef", ENGINEERING: "gh"}, id="two departments"),
        pytest.param({SALES: "abcd", ENGINEERING: "efg", OLD: "hi"}, id="three departments"),
        pytest.param({SALES: "abcdef", None: "g"}, id="one department and one person without"),
        pytest.param({ENGINEERING: "abcdef", OLD: "gh"}, id="a small one merged into a large one"),
        pytest.param({SALES: "abcdef", FIELD: "gh"}, id="a small one inside a large one"),
        pytest.param({SALES: "abc", ENGINEERING: "abd", OLD: "a", None: "a"}, id="a person everywhere"),
        pytest.param({SALES: "abcd", ENGINEERING: "defg", OLD: "h", None: "h"}, id="the same person twice"),
        pytest.param({SALES: "abcd", FIELD: "h", OLD: "h", None: "h"}, id="the same person three times"),
        pytest.param({SALES: "ab"}, id="too few altogether"),
    ],
)
def test_known_attacks_fail(logged: dict[str | None, str]):
    cells = {("2026-03", department): frozenset(people) for department, people in logged.items()}
    before = {("2025-03", department): frozenset(PEOPLE[:6]) for department in logged}

    assert_nothing_leaks(cells | before, 3)


def test_the_attack_would_find_a_leak():
    """A single small group that is the difference of two figures."""
    shown = reduced([(1, 1, 1), (1, 1, 0)])

    assert not add(list(shown), (0, 0, 1))
    assert add(list(shown), (0, 1, 0))


@pytest.mark.no_cover
@settings(max_examples=8)
@given(LOGGED, st.lists(st.decimals(0, 1000, places=2), min_size=18, max_size=18))
def test_what_is_withheld_depends_on_people_and_not_on_kg(
    logged: dict[Cell, frozenset[str]], kg: list[Decimal]
):
    def known(works: Sequence[Work]) -> list[list[tuple[str, bool]]]:
        return [
            sorted((path, figure is None) for path, figure in figures_on(page) if "categories" not in path)
            for page in pages(works, next(organizations(3)))
        ]

    assert known(works_of(logged, kg)) == known(works_of(logged, [Decimal(1)] * 18))


@pytest.mark.no_cover
@settings(max_examples=10)
@given(LOGGED, st.lists(st.decimals(0, 1000, places=2), min_size=18, max_size=18))
def test_the_rows_and_what_is_withheld_add_up_to_the_total(
    logged: dict[Cell, frozenset[str]], kg: list[Decimal]
):
    works = works_of(logged, kg)

    for organization in organizations(3):
        for page in pages(works, organization):
            if page.part.is_organization and page.kg is not None:
                other = page.departments.other
                rows = sum(row.kg or 0 for row in page.departments.rows)
                assert rows + (other.kg if other else 0) == page.kg
            if page.kg is not None:
                assert sum(each.kg or 0 for each in page.months) == page.kg
                assert sum(each.kg for each in page.scopes) == page.kg
            if page.categories is not None:
                assert sum(each.kg for each in page.categories) == (page.kg or 0)
            for month in page.months:
                assert sum(month.by_type.values()) == (month.kg or 0)
