"""A variable that is missing or absurd stops the start, with its name in a sentence."""

from __future__ import annotations

import runpy
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from carbontrack.engine import ROOT
from carbontrack.environment import Environment

PRODUCTION = {
    "CARBONTRACK_ENV": "production",
    "SECRET_KEY": "".join(chr(ord("a") + number % 26) for number in range(60)),
    "ALLOWED_HOSTS": "carbon.example.org",
    "DATABASE_URL": "postgres://carbontrack:secret@database.example.org/carbontrack",
    "AWS_REGION": "eu-central-1",
    "EMAIL_URL": "smtp+tls://mailer:secret@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "carbontrack@example.org",
}
SETTINGS = ROOT / "carbontrack" / "settings.py"
UNRELATED = (
    "AWS_DEFAULT_REGION",
    "DYNAMODB_ENDPOINT_URL",
    "TRUSTED_PROXIES",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "DEBUG",
)


def load_settings(monkeypatch: pytest.MonkeyPatch, state_dir: Path, **variables: str) -> dict[str, Any]:
    """The settings as a process with these variables, and no others of ours, would read them."""
    for name in (*PRODUCTION, *UNRELATED):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STATE_DIR", str(state_dir))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(SETTINGS))


def test_production_is_strict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load_settings(monkeypatch, tmp_path, **PRODUCTION, TRUSTED_PROXIES="1")

    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SECURE_HSTS_SECONDS"] == 31_536_000
    assert settings["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert settings["SESSION_COOKIE_NAME"] == "__Host-session"
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["CSRF_COOKIE_NAME"] == "__Host-csrf"
    assert settings["CSRF_COOKIE_SECURE"] is True
    assert settings["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert settings["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1
    assert settings["DYNAMODB_ENDPOINT_URL"] == ""
    assert settings["DYNAMODB_REGION"] == "eu-central-1"
    assert settings["EMAIL_HOST"] == "mail.example.org"
    assert settings["EMAIL_PORT"] == 587
    assert settings["EMAIL_USE_TLS"] is True
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert settings["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["upgrade-insecure-requests"] is True
    assert not (tmp_path / "secret_key").exists()


def test_without_a_proxy_of_ones_own_a_forwarded_scheme_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "SECURE_PROXY_SSL_HEADER" not in load_settings(monkeypatch, tmp_path, **PRODUCTION)


def test_local_mode_needs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "with space and ü"
    (folder).mkdir()
    (folder / "engine.port").write_text("4321")

    settings = load_settings(monkeypatch, folder)

    assert settings["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert settings["SECURE_SSL_REDIRECT"] is False
    assert settings["SESSION_COOKIE_SECURE"] is False
    assert settings["DATABASES"]["default"]["NAME"] == str(folder / "carbontrack.sqlite3")
    assert settings["DYNAMODB_ENDPOINT_URL"] == "http://127.0.0.1:4321"
    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"


def test_the_local_secret_key_is_made_once_and_is_private(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "state"

    first = load_settings(monkeypatch, folder)["SECRET_KEY"]
    second = load_settings(monkeypatch, folder)["SECRET_KEY"]

    assert len(first) >= 50
    assert first == second
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert [file.name for file in folder.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "CARBONTRACK_ENV"])
def test_production_does_not_start_without(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{name} "):
        load_settings(monkeypatch, tmp_path, **PRODUCTION | {name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CARBONTRACK_ENV", "prod"),
        ("DEBUG", "true"),
        ("DEBUG", "perhaps"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "x" * 60),
        ("SECRET_KEY", "django-insecure-abcdefghijklmnopqrstuvwxyz0123456789abcdefg"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "https://carbon.example.org"),
        ("DATABASE_URL", "mysql://user:secret@host/name"),
        ("DATABASE_URL", "postgres://user:secret@host:many/name"),
        ("DATABASE_URL", "nonsense"),
        ("DYNAMODB_ENDPOINT_URL", "ftp://host"),
        ("DYNAMODB_ENDPOINT_URL", "localhost:8001"),
        ("DYNAMODB_TABLE_PREFIX", "a table/"),
        ("DYNAMODB_MAX_CONNECTIONS", "0"),
        ("EMAIL_URL", "carrier-pigeon://secret"),
        ("EMAIL_URL", "smtp://"),
        ("EMAIL_URL", "smtp://secret:many"),
        ("DEFAULT_FROM_EMAIL", "nobody"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "all"),
        ("SECURITY_CONTACT", "security@example.org"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_an_absurd_value_stops_the_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{name} ") as caught:
        load_settings(monkeypatch, tmp_path, **PRODUCTION | {name: value})

    assert "secret" not in str(caught.value).removeprefix("SECRET_KEY").replace("secrets", "")


def test_lists_and_flags_are_read_leniently_where_that_is_clear() -> None:
    env = Environment({"HOSTS": " a.example , b.example,", "ON": "Yes", "OFF": "0"})

    assert env.words("HOSTS") == ["a.example", "b.example"]
    assert env.flag("ON", default=False) is True
    assert env.flag("OFF", default=True) is False
