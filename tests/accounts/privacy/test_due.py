"""An erasure to its end: nothing is left, whatever died on the way, and the others' figures stand still."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django_tasks.base import TaskResultStatus

from accounts.models import Erasure, User
from accounts.privacy import due
from accounts.privacy.erasing import ask_for_erasure
from carbontrack.audit import PLATFORM_SUBJECT, AuditRepository
from carbontrack.personal_data import ErasureStep, Phase, erasure_steps
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.accounts.privacy.conftest import Clock
from tests.accounts.privacy.leaving import ask_and_begin, live, make_task, shared_totals, traces
from tests.fixtures.people import Person, make_user


class Killed(BaseException):
    """As kill -9: nothing of ours runs after it."""


@pytest.fixture(autouse=True)
def _(archive_folder: Path) -> None:
    """No test here writes archives anywhere else."""


def dying(step: ErasureStep, runs: list[str]) -> Callable[[str, Callable[[], None]], None]:
    """What the step does, and then the first time the end of the process."""

    def erase(user_id: str, alive: Callable[[], None]) -> None:
        step.erase(user_id, alive)
        runs.append(step.name)
        if runs.count(step.name) == 1:
            raise Killed(step.name)

    return erase


def with_erase(step: ErasureStep, erase: Callable[[str, Callable[[], None]], None]) -> ErasureStep:
    return ErasureStep(step.name, step.words, step.phase, erase, step.left)


def test_killed_after_each_step_and_resumed_nothing_is_left(
    alice: Person,
    bob: Person,
    acme: Organization,
    time: Clock,
    archive_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live(bob, acme, alice)
    before = shared_totals(acme)
    found = traces(bob.user_id, bob.user.email, archive_folder)
    assert len(found) > 20  # there is something to find,
    assert any(each.endswith(".parquet") for each in found)  # in the archive as well
    ask_and_begin(bob, time)
    runs: list[str] = []
    steps = tuple(with_erase(step, dying(step, runs)) for step in erasure_steps())
    monkeypatch.setattr(due, "erasure_steps", lambda: steps)
    _die_once(monkeypatch, "_note_on_the_platform")
    _die_once(monkeypatch, "_remove_account")

    deaths = 0
    while True:
        try:
            assert due.carry_out(bob.user_id)
            break
        except Killed:
            deaths += 1
            assert shared_totals(acme) == before

    assert deaths == len(steps) + 2
    # Each ran again after its death, and not once more: what is through is not done anew.
    assert runs == [step.name for step in erasure_steps() for _ in range(2)]
    assert traces(bob.user_id, bob.user.email, archive_folder) == []
    assert shared_totals(acme) == before
    organization = OrganizationRepository(acme.id).get()
    assert (organization.members, organization.administrators) == (1, 1)
    assert mail.outbox[-1].to == ["bob@example.com"]
    assert mail.outbox[-1].subject == "Your account is deleted"
    [record] = AuditRepository(PLATFORM_SUBJECT).all()
    assert (record.action, record.actor_id, record.after) == (
        "account.erased",
        "system",
        {"asked_by": "the person"},
    )


def _die_once(patch: pytest.MonkeyPatch, name: str) -> None:
    """Let the process die right after a part of the end is done, the first time."""
    original, waiting = getattr(due, name), [name]

    def part(*args: Any) -> None:
        if name == "_remove_account" and waiting:  # it is one transaction: before it or after it
            waiting.pop()
            raise Killed(name)
        original(*args)
        if waiting:
            waiting.pop()
            raise Killed(name)

    patch.setattr(due, name, part)


def test_others_keep_everything(alice: Person, bob: Person, charlie: Person, time: Clock) -> None:
    cache.set(f"allauth:rl:change_email:user:{charlie.user_id}", [1])
    task = make_task(charlie.user_id, TaskResultStatus.SUCCESSFUL)
    ask_and_begin(bob, time)

    due.carry_out(bob.user_id)

    assert User.objects.filter(pk=charlie.user.pk, is_active=True).exists()
    assert EmailAddress.objects.filter(user=charlie.user).exists()
    assert cache.get(f"allauth:rl:change_email:user:{charlie.user_id}") == [1]
    task.refresh_from_db()
    assert charlie.client.get("/entries/").status_code == 200


def test_a_session_that_only_knows_of_the_person_goes_too(bob: Person, time: Clock) -> None:
    """Between the password and the second step nobody is signed in, and the session has the id."""
    half = bob.client.session
    half.cycle_key()
    half.update({"account_login": {"user_pk": bob.user_id, "email": "bob@example.com"}})
    half.save()
    Session.objects.exclude(session_key=half.session_key).delete()
    ask_and_begin(bob, time)

    due.carry_out(bob.user_id)

    assert not Session.objects.exists()


def test_what_hides_from_the_steps_keeps_the_account_and_is_said(
    bob: Person, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task of the person's runs and may write again: the erasure is not over before it is."""
    ask_and_begin(bob, time)
    task = make_task(bob.user_id, TaskResultStatus.RUNNING, started_at=time())

    with pytest.raises(due.ErasureUnfinished, match=str(task.id)):
        due.carry_out(bob.user_id)

    assert User.objects.filter(pk=bob.user.pk).exists()
    time.move(hours=13)
    assert due.carry_out(bob.user_id)


