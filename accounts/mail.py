"""Mail to one person: text from templates, and HTML made from that text, so that the two cannot differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.template.loader import render_to_string

from accounts.tasks import send_later

log = structlog.get_logger(__name__)

HTML_TEMPLATE = "account/email/message.html"


def send_mail(recipient: str, template_prefix: str, context: Mapping[str, Any]) -> None:
    """Queue the mail of `<prefix>_subject.txt` and `<prefix>_message.txt`.

    An empty line of the text begins a paragraph, and one that is only a link becomes a button. So that nobody
    writes paragraphs of their own into a mail of ours, through a name for instance, each text of `context` is
    made one line.
    """
    safe = {name: _one_line(value) if isinstance(value, str) else value for name, value in context.items()}
    subject = _one_line(render_to_string(f"{template_prefix}_subject.txt", safe))
    text = render_to_string(f"{template_prefix}_message.txt", safe).strip()
    paragraphs = [_one_line(part) for part in text.split("\n\n") if part.strip()]
    html = render_to_string(HTML_TEMPLATE, {"subject": subject, "paragraphs": paragraphs})
    send_later(recipient, subject, text=text, html=html.strip())


def send_notice(recipient: str, template_prefix: str, context: Mapping[str, Any]) -> None:
    """Queue a mail that tells of something done. It stays done where the mail cannot be queued."""
    try:
        send_mail(recipient, template_prefix, context)
    except (OperationalError, InterfaceError) as error:
        log.warning("mail_not_queued", template=template_prefix, error=type(error).__name__)


def _one_line(text: str) -> str:
    return " ".join(text.split())
