"""Who counts as having logged for work, and when that changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from emissions.domain.entries import Entry
from emissions.domain.participants import Crossing, crossings, work_moves
from emissions.domain.totals import EntrySums, Subject, totals_deltas, work_counts
from tests.factories import make_entry


def work(number: int = 1, organization_id: str = "o1", department_id: str | None = "d1") -> Entry:
    return make_entry(
        number, organization_id=organization_id, department_id=department_id, co2_emissions=Decimal(2)
    )


def people(**sides: object) -> dict[str, dict[str, int]]:
    """The counters of people that a change moves, by subject."""
    deltas = totals_deltas(**sides)  # type: ignore[arg-type]
    moved: dict[str, dict[str, int]] = {}
    for delta in deltas:
        for name, value in delta.counters.items():
            if name.startswith("participants"):
                moved.setdefault(delta.subject.key, {})[name] = int(value)
    return moved


def test_personal_entries_move_nobody():
    assert work_moves(added=[make_entry()], removed=[make_entry(2)]) == {}
    assert people(added=[make_entry()]) == {}


def test_an_edit_that_stays_in_its_month_and_department_moves_nobody():
    assert work_moves(added=[replace(work(), note="new")], removed=[work()]) == {}


def test_a_move_to_another_month_moves_both():
    april = replace(work(), local_date=date(2024, 4, 1))

    assert work_moves(added=[april], removed=[work()]) == {
        "2024-03": {("o1", "d1"): -1},
        "2024-04": {("o1", "d1"): 1},
    }


def test_the_first_entry_of_a_month_makes_a_participant_of_both():
    assert people(added=[work()], worked={}) == {
        "organization#o1": {"participants": 1, "participants#d1": 1},
        "department#o1#d1": {"participants": 1},
    }


def test_the_second_entry_of_a_month_makes_none():
    assert people(added=[work(2)], worked={"2024-03": {("o1", "d1"): 1}}) == {}


def test_the_first_entry_for_a_second_department_counts_there_alone():
    assert people(added=[work(2, department_id="d2")], worked={"2024-03": {("o1", "d1"): 1}}) == {
        "organization#o1": {"participants#d2": 1},
        "department#o1#d2": {"participants": 1},
    }


def test_moving_the_only_entry_to_another_department_keeps_a_participant_of_the_organization():
    assert people(
        added=[work(department_id=None)], removed=[work()], worked={"2024-03": {("o1", "d1"): 1}}
    ) == {
        "organization#o1": {"participants#d1": -1, "participants#-": 1},
        "department#o1#d1": {"participants": -1},
    }


def test_the_last_entry_takes_its_author_along():
    assert people(removed=[work()], worked={"2024-03": {("o1", "d1"): 1}}) == {
        "organization#o1": {"participants": -1, "participants#d1": -1},
        "department#o1#d1": {"participants": -1},
    }


def test_another_organization_is_another_matter():
    assert people(
        added=[work(organization_id="o2")], removed=[work()], worked={"2024-03": {("o1", "d1"): 2}}
    ) == {
        "organization#o2": {"participants": 1, "participants#d1": 1},
        "department#o2#d1": {"participants": 1},
    }


@pytest.mark.parametrize("before", [-1, 0])
def test_a_number_that_stays_at_or_below_zero_moves_nobody(before: int):
    assert list(crossings({("o1", "d1"): before}, {("o1", "d1"): -1})) == []


def test_what_an_author_logged_is_read_from_their_own_totals():
    sums = EntrySums(Subject.user("u1"))
    for entry in (work(1), work(2), work(3, department_id=None), make_entry(4)):
        sums.add(entry)

    assert work_counts(sums.counters()) == {("o1", "d1"): 2, ("o1", None): 1}


def test_a_crossing_of_the_whole_organization_names_one_of_its_departments():
    assert list(crossings({}, {("o1", "d2"): 1, ("o1", None): 1})) == [
        Crossing("o1", None, 1),
        Crossing("o1", "d2", 1),
        Crossing("o1", None, 1, of_all=True),
    ]


def test_participants_are_summed_as_the_distinct_authors():
    entries = [
        replace(work(1), user_id="u1"),
        replace(work(2), user_id="u1"),
        replace(work(3, department_id="d2"), user_id="u1"),
        replace(work(4), user_id="u2"),
    ]
    organization, department = (
        EntrySums(Subject.organization("o1")),
        EntrySums(Subject.department("o1", "d1")),
    )
    for entry in entries:
        organization.add(entry)
        if entry.department_id == "d1":
            department.add(entry)

    assert organization.counters() == {
        "entries": 4,
        "co2_emissions": 8,
        "category#transportation#car#1": 8,
        "department#d1#transportation#1": 6,
        "department#d2#transportation#1": 2,
        "participants": 2,
        "participants#d1": 2,
        "participants#d2": 1,
    }
    assert department.counters()["participants"] == 2
