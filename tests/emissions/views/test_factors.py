"""The pages of the catalogue: open to everybody, with and without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.fixtures.people import Person

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _november_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbontrack.clock.now", lambda: datetime(2026, 11, 22, 12, 0, tzinfo=UTC))


@pytest.fixture
def visitor() -> Client:
    return Client()


def names(html: str) -> list[str]:
    """The names in the first column of the lists of factors."""
    return re.findall(r'<th scope="row"><a href="/factors/[^"]*">([^<]*)</a>', html)


def selected(html: str, field: str) -> str:
    select = html.partition(f'name="{field}">')[2].partition("</select>")[0]
    found = re.search(r'value="([^"]*)" selected', select)
    return found.group(1) if found else ""


def test_a_visitor_sees_the_catalogue_of_all_regions(visitor):
    html = visitor.get("/factors/").text

    assert names(html)[:2] == ["Car, petrol (gasoline), average", "Car, petrol (gasoline), small"]
    assert selected(html, "region") == "all"
    assert "Log<span" not in html


def test_a_person_sees_their_own_region_first_and_can_log_from_it(charlie: Person):
    html = charlie.client.get("/factors/?q=electricity").text

    assert selected(html, "region") == "de"
    assert names(html)[0] == "Household electricity"
    assert (
        '<a href="/log/?variant=electricity">Log<span class="visually-hidden"> Household electricity' in html
    )


def test_what_stands_in_for_a_missing_figure_is_marked(visitor):
    html = visitor.get("/factors/?region=de&q=car-electric").text

    assert '<span class="badge warning">stands in</span>' in html


def test_a_search_by_script_gets_the_table_the_count_and_the_categories(visitor):
    html = visitor.get("/factors/?q=beef&type=food", headers=HTMX).text

    assert html.lstrip().startswith('<div id="factor-table"')
    assert "<html" not in html
    assert names(html)[0] == "Beef"
    assert 'id="factor-count" role="status" hx-swap-oob="innerHTML"' in html
    assert 'id="factor-category-field" hx-swap-oob="true"' in html
    assert '<optgroup label="Waste">' not in html


def test_a_search_without_scripts_is_a_page_with_the_form_filled_in(visitor):
    html = visitor.get("/factors/?q=beef&type=food&category=beef&region=gb&source=owid-clark-2022").text

    assert 'name="q" value="beef"' in html
    assert [selected(html, field) for field in ("type", "category", "region", "source")] == [
        "food",
        "beef",
        "gb",
        "owid-clark-2022",
    ]
    assert names(html) == ["Beef burger", "Beef meatballs", "Beef mince", "Beef steak"]


def test_show_more_is_a_link_that_keeps_the_filters(visitor):
    html = visitor.get("/factors/?type=waste&region=us").text
    link = re.search(r'id="factor-more" href="(\?[^"]*)"', html)
    assert link is not None

    more = visitor.get("/factors/" + link.group(1).replace("&amp;", "&")).text

    assert len(names(html)) == 50
    assert len(names(more)) == 100


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("q=petrl", 'Did you mean <a href="?q=petrol&amp;region=all">petrol</a>?'),
        ("q=xyzzy", "Try fewer or simpler words, such as"),
        ("q=underground&region=de&type=waste", "No figure fits all of these filters."),
        ("q=london+underground&region=fr", "France has no such figure, but 1 is published elsewhere."),
    ],
)
def test_an_empty_list_says_what_to_do_next(visitor, query, sentence):
    html = visitor.get(f"/factors/?{query}").text

    assert "Nothing matches" in html
    assert sentence in html


def test_what_was_typed_is_escaped(visitor):
    html = visitor.get('/factors/?q="><script>alert(1)</script>').text

    assert "<script>alert" not in html


def test_a_factor_shows_value_source_licence_link_and_history(visitor):
    html = visitor.get("/factors/energy.electricity.grid.gb/").text

    assert '<span class="kg huge">0.13096</span>' in html
    assert "Open Government Licence v3.0" in html
    assert (
        "https://www.gov.uk/government/publications/greenhouse-gas-reporting-conversion-factors-2026" in html
    )
    assert re.findall(r'\?edition=(\d{4})-01-01"', html) == [str(year) for year in range(2026, 2014, -1)]
    assert html.count('<rect class="edition') == 12
    assert 'href="/log/?variant=energy.electricity.grid"' in html


def test_an_older_edition_is_shown_as_such(visitor):
    html = visitor.get("/factors/energy.electricity.grid.gb/?edition=2025-01-01").text

    assert '<span class="kg huge">0.177</span>' in html
    assert "This is not the edition in force today." in html
    assert "98.8%" in html


def test_an_edition_that_does_not_exist_is_todays(visitor):
    html = visitor.get("/factors/energy.electricity.grid.gb/?edition=1066-10-14").text

    assert '<span class="kg huge">0.13096</span>' in html


@pytest.mark.parametrize(
    "factor_id", ["nothing", "energy.electricity.grid", "energy.electricity.grid.gb.x", "%00"]
)
def test_a_factor_that_does_not_exist_is_not_found(visitor, factor_id):
    assert visitor.get(f"/factors/{factor_id}/").status_code == 404


def test_pages_have_no_inline_style_or_script(visitor):
    for address in ("/factors/", "/factors/energy.electricity.grid.gb/"):
        html = visitor.get(address).text
        assert " style=" not in html
        assert not re.search(r"<script(?![^>]*src=)[^>]*>", html)
        assert not re.search(r"\son[a-z]+=", html)


def test_a_visitors_page_may_be_kept_and_is_not_sent_twice(visitor):
    first = visitor.get("/factors/energy.electricity.grid.gb/")
    again = visitor.get("/factors/energy.electricity.grid.gb/", headers={"If-None-Match": first["ETag"]})

    assert first["Cache-Control"] == "public, max-age=300"
    assert {"Cookie", "HX-Request"} <= set(first["Vary"].split(", "))
    assert (again.status_code, again.content) == (304, b"")


def test_a_persons_page_is_never_kept(alice: Person):
    response = alice.client.get("/factors/")

    assert response["Cache-Control"] == "private, no-store"
    assert "ETag" not in response


def test_only_reading_is_allowed(visitor):
    assert visitor.post("/factors/").status_code == 405
    assert visitor.delete("/factors/energy.electricity.grid.gb/").status_code == 405
