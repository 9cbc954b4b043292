from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from carbontrack.dynamodb import fast_constructor


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 7


def test_same_object_as_the_class_makes():
    make = fast_constructor(Point)

    made = [make(1, 2), make(1), make(x=1, y=3)]

    assert made == [Point(1, 2), Point(1), Point(1, 3)]
    assert type(made[0]) is Point
    assert hash(made[0]) == hash(Point(1, 2))


def test_made_object_is_frozen():
    made = fast_constructor(Point)(1, 2)

    with pytest.raises(FrozenInstanceError):
        made.x = 3  # type: ignore[misc]


def test_missing_and_unknown_fields_are_errors():
    make = fast_constructor(Point)

    with pytest.raises(TypeError):
        make()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        make(1, 2, 3)  # type: ignore[call-arg]


@dataclass(frozen=True)
class WithoutSlots:
    x: int


@dataclass(frozen=True, slots=True)
class Derived(Point):
    z: int = 0


@dataclass(frozen=True, slots=True)
class WithFactory:
    x: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Checked:
    x: int

    def __post_init__(self):
        pass


@pytest.mark.parametrize("cls", [WithoutSlots, Derived, WithFactory, Checked])
def test_class_whose_own_constructor_does_more_is_refused(cls):
    with pytest.raises(TypeError, match="not a plain dataclass"):
        fast_constructor(cls)
