"""The console's pages of factor editions: upload, compare, publish, correct, withdraw."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from carbontrack import clock
from emissions.domain.publications import PLATFORM, Publication, PublicationState
from emissions.factors import catalog
from emissions.repositories.publications import PublicationRepository
from tests.factories import NOW
from tests.fixtures.factors import GRID, draft_edition, publish_edition, row, stored_edition
from tests.fixtures.people import Person

pytestmark = pytest.mark.usefixtures("published_factors")
HEAD = "id,variant,unit,kg_co2e_per_unit,scope\n"
LIST = "/staff/factors/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def send(grace: Person, lines: str = f"{GRID},Grid,kWh,0.1,2\n", **changes: str) -> Any:
    page = grace.client.get(f"{LIST}new/").content.decode()
    key = page.partition('name="key" value="')[2].partition('"')[0]
    said = {
        "key": key,
        "title": "Factors 2026",
        "publisher": "Ministry",
        "year": "2026",
        "valid_from": "2026-01-01",
        "url": "https://example.org/",
    }
    file = SimpleUploadedFile("factors.csv", (HEAD + lines).encode(), "text/csv")
    return grace.client.post(f"{LIST}new/", said | changes | {"file": file})


def all_editions() -> list[Publication]:
    return PublicationRepository(PLATFORM).all()


def kg() -> Decimal:
    factor = catalog().in_force(GRID, NOW.date())
    assert factor is not None
    return factor.kg_co2e_per_unit


def test_from_the_file_to_everybodys_factor_page_and_back(grace: Person) -> None:
    before = kg()
    answer = send(grace)
    (edition,) = all_editions()
    url = f"{LIST}{edition.id}/"
    assert (answer.status_code, answer.headers["Location"]) == (302, url)
    assert edition.state is PublicationState.COUNTED  # the job of counting was queued
    page = grace.client.get(url).content.decode()
    assert "0 new, 0 the same" in page
    assert "No entry that is logged would change." in page
    assert kg() == before

    form = {"when": "now", "seen_version": str(edition.version)}
    assert grace.client.post(f"{url}publish/", form).status_code == 302
    assert kg() == Decimal("0.1")
    public = grace.client.get(f"/factors/{GRID}/").content.decode()
    assert "Factors 2026" in public
    assert 'href="https://example.org/"' in public
    assert "Ministry, 2026" in grace.client.get("/factors/?q=electricity&region=gb").content.decode()

    version = str(stored_edition(edition).version)
    assert "1 factor goes back" in grace.client.get(f"{url}withdraw/").content.decode()
    grace.client.post(f"{url}withdraw/", {"reason": "A slip", "seen_version": version})
    assert kg() == before
    assert "Factors 2026" not in grace.client.get(f"/factors/{GRID}/").content.decode()


def test_a_file_with_mistakes_is_a_422_that_names_each_line_and_keeps_what_was_typed(grace: Person) -> None:
    answer = send(grace, f"{GRID},Grid,kg,0.1,2\nx,y,z,1,1\n", title="My <b>title</b>")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "2 lines cannot be used" in page
    assert "per kWh everywhere" in page
    assert 'value="My &lt;b&gt;title&lt;/b&gt;"' in page
    assert all_editions() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", "javascript:alert(1)"),
        ("url", "//example.org"),
        ("valid_from", "1899-01-01"),
        ("year", "26"),
        ("publisher", " "),
    ],
)
def test_what_an_edition_cannot_say_is_refused_beside_its_field(name: str, value: str, grace: Person) -> None:
    answer = send(grace, **{name: value})

    assert answer.status_code == 422
    assert f'id="id_{name}_error"' in answer.content.decode()
    assert all_editions() == []


def test_the_same_form_sent_twice_stores_one_draft(grace: Person) -> None:
    first = send(grace)
    key = first.wsgi_request.POST["key"]
    send(grace, key=key)

    (edition,) = all_editions()
    form = {"when": "now", "seen_version": str(edition.version)}
    grace.client.post(f"{LIST}{edition.id}/publish/", form)
    assert send(grace, key=key).headers["Location"] == f"{LIST}{edition.id}/"
    assert len(all_editions()) == 1

    other = send(grace, f"{GRID},Grid,kWh,0.2,2\n", key=key)
    assert (other.status_code, len(all_editions())) == (422, 1)
    page = other.content.decode()
    assert "This form has been saved before" in page
    assert f'name="key" value="{key}"' not in page


def test_a_later_day_is_named_and_a_past_one_refused(grace: Person) -> None:
    before = kg()
    edition = draft_edition(grace)
    url = f"{LIST}{edition.id}/publish/"
    form = {"when": "later", "seen_version": "1"}

    for day in ("", "2024-01-01", NOW.date().isoformat()):
        assert grace.client.post(url, form | {"publish_on": day}).status_code == 422
    answer = grace.client.post(url, form | {"publish_on": "2027-01-01"}, follow=True)

    assert "It will be in force from 1 January 2027 on." in answer.content.decode()
    assert kg() == before
    assert "In force from 1 January 2027 on." in grace.client.get(f"{LIST}{edition.id}/").content.decode()


def test_an_old_form_publishes_nothing(grace: Person) -> None:
    edition = draft_edition(grace)

    answer = grace.client.post(f"{LIST}{edition.id}/publish/", {"when": "now", "seen_version": "7"})

    assert answer.status_code == 409
    assert stored_edition(edition).is_draft


def test_the_difference_can_be_narrowed_by_kind_and_words(grace: Person) -> None:
    names = [f"energy.electricity.grid-{name}.gb" for name in ("alpha", "beta")]
    edition = draft_edition(grace, row(kg="50"), *(row(each, name=each.split("-")[1]) for each in names))
    url = f"{LIST}{edition.id}/"

    assert "1 factor to look at twice" in grace.client.get(url).content.decode()
    new = grace.client.get(f"{url}?kind=new&q=beta").content.decode()
    assert (names[1] in new, names[0] in new, GRID in new) == (True, False, False)
    assert "Nothing fits" in grace.client.get(f"{url}?kind=new&q=gamma").content.decode()


def test_the_file_of_an_edition_can_be_taken_mended_and_sent_as_a_correction(grace: Person) -> None:
    first = publish_edition(grace)
    file = grace.client.get(f"{LIST}{first.id}/file/").content.decode("utf-8-sig")
    mended = file.replace(",0.1,", ",0.12,")
    page = grace.client.get(f"{LIST}new/?corrects={first.id}").content.decode()
    assert 'value="Factors 2026"' in page

    lines = mended.partition("\n")[2]
    row_of_file = lines.split(",")
    send(grace, f"{row_of_file[0]},Grid,kWh,0.12,2\n", corrects=first.id)
    correction = all_editions()[-1]
    grace.client.post(f"{LIST}{correction.id}/publish/", {"when": "now", "seen_version": "1"})

    assert stored_edition(correction).edition == first.id
    assert kg() == Decimal("0.12")
    assert (
        "Editions published later stand in its place"
        in grace.client.get(f"{LIST}{first.id}/").content.decode()
    )


def test_the_list_is_searched_and_filtered_and_teaches_while_it_is_empty(grace: Person) -> None:
    assert "Nothing is published yet" in grace.client.get(LIST).content.decode()
    draft_edition(grace, title="Draft of grids")
    publish_edition(grace, title="Published grids")

    for query, expected in (
        ("", {"Draft of grids", "Published grids"}),
        ("?q=draft", {"Draft of grids"}),
        ("?state=published", {"Published grids"}),
        ("?state=withdrawn", set()),
    ):
        page = grace.client.get(f"{LIST}{query}").content.decode()
        assert {name for name in ("Draft of grids", "Published grids") if name in page} == expected


def test_what_is_no_edition_is_not_found(grace: Person) -> None:
    for id in ("%23version", "01HS0000000000000000000000", "x"):
        for path in ("", "publish/", "withdraw/", "file/"):
            assert grace.client.get(f"{LIST}{id}/{path}").status_code == 404


def test_an_edition_that_is_not_whole_says_so_and_cannot_be_published(grace: Person) -> None:
    from carbontrack.dynamodb import delete_item
    from carbontrack.dynamodb.tables import FACTORS

    edition = draft_edition(grace)
    delete_item(FACTORS, {"factor_id": GRID, "valid_from": f"2026-01-01#{edition.id}"})
    url = f"{LIST}{edition.id}/"

    assert "Not all of its factors are stored" in grace.client.get(url).content.decode()
    answer = grace.client.post(f"{url}publish/", {"when": "now", "seen_version": "1"})
    assert answer.status_code == 422


def test_a_draft_is_discarded_and_what_is_published_is_not(grace: Person) -> None:
    draft, published = draft_edition(grace), publish_edition(grace)

    for edition in (draft, published):
        grace.client.post(f"{LIST}{edition.id}/discard/")

    assert [each.id for each in all_editions()] == [published.id]
