"""What somebody hostile tries, by the numbers of docs/security.md. Tests beside the code carry the others."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client, RequestFactory

from accounts.domain import Preferences
from accounts.models import OutgoingMail, User
from carbontrack import clock
from carbontrack.dynamodb import count_requests, get_item, tables
from carbontrack.form_keys import new_form_key
from carbontrack.policy import POLICY
from emissions.domain.entries import Entry
from emissions.factors import catalog
from emissions.factors.searching import SearchIndex
from emissions.repositories.entries import EntryRepository
from emissions.services.entries import record_entry
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.carbontrack.test_policy import ROUTES
from tests.factories import entry_id_of, make_draft
from tests.fixtures.people import PASSWORD, Person, make_person
from tests.pages import filled_form

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
SIGN_IN = "/account/login/"
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def logged(person: Person, **changes: Any) -> Entry:
    draft = make_draft("2026-11-20T10:30", time_zone=person.profile.preferences.time_zone, **changes)
    return record_entry(person.profile, draft, entry_id=entry_id_of(1)).entry


def entries_of(person: Person) -> list[Entry]:
    return EntryRepository(person.user_id).recent(50)


# -- Tenancy ------------------------------------------------------------------------------------------------


def test_probe_07_the_servers_own_record_decides_whose_it_is(alice: Person, bob: Person) -> None:
    forged = {"X-User-Id": bob.user_id, "X-Organization": "A", "X-Forwarded-User": bob.user.email}
    twice = {"organization": ["A", "B"], "organization_id": ["A", "B"], "user_id": [bob.user_id, "x"]}

    response = alice.client.post("/log/?organization=A", filled_form(alice) | twice, headers=forged)

    assert response.status_code == 302
    assert [(entry.user_id, entry.organization_id) for entry in entries_of(alice)] == [(alice.user_id, None)]
    assert entries_of(bob) == []


@pytest.mark.parametrize("name", ["type", "category", "variant", "unit"])
@pytest.mark.parametrize(
    "value", ["car#petrol", "car\x00", "a\nb", "\u202ecar", "x" * 3000, "..", "user#1", "\U0001f697"]
)
def test_probe_08_what_is_part_of_a_key_comes_from_the_catalogue(
    name: str, value: str, alice: Person
) -> None:
    response = alice.client.post("/log/", filled_form(alice, **{name: value}))

    assert response.status_code == 422
    assert entries_of(alice) == []


def test_a_book_in_place_of_a_choice_is_not_read_to_guess_what_was_meant(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    guessed: list[str] = []

    def guess(_: SearchIndex, text: str) -> str:
        guessed.append(text)
        return ""

    monkeypatch.setattr(SearchIndex, "corrected", guess)

    alice.client.post("/log/", filled_form(alice, variant="zx qy " * 100_000))
    catalog().nearest("zx qy " * 100_000)

    assert {len(text) for text in guessed} == {200}


# -- Authentication -----------------------------------------------------------------------------------------


def test_probe_13_behind_a_proxy_each_has_a_limit_of_their_own(db: None, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def statuses(address: str, tries: int) -> set[int]:
        data = {"login": f"{address}@example.com", "password": "not this one"}
        return {
            Client(headers={"X-Forwarded-For": f"203.0.113.{number}, {address}"})
            .post(SIGN_IN, data | {"login": f"{number}@example.com"})
            .status_code
            for number in range(tries)
        }

    assert statuses("198.51.100.1", 31) == {422, 429}
    assert statuses("198.51.100.1", 1) == {429}
    assert statuses("198.51.100.2", 1) == {422}


@pytest.mark.parametrize(
    "page",
    ["http://testserver//evil.example/", "http://testserver/\\evil.example", "https://evil.example/", "//x"],
)
def test_probe_18_a_forged_page_behind_htmx_leads_nowhere_else(page: str, alice: Person) -> None:
    sent = Client().get("/entries/", headers=HTMX | {"HX-Current-URL": page})["HX-Redirect"]

    back = parse_qs(urlsplit(sent).query).get("next", ["/"])[0]
    signed_in = Client().post(
        SIGN_IN, {"login": alice.user.email, "password": PASSWORD, "next": back}, headers=HTMX
    )

    assert urlsplit(sent)[:3] == ("", "", SIGN_IN)
    assert signed_in.headers.get("Location", signed_in.headers.get("HX-Redirect")) == "/"


@pytest.mark.parametrize("page", ["http://[", "http://testserver/?type=%", "\xff"])
def test_a_page_behind_htmx_that_is_no_address_counts_as_none(page: str, alice: Person) -> None:
    entry = logged(alice)
    forged = HTMX | {"HX-Current-URL": page, "HX-Target": '"><script>'}

    signed_out = Client().get("/entries/", headers=forged)
    again = alice.client.post(
        f"/entries/{entry.slug}/again/", {"key": new_form_key(alice.user_id)}, headers=forged
    )

    assert urlsplit(signed_out["HX-Redirect"]).path == SIGN_IN
    assert again.status_code == 200
    assert len(entries_of(alice)) == 2


@pytest.mark.parametrize("forged", ["X-Forwarded-Host", "X-Forwarded-Server", "Forwarded", "X-Original-Host"])
def test_probe_19_mailed_links_name_the_host_of_the_settings(forged: str, alice: Person) -> None:
    Client(headers={forged: "evil.example"}).post("/account/password/reset/", {"email": alice.user.email})

    (message,) = mail.outbox
    assert re.findall(r"https?://[^/]+", str(message.body)) == ["http://testserver"]


# -- Browser ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", [name for name, rule in POLICY.items() if "POST" in rule.methods])
def test_probe_20_a_form_from_another_site_is_refused_even_with_its_token(route: str, alice: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user)
    page = client.get("/settings/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None

    response = client.post(
        ROUTES[route], {"csrfmiddlewaretoken": token[1]}, headers={"Origin": "https://evil.example"}
    )

    assert response.status_code == 403


def test_probe_20_get_changes_nothing(alice: Person) -> None:
    entry = logged(alice)
    before = (list(User.objects.values()), OutgoingMail.objects.count())

    with count_requests() as meter:
        for url in ROUTES.values():
            slug = "20240315T103000Z-01HS0000000000000000000000"
            alice.client.get(url.replace(slug, entry.slug), {"version": "1", "key": "x", "undo_token": "x"})

    assert {request.operation for request in meter.requests} <= {"get_item", "batch_get_item", "query"}
    assert (list(User.objects.values()), OutgoingMail.objects.count()) == before
    assert entries_of(alice) == [entry]
    assert alice.client.get("/settings/").status_code == 200


def test_probe_20_get_changes_nothing_of_an_organization(acme: Organization, alice: Person) -> None:
    """A download is noted in the audit trail, which changes nothing else."""
    noted = {"organizations:audit-export", "emissions:organization-export"}

    with count_requests() as meter:
        for route in ROUTES.keys() - noted:
            alice.client.get(ROUTES[route], {"version": "1", "key": "x", "name": "Acme", "reason": "x"})
        for route in noted:
            alice.client.head(ROUTES[route])

    assert {request.operation for request in meter.requests} <= {"get_item", "batch_get_item", "query"}
    assert OrganizationRepository(acme.id).get() == acme


def test_markup_in_a_note_or_a_name_stays_text(alice: Person) -> None:
    entry = logged(alice, note=MARKUP)
    alice.client.post(
        "/settings/",
        {
            "name": MARKUP,
            "region": "gb",
            "unit_system": "metric",
            "time_zone": "Europe/London",
            "theme": "dark",
            "target_unit": "t",
            "seen_version": "1",
        },
    )

    assert alice.stored_profile().name == MARKUP
    for url in ("/entries/", f"/entries/{entry.slug}/", f"/entries/{entry.slug}/edit/", "/settings/"):
        page = alice.client.get(url).text
        assert MARKUP not in page
        assert html.escape(MARKUP) in page


# -- Oversized and odd --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["period=9999-12-31", "since=9999-12-31", "until=0001-01-01", "period=0001"]
)
def test_the_first_and_last_days_of_the_calendar_are_days(query: str, alice: Person) -> None:
    assert alice.client.get(f"/entries/?{query}").status_code == 200


@pytest.mark.parametrize("version", ["1" * 40, "9" * 4000, "-1", "0"])
def test_a_version_of_the_settings_that_never_was_is_refused(version: str, alice: Person) -> None:
    before = get_item(tables.USERS, {"user_id": alice.user_id})

    response = alice.client.post(
        "/settings/",
        {
            "region": "fr",
            "unit_system": "metric",
            "time_zone": "UTC",
            "theme": "dark",
            "target_unit": "t",
            "seen_version": version,
        },
    )

    assert response.status_code == 422
    assert get_item(tables.USERS, {"user_id": alice.user_id}) == before


@pytest.mark.parametrize("email", ["a@exa\u202emple.com", "a@exa\u200bmple.com", "a@exa\xadmple.com"])
def test_an_address_with_characters_that_cannot_be_seen_makes_no_account(
    email: str, db: None, dynamodb: None
) -> None:
    response = Client().post("/account/signup/", {"email": email, "password1": PASSWORD})

    assert response.status_code == 422
    assert not User.objects.exists()


def test_a_file_that_nobody_asked_for_is_dropped() -> None:
    upload = SimpleUploadedFile("a.bin", b"x" * 3_000_000)

    request = RequestFactory().post("/log/", {"amount": "50", "file": upload})

    assert request.POST.dict() == {"amount": "50"}
    assert dict(request.FILES) == {}


def test_a_time_zone_that_this_machine_does_not_know_closes_no_page(db: None, dynamodb: None) -> None:
    traveler = make_person("Traveler", Preferences(time_zone="Mars/Olympus_Mons"))

    pages = [traveler.client.get(url).status_code for url in ("/", "/log/", "/entries/", "/settings/")]
    refused = traveler.client.post("/log/", filled_form(traveler))

    assert pages == [200, 200, 200, 200]
    assert refused.status_code == 422
    assert "We do not know this time zone. Choose one in your settings." in refused.text
    assert entries_of(traveler) == []


# -- Stores away --------------------------------------------------------------------------------------------


def test_probe_26_a_session_that_sql_cannot_store_is_an_interruption_and_sending_again_saves_once(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    form = filled_form(alice)
    with monkeypatch.context() as patch:
        patch.setattr(Session, "save", locked)
        response = alice.client.post("/log/", form)
    again = alice.client.post("/log/", form)

    assert response.status_code == 503
    assert "<h1>A short interruption</h1>" in response.text
    assert "locked" not in response.text
    assert again.status_code == 302
    assert len(entries_of(alice)) == 1
