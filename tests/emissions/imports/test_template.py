"""The template: what it says can be imported as it is."""

from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.domain import Preferences
from carbontrack import clock
from emissions.factors import choices
from emissions.factors.units import parse_unit
from emissions.imports.activities import find_activity
from emissions.imports.columns import Field, guess_columns
from emissions.imports.dates import parse_moment
from emissions.imports.numbers import parse_number
from emissions.imports.reading import Upload, read_upload
from emissions.imports.template import Kind, template_file
from tests.factories import NOW, make_profile


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def template(kind: Kind, **preferences: str) -> Upload:
    profile = make_profile(preferences=Preferences(**preferences))  # type: ignore[arg-type]  # plain texts
    file = template_file(kind, profile)
    return read_upload(SimpleUploadedFile(file.name, file.content))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("region", ["de", "us"])
def test_a_template_that_comes_back_is_understood(kind: Kind, region: str) -> None:
    upload = template(kind, region=region, unit_system="imperial" if region == "us" else "metric")

    columns = guess_columns(upload.header, upload.rows(), region)
    assert {field.value: upload.header[place] for field, place in columns.places.items()} == {
        field.value: field.label for field in Field if field is not Field.SCOPE
    }
    first = next(upload.rows())
    assert parse_moment(columns.cell(first, Field.DATE), columns.date_style).day == date(2026, 11, 21)
    amount = parse_number(columns.cell(first, Field.AMOUNT), columns.number_style)
    unit = columns.cell(first, Field.UNIT)
    assert f"{amount} {unit}" == ("20 miles" if region == "us" else "30 km")
    for row in upload.rows():
        assert find_activity(str(columns.cell(row, Field.ACTIVITY)))
        assert parse_unit(str(columns.cell(row, Field.UNIT)))
        assert parse_number(columns.cell(row, Field.AMOUNT), columns.number_style) > 0


def test_every_activity_is_listed_with_units_that_are_understood() -> None:
    listed = [row.cells for row in template("activities").rows()]

    assert [find_activity(str(name)) for name, *_ in listed] == [choice.id for choice in choices.all()]
    assert [short for *_, short in listed] == [choice.id for choice in choices.all()]
    for _, _, units, short in listed:
        codes = [parse_unit(unit) for unit in str(units).split(", ")]
        assert codes == [code for code, _ in choices.get(str(short)).units_for()]


def test_the_workbook_offers_lists_to_choose_from() -> None:
    file = template_file("xlsx", make_profile())
    upload = template("xlsx")

    with zipfile.ZipFile(BytesIO(file.content)) as archive:
        first = archive.read("xl/worksheets/sheet1.xml").decode()
    assert f"Activities!$A$2:$A${len(choices.all()) + 1}" in first
    assert "Units!$A$2:$A$" in first
    assert (upload.sheet, upload.other_sheets) == ("Import", ("Activities", "Units"))
    assert file.name == "carbontrack-import.xlsx"


def test_the_workbooks_numbers_and_days_are_such() -> None:
    first = next(template("xlsx").rows())

    assert first.cells == (
        date(2026, 11, 21), "08:15", "Train", Decimal(30), "km", Decimal(1), "To the office",
    )  # fmt: skip
