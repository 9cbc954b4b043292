"""Every route, every method, signed out and in, plain and through HTMX: as the policy says (probe_01)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from carbontrack import urls
from carbontrack.policy import POLICY, Who
from tests.fixtures.people import Person

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
HTMX = {"HX-Request": "true"}
#: What stands in a URL's gaps: well formed, and of nothing that exists.
ARGUMENTS = {
    "slug": "20240315T103000Z-01HS0000000000000000000000",
    "factor_id": "transportation.car.petrol.medium.gb",
    "key": "no-such-key",
    "uidb36": "zzz",
}
#: The gate is open, but the way on is not: allauth sends whoever has nothing to confirm to the sign-in page.
LEADS_TO_SIGN_IN = {"account_confirm_login_code"}

urlpatterns = [*urls.urlpatterns, path("unlisted/", lambda request: HttpResponse(), name="unlisted")]


def routes(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, str]]:
    """Each route's full name with a URL that reaches it."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from routes(pattern, namespace + inner)
        else:
            assert isinstance(pattern, URLPattern)
            name = f"{namespace}{pattern.name}"
            groups = {name: ARGUMENTS[name] for name in pattern.pattern.regex.groupindex}
            yield name, reverse(name, kwargs=groups)


ROUTES = dict(routes(get_resolver("carbontrack.urls")))


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert sorted(ROUTES) == sorted(POLICY)


@pytest.mark.urls("tests.carbontrack.test_policy")
def test_a_route_without_a_row_is_refused(client: Client) -> None:
    with pytest.raises(ImproperlyConfigured, match="unlisted"):
        client.get("/unlisted/")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_method_that_is_not_listed_is_refused_to_everybody(
    route: str, headers: dict[str, str], alice: Person
) -> None:
    methods = [method for method in METHODS if method not in POLICY[route].methods]

    for client in (Client(), alice.client):
        for method in methods:
            response = client.generic(method, ROUTES[route], headers=headers)

            assert response.status_code == 405, method
            assert response["Allow"] == ", ".join(sorted(POLICY[route].methods))


@pytest.mark.parametrize("route", [name for name, rule in POLICY.items() if rule.who is Who.SIGNED_IN])
def test_signed_out_one_is_sent_to_the_sign_in_page(route: str, db: None) -> None:
    for method in sorted(POLICY[route].methods):
        response = Client().generic(method, ROUTES[route])

        sign_in = urlsplit(response["Location"])
        back = parse_qs(sign_in.query)
        assert response.status_code == 302
        assert sign_in.path == reverse("account_login")
        assert back == ({} if method == "POST" else {"next": [ROUTES[route]]})


@pytest.mark.parametrize("route", [name for name, rule in POLICY.items() if rule.who is Who.SIGNED_IN])
def test_signed_out_through_htmx_the_whole_page_goes_to_the_sign_in_page(route: str, db: None) -> None:
    for method in sorted(POLICY[route].methods):
        response = Client().generic(
            method, ROUTES[route], headers=HTMX | {"HX-Current-URL": "http://testserver/entries/?type=food"}
        )

        assert response.status_code == 200
        assert response.content == b""
        assert response["HX-Redirect"] == f"{reverse('account_login')}?next=%2Fentries%2F%3Ftype%3Dfood"


def test_another_site_is_never_the_way_back(db: None) -> None:
    response = Client().get(
        reverse("emissions:entry-list"), headers=HTMX | {"HX-Current-URL": "https://evil.example/"}
    )

    assert response["HX-Redirect"] == reverse("account_login")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_what_is_listed_reaches_its_view(route: str, headers: dict[str, str], alice: Person) -> None:
    rule = POLICY[route]
    for signed_in in (True, False) if rule.who is Who.ANYONE else (True,):
        for method in sorted(rule.methods):
            client = Client()
            if signed_in:
                client.force_login(alice.user)

            response = client.generic(method, ROUTES[route], headers=headers)

            assert response.status_code in {200, 302, 303, 400, 404, 409, 422}, method
            if route not in LEADS_TO_SIGN_IN:
                target = response.headers.get("Location", response.headers.get("HX-Redirect", ""))
                assert not target.startswith(reverse("account_login")) or route == "account_logout", target


@pytest.mark.parametrize("route", [name for name, rule in POLICY.items() if "POST" in rule.methods])
def test_a_form_without_its_token_changes_nothing(route: str, alice: Person) -> None:
    """probe_20"""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user)

    page = client.post(ROUTES[route])
    fragment = client.post(ROUTES[route], headers=HTMX)

    assert page.status_code == 403
    assert "The form was too old to accept" in page.text
    assert fragment.status_code == 403
    assert fragment["HX-Retarget"] == "#messages"
