"""What others do, or ask for, while an account goes: nothing comes back, and nobody is left without a way."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.test import Client
from django_tasks.base import TaskResultStatus

from accounts.models import Erasure, User
from accounts.privacy import due
from accounts.privacy.erasing import ask_for_erasure, take_back
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import WriteTransaction, update_item
from carbontrack.dynamodb.tables import USERS
from carbontrack.personal_data import erasure_steps
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.accounts.privacy.conftest import Clock
from tests.accounts.privacy.leaving import ask_and_begin, make_task
from tests.fixtures.organizations import join
from tests.fixtures.people import Person


def test_a_wish_that_was_made_anew_has_seven_days_again(bob: Person, time: Clock) -> None:
    """Taken back and asked for once more, between being listed as due and its turn."""
    ask_for_erasure(bob.user, by=bob.profile)
    time.move(days=8)
    listed = list(due.due())
    take_back(bob.user, by=bob.profile)
    ask_for_erasure(bob.user, by=bob.profile)

    assert listed == [bob.user_id]
    due.begin(bob.user_id)

    assert User.objects.get(pk=bob.user.pk).is_active
    assert Erasure.objects.get(pk=bob.user.pk).begun_at is None


def test_a_row_that_was_read_before_neither_opens_a_closed_account_nor_brings_one_back(
    bob: Person, time: Clock
) -> None:
    """A change of the password, under way when the account was closed, saves all that it has read."""
    seen = User.objects.get(pk=bob.user.pk)
    ask_and_begin(bob, time)

    seen.set_password("another quiet otter")
    seen.save()

    now = User.objects.get(pk=bob.user.pk)
    assert (now.is_active, now.erase_at) == (False, bob.user.erase_at)
    due.carry_out(bob.user_id)
    with pytest.raises(DatabaseError), transaction.atomic():
        seen.save()
    assert not User.objects.filter(pk=bob.user.pk).exists()


def test_of_two_administrators_who_leave_one_has_to_hand_over(
    acme: Organization, alice: Person, bob: Person, time: Clock
) -> None:
    administers = {"role": "org_admin"}
    update_item(USERS, {"user_id": bob.user_id}, set=administers, remove=["department_id"])
    with WriteTransaction() as transaction:
        OrganizationRepository(acme.id).count_members(administrators=1, transaction=transaction)
    for person in (alice, bob):
        ask_for_erasure(person.user, by=person.stored_profile())
    time.move(days=8)

    first, second = due.begin(alice.user_id), due.begin(bob.user_id)

    assert first is None
    assert second is not None
    assert "no other administrator" in second.reason
    assert User.objects.get(pk=bob.user.pk).is_active


def test_who_joins_after_they_left_leaves_again(
    alice: Person, bob: Person, acme: Organization, time: Clock
) -> None:
    """A request that was under way when the account was closed accepts an invitation."""
    ask_and_begin(bob, time)
    steps = {step.name: step for step in erasure_steps()}
    steps["organizations.membership"].erase(bob.user_id, lambda: None)
    Erasure.objects.filter(pk=bob.user.pk).update(done=["organizations.membership"])
    join(bob.user_id, acme.id)

    assert due.carry_out(bob.user_id)

    assert OrganizationRepository(acme.id).get().members == 1
    assert ProfileRepository().stored(bob.user_id) is None


def test_a_session_and_a_task_are_told_apart_from_those_of_a_longer_address(bob: Person, time: Clock) -> None:
    mine, others = Client().session, Client().session
    for session, email in ((mine, "bob@example.com"), (others, "jo.bob@example.com")):
        session["account_login_code"] = {"email": email}
        session.save()
    task = make_task("failed for jo.bob@example.com", TaskResultStatus.FAILED)
    ask_and_begin(bob, time)

    due.carry_out(bob.user_id)

    assert list(Session.objects.values_list("pk", flat=True)) == [others.session_key]
    task.refresh_from_db()
