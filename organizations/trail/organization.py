"""What happens in an organization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.domain import Role
from carbontrack.audit import AuditRecord
from organizations.trail.telling import Tell, about_of, actor_of, joined, reason_of, simply, with_reason
from organizations.trail.words import NOTHING, one_line, words


def _place_of(values: Mapping[str, Any]) -> str:
    """What somebody is: `an administrator of Sales`, `a member of Field`."""
    limits = joined(values.get("limited_to") or ())
    if values.get("role") == Role.ORG_ADMIN.value:
        return f"an administrator of {limits}" if limits else "an administrator of the whole organization"
    department = one_line(str(values.get("department") or ""))
    return f"a member of {department}" if department else "a member"


def _member_changed(record: AuditRecord) -> str:
    actor, about, after = actor_of(record), about_of(record), record.after
    whom = "themselves" if record.actor_id == record.about_id else about
    if "role" in after:
        if after["role"] == Role.ORG_ADMIN.value:
            return f"{actor} made {whom} {_place_of(after)}"
        return f"{actor} made {whom} a member without rights to administer"
    if "limited_to" in after:
        limits = joined(after["limited_to"])
        whole = f"{actor} made {whom} an administrator of the whole organization"
        return f"{actor} limited {whom} to {limits}" if limits else whole
    if after.get("department"):
        return f"{actor} put {whom} into {words('', after['department'])}"
    if "department" in after:
        return f"{actor} took {whom} out of {words('', record.before.get('department'))}"
    return f"{actor} changed {whom}"


def _member_joined(record: AuditRecord) -> str:
    inviter = one_line(str(record.after.get("invited_by") or ""))
    joined = f"{about_of(record)} joined as {_place_of(record.after)}"
    return f"{joined}, invited by {inviter}" if inviter else joined


def _department_changed(record: AuditRecord) -> str:
    actor, before, after = actor_of(record), record.before, record.after
    told = []
    if "name" in after:
        told.append(f"renamed the department {words('', before.get('name'))} to {words('', after['name'])}")
    if "inside" in after:
        which = "it" if told else f"the department {about_of(record)}"
        inside = words("", after["inside"])
        told.append(f"moved {which} {'to the top level' if inside == NOTHING else f'inside {inside}'}")
    return f"{actor} {' and '.join(told) or f'changed the department {about_of(record)}'}"


def _department_merged(record: AuditRecord) -> str:
    into = words("", record.after.get("into"))
    return f"{actor_of(record)} merged the department {about_of(record)} into {into}"


def _exported(record: AuditRecord) -> str:
    """`Alice downloaded the dashboard as CSV`; whoever administers some departments may have as well."""
    return f"{actor_of(record)} downloaded the dashboard as {words('', record.after.get('file'))}"


def _invitation_sent(record: AuditRecord) -> str:
    return f"{actor_of(record)} invited {about_of(record)} as {_place_of(record.after)}"


def _month_reopened(record: AuditRecord) -> str:
    return f"{actor_of(record)} opened {about_of(record)} again{reason_of(record)}"


def _handed_over(record: AuditRecord) -> str:
    whom = one_line(str(record.after.get("to") or "")) or about_of(record)
    return f"{actor_of(record)} handed the organization over to {whom}{reason_of(record)}"


SENTENCES: dict[str, Tell] = {
    "organization.created": simply("{actor} created the organization {about}"),
    "organization.changed": simply("{actor} changed the settings"),
    "organization.exported": _exported,
    "organization.suspended": with_reason("{actor} suspended the organization"),
    "organization.restored": with_reason("{actor} restored the organization"),
    "organization.handed_over": _handed_over,
    "organization.deletion_started": simply("{actor} began to delete the organization"),
    "organization.deleted": simply("The organization {about} was deleted"),
    "department.created": simply("{actor} added the department {about}"),
    "department.changed": _department_changed,
    "department.merged": _department_merged,
    "department.archived": simply("{actor} archived the department {about}"),
    "department.restored": simply("{actor} restored the department {about}"),
    "member.joined": _member_joined,
    "member.changed": _member_changed,
    "member.removed": simply("{actor} removed {about}"),
    "member.left": simply("{about} left"),
    "invitation.sent": _invitation_sent,
    "invitation.resent": simply("{actor} sent the invitation of {about} once more"),
    "invitation.revoked": simply("{actor} revoked the invitation of {about}"),
    "invitation.declined": simply("{about} declined an invitation"),
    "target.set": simply("{actor} set a target: {about}"),
    "target.removed": simply("{actor} removed a target: {about}"),
    "month.closed": simply("{actor} closed {about}"),
    "month.reopened": _month_reopened,
    "recalculation.started": simply("{actor} decided to recalculate work entries with newer factors"),
    "recalculation.applied": simply("Work entries were recalculated with newer factors, as {actor} decided"),
    "report.exported": simply("{actor} downloaded a report"),
    "import.finished": simply("{actor} imported {about}"),
    "import.undone": simply("{actor} took back the import of {about}"),
    "archive.changed": simply("{actor} changed how long work entries stay at hand"),
    "archive.archived": simply("Work entries of {about} were archived"),
    "archive.restored": simply("{actor} brought back the archived work entries of {about}"),
    "audit.exported": simply("{actor} downloaded the audit trail"),
}
