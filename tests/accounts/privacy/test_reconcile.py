"""`manage.py reconcile`: what differs is found both ways, put right, and not found again."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Erasure, User
from accounts.privacy.erasing import GRACE, ask_for_erasure
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import delete_item, iter_scan, update_item
from carbontrack.dynamodb.tables import CARBON_DATA, ORGANIZATIONS, USERS
from emissions.services.bulk import record_entries
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.accounts.privacy.conftest import Clock
from tests.factories import NOW, USER_ID, make_entry, make_profile
from tests.fixtures.people import Person, make_user


def reconcile(**options: Any) -> list[dict[str, Any]]:
    """What it found, as `--json` tells it; that it fails where something is left is part of it."""
    output = StringIO()
    with suppress(CommandError):
        call_command("reconcile", json=True, stdout=output, stderr=StringIO(), **options)
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_where_all_agree_nothing_is_found(alice: Person, acme: Organization, dynamodb: None) -> None:
    """Somebody who has signed up and never signed in has no profile, and nothing is wrong with that."""
    make_user("new@example.com")
    record_entries(alice.user_id, [make_entry(1, user_id=alice.user_id)])
    output = StringIO()

    call_command("reconcile", stdout=output)

    assert output.getvalue() == "Nothing differs.\n"


def test_looking_changes_nothing_and_fails_so_that_a_script_notices(alice: Person) -> None:
    ProfileRepository().set_email(alice.user_id, "old@example.com")

    with pytest.raises(CommandError, match="1 difference, 0 put right"):
        call_command("reconcile", stdout=StringIO())

    assert alice.stored_profile().email == "old@example.com"


def test_an_address_that_differs_is_that_of_the_account_afterwards(alice: Person, bob: Person) -> None:
    ProfileRepository().set_email(alice.user_id, "old@example.com")

    [found] = reconcile(repair=True)

    assert (found["kind"], found["about"], found["repaired"]) == ("address", alice.user_id, True)
    assert alice.stored_profile().email == "alice@example.com"
    assert reconcile() == []


def test_a_deletion_that_is_stuck_is_carried_out(alice: Person, time: Clock) -> None:
    ask_for_erasure(alice.user, by=alice.profile)
    time.move(days=8)
    assert reconcile() == []  # due, and not late yet
    time.move(days=2)

    [found] = reconcile(repair=True)

    assert (found["kind"], found["repaired"]) == ("erasure", True)
    assert not User.objects.exists()
    assert reconcile() == []


def test_a_wish_in_half_is_whole_again_and_a_day_that_nobody_asked_for_goes(
    alice: Person, bob: Person, time: Clock
) -> None:
    ask_for_erasure(alice.user, by=alice.profile)
    User.objects.filter(pk=alice.user.pk).update(erase_at=None)
    User.objects.filter(pk=bob.user.pk).update(erase_at=NOW + timedelta(days=3))

    found = reconcile(repair=True)

    assert [each["repaired"] for each in found] == [True, True]
    alice.user.refresh_from_db()
    assert alice.user.erase_at == NOW + GRACE
    assert not Erasure.objects.filter(pk=bob.user.pk).exists()
    assert User.objects.get(pk=bob.user.pk).erase_at is None


def test_what_belongs_to_nobody_is_erased_only_when_that_is_said(alice: Person) -> None:
    """It may also be all that is left of people whose rows of SQL were lost: probe of a wrong backup."""
    ProfileRepository().add(make_profile())
    record_entries(USER_ID, [make_entry(number) for number in range(1, 4)])
    record_entries(alice.user_id, [make_entry(9, user_id=alice.user_id)])

    [looked] = reconcile(repair=True)
    kept = len(list(iter_scan(CARBON_DATA)))
    [erased] = reconcile(repair=True, erase_orphans=True)

    assert (looked["kind"], looked["about"], looked["repaired"], kept) == ("nobody", USER_ID, None, 4)
    assert erased["repaired"] is True
    assert {item["user_id"]["S"] for item in iter_scan(CARBON_DATA)} == {alice.user_id}
    assert ProfileRepository().find(USER_ID) is None
    assert reconcile() == []


def test_entries_without_a_profile_are_found_as_well(dynamodb: None, db: None) -> None:
    record_entries(USER_ID, [make_entry(1)])

    assert [each["about"] for each in reconcile()] == [USER_ID]


def test_organizations_are_looked_at_as_well(alice: Person, bob: Person, acme: Organization) -> None:
    key = {"organization_id": acme.id, "record": "organization"}
    update_item(ORGANIZATIONS, key, set={"members": 7}, remove=["directory", "directory_name"])

    found = reconcile(repair=True)

    assert {each["about"] for each in found} == {acme.id}
    assert all(each["repaired"] for each in found)
    assert OrganizationRepository(acme.id).get().members == 2
    assert reconcile() == []


def test_an_organization_without_an_administrator_is_for_people_to_hand_over(
    alice: Person, acme: Organization
) -> None:
    delete_item(USERS, {"user_id": alice.user_id})
    reconcile(repair=True)

    found = reconcile(repair=True)

    assert [(each["kind"], each["repaired"]) for each in found] == [("no administrator", None)]
