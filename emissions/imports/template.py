"""The file to begin with: the columns, some rows as examples, and every activity and unit that counts."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from accounts.domain import Profile
from carbontrack.spreadsheets import CSV_TYPE, XLSX_TYPE, Cell, Sheet, csv_bytes
from emissions.days import local_today
from emissions.factors import choices
from emissions.factors.categories import CATEGORY_LABELS
from emissions.factors.unit_names import LABELS
from emissions.factors.units import unit_label

Kind = Literal["csv", "xlsx", "activities"]

HEADER: Final = ("Date", "Time", "Activity", "Amount", "Unit", "People", "Note")
_WIDTHS: Final = (12, 8, 36, 10, 14, 8, 30)
#: Everyday choices, and what their examples say besides.
_EXAMPLES: Final[tuple[tuple[str, str, int, str], ...]] = (
    ("train", "08:15", 1, "To the office"),
    ("car-petrol-average", "18:30", 2, "Weekend trip, shared by two"),
    ("electricity", "", 1, "Read from the meter"),
    ("beef", "", 1, ""),
    ("paper-recycled", "", 1, ""),
)
#: Rows below the examples that offer lists to choose from.
_ROWS_WITH_LISTS = 5_000


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """A file to download."""

    name: str
    content_type: str
    content: bytes


def template_file(kind: Kind, profile: Profile) -> TemplateFile:
    """The template, with examples in the person's units.

    `xlsx` has lists to choose from, and every activity and unit on sheets of their own; `csv` has the
    examples only; `activities` is the list of activities as CSV.
    """
    if kind == "activities":
        content = csv_bytes(_activities(profile))
        return TemplateFile("carbontrack-activities.csv", CSV_TYPE, content)
    if kind == "csv":
        content = csv_bytes(Sheet("Import", HEADER, _examples(profile)))
        return TemplateFile("carbontrack-import.csv", CSV_TYPE, content)
    return TemplateFile("carbontrack-import.xlsx", XLSX_TYPE, _workbook(profile))


def _examples(profile: Profile) -> list[tuple[Cell, ...]]:
    """Rows of days gone by, so that a template that comes back as it is can be imported and undone."""
    preferences = profile.preferences
    today = local_today(preferences.time_zone)
    rows: list[tuple[Cell, ...]] = []
    for days, (choice_id, at, people, note) in enumerate(_EXAMPLES, start=1):
        choice = choices.get(choice_id)
        amount, unit = choice.typical(preferences.unit_system), choice.default_unit(preferences.unit_system)
        rows.append(
            (
                today - timedelta(days),
                at,
                choice.label,
                amount,
                unit_label(unit, amount),
                Decimal(people),
                note,
            )
        )
    return rows


def _activities(profile: Profile) -> Sheet:
    rows = [
        (
            choice.label,
            CATEGORY_LABELS[choice.activity_type][choice.category],
            ", ".join(unit_label(code) for code, _ in choice.units_for(profile.preferences.unit_system)),
            choice.id,
        )
        for choice in choices.all()
    ]
    return Sheet("Activities", ("Activity", "Category", "Units, the usual one first", "Short name"), rows)


def _units() -> Sheet:
    codes = sorted({code for choice in choices.all() for code in choice.units}, key=list(LABELS).index)
    return Sheet("Units", ("Unit",), [(unit_label(code),) for code in codes])


def _workbook(profile: Profile) -> bytes:
    import xlsxwriter  # two megabytes of a process that most never need

    file = io.BytesIO()
    activities, units = _activities(profile), _units()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as workbook:
        bold, day = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "yyyy-mm-dd"})
        sheet = workbook.add_worksheet("Import")
        _fill(sheet, HEADER, _examples(profile), bold, day)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width, day if column == 0 else None)
        for column, listed in ((2, activities), (4, units)):
            last = len(list(listed.rows)) + 1
            source = f"={listed.name}!$A$2:$A${last}"
            # A warning, no wall: more is understood than what is listed.
            choice = {"validate": "list", "source": source, "error_type": "warning", "show_error": False}
            sheet.data_validation(1, column, _ROWS_WITH_LISTS, column, choice)
        for listed in (activities, units):
            other = workbook.add_worksheet(listed.name)
            _fill(other, listed.header, listed.rows, bold, day)
            other.set_column(0, 0, 40)
            other.set_column(1, len(listed.header), 26)
    return file.getvalue()


def _fill(sheet: Any, header: Sequence[str], rows: Iterable[Sequence[Cell]], bold: Any, day: Any) -> None:
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, header, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, column, cell, day)
            elif cell != "":
                sheet.write(number, column, cell)
