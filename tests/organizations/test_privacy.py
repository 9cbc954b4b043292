"""What organizations keep of somebody who was erased: what happened, and not by whom."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import count

import pytest
from allauth.account.models import EmailAddress

from accounts import trail
from accounts.domain import Preferences, Profile
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject, person_subject
from carbontrack.audit_erasure import DELETED_ACCOUNT, Erased, anonymize, iter_trail
from carbontrack.dynamodb import WriteTransaction, iter_scan
from carbontrack.dynamodb.tables import ALL_TABLES, USERS
from organizations.domain import ClosedMonth, Organization
from organizations.errors import OrganizationConflict
from organizations.privacy import KEEPER
from organizations.repositories.invitations import InvitationRepository
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.acceptance import accept
from organizations.services.invitations import revoke
from organizations.services.visits import look, visit_person
from organizations.trail import row_of
from tests.emissions.privacy.lives import Killed, dying_after
from tests.factories import NOW
from tests.fixtures.people import Person, make_person
from tests.organizations.invitations import ADMINISTRATOR, dana, link_of, send
from tests.organizations.members import counters, records

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def traces(person: Person) -> list[str]:
    """Every item but the profile that says who somebody was."""
    texts = (person.user_id, person.profile.email, person.profile.name)
    items = [json.dumps(item) for table in ALL_TABLES if table is not USERS for item in iter_scan(table)]
    return [item for item in items if any(text in item for text in texts)]


def erase(person: Person) -> None:
    for step in KEEPER.steps:
        step.erase(person.user_id, lambda: None)


@pytest.fixture
def erin(acme: Organization, globex: Organization, alice: Person, charlie: Person, grace: Person) -> Person:
    """An administrator: came by invitation, invited, closed a month, was invited elsewhere, and visited."""
    erin = dana()
    accept_by(erin, send(alice, erin.profile.email, ADMINISTRATOR))
    newcomer = send(erin, "fay@example.com")
    send(erin, "gil@example.com")
    accept_by_new(newcomer, "Fay")
    close(erin.stored_profile(), "2024-03")
    revoke_all(charlie, globex, erin.profile.email)
    send(charlie, erin.profile.email)
    visit = visit_person(grace.stored_profile(), erin.profile, reason="asked for help", minutes=30)
    look(grace.stored_profile(), visit, "entries")
    return erin


def accept_by(person: Person, token: str) -> None:
    accept(person.stored_profile(), link_of(token), email_is_verified=True, moving_from=None)


def accept_by_new(token: str, name: str) -> None:
    accept_by(make_person(name, Preferences()), token)


def close(actor: Profile, month: str) -> None:
    assert actor.organization_id is not None
    record = AuditRecord("month.closed", actor.user_id, actor.display_name, about_id=month)
    with WriteTransaction() as transaction:
        OrganizationRepository(actor.organization_id).close_month(
            ClosedMonth(month, NOW, actor.user_id), transaction=transaction
        )
        AuditRepository(organization_subject(actor.organization_id)).add(record, transaction=transaction)


def revoke_all(actor: Person, organization: Organization, email: str) -> None:
    send(actor, email)
    invitation = InvitationRepository(organization.id).by_address()[email]
    revoke(actor.stored_profile(), organization, invitation.id)


def test_nothing_tells_who_it_was_and_everything_that_was_done_stays(
    erin: Person, acme: Organization
) -> None:
    before = records(acme)
    assert traces(erin)

    erase(erin)

    assert traces(erin) == []
    after = records(acme)
    assert [record[0] for record in after] == [*(record[0] for record in before), "member.left"]
    sentences = [row_of(record).sentence for record in AuditRepository(organization_subject(acme.id)).all()]
    assert all(sentences)
    assert "A deleted account left." in sentences
    assert [text for step in KEEPER.steps for text in step.left(erin.user_id)] == []


def test_killed_at_any_write_the_steps_forget_all_the_same(
    erin: Person, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counters(acme)

    for number in count(1):
        try:
            with monkeypatch.context() as patch:
                dying_after(number, patch)
                erase(erin)
            break
        except Killed:
            continue

    assert number > 3
    assert traces(erin) == []
    assert counters(acme) == (before[0] - 1, before[1] - 1, before[2])


def test_nobody_else_loses_their_name(erin: Person, acme: Organization, alice: Person) -> None:
    erase(erin)

    names = {record[1] for record in records(acme)}
    assert names == {alice.profile.name, DELETED_ACCOUNT, "Fay"}


def test_the_last_administrator_has_to_hand_over_first(acme: Organization, alice: Person) -> None:
    step = KEEPER.steps[1]
    with pytest.raises(OrganizationConflict):
        step.erase(alice.user_id, lambda: None)

    assert alice.stored_profile().organization_id == acme.id
    assert list(step.left(alice.user_id)) == [f"member of {acme.id}"]


def test_staff_who_looked_at_somebody_is_a_deleted_account_in_their_trail(
    erin: Person, grace: Person
) -> None:
    erase(grace)

    trail = AuditRepository(person_subject(erin.user_id)).all()
    assert [(each.action, each.actor_id, each.actor_name) for each in trail] == [
        ("support.opened", "", DELETED_ACCOUNT),
        ("support.looked", "", DELETED_ACCOUNT),
    ]


def test_somebody_takes_away_their_part_of_organizations_without_the_names_of_others(
    erin: Person, acme: Organization, alice: Person
) -> None:
    rows = {section.name: list(section.rows) for section in KEEPER.sections(erin.user_id)}

    (membership,) = rows["membership"]
    assert (membership["organization"], membership["role"]) == (acme.name, "org_admin")
    assert [row["organization"] for row in rows["invitations_sent"]] == [acme.name]
    assert [row["organization"] for row in rows["invitations_received"]] == ["Globex"]
    did = [(row["action"], row["by"], row["about"]) for row in rows["organization_activity"]]
    assert ("month.closed", "you", "") in did
    assert ("invitation.sent", "somebody else", "you") in did
    assert ("invitation.sent", "you", "somebody else") in did
    for other in ("Alice", "Fay", "Charlie", "Grace", "fay@example.com", "gil@example.com"):
        assert other not in str(rows)


def test_an_address_that_is_only_claimed_opens_nothing_and_takes_nothing(
    bob: Person, acme: Organization, alice: Person
) -> None:
    """Anybody may ask to change their address to that of somebody else, who then has not confirmed it."""
    send(alice, "hal@example.com")
    EmailAddress.objects.create(user=bob.user, email="hal@example.com", verified=False)

    rows = {section.name: list(section.rows) for section in KEEPER.sections(bob.user_id)}
    erase(bob)

    assert rows["invitations_received"] == []
    assert "hal" not in str(rows)
    assert "hal@example.com" in InvitationRepository(acme.id).by_address()
    assert "hal@example.com" in [record.about for record in trail_of(acme)]


def test_a_former_address_goes_from_trails_unless_it_is_somebody_elses_now(
    acme: Organization, alice: Person
) -> None:
    ida = make_person("Ida", Preferences())
    accept_by(ida, send(alice, ida.profile.email))
    change_address(ida, "ida@example.com", "new@example.com")
    jo = make_person("Jo", Preferences())
    change_address(jo, "hal@example.com", "jo@example.com")
    make_person("Hal", Preferences())
    send(alice, "hal@example.com")

    erase(ida)
    erase(jo)

    assert traces(ida) == []
    assert [each.about for each in trail_of(acme)][-2:] == ["hal@example.com", DELETED_ACCOUNT]


def test_an_address_within_a_longer_one_is_somebody_elses(acme: Organization, alice: Person) -> None:
    ann = make_person("Ann", Preferences())
    accept_by(ann, send(alice, ann.profile.email))
    for other in ("joann@example.com", "ann@example.com.au", "jo.ann@example.com"):
        send(alice, other)

    erase(ann)

    told = [record.about for record in trail_of(acme)]
    assert [each for each in told if "ann" in each] == [
        "joann@example.com",
        "ann@example.com.au",
        "jo.ann@example.com",
    ]


def test_two_who_are_erased_at_once_do_not_bring_each_other_back(
    acme: Organization, alice: Person, bob: Person
) -> None:
    """Both read a record that has both; whoever writes last must not write what the other took out."""
    record = AuditRecord("member.changed", alice.user_id, "Alice", about="Bob", about_id=bob.user_id)
    with WriteTransaction() as transaction:
        AuditRepository(organization_subject(acme.id)).add(record, transaction=transaction)
    [stored] = iter_trail(organization_subject(acme.id))

    anonymize(stored, Erased(alice.user_id))
    anonymize(stored, Erased(bob.user_id))

    [told] = trail_of(acme)
    assert (told.actor_id, told.actor_name) == ("", DELETED_ACCOUNT)
    assert (told.about_id, told.about) == ("", DELETED_ACCOUNT)


def test_who_is_gone_joins_nothing(acme: Organization, alice: Person) -> None:
    """An invitation that was accepted while the account went must not leave half a profile behind."""
    kim = make_person("Kim", Preferences())
    token, seen = send(alice, kim.profile.email), kim.stored_profile()
    ProfileRepository().remove(kim.user_id)

    with suppress(Exception):
        accept(seen, link_of(token), email_is_verified=True, moving_from=None)

    assert ProfileRepository().stored(kim.user_id) is None
    assert counters(acme)[0] == 2


def trail_of(organization: Organization) -> list[AuditRecord]:
    return list(AuditRepository(organization_subject(organization.id)).all())


def change_address(person: Person, before: str, after: str) -> None:
    """As the product does, and what it puts on the trail."""
    EmailAddress.objects.filter(user=person.user).update(email=after)
    ProfileRepository().set_email(person.user_id, after)
    trail.note(None, person.user, "email_changed", before={"email": before}, after={"email": after})
