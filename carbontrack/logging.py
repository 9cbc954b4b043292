"""Logs: JSON in production, readable locally, with the request's id and without personal data.

What is logged about a request is its route's name, never its path, query or body; addresses that slip into
the text of an exception are blacked out.
"""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

#: gunicorn quotes the sender's address and what it could not read, which may be half a cookie.
_UNREADABLE = re.compile(r"Invalid request from ip=.*?: ([^':]*).*", re.DOTALL)
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+\.[\w.-]+")


def hide_personal_data(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Black out mail addresses, and drop what Django and gunicorn quote of a request in their messages."""
    record = event.get("_record")
    if record is not None and record.name == "django.request":
        event["event"] = "exception"
    elif record is not None and record.name == "gunicorn.error":
        event["event"] = _UNREADABLE.sub(r"Invalid request: \1", event["event"])
    for key, value in event.items():
        if isinstance(value, str) and "@" in value:
            event[key] = _EMAIL.sub("[address]", value)
    return event


class OnlyExceptions(logging.Filter):
    """Lets through what carries a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


#: What every line knows, whoever wrote it.
SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
]


def configure(*, as_json: bool, level: str) -> dict[str, Any]:
    """Set structlog up and return the dictionary for `logging.config`, the same for Django and gunicorn."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    # On one's own machine the launcher writes the time before each line.
    render: list[Processor] = (
        [
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(default=str),
        ]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, sort_keys=False)]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.processors.format_exc_info,
                    hide_personal_data,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *render,
                ],
            },
        },
        "filters": {"exceptions": {"()": OnlyExceptions}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # The request log has a line for each answer already, without the path; the traceback is wanted.
            "django.request": {"filters": ["exceptions"]},
            "django.security": {"level": "ERROR"},
            # Names tables, keys and credentials at DEBUG.
            "botocore": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
        },
    }
