"""`manage.py totals verify|rebuild`: what it says, and how it ends."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from carbontrack.dynamodb import WriteTransaction
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject, TotalsDelta
from emissions.repositories.totals import TotalsRepository
from emissions.services import totals as maintenance
from emissions.services.bulk import record_entries
from tests.factories import USER_ID, make_entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dynamodb")]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "INDEX_LAG_SECONDS", 0)


def totals(*arguments: str) -> tuple[str, str]:
    """What the command printed, and what it complained of at the end."""
    output, complaint = StringIO(), ""
    try:
        call_command("totals", *arguments, stdout=output, stderr=StringIO())
    except CommandError as error:  # which ends the process with 1
        complaint = str(error)
    return output.getvalue(), complaint


def spoil(subject: Subject, **counters: str) -> None:
    delta = TotalsDelta(subject, "2024-03", {name: Decimal(value) for name, value in counters.items()})
    with WriteTransaction() as transaction:
        TotalsRepository().apply([delta], transaction=transaction)


@pytest.fixture
def user_id() -> str:
    user = User.objects.create_user("eve@example.com", "secret")
    record_entries(str(user.pk), [make_entry(1, user_id=str(user.pk), organization_id="o1")])
    return str(user.pk)


def test_verify_says_that_all_is_well(user_id: str):
    assert totals("verify", "--user", user_id) == ("All totals of 1 subject equal their entries.\n", "")
    assert totals("verify", "--all") == ("All totals of 2 subjects equal their entries.\n", "")


def test_verify_names_what_differs_and_fails(user_id: str):
    spoil(Subject.user(user_id), entries="-1", co2_emissions="0.5")

    assert totals("verify", "--user", "Eve@Example.com") == (
        f"user#{user_id} 2024-03: co2_emissions -0.5, entries +1\n",
        "Totals differ from their entries in 1 month of 1 subject. Mend them with: manage.py totals rebuild",
    )


def test_rebuild_mends_one_person_and_nobody_else(user_id: str):
    spoil(Subject.user(user_id), entries="1")
    spoil(Subject.user(USER_ID), entries="1")

    assert totals("rebuild", "--user", user_id) == (
        f"user#{user_id} 2024-03: entries -1\nMended 1 month of 1 subject.\n",
        "",
    )

    assert totals("verify", "--user", user_id)[1] == ""
    assert totals("verify", "--user", USER_ID)[1] != ""


def test_rebuild_mends_everybody_known_to_either_store(user_id: str):
    """Somebody without totals, somebody without an account, and an organization that only an entry names."""
    (stored,) = TotalsRepository().iter_stored(Subject.organization("o1"))
    spoil(Subject.organization("o1"), **{name: str(-value) for name, value in stored.counters.items()})
    spoil(Subject.user(user_id), entries="1")
    spoil(Subject.user(USER_ID), entries="1")

    output, complaint = totals("rebuild", "--all")

    assert complaint == ""
    assert sorted(line.partition(":")[0] for line in output.splitlines()) == sorted(
        [
            "Mended 3 months of 3 subjects.",
            "organization#o1 2024-03",
            f"user#{USER_ID} 2024-03",
            f"user#{user_id} 2024-03",
        ]
    )
    assert totals("verify", "--all") == ("All totals of 3 subjects equal their entries.\n", "")


def test_an_organization_that_only_an_entry_names_is_checked(user_id: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(TotalsRepository, "iter_subjects", lambda self: iter(()))
    spoil(Subject.organization("o1"), entries="1")

    assert totals("verify", "--all")[0] == "organization#o1 2024-03: entries -1\n"


def test_a_subject_that_never_rests_is_reported_and_the_others_are_checked(
    user_id: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(maintenance, "pause", lambda attempt: None)
    spoil(Subject.user(user_id), entries="7")
    spoil(Subject.user(USER_ID), entries="7")
    read = maintenance._month_entries

    def write_each_time(subject: Subject, month: str) -> list[Entry]:
        if subject == Subject.user(user_id):
            spoil(subject, entries="1")
        return [entry for entry in read(subject, month) if isinstance(entry, Entry)]

    monkeypatch.setattr(maintenance, "_month_entries", write_each_time)

    output, complaint = totals("rebuild", "--all")

    assert f"user#{USER_ID} 2024-03: entries -7" in output.splitlines()
    assert complaint == "1 subject kept changing. Run this again in a quieter moment."


@pytest.mark.parametrize(
    "arguments", [("verify",), ("verify", "--all", "--user", USER_ID), ("guess", "--all")]
)
def test_it_must_be_said_what_to_do_and_whose(arguments: tuple[str, ...]):
    with pytest.raises(CommandError):
        call_command("totals", *arguments)


def test_an_unknown_address_is_said_so():
    assert totals("verify", "--user", "nobody@example.com") == (
        "",
        "Nobody has the id or e-mail address 'nobody@example.com'.",
    )
