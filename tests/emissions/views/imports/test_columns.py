"""The columns page: what is guessed, what each choice makes of the file, and what is asked back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django_tasks_db.models import DBTaskResult

from carbontrack import clock
from emissions.domain.imports import ImportState
from emissions.imports.columns import Field
from emissions.services.importing.creating import columns_of
from emissions.views.imports import columns as views
from tests.emissions.views.imports.bringing import COLUMNS, HTMX, URL, newest, uploaded
from tests.factories import NOW
from tests.fixtures.people import Person
from tests.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

GERMAN = "Datum;Aktivität;Menge;Einheit\n03.02.2026;Train;1.234,5;km\n04.02.2026;Train;12,5;km\n"
#: Only days, and two columns of numbers that are written differently.
DAYS = 'Day,Here,There\n2026-03-02,1.5,"1,5"\n2026-03-03,2.25,"2,25"\n'


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_the_guess_is_shown_with_what_it_makes_of_the_first_rows(charlie: Person) -> None:
    found = uploaded(charlie, GERMAN)

    page = charlie.client.get(f"{URL}{found.id}/columns/")

    text = text_of(page)
    assert "1.234,5 is read as → 1,234.5" in text
    assert "03.02.2026 is read as → 3 February 2026" in text
    rows = page.context["first_rows"]
    assert [row.entry.amount for row in rows] == [Decimal("1234.5"), Decimal("12.5")]
    assert "Check all 2 rows" in text
    assert charlie.client.get(f"{URL}{found.id}/")["Location"] == f"{URL}{found.id}/columns/"


def test_what_is_missing_is_asked_beside_its_field_and_the_rest_is_kept(alice: Person) -> None:
    found = uploaded(alice)

    response = alice.client.post(f"{URL}{found.id}/columns/", COLUMNS | {"amount": "", "note": ""})

    form = response.context["form"]
    assert response.status_code == 422
    assert form.errors == {"amount": ["Choose its column, or one value for all rows."]}
    assert 'id="columns-amount_error"' in response.text
    assert (form["activity"].value(), form["note"].value()) == ("1", "")
    assert newest(alice).state is ImportState.UPLOADED


def test_a_column_that_is_not_in_the_file_is_refused(alice: Person) -> None:
    found = uploaded(alice)

    response = alice.client.post(f"{URL}{found.id}/columns/", COLUMNS | {"amount": "77"})

    assert response.context["form"].errors == {"amount": ["Choose a column of the file."]}


def test_one_value_may_stand_for_all_rows(alice: Person) -> None:
    found = uploaded(alice, DAYS)
    same = {"activity": "same", "activity_same": "train", "unit": "same", "unit_same": "miles", "note": ""}

    response = alice.client.post(f"{URL}{found.id}/columns/", COLUMNS | {"amount": "1"} | same)

    assert response.status_code == 302
    check = newest(alice).check
    assert check is not None
    assert [(kind.variant, kind.unit, kind.rows) for kind in check.kinds] == [("train", "mile", 2)]


@pytest.mark.parametrize(
    ("field", "value"),
    [("activity", ""), ("amount", "many"), ("unit", "furlong"), ("date", "soon"), ("people", "0")],
)
def test_a_value_that_would_refuse_every_row_is_refused_at_once(
    field: str, value: str, alice: Person
) -> None:
    found = uploaded(alice)

    data = COLUMNS | {field: "same", f"{field}_same": value}
    response = alice.client.post(f"{URL}{found.id}/columns/", data)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [f"{field}_same"]


def test_looking_shows_what_a_choice_makes_and_saves_nothing(alice: Person) -> None:
    found = uploaded(alice, DAYS)
    same = {"activity": "same", "activity_same": "train", "unit": "same", "unit_same": "km", "note": ""}
    seen = {"look": "1", "seen_amount": "1", "seen_date": "0"}

    part = alice.client.post(
        f"{URL}{found.id}/columns/", COLUMNS | {"amount": "2"} | same | seen, headers=HTMX
    )

    assert part.status_code == 200
    assert part.text.lstrip().startswith('<form id="import-columns"')
    # The other column is written with commas, which is noticed by itself.
    assert "2 2 Mar 2026 Train 1.5 km" in text_of(part)
    assert '<option value="comma" selected>' in part.text
    assert newest(alice) == found

    half = alice.client.post(f"{URL}{found.id}/columns/", COLUMNS | seen | {"amount": "", "activity": "same"})
    assert (half.status_code, half.context["first_rows"]) == (200, [])
    assert "field-error" not in half.text


def test_a_style_that_was_chosen_by_hand_stays(alice: Person) -> None:
    found = uploaded(alice, 'Date,Activity,Amount\n2026-03-02,Train,"1,234"\n')
    url = f"{URL}{found.id}/columns/"
    said = COLUMNS | {"unit": "", "note": "", "number_style": "comma"}
    seen = {"look": "1", "seen_amount": "2", "seen_date": "0"}

    [row] = alice.client.post(url, said | seen).context["first_rows"]

    assert row.entry.amount == Decimal("1.234")
    assert "These can be read in more than one way." in text_of(alice.client.get(url))


def test_a_short_file_is_checked_at_once_and_a_long_one_by_a_job(
    alice: Person, monkeypatch: pytest.MonkeyPatch, settings: pytest.FixtureRequest
) -> None:
    short = uploaded(alice)
    alice.client.post(f"{URL}{short.id}/columns/", COLUMNS)
    assert newest(alice).state is ImportState.CHECKED

    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}  # type: ignore[attr-defined]
    monkeypatch.setattr(views, "ROWS_IN_REQUEST", 5)
    alice.client.post(f"{URL}{short.id}/columns/", COLUMNS)

    assert newest(alice).state is ImportState.CHECKING
    assert [task.task_path.rpartition(".")[2] for task in DBTaskResult.objects.all()] == ["check_import"]
    assert "Reading every row 0%" in text_of(alice.client.get(f"{URL}{short.id}/"))


def test_columns_are_remembered_for_the_next_file_with_these_names(alice: Person) -> None:
    first = uploaded(alice, DAYS)
    same = {"activity": "same", "activity_same": "train", "unit": "same", "unit_same": "miles", "note": ""}
    alice.client.post(f"{URL}{first.id}/columns/", COLUMNS | {"amount": "1"} | same)

    second = uploaded(alice, DAYS + "2026-03-09,7,8\n")

    columns = columns_of(second)
    assert (columns.constants[Field.ACTIVITY], columns.places[Field.AMOUNT]) == ("train", 1)
