"""Pages a second under gunicorn, as `make run` starts it, on an engine that writes to disk."""

from __future__ import annotations

import http.client
import itertools
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.domain import Profile
from accounts.models import User
from carbontrack.engine import ROOT
from carbontrack.form_keys import new_form_key
from tests.bench.report import Section
from tests.bench.timing import percentile

CONNECTIONS = 8
WARM_UP = 30
ALONE = 200
TOGETHER = 800
START_TIMEOUT_SECONDS = 30

Send = Callable[[http.client.HTTPConnection], None]


@dataclass(frozen=True, slots=True)
class Measured:
    p50_ms: float
    p95_ms: float
    per_second: float


def measure(profile: Profile, *, today: date) -> list[Section]:
    """The dashboard and logging against a bare view; and what memory a web process takes afterwards."""
    with gunicorn("tests.bench.bare") as (port, _):
        bare = _run(port, lambda: _get("/", {}))
    with gunicorn("carbontrack.wsgi") as (port, master):
        cookies = {settings.SESSION_COOKIE_NAME: _session(profile)}
        dashboard = _run(port, lambda: _get("/", cookies))
        log = _run(port, _logging(port, profile, cookies, today))
        memory = _workers_mb(master)
    rows = [
        (
            name,
            f"{found.p50_ms:.1f}",
            f"{found.p95_ms:.1f}",
            f"{found.per_second:.0f}",
            f"{bare.per_second / found.per_second:.1f} ×",
        )
        for name, found in (("bare Django view", bare), ("dashboard", dashboard), ("log an activity", log))
    ]
    return [
        Section(
            "Under gunicorn",
            ("page", "p50, ms", "p95, ms", "pages a second", "bare view against it"),
            rows,
            f"Two workers of eight threads; the load generator and the engine share their cores. p50, p95: "
            f"one connection, {ALONE} requests; pages a second with {CONNECTIONS} connections, {TOGETHER} "
            f"requests. Logging is the POST: session, one read, one transaction with fsync, the redirect.",
        ),
        Section(
            "Memory of a web process",
            ("process", "MB"),
            [(f"worker {number}", f"{mb:.0f}") for number, mb in enumerate(memory, 1)],
            f"Resident memory of each worker after these {2 * (WARM_UP + ALONE + TOGETHER):,} requests.",
        ),
    ]


@contextmanager
def gunicorn(application: str) -> Iterator[tuple[int, int]]:
    """gunicorn with the product's own configuration, on a free port: yields the port and the master's pid."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "deploy/gunicorn.conf.py",
        "--log-level",
        "error",
        application,
    ]
    environment = os.environ | {"PORT": str(port), "LOG_LEVEL": "ERROR"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"gunicorn did not start {application}.")
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except OSError:
        return False


def _run(port: int, make: Callable[[], Send]) -> Measured:
    """Latencies of one connection alone, then the throughput of several."""
    send = make()
    _timed(port, send, WARM_UP)
    latencies = _timed(port, send, ALONE)
    share = TOGETHER // CONNECTIONS
    threads = [threading.Thread(target=_timed, args=(port, send, share)) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    return Measured(percentile(latencies, 50), percentile(latencies, 95), TOGETHER / elapsed)


def _timed(port: int, send: Send, count: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    latencies = []
    for _ in range(count):
        start = time.perf_counter()
        send(connection)
        latencies.append((time.perf_counter() - start) * 1000)
    connection.close()
    return latencies


def _get(path: str, cookies: dict[str, str]) -> Send:
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}

    def send(connection: http.client.HTTPConnection) -> None:
        connection.request("GET", path, headers=headers)
        _expect(connection, 200)

    return send


def _logging(port: int, profile: Profile, cookies: dict[str, str], today: date) -> Callable[[], Send]:
    """POSTs of the form, each with a key of its own, as a person gets one with each form."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    connection.request("GET", "/log/", headers={"Cookie": header})
    response = connection.getresponse()
    page = response.read().decode()
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    cookie = re.search(rf"{settings.CSRF_COOKIE_NAME}=[^;]+", response.headers["Set-Cookie"])
    if csrf is None or cookie is None:
        raise RuntimeError("The form has no CSRF token.")
    headers = {
        "Cookie": f"{header}; {cookie[0]}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    minutes = itertools.count()

    def send(connection: http.client.HTTPConnection) -> None:
        minute = next(minutes)
        form = {
            "csrfmiddlewaretoken": csrf[1],
            "key": new_form_key(profile.user_id),
            "type": "transportation",
            "category": "car",
            "variant": "car-petrol-medium",
            "amount": "12",
            "unit": "mile",
            "people": "1",
            "date": today.isoformat(),
            "time": f"{minute // 60 % 24:02d}:{minute % 60:02d}",
        }
        connection.request("POST", "/log/", urlencode(form), headers)
        _expect(connection, 302)

    return lambda: send


def _expect(connection: http.client.HTTPConnection, status: int) -> None:
    response = connection.getresponse()
    body = response.read()
    if response.status != status:
        raise RuntimeError(f"Expected {status}, got {response.status}: {body[:500]!r}")


def _session(profile: Profile) -> str:
    """A session of somebody who is signed in."""
    user = User.objects.get(pk=profile.user_id)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _workers_mb(master: int) -> list[float]:
    """Resident memory of the master's children, where the system tells (Linux)."""
    children = Path(f"/proc/{master}/task/{master}/children")
    if not children.exists():
        return []
    found = []
    for pid in children.read_text(encoding="ascii").split():
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        resident = re.search(r"VmRSS:\s+(\d+) kB", status)
        if resident is not None:
            found.append(int(resident[1]) / 1024)
    return found
