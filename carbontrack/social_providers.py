"""Sign-in with other accounts, by settings only: what allauth needs to know of each configured provider.

Nothing in the environment means no provider, no button and no route. `docs/deployment.md` explains the
variables, `docs/decisions/0023-other-accounts.md` what a provider's word is worth here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from carbontrack.environment import Environment

_OIDC_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
#: Names that stand for providers of their own: accounts of two providers must never share a name.
_TAKEN = frozenset({"google", "microsoft", "amazon-cognito", "openid-connect"})
#: Microsoft's words for "anybody's directory", where an address is whatever its owner typed.
_ANY_TENANT = frozenset({"common", "organizations", "consumers"})


def social_providers(env: Environment) -> dict[str, dict[str, Any]]:
    """The value of `SOCIALACCOUNT_PROVIDERS`. Raises ImproperlyConfigured for one that is half configured."""
    found = {
        "google": _google(env),
        "microsoft": _microsoft(env),
        "amazon_cognito": _cognito(env),
        "openid_connect": _openid_connect(env),
    }
    return {name: provider for name, provider in found.items() if provider}


def _google(env: Environment) -> dict[str, Any]:
    app = _app(env, "GOOGLE", name="Google")
    return _provider(app, SCOPE=["openid", "email"]) if app else {}


def _microsoft(env: Environment) -> dict[str, Any]:
    app = _app(env, "MICROSOFT", name="Microsoft")
    if not app:
        return {}
    tenant = env.text("MICROSOFT_TENANT", default="common")
    if app["settings"]["domains"] and tenant in _ANY_TENANT:
        raise ImproperlyConfigured(
            "MICROSOFT_DOMAINS needs MICROSOFT_TENANT, the id of your own directory: "
            f"in {tenant!r} anybody may claim any address."
        )
    app["settings"]["tenant"] = tenant
    return _provider(app)


def _cognito(env: Environment) -> dict[str, Any]:
    app = _app(env, "COGNITO", name="Amazon Cognito")
    if not app:
        return {}
    return _provider(app, DOMAIN=_origin(env, "COGNITO_DOMAIN"), SCOPE=["openid", "email"])


def _openid_connect(env: Environment) -> dict[str, Any]:
    apps = [_openid_app(env, name) for name in env.words("OIDC_PROVIDERS", default="")]
    return {"APPS": apps, "SCOPE": ["openid", "email"], "OAUTH_PKCE_ENABLED": True} if apps else {}


def _openid_app(env: Environment, name: str) -> dict[str, Any]:
    if not _OIDC_NAME.fullmatch(name) or name in _TAKEN:
        raise ImproperlyConfigured(
            f"OIDC_PROVIDERS must list names such as keycloak (a-z, 0-9 and -), not {name!r}."
        )
    prefix = f"OIDC_{name.upper().replace('-', '_')}"
    app = _app(env, prefix, name=env.text(f"{prefix}_NAME", default=name.replace("-", " ").title()))
    if not app:
        raise ImproperlyConfigured(f"{prefix}_CLIENT_ID is not set, but OIDC_PROVIDERS names {name}.")
    app["provider_id"] = name
    app["settings"]["server_url"] = _origin(env, f"{prefix}_ISSUER", with_path=True)
    return app


def _provider(app: dict[str, Any], **more: Any) -> dict[str, Any]:
    """With PKCE: a code that somebody else picked up is worth nothing."""
    return {"APPS": [app], "OAUTH_PKCE_ENABLED": True, **more}


def _app(env: Environment, prefix: str, *, name: str) -> dict[str, Any]:
    """Id and secret; nothing where both are missing."""
    names = f"{prefix}_CLIENT_ID", f"{prefix}_CLIENT_SECRET"
    client_id, secret = (env.text(each, default="") for each in names)
    if not client_id and not secret:
        return {}
    for each, value in zip(names, (client_id, secret), strict=True):
        if not value:
            raise ImproperlyConfigured(f"{each} is not set. docs/deployment.md says what it must be.")
    settings = {"domains": _domains(env, f"{prefix}_DOMAINS")}
    return {"name": name, "client_id": client_id, "secret": secret, "settings": settings}


def _domains(env: Environment, name: str) -> list[str]:
    domains = [each.lower() for each in env.words(name, default="")]
    for each in domains:
        if not _DOMAIN.fullmatch(each):
            raise ImproperlyConfigured(f"{name} must list domains such as example.org, not {each!r}.")
    return domains


def _origin(env: Environment, name: str, *, with_path: bool = False) -> str:
    """An https address; http too on one's own machine. Secrets and tokens go there."""
    value = env.text(name).rstrip("/")
    parts = urlsplit(value)
    schemes = {"https"} if env.production else {"https", "http"}
    odd = parts.query or parts.fragment or parts.username or (parts.path and not with_path)
    if parts.scheme not in schemes or not parts.hostname or odd:
        raise ImproperlyConfigured(
            f"{name} must be an address such as https://id.example.org, not {value!r}."
        )
    return value
