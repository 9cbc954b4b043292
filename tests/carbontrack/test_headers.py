"""What every answer tells a browser, whatever its kind and whoever asks."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from carbontrack import clock
from carbontrack.policy import POLICY
from tests.carbontrack.failing_urls import ELSEWHERE, LEADING
from tests.carbontrack.test_environment import PRODUCTION, load_settings
from tests.fixtures.people import PASSWORD, Person

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
SIGN_IN = "/account/login/"
#: Settings that differ in production and decide about what a browser is told.
STRICT = re.compile(r"SECURE_|(SESSION|CSRF)_COOKIE_|CONTENT_SECURITY_POLICY|ALLOWED_HOSTS")
#: What each answer says in production, or a part of it.
STRICT_HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FORBIDDEN_TO_HTMX = {
    "allowEval": False,
    "allowScriptTags": False,
    "includeIndicatorStyles": False,
    "historyRestoreAsHxRequest": False,
    "historyCacheSize": 0,
    "selfRequestsOnly": True,
}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.urls("tests.carbontrack.failing_urls")
def test_probe_18_an_answer_that_leads_to_another_site_leads_home(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever view has the bug."""
    monkeypatch.setitem(POLICY, "lead", POLICY["healthz"])

    led = {
        (header, number): client.get(f"/lead/{header}/{number}/")[header]
        for header in LEADING
        for number in range(len(ELSEWHERE))
    }

    assert set(led.values()) == {"/"}


def be_strict(settings: Any, folder: Path) -> None:
    """The settings that decide about what a browser is told, as in production."""
    with pytest.MonkeyPatch.context() as patch:
        strict = load_settings(patch, folder, **PRODUCTION)
    for name, value in strict.items():
        if STRICT.match(name):
            setattr(settings, name, value)


@pytest.mark.urls("tests.carbontrack.failing_urls")
def test_probe_23_production_is_strict_in_every_answer(
    alice: Person, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Pages, errors of every kind, redirects, fragments, files and probes."""
    be_strict(settings, tmp_path)
    monkeypatch.setitem(POLICY, "fail", POLICY["healthz"])
    client = Client(
        raise_request_exception=False,
        enforce_csrf_checks=True,
        headers={"Host": "carbon.example.org"},
    )
    client.force_login(alice.user)
    answers = {
        "page": (client.get("/settings/", secure=True), 200),
        "not found": (client.get("/no/such", secure=True), 404),
        "bug": (client.get("/fail/bug/", secure=True), 500),
        "interrupted": (client.get("/fail/throttled/", secure=True), 503),
        "method": (client.options("/settings/", secure=True), 405),
        "foreign form": (client.post("/settings/", secure=True), 403),
        "host": (client.get("/settings/", secure=True, headers={"Host": "evil.example"}), 400),
        "redirect": (client.get("/account/login/", secure=True), 302),
        "fragment": (client.get("/factors/?q=car", secure=True, headers=HTMX), 200),
        "file": (client.get("/static/css/tokens.css", secure=True), 200),
        "probe": (client.get("/healthz", secure=True), 200),
    }

    wrong = [
        (kind, response.status_code, name)
        for kind, (response, status) in answers.items()
        for name, value in STRICT_HEADERS.items()
        if response.status_code != status or value not in response.headers.get(name, "")
    ]
    policies = {response["Content-Security-Policy"] for response, _ in answers.values()}
    assert wrong == []
    assert [policy for policy in policies if "unsafe" in policy or "*" in policy] == []
    assert {
        kind for kind, (response, _) in answers.items() if "no-store" not in response["Cache-Control"]
    } == {"file"}
    pages = [response for response, _ in answers.values() if "text/html" in response["Content-Type"]]
    assert [page for page in pages if "HX-Request" not in page["Vary"]] == []


def test_probe_22_htmx_may_neither_evaluate_nor_remember() -> None:
    """What a browser does with it is walked through in `journeys/test_going_back.py`."""
    page = (Path(__file__).parents[2] / "templates" / "base.html").read_text()
    config = json.loads(page.partition('name="htmx-config" content=\'')[2].partition("'")[0])

    assert {name: config[name] for name in config if name in FORBIDDEN_TO_HTMX} == FORBIDDEN_TO_HTMX


def test_probe_23_cookies_in_production_belong_to_this_host_alone(
    alice: Person, settings: Any, tmp_path: Path
) -> None:
    be_strict(settings, tmp_path)
    client = Client(headers={"Host": "carbon.example.org"})

    client.post(SIGN_IN, {"login": alice.user.email, "password": PASSWORD}, secure=True)
    client.get("/settings/", secure=True)

    flags = {
        name: (morsel["secure"], morsel["httponly"], morsel["path"], morsel["domain"], morsel["samesite"])
        for name, morsel in client.cookies.items()
    }
    assert flags == dict.fromkeys(("__Host-session", "__Host-csrf"), (True, True, "/", "", "Lax"))


def test_whom_to_tell_about_a_weakness(client: Client, settings: Any) -> None:
    told = client.get("/.well-known/security.txt")
    settings.SECURITY_CONTACT = ""

    assert told.text.splitlines()[:2] == [
        "Contact: mailto:security@example.org",
        "Expires: 2027-05-21T10:00:00Z",
    ]
    assert told["Content-Type"] == "text/plain; charset=utf-8"
    assert client.get("/.well-known/security.txt").status_code == 404
