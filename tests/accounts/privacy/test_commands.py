"""`make_admin`, which makes the first administrator, and `prune`, which forgets what is over."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.domain import Role
from accounts.privacy.erasing import ask_for_erasure
from carbontrack import clock
from carbontrack.audit import AuditRepository, person_subject
from organizations.domain import Organization
from tests.accounts.privacy.leaving import make_task
from tests.fixtures.people import Person


def make_admin(email: str) -> str:
    output = StringIO()
    call_command("make_admin", email, stdout=output)
    return output.getvalue()


def test_the_first_administrator_is_made_signed_out_told_and_noted(alice: Person) -> None:
    key = alice.client.session.session_key
    UserSession.objects.create(user=alice.user, session_key=key, ip="127.0.0.1")

    output = make_admin("Alice@example.com")

    assert alice.stored_profile().role is Role.ADMIN
    assert "Next: sign in, add a second step at /settings/security/" in output
    assert alice.client.get("/entries/").status_code == 302
    [record] = AuditRepository(person_subject(alice.user_id)).all()
    assert (record.action, record.actor_id, record.after) == (
        "staff.role_changed",
        "system",
        {"role": "admin"},
    )
    assert mail.outbox[-1].subject == "You run CarbonTrack now"


def test_a_second_time_changes_nothing(alice: Person) -> None:
    make_admin("alice@example.com")
    mail.outbox.clear()

    assert "Nothing was changed." in make_admin("alice@example.com")
    assert mail.outbox == []


def test_who_has_a_second_step_is_sent_on_to_the_console(bob: Person, acme: Organization) -> None:
    """A member stays one; only who administers an organization has their one role already."""
    Authenticator.objects.create(user=bob.user, type="totp", data={"secret": "x"})

    output = make_admin("bob@example.com")

    profile = bob.stored_profile()
    assert (profile.role, profile.organization_id) == (Role.ADMIN, acme.id)
    assert "sign in with the second step, and open /staff/" in output


def test_who_cannot_be_one_is_told_why(alice: Person, charlie: Person, acme: Organization) -> None:
    ask_for_erasure(charlie.user, by=charlie.profile)

    for email, words in (
        ("nobody@example.com", "Nobody has signed up"),
        ("alice@example.com", "administers an organization"),
        ("charlie@example.com", "going to be deleted"),
    ):
        with pytest.raises(CommandError, match=words):
            make_admin(email)


def test_what_is_over_is_pruned_and_nothing_else(alice: Person, bob: Person) -> None:
    now = clock.now()
    old, new = (
        make_task(name, TaskResultStatus.SUCCESSFUL, started_at=now - timedelta(days=days))
        for name, days in (("old", 31), ("new", 29))
    )
    waiting = make_task("waiting", TaskResultStatus.READY, started_at=now - timedelta(days=40))
    kept, over = alice.client.session.session_key, bob.client.session.session_key
    for person, key in ((alice, kept), (bob, over)):
        UserSession.objects.update_or_create(
            session_key=key,
            defaults={"user": person.user, "ip": "127.0.0.1", "created_at": now - timedelta(days=2)},
        )
    Session.objects.filter(session_key=over).update(expire_date=now - timedelta(seconds=1))
    cache.set("over", 1, timeout=-1)
    cache.set("holds", 1, timeout=60)

    call_command("prune", verbosity=0)

    assert set(DBTaskResult.objects.values_list("pk", flat=True)) == {new.pk, waiting.pk} != {old.pk}
    assert list(Session.objects.values_list("session_key", flat=True)) == [kept]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [kept]
    assert cache.get("holds") == 1
