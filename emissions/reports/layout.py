"""A report in words: what the page's template and the PDF's write down, and what is kept of a prepared one.

Plain values only, so that it can be stored and handed to another process as JSON.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from accounts.time_zones import zone_or_utc
from emissions.reports.document import Block, Document, Facts, RowStyle, Table, Words

Layout = dict[str, Any]
#: Digits of the digest in the foot of each page: enough to tell two reports apart.
SHORT_DIGEST = 12


def lay_out(document: Document) -> Layout:
    digest = document.digest
    return {
        "title": document.title,
        "subject": document.subject,
        "period": document.period,
        "paper": document.paper,
        "facts": [
            list(fact)
            for fact in (*document.facts, *_prepared(document), ("Content digest (SHA-256)", digest))
        ],
        "figures": [
            {"label": each.label, "value": each.value, "unit": each.unit, "note": each.note}
            for each in document.figures
        ],
        "sections": [
            {
                "id": section.id,
                "number": number,
                "title": section.title,
                "blocks": [_block(block) for block in section.blocks],
            }
            for number, section in enumerate(document.sections, start=1)
        ],
        "digest": digest,
        "short_digest": digest[:SHORT_DIGEST],
        "prepared": prepared_words(document),
        "timestamp": int(document.prepared_at.timestamp()),
    }


def prepared_words(document: Document) -> str:
    """`22 November 2026, 14:05 (Europe/London)`: the wall clock of whoever asked for it."""
    at = document.prepared_at.astimezone(zone_or_utc(document.time_zone))
    return f"{at.day} {at:%B %Y}, {at:%H:%M} ({document.time_zone})"


def _prepared(document: Document) -> tuple[tuple[str, str], ...]:
    at = f"{document.prepared_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    words = prepared_words(document)
    return (
        ("Prepared", at if document.time_zone == "UTC" else f"{words}; {at}"),
        ("Prepared by", document.prepared_by),
    )


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Words):
        return {"kind": "words", "tone": block.tone, "text": block.text}
    if isinstance(block, Facts):
        return {"kind": "facts", "rows": [list(row) for row in block.rows]}
    if isinstance(block, Table):
        return _table(block)
    return {"kind": "chart", "title": block.title, "alt": block.alt, "svg": str(block.svg)}


def _table(table: Table) -> dict[str, Any]:
    if not table.rows:
        return {"kind": "words", "tone": "note", "text": table.empty}
    return {
        "kind": "table",
        "name": table.name,
        "caption": table.caption,
        "columns": [
            {"label": column.heading, "numeric": column.is_numeric, "width": column.width}
            for column in table.columns
        ],
        "rows": [
            {
                "style": row.style.value,
                "cells": [column.text(cell) for column, cell in zip(table.columns, row.cells, strict=True)],
            }
            for row in table.rows
        ],
        "has_total": table.rows[-1].style is RowStyle.TOTAL,
    }
