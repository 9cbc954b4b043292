"""Members are changed, removed and leave: what is stored then, who is told, and what cannot be."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError

from accounts import mail as account_mail
from accounts.domain import Role
from carbontrack import clock
from carbontrack.audit import AuditRecord
from carbontrack.dynamodb import ItemNotFound, count_requests, tables, update_item
from organizations.domain import Department, Organization
from organizations.errors import OrganizationConflict, OrganizationRefused
from organizations.repositories.organization_items import item_key
from organizations.services.changes import BEING_DELETED
from organizations.services.members import (
    CLOSED_DEPARTMENT,
    MEMBERSHIP_CHANGED,
    NO_DEPARTMENT_TICKED,
    SYSTEM_ADMINISTRATOR,
    change_member,
    leave,
    remove_member,
)
from tests.factories import NOW
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES
from tests.fixtures.people import Person
from tests.organizations.members import (
    change,
    counters,
    item_of,
    promote,
    records,
    removal,
    set_departments,
    trail,
)

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


# -- Role and department ------------------------------------------------------------------------------------


def test_member_becomes_an_administrator_of_some_departments(
    acme: Organization, alice: Person, bob: Person
) -> None:
    before = item_of(bob)

    changed = change(
        alice, bob, role=Role.ORG_ADMIN, department_id=ENGINEERING, managed_departments=(FIELD, SALES, FIELD)
    )

    assert item_of(bob) == before | {
        "role": "org_admin",
        "department_id": ENGINEERING,
        "managed_departments": [SALES, FIELD],
        "membership_version": 2,
    }
    assert changed == bob.stored_profile()
    assert counters(acme) == (2, 1, {ENGINEERING: 1})
    (record,) = trail(acme)
    assert record == AuditRecord(
        action="member.changed",
        actor_id=alice.user_id,
        actor_name="Alice",
        about="Bob",
        about_id=bob.user_id,
        before={"role": "user", "department": "Sales", "limited_to": []},
        after={
            "role": "org_admin",
            "department": "Engineering",
            "limited_to": ["Sales", "Sales › Field"],
        },
        at=NOW,
        id=record.id,
    )


def test_only_full_administrators_are_counted(acme: Organization, alice: Person, bob: Person) -> None:
    change(alice, bob, role=Role.ORG_ADMIN)
    assert counters(acme) == (2, 2, {SALES: 1})

    change(alice, bob, managed_departments=(SALES,))
    assert counters(acme) == (2, 1, {SALES: 1})

    change(alice, bob, managed_departments=None)
    assert counters(acme) == (2, 2, {SALES: 1})

    change(alice, bob, role=Role.USER)
    assert counters(acme) == (2, 1, {SALES: 1})
    assert records(acme)[-1] == ("member.changed", "Alice", "Bob", {"role": "org_admin"}, {"role": "user"})


def test_department_is_taken_away_and_given(acme: Organization, alice: Person, bob: Person) -> None:
    change(alice, bob, department_id=None)
    assert "department_id" not in item_of(bob)
    assert counters(acme) == (2, 1, {})

    change(alice, bob, department_id=FIELD)
    assert counters(acme) == (2, 1, {FIELD: 1})
    assert [record[3:] for record in records(acme)] == [
        ({"department": "Sales"}, {"department": ""}),
        ({"department": ""}, {"department": "Sales › Field"}),
    ]


def test_an_administrator_steps_down_while_another_one_stays(
    acme: Organization, alice: Person, bob: Person
) -> None:
    promote(acme, bob)

    change(alice, alice, role=Role.USER)

    assert alice.stored_profile().role is Role.USER
    assert counters(acme) == (2, 1, {SALES: 1})


def test_change_to_what_is_stored_writes_nothing(acme: Organization, alice: Person, bob: Person) -> None:
    before = item_of(bob)

    with count_requests() as meter:
        unchanged = change(alice, bob, seen_version=0)

    assert unchanged == bob.stored_profile()
    assert item_of(bob) == before
    assert {request.operation for request in meter.requests} == {"get_item"}
    assert (trail(acme), mail.outbox) == ([], [])


def test_one_change_is_two_reads_and_one_transaction(acme: Organization, alice: Person, bob: Person) -> None:
    actor = alice.stored_profile()

    with count_requests() as meter:
        change_member(
            actor,
            bob.user_id,
            role=Role.ORG_ADMIN,
            department_id=SALES,
            managed_departments=None,
            seen_version=1,
        )

    assert [each.operation for each in meter.requests] == ["get_item", "get_item", "transact_write_items"]


# -- What cannot be chosen ----------------------------------------------------------------------------------


@pytest.mark.parametrize("department_id", ["UNKNOWN0", "archived", "merged-into-archived", ""])
def test_department_has_to_be_open(
    department_id: str, acme: Organization, alice: Person, bob: Person
) -> None:
    archived = Department("archived", "Old", archived_at=NOW)
    set_departments(
        acme,
        Department(SALES, "Sales"),
        archived,
        Department("merged-into-archived", "Older", merged_into="archived"),
    )

    with pytest.raises(OrganizationRefused) as refused:
        change(alice, bob, department_id=department_id)

    assert (refused.value.field, refused.value.message) == ("department", CLOSED_DEPARTMENT)
    assert bob.stored_profile().department_id == SALES


def test_who_is_in_an_archived_department_may_stay_there(
    acme: Organization, alice: Person, bob: Person
) -> None:
    set_departments(acme, Department(SALES, "Sales", archived_at=NOW))

    change(alice, bob, role=Role.ORG_ADMIN)

    assert (bob.stored_profile().role, bob.stored_profile().department_id) == (Role.ORG_ADMIN, SALES)


def test_merged_department_stands_for_the_one_it_was_merged_into(
    acme: Organization, alice: Person, bob: Person
) -> None:
    set_departments(
        acme, Department(ENGINEERING, "Engineering"), Department(SALES, "Sales", merged_into=ENGINEERING)
    )

    change(alice, bob, department_id=ENGINEERING)
    assert (bob.stored_profile().department_id, trail(acme)) == (SALES, [])  # it is where they are already

    change(alice, bob, department_id=None)
    change(alice, bob, department_id=SALES)  # from a form drawn before the merge
    assert bob.stored_profile().department_id == ENGINEERING
    assert counters(acme) == (2, 1, {ENGINEERING: 1})


@pytest.mark.parametrize("limits", [(), ("UNKNOWN0",)])
def test_limited_administrator_needs_a_department(
    limits: tuple[str, ...], acme: Organization, alice: Person, bob: Person
) -> None:
    with pytest.raises(OrganizationRefused) as refused:
        change(alice, bob, role=Role.ORG_ADMIN, managed_departments=limits)

    assert (refused.value.field, refused.value.message) == ("departments", NO_DEPARTMENT_TICKED)
    assert bob.stored_profile().role is Role.USER


def test_limits_of_a_member_are_not_kept(acme: Organization, alice: Person, bob: Person) -> None:
    change(alice, bob, role=Role.USER, managed_departments=(SALES,), department_id=FIELD)

    assert bob.stored_profile().managed_departments is None


def test_nobody_becomes_an_administrator_of_the_platform(
    acme: Organization, alice: Person, bob: Person
) -> None:
    with pytest.raises(ValueError, match="platform"):
        change(alice, bob, role=Role.ADMIN)

    assert bob.stored_profile().role is Role.USER


def test_administrator_of_the_platform_stays_one(acme: Organization, alice: Person, bob: Person) -> None:
    update_item(tables.USERS, {"user_id": bob.user_id}, set={"role": "admin"})

    with pytest.raises(OrganizationRefused) as refused:
        change(alice, bob, role=Role.ORG_ADMIN)
    assert refused.value.message == SYSTEM_ADMINISTRATOR

    change(alice, bob, department_id=FIELD)
    assert (bob.stored_profile().role, bob.stored_profile().department_id) == (Role.ADMIN, FIELD)

    remove_member(alice.stored_profile(), bob.user_id, seen_version=2)
    assert (bob.stored_profile().role, bob.stored_profile().organization_id) == (Role.ADMIN, None)


@pytest.mark.parametrize("who", ["charlie", "nobody"])
def test_probe_02_people_of_elsewhere_are_not_found(
    who: str, acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    user_id = charlie.user_id if who == "charlie" else "00000000-0000-4000-8000-000000000000"
    before = item_of(charlie)

    with pytest.raises(ItemNotFound):
        remove_member(alice.stored_profile(), user_id, seen_version=1)
    with pytest.raises(ItemNotFound):
        change_member(
            alice.stored_profile(),
            user_id,
            role=Role.USER,
            department_id=None,
            managed_departments=None,
            seen_version=1,
        )

    assert item_of(charlie) == before
    assert (counters(acme), counters(globex)) == ((2, 1, {SALES: 1}), (1, 1, {}))


def test_nothing_changes_in_an_organization_that_is_being_deleted(
    acme: Organization, alice: Person, bob: Person
) -> None:
    update_item(tables.ORGANIZATIONS, item_key(acme.id), set={"deleting_at": "2026-11-22T09:00:00Z"})

    for act in (lambda: change(alice, bob, department_id=None), lambda: removal(alice, bob)):
        with pytest.raises(OrganizationConflict, match=BEING_DELETED):
            act()

    assert bob.stored_profile().department_id == SALES


# -- Removal and leaving ------------------------------------------------------------------------------------


def test_removed_member_keeps_nothing_of_the_organization(
    acme: Organization, alice: Person, bob: Person
) -> None:
    change(alice, bob, role=Role.ORG_ADMIN, managed_departments=(SALES,))
    before = item_of(bob)

    removed = removal(alice, bob)

    gone = {"organization_id", "department_id", "managed_departments", "joined_on"}
    assert item_of(bob) == {name: value for name, value in before.items() if name not in gone} | {
        "role": "user",
        "membership_version": 3,
    }
    assert removed == bob.stored_profile()
    assert counters(acme) == (1, 1, {})
    assert records(acme)[-1] == (
        "member.removed",
        "Alice",
        "Bob",
        {"role": "org_admin", "department": "Sales", "limited_to": ["Sales"]},
        {},
    )


def test_member_leaves_and_nobody_is_mailed(acme: Organization, bob: Person) -> None:
    left = leave(bob.stored_profile())

    assert left == bob.stored_profile()
    assert (left.organization_id, left.department_id, left.role) == (None, None, Role.USER)
    assert counters(acme) == (1, 1, {})
    assert records(acme) == [("member.left", "Bob", "Bob", {"role": "user", "department": "Sales"}, {})]
    assert mail.outbox == []


def test_removing_oneself_is_leaving(acme: Organization, alice: Person, bob: Person) -> None:
    promote(acme, bob)

    removal(alice, alice)

    assert [record[:3] for record in records(acme)] == [("member.left", "Alice", "Alice")]
    assert (counters(acme), mail.outbox) == ((1, 1, {SALES: 1}), [])


def test_who_belongs_nowhere_cannot_leave(alice: Person) -> None:
    with pytest.raises(ItemNotFound):
        leave(alice.profile)


def test_whoever_was_changed_while_leaving_is_told(acme: Organization, alice: Person, bob: Person) -> None:
    seen = bob.stored_profile()
    change(alice, bob, department_id=FIELD)

    with pytest.raises(OrganizationConflict, match=MEMBERSHIP_CHANGED):
        leave(seen)

    assert counters(acme) == (2, 1, {FIELD: 1})


# -- Mail ---------------------------------------------------------------------------------------------------


def html_of(message: Any) -> str:
    return str(message.alternatives[0][0])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"role": Role.ORG_ADMIN}, "You administer the whole organization now:"),
        (
            {"role": Role.ORG_ADMIN, "managed_departments": (SALES, ENGINEERING)},
            "You administer these of its departments now: Engineering, Sales.",
        ),
    ],
)
def test_new_role_is_told_by_mail(
    changes: dict[str, Any], sentence: str, acme: Organization, alice: Person, bob: Person
) -> None:
    change(alice, bob, **changes)

    (message,) = mail.outbox
    assert (message.to, message.subject) == (["bob@example.com"], "What you may do at Acme has changed")
    assert "Alice has changed what you may do at Acme." in message.body
    assert sentence in message.body
    assert sentence in html_of(message)


def test_demotion_is_told_by_mail(acme: Organization, alice: Person, bob: Person) -> None:
    change(alice, bob, role=Role.ORG_ADMIN)
    mail.outbox.clear()

    change(alice, bob, role=Role.USER)

    assert "You are a member now and administer nothing." in mail.outbox[0].body


def test_other_departments_to_administer_are_told_by_mail(
    acme: Organization, alice: Person, bob: Person
) -> None:
    change(alice, bob, role=Role.ORG_ADMIN, managed_departments=(SALES,))
    mail.outbox.clear()

    change(alice, bob, managed_departments=(ENGINEERING,))

    assert "these of its departments now: Engineering." in mail.outbox[0].body


def test_another_department_is_no_mail(acme: Organization, alice: Person, bob: Person) -> None:
    change(alice, bob, department_id=ENGINEERING)

    assert mail.outbox == []


def test_removal_is_told_by_mail(acme: Organization, alice: Person, bob: Person) -> None:
    removal(alice, bob)

    (message,) = mail.outbox
    assert (message.to, message.subject) == (["bob@example.com"], "You are no longer a member of Acme")
    assert "Alice has removed you from Acme." in message.body
    assert "Alice has removed you from Acme." in html_of(message)


def test_refused_change_is_no_mail(acme: Organization, alice: Person, bob: Person) -> None:
    with pytest.raises(OrganizationConflict):
        change(alice, bob, role=Role.ORG_ADMIN, seen_version=7)

    assert mail.outbox == []


def test_change_stands_where_no_mail_can_be_queued(
    acme: Organization, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **texts: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(account_mail, "send_later", broken)

    change(alice, bob, role=Role.ORG_ADMIN)

    assert bob.stored_profile().role is Role.ORG_ADMIN


def test_audit_record_has_the_moment(acme: Organization, bob: Person) -> None:
    leave(bob.stored_profile())

    assert [each.at for each in trail(acme)] == [datetime(2026, 11, 22, 10, 0, tzinfo=UTC)]
