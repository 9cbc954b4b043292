"""Moments as a person reads them: in their own time zone."""

from __future__ import annotations

from datetime import datetime

from django.utils import formats

from accounts.domain import Profile
from accounts.time_zones import zone_or_utc


def local_date(moment: datetime, reader: Profile | None) -> str:
    """`6 December 2026`; in UTC for somebody who is not signed in."""
    return formats.date_format(_local(moment, reader), "j F Y")


def clock_time(moment: datetime, reader: Profile | None) -> str:
    """`15:00`"""
    return formats.date_format(_local(moment, reader), "H:i")


def _local(moment: datetime, reader: Profile | None) -> datetime:
    return moment.astimezone(zone_or_utc(reader.preferences.time_zone if reader is not None else "UTC"))
