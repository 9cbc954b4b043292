"""The routes of signing in with another account: a few pages, and two for each kind of provider in use.

Leaving for a provider is a POST, so that no link of somebody else starts it. A form must not lead to another
site (`form-action` of the Content-Security-Policy, which follows redirects), so the answer is a page of ours
that goes on by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from allauth.socialaccount import views
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path

from accounts.social import log, proof_first, provider_name
from carbontrack import recent

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest

View = Callable[..., HttpResponse]

#: What an address of ours may say. allauth takes scopes and parameters of OAuth from there as well.
_ASKED = ("process", "next")


def provider_urls() -> list[URLPattern]:
    """The routes; none without a provider. Each has a row in `carbontrack.policy.provider_rules`."""
    patterns = []
    for kind in settings.SOCIALACCOUNT_PROVIDERS:
        provider = import_module(f"allauth.socialaccount.providers.{kind}.views")
        if kind == "openid_connect":
            place, login, callback = "oidc/<slug:provider_id>", provider.login, provider.callback
        else:
            place, login, callback = kind.replace("_", "-"), provider.oauth2_login, provider.oauth2_callback
        patterns += [
            path(f"{place}/login/", _leaving(login, kind), name=f"{kind}_login"),
            path(f"{place}/login/callback/", _answered(callback, kind), name=f"{kind}_callback"),
        ]
    return patterns


def _leaving(view: View, kind: str) -> View:
    """`view` with a page in place of its redirect to another site."""
    answered = _answered(view, kind)

    @wraps(view)
    def leave(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.GET = _only_asked(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and _connects_unproven(request):
            return proof_first()
        response = answered(request, *args, **kwargs)
        if response.status_code != HTTPStatus.FOUND or response["Location"].startswith("/"):
            return response
        context = {"name": provider_name(kwargs.get("provider_id", kind)), "url": response["Location"]}
        page = render(request, "socialaccount/leaving.html", context)
        page["Refresh"] = f"0; url={response['Location']}"
        return page

    return leave


def _answered(view: View, kind: str) -> View:
    """`view` with a page that says what to do where the provider does not answer, or in no way it should."""

    @wraps(view)
    def ask(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        from requests import RequestException  # in the process already, as allauth's provider needs it

        try:
            return view(request, *args, **kwargs)
        except (RequestException, KeyError, ValueError) as error:
            name = provider_name(kwargs.get("provider_id", kind))
            log.warning("provider_unreachable", provider=name, error=type(error).__name__)
            page = render(request, "socialaccount/unreachable.html", {"name": name})
            page.status_code = HTTPStatus.SERVICE_UNAVAILABLE
            page["Retry-After"] = "60"
            return page

    return ask


def _connects_unproven(request: HttpRequest) -> bool:
    """Whether somebody who is signed in connects an account without having shown lately that it is them."""
    connects = request.GET.get("process") == AuthProcess.CONNECT and request.user.is_authenticated
    return connects and not recent.has_recent_proof(cast("AnyRequest", request))


def _only_asked(query: QueryDict) -> QueryDict:
    kept = QueryDict(mutable=True)
    for name in _ASKED:
        if name in query:
            kept.setlist(name, query.getlist(name)[-1:])
    return kept


urlpatterns = [
    path("", views.connections, name="socialaccount_connections"),
    path("signup/", views.signup, name="socialaccount_signup"),
    path("login/cancelled/", views.login_cancelled, name="socialaccount_login_cancelled"),
    *provider_urls(),
]
