"""Nobody learns from an answer whether an address has an account, and nobody guesses passwords for long."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.fixtures.people import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

KNOWN, UNKNOWN = "known@example.com", "other@example.com"  # of one length, as the address is shown again
SIGN_IN = "/account/login/"


@pytest.fixture
def _known() -> None:
    make_user(KNOWN)


def answer(path: str, data: dict[str, str]) -> tuple[Any, ...]:
    """What somebody sees of an answer and of the page it leads to: status, size, place, names of cookies."""
    client = Client()
    response = client.post(path, data)
    seen = [(response.status_code, len(response.content), response.get("Location"), sorted(response.cookies))]
    if response.status_code == 302:
        page = client.get(response["Location"])
        seen.append((page.status_code, len(page.content), None, sorted(page.cookies)))
    return tuple(seen)


@pytest.mark.usefixtures("_known")
def test_probe_11_sign_in_answers_alike() -> None:
    known, unknown = (answer(SIGN_IN, {"login": email, "password": "wrong"}) for email in (KNOWN, UNKNOWN))

    assert known == unknown
    assert known[0][0] == 422


@pytest.mark.usefixtures("_known")
def test_probe_11_reset_answers_alike() -> None:
    known, unknown = (answer("/account/password/reset/", {"email": email}) for email in (KNOWN, UNKNOWN))

    assert known == unknown
    assert [(message.to, message.subject) for message in mail.outbox] == [
        ([KNOWN], "Choose a new password"),
        ([UNKNOWN], "There is no account with this address"),
    ]


@pytest.mark.usefixtures("_known")
def test_probe_11_sign_up_answers_alike_where_addresses_are_verified(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"

    known, unknown = (
        answer("/account/signup/", {"email": email, "password1": PASSWORD}) for email in (KNOWN, UNKNOWN)
    )

    assert known == unknown
    assert known[0][2] == "/account/confirm-email/"
    assert [(message.to, message.subject) for message in mail.outbox] == [
        ([KNOWN], "You have an account already"),
        ([UNKNOWN], "Confirm your email address"),
    ]


@pytest.mark.usefixtures("_known")
def test_sign_up_with_a_known_address_hashes_a_password_all_the_same(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """probe_11: hashing is what takes time."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    hashed: list[str | None] = []
    set_password = User.set_password

    def counted(user: User, password: str | None) -> None:
        hashed.append(password)
        set_password(user, password)

    monkeypatch.setattr(User, "set_password", counted)
    for email in (KNOWN, UNKNOWN):
        answer("/account/signup/", {"email": email, "password1": PASSWORD})

    assert hashed == [PASSWORD, PASSWORD]


@pytest.mark.usefixtures("_known")
def test_sign_up_with_a_known_address_keeps_its_password(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"

    answer("/account/signup/", {"email": KNOWN.upper(), "password1": "another password"})

    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.usefixtures("_known")
def test_sign_up_with_a_known_address_says_so_on_ones_own_machine() -> None:
    """Without mail it cannot be the same: an account that is new lets one in (see `settings.py`)."""
    response = Client().post("/account/signup/", {"email": KNOWN, "password1": PASSWORD})

    assert response.status_code == 422
    assert "This address has an account already." in response.content.decode()


@pytest.mark.usefixtures("_known")
@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_probe_12_seven_failures_then_even_the_right_password_is_refused(email: str) -> None:
    for _ in range(7):
        Client().post(SIGN_IN, {"login": email, "password": "not this one"})

    response = Client().post(SIGN_IN, {"login": email, "password": PASSWORD})

    assert response.status_code == 422
    assert "Too many tries." in response.content.decode()


@pytest.mark.usefixtures("_known")
def test_probe_13_forged_forwarded_address_does_not_reset_the_limit() -> None:
    for attempt in range(31):
        response = Client(headers={"X-Forwarded-For": f"198.51.100.{attempt}"}).post(
            SIGN_IN, {"login": f"somebody{attempt}@example.com", "password": "not this one"}
        )

    assert response.status_code == 429
    assert "Too many tries" in response.content.decode()


@pytest.mark.usefixtures("_known")
def test_other_people_may_sign_in_while_one_address_is_blocked() -> None:
    make_user(UNKNOWN)
    for _ in range(7):
        Client().post(SIGN_IN, {"login": KNOWN, "password": "not this one"})

    assert Client().post(SIGN_IN, {"login": UNKNOWN, "password": PASSWORD}).status_code == 302


@pytest.mark.usefixtures("_known")
def test_probe_19_forged_host_gets_no_mail_sent() -> None:
    response = Client(headers={"Host": "evil.example"}).post("/account/password/reset/", {"email": KNOWN})

    assert response.status_code == 400
    assert mail.outbox == []
