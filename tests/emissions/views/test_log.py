"""Logging an activity, as a plain page and with HTMX."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from ulid import ULID

from carbontrack import clock
from carbontrack.dynamodb import count_requests
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.entries import record_entry
from tests.factories import entry_id_of, make_draft
from tests.fixtures.people import Person
from tests.pages import filled_form, text_of

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true", "HX-Target": "log-form"}
#: 50 miles × 1.609344 km × 0.17411 kg, the British edition of 2026.
KG = Decimal("14.010144")


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def entries_of(person: Person) -> list[Entry]:
    return EntryRepository(person.user_id).recent(50)


def kg_of(person: Person) -> Decimal:
    return TotalsRepository().months(Subject.user(person.user_id), "2026-11", "2026-11")[0].co2_emissions


def errors_in(response: Any) -> dict[str, str]:
    found = re.findall(r'id="log-(\w+)_error">(.*?)</p>', response.content.decode())
    return {name: html.unescape(words) for name, words in found}


# -- Saving -------------------------------------------------------------------------------------------------


def test_a_plain_post_saves_and_comes_back_to_a_form_for_the_next(alice: Person) -> None:
    response = alice.client.post(
        "/log/", filled_form(alice, note="to the sea", people="2", date="2026-11-20")
    )

    [entry] = entries_of(alice)
    assert (entry.variant, entry.amount, entry.unit, entry.people) == (
        "car-petrol-medium",
        Decimal(50),
        "mile",
        2,
    )
    assert (entry.co2_emissions, entry.note, entry.local_date) == (KG / 2, "to the sea", date(2026, 11, 20))
    assert response.status_code == 302
    assert parse_qs(urlsplit(response["Location"]).query) == {
        "variant": ["car-petrol-medium"],
        "unit": ["mile"],
        "date": ["2026-11-20"],
    }
    page = text_of(alice.client.get(response["Location"]))
    assert "Saved: 7.01 kg CO2e Car, petrol (gasoline), medium, 50 miles" in page
    assert "Saved:" not in text_of(alice.client.get(response["Location"]))


def test_htmx_gets_a_fresh_form_a_message_and_an_event(alice: Person) -> None:
    response = alice.client.post("/log/", filled_form(alice), headers=HTMX)

    body = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in body
    assert '<div id="messages" hx-swap-oob="innerHTML">' in body
    assert "Saved: 14 kg CO2e" in text_of(response)
    assert f"/entries/{entries_of(alice)[0].slug}/delete/" in body
    assert (
        response["HX-Trigger"]
        == f'{{"entry-recorded": {{"slug": "{entries_of(alice)[0].slug}", "month": "2026-11"}}}}'
    )
    assert re.search(r'name="amount" value', body) is None
    assert entries_of(alice)[0].entry_id not in re.findall(r'name="key" value="([^:]*)', body)


def test_a_repeated_post_saves_once(alice: Person) -> None:
    form = filled_form(alice)

    answers = [alice.client.post("/log/", form).status_code for _ in range(3)]

    assert answers == [302, 302, 302]
    assert len(entries_of(alice)) == 1
    assert kg_of(alice) == KG


def test_without_a_time_a_repeated_post_is_still_the_same(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbontrack.form_keys.ULID", lambda: ULID.from_datetime(NOW))
    form = filled_form(alice, time="")

    answers = []
    for seconds in (5, 70):
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=seconds))  # noqa: B023
        answers.append(alice.client.post("/log/", form).status_code)

    assert answers == [302, 302]
    assert [entry.occurred_at for entry in entries_of(alice)] == [NOW]


def test_the_same_form_with_other_content_is_asked_about_not_lost(alice: Person) -> None:
    form = filled_form(alice)
    alice.client.post("/log/", form)

    response = alice.client.post("/log/", form | {"amount": "60"}, headers=HTMX)

    assert response.status_code == 409
    assert response["HX-Retarget"] == "#log-form"
    assert "This form has saved an entry before. To save this one as well, send it again." in text_of(
        response
    )
    body = response.content.decode()
    assert 'name="amount" value="60"' in body
    fresh = re.search(r'name="key" value="([^"]+)"', body)
    assert fresh is not None
    alice.client.post("/log/", form | {"amount": "60", "key": fresh[1]})
    assert sorted(entry.amount for entry in entries_of(alice)) == [50, 60]


def test_two_forms_in_the_same_second_are_both_kept(alice: Person) -> None:
    alice.client.post("/log/", filled_form(alice))
    alice.client.post("/log/", filled_form(alice))

    assert len(entries_of(alice)) == 2
    assert kg_of(alice) == 2 * KG


@pytest.mark.parametrize("key", ["", "nonsense", "01JD0000000000000000000000:forged"])
def test_a_key_that_is_not_ours_is_refused(alice: Person, key: str) -> None:
    assert alice.client.post("/log/", filled_form(alice, key=key)).status_code == 400
    assert entries_of(alice) == []


def test_the_key_of_somebody_else_is_refused(alice: Person, bob: Person) -> None:
    response = alice.client.post("/log/", filled_form(bob))

    assert response.status_code == 400
    assert (entries_of(alice), entries_of(bob)) == ([], [])


def test_extra_fields_change_nothing(alice: Person, bob: Person) -> None:
    """probe_05"""
    extra = {
        "user_id": bob.user_id,
        "organization_id": "org_1",
        "co2_emissions": "0",
        "version": "9",
        "entry_id": entry_id_of(7),
        "import_id": "x",
        "factor": "0",
    }

    alice.client.post("/log/", filled_form(alice) | extra)

    [entry] = entries_of(alice)
    assert (entry.user_id, entry.organization_id, entry.import_id) == (alice.user_id, None, None)
    assert (entry.co2_emissions, entry.version) == (KG, 1)
    assert entries_of(bob) == []


def test_late_in_the_evening_counts_on_the_persons_own_day(
    bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 1, 1, 7, 30, tzinfo=UTC))

    bob.client.post("/log/", filled_form(bob, date="2026-12-31", time="23:30"))

    [entry] = entries_of(bob)
    assert (entry.local_date, entry.occurred_at) == (
        date(2026, 12, 31),
        datetime(2027, 1, 1, 7, 30, tzinfo=UTC),
    )


def test_without_a_time_another_day_is_noon(alice: Person) -> None:
    alice.client.post("/log/", filled_form(alice, date="2026-06-01", time=""))

    assert entries_of(alice)[0].occurred_at == datetime(2026, 6, 1, 11, 0, tzinfo=UTC)


# -- Slips --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("amount", "0", "The amount must be more than zero."),
        ("amount", "-1", "The amount must be more than zero."),
        ("amount", "NaN", "Write a number in digits, like 12.5."),
        ("amount", "1e309", "Write a number in digits, like 12.5."),
        ("amount", "9" * 39, "That number is too long. Round it to a few digits."),
        ("date", "2026-11-24", "This day has not come yet. Choose today or an earlier day."),
        ("date", "1066-10-14", "Choose a day in 1990 or later."),
        ("date", "9999-12-31", "This day has not come yet. Choose today or an earlier day."),
        ("unit", "furlong", "We do not know the unit “furlong”. Try km, miles, kWh, kg, lb or litres."),
        ("people", "1000000", "At most 10,000 people can share one entry."),
    ],
)
def test_a_slip_is_answered_at_its_field(
    alice: Person, headers: dict[str, str], field: str, typed: str, sentence: str
) -> None:
    response = alice.client.post(
        "/log/", filled_form(alice, note="keep me") | {field: typed}, headers=headers
    )

    assert response.status_code == 422
    assert errors_in(response) == {field: sentence}
    assert ("<html" in response.content.decode()) == (headers == {})
    assert "keep me" in text_of(response)
    assert entries_of(alice) == []


def test_an_absurd_total_is_a_sentence_at_the_amount(alice: Person) -> None:
    response = alice.client.post("/log/", filled_form(alice, amount="9" * 20))

    assert response.status_code == 422
    assert errors_in(response)["amount"].startswith("That would be more than a million tonnes of CO")


def test_tomorrow_is_allowed(alice: Person) -> None:
    assert alice.client.post("/log/", filled_form(alice, date="2026-11-23")).status_code == 302


def test_what_was_typed_stays_and_so_does_the_key(alice: Person) -> None:
    form = filled_form(alice, amount="1,234", note="<b>note</b>", people="3")

    body = alice.client.post("/log/", form).content.decode()

    assert 'value="1,234"' in body
    assert "&lt;b&gt;note&lt;/b&gt;" in body
    assert 'name="people" value="3"' in body
    assert f'name="key" value="{form["key"]}"' in body


# -- Narrowing and preview ----------------------------------------------------------------------------------


def checked(response: Any) -> dict[str, str]:
    radios = re.findall(
        r'<input type="radio" name="(\w+)" value="([^"]*)" id="[^"]*" checked', response.content.decode()
    )
    return dict(radios)


def test_choosing_a_type_narrows_the_rest(alice: Person) -> None:
    query = {"type": "food", "category": "car", "variant": "car-petrol-medium", "unit": "mile"}

    response = alice.client.get("/log/", query, headers={"HX-Request": "true", "HX-Target": "log-choices"})

    assert "<html" not in response.content.decode()
    assert checked(response) == {"type": "food", "category": "beef", "variant": "beef"}
    assert '<option value="kg" selected>' in response.content.decode()


def test_without_scripts_a_button_narrows_and_nothing_is_saved(alice: Person) -> None:
    response = alice.client.post("/log/", filled_form(alice, type="waste", note="keep me", update="1"))

    assert response.status_code == 200
    assert checked(response)["type"] == "waste"
    assert "keep me" in text_of(response)
    assert errors_in(response) == {}
    assert entries_of(alice) == []


def test_an_address_fills_the_form_in(alice: Person) -> None:
    query = {"variant": "beef", "amount": "300", "unit": "g", "date": "2026-11-03", "people": "2"}

    response = alice.client.get("/log/", query)

    body = response.content.decode()
    assert checked(response) == {"type": "food", "category": "beef", "variant": "beef"}
    assert 'name="amount" value="300"' in body
    assert '<option value="g" selected>' in body
    assert 'name="date" value="2026-11-03"' in body
    assert 'name="people" value="2"' in body


@pytest.mark.parametrize(
    "query",
    [
        {"variant": "nope"},
        {"type": "x", "category": "y", "unit": "z"},
        {"date": "x" * 5000},
        {"amount": "\x00"},
    ],
)
def test_nonsense_in_an_address_is_harmless(alice: Person, query: dict[str, str]) -> None:
    assert alice.client.get("/log/", query).status_code == 200


def test_the_preview_explains_the_figure(alice: Person) -> None:
    query: dict[str, Any] = {
        "variant": "car-petrol-medium",
        "amount": "50",
        "unit": "mile",
        "people": "1",
        "date": "2026-11-22",
    }

    response = alice.client.get(
        "/log/preview/", query, headers={"HX-Request": "true", "HX-Target": "log-preview"}
    )

    assert text_of(response) == (
        "14 kg CO2e 50 miles × 1.609344 km per mile × 0.17411 kg CO2e per km = 14 kg CO2e "
        "Medium car, petrol, United Kingdom. UK DESNZ, 2026. Because you live in: United Kingdom. Change this"
    )


def test_the_preview_says_when_another_country_stands_in(charlie: Person) -> None:
    query = {"variant": "car-petrol-medium", "amount": "50", "unit": "km", "date": "2026-11-22"}

    response = charlie.client.get("/log/preview/", query, headers=HTMX)

    assert "stand-in We have none for where you live, Germany; United Kingdom stands in." in text_of(response)


def test_the_preview_says_what_is_wrong_in_one_sentence(alice: Person) -> None:
    query = {"variant": "car-petrol-medium", "amount": "-1", "unit": "mile", "date": "2026-11-22"}

    response = alice.client.get("/log/preview/", query, headers=HTMX)

    assert text_of(response) == "The amount must be more than zero."


def test_without_scripts_the_preview_is_in_the_page(alice: Person) -> None:
    response = alice.client.post("/log/", filled_form(alice, preview="1"))

    assert "14 kg CO2e 50 miles × 1.609344 km per mile" in text_of(response)
    assert entries_of(alice) == []


def test_the_address_of_a_preview_leads_to_the_form(alice: Person) -> None:
    response = alice.client.get("/log/preview/", {"variant": "beef", "amount": "1"})

    assert (response.status_code, response["Location"]) == (302, "/log/?variant=beef&amount=1")


def test_search_offers_everyday_choices_and_the_catalogue(alice: Person) -> None:
    response = alice.client.get(
        "/log/", {"q": "beef"}, headers={"HX-Request": "true", "HX-Target": "log-results"}
    )

    assert text_of(response).startswith("Beef Beef, from dairy cattle")
    assert 'href="?variant=beef"' in response.content.decode()


def test_search_without_a_hit_says_what_to_do(alice: Person) -> None:
    assert "Nothing is called “qqqqq”. Try a shorter or more general word" in text_of(
        alice.client.get("/log/?q=qqqqq")
    )


# -- Quick --------------------------------------------------------------------------------------------------


def test_what_was_logged_comes_back_as_a_link(alice: Person) -> None:
    record_entry(
        alice.profile,
        make_draft("2026-11-20T10:00", amount=Decimal("12.5"), people=2),
        entry_id=entry_id_of(1),
    )

    response = alice.client.get("/log/")

    assert (
        'href="?variant=car-petrol-medium&amp;amount=12.5&amp;unit=mile&amp;people=2"'
        in response.content.decode()
    )
    assert "Again Car, petrol (gasoline), medium 12.5 miles" in text_of(response)


def test_nobody_sees_the_habits_of_another(alice: Person, bob: Person) -> None:
    record_entry(alice.profile, make_draft("2026-11-20T10:00"), entry_id=entry_id_of(1))

    assert "Again" not in text_of(bob.client.get("/log/"))


# -- Who, and at what cost ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/log/", "/log/preview/"])
def test_signed_out_one_is_sent_to_sign_in(db: None, path: str) -> None:
    assert Client().get(path)["Location"] == f"/account/login/?next={path.replace('/', '%2F')}"
    assert Client().get(path, headers=HTMX)["HX-Redirect"].startswith("/account/login/")


@pytest.mark.parametrize("number", [1, 30])
def test_logging_costs_one_read_and_one_transaction(alice: Person, number: int) -> None:
    for n in range(number):
        record_entry(alice.profile, make_draft("2026-11-20T10:00"), entry_id=entry_id_of(n))

    with count_requests() as meter:
        alice.client.post("/log/", filled_form(alice), headers=HTMX)

    assert [request.operation for request in meter.requests] == ["get_item", "transact_write_items"]


@pytest.mark.parametrize("number", [1, 30])
def test_the_form_costs_two_reads(alice: Person, number: int) -> None:
    for n in range(number):
        record_entry(alice.profile, make_draft("2026-11-20T10:00"), entry_id=entry_id_of(n))

    with count_requests() as meter:
        alice.client.get("/log/")

    assert sorted(request.operation for request in meter.requests) == ["get_item", "query"]


def test_a_preview_costs_one_read(alice: Person) -> None:
    with count_requests() as meter:
        alice.client.get("/log/preview/", {"variant": "beef", "amount": "1", "unit": "kg"}, headers=HTMX)

    assert [request.operation for request in meter.requests] == ["get_item"]
