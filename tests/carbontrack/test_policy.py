"""Every route, every method, every role, plain and through HTMX: as the policy says (probe_01).

The sweep of roles is `test_each_role_reads_what_the_table_says`, and the same for posts; what a page shows
whom is tested beside each page.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, path, reverse

import accounts.domain as accounts
from accounts.domain import Preferences
from carbontrack import urls
from carbontrack.dynamodb import update_item
from carbontrack.dynamodb.tables import USERS
from carbontrack.policy import POLICY, Who
from organizations.domain import Organization
from tests.fixtures.faults import ALWAYS, Faults
from tests.fixtures.organizations import SALES, join
from tests.fixtures.people import Person, make_person, show_proof

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
HTMX = {"HX-Request": "true"}
#: What stands in a URL's gaps: well formed, and of nothing that exists.
ARGUMENTS = {
    "slug": "20240315T103000Z-01HS0000000000000000000000",
    "factor_id": "transportation.car.petrol.medium.gb",
    "key": "no-such-key",
    "uidb36": "zzz",
    "department_id": "N0SVCH00",
    "user_id": "00000000-0000-4000-8000-000000000000",
    "invitation_id": "01HS0000000000000000000000",
    "target_id": "01HS0000000000000000000000",
    "token": "01HS0000000000000000000000.01HS0000000000000000000000.c2VjcmV0",
    "month": "2024-03",
    "import_id": "01HS0000000000000000000000",
    "rule_id": "01HS0000000000000000000000",
    "report_id": "01HS0000000000000000000000",
    "organization_id": "01HS0000000000000000000000",
    "publication_id": "01HS0000000000000000000000",
    "visit_id": "01HS0000000000000000000000",
    "export_id": "01HS0000000000000000000000",
    "job_id": "00000000-0000-4000-8000-000000000000",
    "pk": "999999",
    "provider_id": "no-such-provider",
}
#: The gate is open, but the way on is not: allauth sends whoever has nothing to confirm to the sign-in page.
LEADS_TO_SIGN_IN = {
    "account_confirm_login_code",
    "account_logout",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "socialaccount_signup",
}

#: About something that nobody here has: a second step.
NOTHING_TO_SHOW = {"mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes"}

urlpatterns = [*urls.urlpatterns, path("unlisted/", lambda request: HttpResponse(), name="unlisted")]


def routes(
    resolver: URLResolver, namespace: str = "", gaps: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Each route's full name with a URL that reaches it. `gaps` are those of the addresses it is within."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from routes(pattern, namespace + inner, gaps | set(pattern.pattern.regex.groupindex))
        else:
            assert isinstance(pattern, URLPattern)
            name = f"{namespace}{pattern.name}"
            groups = {name: ARGUMENTS[name] for name in gaps | set(pattern.pattern.regex.groupindex)}
            yield name, reverse(name, kwargs=groups)


ROUTES = dict(routes(get_resolver("carbontrack.urls")))


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert sorted(ROUTES) == sorted(POLICY)


@pytest.mark.urls("tests.carbontrack.test_policy")
def test_a_route_without_a_row_is_refused(client: Client) -> None:
    with pytest.raises(ImproperlyConfigured, match="unlisted"):
        client.get("/unlisted/")


# Routes share a test where that saves setting up the same for each: what failed names them all.


@pytest.mark.no_cover
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_method_that_is_not_listed_is_refused_to_everybody(headers: dict[str, str], alice: Person) -> None:
    """Who asks is not looked at before, so a method that no route has is enough for who is signed in."""
    wrong = []
    for route, url in ROUTES.items():
        for method in sorted(set(METHODS) - POLICY[route].methods):
            for client in (Client(), alice.client) if method == "PUT" else (Client(),):
                response = client.generic(method, url, headers=headers)
                allowed = response.headers.get("Allow")
                if (response.status_code, allowed) != (405, ", ".join(sorted(POLICY[route].methods))):
                    wrong.append((route, method, response.status_code, allowed))

    assert wrong == []


NOT_FOR_EVERYBODY = [name for name, rule in POLICY.items() if rule.who not in (Who.ANYONE, Who.STAFF)]


@pytest.mark.no_cover
def test_signed_out_one_is_sent_to_the_sign_in_page(db: None) -> None:
    wrong = []
    for route in NOT_FOR_EVERYBODY:
        for method in sorted(POLICY[route].methods):
            response = Client().generic(method, ROUTES[route])
            sign_in = urlsplit(response.headers.get("Location", ""))
            back = {} if method == "POST" else {"next": [ROUTES[route]]}
            answer = (response.status_code, sign_in.path, parse_qs(sign_in.query))
            if answer != (302, reverse("account_login"), back):
                wrong.append((route, method, answer))

    assert wrong == []


@pytest.mark.no_cover
def test_signed_out_through_htmx_the_whole_page_goes_to_the_sign_in_page(db: None) -> None:
    wrong = []
    there = f"{reverse('account_login')}?next=%2Fentries%2F%3Ftype%3Dfood"
    for route in NOT_FOR_EVERYBODY:
        for method in sorted(POLICY[route].methods):
            response = Client().generic(
                method,
                ROUTES[route],
                headers=HTMX | {"HX-Current-URL": "http://testserver/entries/?type=food"},
            )
            answer = (response.status_code, response.content, response.headers.get("HX-Redirect"))
            if answer != (200, b"", there):
                wrong.append((route, method, answer))

    assert wrong == []


def test_another_site_is_never_the_way_back(db: None) -> None:
    response = Client().get(
        reverse("emissions:entry-list"), headers=HTMX | {"HX-Current-URL": "https://evil.example/"}
    )

    assert response["HX-Redirect"] == reverse("account_login")


class Role(StrEnum):
    """Everybody who may call, from the least to the most."""

    SIGNED_OUT = "signed out"
    USER = "user"
    PLATFORM_ADMIN = "admin"
    STALE_PLATFORM_ADMIN = "admin whose second step was shown half an hour ago"
    MEMBER = "member"
    LIMITED_ORG_ADMIN = "limited org_admin"
    ORG_ADMIN = "org_admin"
    OTHERS_ORG_ADMIN = "org_admin of another organization"


class Answer(StrEnum):
    SIGN_IN = "is sent to the sign-in page"
    CONFIRM = "is asked for a second step"
    NOTHING_HERE = "404"
    NOT_ALLOWED = "403"
    REACHED = "the view answers"


#: For each kind of caller that a row may demand: who is kept out, and how. Everybody else reaches the view.
KEPT_OUT: dict[Who, dict[Role, Answer]] = {
    Who.ANYONE: {},
    Who.SIGNED_IN: {Role.SIGNED_OUT: Answer.SIGN_IN},
    Who.MEMBER: {
        Role.SIGNED_OUT: Answer.SIGN_IN,
        Role.USER: Answer.NOTHING_HERE,
        Role.PLATFORM_ADMIN: Answer.NOTHING_HERE,
        Role.STALE_PLATFORM_ADMIN: Answer.NOTHING_HERE,
    },
    Who.STAFF: dict.fromkeys(Role, Answer.NOTHING_HERE) | {Role.STALE_PLATFORM_ADMIN: Answer.CONFIRM},
}
del KEPT_OUT[Who.STAFF][Role.PLATFORM_ADMIN]
KEPT_OUT[Who.ORG_ADMIN] = KEPT_OUT[Who.MEMBER] | {Role.MEMBER: Answer.NOT_ALLOWED}
KEPT_OUT[Who.FULL_ORG_ADMIN] = KEPT_OUT[Who.ORG_ADMIN] | {Role.LIMITED_ORG_ADMIN: Answer.NOT_ALLOWED}


@pytest.fixture
def everybody(
    acme: Organization, globex: Organization, alice: Person, bob: Person, charlie: Person, grace: Person
) -> dict[Role, Client]:
    """One client for each role, signed in where the role is."""
    dave, erin, frank = (make_person(name, Preferences()) for name in ("Dave", "Erin", "Frank"))
    show_proof(erin.client, erin.user, "mfa", seconds_ago=1_801)
    join(dave.user_id, acme.id, role=accounts.Role.ORG_ADMIN, managed_departments=[SALES])
    update_item(USERS, {"user_id": erin.user_id}, set={"role": accounts.Role.ADMIN.value})
    return {
        Role.SIGNED_OUT: Client(),
        Role.USER: frank.client,
        Role.PLATFORM_ADMIN: grace.client,
        Role.STALE_PLATFORM_ADMIN: erin.client,
        Role.MEMBER: bob.client,
        Role.LIMITED_ORG_ADMIN: dave.client,
        Role.ORG_ADMIN: alice.client,
        Role.OTHERS_ORG_ADMIN: charlie.client,
    }


@pytest.mark.no_cover
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_each_role_reads_what_the_table_says(headers: dict[str, str], everybody: dict[Role, Client]) -> None:
    wrong = []
    for route, rule in POLICY.items():
        if "GET" in rule.methods:
            wrong += refused_or_reached(everybody, route, "GET", headers, once=bool(headers))
            if not headers:
                wrong += refused_or_reached(everybody, route, "HEAD", headers, once=True)

    assert wrong == []


POSTED = [name for name, rule in POLICY.items() if "POST" in rule.methods]
#: An empty form is enough for these to end a session or a membership, or to begin something.
ACTS_AT_ONCE = ("account_logout", "organizations:leave")


@pytest.mark.no_cover
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_each_role_posts_what_the_table_says(headers: dict[str, str], everybody: dict[Role, Client]) -> None:
    wrong = []
    for route in POSTED:
        if route not in ACTS_AT_ONCE:
            wrong += refused_or_reached(everybody, route, "POST", headers, once=bool(headers))

    assert wrong == []


@pytest.mark.no_cover
@pytest.mark.parametrize("route", ACTS_AT_ONCE)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_each_role_ends_what_the_table_says(
    route: str, headers: dict[str, str], everybody: dict[Role, Client]
) -> None:
    assert refused_or_reached(everybody, route, "POST", headers) == []


def refused_or_reached(
    everybody: dict[Role, Client], route: str, method: str, headers: dict[str, str], *, once: bool = False
) -> list[str]:
    """Whoever is answered otherwise than the table says.

    With `once`, of those who may call only the first one does: everybody else is refused before any view
    runs, and how a view answers the others has been seen.
    """
    wrong, is_reached = [], False
    for role, client in everybody.items():
        expected = KEPT_OUT[POLICY[route].who].get(role, Answer.REACHED)
        if once and is_reached and expected is Answer.REACHED:
            continue
        response = client.generic(method, ROUTES[route], headers=headers)
        is_reached = is_reached or expected is Answer.REACHED
        if not is_answered(response, expected, route):
            wrong.append(f"{method} {route} as {role}: {response.status_code}, expected: {expected}")
    return wrong


def is_answered(response: Any, expected: Answer, route: str) -> bool:
    status: int = response.status_code
    target = response.headers.get("Location", response.headers.get("HX-Redirect", ""))
    to_sign_in = bool(target.startswith(reverse("account_login")))
    if expected is Answer.SIGN_IN:
        return to_sign_in
    if expected is Answer.CONFIRM:
        return bool(target.startswith((reverse("mfa_reauthenticate"), reverse("accounts:security"))))
    if expected is Answer.NOT_ALLOWED:
        return status == 403
    if expected is Answer.NOTHING_HERE:
        return status == 404
    # A view may find nothing under an id of nothing; without an id, 404 could only be a refusal.
    is_of_nothing = ROUTES[route] != unfilled(route) or route in NOTHING_TO_SHOW
    found_nothing = {404} if is_of_nothing else set()
    return status in {200, 302, 303, 400, 409, 422} | found_nothing and (
        not to_sign_in or route in LEADS_TO_SIGN_IN
    )


def unfilled(route: str) -> str:
    """The address of a route, or nothing if it has gaps."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


@pytest.mark.parametrize("who", [Who.MEMBER, Who.ORG_ADMIN, Who.FULL_ORG_ADMIN])
def test_probe_26_a_role_that_cannot_be_read_opens_nothing(who: Who, alice: Person, faults: Faults) -> None:
    route = next(name for name, rule in POLICY.items() if rule.who is who and "GET" in rule.methods)
    faults.fail("GetItem", times=ALWAYS)

    response = alice.client.get(ROUTES[route])

    assert response.status_code == 503


@pytest.mark.no_cover
def test_a_form_without_its_token_changes_nothing(alice: Person) -> None:
    """probe_20"""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user)
    wrong = []

    for route in [name for name, rule in POLICY.items() if "POST" in rule.methods]:
        page = client.post(ROUTES[route])
        fragment = client.post(ROUTES[route], headers=HTMX)
        statuses = (page.status_code, fragment.status_code)
        is_told = "The form was too old to accept" in page.text
        if statuses != (403, 403) or not is_told or fragment.headers.get("HX-Retarget") != "#messages":
            wrong.append((route, statuses, is_told))

    assert wrong == []
