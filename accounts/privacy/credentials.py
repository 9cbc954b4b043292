"""What SQL keeps about a person: credentials, sessions, mail on its way, tasks and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.models import OutgoingMail, User
from accounts.privacy.sessions import remove_sessions, sessions_left
from carbontrack import clock
from carbontrack.personal_data import ErasureStep, Phase, Section, mentions

#: A task that has run for so long was killed with its worker.
LONGEST_TASK = timedelta(hours=12)

Row = Mapping[str, Any]


def sections(user_id: str) -> Iterable[Section]:
    """What a person takes away of it: no password, no secret of a second step, no link that signs in."""
    yield Section("account", "What you sign in with.", _account(user_id))
    yield Section("addresses", "The email addresses of your account.", _addresses(user_id))
    yield Section(
        "sign_in_methods", "Your second steps and passkeys, without their secrets.", _methods(user_id)
    )
    yield Section("connected_accounts", "Accounts elsewhere that you sign in with.", _connected(user_id))
    yield Section("sessions", "Where you are signed in.", _sessions(user_id))
    yield Section("mails_on_their_way", "Mails to you that have not left yet.", _mails(user_id))


def _account(user_id: str) -> Iterator[Row]:
    for user in User.objects.filter(pk=user_id):
        yield {
            "id": str(user.pk),
            "email": user.email,
            "has_password": user.has_usable_password(),
            "is_active": user.is_active,
            "signed_up_at": user.date_joined,
            "last_signed_in_at": user.last_login,
            "to_be_deleted_at": user.erase_at,
        }


def _addresses(user_id: str) -> Iterator[Row]:
    for address in EmailAddress.objects.filter(user_id=user_id):
        yield {"email": address.email, "is_confirmed": address.verified, "is_primary": address.primary}


def _methods(user_id: str) -> Iterator[Row]:
    for method in Authenticator.objects.filter(user_id=user_id):
        is_passkey = method.type == Authenticator.Type.WEBAUTHN
        yield {
            "kind": method.type,
            "name": method.data.get("name", "") if is_passkey else "",
            "added_at": method.created_at,
            "last_used_at": method.last_used_at,
        }


def _connected(user_id: str) -> Iterator[Row]:
    for account in SocialAccount.objects.filter(user_id=user_id):
        yield {
            "provider": account.provider,
            "id_there": account.uid,
            "connected_at": account.date_joined,
            "last_used_at": account.last_login,
            "told_about_you": account.extra_data,
        }


def _sessions(user_id: str) -> Iterator[Row]:
    for session in UserSession.objects.filter(user_id=user_id):
        yield {
            "address": session.ip,
            "browser": session.user_agent,
            "began_at": session.created_at,
            "last_seen_at": session.last_seen_at,
        }


def _mails(user_id: str) -> Iterator[Row]:
    for mail in OutgoingMail.objects.filter(recipient__in=addresses_of(user_id)):
        yield {"to": mail.recipient, "subject": mail.subject, "written_at": mail.created_at}


def addresses_of(user_id: str) -> set[str]:
    """The addresses of an account; none of an account that is gone.

    One that it has only claimed may be somebody else's, and so may the mails to it.
    """
    own = User.objects.filter(pk=user_id).values_list("email", flat=True)
    others = EmailAddress.objects.filter(user_id=user_id, verified=True).values_list("email", flat=True)
    return {*own, *others}


# -- Erasure ------------------------------------------------------------------------------------------------


def _remove_mails(user_id: str, alive: Callable[[], None]) -> None:
    OutgoingMail.objects.filter(recipient__in=addresses_of(user_id)).delete()


def _mails_left(user_id: str) -> Iterator[str]:
    for mail in OutgoingMail.objects.filter(recipient__in=addresses_of(user_id)):
        yield f"mail {mail.id}"


def _tasks_of(user_id: str) -> QuerySet[DBTaskResult[..., Any]]:
    """Tasks that name a person, in what they were given or in how they failed. One that runs may say more."""
    words = {user_id, *addresses_of(user_id)}
    names = Q()
    for word in words:
        names |= Q(given__contains=word) | Q(traceback__contains=word)
    rows = DBTaskResult.objects.annotate(given=Cast("args_kwargs", TextField())).filter(names)
    # SQL also finds an address within a longer one, which is of somebody else.
    texts = rows.values_list("pk", "given", "traceback").iterator()
    return DBTaskResult.objects.filter(
        pk__in=[pk for pk, *texts_of in texts if any(mentions(text, words) for text in texts_of)]
    )


def _remove_tasks(user_id: str, alive: Callable[[], None]) -> None:
    """A task that runs keeps its row until it has ended, or must have."""
    still_runs = Q(status=TaskResultStatus.RUNNING, started_at__gt=clock.now() - LONGEST_TASK)
    _tasks_of(user_id).exclude(still_runs).delete()


def _tasks_left(user_id: str) -> Iterator[str]:
    for task in _tasks_of(user_id):
        yield f"task {task.id}, {task.status}"


def _remove_limits(user_id: str, alive: Callable[[], None]) -> None:
    table = _cache_table()
    if table:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE cache_key LIKE %s", [f"%{user_id}%"])


def _limits_left(user_id: str) -> Iterator[str]:
    table = _cache_table()
    if table:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT cache_key FROM {table} WHERE cache_key LIKE %s", [f"%{user_id}%"])
            yield from (key for (key,) in cursor.fetchall())


def _cache_table() -> str:
    """The shared cache's table, as SQL writes it; empty where the cache is no table."""
    name = getattr(cache, "_table", "")
    return connection.ops.quote_name(name) if name else ""


STEPS = (
    ErasureStep(
        "accounts.sessions", "Signing you out everywhere", Phase.CREDENTIALS, remove_sessions, sessions_left
    ),
    ErasureStep(
        "accounts.mails", "Removing mails on their way", Phase.CREDENTIALS, _remove_mails, _mails_left
    ),
    ErasureStep("accounts.tasks", "Removing finished tasks", Phase.CREDENTIALS, _remove_tasks, _tasks_left),
    ErasureStep(
        "accounts.limits", "Removing counts of tries", Phase.CREDENTIALS, _remove_limits, _limits_left
    ),
)
