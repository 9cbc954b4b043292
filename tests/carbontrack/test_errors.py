"""Whatever fails, people get an answer in the product's words, as a page or as a notice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.test import Client

from carbontrack.dynamodb import Unavailable, reset_client
from carbontrack.policy import POLICY, Who, rule
from tests.fixtures.dynamodb import NOWHERE
from tests.fixtures.faults import Faults
from tests.fixtures.people import Person

pytestmark = pytest.mark.urls("tests.carbontrack.failing_urls")

HTMX = {"HX-Request": "true"}
ANSWERS = {
    "item-not-found": (404, "Nothing here", None),
    "item-already-exists": (409, "Something changed meanwhile", None),
    "conflict": (409, "Something changed meanwhile", None),
    "invalid-cursor": (400, "This list has moved on", None),
    "throttled": (503, "Too busy just now", "2"),
    "late": (503, "Too busy just now", "2"),
    "unavailable": (503, "A short interruption", "5"),
    "sql-gone": (503, "A short interruption", "5"),
    "sql-closed": (503, "A short interruption", "5"),
    "forbidden": (403, "Not allowed", None),
    "suspicious": (400, "That request made no sense", None),
    "bug": (500, "Something broke on our side", None),
}


@pytest.fixture(autouse=True)
def failing_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    for route in ("fail", "fail-late"):
        monkeypatch.setitem(POLICY, route, rule(Who.ANYONE, "GET"))


@pytest.fixture
def patient_client(db: None) -> Client:
    """A client that looks at the answer to an error as a browser does."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("failure", ANSWERS)
def test_a_failure_is_a_page_that_says_what_to_do(failure: str, patient_client: Client) -> None:
    status, title, retry_after = ANSWERS[failure]

    response = patient_client.get(f"/fail/{failure}/")

    assert response.status_code == status
    assert response.text.count(f"<h1>{title}</h1>") == 1
    assert response.headers.get("Retry-After") == retry_after
    assert "HX-Retarget" not in response
    assert "Traceback" not in response.text
    assert "alice@example.com" not in response.text


@pytest.mark.parametrize("failure", ANSWERS)
def test_a_failure_through_htmx_is_a_notice_in_the_live_region(failure: str, patient_client: Client) -> None:
    status, title, retry_after = ANSWERS[failure]

    response = patient_client.get(f"/fail/{failure}/", headers=HTMX)

    assert response.status_code == status
    assert response["HX-Retarget"] == "#messages"
    assert response["HX-Reswap"] == "innerHTML show:none"
    assert response.headers.get("Retry-After") == retry_after
    assert title in response.text
    assert "<html" not in response.text


def test_a_boosted_link_that_fails_gets_the_page(patient_client: Client) -> None:
    response = patient_client.get("/fail/conflict/", headers=HTMX | {"HX-Boosted": "true"})

    assert "<html" in response.text
    assert "HX-Retarget" not in response


@pytest.mark.parametrize("url", ["/no/such/page", "/fail/bug/", "/fail/unavailable/", "/log/", "/healthz"])
def test_every_answer_has_the_security_headers(url: str, patient_client: Client) -> None:
    response = patient_client.get(url)

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Permissions-Policy"].startswith("camera=(), geolocation=()")
    directives = set(response["Content-Security-Policy"].split("; "))
    assert {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
    } < directives
    assert "unsafe" not in response["Content-Security-Policy"]


def test_pages_differ_by_the_htmx_header_and_say_so(patient_client: Client) -> None:
    response = patient_client.get("/no/such/page")

    assert "HX-Request" in response["Vary"]


def test_what_a_signed_in_person_sees_is_never_stored(alice: Person) -> None:
    assert alice.client.get("/no/such/page")["Cache-Control"] == "private, no-store"
    assert Client().get("/no/such/page").headers.get("Cache-Control") is None


@pytest.fixture
def engine_gone(settings: object, dynamodb: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DYNAMODB_ENDPOINT_URL", NOWHERE)
        reset_client()
        yield
    reset_client()


def test_without_the_engine_a_page_is_an_interruption(
    alice: Person, faults: Faults, engine_gone: None
) -> None:
    """probe_26"""
    response = alice.client.get("/entries/")

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "<h1>A short interruption</h1>" in response.text


def test_without_the_engine_an_error_page_still_appears(
    alice: Person, faults: Faults, engine_gone: None
) -> None:
    response = alice.client.get("/no/such/page")

    assert response.status_code == 404
    assert "<h1>Nothing here</h1>" in response.text


@pytest.mark.parametrize(("error", "status"), [(Unavailable("gone"), 404), (RuntimeError("a bug"), 500)])
def test_an_error_page_that_fails_because_a_store_is_gone_appears_without_the_person(
    error: Exception, status: int, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(request: object) -> str:
        raise error

    monkeypatch.setattr("accounts.context_processors._theme", fail)
    alice.client.raise_request_exception = False

    response = alice.client.get("/no/such/page")

    assert response.status_code == status
    assert response.text.count("<h1>") == 1
    assert "alice@example.com" not in response.text


def test_without_sql_a_signed_in_person_is_told_of_an_interruption(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """probe_26"""

    def gone(request: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("django.contrib.auth.middleware.get_user", gone)
    alice.client.raise_request_exception = False

    for url in ("/entries/", "/no/such/page", "/fail/bug/"):
        response = alice.client.get(url)

        assert response.status_code == 503
        assert "<h1>A short interruption</h1>" in response.text
