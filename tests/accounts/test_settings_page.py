"""`/settings/`: what a person may change, and what no form can."""

from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.test import Client

from accounts.domain import PersonalTarget, Preferences, Theme, UnitSystem
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import count_requests, get_item, tables
from tests.fixtures.people import Person

URL = "/settings/"


def form_of(person: Person, **changes: str) -> dict[str, str]:
    """What the browser would send from the settings page, with some of it changed."""
    preferences = person.stored_profile().preferences
    return {
        "name": person.stored_profile().name,
        "region": preferences.region,
        "unit_system": preferences.unit_system.value,
        "time_zone": preferences.time_zone,
        "theme": preferences.theme.value,
        "target": "",
        "target_unit": "t",
        "seen_version": str(person.stored_profile().version),
        **changes,
    }


class _Fields(HTMLParser):
    """The names and values of a page's inputs and chosen options."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "input":
            self.values[attributes.get("name", "")] = attributes.get("value", "")
        elif tag == "select":
            self._select = attributes["name"]
        elif tag == "option" and "selected" in attributes:
            self.values[self._select] = attributes["value"]


def fields_of(html: str) -> dict[str, str]:
    parser = _Fields()
    parser.feed(html)
    return parser.values


def error_of(html: str, field: str) -> str:
    """The sentence beside a field."""
    marker = f'<p class="field-error" id="id_{field}_error">'
    return html.partition(marker)[2].partition("</p>")[0]


def test_settings_are_saved_and_shown_again(alice: Person) -> None:
    response = alice.client.post(
        URL,
        form_of(
            alice,
            name="Alice Liddell",
            region="us-camx",
            unit_system="imperial",
            time_zone="America/Los_Angeles",
            theme="dark",
            target="2.5",
        ),
    )

    assert (response.status_code, response["Location"]) == (302, URL)
    assert alice.stored_profile() == replace(
        alice.profile,
        name="Alice Liddell",
        preferences=Preferences(
            region="us-camx",
            unit_system=UnitSystem.IMPERIAL,
            theme=Theme.DARK,
            time_zone="America/Los_Angeles",
            target=PersonalTarget(Decimal(2500)),
        ),
        version=2,
    )
    page = alice.client.get(URL).content.decode()
    shown = fields_of(page)
    assert {name: shown[name] for name in form_of(alice)} == {
        "name": "Alice Liddell",
        "region": "us-camx",
        "unit_system": "imperial",
        "time_zone": "America/Los_Angeles",
        "theme": "dark",
        "target": "2.5",
        "target_unit": "t",
        "seen_version": "2",
    }
    assert "Your settings are saved." in page
    assert '<html lang="en" data-theme="dark">' in page


def test_page_costs_one_read_and_saving_one_more_write(alice: Person) -> None:
    with count_requests() as reading:
        alice.client.get(URL)
    typed = form_of(alice, name="A")
    with count_requests() as saving:
        alice.client.post(URL, typed)

    assert [request.operation for request in reading.requests] == ["get_item"]
    assert [request.operation for request in saving.requests] == ["get_item", "update_item"]


def test_small_target_is_kept_in_kilograms(alice: Person) -> None:
    alice.client.post(URL, form_of(alice, target="850", target_unit="kg"))

    assert alice.stored_profile().preferences.target_kg_per_year == Decimal(850)
    shown = fields_of(alice.client.get(URL).content.decode())
    assert (shown["target"], shown["target_unit"]) == ("850", "kg")


def test_empty_target_takes_the_target_away(alice: Person) -> None:
    alice.client.post(URL, form_of(alice, target="3"))

    alice.client.post(URL, form_of(alice, target=""))

    assert alice.stored_profile().preferences.target_kg_per_year is None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("region", "atlantis", "Choose a region from the list."),
        ("time_zone", "Mars/Olympus", "Choose a time zone from the list."),
        ("time_zone", "../etc/passwd", "Choose a time zone from the list."),
        ("unit_system", "cubits", "Choose one of the two."),
        ("theme", "neon", "Choose one of the three."),
        ("target", "many", "Write a number such as 4 or 2.5, or leave it empty."),
        ("target", "0", "A target is more than zero. Leave it empty for none."),
        ("target", "-3", "A target is more than zero. Leave it empty for none."),
        ("target", "NaN", "Write a number such as 4 or 2.5, or leave it empty."),
        ("target", "Infinity", "Write a number such as 4 or 2.5, or leave it empty."),
        ("target", "1e309", "This number is too long."),
        ("target", "9" * 39, "This number is too long."),
        ("target", "1001", "A target is at most 1,000 tonnes a year."),
    ],
)
def test_refused_value_is_explained_at_its_field(
    alice: Person, field: str, value: str, sentence: str
) -> None:
    response = alice.client.post(URL, form_of(alice, name="Kept while refused") | {field: value})

    page = response.content.decode()
    assert response.status_code == 422
    assert error_of(page, field) == sentence
    assert fields_of(page)["name"] == "Kept while refused"
    assert alice.stored_profile() == alice.profile


def test_second_tab_is_told_and_loses_nothing(alice: Person) -> None:
    old_tab = form_of(alice, name="From the old tab", region="fr")
    alice.client.post(URL, form_of(alice, name="From the new tab"))

    response = alice.client.post(URL, old_tab)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Your settings were changed elsewhere meanwhile, so nothing was saved." in page
    assert "<li>Name: From the new tab</li><li>Region: United Kingdom</li>" in page
    assert fields_of(page)["name"] == "From the old tab"
    assert alice.stored_profile().name == "From the new tab"

    again = {name: fields_of(page)[name] for name in old_tab}
    alice.client.post(URL, again)
    stored = alice.stored_profile()
    assert (stored.name, stored.preferences.region) == ("From the old tab", "fr")


def test_probe_05_extra_fields_change_nothing(alice: Person) -> None:
    extra = {
        "role": "admin",
        "organization_id": "org_456",
        "department_id": "d1",
        "user_id": "somebody-else",
        "email": "evil@example.com",
        "is_staff": "on",
        "is_superuser": "on",
        "co2_emissions": "0",
        "version": "99",
        "created_at": "1999-01-01T00:00:00Z",
        "last_login": "1999-01-01T00:00:00Z",
        "preferences": "{}",
    }
    before = get_item(tables.USERS, {"user_id": alice.user_id}, consistent=True)
    assert before is not None

    response = alice.client.post(URL, form_of(alice) | extra)

    after = get_item(tables.USERS, {"user_id": alice.user_id}, consistent=True)
    assert response.status_code == 302
    assert after == before | {"version": {"N": "2"}}
    alice.user.refresh_from_db()
    assert alice.user.email == "alice@example.com"


def test_settings_of_another_person_stay_as_they_are(alice: Person, bob: Person) -> None:
    alice.client.post(URL, form_of(alice, name="Alice!") | {"user_id": bob.user_id})

    assert bob.stored_profile() == bob.profile


def test_saving_does_not_touch_a_role_that_was_just_given(alice: Person) -> None:
    from carbontrack.dynamodb import update_item

    typed = form_of(alice, name="A")
    update_item(tables.USERS, {"user_id": alice.user_id}, set={"role": "org_admin"})

    alice.client.post(URL, typed)

    assert (alice.stored_profile().role, alice.stored_profile().name) == ("org_admin", "A")


def test_name_with_markup_stays_text(alice: Person) -> None:
    alice.client.post(URL, form_of(alice, name="<script>alert(1)</script>"))

    page = alice.client.get(URL).content.decode()
    assert "<script>alert" not in page
    assert fields_of(page)["name"] == "<script>alert(1)</script>"


def test_signed_out_visitor_is_sent_to_sign_in(db: None) -> None:
    response = Client().get(URL)

    assert (response.status_code, response["Location"]) == (302, "/account/login/?next=%2Fsettings%2F")


def test_stored_zone_that_this_machine_does_not_know_survives_saving(alice: Person) -> None:
    profile = alice.stored_profile()
    renamed = replace(profile.preferences, time_zone="Europe/Newtown")
    ProfileRepository().save(profile.edited(name="A", preferences=renamed, version=profile.version))

    alice.client.post(URL, form_of(alice, name="Alice again"))

    assert (alice.stored_profile().name, alice.stored_profile().preferences.time_zone) == (
        "Alice again",
        "Europe/Newtown",
    )
