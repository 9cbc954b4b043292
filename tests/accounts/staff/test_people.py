"""The console's pages about people."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail

from accounts.domain import Role
from accounts.models import User
from carbontrack.audit import AuditRepository, person_subject
from carbontrack.dynamodb import count_requests
from tests.fixtures.people import Person, make_user, show_proof
from tests.pages import text_of

URL = "/staff/people/"
HTMX = {"HX-Request": "true"}


def actions(user: User) -> list[str]:
    return [each.action for each in AuditRepository(person_subject(str(user.pk))).all()]


def list_session(person: Person) -> str:
    """Let a person's session be in the list of sessions, as one that began with a sign-in is."""
    key = person.client.session.session_key
    assert key
    UserSession.objects.create(
        user=person.user, ip="192.0.2.1", user_agent="Firefox/140 Linux", session_key=key
    )
    return key


def test_list_finds_people_and_answers_htmx_with_the_list_alone(grace: Person, bob: Person) -> None:
    make_user("bear@example.com", verified=False)

    whole = text_of(grace.client.get(URL))
    part = grace.client.get(URL, {"q": "be", "state": "nonsense"}, headers=HTMX)

    assert "bob@example.com Bob" in whole
    assert "bear@example.com not confirmed person joined" in whole
    assert "<html" not in part.content.decode()
    assert "bear@example.com" in text_of(part)
    assert "bob@example.com" not in text_of(part)
    assert part.headers["HX-Replace-Url"] == f"{URL}?q=be"
    assert "Nobody fits" in text_of(grace.client.get(URL, {"q": "zebra"}))


def test_page_of_a_person_tells_of_the_account_in_three_requests(grace: Person, bob: Person) -> None:
    list_session(bob)

    with count_requests() as meter:
        response = grace.client.get(f"{URL}{bob.user_id}/")

    text = text_of(response)
    assert meter.count == 3  # who asks, whom it is about, and their trail
    assert "bob@example.com confirmed" in text
    assert "Firefox on Linux 192.0.2.1" in text
    assert "Second step None" in text
    assert grace.client.get(f"{URL}no-id/").status_code == 404


def test_ending_sessions_signs_out_everywhere(grace: Person, bob: Person) -> None:
    key = list_session(bob)

    response = grace.client.post(f"{URL}{bob.user_id}/sessions/end/", follow=True)

    assert "1 session of bob@example.com ended." in text_of(response)
    assert not Session.objects.filter(session_key=key).exists()
    assert bob.client.get("/entries/").status_code == 302
    assert actions(bob.user) == ["staff.sessions_ended"]


def test_disabling_asks_why_and_says_what_it_means(grace: Person, bob: Person) -> None:
    url = f"{URL}{bob.user_id}/disable/"

    asked = grace.client.get(url)
    refused = grace.client.post(url, {"reason": "x"})
    done = grace.client.post(url, {"reason": "Sent spam"}, follow=True)

    assert "Disable bob@example.com?" in text_of(asked)
    assert refused.status_code == 422
    assert "at least five characters" in text_of(refused)
    assert "Enable" in text_of(done)
    assert "Grace disabled the account of bob@example.com: “Sent spam”." in text_of(done)
    assert "is not disabled" not in text_of(grace.client.post(f"{URL}{bob.user_id}/enable/", follow=True))


def test_probe_05_role_form_takes_the_two_roles_and_nothing_else(grace: Person, bob: Person) -> None:
    url = f"{URL}{bob.user_id}/role/"
    form = {"reason": "Joins the team", "seen_version": "0"}

    for role in ("org_admin", "", "root"):
        assert grace.client.post(url, form | {"role": role}).status_code == 422
    moved = grace.client.post(url, {"reason": "Joins the team", "seen_version": "3", "role": "admin"})
    own = grace.client.post(f"{URL}{grace.user_id}/role/", form | {"role": "user"})

    assert moved.status_code == 409
    assert own.status_code == 422
    assert bob.stored_profile().role is Role.USER
    assert grace.client.post(url, form | {"role": "admin", "organization_id": "x"}).status_code == 302
    assert bob.stored_profile().role is Role.ADMIN
    assert bob.stored_profile().organization_id is None


def test_administrator_of_an_organization_is_told_to_be_its_business(
    grace: Person, alice: Person, acme: object
) -> None:
    text = text_of(grace.client.get(f"{URL}{alice.user_id}/"))

    assert "The role is their organization’s business" in text
    assert "Change the role" not in text


def test_confirmation_is_sent_again_to_who_has_not_confirmed(grace: Person, bob: Person) -> None:
    user = make_user("bear@example.com", verified=False)

    grace.client.post(f"{URL}{user.pk}/verify/")
    grace.client.post(f"{URL}{bob.user_id}/verify/")

    assert [each.to for each in mail.outbox] == [["bear@example.com"]]
    assert actions(user) == ["staff.verification_sent"]
    assert actions(bob.user) == []
    assert not EmailAddress.objects.get(user=user).verified


def test_deleting_wants_the_address_and_can_be_taken_back(grace: Person, bob: Person) -> None:
    url = f"{URL}{bob.user_id}/erase/"

    assert grace.client.post(url, {"address": "alice@example.com"}).status_code == 422
    assert User.objects.get(pk=bob.user.pk).erase_at is None
    asked = grace.client.post(url, {"address": "Bob@example.com"}, follow=True)
    assert "This account will be deleted on" in text_of(asked)
    assert User.objects.get(pk=bob.user.pk).erase_at is not None
    grace.client.post(f"{URL}{bob.user_id}/keep/")

    assert User.objects.get(pk=bob.user.pk).erase_at is None
    assert actions(bob.user) == ["staff.erasure_started", "account.erasure_taken_back"]


def test_export_is_made_for_the_person_alone(grace: Person, bob: Person) -> None:
    response = grace.client.post(f"{URL}{bob.user_id}/export/", follow=True)

    assert "only they can open it" in text_of(response)
    assert actions(bob.user) == ["staff.export_started"]
    assert "Grace had a copy made of everything that is kept about this person." in text_of(response)


def test_probe_03_role_and_second_step_want_a_proof_of_the_last_minutes(grace: Person, bob: Person) -> None:
    Authenticator.objects.create(user=bob.user, type=Authenticator.Type.RECOVERY_CODES, data={})
    urls = [f"{URL}{bob.user_id}/{page}/" for page in ("role", "second-step")]

    fresh = [grace.client.get(url) for url in urls]
    done = grace.client.post(urls[1], {"reason": "Lost the phone"}, follow=True)
    show_proof(grace.client, grace.user, "password", "mfa", seconds_ago=15 * 60)
    stale = [grace.client.get(url) for url in urls]

    assert [response.status_code for response in fresh] == [200, 200]
    assert "signs in without a second step now" in text_of(done)
    assert all(each["Location"].startswith("/account/reauthenticate/?next=") for each in stale)
    assert grace.client.get(f"{URL}{bob.user_id}/").status_code == 200
