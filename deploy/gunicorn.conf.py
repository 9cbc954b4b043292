"""gunicorn, the same locally and in production: threads for waiting, a process a core for computing.

gunicorn --config deploy/gunicorn.conf.py carbontrack.wsgi
"""

import ctypes
import logging.config
import os
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from gunicorn.glogging import Logger

from carbontrack.environment import Environment

try:
    # Only read, in the master process: a bad variable is a sentence here instead of a traceback a worker.
    from carbontrack import settings

    env = Environment(os.environ)
    port = env.integer("PORT", default=8000, minimum=1, maximum=65535)
    #: Locally never reachable from another machine.
    host = env.text("HOST", default="0.0.0.0") if settings.PRODUCTION else "127.0.0.1"
    cores = os.cpu_count() or 1
    workers = env.integer(
        "WEB_CONCURRENCY", default=cores if settings.PRODUCTION else 2, minimum=1, maximum=256
    )
    threads = env.integer("WEB_THREADS", default=8, minimum=1, maximum=settings.DYNAMODB_MAX_CONNECTIONS)
except ImproperlyConfigured as error:
    sys.exit(f"CarbonTrack did not start. {error}")

bind = f"{host}:{port}"
worker_class = "gthread"
# Each worker imports the application itself, so connections and threads are never shared over a fork.
preload_app = False
timeout = 30
graceful_timeout = 20 if settings.PRODUCTION else 3
keepalive = 5
# A leak stays small: a worker is replaced after so many requests, not all at the same moment.
max_requests = 5000
max_requests_jitter = 500
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Addresses and schemes in forwarded headers are judged by the settings, which know the number of proxies.
forwarded_allow_ips = ""
forwarder_headers = ""
control_socket_disable = True


#: A parameter of mallopt(3), from malloc.h of glibc; other C libraries have no such function.
_M_ARENA_MAX = -8


class StructuredLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own messages in the application's format; requests are logged by the application."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        logging.config.dictConfig(settings.LOGGING)


logger_class = StructuredLogger


def post_fork(server: Any, worker: Any) -> None:
    """Let the threads of a worker share two heaps of the C library, which else makes one for each of them.

    What a thread has freed stays in its heap: with eight of them that is tens of megabytes for nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)


def worker_exit(server: Any, worker: Any) -> None:
    """A worker goes: of its own accord after many requests, or because it was told to. Its counts stay."""
    usage = sys.modules.get("carbontrack.usage")  # not there where the application did not start
    if usage is not None:
        usage.store.store(is_last=True)
