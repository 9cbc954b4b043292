"""The first page of imports: what is taken, for whom, and what is refused with a sentence (probe_25)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import count_requests
from carbontrack.form_keys import new_form_key
from carbontrack.uploads import OversizedFile
from emissions.domain.imports import ImportState
from emissions.forms.imports import TOO_LARGE, UploadForm
from emissions.repositories.entries import EntryRepository
from emissions.services.importing import creating
from organizations.domain import Organization
from tests.emissions.views.imports.bringing import TRIPS, URL, finished, newest, upload, uploaded
from tests.factories import NOW, make_profile
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join
from tests.fixtures.people import Person
from tests.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_the_empty_page_teaches_the_first_step(alice: Person) -> None:
    page = alice.client.get(URL)

    text = text_of(page)
    assert "Your first import" in text
    assert "Each import can be taken back as a whole." in text
    assert 'href="/imports/template/?format=xlsx"' in page.text
    assert "Count them for" not in text


def test_a_file_becomes_an_import_and_nothing_else(alice: Person) -> None:
    response = upload(alice)

    found = newest(alice)
    assert response["Location"] == f"{URL}{found.id}/columns/"
    assert (found.name, found.row_count, found.state) == ("trips.csv", 6, ImportState.UPLOADED)
    assert found.organization_id is None
    assert EntryRepository(alice.user_id).recent(5) == []


def test_a_double_click_makes_one_import(alice: Person) -> None:
    key = new_form_key(alice.user_id)

    answers = [
        alice.client.post(URL, {"key": key, "file": SimpleUploadedFile("trips.csv", TRIPS.encode())})
        for _ in range(2)
    ]

    assert len({answer["Location"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [(PNG, "photo.png"), (PNG, "trips.xlsx"), (b"", "empty.csv"), (b"%PDF-1.7\n", "a.csv")],
)
def test_a_file_that_is_no_table_is_refused_beside_the_field(
    content: bytes, name: str, alice: Person
) -> None:
    response = upload(alice, content, name=name)

    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.text
    [sentence] = response.context["form"].errors["file"]
    assert sentence.endswith(".")
    assert list(response.context["rows"]) == []


def test_without_a_file_the_form_says_so(alice: Person) -> None:
    response = alice.client.post(URL, {"key": new_form_key(alice.user_id)})

    assert response.status_code == 422
    assert "Choose a file first." in text_of(response)


def test_a_file_that_is_too_large_is_refused_with_a_sentence() -> None:
    huge = OversizedFile(file=BytesIO(), name="huge.csv", content_type="text/csv", size=21_000_000)

    form = UploadForm({}, {"file": huge}, profile=make_profile())

    assert form.errors == {"file": [TOO_LARGE]}


def test_the_same_file_again_leads_to_the_import_it_is_in(alice: Person) -> None:
    found = finished(alice)

    response = upload(alice)

    assert response.status_code == 422
    assert f'<a href="{URL}{found.id}/">See that import</a>' in response.text
    assert len(response.context["rows"]) == 1


def test_nobody_brings_files_faster_than_one_can_look_at_them(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """probe_25: each is kept for a month."""
    monkeypatch.setattr(creating, "MOST_AN_HOUR", 1)
    uploaded(alice)

    response = upload(alice, f"{TRIPS}2026-03-07,Train,1,km,\n")

    assert response.status_code == 422
    assert "Please wait a while" in text_of(response)


def test_a_file_name_stays_text(alice: Person) -> None:
    upload(alice, name="<img src=x onerror=alert(1)>.csv")

    assert "<img src=x" not in alice.client.get(URL).text


def test_a_key_of_somebody_else_is_refused(alice: Person, bob: Person) -> None:
    file = SimpleUploadedFile("trips.csv", TRIPS.encode())

    response = alice.client.post(URL, {"key": new_form_key(bob.user_id), "file": file})

    assert response.status_code == 400


# -- For work -----------------------------------------------------------------------------------------------


def targets(response: Any) -> list[str]:
    """The values that are offered for whom to import."""
    choices = response.context["form"].fields["target"].choices
    return [value for _, group in choices[1:] for value, _ in group]


def test_an_administrator_chooses_a_department(acme: Organization, alice: Person) -> None:
    assert targets(alice.client.get(URL)) == [ENGINEERING, SALES, FIELD, "-"]

    found = uploaded(alice, target=FIELD)

    assert (found.organization_id, found.department_id) == (acme.id, FIELD)
    assert "Work, Field at Acme" in text_of(alice.client.get(URL))


def test_an_administrator_of_one_department_chooses_within_it(acme: Organization, charlie: Person) -> None:
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])

    assert targets(charlie.client.get(URL)) == [SALES, FIELD]
    assert upload(charlie, target=ENGINEERING).status_code == 422
    assert upload(charlie, target="-").status_code == 422


def test_a_member_is_not_asked_and_cannot_choose(acme: Organization, bob: Person) -> None:
    assert "target" not in bob.client.get(URL).context["form"].fields

    assert uploaded(bob, target=SALES).organization_id is None


# -- Others -------------------------------------------------------------------------------------------------


def test_an_import_of_somebody_else_is_as_one_that_never_existed(alice: Person, bob: Person) -> None:
    found = finished(alice)
    parts = {
        "": "GET",
        "errors/": "GET",
        "columns/": "POST",
        "start/": "POST",
        "undo/": "POST",
        "discard/": "POST",
    }

    for part, method in parts.items():
        theirs, nobodys = (
            bob.client.generic(method, f"{URL}{import_id}/{part}")
            for import_id in (found.id, "01HS0000000000000000000000")
        )
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert text_of(theirs).partition("quote")[0] == text_of(nobodys).partition("quote")[0]
    assert newest(alice) == found


def test_the_list_costs_the_same_with_one_and_with_three(alice: Person) -> None:
    costs = []
    for number in range(3):
        uploaded(alice, TRIPS + f"2026-03-0{number + 1},Electricity,1,kWh,\n")
        with count_requests() as meter:
            assert len(alice.client.get(URL).context["rows"]) == number + 1
        costs.append(meter.count)
    assert costs == [2, 2, 2]  # the profile and one page


@pytest.mark.parametrize(
    ("kind", "begins"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("activities", b"\xef\xbb\xbf")]
)
def test_the_template_is_a_file(kind: str, begins: bytes, alice: Person) -> None:
    response = alice.client.get(f"{URL}template/?format={kind}")

    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response.content.startswith(begins)
    assert alice.client.get(f"{URL}template/?format=exe").status_code == 400


def test_the_template_itself_can_be_brought_in(alice: Person) -> None:
    template = alice.client.get(f"{URL}template/?format=csv").content

    found = uploaded(alice, template.decode("utf-8-sig"))

    page = alice.client.get(f"{URL}{found.id}/columns/")
    assert [row.refusal for row in page.context["first_rows"]] == [None] * len(page.context["first_rows"])
