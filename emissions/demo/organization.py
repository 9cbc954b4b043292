"""A made-up organization: Meadowbank, 40 people in 6 departments, and what their work emits.

One department is smaller than the minimum group, so that a visitor sees how such a one is withheld.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from emissions.demo import TIME_ZONE, Planned, days, moment
from emissions.domain.scopes import WorkScope
from emissions.services.drafts import EntryDraft, Work

ORGANIZATION_ID = "01HX3M0000DEM0RGAN1ZAT10N0"
NAME = "Meadowbank Ltd (demo)"
SECTOR = "manufacturing"
FLOOR_AREA_M2 = Decimal(1850)
HEADCOUNT = 44
MINIMUM_GROUP = 5

SALES, FIELD, ENGINEERING = "DEM0SA1E", "DEM0F1EJ", "DEM0ENG1"
OPERATIONS, OFFICE, FACILITIES = "DEM00PER", "DEM00FF1", "DEM0FAC1"
#: Id, name, the department it is inside, and how many people it has.
DEPARTMENTS = (
    (SALES, "Sales", None, 8),
    (FIELD, "Field sales", SALES, 6),
    (ENGINEERING, "Engineering", None, 10),
    (OPERATIONS, "Operations", None, 8),
    (OFFICE, "People and finance", None, 5),
    (FACILITIES, "Facilities", None, 3),
)
_FIRST_NAMES = (
    "Ada", "Ben", "Chloe", "Dev", "Ella", "Finn", "Grace", "Hugo", "Isla", "Jonas",
    "Kira", "Liam", "Maya", "Noah", "Olive", "Priya", "Quinn", "Rosa", "Sam", "Tara",
    "Uma", "Victor", "Wren", "Xavier", "Yara", "Zane", "Aisha", "Bruno", "Carla", "Dmitri",
    "Esme", "Farid", "Gwen", "Hana", "Igor", "Jade", "Kofi", "Lena", "Marco", "Nina",
)  # fmt: skip
_LAST_NAMES = ("Abbott", "Byrne", "Castle", "Dunn", "Ellery", "Frost", "Greene", "Hale")

BUSINESS_TRAVEL, COMMUTING = WorkScope.parse("3.6"), WorkScope.parse("3.7")
#: How people of the demo come to work: drawn once for each.
_COMMUTES = (
    "train-commuter",
    "train-commuter",
    "bus",
    "car-petrol-average",
    "walking-cycling",
    "car-electric",
)
_OFFICE_ELECTRICITY_KWH = (9400, 8900, 8600, 7900, 7600, 7800, 8200, 7900, 7700, 8300, 8900, 9300)
_OFFICE_GAS_KWH = (21000, 18500, 15200, 9800, 4100, 1200, 800, 800, 2600, 8700, 14900, 19800)

_Activity = tuple[str, str, str, WorkScope | None, time, str]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody in the demo organization. The first one administers it, the second one only Sales."""

    number: int
    name: str
    email: str
    department_id: str


def colleagues() -> tuple[Colleague, ...]:
    places = [department_id for department_id, *_, people in DEPARTMENTS for _ in range(people)]
    people = []
    for number, (first, department_id) in enumerate(zip(_FIRST_NAMES, places, strict=True)):
        last = _LAST_NAMES[number * 3 % len(_LAST_NAMES)]
        people.append(Colleague(number, f"{first} {last}", f"{first.lower()}@example.com", department_id))
    return tuple(people)


def plan(colleague: Colleague, now: datetime) -> list[Planned]:
    """Everything the colleague did for work in the last 18 months until now, oldest first."""
    return [one for day in days(now) for one in _day(colleague, day) if moment(one.draft) <= now]


