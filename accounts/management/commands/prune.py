"""Remove from SQL what is over: finished tasks, ended sessions, limits that hold no more. Hourly or daily.

It may be run twice, late, and again after it was killed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management.base import BaseCommand
from django.db import connection
from django_tasks_db.models import DBTaskResult

from carbontrack import clock
from carbontrack.terminal import counted

#: How long the staff console can still tell of a task. What it was given may name a person.
TASKS_KEPT = timedelta(days=30)


class Command(BaseCommand):
    help = __doc__

    def handle(self, *, verbosity: int, **options: Any) -> None:
        now = clock.now()
        tasks, _ = DBTaskResult.objects.finished().filter(finished_at__lt=now - TASKS_KEPT).delete()
        sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
        alive = Session.objects.values("session_key")
        listed, _ = (
            UserSession.objects.filter(created_at__lt=now - timedelta(hours=1))
            .exclude(session_key__in=alive)
            .delete()
        )
        limits = _remove_expired_limits()
        if verbosity:
            self.stdout.write(
                f"Removed {counted(tasks, 'task')}, {counted(sessions, 'session')}, "
                f"{counted(listed, 'line')} of lists of sessions and {counted(limits, 'count')} of tries."
            )


def _remove_expired_limits() -> int:
    """The shared cache forgets what has expired only when it is full."""
    name = getattr(cache, "_table", "")
    if not name:
        return 0
    now = connection.ops.adapt_datetimefield_value(clock.now().replace(microsecond=0))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)} WHERE expires < %s", [now])
        return int(cursor.rowcount)
