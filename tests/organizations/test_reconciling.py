"""What differs between an organization's record and its members is found, and put right without harm."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from carbontrack.dynamodb import update_item
from carbontrack.dynamodb.tables import ORGANIZATIONS, USERS
from organizations import reconciling
from organizations.domain import Member, Organization
from organizations.reconciling import DifferenceKind, iter_differences, repair
from organizations.repositories.directory import DirectoryRepository
from organizations.repositories.members import MemberRepository
from organizations.repositories.organization_items import item_key
from tests.fixtures.organizations import ENGINEERING, SALES, join
from tests.fixtures.people import Person
from tests.organizations.members import counters


@pytest.fixture(autouse=True)
def _no_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "INDEX_LAG_SECONDS", 0)


def found() -> list[tuple[str, DifferenceKind, str]]:
    return sorted((each.organization_id, each.kind, each.sentence) for each in iter_differences())


def test_what_is_right_is_left_alone(acme: Organization, globex: Organization) -> None:
    assert found() == []


def test_wrong_counters_are_counted_again(acme: Organization, globex: Organization) -> None:
    key = item_key(acme.id)
    update_item(ORGANIZATIONS, key, set={"members": 7, f"members#{SALES}": 0, f"members#{ENGINEERING}": 3})

    sentences = found()
    repaired = [repair(each) for each in iter_differences()]

    assert sentences == [(acme.id, DifferenceKind.COUNTERS, "Acme counts 7 members, and has 2.")]
    assert (repaired, found(), counters(acme)) == ([True], [], (2, 1, {SALES: 1}))


def test_one_who_joins_during_a_repair_is_counted(
    acme: Organization, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    update_item(ORGANIZATIONS, item_key(acme.id), set={"members": 7})
    [difference] = iter_differences()
    store = reconciling._store
    joined: list[Person] = []

    def late(*args: object) -> None:
        if not joined:
            joined.append(charlie)
            join(charlie.user_id, acme.id)
        store(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reconciling, "_store", late)

    assert repair(difference) is True
    assert counters(acme) == (3, 1, {SALES: 1})


def test_one_that_nobody_administers_is_for_people_to_put_right(acme: Organization, alice: Person) -> None:
    update_item(USERS, {"user_id": alice.user_id}, set={"role": "user"})
    update_item(ORGANIZATIONS, item_key(acme.id), set={"administrators": 0})

    [difference] = iter_differences()

    assert difference.sentence == "Nobody administers all of Acme. Hand it over: Staff, Organizations."
    assert repair(difference) is False


def test_one_of_an_older_release_is_put_into_the_directory(acme: Organization, globex: Organization) -> None:
    update_item(ORGANIZATIONS, item_key(acme.id), remove=["directory", "directory_name"])
    assert [each.name for each in DirectoryRepository().page().items] == ["Globex"]

    [difference] = iter_differences()

    assert (difference.kind, repair(difference)) == (DifferenceKind.UNLISTED, True)
    assert [each.name for each in DirectoryRepository().page().items] == ["Acme", "Globex"]
    assert found() == []


def test_one_whom_the_index_does_not_have_yet_is_not_lost(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has just joined: the record counts them, the index lags. That is no difference to repair."""
    everybody, waited = MemberRepository.all, list[float]()

    def as_the_index_has_them(members: MemberRepository) -> Iterator[Member]:
        return islice(everybody(members), 0 if waited else 1, None)

    monkeypatch.setattr(MemberRepository, "all", as_the_index_has_them)
    monkeypatch.setattr("time.sleep", waited.append)

    [difference] = [each for each in iter_differences() if each.kind is DifferenceKind.COUNTERS]

    assert repair(difference) is False
    assert counters(acme) == (2, 1, {SALES: 1})
