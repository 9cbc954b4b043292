"""Deleting an account: asked for, and taken back as long as it has not begun. `due` carries it out."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from ulid import ULID

from accounts.domain import Profile
from accounts.mail import send_notice
from accounts.models import Erasure, User
from accounts.privacy.obstacles import obstacle
from accounts.privacy.trail import note_wish
from carbontrack import clock

#: How long one can change one's mind.
GRACE = timedelta(days=7)


class ErasureRefused(Exception):
    """What keeps an account from being deleted, as a sentence that says what to do first."""


def ask_for_erasure(user: User, *, by: Profile) -> datetime:
    """Let an account be deleted in seven days; returns when. Raises ErasureRefused.

    `by` is the person or a member of staff. Asked for again, it stays at the first day. The person is told by
    mail, so that nobody can do it behind their back.
    """
    user_id = str(user.pk)
    in_the_way = obstacle(user_id)
    if in_the_way:
        raise ErasureRefused(in_the_way)
    now = clock.now().replace(microsecond=0)
    erase_at, by_staff = now + GRACE, by.user_id != user_id
    with transaction.atomic():
        erasure, is_new = Erasure.objects.get_or_create(
            pk=user.pk, defaults={"asked_at": now, "by_staff": by_staff, "record_id": str(ULID())}
        )
        if is_new:
            User.objects.filter(pk=user.pk).update(erase_at=erase_at)
            # Inside: where the trail cannot be written, nothing is asked for.
            note_wish(
                user_id,
                by=by,
                own="account.erasure_asked",
                staffs="staff.erasure_started",
                erase_at=erase_at.isoformat(),
            )
    if not is_new:
        return erasure.asked_at + GRACE
    user.erase_at = erase_at
    send_notice(user.email, "accounts/email/erasure_asked", {"erase_at": erase_at, "by_staff": by_staff})
    return erase_at


def take_back(user: User, *, by: Profile) -> bool:
    """Keep an account after all; False where nothing was asked for, or it has begun."""
    with transaction.atomic():
        kept, _ = Erasure.objects.filter(pk=user.pk, begun_at=None).delete()
        if kept:
            User.objects.filter(pk=user.pk).update(erase_at=None)
            note_wish(
                str(user.pk), by=by, own="account.erasure_taken_back", staffs="account.erasure_taken_back"
            )
    if not kept:
        return False
    user.erase_at = None
    send_notice(user.email, "accounts/email/erasure_taken_back", {})
    return True
