"""The files of an organization's dashboard."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from accounts.domain import Role
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject
from carbontrack.dynamodb import WriteTransaction
from organizations.domain import Department, Organization, Target
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.views.work.logged import FLIGHT, POWER, log
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join, make_organization
from tests.fixtures.people import Person

URL = "/organization/dashboard/export/"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Rows = list[list[str]]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def get_csv(person: Person, query: str = "") -> dict[str, Rows]:
    """The tables of the file by name; each begins with its header."""
    response = person.client.get(f"{URL}?format=csv{query}")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    tables: dict[str, Rows] = {}
    for part in response.content.decode("utf-8-sig").split("\r\n\r\n"):
        [name], *rows = csv.reader(io.StringIO(part))
        tables[name] = rows
    return tables


def get_xlsx(person: Person, query: str = "") -> dict[str, Rows]:
    """The sheets of the workbook by name: the text or number of each cell, nothing for a missing one."""
    response = person.client.get(f"{URL}?format=xlsx{query}")
    assert response.status_code == 200
    with zipfile.ZipFile(io.BytesIO(response.content)) as file:
        names = [
            sheet.attrib["name"]
            for sheet in ElementTree.fromstring(file.read("xl/workbook.xml")).iter(f"{SHEET}sheet")
        ]
        return {
            name: _rows(ElementTree.fromstring(file.read(f"xl/worksheets/sheet{number}.xml")))
            for number, name in enumerate(names, start=1)
        }


def _rows(sheet: ElementTree.Element) -> Rows:
    assert not list(sheet.iter(f"{SHEET}f")), "a cell is a formula"
    rows = []
    for row in sheet.iter(f"{SHEET}row"):
        cells: dict[int, str] = {}
        for cell in row.iter(f"{SHEET}c"):
            column = ord(cell.attrib["r"][0]) - ord("A")
            cells[column] = "".join(
                each.text or "" for each in cell.iter() if each.tag in (f"{SHEET}v", f"{SHEET}t")
            )
        rows.append([cells.get(column, "") for column in range(max(cells, default=-1) + 1)])
    return rows


def test_files_hold_the_tables_of_the_page_with_every_digit(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc", "10.000001")
    log(acme, "2026-10", ENGINEERING, "defg", "2.5", POWER)

    file = get_csv(alice)

    assert list(file) == [
        "About", "Summary", "Months", "Departments", "Scopes", "Categories", "Participation",
    ]  # fmt: skip
    assert file["Months"][0] == [
        "Month", "Transportation", "Energy", "Food", "Waste", "Total", "A year before", "Note", "Unit",
    ]  # fmt: skip
    assert file["Months"][10] == ["October 2026", "30.000003", "10", "0", "0", "40.000003", "", "", "kg CO2e"]
    period = "January–November 2026"
    share = Decimal("30.000003") * 100 / Decimal("40.000003")
    assert file["Categories"][1] == ["Car", "Transportation", "30.000003", f"{share}", "kg CO2e", period]
    assert file["Departments"][1][0:2] == ["Sales", "30.000003"]


def test_both_formats_hold_the_same(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc", "10.25")
    log(acme, "2026-10", ENGINEERING, "d", "7")

    plain, workbook = get_csv(alice), get_xlsx(alice)

    assert list(workbook) == list(plain)
    for name in ("Departments", "Participation"):
        for row, written in zip(plain[name], workbook[name], strict=True):
            assert [_same(cell) for cell in written] == [_same(cell) for cell in row]


def _same(cell: str) -> str | float:
    """A cell, its number as a spreadsheet holds it."""
    try:
        return round(float(cell), 9)
    except ValueError:
        return cell


def test_files_say_what_they_are_about_and_when_they_were_made(alice: Person, acme: Organization) -> None:
    log(acme, "2025-10", SALES, "abc", "1", FLIGHT)

    about = dict(get_csv(alice, f"&year=2025&department={SALES}&type=transportation&scope=3")["About"])

    assert about == {
        "What": "Value",
        "Organization": "Acme",
        "Shown": "Sales",
        "Reporting year": "2025",
        "Period": "January–December 2025",
        "Activity type": "Transportation",
        "Scope": "Scope 3",
        "Made at (UTC)": "2026-11-22T12:00:00Z",
        "Masses": "kg CO2e",
        "Minimum group": "3",
        "Months without entries": "January–September 2025, November–December 2025",
        "Factors": "Where there is none for an author's region, another region's stands in",
        "Withheld": "Figures of fewer people than the minimum group, and what would tell them: withheld",
    }


def test_files_say_which_months_are_missing_from_the_total(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc", "1")
    log(acme, "2026-09", SALES, "ab", "1")
    for people, department_id in (("abcd", SALES), ("e", FIELD), ("fg", ENGINEERING), ("hij", None)):
        log(acme, "2026-08", department_id, people, "1")

    whole, part = (dict(get_csv(alice, query)["About"]) for query in ("", f"&department={SALES}"))

    assert whole["Months withheld"] == "September 2026"
    assert "Months partly withheld" not in whole
    assert part["Months partly withheld"] == "August 2026"


def test_the_summary_holds_the_figures_in_words(alice: Person) -> None:
    organization = make_organization(headcount=12, floor_area_m2=Decimal(60))
    join(alice.user_id, organization.id, role=Role.ORG_ADMIN)
    log(organization, "2026-10", SALES, "abc", "30")
    log(organization, "2025-10", SALES, "abc", "40")

    summary = get_csv(alice)["Summary"]

    period = "January–November 2026"
    assert summary[1:] == [
        ["Total of what is shown", "90", "kg CO2e", period],
        ["Months compared, this year", "90", "kg CO2e", "October 2026"],
        ["Months compared, the year before", "120", "kg CO2e", "October 2025"],
        ["Change", "-30", "kg CO2e", "October 2026"],
        ["Change", "-25", "%", "October 2026"],
        ["Headcount", "12", "people", ""],
        ["Per head", "7.5", "kg CO2e per head", period],
        ["Floor area", "60", "m2", ""],
        ["Per square meter", "1.5", "kg CO2e per m2", period],
    ]


def test_the_summary_holds_the_target(alice: Person, acme: Organization) -> None:
    log(acme, "2026-10", SALES, "abc", "100")
    with WriteTransaction() as transaction:
        target = Target("T1", 2025, Decimal(2400), Decimal(50), 2030, NOW)
        OrganizationRepository(acme.id).add_target(target, transaction=transaction)

    file = get_csv(alice)

    assert [[_same(cell) for cell in row] for row in file["Summary"][2:5]] == [
        ["Target of the year", 2160, "kg CO2e", "January–December 2026"],
        ["Target of the months that are over", 180, "kg CO2e", "October 2026"],
        ["Above the target (below: negative)", 120, "kg CO2e", "October 2026"],
    ]
    assert [_same(cell) for cell in file["Target"][2]] == [2026, 2160, 300, 1, "kg CO2e"]


@pytest.mark.parametrize("read", [get_csv, get_xlsx], ids=["csv", "xlsx"])
def test_what_is_withheld_is_in_no_cell(alice: Person, acme: Organization, read: object) -> None:
    assert callable(read)
    log(acme, "2026-10", SALES, "abcd", "10")
    log(acme, "2026-10", FIELD, "efg", "20")
    log(acme, "2026-10", ENGINEERING, "h", "777.123456")
    log(acme, "2026-09", SALES, "ab", "777.5")

    for query in ("", f"&department={ENGINEERING}", "&type=transportation"):
        file = read(alice, query)
        assert [
            cell for table in file.values() for row in table for cell in row if cell.startswith("777")
        ] == []

    file = read(alice)
    departments = {row[0]: row for row in file["Departments"]}
    assert departments["Engineering"][1:3] == ["withheld", "withheld"]
    assert file["Months"][9][1:6] == ["withheld"] * 5
    assert file["Participation"][9][1] == "withheld"


@pytest.mark.parametrize("query", ["", "&department="], ids=["bare", "all"])
def test_a_limited_administrator_exports_only_their_departments(
    bob: Person, acme: Organization, query: str
) -> None:
    join(bob.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])
    log(acme, "2026-10", SALES, "abc", "10")
    log(acme, "2026-10", ENGINEERING, "defg", "700")

    file = get_csv(bob, query)

    assert "Engineering" not in str(file)
    assert file["Summary"][1] == ["Total of what is shown", "30", "kg CO2e", "January–November 2026"]
    assert [row[:2] for row in file["Departments"][1:]] == [["Sales", "30"], ["Sales › Field", "0"]]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("format=csv", {"file": "CSV", "year": "2026"}),
        (
            f"format=xlsx&year=2025&department={FIELD}&type=energy&scope=2",
            {
                "file": "XLSX",
                "year": "2025",
                "department": "Sales › Field",
                "type": "Energy",
                "scope": "2",
            },
        ),
    ],
)
def test_probe_27_who_takes_a_file_and_of_what_is_in_the_trail(
    query: str, said: dict[str, str], alice: Person, acme: Organization
) -> None:
    alice.client.head(f"{URL}?{query}")
    alice.client.get(f"{URL}?{query}")

    (record,) = AuditRepository(organization_subject(acme.id)).all()
    assert (record.action, record.actor_id, record.about) == ("organization.exported", alice.user_id, "Acme")
    assert (record.before, record.after) == ({}, said)


def test_probe_27_a_limited_administrator_takes_no_file_unseen(bob: Person, acme: Organization) -> None:
    join(bob.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])

    bob.client.get(f"{URL}?department=")
    refused = bob.client.get(f"{URL}?department={ENGINEERING}")

    (record,) = AuditRepository(organization_subject(acme.id)).all()
    assert (record.actor_id, record.after["department"]) == (bob.user_id, "all they administer")
    assert refused.status_code == 404


def test_names_that_a_spreadsheet_would_run_are_harmless(alice: Person) -> None:
    names = ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", " =1"]
    organization = make_organization(
        name="=cmd|' /C calc'!A0",
        departments=[Department(f"DEP0000{n}", name) for n, name in enumerate(names)],
    )
    join(alice.user_id, organization.id, role=Role.ORG_ADMIN)
    for number, people in enumerate(("abc", "def", "ghi", "jkl", "mno", "pqr")):
        log(organization, "2026-10", f"DEP0000{number}", people)

    plain, workbook = get_csv(alice), get_xlsx(alice)

    starts = {row[0][:1] for row in plain["Departments"][1:]}
    assert starts == {"'"}
    assert dict(plain["About"])["Organization"].startswith("'=cmd")
    assert dict(workbook["About"])["Organization"] == "=cmd|' /C calc'!A0"  # a text cell: it does not run
    assert '=HYPERLINK("http://x","y")' in [row[0] for row in workbook["Departments"]]


@pytest.mark.parametrize(
    ("name", "query", "filename"),
    [
        ("Acme", "", "acme-2026"),
        ("Øresund & Söhne\r\nX: 1", f"&department={SALES}&year=2025", "resund-sohne-x-1-sales-2025"),
        ("北京", "", "2026"),
        ("a" * 100, "", f"{'a' * 60}-2026"),
    ],
    ids=["plain", "marks and breaks", "no Latin letter", "long"],
)
def test_the_name_of_a_file_is_plain(alice: Person, name: str, query: str, filename: str) -> None:
    organization = make_organization(name=name)
    join(alice.user_id, organization.id, role=Role.ORG_ADMIN)

    for extension in ("csv", "xlsx"):
        response = alice.client.get(f"{URL}?format={extension}{query}")
        assert response["Content-Disposition"] == f'attachment; filename="{filename}.{extension}"'


def test_files_come_in_two_formats(alice: Person, acme: Organization) -> None:
    assert alice.client.get(f"{URL}?format=pdf").status_code == 400
    assert alice.client.get(URL)["Content-Type"] == "text/csv; charset=utf-8"
