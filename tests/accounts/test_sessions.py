"""Where somebody is signed in, and ending it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.db import OperationalError
from django.test import Client

from accounts import sessions
from carbontrack import clock
from carbontrack.audit import AuditRepository, person_subject
from tests.fixtures.people import PASSWORD, Person

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

URL = "/account/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1"


def signed_in(person: Person, user_agent: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": user_agent})
    client.post("/account/login/", {"login": person.user.email, "password": person.password})
    return client


def is_signed_in(client: Client) -> bool:
    return bool(client.get("/settings/").status_code == 200)


def listed(client: Client) -> list[tuple[str, str, bool]]:
    return [(each.device, each.place, each.is_current) for each in client.get(URL).context["sessions"]]


def row_of(client: Client) -> UserSession:
    row: UserSession = UserSession.objects.get(session_key=client.session.session_key)
    return row


def test_each_place_is_told_in_words_this_one_first(alice: Person, bob: Person) -> None:
    here = signed_in(alice)
    signed_in(alice, PHONE)
    signed_in(bob)

    assert listed(here) == [("Firefox on Linux", "127.0.0.1", True), ("Safari on iPhone", "127.0.0.1", False)]


def test_one_session_is_ended_and_the_others_stay(alice: Person) -> None:
    here, phone, third = signed_in(alice), signed_in(alice, PHONE), signed_in(alice)

    response = here.post(URL, {"session": row_of(phone).pk})

    assert response["Location"] == URL
    assert "Safari on iPhone is signed out." in here.get(URL).text
    assert [is_signed_in(client) for client in (here, phone, third)] == [True, False, True]
    record = AuditRepository(person_subject(alice.user_id)).page().items[0]
    assert (record.action, record.after["sessions"]) == ("account.sessions_ended", 1)


def test_all_others_end_also_those_that_were_never_listed_since(alice: Person, bob: Person) -> None:
    here, phone, other = signed_in(alice), signed_in(alice, PHONE), signed_in(bob)

    here.post(URL, {"session": "others"})

    assert [is_signed_in(client) for client in (here, phone, other)] == [True, False, True]
    assert "You are signed in here and nowhere else." in here.get(URL).text


@pytest.mark.parametrize("chosen", ["", "0", "-1", "x", "9" * 40, "others#"])
def test_a_session_of_somebody_else_is_as_one_that_never_was(chosen: str, alice: Person, bob: Person) -> None:
    """probe_02"""
    mine, theirs = signed_in(alice), signed_in(bob)

    for session in (chosen, str(row_of(theirs).pk)):
        page = mine.post(URL, {"session": session}, follow=True)

        assert "That session has ended already." in page.text
    assert is_signed_in(theirs)
    assert AuditRepository(person_subject(alice.user_id)).page(actions="account.sessions").items == ()


def test_this_session_is_left_by_signing_out(alice: Person) -> None:
    here = signed_in(alice)

    here.post(URL, {"session": row_of(here).pk})

    assert "To leave, use “Sign out”." in here.get(URL).text
    assert is_signed_in(here)


def test_sessions_that_no_longer_work_are_not_listed(alice: Person) -> None:
    """Those of an earlier password, and those whose time is over."""
    old, late, here = (signed_in(alice) for _ in range(3))
    earlier, over = old.session, late.session
    earlier[HASH_SESSION_KEY] = "of an earlier password"
    earlier.save()
    over.set_expiry(-10)
    over.save()

    assert listed(here) == [("Firefox on Linux", "127.0.0.1", True)]
    assert UserSession.objects.count() == 3


def test_the_list_costs_the_same_for_one_and_for_many(
    alice: Person, django_assert_max_num_queries: Any
) -> None:
    here = signed_in(alice)
    for _ in range(4):
        signed_in(alice)

    with django_assert_max_num_queries(6):
        assert len(listed(here)) == 5


def test_a_session_is_noted_as_seen_now_and_then_and_not_with_every_page(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = signed_in(alice)
    start = row_of(here).last_seen_at
    later = start + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr("allauth.usersessions.models.timezone.now", lambda: later)
    here.headers = {"User-Agent": PHONE}
    here.defaults["HTTP_USER_AGENT"] = PHONE

    here.get("/settings/")
    seen = row_of(here)
    later += timedelta(minutes=1)
    here.get("/settings/")

    assert (seen.last_seen_at - start, seen.user_agent) == (timedelta(minutes=11), PHONE)
    assert row_of(here).last_seen_at == seen.last_seen_at


def test_a_page_does_not_fail_where_a_session_cannot_be_noted(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """probe_26"""

    def locked(_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(sessions, "note_seen", locked)
    monkeypatch.setattr(sessions, "_is_due", lambda key: True)

    assert is_signed_in(alice.client)


def test_a_session_of_an_earlier_release_is_listed(alice: Person) -> None:
    UserSession.objects.all().delete()

    assert len(listed(alice.client)) == 1


def test_probe_15_a_new_password_ends_the_other_sessions(alice: Person) -> None:
    here, phone = signed_in(alice), signed_in(alice, PHONE)

    here.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": "eight loud badgers"})

    assert [is_signed_in(client) for client in (here, phone)] == [True, False]
    assert len(listed(here)) == 1
