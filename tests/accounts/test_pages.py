"""Every page around an account that somebody can reach looks like the rest and renders."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests.fixtures.people import Person, show_proof

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

ANYBODY = {
    "/account/signup/": "Create your account",
    "/account/login/": "Sign in",
    "/account/inactive/": "This account is switched off",
    "/account/confirm-email/": "Look into your mail",
    "/account/confirm-email/no-such-key/": "This link does not work",
    "/account/password/reset/": "Reset your password",
    "/account/password/reset/done/": "Look into your mail",
    "/account/password/reset/key/abc-def/": "This link no longer works",
    "/account/password/reset/key/done/": "Your new password is saved",
}
SIGNED_IN = {
    "/settings/": "Settings",
    "/account/logout/": "Sign out",
    "/account/reauthenticate/": "Is it you?",
    "/account/email/": "Change your email address",
    "/account/password/change/": "Change your password",
}


def headings_of(html: str) -> list[str]:
    return re.findall(r"<h1>(.*?)</h1>", html)


@pytest.mark.parametrize(("path", "heading"), ANYBODY.items())
def test_page_for_anybody(client: Client, path: str, heading: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert headings_of(response.content.decode()) == [heading]


@pytest.mark.parametrize(("path", "heading"), SIGNED_IN.items())
def test_page_for_somebody_signed_in(alice: Person, path: str, heading: str) -> None:
    response = alice.client.get(path)

    assert response.status_code == 200
    assert headings_of(response.content.decode()) == [heading]


@pytest.mark.parametrize("path", SIGNED_IN)
def test_page_for_somebody_signed_in_sends_visitors_away(client: Client, path: str) -> None:
    assert client.get(path).status_code == 302


def test_password_can_be_set_by_somebody_without_one(alice: Person) -> None:
    alice.user.set_unusable_password()
    alice.user.save()
    alice.client.force_login(alice.user)
    show_proof(alice.client, alice.user)

    page = alice.client.get("/account/password/change/", follow=True)
    alice.client.post("/account/password/set/", {"password1": "eleven loud herons"})

    alice.user.refresh_from_db()
    assert headings_of(page.content.decode()) == ["Choose a password"]
    assert alice.user.check_password("eleven loud herons")


@pytest.mark.parametrize(
    ("template", "heading"),
    [
        ("account/signup_closed.html", "No new accounts just now"),
        ("account/verified_email_required.html", "Confirm your address first"),
        ("429.html", "Too many tries"),
    ],
)
def test_page_for_rare_moments_renders(template: str, heading: str) -> None:
    assert headings_of(render_to_string(template)) == [heading]


def test_fields_help_password_managers_and_phones(client: Client) -> None:
    sign_in, sign_up = (client.get(f"/account/{page}/").content.decode() for page in ("login", "signup"))

    assert re.findall(r'autocomplete="([a-z-]+)"', sign_in) == ["username", "current-password"]
    assert re.findall(r'autocomplete="([a-z-]+)"', sign_up) == ["email", "new-password"]
    assert 'type="email"' in sign_in
    assert 'inputmode="email"' in sign_up
