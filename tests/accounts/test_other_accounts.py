"""Signing in with an account of another provider, against one of our own on this machine."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from carbontrack.audit import AuditRepository, person_subject
from tests.fixtures.identity import CONFIRMED, KEYCLOAK, WORKS, Provider, come_back, left_for
from tests.fixtures.people import PASSWORD, Person, make_user, show_proof

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

CONNECTIONS = "/account/other/"


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


# -- Signing up ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verification", ["none", "mandatory"])
def test_a_confirmed_address_makes_an_account_and_comes_back_to_it(
    provider: Provider, client: Client, settings: Any, verification: str
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    provider.told = CONFIRMED | {"picture": "https://pictures.example/john.png", "name": "John"}

    first = come_back(client)
    again = Client()
    come_back(again)

    user = User.objects.get()
    assert (first.status_code, first["Location"]) == (302, "/")
    assert signed_in_as(client) == signed_in_as(again) == str(user.pk)
    assert (user.email, user.has_usable_password()) == ("john@example.com", False)
    assert EmailAddress.objects.get().verified is True
    assert SocialAccount.objects.get().extra_data == {"email": "john@example.com"}
    assert not SocialToken.objects.exists()
    assert client.session.get_expire_at_browser_close() is True
    assert set(provider.asked) == {"/.well-known/openid-configuration", "/token", "/userinfo"}


@pytest.mark.parametrize("claim", [False, None, "false", "yes", 1, ["true"]])
def test_an_address_that_is_not_confirmed_leads_to_no_account_new_or_old(
    provider: Provider, client: Client, claim: Any
) -> None:
    john = make_user("john@example.com")

    for address in ("john@example.com", "new@example.com"):
        provider.told = {"sub": "k-1", "email": address, "email_verified": claim}
        response = come_back(client)

        assert response.status_code == 409
        assert "We need a confirmed address" in response.text
    assert list(User.objects.all()) == [john]
    assert not SocialAccount.objects.exists()
    assert signed_in_as(client) is None


@pytest.mark.parametrize("verification", ["none", "mandatory"])
def test_a_confirmed_address_of_an_account_does_not_lead_to_it(
    provider: Provider, client: Client, settings: Any, verification: str
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    make_user("john@example.com")
    provider.told = CONFIRMED | {"email": "John@Example.com"}

    response = come_back(client)
    form = client.post("/account/other/signup/", {"email": "elsewhere@example.com"})

    assert response.status_code == 409
    assert "You have an account already" in response.text
    assert form.status_code == 405
    assert User.objects.get().check_password(PASSWORD)
    assert not SocialAccount.objects.exists()
    assert signed_in_as(client) is None


def test_two_who_come_at_once_with_one_address_make_one_account(
    provider: Provider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one came between the question whether the address is free and the answer."""
    provider.told = CONFIRMED
    make_user("john@example.com")
    monkeypatch.setattr("accounts.social.filter_users_by_email", lambda email: [])
    monkeypatch.setattr("allauth.socialaccount.internal.flows.signup.assess_unique_email", lambda email: True)

    response = come_back(client)

    assert response.status_code == 409
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("address", "claim", "status"),
    [
        ("ann@works.example", None, 302),
        ("ann@works.example", False, 409),
        ("ann@elsewhere.example", True, 409),
        ("ann@evilworks.example", True, 409),
    ],
)
def test_a_provider_with_domains_speaks_for_these_and_no_others(
    provider: Provider, client: Client, address: str, claim: bool | None, status: int
) -> None:
    provider.told = {"sub": "w-1", "email": address, "email_verified": claim}

    assert come_back(client, WORKS).status_code == status


# -- Signing in ---------------------------------------------------------------------------------------------


def connect(person: Person, uid: str = "k-1", kind: str = "keycloak") -> SocialAccount:
    account: SocialAccount = SocialAccount.objects.create(user=person.user, provider=kind, uid=uid)
    return account


