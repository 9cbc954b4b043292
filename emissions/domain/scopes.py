"""Which scope of its organization's footprint a work entry counts in. Standard library only.

Scopes and the fifteen categories of scope 3 are those of the GHG Protocol's Corporate Value Chain (Scope 3)
Accounting and Reporting Standard, in plain words.
"""

from __future__ import annotations

from dataclasses import dataclass

from emissions.domain.entries import ActivityType, Scope

BUSINESS_TRAVEL = 6
COMMUTING = 7

_SCOPES = {
    Scope.ONE: "fuel burned by the organization, its own vehicles",
    Scope.TWO: "bought electricity and heat",
    Scope.THREE: "what others do for the organization",
}
_CATEGORIES = {
    1: "purchased goods and services",
    2: "capital goods",
    3: "fuel- and energy-related activities",
    4: "transport of goods bought",
    5: "waste",
    BUSINESS_TRAVEL: "business travel",
    COMMUTING: "commuting",
    8: "leased buildings and equipment",
    9: "transport of goods sold",
    10: "processing of goods sold",
    11: "use of goods sold",
    12: "goods sold, when they are thrown away",
    13: "buildings and equipment leased to others",
    14: "franchises",
    15: "investments",
}


@dataclass(frozen=True, slots=True)
class WorkScope:
    """A scope, and for scope 3 its category where it is known. Raises ValueError for what does not exist."""

    scope: Scope
    category: int | None = None

    def __post_init__(self) -> None:
        if self.category is not None and (self.scope is not Scope.THREE or self.category not in _CATEGORIES):
            raise ValueError(f"Scope {self.scope:d} has no category {self.category}.")

    @property
    def code(self) -> str:
        """`1`, `2`, `3`, or with the category `3.6`: in forms, URLs and the names of counters."""
        return f"{self.scope:d}" if self.category is None else f"{self.scope:d}.{self.category}"

    @property
    def label(self) -> str:
        """`Scope 3, category 6: business travel`."""
        if self.category is None:
            return f"Scope {self.scope:d}: {_SCOPES[self.scope]}"
        return f"Scope {self.scope:d}, category {self.category}: {_CATEGORIES[self.category]}"

    @classmethod
    def parse(cls, code: str) -> WorkScope:
        """The scope of a code. Raises ValueError."""
        scope, dot, category = code.partition(".")
        parsed = cls(Scope(int(scope)), int(category) if dot else None)
        if parsed.code != code:  # int() takes " 3" and "٣" too
            raise ValueError(f"{code!r} is no scope.")
        return parsed


#: What may be chosen for an activity, likeliest first. Every factor of the catalogue has its usual one here.
_WORK_SCOPES: dict[ActivityType, tuple[str, ...]] = {
    ActivityType.TRANSPORTATION: ("1", "2", "3.6", "3.7", "3.4", "3.1", "3.3"),
    ActivityType.ENERGY: ("1", "2", "3.7", "3.3", "3.1"),
    ActivityType.FOOD: ("3.1",),
    ActivityType.WASTE: ("3.5",),
}
#: The category of scope 3 where a factor names none.
_USUAL_CATEGORY = {
    ActivityType.TRANSPORTATION: BUSINESS_TRAVEL,
    ActivityType.ENERGY: 3,
    ActivityType.FOOD: 1,
    ActivityType.WASTE: 5,
}
_USUAL_CATEGORY_OF = {"freight": 4, "active": COMMUTING, "homeworking": COMMUTING, "water_supply": 1}


def work_scopes(activity_type: ActivityType) -> tuple[WorkScope, ...]:
    """The scopes that may be chosen for an activity at work, likeliest first."""
    return tuple(WorkScope.parse(code) for code in _WORK_SCOPES[ActivityType(activity_type)])


def usual_work_scope(
    activity_type: ActivityType, category: str, *, scope: Scope, scope3_category: int | None
) -> WorkScope:
    """The scope that a factor says: of the organization's own activity, with a category only in scope 3.

    A factor of scope 1 or 2 may name a category as well: that of the same done by others, such as a trip in
    a car of one's own. It is not the usual one; people choose it.
    """
    if scope is not Scope.THREE:
        return WorkScope(scope)
    usual = _USUAL_CATEGORY_OF.get(category, _USUAL_CATEGORY[ActivityType(activity_type)])
    return WorkScope(scope, scope3_category or usual)
