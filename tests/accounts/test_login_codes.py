"""Signing in with a mailed code: it opens what a password opens, and tells a stranger nothing."""

import time
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from tests.accounts.second_steps import is_signed_in, set_up_app
from tests.fixtures.people import Person, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

ASK, CONFIRM = "/account/login/code/", "/account/login/code/confirm/"
KNOWN, UNKNOWN = "known@example.com", "other@example.com"  # of one length, as the address is shown again


def ask(email: str, **more: str) -> Client:
    client = Client()
    client.post(ASK, {"email": email, **more})
    return client


def mailed_code() -> str:
    return str(mail.outbox[-1].body).split("\n\n")[1]


def seen(response: Any) -> tuple[Any, ...]:
    return response.status_code, len(response.content), response.get("Location"), sorted(response.cookies)


def test_probe_11_every_answer_is_the_same_for_an_unknown_address() -> None:
    make_user(KNOWN)
    answers: dict[str, list[Any]] = {KNOWN: [], UNKNOWN: []}
    for email, got in answers.items():
        client = Client()
        got.append(seen(client.post(ASK, {"email": email})))
        got.append(seen(client.get(CONFIRM)))
        got.append(seen(client.post(CONFIRM, {"action": "resend"})))
        got.append(seen(client.get(CONFIRM)))
        got += [seen(client.post(CONFIRM, {"code": "AAAA-AAAA"})) for _ in range(3)]
        got.append(seen(client.get(ASK)))

    assert answers[KNOWN] == answers[UNKNOWN]
    assert [status for status, *_ in answers[KNOWN]] == [302, 200, 302, 200, 422, 422, 302, 200]
    assert [(message.to, message.subject) for message in mail.outbox] == [
        ([KNOWN], "Your code to sign in"),
        ([KNOWN], "Your code to sign in"),
        ([UNKNOWN], "There is no account with this address"),
    ]


def test_a_code_signs_in_and_the_session_ends_with_the_browser_unless_asked(alice: Person) -> None:
    for more, ends_with_browser in (({}, True), ({"remember": "on"}, False)):
        client = ask("alice@example.com", **more)
        assert client.post(CONFIRM, {"code": mailed_code().lower()})["Location"] == "/"
        assert is_signed_in(client)
        assert client.session.get_expire_at_browser_close() is ends_with_browser


def test_three_wrong_codes_use_it_up(alice: Person) -> None:
    client = ask("alice@example.com")
    for _ in range(3):
        client.post(CONFIRM, {"code": "AAAA-AAAA"})

    client.post(CONFIRM, {"code": mailed_code()})

    assert not is_signed_in(client)


def test_wrong_codes_are_counted_over_all_browsers(alice: Person, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "confirm_login_code": "2/10m/key"}
    for _ in range(2):
        ask("alice@example.com").post(CONFIRM, {"code": "AAAA-AAAA"})

    client = ask("alice@example.com")
    refused = client.post(CONFIRM, {"code": mailed_code()})

    assert refused.status_code == 422
    assert "Too many wrong codes." in refused.content.decode()
    assert not is_signed_in(client)


def test_a_code_works_for_ten_minutes(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    early, late = ask("alice@example.com"), ask("alice@example.com")
    codes = [str(message.body).split("\n\n")[1] for message in mail.outbox]

    monkeypatch.setattr(time, "time", lambda: now + 595)
    assert early.post(CONFIRM, {"code": codes[0]})["Location"] == "/"
    monkeypatch.setattr(time, "time", lambda: now + 605)
    assert late.post(CONFIRM, {"code": codes[1]})["Location"] == ASK


def test_probe_17_a_code_still_asks_for_the_second_step(alice: Person) -> None:
    set_up_app(alice.user)
    client = ask("alice@example.com")

    answer = client.post(CONFIRM, {"code": mailed_code()})

    assert answer["Location"] == "/account/second-step/authenticate/"
    assert not is_signed_in(client)


def test_an_account_that_is_switched_off_gets_no_code(alice: Person) -> None:
    alice.user.is_active = False
    alice.user.save()

    ask("alice@example.com")

    assert [message.subject for message in mail.outbox] == ["There is no account with this address"]