def test_probe_17_a_connected_account_does_not_spare_the_second_step(
    provider: Provider, alice: Person, client: Client
) -> None:
    connect(alice)
    Authenticator.objects.create(user=alice.user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    provider.told = CONFIRMED

    response = come_back(client)

    assert urlsplit(response["Location"]).path == "/account/second-step/authenticate/"
    assert signed_in_as(client) is None


def test_a_disabled_account_stays_shut(provider: Provider, alice: Person, client: Client) -> None:
    """probe_04"""
    connect(alice)
    User.objects.update(is_active=False)
    provider.told = CONFIRMED

    assert come_back(client)["Location"] == "/account/inactive/"
    assert signed_in_as(client) is None


def test_one_providers_people_are_not_another_ones(provider: Provider, alice: Person, client: Client) -> None:
    connect(alice, kind="works")
    provider.told = CONFIRMED | {"email_verified": False}

    assert come_back(client).status_code == 409
    assert signed_in_as(client) is None


def test_an_answer_to_somebody_elses_question_is_refused(provider: Provider, alice: Person) -> None:
    """A link with a code of the attacker's would sign their victim in to the attacker's account."""
    connect(alice)
    provider.told = CONFIRMED
    state = left_for(Client())["state"][0]
    victim = Client()
    left_for(victim)

    response = victim.get(f"{KEYCLOAK}callback/", {"code": "a-code", "state": state})

    assert response.status_code == 400
    assert "Signing in did not work" in response.text
    assert signed_in_as(victim) is None


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example/"])
def test_probe_18_next_stays_here_on_the_way_through_a_provider(
    provider: Provider, alice: Person, client: Client, target: str
) -> None:
    connect(alice)
    provider.told = CONFIRMED

    assert come_back(client, next=target)["Location"] == "/"


def test_what_is_asked_of_a_provider_cannot_be_changed_by_a_link(provider: Provider, client: Client) -> None:
    asked = left_for(client, scope="calendar", auth_params="redirect_uri=https://evil.example/&prompt=none")

    assert asked["redirect_uri"] == ["http://testserver/account/other/oidc/keycloak/login/callback/"]
    assert sorted(asked["scope"][0].split()) == ["email", "openid"]
    assert asked["code_challenge_method"] == ["S256"]
    assert "prompt" not in asked


def test_get_only_asks_whether_to_go(client: Client) -> None:
    """probe_20: a picture in a mail could be such a GET."""
    for url in (KEYCLOAK, "/account/other/google/login/", "/account/other/microsoft/login/"):
        page = client.get(url)

        assert page.status_code == 200
        assert "Refresh" not in page
    assert not Session.objects.exists()


# -- Connecting ---------------------------------------------------------------------------------------------


def test_connecting_needs_a_recent_proof_and_is_told(provider: Provider, alice: Person) -> None:
    provider.told = {"sub": "k-7", "email": "alice@elsewhere.example", "email_verified": False}
    show_proof(alice.client, alice.user, seconds_ago=3600)

    stale = alice.client.post(KEYCLOAK, query_params={"process": "connect"})
    nothing_yet = SocialAccount.objects.exists()
    show_proof(alice.client, alice.user)
    fresh = come_back(alice.client, process="connect")

    assert stale["Location"].startswith("/account/reauthenticate/")
    assert (nothing_yet, fresh["Location"]) == (False, CONNECTIONS)
    assert SocialAccount.objects.get().user == alice.user
    assert User.objects.get().email == "alice@example.com"
    assert "alice@elsewhere.example" in alice.client.get(CONNECTIONS).text
    (record,) = AuditRepository(person_subject(alice.user_id)).page().items
    assert (record.action, record.after["other"]) == ("account.connected", "Keycloak")


def test_an_account_of_somebody_else_is_not_taken_over(
    provider: Provider, alice: Person, bob: Person
) -> None:
    connect(alice)
    provider.told = CONFIRMED

    come_back(bob.client, process="connect")

    assert SocialAccount.objects.get().user == alice.user
    assert signed_in_as(bob.client) == bob.user_id


def test_disconnecting_ones_own_is_told_and_anothers_is_refused(alice: Person, bob: Person) -> None:
    """probe_02"""
    account = connect(alice)

    refused = bob.client.post(CONNECTIONS, {"account": account.pk})
    kept = SocialAccount.objects.exists()
    done = alice.client.post(CONNECTIONS, {"account": account.pk})

    assert (refused.status_code, kept) == (422, True)
    assert (done.status_code, SocialAccount.objects.exists()) == (302, False)
    (record,) = AuditRepository(person_subject(alice.user_id)).page().items
    assert (record.action, record.before["other"]) == ("account.disconnected", "Keycloak")


def test_the_only_way_in_is_not_taken_away(alice: Person) -> None:
    account = connect(alice)
    alice.user.set_unusable_password()
    alice.user.save()
    alice.client.force_login(alice.user)
    show_proof(alice.client, alice.user)

    response = alice.client.post(CONNECTIONS, {"account": account.pk})

    assert response.status_code == 422
    assert "Choose a password first" in response.text
    assert SocialAccount.objects.exists()


def test_who_has_no_password_shows_who_they_are_before_connecting_or_disconnecting(
    provider: Provider, client: Client
) -> None:
    """probe_17: whoever finds the browser of somebody who comes by a provider connects nothing of theirs."""
    provider.told = CONFIRMED
    come_back(client)
    user, account = User.objects.get(), SocialAccount.objects.get()
    provider.told = {"sub": "k-evil", "email": "mallory@example.com", "email_verified": True}
    begun = left_for(client, process="connect")
    show_proof(client, user, "socialaccount", seconds_ago=3600)

    at_the_door = client.post(KEYCLOAK + "?process=connect")
    on_the_way_back = client.get(begun["redirect_uri"][0], {"code": "x", "state": begun["state"][0]})
    taken_away = client.post(CONNECTIONS, {"account": account.pk})

    for refused in (at_the_door, on_the_way_back, taken_away):
        assert refused["Location"].startswith("/account/reauthenticate/")
    assert SocialAccount.objects.get() == account
