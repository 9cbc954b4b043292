"""What happens to the platform: support visits, factors, jobs; and that an account is gone."""

from __future__ import annotations

from carbontrack.audit import AuditRecord
from organizations.trail.telling import Tell, about_of, actor_of, reason_of, simply, with_reason
from organizations.trail.words import day_of, moment_of, one_line

#: What a support visit looks at: the kind of page that its record names, in words.
_PAGES = {
    "dashboard": "the dashboard",
    "members": "the members",
    "months": "the months",
    "audit": "the audit trail",
    "entries": "the entries",
}


def _visit_opened(record: AuditRecord) -> str:
    until = record.after.get("until")
    limit = f" until {moment_of(str(until))}" if until else ""
    return f"{actor_of(record)} opened a support visit{limit}{reason_of(record)}"


def _visit_looked(record: AuditRecord) -> str:
    page = one_line(str(record.after.get("page") or ""))
    return f"{actor_of(record)} looked at {_PAGES.get(page, page or 'a page')} on a support visit"


def _published(record: AuditRecord) -> str:
    since = day_of(str(record.after.get("valid_from") or ""))
    words = f"{actor_of(record)} published the factors of {about_of(record)}"
    return f"{words}, in force from {since}" if since else words


SENTENCES: dict[str, Tell] = {
    "support.opened": _visit_opened,
    "support.looked": _visit_looked,
    "support.ended": simply("{actor} ended the support visit"),
    "factors.uploaded": simply("{actor} uploaded the factors of {about}"),
    "factors.published": _published,
    "factors.withdrawn": with_reason("{actor} withdrew the factors of {about}"),
    "factors.corrected": with_reason("{actor} corrected the factors of {about}"),
    "factors.discarded": simply("{actor} discarded the draft of {about}"),
    "job.retried": simply("{actor} let a job run again: {about}"),
    "job.cancelled": simply("{actor} canceled a job: {about}"),
    "account.erased": lambda record: (
        "An account was deleted for good, with everything that was kept about it"
    ),
}
