"""For load balancers and the launcher: is the process alive, and can it do its work?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from carbontrack.dynamodb import ping, warm_up

#: How long a store may take to answer, in seconds.
PATIENCE_SECONDS = 1.0

# Threads start on first use, after a server has forked. A store that hangs keeps its own threads, not the
# probe's and not those of the other store.
_pools: defaultdict[str, ThreadPoolExecutor] = defaultdict(lambda: ThreadPoolExecutor(max_workers=2))


def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: says nothing about the stores, so that a database outage does not restart web processes."""
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Ready: 200 when SQL and DynamoDB both answer within a second; else 503, naming the one that did not."""
    warm_up()  # once a process, and slower than the answer: not on the store's time
    checks = {_pools[name].submit(check): name for name, check in CHECKS.items()}
    done, late = wait(checks, timeout=PATIENCE_SECONDS)
    for future in late:
        future.cancel()
    stores = {
        name: "ok" if future in done and future.exception() is None else "unavailable"
        for future, name in checks.items()
    }
    ready = all(state == "ok" for state in stores.values())
    return JsonResponse(
        {"status": "ready" if ready else "unavailable", **stores}, status=200 if ready else 503
    )


def check_sql() -> None:
    """One trivial query on a connection of its own. Raises what the database raises."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


CHECKS: dict[str, Callable[[], None]] = {"sql": check_sql, "dynamodb": ping}
