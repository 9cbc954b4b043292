"""Mail in the task queue: sent once, tried again, and nothing secret left lying about."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from accounts import tasks
from accounts.models import OutgoingMail
from carbontrack import clock
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def _queue(settings: Any) -> None:
    """The queue of production: nothing runs until a worker takes it."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def send_later() -> None:
    tasks.send_later("john@example.com", "Subject", text="http://testserver/secret")


def broken_connection(*args: Any, **kwargs: Any) -> int:
    raise smtplib.SMTPServerDisconnected("gone")


@pytest.mark.usefixtures("_queue")
def test_mail_waits_for_a_worker_and_the_queue_never_sees_its_text() -> None:
    send_later()

    queued = DBTaskResult.objects.get()
    assert mail.outbox == []
    assert queued.args_kwargs == {"args": [str(OutgoingMail.objects.get().id)], "kwargs": {}}


@pytest.mark.usefixtures("_queue")
def test_mail_of_a_transaction_that_failed_is_not_queued() -> None:
    def sign_up_that_fails() -> None:
        with transaction.atomic():
            send_later()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        sign_up_that_fails()

    assert (DBTaskResult.objects.count(), OutgoingMail.objects.count()) == (0, 0)


def test_delivered_mail_is_deleted_and_not_sent_again() -> None:
    waiting = OutgoingMail.objects.create(recipient="john@example.com", subject="S", text="T", html="<p>")

    tasks.deliver.call(str(waiting.id))
    tasks.deliver.call(str(waiting.id))

    assert [(sent.to, sent.subject, sent.body) for sent in mail.outbox] == [(["john@example.com"], "S", "T")]
    assert not OutgoingMail.objects.exists()


@pytest.mark.usefixtures("_queue")
def test_unreachable_mail_server_is_tried_again_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmailMultiAlternatives, "send", broken_connection)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    waiting = OutgoingMail.objects.create(recipient="john@example.com", subject="S", text="T")

    for _ in range(3):
        tasks.deliver.call(str(waiting.id))

    assert list(DBTaskResult.objects.order_by("run_after").values_list("run_after", flat=True)) == [
        NOW + timedelta(minutes=1),
        NOW + timedelta(minutes=5),
        NOW + timedelta(minutes=30),
    ]
    tasks.deliver.call(str(waiting.id))
    assert not OutgoingMail.objects.exists()
