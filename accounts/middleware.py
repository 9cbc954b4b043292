"""Who is asking: the profile of the person behind a request, and the status of a form that was refused."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject

from accounts.authenticators import AuthenticatorAdapter, SecretUnreadable
from accounts.domain import Profile
from accounts.services import load_profile
from carbontrack.dynamodb import acting_for
from carbontrack.dynamodb.errors import DataLayerError

if TYPE_CHECKING:
    from accounts.models import User
    from carbontrack.http import AnyRequest

#: Where the session keeps the browser's time zone, for a profile that could not be made at sign-in.
TIME_ZONE_SESSION_KEY = "time_zone"


class ProfileMiddleware:
    """Sets `request.profile`: None while signed out, else the profile, read when somebody first looks at it.

    The read is one consistent GetItem, so a role that was taken away a moment ago is gone now.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Without the cookie nobody is signed in: /healthz and the like then need no store at all.
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        asking = cast("AnyRequest", request)
        if not has_session or not asking.user.is_authenticated:
            asking.profile = None
            return self.get_response(request)
        asking.profile = _lazy_profile(asking)
        with acting_for(str(asking.user.pk)):
            return self.get_response(request)


def _lazy_profile(request: AnyRequest) -> Profile:
    failure: DataLayerError | None = None

    def load() -> Profile:
        nonlocal failure
        if failure is not None:  # asked again while the error page is drawn: do not wait a second time
            raise failure
        try:
            time_zone = request.session.get(TIME_ZONE_SESSION_KEY, "")
            return load_profile(cast("User", request.user), time_zone=time_zone)
        except DataLayerError as error:
            failure = error
            raise

    return cast("Profile", SimpleLazyObject(load))


class InvalidFormMiddleware:
    """Answers a refused form of allauth's views with 422, as every other form here does; they say 200.

    And a secret that no key opens any more with a sentence, wherever the library stumbles over it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        route = request.resolver_match.url_name if request.resolver_match else None
        if request.method == "POST" and (route or "").startswith(_LIBRARY_ROUTES):
            context = response.context_data or {}
            if any(_is_refused(context.get(name)) for name in ("form", "webauthn_form")):
                response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, SecretUnreadable):
            return None
        messages.error(request, str(AuthenticatorAdapter.error_messages["unreadable_secret"]))
        return redirect("accounts:security")


#: How the names of allauth's routes begin.
_LIBRARY_ROUTES = ("account_", "mfa_", "usersessions_", "socialaccount_")


def _is_refused(form: Form | None) -> bool:
    return form is not None and form.is_bound and bool(form.errors)
