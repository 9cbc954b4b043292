"""What became of a list of invitations, in ImportsTable for a day.

| access pattern | key condition | cost |
| --- | --- | --- |
| keep a report | PutItem (user, `invitation-report#<ULID>`) | 1 write a KB |
| show it to whom it belongs | GetItem of the same, consistent | 1 read each 4 KB |

A thousand rows fit into the 400 KB of an item, because a list may have 300 KB.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ulid import ULID

from carbontrack.clock import read_stamp
from carbontrack.dynamodb import decode_item, get_item, put_item
from carbontrack.dynamodb.tables import IMPORTS
from organizations.repositories.invitations import is_id

REPORT = "invitation-report#"
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row of a list as it was written, and a code for what became of it."""

    line: int
    email: str
    department: str
    role: str
    outcome: str


@dataclass(frozen=True, slots=True)
class InvitationReport:
    """What became of a list that was sent from an organization, whose pages alone show it.

    `department` and `access` are what the form said of rows that name none. Where the limit of the hour left
    some over, `limit` is how many it allows, and `until` when the next ones may be sent.
    """

    organization_id: str
    rows: tuple[ReportRow, ...]
    department: str = ""
    access: str = ""
    limit: int | None = None
    until: datetime | None = None


class InvitationReportRepository:
    """The reports of one person."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id

    def add(self, report: InvitationReport, now: datetime) -> str:
        """Keep a report. Returns its id."""
        report_id = str(ULID())
        put_item(
            IMPORTS,
            {
                **self._key(report_id),
                "organization_id": report.organization_id,
                "rows": [[row.line, row.email, row.department, row.role, row.outcome] for row in report.rows],
                "department": report.department,
                "access": report.access,
                "limit": report.limit,
                "until": None if report.until is None else report.until.isoformat(),
                "expires_at": int((now + KEPT_FOR).timestamp()),
            },
        )
        return report_id

    def find(self, report_id: str) -> InvitationReport | None:
        """The report, or None: it is gone after a day."""
        item = get_item(IMPORTS, self._key(report_id), consistent=True) if is_id(report_id) else None
        if item is None:
            return None
        stored = decode_item(item)
        return InvitationReport(
            organization_id=stored["organization_id"],
            rows=tuple(ReportRow(int(line), *texts) for line, *texts in stored["rows"]),
            department=stored["department"],
            access=stored["access"],
            limit=None if stored.get("limit") is None else int(stored["limit"]),
            until=read_stamp(stored.get("until")),
        )

    def _key(self, report_id: str) -> dict[str, str]:
        return {"user_id": self.user_id, "record": f"{REPORT}{report_id}"}
