"""Passkeys: added, used alone and after a password, and what a forged one comes to."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from accounts import second_step
from tests.accounts.passkeys import ADD, SIGN_IN, SoftPasskey
from tests.accounts.second_steps import give_password, is_signed_in, recovery_codes
from tests.fixtures.people import Person, show_proof

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

SECOND_STEP = "/account/second-step/authenticate/"


def test_a_passkey_is_added_counts_as_shown_and_ends_other_sessions(alice: Person) -> None:
    """probe_15"""
    other = give_password("alice@example.com")

    done = SoftPasskey().enrol(alice.client, name="Phone")

    assert done["Location"] == "/account/second-step/recovery-codes/"
    [passkey] = second_step.of_user(alice.user).passkeys
    assert (passkey.name, passkey.signs_in) == ("Phone", True)
    assert (is_signed_in(alice.client), is_signed_in(other)) == (True, False)
    assert alice.client.session["account_authentication_methods"][-1]["type"] == "webauthn"
    assert [message.subject for message in mail.outbox] == ["A passkey was added"]
    page = alice.client.get("/settings/security/").content.decode()
    assert 'Rename<span class="visually-hidden"> Phone</span>' in page


def test_a_passkey_signs_in_alone_as_a_second_step_and_leads_on(alice: Person) -> None:
    passkey, client = SoftPasskey(), Client()
    passkey.enrol(alice.client)

    done = passkey.sign_in(client, next="/entries/", remember="on")

    assert done["Location"] == "/entries/"
    assert is_signed_in(client)
    [shown] = client.session["account_authentication_methods"]
    assert (shown["method"], shown["passwordless"]) == ("mfa", True)
    assert not client.session.get_expire_at_browser_close()


def test_without_being_asked_the_session_ends_with_the_browser(alice: Person) -> None:
    passkey, client = SoftPasskey(), Client()
    passkey.enrol(alice.client)

    passkey.sign_in(client)

    assert client.session.get_expire_at_browser_close()


def test_a_passkey_is_the_second_step_after_a_password_and_shown_again_later(alice: Person) -> None:
    passkey = SoftPasskey(verifies=False)
    passkey.enrol(alice.client, alone=False)
    client = give_password("alice@example.com")
    assert "or type one of your recovery codes" in client.get(SECOND_STEP).content.decode()

    assert passkey.show(client, SECOND_STEP)["Location"] == "/"
    show_proof(client, alice.user, seconds_ago=601)
    asked = client.get(ADD)["Location"]

    assert passkey.show(client, asked)["Location"] == ADD


def test_a_key_that_asks_for_nothing_does_not_sign_in_alone(alice: Person) -> None:
    passkey, client = SoftPasskey(verifies=False), Client()
    refused = passkey.enrol(alice.client, alone=True)
    assert refused.status_code == 422

    passkey.enrol(alice.client, alone=False)

    assert passkey.sign_in(client)["Location"] == "/account/login/"
    assert not is_signed_in(client)


def test_a_stolen_key_does_not_sign_in_alone_with_the_challenge_of_another_form(
    alice: Person, bob: Person
) -> None:
    stolen, own = SoftPasskey(verifies=False), SoftPasskey()
    stolen.enrol(alice.client, alone=False)
    own.enrol(bob.client)
    thief = give_password("bob@example.com")
    challenge = thief.get(SECOND_STEP).context["js_data"]["request_options"]
    signed = stolen.signed({"publicKey": {"challenge": dict(challenge)["publicKey"]["challenge"]}})

    answer = thief.post(SIGN_IN, {"credential": json.dumps(signed)})

    assert "Location" not in answer or answer["Location"] != "/"
    assert not is_signed_in(thief)


@pytest.mark.parametrize("path", [ADD, "/account/second-step/recovery-codes/generate/"])
def test_a_password_alone_changes_no_second_step(path: str, alice: Person) -> None:
    SoftPasskey().enrol(alice.client)
    show_proof(alice.client, alice.user, "password")

    asked = alice.client.get(path)

    assert asked["Location"].startswith("/account/second-step/webauthn/reauthenticate/")


def test_staff_with_only_a_passkey_are_asked_for_it(grace: Person) -> None:
    passkey = SoftPasskey()
    passkey.enrol(grace.client)
    show_proof(grace.client, grace.user)

    asked = grace.client.get("/staff/")["Location"]

    assert asked.startswith("/account/second-step/webauthn/reauthenticate/")
    assert passkey.show(grace.client, asked)["Location"] == "/staff/"


def test_a_passkey_of_one_never_opens_the_account_of_another(alice: Person, bob: Person) -> None:
    alices, bobs = SoftPasskey(), SoftPasskey()
    alices.enrol(alice.client)
    bobs.enrol(bob.client)
    alices.user_handle = bobs.user_handle
    client = Client()

    alices.sign_in(client)

    assert not is_signed_in(client)


def test_what_a_passkey_signed_works_once(alice: Person) -> None:
    passkey, client = SoftPasskey(), Client()
    passkey.enrol(alice.client)
    options = client.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"]
    sent = {"credential": json.dumps(passkey.signed(options))}
    assert client.post(SIGN_IN, sent)["Location"] == "/"
    client.post("/account/logout/")

    client.get(SIGN_IN, headers={"Accept": "application/json"})
    client.post(SIGN_IN, sent)

    assert not is_signed_in(client)


NONSENSE = ["", "1", "null", "[]", "{}", "{", '"x"', '{"id": "a", "rawId": "a", "response": 7}']
HALF = {"id": "AA", "rawId": "AA", "type": "public-key"}
NONSENSE += [
    json.dumps({**HALF, "response": response})
    for response in ({}, {"userHandle": "AA"}, {"clientDataJSON": "AA", "attestationObject": "AA"})
]
NONSENSE.append(
    json.dumps(
        {
            **HALF,
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "AA",
                "signature": "%",
                "userHandle": "ZQ",
            },
        }
    )
)


def test_nonsense_is_refused_in_words(alice: Person) -> None:
    SoftPasskey().enrol(alice.client)
    waiting, stranger = give_password("alice@example.com"), Client()
    waiting.get(SECOND_STEP)
    stranger.get(SIGN_IN, headers={"Accept": "application/json"})
    alice.client.get(ADD)
    for number, sent in enumerate(NONSENSE):
        elsewhere = {"REMOTE_ADDR": f"127.0.1.{number}"}  # where nobody has tried too often
        to_sign_in = stranger.post(SIGN_IN, {"credential": sent}, **elsewhere)  # type: ignore[arg-type]
        to_add = alice.client.post(ADD, {"name": "x", "credential": sent})

        assert to_sign_in["Location"] == "/account/login/", sent
        assert to_add.status_code == 422, sent
        assert waiting.post(SECOND_STEP, {"credential": sent}).status_code == 422, sent
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_removing_a_passkey_names_it_and_what_goes_with_it(alice: Person, bob: Person) -> None:
    SoftPasskey().enrol(alice.client, name="Phone")
    SoftPasskey().enrol(alice.client, name="<b>Key</b>")
    first, second = second_step.of_user(alice.user).passkeys
    page = f"/account/second-step/webauthn/keys/{second.id}/remove/"
    shown = alice.client.get(page).content.decode()
    assert "Remove the passkey &lt;b&gt;Key&lt;/b&gt;?" in shown
    assert "Your other second step stays" in shown
    assert bob.client.get(page).status_code == 404

    assert alice.client.post(page)["Location"] == "/account/second-step/webauthn/"

    last = f"/account/second-step/webauthn/keys/{first.id}/remove/"
    assert "It is your last second step" in alice.client.get(last).content.decode()
    assert len(recovery_codes(alice.user)) == 10


def test_a_passkey_is_renamed(alice: Person) -> None:
    SoftPasskey().enrol(alice.client)
    [passkey] = second_step.of_user(alice.user).passkeys
    page = f"/account/second-step/webauthn/keys/{passkey.id}/edit/"

    assert alice.client.post(page, {"name": "x" * 61}).status_code == 422
    assert alice.client.post(page, {"name": "Blue key"})["Location"] == "/account/second-step/webauthn/"

    assert second_step.of_user(alice.user).passkeys[0].name == "Blue key"


def test_a_number_for_a_host_has_no_passkeys_and_the_page_says_where_they_are(client: Client) -> None:
    by_number = client.get("/account/login/?next=/log/", headers={"Host": "127.0.0.1:8000"}).content.decode()
    by_name = client.get("/account/login/", headers={"Host": "localhost:8000"}).content.decode()

    assert 'href="http://localhost:8000/account/login/?next=/log/"' in by_number
    assert "Sign in with a passkey" not in by_number
    assert "Sign in with a passkey" in by_name
