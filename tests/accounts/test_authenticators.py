"""The secrets of second steps at rest, and codes that two workers are given at once."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from accounts import one_time_codes
from accounts.authenticators import AuthenticatorAdapter, SecretUnreadable
from tests.accounts.second_steps import SECRET, code, give_password, recovery_codes, set_up_app
from tests.accounts.test_two_workers import at_once
from tests.fixtures.people import Person, make_user

pytestmark = pytest.mark.django_db

NEW_KEY = "another-secret-0123456789abcdefghijklmnopqrstuvwxyz"


def test_probe_16_no_secret_is_readable_in_the_database() -> None:
    user = make_user("ann@example.com")
    set_up_app(user)
    seed = AuthenticatorAdapter().decrypt(Authenticator.objects.get(type="recovery_codes").data["seed"])

    stored = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert SECRET not in stored
    assert seed not in stored
    assert AuthenticatorAdapter().encrypt("same") != AuthenticatorAdapter().encrypt("same")


def test_a_rotated_key_still_reads_and_the_next_use_writes_with_the_new_one(settings: Any) -> None:
    user = make_user("ann@example.com")
    set_up_app(user)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = NEW_KEY

    assert one_time_codes.accept(user, code()) is not None

    settings.SECRET_KEY_FALLBACKS = []
    assert AuthenticatorAdapter().decrypt(Authenticator.objects.get(type="totp").data["secret"]) == SECRET
    with pytest.raises(SecretUnreadable):
        recovery_codes(user)


def test_after_renewing_the_former_key_can_go(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    user = make_user("ann@example.com")
    set_up_app(user)
    codes = recovery_codes(user)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEW_KEY

    call_command("renew_secrets")

    settings.SECRET_KEY_FALLBACKS = []
    assert "2 secrets are kept with the current key." in capsys.readouterr().out
    assert recovery_codes(user) == codes
    assert one_time_codes.accept(user, code()) is not None
    settings.SECRET_KEY = NEW_KEY[::-1]
    with pytest.raises(CommandError, match="2 cannot be read"):
        call_command("renew_secrets")


@pytest.mark.dynamodb
def test_with_the_key_gone_every_page_says_so_in_words(alice: Person, settings: Any) -> None:
    set_up_app(alice.user)
    settings.SECRET_KEY_FALLBACKS = []
    settings.SECRET_KEY = NEW_KEY
    client = give_password("alice@example.com")

    refused = client.post("/account/second-step/authenticate/", {"code": code()})

    assert refused.status_code == 422
    assert "The key that this installation kept your second step with is gone." in refused.content.decode()


def test_probe_16_a_code_given_to_two_workers_at_once_lets_in_one(tmp_path: Path) -> None:
    user = make_user("ann@example.com")
    set_up_app(user)
    shown, recovery = code(), recovery_codes(user)[0]

    def use(_: int) -> list[Any]:
        return [
            (name, one_time_codes.accept(user, each) is not None)
            for name, each in (("app", shown), ("recovery", recovery))
        ]

    used = Counter(at_once(tmp_path / "both.sqlite3", use))

    assert used == Counter(
        {("app", True): 1, ("app", False): 1, ("recovery", True): 1, ("recovery", False): 1}
    )
