"""A person's own audit trail in sentences to them: "You signed in with a passkey, from Firefox on Linux".

What others tell of as well (imports, recalculations) has its sentences in `organizations.trail`. Values are
made one line each, so that no name writes a second sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from carbontrack.audit import AuditRecord
from organizations.trail import Change, TrailRow, changes_of, one_line, sentence_of, words

#: What the list can be narrowed to: how an action begins, and the words for it.
KINDS = (
    ("account.signed_in", "Signing in"),
    ("account.", "Your account"),
    ("staff.", "Help from staff"),
    ("support.", "Support visits"),
    ("import.", "Imports"),
    ("recalculation.", "Recalculations"),
    ("archive.", "Archive"),
)

Tell = Callable[[AuditRecord], str]


def row_for(record: AuditRecord, reader_id: str) -> TrailRow:
    """A record as its own person reads it. What the sentence says is not repeated below it."""
    mine = _SENTENCES.get(record.action)
    if mine is not None:
        return TrailRow(record.at, f"{mine(record)}.", _reason(record), record)
    told = replace(
        record,
        actor_name="You" if record.actor_id == reader_id else record.actor_name,
        about="you" if record.about_id == reader_id else record.about,
    )
    return TrailRow(record.at, sentence_of(told), changes_of(told), record)


def _reason(record: AuditRecord) -> tuple[Change, ...]:
    reason = _text(record.after, "reason")
    return (Change("Reason", "", reason),) if reason else ()


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return one_line(str(value)) if value not in (None, "") else ""


def _from_where(record: AuditRecord) -> str:
    """`, from Firefox on Linux (192.0.2.1)`."""
    device, place = _text(record.after, "device"), _text(record.after, "ip")
    if not device:
        return f", from {place}" if place else ""
    return f", from {device} ({place})" if place else f", from {device}"


def _joined(parts: Iterable[Any]) -> str:
    *most, last = [one_line(str(each)) for each in parts] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _signed_in(record: AuditRecord) -> str:
    proofs = _joined(record.after.get("with") or ())
    return f"You signed in{f' with {proofs}' if proofs else ''}{_from_where(record)}"


def _password(record: AuditRecord) -> str:
    how = _text(record.after, "how")
    told = {"reset": "You chose a new password through a mailed link", "set": "You chose a password"}
    return told.get(how, "You changed your password") + _from_where(record)


def _email(record: AuditRecord) -> str:
    before, after = _text(record.before, "email"), _text(record.after, "email")
    return f"You changed your address{f' from {before}' if before else ''} to {after}{_from_where(record)}"


def _sessions(record: AuditRecord) -> str:
    number = _text(record.after, "sessions")
    where = "one other place" if number == "1" else f"{number} other places" if number else "other places"
    return f"You signed out in {where}{_from_where(record)}"


def _mine(template: str, *, before: str = "", after: str = "") -> Tell:
    """You did something, to `what`: a value of `before` or `after`."""

    def tell(record: AuditRecord) -> str:
        what = _text(record.before, before) if before else _text(record.after, after)
        return template.format(what=what or "it") + _from_where(record)

    return tell


def _staff(template: str) -> Tell:
    return lambda record: template.format(who=_who(record))


def _who(record: AuditRecord) -> str:
    return f"{one_line(record.actor_name) or 'Somebody'}, who runs CarbonTrack,"


def _role(record: AuditRecord) -> str:
    if _text(record.after, "role") == "admin":
        return f"{_who(record)} made you a system administrator"
    return f"{_who(record)} made you an ordinary user"


def _until(record: AuditRecord) -> str:
    until = words("expires_at", record.after["until"]) if record.after.get("until") else ""
    return f"{_who(record)} opened a support visit to your entries{f' until {until}' if until else ''}"


_SENTENCES: dict[str, Tell] = {
    "account.signed_in": _signed_in,
    "account.password_changed": _password,
    "account.email_changed": _email,
    "account.second_step_added": _mine("You added {what} to sign in with", after="step"),
    "account.second_step_removed": _mine("You removed {what} from your ways to sign in", before="step"),
    "account.recovery_codes_made": _mine("You made new recovery codes; older ones no longer work"),
    "account.sessions_ended": _sessions,
    "account.connected": _mine("You connected your account with {what}", after="other"),
    "account.disconnected": _mine("You disconnected your account with {what}", before="other"),
    "account.export_made": _mine("You asked for a copy of your data"),
    "account.export_taken": _mine("You downloaded a copy of your data"),
    "account.erasure_asked": _mine("You asked for your account to be deleted"),
    "account.erasure_taken_back": _mine("You decided to keep your account"),
    "staff.person_disabled": _staff("{who} disabled your account"),
    "staff.person_enabled": _staff("{who} enabled your account again"),
    "staff.role_changed": _role,
    "staff.sessions_ended": _staff("{who} signed you out everywhere"),
    "staff.second_step_removed": _staff("{who} removed the second step from your account"),
    "staff.verification_sent": _staff("{who} mailed you a link to confirm your address"),
    "staff.export_started": _staff("{who} had a copy of your data made for you"),
    "staff.erasure_started": _staff("{who} began to delete your account"),
    "support.opened": _until,
    "support.looked": _staff("{who} looked at your entries in a support visit"),
    "support.ended": _staff("{who} ended a support visit"),
}
