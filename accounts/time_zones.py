"""The time zones a person can choose, named as people know them."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

#: Zones are named after places on these; the rest of the database are old names and abbreviations.
_NAME = re.compile(
    r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z0-9_+\-/]{1,40}"
)


@cache
def time_zones() -> tuple[str, ...]:
    """Every zone that is named after a place, in order of name."""
    return tuple(sorted(name for name in available_timezones() if _NAME.fullmatch(name)))


def is_time_zone(name: str) -> bool:
    """Whether the name is UTC or a zone named after a place. `US/Pacific` and its kind are not offered."""
    if name == "UTC":
        return True
    if not _NAME.fullmatch(name):
        return False
    try:
        ZoneInfo(name)  # far cheaper than listing them all
    except (KeyError, ValueError, OSError):  # unknown; not a name; a folder of the database
        return False
    return True


def zone_or_utc(name: str) -> ZoneInfo:
    """The zone to show times in: UTC for a name that this machine's database has not, or no longer."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def label(name: str) -> str:
    """`America/Argentina/Ushuaia` in the words of its group: `Argentina, Ushuaia`."""
    return ", ".join(name.split("/")[1:]).replace("_", " ") or name


@cache
def grouped_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The zones as a select shows them: by continent or ocean, and UTC at the end."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in time_zones():
        groups.setdefault(name.partition("/")[0], []).append((name, label(name)))
    return [*groups.items(), ("Other", [("UTC", "UTC (no time zone)")])]