def test_what_comes_after_its_step_goes_in_the_second_round(
    bob: Person, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: list[str] = []
    runs: list[str] = []

    def erase(user_id: str, alive: Callable[[], None]) -> None:
        runs.append(user_id)
        here[:] = [] if len(runs) > 1 else ["late"]

    late = ErasureStep("late", "", Phase.DATA, erase, lambda user_id: list(here))
    monkeypatch.setattr(due, "erasure_steps", lambda: (late,))
    ask_and_begin(bob, time)

    assert due.carry_out(bob.user_id)
    assert len(runs) == 2


def test_two_processes_do_not_work_on_one_and_a_dead_ones_claim_ends(bob: Person, time: Clock) -> None:
    ask_and_begin(bob, time)
    assert due._Claim(bob.user_id).take()  # and dies

    assert due.carry_out(bob.user_id) is False
    time.move(minutes=16)
    assert due.carry_out(bob.user_id) is True
    assert due.carry_out(bob.user_id) is False


def test_what_has_not_begun_is_not_carried_out(bob: Person, time: Clock) -> None:
    ask_for_erasure(bob.user, by=bob.profile)

    assert due.carry_out(bob.user_id) is False
    assert bob.stored_profile() == bob.profile


def test_the_command_erases_what_is_due_and_goes_on_past_what_fails(
    alice: Person, bob: Person, charlie: Person, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (alice, bob):
        ask_for_erasure(person.user, by=person.profile)
    time.move(days=8)
    ask_for_erasure(charlie.user, by=charlie.profile)
    fails = ErasureStep("fails", "", Phase.DATA, lambda user, alive: _fail_for(alice, user), lambda user: ())
    steps = (fails, *erasure_steps())
    with monkeypatch.context() as patch:
        patch.setattr(due, "erasure_steps", lambda: steps)
        with pytest.raises(CommandError, match="1 could not be deleted to the end"):
            call_command("erase", settle=0, stdout=StringIO(), stderr=StringIO())
    listed, output = StringIO(), StringIO()
    call_command("erase", list=True, stdout=listed)
    call_command("erase", settle=0, stdout=output)

    assert listed.getvalue().startswith(f"{alice.user_id}  has begun, 0 steps done")
    assert output.getvalue() == "Deleted 1 account; 0 cannot be deleted yet.\n"
    assert [user.email for user in User.objects.all()] == ["charlie@example.com"]
    assert Erasure.objects.count() == 1


def _fail_for(person: Person, user_id: str) -> None:
    if user_id == person.user_id:
        raise OSError("no such folder")


def test_somebody_who_never_signed_in_can_be_erased(
    db: None, dynamodb: None, grace: Person, time: Clock
) -> None:
    user = make_user("late@example.com", verified=False)
    ask_for_erasure(user, by=grace.stored_profile())
    time.move(days=8)

    due.begin(str(user.pk))

    assert due.carry_out(str(user.pk))
    assert traces(str(user.pk), user.email) == []


def test_no_two_steps_have_one_name() -> None:
    names = [step.name for step in erasure_steps()]

    assert len(set(names)) == len(names) > 6
