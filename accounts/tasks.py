"""Mail leaves through the task queue, so that no answer waits for a mail server.

It also means that an answer takes as long for a known address as for an unknown one.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django_tasks import task

from accounts.models import OutgoingMail
from carbontrack import clock

log = structlog.get_logger(__name__)

#: How long to wait after each failed attempt. After the last one the mail is dropped: its link is too old.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


def send_later(recipient: str, subject: str, *, text: str, html: str = "") -> None:
    """Queue a mail to one person. It is sent if the surrounding transaction, if any, is committed."""
    with transaction.atomic():
        mail = OutgoingMail.objects.create(recipient=recipient, subject=subject, text=text, html=html)
        deliver.enqueue(str(mail.id))


@task()
def deliver(mail_id: str) -> None:
    """Send one mail and forget it. Running twice sends once, unless the worker dies in between."""
    mail = OutgoingMail.objects.filter(id=mail_id).first()
    if mail is None:
        return
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.recipient])
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    try:
        message.send()
    except OSError as error:  # what smtplib and sockets raise
        _try_again(mail, error)
    else:
        mail.delete()


def _try_again(mail: OutgoingMail, error: OSError) -> None:
    if mail.attempts >= len(RETRY_AFTER):
        log.error("mail_dropped", mail_id=str(mail.id), error=type(error).__name__)
        mail.delete()
        return
    wait = RETRY_AFTER[mail.attempts]
    log.warning(
        "mail_postponed", mail_id=str(mail.id), error=type(error).__name__, minutes=wait.seconds // 60
    )
    mail.attempts += 1
    with transaction.atomic():
        mail.save(update_fields=["attempts"])
        deliver.using(run_after=clock.now() + wait).enqueue(str(mail.id))
