"""The audit trail in plain sentences: "Alice made Bob an administrator of Sales", with before and after.

Names come from people, and stay as they were at the time. Each is made one line without anything invisible,
so that nobody writes a second sentence into the trail.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from accounts import countries
from accounts.domain import Role
from carbontrack.audit import AuditRecord
from organizations.sectors import sector_name

#: What the list can be narrowed to: the beginning of an action, and the words for it.
KINDS = (
    ("organization.", "Organization"),
    ("department.", "Departments"),
    ("member.", "Members"),
    ("invitation.", "Invitations"),
    ("target.", "Targets"),
    ("month.", "Closed months"),
    ("audit.", "Audit trail"),
)
NOTHING = "nothing"
NO_LIMIT = "no limit"
SOMEBODY = "Somebody"

_LABELS = {
    "name": "Name",
    "country": "Country",
    "sector": "Sector",
    "headcount": "Headcount",
    "floor_area_m2": "Floor area in m²",
    "reporting_year_start": "Reporting year begins in",
    "minimum_group": "Smallest group that is shown",
    "inside": "Inside",
    "moved_with_it": "Moved with it",
    "role": "Role",
    "department": "Department",
    "limited_to": "Limited to",
    "expires_at": "Expires",
    "invited_by": "Invited by",
    "base_year": "Base year",
    "base_kg": "kg CO2e in the base year",
    "base_from": "That figure is",
    "reduction_percent": "Reduction in percent",
    "target_year": "Target year",
    "closed_at": "Closed at",
    "members": "Members",
    "departments": "Departments",
    "targets": "Targets",
    "closed_months": "Closed months",
    "year": "Reporting year",
    "type": "Activity type",
    "scope": "Scope",
    "co2_emissions": "kg CO2e",
    "entries": "Entries",
    "keep_months": "Months at hand",
    "period": "Period",
    "created": "Entries added",
    "existing": "Entries that were there before",
    "refused": "Rows refused",
    "removed": "Entries taken back",
    "kept": "Entries kept, as they were changed since",
    "gone": "Entries that were gone already",
    "problem": "Stopped because",
}
#: What the sentence says already.
_TOLD = frozenset({"state", "reason", "into", "into_id", "file"})
_MOMENTS = frozenset({"closed_at", "expires_at"})
_ROLES = {Role.USER.value: "member", Role.ORG_ADMIN.value: "administrator"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed, in words; empty where there was nothing before, or is nothing after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TrailRow:
    """A record as a page or a file shows it."""

    at: datetime
    sentence: str
    changes: tuple[Change, ...]
    record: AuditRecord

    @property
    def text(self) -> str:
        """All its words, in lower case, to look for something in them."""
        changes = (f"{each.label} {each.before} {each.after}" for each in self.changes)
        return " ".join([self.sentence, *changes]).casefold()


def row_of(record: AuditRecord) -> TrailRow:
    return TrailRow(record.at, sentence_of(record), changes_of(record), record)


def sentence_of(record: AuditRecord) -> str:
    """Who did what, with a full stop."""
    tell = _SENTENCES.get(record.action, _simply(f"{{actor}}: {one_line(record.action)} {{about}}"))
    sentence = tell(record)
    return sentence if sentence.endswith(".") else f"{sentence}."


def changes_of(record: AuditRecord) -> tuple[Change, ...]:
    """What changed, from what to what, besides what the sentence says."""
    names = {name for name in {**record.before, **record.after} if name not in _TOLD}
    if not record.before and record.after.get("name") == record.about:
        names.discard("name")
    order = {name: number for number, name in enumerate(_LABELS)}
    return tuple(
        Change(
            label=_LABELS.get(name, one_line(name.replace("_", " ").capitalize())),
            before=words(name, record.before[name]) if name in record.before else "",
            after=words(name, record.after[name]) if name in record.after else "",
        )
        for name in sorted(names, key=lambda name: (order.get(name, len(order)), name))
    )


def words(name: str, value: Any) -> str:
    """A stored value for people. `name` is what it is a value of."""
    if value is None or value == "" or value == []:
        return NO_LIMIT if name == "limited_to" else NOTHING
    if isinstance(value, list | tuple):
        return ", ".join(words("", each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{one_line(str(key))}: {words('', each)}" for key, each in value.items())
    if name == "role":
        return _ROLES.get(str(value), one_line(str(value)))
    if name == "country":
        return countries.name(str(value))
    if name == "sector":
        return sector_name(one_line(str(value)))
    if name == "reporting_year_start" and 1 <= int(value) <= 12:
        return calendar.month_name[int(value)]
    if name in _MOMENTS:
        return _moment(str(value))
    if isinstance(value, Decimal):
        return f"{value:f}"
    return one_line(str(value))


def _moment(text: str) -> str:
    """`22 November 2026, 12:09 UTC`, of `2026-11-22T12:09:17Z`."""
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return one_line(text)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def one_line(text: str) -> str:
    """Text without line breaks, control characters and what turns the direction of the text around it."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


# -- Sentences ----------------------------------------------------------------------------------------------

Tell = Callable[[AuditRecord], str]


