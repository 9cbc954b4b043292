"""The PDF: nothing that people typed is markup, nothing hangs, and the same report is the same bytes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carbontrack.dynamodb import Throttled
from emissions.reports import pdf
from emissions.reports.document import Column, Document, Kind, Row, Section, Table, Words
from emissions.reports.layout import Layout, lay_out
from emissions.reports.pdf import PdfFailed, pdf_bytes
from tests.factories import NOW

EVIL = '#panic("run") *b* _i_ $x$ `r` <l> @ref [c] \\ // /* "q" {} = \x00\t'
_IMPORT = re.compile(r"^\s*(import|from) (typst|emissions\.reports\.typesetter)", re.MULTILINE)
ROOT = Path(pdf.__file__).resolve().parents[2]


def layout_of(text: str) -> Layout:
    """A report in which a text stands everywhere."""
    blocks = (
        Words(text),
        Table(text, text, (Column(text), Column("kg", Kind.KG)), (Row((text, text)), Row((text * 40, 5)))),
    )
    return lay_out(
        Document(
            title="Report",
            subject=text,
            period="2025",
            facts=((text, text),),
            figures=(),
            sections=(Section("only", text, blocks),),
            prepared_at=NOW,
            prepared_by=text,
        )
    )


def test_markup_in_names_is_written_and_not_run_and_the_bytes_are_the_same_again() -> None:
    layout = layout_of(EVIL)

    content = pdf_bytes(layout)

    assert b'#panic("run") *b*' in content.replace(b"&quot;", b'"')  # the title, in its metadata
    assert content == pdf_bytes(layout)


def test_name_in_a_script_that_the_fonts_lack_still_makes_a_report() -> None:
    assert pdf_bytes(layout_of("株式会社 🌍")).startswith(b"%PDF-")


def test_typesetting_that_takes_too_long_or_fails_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PdfFailed):
        pdf_bytes({"timestamp": 0})
    monkeypatch.setattr(pdf, "SECONDS", 0.01)
    with pytest.raises(PdfFailed):
        pdf_bytes(layout_of("x"))


def test_too_many_at_once_are_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "WAIT_SECONDS", 0)
    for _ in range(pdf.AT_ONCE):
        assert pdf._turn.acquire(blocking=False)
    try:
        with pytest.raises(Throttled):
            pdf_bytes({})
    finally:
        for _ in range(pdf.AT_ONCE):
            pdf._turn.release()


def test_only_the_process_of_its_own_imports_typst() -> None:
    importing = {
        path.name
        for app in ("accounts", "carbontrack", "emissions", "organizations")
        for path in (ROOT / app).rglob("*.py")
        if _IMPORT.search(path.read_text())
    }

    assert importing == {"typesetter.py"}
