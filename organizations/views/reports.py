"""What became of a list of people, row by row, in words, and what of it can be sent again."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from accounts.domain import Profile
from organizations.repositories.reports import InvitationReport, ReportRow
from organizations.services.invitations import Outcome
from organizations.views.moments import clock_time

_WORDS = {
    Outcome.SENT: "Invited",
    Outcome.RENEWED: "Invited again: the earlier link has ended",
    Outcome.MEMBER: "A member already",
    Outcome.DUPLICATE: "Twice in this list: invited once",
    Outcome.ELSEWHERE: "Invited by another administrator, or a member outside your departments",
    Outcome.NOT_AN_ADDRESS: "Not an email address",
    Outcome.UNKNOWN_DEPARTMENT: "No open department has this name",
    Outcome.NO_DEPARTMENT: "Which department?",
    Outcome.UNKNOWN_ROLE: "Not a role. Write member, administrator or department administrator",
    Outcome.NOT_ALLOWED: "You may invite members, not administrators",
    Outcome.OVER_LIMIT: "Waiting: over the limit of this hour",
}
#: What can be mended, or sent later.
_AGAIN = frozenset(
    {
        Outcome.NOT_AN_ADDRESS,
        Outcome.UNKNOWN_DEPARTMENT,
        Outcome.NO_DEPARTMENT,
        Outcome.UNKNOWN_ROLE,
        Outcome.NOT_ALLOWED,
        Outcome.OVER_LIMIT,
    }
)


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A row, and what became of it. `tone` is that of a badge: success, warning or none."""

    row: ReportRow
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class DrawnReport:
    """`again` is the part of the list that can be sent again, as text; `until` says when the limit ends."""

    rows: tuple[DrawnRow, ...]
    sent: int
    waiting: int
    to_mend: int
    again: str
    limit: int | None
    until: str


def draw_report(report: InvitationReport, reader: Profile) -> DrawnReport:
    outcomes = [Outcome(row.outcome) for row in report.rows]
    again = [row for row, outcome in zip(report.rows, outcomes, strict=True) if outcome in _AGAIN]
    waiting = outcomes.count(Outcome.OVER_LIMIT)
    return DrawnReport(
        rows=tuple(
            DrawnRow(row, _WORDS[outcome], _tone(outcome))
            for row, outcome in zip(report.rows, outcomes, strict=True)
        ),
        sent=sum(outcome.is_sent for outcome in outcomes),
        waiting=waiting,
        to_mend=len(again) - waiting,
        again=as_list(again),
        limit=report.limit,
        until="" if report.until is None else clock_time(report.until, reader),
    )


def _tone(outcome: Outcome) -> str:
    if outcome.is_sent:
        return "success"
    return "warning" if outcome in _AGAIN else ""


def as_list(rows: list[ReportRow]) -> str:
    """Rows as they can be pasted again; a table where one of them says more than its address."""
    if not any(row.department or row.role for row in rows):
        return "\n".join(row.email for row in rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("email", "department", "role"))
    writer.writerows((row.email, row.department, row.role) for row in rows)
    return text.getvalue()
