"""What changed about figures that were there before: recalculations, months that were opened again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from carbontrack.audit import AuditRecord
from emissions.reports.document import Column, Kind, Row, Table
from emissions.reports.ledger import Corrected, Correction
from organizations.trail import row_of

RECALCULATION = "recalculation."
REOPENED = "month.reopened"


def corrections_table(corrections: Mapping[Correction, Corrected]) -> Table:
    return Table(
        "Recalculated results",
        "Recalculated results, by day and edition",
        (
            Column("On", width=2),
            Column("Factors before", width=3),
            Column("Factors after", width=3),
            Column("Entries", Kind.COUNT, width=1),
            Column("Before", Kind.KG, "kg CO2e", width=2),
            Column("After", Kind.KG, "kg CO2e", width=2),
            Column("Difference", Kind.KG, "kg CO2e", width=2),
        ),
        tuple(
            Row(
                (
                    each.on.isoformat(),
                    each.before,
                    each.after,
                    done.entries,
                    done.before_kg,
                    done.after_kg,
                    done.after_kg - done.before_kg,
                )
            )
            for each, done in sorted(corrections.items())
        ),
    )


def trail_table(records: Iterable[AuditRecord]) -> Table:
    """Records in the words of the audit trail, oldest first."""
    return Table(
        "Audit trail",
        "From the audit trail (UTC)",
        (Column("At", width=2), Column("What happened", width=5), Column("Details", width=4)),
        tuple(
            Row((f"{record.at:%Y-%m-%d %H:%M}", row.sentence, _details(record)))
            for record in sorted(records, key=lambda each: (each.at, each.id))
            for row in (row_of(record),)
        ),
    )


def _details(record: AuditRecord) -> str:
    said = []
    for change in row_of(record).changes:
        values = " → ".join(filter(None, (change.before, change.after)))
        said.append(f"{change.label}: {values}")
    return "; ".join(said)
