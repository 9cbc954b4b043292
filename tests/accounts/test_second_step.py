"""Setting up a second step, signing in with it, and what follows from a change of it."""

import re
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from carbontrack.dynamodb import count_requests, update_item
from carbontrack.dynamodb.tables import ORGANIZATIONS
from organizations.domain import Organization
from tests.accounts.second_steps import (
    code,
    give_password,
    is_signed_in,
    recovery_codes,
    set_up_app,
)
from tests.fixtures.people import PASSWORD, Person, make_user, show_proof

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

SECOND_STEP = "/account/second-step/authenticate/"
ACTIVATE = "/account/second-step/totp/activate/"
DEACTIVATE = "/account/second-step/totp/deactivate/"


def secret_on(page: str) -> str:
    [grouped] = re.findall(r'<p class="secret"><code>([A-Z2-7 ]+)</code>', page)
    return str(grouped).replace(" ", "")


# -- Setting up ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_app_is_set_up_counts_as_shown_and_ends_other_sessions(alice: Person) -> None:
    """probe_15, probe_16: the secret is readable neither with the account nor in the session meanwhile."""
    other = give_password("alice@example.com")
    secret = secret_on(alice.client.get(ACTIVATE).content.decode())
    assert secret not in str(dict(alice.client.session.items()))

    done = alice.client.post(ACTIVATE, {"code": code(secret)})

    assert done["Location"] == "/account/second-step/recovery-codes/"
    stored = Authenticator.objects.get(type="totp")
    assert stored.wrap().validate_code("000000") is False
    assert secret not in str(stored.data)
    assert not is_signed_in(other)
    assert is_signed_in(alice.client)
    records = alice.client.session["account_authentication_methods"]
    assert (records[-1]["method"], records[-1]["type"]) == ("mfa", "totp")
    [told] = mail.outbox
    assert (told.to, told.subject) == (["alice@example.com"], "An authenticator app was set up")


@pytest.mark.django_db(transaction=True)
def test_recovery_codes_are_shown_once_as_text_and_as_a_file(alice: Person) -> None:
    alice.client.post(ACTIVATE, {"code": code(secret_on(alice.client.get(ACTIVATE).content.decode()))})
    codes = recovery_codes(alice.user)

    first, second = (alice.client.get("/account/second-step/recovery-codes/").content.decode() for _ in "12")

    assert len(codes) == 10
    for each in codes:
        assert f"<li>{each[:4]} {each[4:]}</li>" in first
        assert f"{each[:4]}%20{each[4:]}%0A" in first
        assert each[4:] not in second
    assert "10 are left" in second


def test_a_wrong_first_code_keeps_the_secret_and_says_so(alice: Person) -> None:
    secret = secret_on(alice.client.get(ACTIVATE).content.decode())

    refused = alice.client.post(ACTIVATE, {"code": "12"})

    assert refused.status_code == 422
    assert "This code is wrong, too old or used." in refused.content.decode()
    assert secret_on(refused.content.decode()) == secret


def test_every_change_asks_first_who_one_is_and_comes_back(alice: Person) -> None:
    for path in (
        ACTIVATE,
        DEACTIVATE,
        "/account/second-step/webauthn/add/",
        "/account/second-step/webauthn/keys/1/remove/",
        "/account/second-step/recovery-codes/",
        "/account/second-step/recovery-codes/generate/",
        "/account/email/",
    ):
        show_proof(alice.client, alice.user, seconds_ago=601)

        asked = alice.client.get(path)
        answered = alice.client.post(asked["Location"], {"password": PASSWORD})

        assert unquote(asked["Location"]) == f"/account/reauthenticate/?next={path}"
        assert answered["Location"] == path


