"""Changing a password or an address, and the mails about it."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import OutgoingMail, User
from accounts.repository import ProfileRepository
from tests.fixtures.faults import Faults
from tests.fixtures.people import PASSWORD, Person, make_user, show_proof

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

NEW_PASSWORD = "eleven loud herons"


def link_in(message: Any) -> str:
    """The path of the only link in a mail."""
    links: list[str] = re.findall(r"http://testserver(/\S+)", message.body)
    assert len(links) == 1
    return links[0]


def another_client(person: Person) -> Client:
    client = Client()
    client.force_login(person.user)
    return client


# -- Passwords ----------------------------------------------------------------------------------------------


def test_probe_15_password_change_ends_other_sessions(alice: Person) -> None:
    other = another_client(alice)

    response = alice.client.post(
        "/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW_PASSWORD}
    )

    assert (response.status_code, response["Location"]) == (302, "/settings/")
    assert alice.client.get("/settings/").status_code == 200
    assert other.get("/settings/").status_code == 302
    assert [message.subject for message in mail.outbox] == ["Your password was changed"]


def test_wrong_current_password_changes_nothing(alice: Person) -> None:
    response = alice.client.post(
        "/account/password/change/", {"oldpassword": "no", "password1": NEW_PASSWORD}
    )

    assert response.status_code == 422
    assert "This is not your current password." in response.content.decode()
    alice.user.refresh_from_db()
    assert alice.user.check_password(PASSWORD)


def test_reset_link_works_once_and_ends_every_session(alice: Person, client: Client) -> None:
    client.post("/account/password/reset/", {"email": "alice@example.com"})
    link = link_in(mail.outbox[0])
    form = client.get(link)["Location"]

    response = client.post(form, {"password1": NEW_PASSWORD})

    assert response["Location"] == "/account/password/reset/key/done/"
    assert client.get(response["Location"]).status_code == 200
    alice.user.refresh_from_db()
    assert alice.user.check_password(NEW_PASSWORD)
    assert alice.client.get("/settings/").status_code == 302
    assert "This link no longer works" in Client().get(link).content.decode()


def test_reset_link_does_not_sign_another_person_out(alice: Person, bob: Person) -> None:
    """probe_20: a link is a GET, whoever it was mailed to."""
    Client().post("/account/password/reset/", {"email": "alice@example.com"})

    form = bob.client.get(link_in(mail.outbox[0]))["Location"]
    assert bob.client.get(form).status_code == 200
    assert bob.client.get("/settings/").status_code == 200

    bob.client.post(form, {"password1": NEW_PASSWORD})
    alice.user.refresh_from_db()
    assert alice.user.check_password(NEW_PASSWORD)


# -- Addresses ----------------------------------------------------------------------------------------------


def ask_for_address(person: Person, email: str) -> Any:
    """Ask for another address, as somebody who has signed in a moment ago."""
    return person.client.post("/account/email/", {"email": email, "action_add": ""})


def test_changing_the_address_asks_for_the_password(alice: Person) -> None:
    show_proof(alice.client, alice.user, seconds_ago=1_801)

    response = alice.client.post("/account/email/", {"email": "new@example.com", "action_add": ""})

    assert response["Location"].startswith("/account/reauthenticate/")
    assert not EmailAddress.objects.filter(email="new@example.com").exists()


def test_new_address_counts_once_its_link_was_opened(alice: Person, client: Client) -> None:
    ask_for_address(alice, "New@example.com")
    link = link_in(mail.outbox[-1])
    alice.user.refresh_from_db()
    assert (alice.user.email, alice.stored_profile().email) == ("alice@example.com", "alice@example.com")

    assert client.get(link).status_code == 200  # opening shows a button and changes nothing
    alice.user.refresh_from_db()
    assert alice.user.email == "alice@example.com"
    client.post(link)

    alice.user.refresh_from_db()
    assert (alice.user.email, alice.stored_profile().email) == ("new@example.com", "new@example.com")
    found = ProfileRepository().find_by_email("new@example.com")
    assert found is not None
    assert found.user_id == alice.user_id
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("new@example.com", True, True)
    ]
    assert [(message.to, message.subject) for message in mail.outbox] == [
        (["new@example.com"], "Confirm your email address"),
        (["alice@example.com"], "Your email address was changed"),
    ]


def test_unconfirmed_person_keeps_the_old_address_until_the_new_one_is_confirmed(client: Client) -> None:
    user = make_user("old@example.com", verified=False)
    client.force_login(user)
    show_proof(client, user)
    client.post("/account/email/", {"email": "new@example.com", "action_add": ""})

    user.refresh_from_db()
    assert user.email == "old@example.com"
    page = client.get("/account/email/").content.decode()
    assert "We mailed a link to <strong>new@example.com</strong>" in page

    client.post(link_in(mail.outbox[0]))
    user.refresh_from_db()
    assert user.email == "new@example.com"


def test_change_of_address_can_be_called_off(alice: Person) -> None:
    ask_for_address(alice, "new@example.com")

    alice.client.post("/account/email/", {"email": "new@example.com", "action_remove": ""})

    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["alice@example.com"]


def test_address_of_another_account_cannot_be_taken_over(alice: Person) -> None:
    victim = make_user("victim@example.com", verified=False)
    answer = ask_for_address(alice, "victim@example.com")
    link = link_in(mail.outbox[-1])

    page = Client().post(link, follow=True).content.decode()

    assert answer.status_code == 302  # as for an address that is free
    assert "Another account uses victim@example.com already, so it could not be confirmed." in page
    victim.refresh_from_db()
    alice.user.refresh_from_db()
    assert (victim.email, alice.user.email) == ("victim@example.com", "alice@example.com")


def test_address_is_carried_over_later_when_dynamodb_is_away(alice: Person, faults: Faults) -> None:
    ask_for_address(alice, "new@example.com")
    faults.engine_gone()
    Client().post(link_in(mail.outbox[-1]))
    faults.heal()
    assert alice.stored_profile().email == "alice@example.com"

    alice.client.get("/settings/")

    assert alice.stored_profile().email == "new@example.com"


def test_confirmation_link_does_not_sign_another_person_out(alice: Person, bob: Person) -> None:
    """probe_20"""
    ask_for_address(alice, "new@example.com")

    bob.client.get(link_in(mail.outbox[-1]))

    assert bob.client.get("/settings/").status_code == 200


def test_verified_address_is_needed_where_the_installation_says_so(client: Client, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client.post("/account/signup/", {"email": "john@example.com", "password1": PASSWORD})
    assert client.get("/settings/").status_code == 302

    client.post(link_in(mail.outbox[0]))
    response = client.post(
        "/account/login/", {"login": "john@example.com", "password": PASSWORD, "time_zone": "Europe/Berlin"}
    )

    assert response["Location"] == "/"
    assert ProfileRepository().get(str(User.objects.get().pk)).preferences.region == "de"


# -- Mails --------------------------------------------------------------------------------------------------


def test_mail_says_the_same_as_text_and_html_and_leaves_nothing_behind(alice: Person, client: Client) -> None:
    client.post("/account/password/reset/", {"email": "alice@example.com"})

    message = mail.outbox[0]
    assert message.to == ["alice@example.com"]
    assert message.from_email == "CarbonTrack <carbontrack@localhost>"
    assert isinstance(message, mail.EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    for paragraph in message.body.split("\n\n"):
        assert " ".join(paragraph.split()) in html
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("path", ["/account/password/reset/", "/account/password/reset/done/"])
def test_page_that_promises_a_mail_says_where_it_is_printed(client: Client, settings: Any, path: str) -> None:
    hint = "This installation has no mail server"
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    printed = client.get(path).content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    sent = client.get(path).content.decode()

    assert (hint in printed, hint in sent) == (True, False)
