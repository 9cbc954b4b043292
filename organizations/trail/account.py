"""What happens to an account: by its owner, or by the staff of the platform."""

from __future__ import annotations

from accounts.domain import Role
from carbontrack.audit import AuditRecord
from organizations.trail.telling import (
    Tell,
    about_of,
    actor_of,
    is_own,
    joined,
    own_or_of,
    reason_of,
    simply,
    with_reason,
)
from organizations.trail.words import one_line


def _signed_in(record: AuditRecord) -> str:
    proofs = joined(record.after.get("with") or ())
    return f"{actor_of(record)} signed in{f' with {proofs}' if proofs else ''}"


def _password_changed(record: AuditRecord) -> str:
    how = "through a mailed link" if record.after.get("how") == "reset" else ""
    return f"{actor_of(record)} changed the password {how}".rstrip()


def _sign_in_failed(record: AuditRecord) -> str:
    whom = one_line(record.about or record.actor_name) or "them"
    return f"Somebody tried to sign in as {whom}, and could not"


def _thing(sentence: str, name: str, usual: str) -> Tell:
    """A sentence about a value of the record, such as `a passkey`; about `usual` where there is none."""

    def tell(record: AuditRecord) -> str:
        thing = one_line(str(record.after.get(name) or record.before.get(name) or "")) or usual
        whose = "" if is_own(record) else f" of {about_of(record)}"
        return f"{actor_of(record)} {sentence.format(thing)}{whose}{reason_of(record)}"

    return tell


def _sessions_ended(record: AuditRecord) -> str:
    number = record.after.get("sessions")
    what = f"{number} session{'' if number == 1 else 's'}" if number is not None else "the sessions"
    whose = "" if is_own(record) else f" of {about_of(record)}"
    return f"{actor_of(record)} ended {what}{whose}{reason_of(record)}"


def _role_changed(record: AuditRecord) -> str:
    if record.after.get("role") == Role.ADMIN.value:
        what = f"made {about_of(record)} an administrator of CarbonTrack"
    else:
        what = f"made {about_of(record)} an administrator of CarbonTrack no longer"
    return f"{actor_of(record)} {what}{reason_of(record)}"


SENTENCES: dict[str, Tell] = {
    "account.signed_in": _signed_in,
    "account.sign_in_failed": _sign_in_failed,
    "account.password_changed": _password_changed,
    "account.email_changed": own_or_of(
        "{actor} changed the email address", "{actor} changed the email address of {about}"
    ),
    "account.second_step_added": _thing("added {} to signing in", "step", "a second step"),
    "account.second_step_removed": _thing("removed {} from signing in", "step", "the second step"),
    "account.recovery_codes_made": simply("{actor} made new recovery codes"),
    "account.sessions_ended": _sessions_ended,
    "account.connected": _thing("connected an account at {}", "other", "another service"),
    "account.disconnected": _thing("disconnected an account at {}", "other", "another service"),
    "account.export_made": own_or_of(
        "{actor} asked for a copy of everything that is kept about them",
        "{actor} had a copy made of everything that is kept about {about}",
    ),
    "account.export_taken": own_or_of(
        "{actor} downloaded the copy of everything that is kept about them",
        "{actor} downloaded the copy of everything that is kept about {about}",
    ),
    "account.erasure_asked": own_or_of(
        "{actor} asked to delete the account", "{actor} decided to delete the account of {about}"
    ),
    "account.erasure_taken_back": own_or_of(
        "{actor} decided to keep the account", "{actor} decided to keep the account of {about}"
    ),
    "staff.person_disabled": with_reason("{actor} disabled the account of {about}"),
    "staff.person_enabled": with_reason("{actor} enabled the account of {about} again"),
    "staff.role_changed": _role_changed,
    "staff.sessions_ended": _sessions_ended,
    "staff.second_step_removed": with_reason("{actor} removed every second step of {about}"),
    "staff.verification_sent": with_reason("{actor} sent {about} the mail to confirm the address once more"),
    "staff.export_started": with_reason("{actor} had a copy made of everything that is kept about {about}"),
    "staff.erasure_started": with_reason("{actor} decided to delete the account of {about}"),
}
