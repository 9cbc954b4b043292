"""A made-up person's private life, as activities to log."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from emissions.demo import TIME_ZONE, Planned, days, moment
from emissions.services.drafts import EntryDraft

#: Two weeks without any entry, to show what an empty stretch looks like.
_BREAK = ((5, 24), (6, 6))
#: Gas for heating in kWh a month, January first: a British flat.
_HEATING_KWH = (1150, 1000, 840, 560, 300, 130, 110, 110, 190, 450, 800, 1080)
_ELECTRICITY_KWH = (265, 240, 230, 205, 190, 175, 175, 180, 190, 215, 240, 270)
#: Trips by month and day: what, how many km, note.
_TRIPS: dict[tuple[int, int], tuple[str, str, str]] = {
    (2, 13): ("flight-short-economy", "1180", "To Lisbon"),
    (2, 18): ("flight-short-economy", "1180", "Home from Lisbon"),
    (5, 1): ("train-international", "492", "To Paris"),
    (5, 4): ("train-international", "492", "Home from Paris"),
    (8, 3): ("flight-long-economy", "5570", "To New York"),
    (8, 17): ("flight-long-economy", "5570", "Home from New York"),
    (10, 11): ("train", "535", "To Edinburgh"),
    (10, 13): ("train", "535", "Home from Edinburgh"),
    (12, 23): ("car-petrol-medium", "310", "Christmas with the family"),
    (12, 28): ("car-petrol-medium", "310", "Home after Christmas"),
}
_HOTELS = {(2, 18): "5", (5, 4): "3", (10, 13): "2"}
#: A weekly shop: what may be in the basket, kg or litres, and how likely it is.
_BASKET = (
    ("beef", "0.5", 0.35),
    ("chicken", "0.8", 0.55),
    ("cheese", "0.3", 0.6),
    ("milk", "2", 0.6),
    ("oat-milk", "1", 0.3),
    ("tofu", "0.4", 0.3),
    ("beans-lentils", "0.5", 0.4),
    ("pasta", "0.5", 0.5),
    ("coffee", "0.25", 0.3),
)


def plan(now: datetime) -> list[Planned]:
    """Everything done in the last 18 months until now, oldest first."""
    return [one for day in days(now) for one in _day(day) if moment(one.draft) <= now]


def _day(day: date) -> Iterator[Planned]:
    draw = random.Random(f"carbontrack {day}")  # drawing plausible lives, not secrets
    for variant, amount, unit, clock_time, people, note in _activities(day, draw):
        draft = EntryDraft(
            variant=variant,
            amount=Decimal(amount),
            unit=unit,
            local_date=day,
            local_time=clock_time,
            time_zone=TIME_ZONE,
            people=people,
            note=note,
        )
        yield Planned.of(draft, draw)


Activity = tuple[str, str, str, time, int, str]


def _activities(day: date, draw: random.Random) -> Iterator[Activity]:
    if trip := _TRIPS.get((day.month, day.day)):
        yield trip[0], trip[1], "km", time(9, 15), 1, trip[2]
    if nights := _HOTELS.get((day.month, day.day)):
        yield "hotel", nights, "night", time(11, 0), 1, ""
    if (day + timedelta(days=1)).day == 1:
        yield from _bills(day, draw)
    if _is_away(day):
        return
    if day.weekday() in (1, 2, 3):
        yield from _commute(day, draw)
    if day.weekday() == 5:
        yield from _shopping(draw)
    if day.weekday() >= 5:
        yield from _weekend(draw)


def _is_away(day: date) -> bool:
    month_and_day = (day.month, day.day)
    return any(
        first <= month_and_day <= last
        for first, last in (_BREAK, ((2, 13), (2, 18)), ((8, 3), (8, 17)), ((12, 23), (12, 31)))
    )


def _commute(day: date, draw: random.Random) -> Iterator[Activity]:
    at = time(8, draw.randrange(5, 40))
    if 4 <= day.month <= 9 and draw.random() < 0.3:
        yield "walking-cycling", "14", "km", at, 1, "Cycled to work"
    elif draw.random() < 0.9:
        yield "train-commuter", "28", "km", at, 1, "To work and back"
    if draw.random() < 0.12:
        yield "taxi", str(draw.randrange(3, 9)), "km", time(22, draw.randrange(60)), 2, ""


def _shopping(draw: random.Random) -> Iterator[Activity]:
    at = time(10, draw.randrange(60))
    for variant, usual, likely in _BASKET:
        if draw.random() < likely:
            amount = Decimal(usual) * draw.choice((Decimal("0.5"), Decimal(1), Decimal(1), Decimal("1.5")))
            unit = "litre" if variant.endswith("milk") else "kg"
            yield variant, str(amount), unit, at, 1, ""


def _weekend(draw: random.Random) -> Iterator[Activity]:
    at = time(draw.randrange(11, 18), draw.randrange(60))
    if draw.random() < 0.45:
        yield "car-petrol-medium", str(draw.randrange(6, 75)), "km", at, draw.randrange(1, 4), ""
    if draw.random() < 0.3:
        yield "bus", str(draw.randrange(3, 12)), "km", at, 1, ""
    if draw.random() < 0.25:
        yield "walking-cycling", str(draw.randrange(5, 30)), "km", at, 1, ""
    if draw.random() < 0.2:
        yield "pizza", "0.4", "kg", time(19, 30), 1, ""


def _bills(day: date, draw: random.Random) -> Iterator[Activity]:
    """The meters are read on the last day of a month; the flat is shared by two."""
    at = time(18, 0)
    swing = Decimal(draw.randrange(88, 113)) / 100
    electricity, heating = _ELECTRICITY_KWH[day.month - 1], _HEATING_KWH[day.month - 1]
    yield "electricity", str(round(electricity * swing)), "kwh", at, 2, "Meter reading"
    yield "natural-gas", str(round(heating * swing)), "kwh", at, 2, "Meter reading"
    yield "tap-water", str(draw.randrange(7, 11)), "m3", at, 2, ""
    yield "mixed-landfill", str(draw.randrange(14, 24)), "kg", at, 2, ""
    yield "paper-recycled", str(draw.randrange(3, 8)), "kg", at, 2, ""
    yield "food-waste-composted", str(draw.randrange(5, 11)), "kg", at, 2, ""
    yield "plastic-recycled", str(draw.randrange(1, 4)), "kg", at, 2, ""