def test_an_address_must_be_confirmed_first_where_addresses_are(client: Client, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    user = make_user("new@example.com", verified=False)
    client.force_login(user)
    show_proof(client, user)

    answer = client.post(ACTIVATE, {"code": "123456"})

    assert answer["Location"] == "/settings/security/"
    page = client.get("/settings/security/").content.decode()
    assert "Confirm your address before you set up a second step" in page
    assert ACTIVATE not in page


def test_removing_the_last_one_takes_the_codes_along_and_forgets_that_it_was_shown(alice: Person) -> None:
    """probe_15"""
    other = give_password("alice@example.com")
    set_up_app(alice.user)
    show_proof(alice.client, alice.user, "password", "mfa")
    page = alice.client.get(DEACTIVATE).content.decode()
    assert "It is your last second step, so your recovery codes go with it" in page

    alice.client.post(DEACTIVATE)

    assert not Authenticator.objects.exists()
    assert (is_signed_in(alice.client), is_signed_in(other)) == (True, False)
    assert [r["method"] for r in alice.client.session["account_authentication_methods"]] == ["password"]
    assert [message.subject for message in mail.outbox] == ["Your authenticator app was removed"]


def test_new_recovery_codes_replace_the_old(alice: Person) -> None:
    set_up_app(alice.user)
    old = recovery_codes(alice.user)
    show_proof(alice.client, alice.user, "mfa")

    alice.client.post("/account/second-step/recovery-codes/generate/")

    assert not set(old) & set(recovery_codes(alice.user))


# -- Signing in ---------------------------------------------------------------------------------------------


def test_a_password_alone_opens_nothing(alice: Person) -> None:
    set_up_app(alice.user)
    client = give_password("alice@example.com")
    assert not is_signed_in(client)

    refused = client.post(SECOND_STEP, {"code": "000000"})
    accepted = client.post(SECOND_STEP, {"code": code()})

    assert (refused.status_code, accepted.status_code) == (422, 302)
    assert is_signed_in(client)


def test_probe_16_a_code_that_was_used_is_refused_to_another_browser(alice: Person) -> None:
    set_up_app(alice.user)
    first, second = (give_password("alice@example.com") for _ in "12")
    shown, next_one = code(), code(periods=1)

    assert first.post(SECOND_STEP, {"code": shown}).status_code == 302
    assert second.post(SECOND_STEP, {"code": shown}).status_code == 422
    assert second.post(SECOND_STEP, {"code": code(periods=-1)}).status_code == 422  # nor an older one
    assert second.post(SECOND_STEP, {"code": next_one}).status_code == 302


def test_probe_16_a_recovery_code_works_once(alice: Person) -> None:
    set_up_app(alice.user)
    chosen = recovery_codes(alice.user)[3]
    first, second = (give_password("alice@example.com") for _ in "12")

    assert first.post(SECOND_STEP, {"code": f"{chosen[:4]} {chosen[4:]}"}).status_code == 302
    assert second.post(SECOND_STEP, {"code": chosen}).status_code == 422
    assert chosen not in recovery_codes(alice.user)


def test_guessing_codes_ends_after_five_over_all_browsers(alice: Person) -> None:
    set_up_app(alice.user)
    for _ in range(5):
        give_password("alice@example.com").post(SECOND_STEP, {"code": "000000"})

    refused = give_password("alice@example.com").post(SECOND_STEP, {"code": code()})

    assert refused.status_code == 422
    assert "Too many wrong codes." in refused.content.decode()


def test_probe_17_a_new_password_still_asks_for_the_second_step(alice: Person, client: Client) -> None:
    set_up_app(alice.user)
    client.post("/account/password/reset/", {"email": "alice@example.com"})
    [link] = re.findall(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    client.post(client.get(link)["Location"], {"password1": "eleven loud herons"})

    answer = client.post("/account/login/", {"login": "alice@example.com", "password": "eleven loud herons"})

    assert answer["Location"] == SECOND_STEP
    assert not is_signed_in(client)


# -- Where it is demanded -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_staff_without_one_are_sent_to_set_one_up_and_led_back(grace: Person) -> None:
    show_proof(grace.client, grace.user)
    sent = grace.client.get("/staff/")
    assert unquote(sent["Location"]) == "/settings/security/?next=/staff/"
    page = grace.client.get(sent["Location"]).content.decode()
    assert "That page takes a second step" in page
    assert "the staff console asks for it every half hour" in page

    grace.client.post(ACTIVATE, {"code": code(secret_on(grace.client.get(ACTIVATE).content.decode()))})

    assert grace.client.get("/account/second-step/")["Location"] == "/staff/"
    assert grace.client.get("/account/second-step/")["Location"] == "/settings/security/"


def test_staff_with_one_show_it_again_and_get_back(grace: Person) -> None:
    set_up_app(grace.user)
    show_proof(grace.client, grace.user)

    sent = grace.client.get("/staff/")
    page = grace.client.get(sent["Location"]).content.decode()
    shown = grace.client.post(sent["Location"], {"code": code()})

    assert unquote(sent["Location"]) == "/account/second-step/reauthenticate/?next=/staff/"
    assert "Use your password" not in page  # it would lead back here
    assert shown["Location"] == "/staff/"


def test_security_names_the_organization_that_demands_one_of_whom_it_does(
    acme: Organization, alice: Person, bob: Person
) -> None:
    key = {"organization_id": acme.id, "record": "organization"}
    update_item(ORGANIZATIONS, key, set={"second_step": "administrators"})

    with count_requests() as meter:
        administrators = alice.client.get("/settings/security/").content.decode()
    members = bob.client.get("/settings/security/").content.decode()

    assert "Acme shows its pages only after one." in administrators
    assert "shows its pages only after one." not in members
    assert meter.count == 2  # the profile, the organization


def test_probe_18_only_a_page_of_ours_is_gone_back_to(alice: Person) -> None:
    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example/"):
        alice.client.get("/settings/security/", {"next": elsewhere})
        assert "second_step_wanted" not in alice.client.session


# -- Who has neither a password nor a second step -----------------------------------------------------------


def test_who_signs_in_elsewhere_confirms_by_a_mailed_code(alice: Person) -> None:
    alice.user.set_unusable_password()
    alice.user.save()
    alice.client.force_login(alice.user)
    show_proof(alice.client, alice.user, "socialaccount", seconds_ago=601)
    asked = alice.client.get(ACTIVATE)["Location"]
    page = alice.client.get(asked)["Location"]
    assert unquote(page) == f"/settings/confirm/?next={ACTIVATE}"
    assert mail.outbox == []  # looking mails nothing

    alice.client.post(page, {"send": ""})
    mailed = str(mail.outbox[0].body).split("\n\n")[1]
    assert mailed not in str(dict(alice.client.session.items()))
    wrong = alice.client.post(page, {"code": "AAAA-AAAA"})
    right = alice.client.post(page, {"code": mailed.lower()})

    assert (wrong.status_code, right["Location"]) == (422, ACTIVATE)
    assert alice.client.get(ACTIVATE).status_code == 200


def test_a_confirming_code_is_worth_three_tries(alice: Person) -> None:
    alice.user.set_unusable_password()
    alice.user.save()
    alice.client.force_login(alice.user)
    alice.client.post("/settings/confirm/", {"send": ""})
    mailed = str(mail.outbox[0].body).split("\n\n")[1]
    for _ in range(3):
        alice.client.post("/settings/confirm/", {"code": "AAAA-AAAA"})

    assert alice.client.post("/settings/confirm/", {"code": mailed}).status_code == 422


def test_who_has_a_password_is_not_offered_a_mailed_code(alice: Person) -> None:
    assert alice.client.get("/settings/confirm/")["Location"] == "/account/reauthenticate/"
