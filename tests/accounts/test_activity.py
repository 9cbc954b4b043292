"""What happened with an account: what is written into its trail, and how its person reads it."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.test import Client, RequestFactory

from accounts import trail
from accounts.sentences import row_for
from accounts.signals import note_step_removed
from carbontrack.audit import AuditRecord, AuditRepository, person_subject
from carbontrack.dynamodb import WriteTransaction, count_requests
from tests.fixtures.faults import Faults
from tests.fixtures.people import PASSWORD, Person

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

URL = "/settings/activity/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GRACE = "Grace, who runs CarbonTrack,"
WHERE = ", from Firefox on Linux (127.0.0.1)"


def told(person: Person) -> list[str]:
    """The sentences of a person's trail, the latest first."""
    page = AuditRepository(person_subject(person.user_id)).page()
    return [row_for(record, person.user_id).sentence for record in page.items]


def record(person: Person, action: str, **changes: Any) -> AuditRecord:
    return AuditRecord(action, person.user_id, "Alice", about_id=person.user_id, **changes)


def add(person: Person, *records: AuditRecord) -> None:
    for each in records:
        with WriteTransaction() as transaction:
            AuditRepository(person_subject(person.user_id)).add(each, transaction=transaction)


# -- What is written ----------------------------------------------------------------------------------------


def test_probe_27_signing_in_is_told_with_what_and_from_where(alice: Person) -> None:
    Client(headers={"User-Agent": FIREFOX}).post(
        "/account/login/", {"login": alice.user.email, "password": PASSWORD}
    )

    assert told(alice) == [f"You signed in with a password{WHERE}."]
    (stored,) = AuditRepository(person_subject(alice.user_id)).page().items
    assert (stored.actor_id, stored.actor_name) == (alice.user_id, "Alice")
    assert stored.about_id == alice.user_id


@pytest.mark.parametrize(
    ("signal", "more", "sentence"),
    [
        (password_changed, {}, "You changed your password"),
        (password_set, {}, "You chose a password"),
        (password_reset, {}, "You chose a new password through a mailed link"),
        (authenticator_added, {"kind": "totp"}, "You added an authenticator app to sign in with"),
        (authenticator_added, {"kind": "webauthn"}, "You added a passkey to sign in with"),
        (authenticator_added, {"kind": "recovery_codes"}, "You made new recovery codes"),
        (authenticator_removed, {"kind": "webauthn"}, "You removed a passkey from your ways to sign in"),
        (authenticator_reset, {"kind": "recovery_codes"}, "You made new recovery codes"),
        (email_changed, {"to": "a2@example.com"}, "You changed your address to a2@example.com"),
    ],
)
def test_probe_27_a_change_of_how_one_signs_in_is_told(
    alice: Person, signal: Any, more: dict[str, str], sentence: str
) -> None:
    request = RequestFactory(headers={"User-Agent": FIREFOX}).post("/")
    request.user, request.session = alice.user, alice.client.session
    arguments: dict[str, Any] = {}
    if "kind" in more:
        arguments["authenticator"] = Authenticator(user=alice.user, type=more["kind"])
    if "to" in more:
        new = EmailAddress(user=alice.user, email=more["to"])
        arguments = {"from_email_address": None, "to_email_address": new}

    signal.send(sender=object, request=request, user=alice.user, **arguments)

    (latest,) = told(alice)
    assert latest.startswith(sentence)
    assert latest.endswith(f"{WHERE}.")


def test_recovery_codes_that_go_with_the_last_step_are_not_told_twice(alice: Person) -> None:
    codes = Authenticator(user=alice.user, type=Authenticator.Type.RECOVERY_CODES)

    note_step_removed(request=RequestFactory().get("/"), user=alice.user, authenticator=codes)

    assert told(alice) == []


def test_probe_26_signing_in_works_without_the_trail(alice: Person, client: Client, faults: Faults) -> None:
    faults.engine_gone()

    response = client.post("/account/login/", {"login": alice.user.email, "password": PASSWORD})

    assert response.status_code == 302
    assert client.session.get("_auth_user_id") == alice.user_id


def test_a_change_that_no_browser_asked_for_is_told_without_a_device(alice: Person) -> None:
    trail.note(None, alice.user, "erasure_asked")

    assert told(alice) == ["You asked for your account to be deleted."]


# -- How it is read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "values", "sentence"),
    [
        ("staff.person_disabled", {"reason": "asked"}, f"{GRACE} disabled your account."),
        ("staff.role_changed", {"role": "admin"}, f"{GRACE} made you a system administrator."),
        ("staff.role_changed", {"role": "user"}, f"{GRACE} made you an ordinary user."),
        (
            "support.opened",
            {"reason": "asked", "until": "2026-11-22T14:30:00Z"},
            f"{GRACE} opened a support visit to your entries until 22 November 2026, 14:30 UTC.",
        ),
    ],
)
def test_what_staff_did_is_told_with_their_name_and_reason(
    grace: Person, alice: Person, action: str, values: dict[str, Any], sentence: str
) -> None:
    done = AuditRecord(action, grace.user_id, "Grace", about="Alice", about_id=alice.user_id, after=values)

    row = row_for(done, alice.user_id)

    assert row.sentence == sentence
    reason = values.get("reason")
    assert [(each.label, each.after) for each in row.changes] == ([("Reason", reason)] if reason else [])


def test_what_else_is_in_the_trail_is_told_to_you(alice: Person) -> None:
    imported = record(alice, "import.finished", after={"created": 3})

    assert row_for(imported, alice.user_id).sentence.startswith("You imported")


def test_probe_27_no_value_writes_a_second_line_or_markup(alice: Person) -> None:
    add(alice, record(alice, "account.email_changed", after={"email": "a\nGrace did it.\u202e<b>x</b>"}))

    page = alice.client.get(URL).text

    assert "to a Grace did it. &lt;b&gt;x&lt;/b&gt;." in page


def test_the_page_is_ones_own_alone(alice: Person, bob: Person) -> None:
    """probe_02"""
    add(bob, record(bob, "account.export_taken"))

    page = alice.client.get(URL).text

    assert "Nothing happened yet" in page
    assert "copy of your data" not in page


def test_it_is_narrowed_and_read_a_page_at_a_time_with_one_request_each(alice: Person) -> None:
    add(alice, *(record(alice, "account.signed_in") for _ in range(51)), record(alice, "account.export_made"))

    with count_requests() as meter:
        first = alice.client.get(URL, {"kind": "account.signed_in"})
    second = alice.client.get(URL + "?" + first.context["next_query"], headers={"HX-Request": "true"})

    assert first.text.count("You signed in") == 50
    assert "copy of your data" not in first.text
    assert second.text.count("You signed in") == 1
    assert "<html" not in second.text
    assert [request.operation for request in meter.requests] == ["get_item", "query"]


def test_probe_06_a_cursor_of_somebody_else_or_of_another_list_is_refused(alice: Person, bob: Person) -> None:
    for person in (alice, bob):
        add(person, *(record(person, "account.signed_in") for _ in range(51)))
    cursor = alice.client.get(URL).context["next_query"].removeprefix("cursor=")

    refused = [
        client.get(f"{URL}?{query}").status_code
        for client, query in (
            (bob.client, f"cursor={cursor}"),
            (alice.client, f"cursor={cursor}x"),
            (alice.client, f"kind=account.&cursor={cursor}"),
        )
    ]

    assert refused == [400, 400, 400]
    assert alice.client.get(f"{URL}?cursor={cursor}").status_code == 200
