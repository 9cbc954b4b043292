"""Carrying out the deletions whose day has come, step by step, so that a crash at any point loses nothing.

An account is closed first, in SQL, where it also notes that it has begun. Then every app's steps run in
order, each noted once it is through. What they say is left afterwards is looked for again, and only when that
is nothing goes the account itself, in one transaction with the last mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from accounts.mail import send_mail, send_notice
from accounts.models import Erasure, User
from accounts.privacy.obstacles import obstacle
from accounts.privacy.sessions import close_account
from accounts.privacy.trail import SYSTEM_ID, SYSTEM_NAME
from carbontrack import clock
from carbontrack.audit import PLATFORM_SUBJECT, AuditRecord, AuditRepository
from carbontrack.dynamodb import WriteTransaction
from carbontrack.personal_data import ErasureStep, erasure_steps

log = structlog.get_logger(__name__)

#: Between closing an account and the first step, by default: a request that was under way then has ended.
SETTLING = timedelta(seconds=90)
#: Whoever works on an erasure says at least so often that they are alive; who does not has crashed.
CLAIM = timedelta(minutes=15)
_RENEW_AFTER = timedelta(minutes=1)
#: The steps, and once more what came in between.
_ROUNDS = 2


class ErasureUnfinished(Exception):
    """What is still there after all steps: a task that runs, or a store that hides it. Tried again later."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why an erasure does not begin although its day has come."""

    user_id: str
    reason: str


def due() -> Iterator[str]:
    """The ids of the accounts whose day has come, the one asked for first first."""
    ripe = User.objects.filter(erase_at__lte=clock.now()).order_by("erase_at")
    yield from (str(pk) for pk in ripe.values_list("pk", flat=True).iterator())


def begin(user_id: str) -> Waiting | None:
    """Close an account whose day has come, for good; what stands in its way is returned, and mailed once."""
    wishes = Erasure.objects.filter(user_id=user_id, begun_at=None, user__erase_at__lte=clock.now())
    erasure = wishes.select_related("user").first()
    if erasure is None:
        return None
    in_the_way = obstacle(user_id)
    if in_the_way:
        if erasure.waits_for != in_the_way:
            Erasure.objects.filter(user_id=user_id).update(waits_for=in_the_way)
            send_notice(erasure.user.email, "accounts/email/erasure_waits", {"reason": in_the_way})
        return Waiting(user_id, in_the_way)
    with transaction.atomic():
        # Still the same wish: one that was taken back and made anew has seven days again.
        same = wishes.filter(asked_at=erasure.asked_at)
        if Erasure.objects.filter(pk__in=same.values("pk"), begun_at=None).update(
            begun_at=clock.now(), waits_for=""
        ):
            close_account(user_id)
    return None


def time_to_settle(user_id: str, settling: timedelta = SETTLING) -> timedelta | None:
    """How long to wait until the steps may run; None for what has not begun."""
    begun_at = Erasure.objects.filter(user_id=user_id).values_list("begun_at", flat=True).first()
    return None if begun_at is None else max(timedelta(0), begun_at + settling - clock.now())


def carry_out(user_id: str) -> bool:
    """Erase a closed account to its end; False where another process is at it. Raises ErasureUnfinished.

    Whatever raises, and whenever the process dies: called again, it goes on where it was.
    """
    claim = _Claim(user_id)
    if not claim.take():
        return False
    try:
        erasure = Erasure.objects.get(user_id=user_id)
        _run_steps(erasure, claim.renew)
        _note_on_the_platform(erasure)
        _remove_account(user_id)
    finally:
        claim.give_back()
    return True


def erase_data_of(user_id: str, alive: Callable[[], None]) -> None:
    """Every step for somebody who has no account. Raises ErasureUnfinished."""
    for _ in range(_ROUNDS):
        for step in erasure_steps():
            step.erase(user_id, alive)
        remaining = _left(user_id)
        if not remaining:
            return
    raise ErasureUnfinished(_words(remaining))


# -- Parts --------------------------------------------------------------------------------------------------


class _Claim:
    """Keeps two processes from working on one erasure. The steps could bear it, it would be work twice."""

    def __init__(self, user_id: str) -> None:
        self._rows = Erasure.objects.filter(user_id=user_id)
        self._until = clock.now()

    def take(self) -> bool:
        now = clock.now()
        free = Q(claimed_until=None) | Q(claimed_until__lt=now)
        begun = self._rows.filter(free, begun_at__isnull=False)
        self._until = now + CLAIM
        return begun.update(claimed_until=self._until) == 1

    def renew(self) -> None:
        now = clock.now()
        if self._until - now < CLAIM - _RENEW_AFTER:
            self._until = now + CLAIM
            self._rows.update(claimed_until=self._until)

    def give_back(self) -> None:
        """Unless it was taken over by whoever thought that this process is dead."""
        self._rows.filter(claimed_until=self._until).update(claimed_until=None)


def _run_steps(erasure: Erasure, alive: Callable[[], None]) -> None:
    """The steps that are not through, and those that have left something behind once more."""
    user_id = str(erasure.pk)
    for _ in range(_ROUNDS):
        for step in erasure_steps():
            if step.name not in erasure.done:
                alive()
                step.erase(user_id, alive)
                _note_done(erasure, [*erasure.done, step.name])
        remaining = _left(user_id)
        if not remaining:
            return
        _note_done(erasure, [name for name in erasure.done if name not in remaining])
    raise ErasureUnfinished(_words(remaining))


def _left(user_id: str) -> dict[str, list[str]]:
    """What the steps say is still there, by step."""
    found = {step.name: _some(step, user_id) for step in erasure_steps()}
    return {name: left for name, left in found.items() if left}


def _some(step: ErasureStep, user_id: str) -> list[str]:
    return [each for _, each in zip(range(5), step.left(user_id), strict=False)]


def _words(remaining: dict[str, list[str]]) -> str:
    return "; ".join(f"{name}: {', '.join(left)}" for name, left in remaining.items())


def _note_done(erasure: Erasure, done: list[str]) -> None:
    erasure.done = done
    erasure.save(update_fields=["done"])


def _note_on_the_platform(erasure: Erasure) -> None:
    """One record that says nothing of whom; after a crash the same once more, which changes nothing."""
    begun_at: datetime = erasure.begun_at or clock.now()
    record = AuditRecord(
        action="account.erased",
        actor_id=SYSTEM_ID,
        actor_name=SYSTEM_NAME,
        after={"asked_by": "staff" if erasure.by_staff else "the person"},
        at=begun_at,
        id=erasure.record_id,
    )
    with WriteTransaction() as writing:
        AuditRepository(PLATFORM_SUBJECT).add(record, transaction=writing)


def _remove_account(user_id: str) -> None:
    """The account, all that hangs on it in SQL, and a last mail, which is forgotten once it is sent."""
    with transaction.atomic():
        user = User.objects.get(pk=user_id)
        send_mail(user.email, "accounts/email/erased", {})
        user.delete()
    log.info("account_erased")
