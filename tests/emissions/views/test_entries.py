"""The list of entries, and explaining, changing, deleting, undoing and repeating one: plain and with HTMX."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from carbontrack import clock
from carbontrack.dynamodb import count_requests
from carbontrack.dynamodb.errors import ItemNotFound
from carbontrack.form_keys import new_form_key
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.entries import edit_entry, record_entry
from tests.factories import entry_id_of, make_draft
from tests.fixtures.people import Person
from tests.pages import edit_form, text_of

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
#: 50 miles × 1.609344 km × 0.17411 kg, the British edition of 2026.
KG = Decimal("14.010144")


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def log(person: Person, number: int = 1, local: str = "2026-11-20T10:30", **changes: object) -> Entry:
    draft = make_draft(local, time_zone=person.profile.preferences.time_zone, **changes)
    return record_entry(person.profile, draft, entry_id=entry_id_of(number)).entry


def stored(person: Person, entry: Entry) -> Entry:
    return EntryRepository(person.user_id).get(entry.key)


def is_gone(person: Person, entry: Entry) -> bool:
    return EntryRepository(person.user_id).find(entry.key) is None


def kg_of(person: Person) -> Decimal:
    return TotalsRepository().months(Subject.user(person.user_id), "2026-11", "2026-11")[0].co2_emissions


def in_row(entry: Entry) -> dict[str, str]:
    return {**HTMX, "HX-Target": f"entry-{entry.entry_id}"}


def rows_in(response: Any) -> list[str]:
    """The ids of the entries shown, in order."""
    return re.findall(r'<li id="entry-(\w+)" class="entry type', response.content.decode())


def undo_token_in(response: Any) -> str:
    found = re.search(r'name="undo_token" value="([^"]+)"', response.content.decode())
    assert found is not None
    return found[1]


# -- The list -----------------------------------------------------------------------------------------------


def test_the_list_is_newest_first_by_day(alice: Person) -> None:
    log(alice, 1, "2026-11-20T08:00")
    log(alice, 2, "2026-11-22T08:00", variant="beef", amount=Decimal("0.3"), unit="kg")
    log(alice, 3, "2026-11-21T08:00", people=2, note="to the sea")
    log(alice, 4, "2025-12-31T23:30")

    response = alice.client.get("/entries/")

    assert rows_in(response) == [entry_id_of(n) for n in (2, 3, 1, 4)]
    days = re.findall(r'<time datetime="([\d-]+)">([^<]+)</time></h2>', response.content.decode())
    assert days == [
        ("2026-11-22", "Today"),
        ("2026-11-21", "Yesterday"),
        ("2026-11-20", "Friday 20 November"),
        ("2025-12-31", "Wednesday 31 December 2025"),
    ]
    assert "Car, petrol (gasoline), medium to the sea 50 miles ÷ 2 7.01 kg CO2e" in text_of(response)


def test_nobody_sees_the_entries_of_another(alice: Person, bob: Person) -> None:
    log(alice)

    assert rows_in(bob.client.get("/entries/")) == []
    assert "No entries yet" in text_of(bob.client.get("/entries/"))


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [3, 2, 1]),
        ("type=food", [2]),
        ("category=car", [3, 1]),
        ("period=2026-10", [1]),
        ("period=2026-11-20", [2]),
        ("since=2026-11-20&until=2026-11-20", [2]),
        ("type=transportation&period=2026", [3, 1]),
        ("type=nonsense&period=lately", [3, 2, 1]),
    ],
)
@pytest.mark.parametrize("headers", [{}, {**HTMX, "HX-Target": "entry-list"}])
def test_filters_in_the_address_narrow_the_list(
    alice: Person, query: str, numbers: list[int], headers: dict[str, str]
) -> None:
    log(alice, 1, "2026-10-20T08:00")
    log(alice, 2, "2026-11-20T08:00", variant="beef", amount=Decimal("0.3"), unit="kg")
    log(alice, 3, "2026-11-21T08:00")

    response = alice.client.get(f"/entries/?{query}", headers=headers)

    assert rows_in(response) == [entry_id_of(n) for n in numbers]
    assert ("<html" in response.content.decode()) == (not headers)


def test_htmx_keeps_a_clean_address(alice: Person) -> None:
    headers = {**HTMX, "HX-Target": "entry-list"}

    assert (
        alice.client.get("/entries/?type=food&category=&period=", headers=headers)["HX-Push-Url"]
        == "/entries/?type=food"
    )
    assert alice.client.get("/entries/?type=&category=", headers=headers)["HX-Push-Url"] == "/entries/"


def test_filters_without_a_hit_can_be_cleared(alice: Person) -> None:
    log(alice)

    page = text_of(alice.client.get("/entries/?type=waste"))

    assert "Nothing matches No entry fits all of these filters. Clear the filters" in page


def test_load_more_goes_on_where_the_page_ended(alice: Person) -> None:
    for number in range(30):
        log(alice, number, f"2026-11-{20 - number // 8}T08:00")
    first = alice.client.get("/entries/")
    link = re.search(r'id="entry-more-link" href="([^"]+)"', first.content.decode())
    assert link is not None
    query = html.unescape(link[1])

    plain = alice.client.get(f"/entries/{query}")
    part = alice.client.get(f"/entries/{query}", headers={**HTMX, "HX-Target": "entry-more"})

    assert len(rows_in(first)) == 25
    assert len(set(rows_in(first) + rows_in(plain))) == 30
    assert rows_in(part) == rows_in(plain)
    assert "<html" not in part.content.decode()
    assert 'aria-label="Tuesday 17 November, continued"' in part.content.decode()
    assert "That is everything." in text_of(part)


@pytest.mark.parametrize("cursor", ["nonsense", "a:b:c"])
def test_a_cursor_that_is_not_ours_is_refused(alice: Person, cursor: str) -> None:
    assert alice.client.get("/entries/", {"cursor": cursor}).status_code == 400


def test_the_cursor_of_another_person_or_filter_is_refused(alice: Person, bob: Person) -> None:
    """probe_06"""
    for number in range(26):
        log(alice, number)
    link = re.search(r'id="entry-more-link" href="([^"]+)"', alice.client.get("/entries/").content.decode())
    assert link is not None
    query = html.unescape(link[1])

    assert bob.client.get(f"/entries/{query}").status_code == 400
    assert alice.client.get(f"/entries/{query}&type=food").status_code == 400


@pytest.mark.parametrize(("number", "at_its_end"), [(1, ["query"]), (30, [])])
def test_the_list_costs_two_reads_and_one_of_the_archive_where_it_ends(
    alice: Person, number: int, at_its_end: list[str]
) -> None:
    for n in range(number):
        log(alice, n)

    with count_requests() as meter:
        alice.client.get("/entries/")

    assert sorted(request.operation for request in meter.requests) == ["get_item", "query", *at_its_end]


# -- One entry ----------------------------------------------------------------------------------------------


def test_the_page_of_an_entry_explains_its_number(alice: Person) -> None:
    entry = log(alice, people=2)

    response = alice.client.get(f"/entries/{entry.slug}/")

    page = text_of(response)
    assert (
        "Amount 50 miles what you logged "
        "× Conversion 1.609344 km per mile the factor counts per km "
        "× Factor 0.17411 kg CO2e per km Medium car, petrol "
        "÷ People 2 people your share "
        "= Result 7.005072 kg CO2e shown as 7.01 kg CO2e"
    ) in page
    assert "Region United Kingdom It is the figure for your own region." in page
    assert "UK Government GHG Conversion Factors for Company Reporting 2026" in page
    assert "Licence Open Government Licence v3.0" in page
    assert f"/factors/{entry.factor.id}/" in response.content.decode()
    assert "Logged on 22 November 2026 at 10:00." in page
    assert "Logged today, it would be" not in page


def test_an_old_entry_says_what_it_would_be_today(alice: Person) -> None:
    entry = log(alice, local="2024-06-01T08:00")

    page = text_of(alice.client.get(f"/entries/{entry.slug}/"))

    assert "Logged today, it would be 14 kg CO2e with the 2026 figure for United Kingdom" in page


def test_a_stand_in_is_marked(charlie: Person) -> None:
    entry = log(charlie)

    assert "stand-in" in text_of(charlie.client.get("/entries/"))
    page = text_of(charlie.client.get(f"/entries/{entry.slug}/"))
    assert "Region United Kingdom stand-in We have none for your country or the world" in page


@pytest.mark.parametrize("action", ["", "edit/", "delete/"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_entry_of_another_looks_as_if_it_never_existed(
    alice: Person, bob: Person, action: str, headers: dict[str, str]
) -> None:
    entry = log(alice)
    never = f"20260101T000000Z-{entry_id_of(99)}"

    theirs = bob.client.get(f"/entries/{entry.slug}/{action}", headers=headers)
    nobodys = bob.client.get(f"/entries/{never}/{action}", headers=headers)

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert without_ids(theirs) == without_ids(nobodys)


def without_ids(response: Any) -> str:
    body = response.content.decode().replace(response.headers.get("X-Request-ID", "-"), "")
    return re.sub(r"[0-9a-f]{32}", "", body)


@pytest.mark.parametrize("action", ["edit", "delete", "again"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_nobody_changes_the_entry_of_another(
    alice: Person, bob: Person, action: str, headers: dict[str, str]
) -> None:
    entry = log(alice)
    data = edit_form(entry, amount="1", key=new_form_key(bob.user_id))

    response = bob.client.post(f"/entries/{entry.slug}/{action}/", data, headers=headers)

    assert response.status_code == 404
    assert stored(alice, entry) == entry
    assert EntryRepository(bob.user_id).recent(5) == []


@pytest.mark.parametrize("slug", ["nonsense", "20260101T000000Z", "20269901T000000Z-" + "0" * 26, "x" * 3000])
def test_a_slug_that_is_none_is_not_found(alice: Person, slug: str) -> None:
    assert alice.client.get(f"/entries/{slug}/").status_code == 404


# -- Change -------------------------------------------------------------------------------------------------


def test_the_form_holds_what_is_stored(alice: Person) -> None:
    entry = log(alice, people=2, note="to the sea")

    body = alice.client.get(f"/entries/{entry.slug}/edit/").content.decode()

    for name, value in {
        "amount": "50",
        "people": "2",
        "date": "2026-11-20",
        "time": "10:30",
        "version": "1",
    }.items():
        assert f'name="{name}" value="{value}"' in body
    assert "to the sea</textarea>" in body


def test_a_plain_change_is_saved_and_explained(alice: Person) -> None:
    entry = log(alice)

    response = alice.client.post(f"/entries/{entry.slug}/edit/", edit_form(entry, amount="100", note="twice"))

    changed = stored(alice, entry)
    assert (changed.amount, changed.note, changed.version) == (Decimal(100), "twice", 2)
    assert changed.co2_emissions == 2 * KG
    assert kg_of(alice) == 2 * KG
    assert response["Location"] == f"/entries/{changed.slug}/"
    page = text_of(alice.client.get(response["Location"]))
    assert "Changed: 28 kg CO2e" in page
    assert "now at version 2" in page


def test_a_change_in_place_answers_the_row(alice: Person) -> None:
    entry = log(alice)

    form = alice.client.get(f"/entries/{entry.slug}/edit/", headers=in_row(entry))
    response = alice.client.post(
        f"/entries/{entry.slug}/edit/", edit_form(entry, amount="100"), headers=in_row(entry)
    )

    assert (
        form.content.decode()
        .strip()
        .startswith(f'<li id="entry-{entry.entry_id}" class="entry entry-editing')
    )
    assert rows_in(response) == [entry.entry_id]
    assert "100 miles 28 kg CO2e" in text_of(response)
    assert response["HX-Trigger"] == f'{{"entry-changed": {{"slug": "{entry.slug}", "month": "2026-11"}}}}'


def test_a_change_called_off_brings_the_row_back(alice: Person) -> None:
    entry = log(alice)

    assert rows_in(alice.client.get(f"/entries/{entry.slug}/", headers=in_row(entry))) == [entry.entry_id]


def test_another_day_is_another_place_in_the_list(alice: Person) -> None:
    entry = log(alice)

    response = alice.client.post(
        f"/entries/{entry.slug}/edit/", edit_form(entry, date="2026-11-02"), headers=in_row(entry)
    )

    assert response["HX-Refresh"] == "true"
    [moved] = EntryRepository(alice.user_id).recent(5)
    assert (moved.local_date, moved.entry_id) == (date(2026, 11, 2), entry.entry_id)
    assert "Changed: 14 kg CO2e" in text_of(alice.client.get("/entries/"))


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_slip_in_a_change_keeps_what_was_typed(alice: Person, headers: dict[str, str]) -> None:
    entry = log(alice)

    response = alice.client.post(
        f"/entries/{entry.slug}/edit/", edit_form(entry, amount="1,234", note="keep me"), headers=headers
    )

    assert response.status_code == 422
    assert "1,234 can be read in two ways. Write 1234 or 1.234." in text_of(response)
    assert "keep me" in text_of(response)
    assert stored(alice, entry) == entry


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_change_in_two_windows_loses_nothing(alice: Person, headers: dict[str, str]) -> None:
    entry = log(alice)
    edit_entry(
        alice.profile,
        entry.key,
        make_draft("2026-11-20T10:30", time_zone="Europe/London", note="first"),
        version=1,
    )

    response = alice.client.post(
        f"/entries/{entry.slug}/edit/", edit_form(entry, amount="60", note="second"), headers=headers
    )

    page, body = text_of(response), response.content.decode()
    assert response.status_code == 409
    assert response.headers.get("HX-Retarget") == (f"#entry-{entry.entry_id}" if headers else None)
    assert "This entry was changed in another window." in page
    assert "50 miles on 20 November 2026, 14 kg CO2e, “first”" in page
    assert 'name="amount" value="60"' in body
    assert 'name="version" value="2"' in body
    assert "second</textarea>" in body
    assert stored(alice, entry).note == "first"

    alice.client.post(
        f"/entries/{entry.slug}/edit/", edit_form(entry, amount="60", note="second", version="2")
    )
    assert (stored(alice, entry).note, stored(alice, entry).version) == ("second", 3)


def test_extra_fields_in_a_change_do_nothing(alice: Person, bob: Person) -> None:
    """probe_05"""
    entry = log(alice)
    extra = {
        "user_id": bob.user_id,
        "organization_id": "org_1",
        "co2_emissions": "0",
        "entry_id": entry_id_of(9),
    }

    alice.client.post(f"/entries/{entry.slug}/edit/", edit_form(entry, amount="100", **extra))

    changed = stored(alice, entry)
    assert (changed.user_id, changed.organization_id, changed.co2_emissions) == (alice.user_id, None, 2 * KG)


@pytest.mark.parametrize("version", ["", "-1", "one", "9" * 400])
def test_a_version_that_is_none_is_refused(alice: Person, version: str) -> None:
    entry = log(alice)

    for action in ("edit", "delete"):
        data = edit_form(entry, amount="1", version=version)
        assert alice.client.post(f"/entries/{entry.slug}/{action}/", data).status_code == 400
    assert stored(alice, entry) == entry


def test_without_scripts_a_change_can_be_narrowed_and_previewed(alice: Person) -> None:
    entry = log(alice)

    narrowed = alice.client.post(f"/entries/{entry.slug}/edit/", edit_form(entry, type="food", update="1"))
    previewed = alice.client.post(f"/entries/{entry.slug}/edit/", edit_form(entry, amount="100", preview="1"))

    assert 'value="food" id="edit-' in narrowed.content.decode()
    assert "28 kg CO2e 100 miles" in text_of(previewed)
    assert stored(alice, entry) == entry


def test_the_preview_of_a_change_keeps_the_frozen_factor(alice: Person) -> None:
    entry = log(alice, local="2024-06-01T08:00")
    query = {**edit_form(entry, amount="100"), "entry": entry.slug}

    response = alice.client.get("/log/preview/", query, headers=HTMX)

    kg = f"{entry.co2_emissions * 2:.1f}"
    assert text_of(response).startswith(f"{kg} kg CO2e 100 miles")
    assert str(entry.factor.value) in text_of(response)


def test_the_preview_of_anothers_entry_is_not_found(alice: Person, bob: Person) -> None:
    entry = log(alice)

    assert (
        bob.client.get("/log/preview/", {**edit_form(entry), "entry": entry.slug}, headers=HTMX).status_code
        == 404
    )


# -- Delete and undo ----------------------------------------------------------------------------------------


def test_a_plain_delete_can_be_undone_from_the_list(alice: Person) -> None:
    entry = log(alice, note="to the sea")

    response = alice.client.post(f"/entries/{entry.slug}/delete/", {"version": "1"})

    assert is_gone(alice, entry)
    assert kg_of(alice) == 0
    assert response["Location"] == "/entries/"
    page = alice.client.get("/entries/")
    assert "Deleted: 14 kg CO2e Car, petrol (gasoline), medium, 50 miles Undo" in text_of(page)

    alice.client.post("/entries/restore/", {"undo_token": undo_token_in(page)})

    restored = stored(alice, entry)
    assert (restored.co2_emissions, restored.note, restored.created_at) == (
        KG,
        "to the sea",
        entry.created_at,
    )
    assert kg_of(alice) == KG
    assert "It is back: 14 kg CO2e" in text_of(alice.client.get("/entries/"))


def test_a_delete_in_place_leaves_the_way_back(alice: Person) -> None:
    entry = log(alice)

    response = alice.client.post(f"/entries/{entry.slug}/delete/", {"version": "1"}, headers=in_row(entry))

    assert is_gone(alice, entry)
    assert text_of(response) == "Deleted: Car, petrol (gasoline), medium, 50 miles, 14 kg CO2e. Undo"
    assert response["HX-Trigger"] == f'{{"entry-deleted": {{"slug": "{entry.slug}"}}}}'

    back = alice.client.post(
        "/entries/restore/", {"undo_token": undo_token_in(response)}, headers=in_row(entry)
    )

    assert rows_in(back) == [entry.entry_id]
    assert kg_of(alice) == KG


def test_undo_twice_counts_once(alice: Person) -> None:
    entry = log(alice)
    token = undo_token_in(alice.client.post(f"/entries/{entry.slug}/delete/", {"version": "1"}, headers=HTMX))

    for _ in range(2):
        alice.client.post("/entries/restore/", {"undo_token": token})

    assert kg_of(alice) == KG


def test_undo_from_the_message_after_logging_answers_there(alice: Person) -> None:
    entry = log(alice)

    response = alice.client.post(
        f"/entries/{entry.slug}/delete/", {"version": "1"}, headers={**HTMX, "HX-Target": "messages"}
    )

    assert response["HX-Retarget"] == "#messages"
    assert text_of(response).startswith("Deleted: 14 kg CO2e")


def test_undo_that_comes_too_late_says_so(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = log(alice)
    token = undo_token_in(alice.client.post(f"/entries/{entry.slug}/delete/", {"version": "1"}, headers=HTMX))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=11))

    response = alice.client.post("/entries/restore/", {"undo_token": token}, headers=HTMX)

    assert text_of(response) == "It is too late to undo this: that works for ten minutes."
    assert is_gone(alice, entry)


def test_the_undo_of_another_is_refused(alice: Person, bob: Person) -> None:
    entry = log(alice)
    token = undo_token_in(alice.client.post(f"/entries/{entry.slug}/delete/", {"version": "1"}, headers=HTMX))

    assert bob.client.post("/entries/restore/", {"undo_token": token}).status_code == 400
    assert bob.client.post("/entries/restore/", {"undo_token": ""}).status_code == 400
    assert EntryRepository(bob.user_id).recent(5) == []


def test_a_get_only_asks(alice: Person) -> None:
    entry = log(alice)

    page = text_of(alice.client.get(f"/entries/{entry.slug}/delete/"))

    assert (
        "Delete this entry? Car, petrol (gasoline), medium, 50 miles on 20 November 2026: 14 kg CO2e" in page
    )
    assert stored(alice, entry) == entry


def test_an_entry_that_changed_meanwhile_is_not_deleted(alice: Person) -> None:
    entry = log(alice)
    edit_entry(
        alice.profile,
        entry.key,
        make_draft("2026-11-20T10:30", time_zone="Europe/London", note="first"),
        version=1,
    )

    assert alice.client.post(f"/entries/{entry.slug}/delete/", {"version": "1"}).status_code == 409
    assert stored(alice, entry).note == "first"


# -- Log again ----------------------------------------------------------------------------------------------


def test_log_again_logs_the_same_now(alice: Person) -> None:
    entry = log(alice, people=2)

    response = alice.client.post(f"/entries/{entry.slug}/again/", {"key": new_form_key(alice.user_id)})

    again, _first = EntryRepository(alice.user_id).recent(5)
    assert (again.variant, again.amount, again.unit, again.people) == (
        entry.variant,
        entry.amount,
        entry.unit,
        2,
    )
    assert (again.occurred_at, again.local_date) == (NOW, date(2026, 11, 22))
    assert response["Location"] == "/entries/"
    assert "Saved: 7.01 kg CO2e" in text_of(alice.client.get("/entries/"))


def test_a_double_click_logs_again_once(alice: Person) -> None:
    entry = log(alice)
    key = new_form_key(alice.user_id)

    for _ in range(2):
        alice.client.post(f"/entries/{entry.slug}/again/", {"key": key}, headers=HTMX)

    assert len(EntryRepository(alice.user_id).recent(5)) == 2
    assert kg_of(alice) == 2 * KG


def test_the_button_comes_back_with_a_key_for_the_next_time(alice: Person) -> None:
    entry = log(alice)
    key = new_form_key(alice.user_id)

    for _ in range(2):
        response = alice.client.post(f"/entries/{entry.slug}/again/", {"key": key}, headers=HTMX)
        found = re.search(r'name="key" value="([^"]+)"', response.content.decode())
        assert found is not None
        key = found[1]

    assert len(EntryRepository(alice.user_id).recent(5)) == 3


def test_the_new_row_has_a_key_of_its_own(alice: Person) -> None:
    entry = log(alice)

    response = alice.client.post(
        f"/entries/{entry.slug}/again/",
        {"key": new_form_key(alice.user_id)},
        headers={**HTMX, "HX-Current-URL": "http://testserver/entries/"},
    )

    of_the_old, of_the_new = re.findall(r'name="key" value="([^"]+)"', response.content.decode())
    assert of_the_old != of_the_new


@pytest.mark.parametrize("list_address", ["/entries/", "/entries/?type=transportation"])
def test_every_button_of_a_row_sends_the_token_without_scripts(alice: Person, list_address: str) -> None:
    entry = log(alice)

    page = alice.client.get(list_address).content.decode()

    assert re.search(r'<form id="entry-actions" method="post" hidden><input [^>]*csrfmiddlewaretoken', page)
    assert re.findall(r'form="entry-actions" formaction="([^"]+)"', page) == [
        f"/entries/{entry.slug}/again/",
        f"/entries/{entry.slug}/delete/",
    ]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/entries/", 1),
        ("/entries/?period=2026-11", 1),
        ("/entries/?period=2025", 0),
        ("/entries/?until=2026-11-01", 0),
    ],
)
def test_the_new_row_appears_where_the_list_shows_today(alice: Person, address: str, shown: int) -> None:
    entry = log(alice)
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{address}"}

    response = alice.client.post(
        f"/entries/{entry.slug}/again/", {"key": new_form_key(alice.user_id)}, headers=headers
    )

    assert len(rows_in(response)) == shown
    assert "Saved: 14 kg CO2e" in text_of(response)
    assert 'hx-swap-oob="innerHTML"' in response.content.decode()


def test_log_again_needs_a_key_of_ones_own(alice: Person, bob: Person) -> None:
    entry = log(alice)

    for key in ("", "forged", new_form_key(bob.user_id)):
        assert alice.client.post(f"/entries/{entry.slug}/again/", {"key": key}).status_code == 400
    assert len(EntryRepository(alice.user_id).recent(5)) == 1


# -- Who ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "restore/", "20260101T000000Z-x/", "20260101T000000Z-x/edit/"])
def test_signed_out_one_is_sent_to_sign_in(db: None, path: str) -> None:
    method = Client().post if path == "restore/" else Client().get

    assert method(f"/entries/{path}")["Location"].startswith("/account/login/")
    assert method(f"/entries/{path}", headers=HTMX)["HX-Redirect"].startswith("/account/login/")


def test_a_form_without_a_token_is_refused(alice: Person) -> None:
    entry = log(alice)
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user)

    for action, data in (("delete", {"version": "1"}), ("edit", edit_form(entry, amount="1")), ("again", {})):
        assert client.post(f"/entries/{entry.slug}/{action}/", data).status_code == 403
    assert stored(alice, entry) == entry


def test_a_gone_entry_cannot_be_deleted_again(alice: Person) -> None:
    entry = log(alice)
    alice.client.post(f"/entries/{entry.slug}/delete/", {"version": "1"})

    assert alice.client.post(f"/entries/{entry.slug}/delete/", {"version": "1"}).status_code == 404
    with pytest.raises(ItemNotFound):
        stored(alice, entry)
