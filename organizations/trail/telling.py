"""What sentences are made of: who, whom, why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from carbontrack.audit import AuditRecord
from organizations.trail.words import one_line

Tell = Callable[[AuditRecord], str]

SOMEBODY = "Somebody"
#: What is in the trail of a person, who need not be named there.
_OF_PEOPLE = ("account.", "staff.")


def actor_of(record: AuditRecord) -> str:
    return one_line(record.actor_name) or SOMEBODY


def about_of(record: AuditRecord) -> str:
    whom = "this person" if record.action.startswith(_OF_PEOPLE) else "something"
    return one_line(record.about) or whom


def is_own(record: AuditRecord) -> bool:
    """Whether somebody did it to themselves."""
    return record.about_id in {"", record.actor_id}


def reason_of(record: AuditRecord) -> str:
    """`: “A late bill”` behind what was done; empty without a reason."""
    reason = one_line(str(record.after.get("reason") or ""))
    return f": “{reason}”" if reason else ""


def joined(names: Iterable[Any]) -> str:
    """`Sales, Field and Warehouse`."""
    *most, last = [one_line(str(each)) for each in names] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def simply(template: str) -> Tell:
    return lambda record: template.format(actor=actor_of(record), about=about_of(record))


def with_reason(template: str) -> Tell:
    tell = simply(template)
    return lambda record: tell(record) + reason_of(record)


def own_or_of(own: str, of_another: str) -> Tell:
    """One sentence for who does it to themselves, and one for who does it to somebody else."""
    tell_own, tell_other = simply(own), with_reason(of_another)
    return lambda record: tell_own(record) if is_own(record) else tell_other(record)
