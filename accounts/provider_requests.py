"""What this server asks of a provider: only over TLS, nothing that redirects, little, and not for long."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

#: Seconds for a connection, and for each part of an answer.
TIMEOUT = (3, 5)
#: Bytes of an answer: keys and a person's claims are a few thousand.
LARGEST = 1_000_000
DISCOVERY = "/.well-known/openid-configuration"
#: What a discovery document leads this server or a browser to.
_LEADS_TO = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class ProviderRefused(requests.RequestException):
    """An answer that is not taken, with the reason."""


class ProviderSession(requests.Session):
    """A session for one exchange with a provider. Raises requests.RequestException, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # no proxy, no .netrc of whoever starts the process

    def request(self, method: str, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        address = url.decode() if isinstance(url, bytes) else url
        _demand_safe(address)
        kwargs |= {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
        response = super().request(method, address, *args, **kwargs)
        if response.is_redirect:
            raise ProviderRefused("a redirect")
        _read_bounded(response)
        if address.endswith(DISCOVERY) and response.ok:
            _demand_own(response, issuer=address.removesuffix(DISCOVERY))
        return response


def _read_bounded(response: requests.Response) -> None:
    read = bytearray()
    for part in response.iter_content(16_384):
        read += part
        if len(read) > LARGEST:
            response.close()
            raise ProviderRefused("too long an answer")
    response._content = bytes(read)


def _demand_own(response: requests.Response, *, issuer: str) -> None:
    """A discovery document speaks for the issuer that was configured, no other (OpenID Discovery 4.3)."""
    told = response.json()
    if not isinstance(told, dict) or str(told.get("issuer", "")).rstrip("/") != issuer:
        raise ProviderRefused("the document of another issuer")
    for name in _LEADS_TO:
        _demand_safe(str(told.get(name, "")))


def _demand_safe(address: str) -> None:
    """https; on one's own machine http as well."""
    parts = urlsplit(address)
    allowed = {"https"} if settings.PRODUCTION else {"https", "http"}
    if parts.scheme not in allowed or not parts.hostname:
        raise ProviderRefused("an address without TLS")