def _day(colleague: Colleague, day: date) -> Iterator[Planned]:
    draw = random.Random(f"carbontrack {colleague.number} {day}")  # drawing plausible lives, not secrets
    for variant, amount, unit, scope, clock_time, note in _activities(colleague, day, draw):
        draft = EntryDraft(
            variant=variant,
            amount=Decimal(amount),
            unit=unit,
            local_date=day,
            local_time=clock_time,
            time_zone=TIME_ZONE,
            note=note,
            work=Work(ORGANIZATION_ID, colleague.department_id, scope),
        )
        yield Planned.of(draft, draw)


def _activities(colleague: Colleague, day: date, draw: random.Random) -> Iterator[_Activity]:
    is_last_of_month = (day + timedelta(days=1)).day == 1
    if is_last_of_month and colleague.department_id == FACILITIES:
        yield from _building(colleague, day, draw)
    if day.weekday() == 4:
        yield from _commute_of_the_week(colleague, draw)
    if day.weekday() in (0, 2) and day.month not in (8, 12):
        yield from _travel(colleague, draw)


def _commute_of_the_week(colleague: Colleague, draw: random.Random) -> Iterator[_Activity]:
    """Logged on Fridays for the whole week: one entry, not ten."""
    if draw.random() < 0.1:  # a week off
        return
    habits = random.Random(f"carbontrack habits {colleague.number}")
    way, km = habits.choice(_COMMUTES), habits.randrange(6, 42)
    days_in = draw.randrange(2, 6)
    yield way, str(km * 2 * days_in), "km", COMMUTING, time(17, draw.randrange(60)), f"{days_in} days in"
    if days_in < 5:
        hours = str(8 * (5 - days_in))
        yield "homeworking", hours, "hour", COMMUTING, time(17, draw.randrange(60)), ""


def _travel(colleague: Colleague, draw: random.Random) -> Iterator[_Activity]:
    department, chance = colleague.department_id, draw.random()
    at = time(8, draw.randrange(60))
    if department == FIELD and chance < 0.6:
        km = str(draw.randrange(40, 310))
        yield "car-diesel-medium", km, "km", WorkScope.parse("1"), at, "Company car"
    elif department == SALES and chance < 0.08:
        yield "flight-short-economy", str(draw.randrange(700, 1900)), "km", BUSINESS_TRAVEL, at, ""
        yield "hotel", str(draw.randrange(1, 4)), "night", BUSINESS_TRAVEL, time(19, 0), ""
    elif department in (SALES, OFFICE) and chance < 0.25:
        yield "train", str(draw.randrange(60, 620)), "km", BUSINESS_TRAVEL, at, ""
    elif department == ENGINEERING and chance < 0.01:
        yield "flight-long-economy", str(draw.randrange(5200, 8900)), "km", BUSINESS_TRAVEL, at, "Conference"
    elif department == OPERATIONS and chance < 0.3:
        yield "van-diesel", str(draw.randrange(25, 160)), "km", WorkScope.parse("1"), at, "Deliveries"


def _building(colleague: Colleague, day: date, draw: random.Random) -> Iterator[_Activity]:
    """The first of Facilities reads the meters, the others see to waste and water."""
    at = time(16, 0)
    swing = Decimal(draw.randrange(93, 108)) / 100
    first = next(each for each in colleagues() if each.department_id == FACILITIES)
    if colleague == first:
        electricity, gas = _OFFICE_ELECTRICITY_KWH[day.month - 1], _OFFICE_GAS_KWH[day.month - 1]
        yield "electricity", str(round(electricity * swing)), "kwh", None, at, "Main meter"
        yield "natural-gas", str(round(gas * swing)), "kwh", None, at, "Boiler meter"
    elif colleague.number == first.number + 1:
        yield "mixed-landfill", str(draw.randrange(240, 390)), "kg", None, at, ""
        yield "paper-recycled", str(draw.randrange(90, 180)), "kg", None, at, ""
    else:
        yield "tap-water", str(draw.randrange(38, 60)), "m3", None, at, ""
        yield "food-waste-composted", str(draw.randrange(60, 120)), "kg", None, at, "Canteen"
