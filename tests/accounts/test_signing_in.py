"""Sign-up, sign-in, sign-out and what they leave in both stores."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.domain import Preferences, UnitSystem
from accounts.forms.credentials import SignUpForm
from accounts.models import User
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import count_requests, decode_item, get_item, tables
from tests.factories import NOW
from tests.fixtures.faults import Faults
from tests.fixtures.people import PASSWORD, Person, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

SIGN_UP, SIGN_IN, SIGN_OUT = "/account/signup/", "/account/login/", "/account/logout/"


def sign_up(client: Client, email: str = "john@example.com", **extra: str) -> Any:
    return client.post(SIGN_UP, {"email": email, "password1": PASSWORD, **extra})


def sign_in(client: Client, email: str = "john@example.com", password: str = PASSWORD, **extra: str) -> Any:
    return client.post(SIGN_IN, {"login": email, "password": password, **extra})


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def stored_item(user: User) -> dict[str, Any] | None:
    item = get_item(tables.USERS, {"user_id": str(user.pk)}, consistent=True)
    return None if item is None else decode_item(item)


# -- Sign-up ------------------------------------------------------------------------------------------------


def test_sign_up_makes_the_item_of_the_schema(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)

    response = sign_up(client, "John@Example.com", time_zone="America/New_York")

    user = User.objects.get()
    assert (response.status_code, response["Location"]) == (302, "/")
    assert signed_in_as(client) == str(user.pk)
    assert stored_item(user) == {
        "user_id": str(user.pk),
        "email": "john@example.com",
        "name": "",
        "role": "user",
        "preferences": {
            "region": "us",
            "unit_system": "imperial",
            "theme": "system",
            "time_zone": "America/New_York",
        },
        "created_at": "2026-11-22T10:00:00Z",
        "last_login": "2026-11-22T10:00:00Z",
        "version": 1,
        "member_name": f"john@example.com#{user.pk}",
        "membership_version": 0,
    }


@pytest.mark.parametrize(
    ("time_zone", "preferences"),
    [
        ("Europe/London", Preferences("gb", UnitSystem.METRIC, time_zone="Europe/London")),
        ("Africa/Monrovia", Preferences("lr", UnitSystem.IMPERIAL, time_zone="Africa/Monrovia")),
        ("Asia/Calcutta", Preferences("in", UnitSystem.METRIC, time_zone="Asia/Calcutta")),
        ("", Preferences("global", UnitSystem.METRIC, time_zone="UTC")),
        ("../../etc/passwd", Preferences("global", UnitSystem.METRIC, time_zone="UTC")),
        ("Europe/" + "x" * 3000, Preferences("global", UnitSystem.METRIC, time_zone="UTC")),
    ],
)
def test_preferences_are_guessed_from_the_browsers_time_zone(
    client: Client, time_zone: str, preferences: Preferences
) -> None:
    sign_up(client, time_zone=time_zone)

    assert ProfileRepository().get(str(User.objects.get().pk)).preferences == preferences


def test_guess_is_shown_once_with_a_way_to_correct_it(client: Client) -> None:
    sign_up(client, time_zone="Europe/Berlin")

    first, second = (client.get("/settings/").content.decode() for _ in range(2))

    sentence = (
        "Welcome! Guessed from your browser: Germany, metric units. "
        '<a href="/settings/">Change this in your settings</a>'
    )
    assert (sentence in first, sentence in second) == (True, False)


def test_nothing_guessed_asks_where_the_person_lives(client: Client) -> None:
    sign_up(client)

    page = client.get("/settings/").content.decode()
    assert 'Welcome! <a href="/settings/">Say where you live</a>, so that your numbers fit.' in page


def test_weak_password_is_refused_at_its_field(client: Client) -> None:
    response = client.post(SIGN_UP, {"email": "john@example.com", "password1": "password"})

    assert response.status_code == 422
    assert 'id="id_password1_error"' in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("john", "Write an email address such as name@example.com."),
        ("j" * 250 + "@example.com", "At most 254 characters."),
    ],
)
def test_unusable_address_is_refused_at_its_field(client: Client, email: str, sentence: str) -> None:
    response = sign_up(client, email)

    assert response.status_code == 422
    assert f'id="id_email_error">{sentence}</p>' in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("verification", "place"), [("none", "/account/login/"), ("mandatory", "/account/confirm-email/")]
)
def test_two_sign_ups_at_once_make_one_account(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, verification: str, place: str
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    check = SignUpForm.is_valid

    def check_and_be_overtaken(form: SignUpForm) -> bool:
        valid = check(form)
        make_user("john@example.com")
        return bool(valid)

    monkeypatch.setattr(SignUpForm, "is_valid", check_and_be_overtaken)

    response = sign_up(client)

    assert (response.status_code, response["Location"]) == (302, place)
    assert User.objects.count() == 1
    assert signed_in_as(client) is None


def test_sign_up_form_cannot_set_a_role(client: Client) -> None:
    """probe_05"""
    sign_up(client, role="admin", organization_id="org_456", is_staff="on", is_superuser="on", user_id="x")

    item = stored_item(User.objects.get())
    assert item is not None
    assert item["role"] == "user"
    assert "organization_id" not in item


# -- Sign-in ------------------------------------------------------------------------------------------------


def test_second_sign_in_keeps_the_profile_and_notes_the_time(
    alice: Person, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    before = stored_item(alice.user)
    assert before is not None

    with count_requests() as meter:
        response = sign_in(client, "ALICE@example.com", time_zone="Asia/Tokyo")

    assert (response.status_code, response["Location"]) == (302, "/")
    assert stored_item(alice.user) == before | {"last_login": "2026-11-22T10:00:00Z"}
    # The sign-in is told in the person's trail; the query looks for invitations that wait.
    operations = [request.operation for request in meter.requests]
    assert operations == ["update_item", "transact_write_items", "query"]


def test_sign_in_to_an_account_without_a_profile_makes_one(client: Client) -> None:
    user = make_user("john@example.com")

    sign_in(client, time_zone="Europe/Paris")

    assert ProfileRepository().get(str(user.pk)).preferences == Preferences("fr", time_zone="Europe/Paris")


def test_first_page_repairs_a_missing_profile(client: Client) -> None:
    user = make_user("john@example.com")
    client.force_login(user)

    response = client.get("/settings/")

    assert response.status_code == 200
    assert ProfileRepository().get(str(user.pk)).email == "john@example.com"


def test_sign_in_without_dynamodb_is_whole_once_dynamodb_is_back(client: Client, faults: Faults) -> None:
    """probe_26"""
    user = make_user("john@example.com")
    faults.engine_gone()

    signed_in = sign_in(client, time_zone="Europe/Paris")
    meanwhile = client.get("/settings/")
    faults.heal()
    afterwards = client.get("/settings/")

    assert (signed_in.status_code, meanwhile.status_code, afterwards.status_code) == (302, 503, 200)
    assert meanwhile["Retry-After"] == "5"
    assert ProfileRepository().get(str(user.pk)).preferences == Preferences("fr", time_zone="Europe/Paris")


def test_sign_up_without_dynamodb_is_whole_once_dynamodb_is_back(client: Client, faults: Faults) -> None:
    faults.engine_gone()

    sign_up(client, time_zone="Europe/Paris")
    faults.heal()

    assert client.get("/settings/").status_code == 200
    assert ProfileRepository().get(str(User.objects.get().pk)).preferences.region == "fr"


def test_page_for_anybody_stands_without_dynamodb(alice: Person, faults: Faults) -> None:
    """The theme is no reason for a page to fail."""
    faults.engine_gone()

    response = alice.client.get("/account/password/change/")

    assert response.status_code == 200
    assert '<html lang="en" data-theme="system">' in response.content.decode()


@pytest.mark.parametrize(("remember", "until_browser_closes"), [("on", False), ("", True)])
def test_being_remembered_is_a_choice(
    alice: Person, client: Client, remember: str, until_browser_closes: bool
) -> None:
    sign_in(client, "alice@example.com", remember=remember)

    assert client.session.get_expire_at_browser_close() is until_browser_closes
    if remember:
        assert client.session.get_expiry_age() == 30 * 24 * 3600


def test_probe_14_preset_session_key_is_rotated(alice: Person, client: Client) -> None:
    client.get(SIGN_IN)
    preset = client.session
    preset["planted"] = "by somebody else"
    preset.save()
    assert preset.session_key is not None
    client.cookies["carbontrack-session"] = preset.session_key

    sign_in(client, "alice@example.com")

    assert signed_in_as(client) == alice.user_id
    assert client.cookies["carbontrack-session"].value != preset.session_key
    assert not Session.objects.filter(session_key=preset.session_key).exists()
    thief = Client()
    thief.cookies["carbontrack-session"] = preset.session_key
    assert thief.get("/settings/").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
    ],
)
def test_probe_18_next_stays_here(alice: Person, client: Client, target: str) -> None:
    response = sign_in(client, "alice@example.com", next=target)
    again = alice.client.get(SIGN_IN, {"next": target})
    out = alice.client.post(SIGN_OUT, {"next": target})

    assert [answer["Location"] for answer in (response, again, out)] == ["/", "/", "/"]


def test_next_leads_back_to_a_page_of_ours(alice: Person, client: Client) -> None:
    assert sign_in(client, "alice@example.com", next="/settings/")["Location"] == "/settings/"


def test_inactive_account_cannot_sign_in(alice: Person, client: Client) -> None:
    """probe_04: an open session ends as well."""
    User.objects.filter(pk=alice.user.pk).update(is_active=False)

    response = sign_in(client, "alice@example.com")

    assert response["Location"] == "/account/inactive/"
    assert client.get(response["Location"]).status_code == 200
    assert signed_in_as(client) is None
    assert alice.client.get("/settings/").status_code == 302


# -- Sign-out -----------------------------------------------------------------------------------------------


def test_get_never_signs_out(alice: Person) -> None:
    """probe_20"""
    page = alice.client.get(SIGN_OUT)

    assert page.status_code == 200
    assert signed_in_as(alice.client) == alice.user_id


def test_post_signs_out(alice: Person) -> None:
    response = alice.client.post(SIGN_OUT)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert signed_in_as(alice.client) is None
    assert alice.client.get("/settings/").status_code == 302