def _actor(record: AuditRecord) -> str:
    return one_line(record.actor_name) or SOMEBODY


def _about(record: AuditRecord) -> str:
    return one_line(record.about) or "something"


def _simply(template: str) -> Tell:
    return lambda record: template.format(actor=_actor(record), about=_about(record))


def _place_of(values: Mapping[str, Any]) -> str:
    """What somebody is: `an administrator of Sales`, `a member of Field`."""
    limits = _joined(values.get("limited_to") or ())
    if values.get("role") == Role.ORG_ADMIN.value:
        return f"an administrator of {limits}" if limits else "an administrator of the whole organization"
    department = one_line(str(values.get("department") or ""))
    return f"a member of {department}" if department else "a member"


def _joined(names: Iterable[Any]) -> str:
    """`Sales, Field and Warehouse`."""
    *most, last = [one_line(str(each)) for each in names] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _member_changed(record: AuditRecord) -> str:
    actor, about, after = _actor(record), _about(record), record.after
    whom = "themselves" if record.actor_id == record.about_id else about
    if "role" in after:
        if after["role"] == Role.ORG_ADMIN.value:
            return f"{actor} made {whom} {_place_of(after)}"
        return f"{actor} made {whom} a member without rights to administer"
    if "limited_to" in after:
        limits = _joined(after["limited_to"])
        whole = f"{actor} made {whom} an administrator of the whole organization"
        return f"{actor} limited {whom} to {limits}" if limits else whole
    if after.get("department"):
        return f"{actor} put {whom} into {words('', after['department'])}"
    if "department" in after:
        return f"{actor} took {whom} out of {words('', record.before.get('department'))}"
    return f"{actor} changed {whom}"


def _member_joined(record: AuditRecord) -> str:
    inviter = one_line(str(record.after.get("invited_by") or ""))
    joined = f"{_about(record)} joined as {_place_of(record.after)}"
    return f"{joined}, invited by {inviter}" if inviter else joined


def _department_changed(record: AuditRecord) -> str:
    actor, before, after = _actor(record), record.before, record.after
    told = []
    if "name" in after:
        told.append(f"renamed the department {words('', before.get('name'))} to {words('', after['name'])}")
    if "inside" in after:
        which = "it" if told else f"the department {_about(record)}"
        inside = words("", after["inside"])
        told.append(f"moved {which} {'to the top level' if inside == NOTHING else f'inside {inside}'}")
    return f"{actor} {' and '.join(told) or f'changed the department {_about(record)}'}"


def _department_merged(record: AuditRecord) -> str:
    into = words("", record.after.get("into"))
    return f"{_actor(record)} merged the department {_about(record)} into {into}"


def _exported(record: AuditRecord) -> str:
    """`Alice downloaded the dashboard as CSV`; whoever administers some departments may have as well."""
    return f"{_actor(record)} downloaded the dashboard as {words('', record.after.get('file'))}"


def _invitation_sent(record: AuditRecord) -> str:
    return f"{_actor(record)} invited {_about(record)} as {_place_of(record.after)}"


def _month_reopened(record: AuditRecord) -> str:
    reason = one_line(str(record.after.get("reason") or ""))
    return f"{_actor(record)} opened {_about(record)} again" + (f": “{reason}”" if reason else "")


_SENTENCES: dict[str, Tell] = {
    "organization.created": _simply("{actor} created the organization {about}"),
    "organization.changed": _simply("{actor} changed the settings"),
    "organization.exported": _exported,
    "organization.deletion_started": _simply("{actor} began to delete the organization"),
    "organization.deleted": _simply("The organization {about} was deleted"),
    "department.created": _simply("{actor} added the department {about}"),
    "department.changed": _department_changed,
    "department.merged": _department_merged,
    "department.archived": _simply("{actor} archived the department {about}"),
    "department.restored": _simply("{actor} restored the department {about}"),
    "member.joined": _member_joined,
    "member.changed": _member_changed,
    "member.removed": _simply("{actor} removed {about}"),
    "member.left": _simply("{about} left"),
    "invitation.sent": _invitation_sent,
    "invitation.resent": _simply("{actor} sent the invitation of {about} once more"),
    "invitation.revoked": _simply("{actor} revoked the invitation of {about}"),
    "invitation.declined": _simply("{about} declined an invitation"),
    "target.set": _simply("{actor} set a target: {about}"),
    "target.removed": _simply("{actor} removed a target: {about}"),
    "month.closed": _simply("{actor} closed {about}"),
    "month.reopened": _month_reopened,
    "recalculation.started": _simply("{actor} decided to recalculate work entries with newer factors"),
    "recalculation.applied": _simply("Work entries were recalculated with newer factors, as {actor} decided"),
    "report.exported": _simply("{actor} downloaded a report"),
    "import.finished": _simply("{actor} imported {about}"),
    "import.undone": _simply("{actor} took back the import of {about}"),
    "archive.changed": _simply("{actor} changed how long work entries stay at hand"),
    "archive.archived": _simply("Work entries of {about} were archived"),
    "archive.restored": _simply("{actor} brought back the archived work entries of {about}"),
    "audit.exported": _simply("{actor} downloaded the audit trail"),
}
