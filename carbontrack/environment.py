"""The environment read strictly: a missing or absurd value stops the start with the variable's name.

A variable that is set to nothing counts as not set. Every reader takes `default`, used everywhere, or
`local`, used only on one's own machine: in production such a variable must be set.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

SECRET_KEY_LENGTH = 50
_FLAGS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
_DATABASES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}


class Environment:
    """Typed readers over environment variables. All raise ImproperlyConfigured with a plain sentence."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.production = (
            self.choice("CARBONTRACK_ENV", ("local", "production"), default="local") == "production"
        )

    def text(self, name: str, *, default: str | None = None, local: str | None = None) -> str:
        value = self.values.get(name, "").strip() or default
        if value is None and not self.production:
            value = local
        if value is None:
            raise ImproperlyConfigured(f"{name} is not set. docs/deployment.md says what it must be.")
        return value

    def choice(self, name: str, choices: tuple[str, ...], *, default: str) -> str:
        value = self.text(name, default=default)
        if value not in choices:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, default=str(default)).lower()
        if value not in _FLAGS:
            raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
        return _FLAGS[value]

    def integer(self, name: str, *, default: int, minimum: int, maximum: int) -> int:
        value = self.text(name, default=str(default))
        if not value.isascii() or not value.isdigit() or not minimum <= int(value) <= maximum:
            raise ImproperlyConfigured(
                f"{name} must be a whole number from {minimum} to {maximum}, not {value!r}."
            )
        return int(value)

    def words(self, name: str, *, default: str | None = None, local: str | None = None) -> list[str]:
        """A list separated by commas."""
        return [
            word.strip() for word in self.text(name, default=default, local=local).split(",") if word.strip()
        ]

    def hosts(self, name: str, *, local: str) -> list[str]:
        hosts = self.words(name, local=local)
        for host in hosts:
            if "*" in host or "/" in host:
                raise ImproperlyConfigured(
                    f"{name} must list host names such as carbon.example.org, not {host!r}: "
                    "with a wildcard anybody could forge the links in mails."
                )
        return hosts

    def url(self, name: str, *, default: str) -> str:
        """An http or https address, or nothing."""
        value = self.text(name, default=default)
        if value:
            parts = urlsplit(value)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ImproperlyConfigured(
                    f"{name} must be an address such as https://host:8000, not {value!r}."
                )
        return value

    def contact(self, name: str) -> str:
        """Where people can write to, or nothing."""
        value = self.text(name, default="")
        if value and (
            not value.startswith(("mailto:", "https://")) or not value.isprintable() or " " in value
        ):
            raise ImproperlyConfigured(
                f"{name} must be mailto:security@example.org or https://..., not {value!r}."
            )
        return value

    def table_prefix(self, name: str) -> str:
        """What stands before every DynamoDB table's name, with the characters DynamoDB allows."""
        value = self.text(name, default="")
        if not re.fullmatch(r"[A-Za-z0-9_.-]{0,64}", value):
            raise ImproperlyConfigured(f"{name} may have letters, digits and _ . - only, not {value!r}.")
        return value

    def database(self, name: str, *, local: str) -> dict[str, Any]:
        value = self.text(name, local=local)
        try:
            config: dict[str, Any] = environ.Env.db_url_config(value)
        except Exception:  # whatever the parser trips over; its own words could repeat the password
            config = {}
        if config.get("ENGINE") not in _DATABASES or not config.get("NAME"):
            raise ImproperlyConfigured(
                f"{name} must be postgres://user:password@host:5432/name or sqlite:////path/to/file."
            )
        return config

    def mail(self, name: str, *, local: str) -> dict[str, Any]:
        """Django's EMAIL_ settings from one address such as smtp+tls://user:password@host:587."""
        value = self.text(name, local=local)
        try:
            config: dict[str, Any] = environ.Env.email_url_config(value)
        except Exception:  # as above
            config = {}
        smtp = config.get("EMAIL_BACKEND", "").endswith("smtp.EmailBackend")
        if not config or (smtp and not config["EMAIL_HOST"]):
            raise ImproperlyConfigured(
                f"{name} must be an address such as smtp+tls://user:password@host:587."
            )
        return {key: value for key, value in config.items() if value is not None and key != "OPTIONS"}

    def address(self, name: str, *, local: str) -> str:
        value = self.text(name, local=local)
        if "@" not in value:
            raise ImproperlyConfigured(f"{name} must be a mail address, not {value!r}.")
        return value

    def secret_key(
        self, name: str, *, state_dir: Path, kept_as: str = "secret_key", required: bool = True
    ) -> str:
        """A key; on one's own machine it is made once and kept, readable by its owner only.

        In production, one that is not `required` may be missing: then it is empty.
        """
        value = self.values.get(name, "").strip()
        if not value and not self.production:
            return _kept_secret(state_dir / kept_as)
        if not value and not required:
            return ""
        if len(value) < SECRET_KEY_LENGTH or len(set(value)) < 5 or value.startswith("django-insecure"):
            raise ImproperlyConfigured(
                f"{name} must be at least {SECRET_KEY_LENGTH} random characters. Make one with: "
                "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
            )
        return value


def _kept_secret(path: Path) -> str:
    """Read the key, or make it. Two processes that start together end up with the same one."""
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
    ) as file:
        file.write(secrets.token_urlsafe(SECRET_KEY_LENGTH))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first: its key counts
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii")
