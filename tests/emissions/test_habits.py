"""What to offer first: the last thing logged, then what is logged most and lately."""

from __future__ import annotations

from decimal import Decimal

from emissions.habits import Habit, Habits
from tests.factories import make_entry


def entries(*variants: str) -> Habits:
    """Newest first."""
    return Habits([make_entry(number, variant=variant) for number, variant in enumerate(variants, start=1)])


def test_the_newest_comes_first_then_the_most_used() -> None:
    habits = entries("bus", "train", "train", "beef", "train")

    assert [habit.variant for habit in habits.quick(3)] == ["bus", "train", "beef"]


def test_the_same_thing_in_the_same_amount_is_one_habit() -> None:
    same = make_entry(1, amount=Decimal(12), unit="mile", people=2)

    assert Habits([same, make_entry(2, amount=Decimal("12.0"), unit="mile", people=2)]).quick(6) == [
        Habit("car-petrol-medium", "transportation", Decimal(12), "mile", 2)
    ]


def test_work_is_a_habit_of_its_own_in_the_organization_it_was_for() -> None:
    habits = Habits([make_entry(1, organization_id="acme", department_id="sales"), make_entry(2)])

    assert [(habit.is_work, habit.department_id, habit.scope_code) for habit in habits.quick(6)] == [
        (False, None, "")
    ]
    assert [
        (habit.is_work, habit.department_id, habit.scope_code)
        for habit in habits.quick(6, organization_id="acme")
    ] == [(True, "sales", "1"), (False, None, "")]


def test_the_usual_variant_counts_only_within_what_is_asked() -> None:
    habits = Habits([make_entry(1, variant="bus", category="bus"), make_entry(2, variant="car-electric")])

    assert habits.variant() == "bus"
    assert habits.variant(activity_type="transportation", category="car") == "car-electric"
    assert habits.variant(activity_type="food") is None


def test_the_unit_is_the_one_used_last() -> None:
    habits = Habits([make_entry(1, unit="km"), make_entry(2, unit="mile")])

    assert habits.unit("car-petrol-medium") == "km"
    assert habits.unit("beef") is None


def test_somebody_new_has_no_habits() -> None:
    assert Habits().quick(6) == []
    assert Habits().variant() is None
