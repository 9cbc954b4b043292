"""A file is read row by row, and each row that cannot be used says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emissions.domain.publications import digest_of
from emissions.factors.edition_files import (
    HEADER,
    MOST_PROBLEMS,
    MOST_ROWS,
    EditionRefused,
    conflicts,
    edition_file,
    read_edition,
    template_file,
)
from emissions.factors.files import DATA
from emissions.factors.resolution import built_in
from tests.fixtures.factors import GRID, row

HEAD = "id,variant,unit,kg_co2e_per_unit,scope,scope3_category\n"


def problems(*lines: str) -> list[tuple[int, str, str]]:
    read = read_edition((HEAD + "\n".join(lines)).encode(), built_in())
    return [(problem.line, problem.column, problem.sentence) for problem in read.problems]


def test_every_shipped_edition_is_a_file_that_could_be_uploaded():
    for path in (DATA / "factors").glob("*.csv"):
        content = path.read_bytes()
        if content.count(b"\n") > MOST_ROWS:
            continue
        read = read_edition(content, built_in())
        assert (path.stem, read.problems) == (path.stem, ())
        again = read_edition(edition_file(read.rows), built_in())
        assert digest_of(again.rows) == digest_of(read.rows)


def test_the_template_can_be_uploaded_as_it_is():
    assert len(read_edition(template_file(), built_in()).rows) == 1


def test_all_digits_of_a_figure_are_kept():
    (read,) = read_edition(f"{HEAD}{GRID},Grid,kWh,0.12345678901234567890123456,2,".encode(), built_in()).rows

    assert f"{read.kg_co2e_per_unit}" == "0.12345678901234567890123456"


@pytest.mark.parametrize("between", [";", "\t"])
def test_what_a_european_spreadsheet_writes_is_read(between: str):
    lines = f"\ufeff{HEAD}{GRID},Grid,kWh,0.1,2,\r\n".replace("\n", "\r\n").replace(",", between)

    assert [each.factor_id for each in read_edition(lines.encode(), built_in()).rows] == [GRID]


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("electricity,Grid,kWh,1,2,", "id", "words with points"),
        ("sports.golf.round.gb,Golf,kg,1,3,", "id", "none of the activity types"),
        ("energy.golf.round.gb,Golf,kg,1,3,", "id", "no category golf"),
        ("energy.electricity.grid.xx,Grid,kWh,1,2,", "id", "no region"),
        (f"{GRID},Grid,kWh,1000001,2,", "kg_co2e_per_unit", "more than anything emits"),
        (f"{GRID},Grid,parsec,1,2,", "unit", "one of these units"),
        (f"{GRID},Grid,kg,1,2,", "unit", "per kWh everywhere"),
        ("energy.electricity.grid.us-nowhere,Grid,kWh,1,2,", "id", "no region"),
        (f"{GRID},Grid,kWh,-0.1,2,", "kg_co2e_per_unit", "zero or more"),
        (f"{GRID},Grid,kWh,1e3,2,", "kg_co2e_per_unit", "plain number"),
        (f"{GRID},Grid,kWh,NaN,2,", "kg_co2e_per_unit", "plain number"),
        (f'{GRID},Grid,kWh,"0,2",2,', "kg_co2e_per_unit", "plain number"),
        (f"{GRID},Grid,kWh,,2,", "kg_co2e_per_unit", "instead of nothing"),
        (f"{GRID},,kWh,1,2,", "variant", "in words"),
        (f"{GRID},Grid,kWh,1,4,", "scope", "1, 2 or 3"),
        (f"{GRID},Grid,kWh,1,1,", "scope", "scope 2, and stays so"),
        (f"{GRID},Grid,kWh,1,2,6", "scope3_category", "none, and stays so"),
        (f"{GRID},Grid,kWh,1,2,16", "scope3_category", "1 to 15"),
        (f"{GRID},Grid,kWh,1,2,,and more", "", "more cells than columns"),
    ],
)
def test_a_row_that_cannot_be_used_says_its_line_and_why(line: str, column: str, words: str):
    ((number, where, sentence),) = problems(f"{GRID.replace('grid.', 'grid-ember.')},Grid,kWh,1,2,", line)

    assert (number, where) == (3, column)
    assert words in sentence


def test_a_factor_twice_names_the_first_line_and_new_factors_agree_on_a_unit():
    new = "energy.electricity.grid-hydro"
    said = problems(
        f"{GRID},Grid,kWh,1,2,",
        f"{GRID},Grid,kWh,2,2,",
        f"{new}.gb,Hydro,kWh,1,2,",
        f"{new}.de,Hydro,kg,1,2,",
    )

    assert [(line, column) for line, column, _ in said] == [(3, "id"), (5, "unit")]
    assert "line 2" in said[0][2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "lacks id"),
        (b"\xff\xfe", "UTF-8"),
        (HEAD.encode(), "no factor"),
        (b"id,variant,unit,kg_co2e_per_unit,scope,color\n", "do not know: color"),
        (b"id,id,variant,unit,kg_co2e_per_unit,scope\n", "twice"),
        ((HEAD + f'{GRID},"Grid').encode(), "not CSV"),
        ((HEAD + f"{GRID},Grid,kWh,1,2,\n" * (MOST_ROWS + 1)).encode(), "at most 5,000"),
    ],
)
def test_what_is_no_such_file_is_refused_as_a_whole(content: bytes, words: str):
    with pytest.raises(EditionRefused, match=words):
        read_edition(content, built_in())


def test_of_many_mistakes_the_first_are_told_and_the_others_counted():
    read = read_edition((HEAD + "x,y,z,1,1,\n" * 250).encode(), built_in())

    assert (len(read.problems), read.more) == (MOST_PROBLEMS, 150)


def test_the_format_is_that_of_the_shipped_files():
    assert (DATA / "factors" / "desnz-2025.csv").read_text().splitlines()[0].split(",") == list(HEADER)


def test_rows_are_held_against_the_catalogue_once_more_before_they_are_published():
    fitting = row()

    assert conflicts([fitting], built_in()) == []
    assert conflicts([replace(fitting, unit="kg")], built_in()) != []
