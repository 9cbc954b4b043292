"""Columns: guessed by name and content, stored, and remembered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal

import pytest

from carbontrack.dynamodb import decode_item, encode_item
from emissions.imports.columns import Columns, Field, column_name, columns_key, guess_columns
from emissions.imports.dates import DateStyle
from emissions.imports.normal_form import Cell, Row
from emissions.imports.numbers import NumberStyle


def rows(*cells: Sequence[Cell]) -> list[Row]:
    return [Row(number, tuple(each)) for number, each in enumerate(cells, start=2)]


def guessed(header: str, *samples: Sequence[Cell], region: str = "gb") -> dict[str, str]:
    """Field -> name of its column, or what holds for all rows in angle brackets."""
    names = header.split(";")
    columns = guess_columns(names, rows(*samples), region)
    constants = {field.value: f"<{text}>" for field, text in columns.constants.items()}
    return {field.value: names[place] for field, place in columns.places.items()} | constants


@pytest.mark.parametrize(
    ("header", "sample", "expected"),
    [
        (
            "date;time;activity;amount;unit;people;note;scope",
            ["2026-03-01", "8:30", "Train", "12", "km", "2", "x", "3.6"],
            {field.value: field.value for field in Field},
        ),
        (
            "Datum;Verkehrsmittel;Strecke (km);Bemerkung;CO2 (kg);Kosten",
            ["01.02.2026", "Zug", "1.234,5", "zur Arbeit", "3", "5"],
            {"date": "Datum", "activity": "Verkehrsmittel", "amount": "Strecke (km)", "note": "Bemerkung",
             "unit": "<km>"},
        ),
        (
            "Fecha;Actividad;Cantidad;Unidad;Número de personas",
            ["13/02/2026", "Tren", "12,5", "km", "2"],
            {"date": "Fecha", "activity": "Actividad", "amount": "Cantidad", "unit": "Unidad",
             "people": "Número de personas"},
        ),
        ("Data;Attività;Quantità;Unità;Ora", ["1/3/2026", "Treno", "7", "km", "8.30"],
         {"date": "Data", "activity": "Attività", "amount": "Quantità", "unit": "Unità", "time": "Ora"}),
        ("Date;Activité;Quantité;Unité;Remarque", ["1er mars 2026", "Train", "7,5", "km", "x"],
         {"date": "Date", "activity": "Activité", "amount": "Quantité", "unit": "Unité", "note": "Remarque"}),
        ("Datum;Activiteit;Hoeveelheid;Eenheid;Aantal personen", ["1 mrt 2026", "Trein", "7", "km", "1"],
         {"date": "Datum", "activity": "Activiteit", "amount": "Hoeveelheid", "unit": "Eenheid",
          "people": "Aantal personen"}),
        # A name may be the unit; a bill has two dates, and a price that is no amount.
        ("Start date;End date;kWh;Total price;Energy type", ["1 Jan 2026", "31 Jan 2026", "300", "90", "x"],
         {"date": "Start date", "amount": "kWh", "activity": "Energy type", "unit": "<kWh>"}),
        # What is in a column can speak against its name, and for one without.
        ("Date;What;Amount;km", ["2026-03-01", "Train", "small", "12"],
         {"date": "Date", "activity": "What", "amount": "km", "unit": "<km>"}),
        ("A;B;C;D", ["2026-03-01", "Train", Decimal(12), "km"],
         {"date": "A", "activity": "B", "amount": "C", "unit": "D"}),
        ("Name;City", ["Ann", "York"], {}),
    ],
)  # fmt: skip
def test_columns_are_known_by_name_and_content(
    header: str, sample: list[Cell], expected: dict[str, str]
) -> None:
    assert guessed(header, sample) == expected


def test_all_samples_decide_the_styles() -> None:
    names = ["date", "activity", "amount"]
    alike = [["01/02/2026", "Train", "1.234"]] * 300

    unsure = guess_columns(names, rows(*alike), "us")
    assert (unsure.date_style, unsure.number_style) == (DateStyle.MONTH_FIRST, NumberStyle.POINT)

    sure = guess_columns(names, rows(*alike, ["13/02/2026", "Train", "1.234,5"]), "us")
    assert (sure.date_style, sure.number_style) == (DateStyle.DAY_FIRST, NumberStyle.COMMA)


def test_a_guess_at_many_rows_is_quick() -> None:
    samples = rows(*([f"{n % 28 + 1}/{n % 12 + 1}/2026", "Train", f"1.{n:05}"] for n in range(20_000)))

    begun = time.process_time()
    guess_columns(["date", "activity", "amount"], samples, "gb")
    assert time.process_time() - begun < 3


COLUMNS = Columns(
    {Field.ACTIVITY: 1, Field.DATE: 0},
    {Field.UNIT: "km"},
    number_style=NumberStyle.COMMA,
    date_style=DateStyle.MONTH_FIRST,
)


def test_a_field_is_a_cell_or_what_holds_for_all_rows_or_nothing() -> None:
    row = Row(2, ("2026-03-01", "Train"))

    cells = [COLUMNS.cell(row, field) for field in (Field.DATE, Field.ACTIVITY, Field.UNIT, Field.NOTE)]
    assert cells == ["2026-03-01", "Train", "km", ""]
    assert COLUMNS.cell(Row(3, ("2026-03-01",)), Field.ACTIVITY) == ""
    assert (COLUMNS.missing, Columns().missing) == (
        (Field.AMOUNT,),
        (Field.ACTIVITY, Field.AMOUNT, Field.DATE),
    )


def test_columns_come_back_from_the_store_and_unknown_fields_do_not() -> None:
    stored = decode_item(encode_item({"columns": COLUMNS.as_item()}))["columns"]
    assert Columns.from_item(stored) == COLUMNS

    stored["places"]["weather"] = 7
    assert Columns.from_item(stored) == COLUMNS
    assert Columns.from_item({}) == Columns()


def test_columns_are_remembered_by_their_names_and_order() -> None:
    key = columns_key(["Date", "Amount", ""])

    assert key == columns_key([" date", "AMOUNT ", ""])
    assert key.isalnum()
    assert key not in {columns_key(["Amount", "Date", ""]), columns_key(["Date", "Amount"])}


def test_a_column_without_name_has_a_letter() -> None:
    header = ["Date", "", *[""] * 60]

    assert [column_name(header, index) for index in (0, 1, 25, 26, 53, 200)] == [
        "Date", "Column B", "Column Z", "Column AA", "Column BB", "Column GS",
    ]  # fmt: skip
    assert [field.label for field in Field][:2] == ["Activity", "Amount"]
