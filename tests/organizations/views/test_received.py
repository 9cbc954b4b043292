"""Invitations as their addressees see them: the page, the two answers, and what a look never does."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import count_requests
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.invitations import invite, revoke
from organizations.services.members import Membership
from organizations.services.sending import Offer
from tests.fixtures.faults import Faults
from tests.fixtures.organizations import SALES, join
from tests.fixtures.people import PASSWORD, Person, make_user
from tests.organizations.invitations import (
    ADMINISTRATOR,
    MEMBER,
    TEN_O_CLOCK,
    address_of,
    dana,
    link_of,
    raw_items,
    send,
)

MINE = "/invitations/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK)


def url(token: str, action: str = "") -> str:
    return f"/invitations/{token}/{action}"


def words(response: Any) -> str:
    return " ".join(response.text.split())


# -- Looking ------------------------------------------------------------------------------------------------


def test_who_is_signed_out_is_shown_the_offer_and_two_ways_on(acme: Organization, alice: Person) -> None:
    token = send(alice, "dana@example.com", Membership(Role.USER, SALES, None))

    page = Client().get(url(token))

    back = quote(url(token), safe="")
    assert page.status_code == 200
    assert "Join Acme?" in page.text
    assert "<dd>Sales</dd>" in page.text
    assert "d•••@example.com" in page.text
    assert "dana@example.com" not in page.text
    assert f'href="/account/login/?next={back}"' in page.text
    assert f'href="/account/signup/?next={back}"' in page.text
    assert "invitation-accept" not in page.text
    assert page["Cache-Control"] == "private, no-store"


def test_probe_09_looking_never_uses_it_up(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    stored = raw_items(acme)

    for client in (Client(), person.client):
        for method in ("get", "head"):
            for headers in ({}, {"Sec-Purpose": "prefetch"}, {"HX-Request": "true"}):
                assert getattr(client, method)(url(token), headers=headers).status_code == 200
        for action in ("accept/", "decline/"):
            assert client.get(url(token, action)).status_code == 405
            assert client.head(url(token, action)).status_code == 405

    assert raw_items(acme) == stored
    assert person.stored_profile().organization_id is None


def test_signed_out_nobody_accepts(acme: Organization, alice: Person) -> None:
    token = send(alice, "dana@example.com")

    response = Client().post(url(token, "accept/"))

    assert (response.status_code, response["Location"]) == (302, "/account/login/")
    assert len(raw_items(acme, "invitation#")) == 1


def test_the_addressee_finds_two_buttons(acme: Organization, alice: Person) -> None:
    token = send(alice, "dana@example.com", ADMINISTRATOR)

    page = dana().client.get(url(token))

    assert f'action="{url(token, "accept/")}"' in page.text
    assert f'action="{url(token, "decline/")}"' in page.text
    assert "<dd>Administrator</dd>" in page.text


# -- Answering ----------------------------------------------------------------------------------------------


def test_accepting_makes_a_member_and_says_welcome(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com", Membership(Role.USER, SALES, None))

    response = person.client.post(url(token, "accept/"), follow=True)

    assert response.redirect_chain == [("/organization/", 302)]
    assert "Welcome to Acme." in response.text
    profile = person.stored_profile()
    assert (profile.organization_id, profile.department_id) == (acme.id, SALES)


def test_probe_09_an_edited_role_changes_nothing(
    acme: Organization, globex: Organization, alice: Person
) -> None:
    """probe_05 as well: whatever the form says, what was offered counts."""
    person = dana()
    token = send(alice, "dana@example.com")

    person.client.post(
        url(token, "accept/") + "?role=org_admin",
        {
            "role": "org_admin",
            "access": "administrator",
            "department_id": SALES,
            "managed_departments": SALES,
            "organization_id": globex.id,
            "user_id": alice.user_id,
        },
    )

    profile = person.stored_profile()
    assert (profile.organization_id, profile.role, profile.department_id) == (acme.id, Role.USER, None)
    assert OrganizationRepository(acme.id).get().administrators == 1


def test_accepted_twice_the_second_answer_says_so(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com")
    person.client.post(url(token, "accept/"), follow=True)

    again = person.client.post(url(token, "accept/"), follow=True)
    looked = person.client.get(url(token), follow=True)

    assert "You are a member already." in again.text
    assert "You are a member already." in looked.text
    assert OrganizationRepository(acme.id).get().members == 3


def test_declining_ends_it(acme: Organization, alice: Person) -> None:
    person = dana()
    token = send(alice, "dana@example.com")

    response = person.client.post(url(token, "decline/"), follow=True)

    assert "You declined the invitation to Acme." in response.text
    assert raw_items(acme, "invitation#") == []


def test_who_belongs_elsewhere_is_asked_on_the_page(
    acme: Organization, globex: Organization, charlie: Person
) -> None:
    person = dana()
    join(person.user_id, acme.id, department_id=SALES)
    token = send(charlie, "dana@example.com")

    page = person.client.get(url(token))
    unasked = person.client.post(url(token, "accept/"))
    still = person.stored_profile().organization_id
    (moving_from,) = re.findall(r'name="moving_from" value="([^"]+)"', unasked.text)
    moved = person.client.post(url(token, "accept/"), {"moving_from": moving_from}, follow=True)

    for asking in (page, unasked):
        assert "You belong to Acme now, and one person belongs to one organization." in asking.text
        assert "what you logged there for work goes on counting there" in words(asking)
        assert "Leave Acme and join" in asking.text
    assert (unasked.status_code, still, moving_from) == (409, acme.id, acme.id)
    assert "Welcome to Globex." in moved.text
    assert person.stored_profile().organization_id == globex.id


def test_the_last_administrator_of_another_is_told_what_to_do_first(
    acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    token = send(alice, "charlie@example.com")

    page = charlie.client.get(url(token))
    forced = charlie.client.post(url(token, "accept/"), {"moving_from": globex.id})

    assert "You are its only administrator." in page.text
    assert "accept/" not in page.text
    assert forced.status_code == 409
    assert "An organization keeps at least one administrator." in forced.text


# -- Refused ------------------------------------------------------------------------------------------------


def test_probe_09_each_refusal_has_a_sentence_of_its_own(
    acme: Organization, alice: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = dana()
    used, revoked, expired, fresh = (send(alice, f"{each}@example.com") for each in ("dana", "r", "e", "f"))
    person.client.post(url(used, "accept/"))
    revoke(alice.stored_profile(), acme, link_of(revoked).invitation_id)
    expected = [
        (used, 410, "This invitation has been used"),
        (revoked, 410, "This invitation was withdrawn"),
        (fresh, 403, "This invitation is for another address"),
        (fresh[:-2], 404, "This invitation does not open"),
        ("nonsense", 404, "This invitation does not open"),
    ]

    for token, status, title in expected:
        for response in (
            charlie.client.get(url(token)),
            charlie.client.post(url(token, "accept/")),
            charlie.client.post(url(token, "decline/")),
        ):
            assert (response.status_code, f"<h1>{title}</h1>" in response.text) == (status, True), title
    monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK + timedelta(days=14))
    for client in (charlie.client, Client()):
        response = client.get(url(expired))
        assert (response.status_code, "This invitation has expired" in response.text) == (410, True)
    assert charlie.stored_profile().organization_id is None


def test_probe_09_who_has_another_address_is_told_which_in_part_and_how_to_go_on(
    acme: Organization, alice: Person, charlie: Person
) -> None:
    """The page is the same whether or not the address has an account."""
    pages = []
    for name in ("dana", "xena"):
        if name == "dana":
            dana()
        token = send(alice, f"{name}@example.com")
        page = charlie.client.get(url(token))
        pages.append(words(page).replace(token, "").replace(f"{name[0]}•••", "masked"))
        assert f"{name[0]}•••@example.com" in page.text
        assert f"{name}@example.com" not in page.text
        assert f'href="/account/logout/?next={quote(url(token), safe="")}"' in page.text

    assert pages[0] == pages[1]


# -- One's own list -----------------------------------------------------------------------------------------


def test_what_waits_is_listed_and_opens_without_the_link(
    acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    person = dana()
    send(alice, "dana@example.com")
    send(charlie, "dana@example.com")
    send(alice, "somebody.else@example.com")

    page = person.client.get(MINE)
    references = re.findall(r'href="/invitations/([^"/]+)/"', page.text)
    response = person.client.post(url(references[0], "accept/"), follow=True)

    assert len(references) == 2
    assert all(link_of(reference).secret is None for reference in references)
    assert "Welcome to" in response.text


def test_the_empty_list_says_how_to_get_one(acme: Organization, alice: Person) -> None:
    person = dana()
    send(alice, "somebody.else@example.com")

    assert "No invitation waits for you" in person.client.get(MINE).text


def test_with_an_unconfirmed_address_nothing_is_listed_but_the_link_opens(
    acme: Organization, alice: Person, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    person = dana()
    EmailAddress.objects.filter(user=person.user).update(verified=False)
    token = send(alice, "dana@example.com")
    reference = token.rpartition(".")[0]

    listed = person.client.get(MINE)
    opened = person.client.post(url(reference, "accept/"))
    by_link = person.client.post(url(token, "accept/"))

    assert "We do not know yet that" in listed.text
    assert "Acme" not in listed.text
    assert (opened.status_code, "Confirm your address first" in opened.text) == (403, True)
    assert by_link.status_code == 302
    assert person.stored_profile().organization_id == acme.id


def test_signed_out_a_reference_without_its_secret_shows_nothing(acme: Organization, alice: Person) -> None:
    reference = send(alice, "dana@example.com").rpartition(".")[0]

    for token in (reference, "NOSUCH.NOSUCH"):
        response = Client().get(url(token))
        assert (response.status_code, response["Location"]) == (
            302,
            f"/account/login/?next={quote(url(token), safe='')}",
        )


# -- From the mail to the page ------------------------------------------------------------------------------


def test_a_sign_in_leads_back_to_the_invitation(acme: Organization, alice: Person, client: Client) -> None:
    make_user("dana@example.com")
    token = send(alice, "dana@example.com")
    page = client.get(f"/account/login/?next={url(token)}")
    (back,) = set(re.findall(r'name="next" value="([^"]+)"', page.text))

    response = client.post(
        "/account/login/", {"login": "dana@example.com", "password": PASSWORD, "next": back}, follow=True
    )

    assert response.redirect_chain == [(url(token), 302)]
    assert f'action="{url(token, "accept/")}"' in response.text
    assert "You are invited to" not in response.text


def sign_up(client: Client, token: str) -> Any:
    """As from the page of an invitation."""
    page = client.get(f"/account/signup/?next={url(token)}")
    (back,) = set(re.findall(r'name="next" value="([^"]+)"', page.text))
    data = {"email": "dana@example.com", "password1": PASSWORD, "next": back}
    return client.post("/account/signup/", data, follow=True)


def test_a_sign_up_leads_back_to_the_invitation(acme: Organization, alice: Person, client: Client) -> None:
    token = send(alice, "dana@example.com")

    response = sign_up(client, token)

    assert response.redirect_chain[-1] == (url(token), 302)
    assert f'action="{url(token, "accept/")}"' in response.text


def test_where_an_address_is_confirmed_first_the_invitation_greets_at_the_sign_in_after_it(
    acme: Organization, alice: Person, client: Client, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    sign_up(client, send(alice, "dana@example.com"))
    (confirm,) = re.findall(r"http://testserver(/account/confirm-email/\S+)", str(mail.outbox[-1].body))
    client.post(confirm)

    page = sign_in(client, "dana@example.com")

    assert 'You are invited to Acme. <a href="/invitations/">' in page.text


# -- Greeting -----------------------------------------------------------------------------------------------


def sign_in(client: Client, email: str) -> Any:
    return client.post("/account/login/", {"login": email, "password": PASSWORD}, follow=True)


def test_an_invitation_that_waits_greets_after_signing_in(
    acme: Organization, alice: Person, client: Client
) -> None:
    person = dana()
    send(alice, "dana@example.com")

    with count_requests() as meter:
        client.post("/account/login/", {"login": person.user.email, "password": PASSWORD})
    page = client.get("/")

    assert 'You are invited to Acme. <a href="/invitations/">Look at the invitation</a>' in page.text
    assert [each.operation for each in meter.requests] == [
        "update_item",
        "transact_write_items",  # the sign-in is in the person's trail
        "query",
    ]


def test_several_greet_in_one_sentence(
    acme: Organization, globex: Organization, alice: Person, charlie: Person, client: Client
) -> None:
    person = dana()
    send(alice, "dana@example.com")
    send(charlie, "dana@example.com")

    assert "You are invited to 2 organizations." in sign_in(client, person.user.email).text


def test_a_name_in_the_greeting_is_only_text(acme: Organization, alice: Person, client: Client) -> None:
    person = dana()
    invite(
        alice.stored_profile(),
        replace(acme, name="<b>Acme</b>"),
        [Offer("dana@example.com", MEMBER)],
        address_of=address_of,
    )

    assert "You are invited to &lt;b&gt;Acme&lt;/b&gt;." in sign_in(client, person.user.email).text


@pytest.mark.parametrize("reason", ["expired", "member", "unconfirmed", "other"])
def test_what_cannot_be_accepted_does_not_greet(
    acme: Organization,
    alice: Person,
    client: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    reason: str,
) -> None:
    person = dana()
    send(alice, "xena@example.com" if reason == "other" else "dana@example.com")
    if reason == "expired":
        monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK + timedelta(days=14))
    if reason == "member":
        join(person.user_id, acme.id)
    if reason == "unconfirmed":
        settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
        EmailAddress.objects.filter(user=person.user).update(verified=False)

    assert "You are invited to" not in sign_in(client, person.user.email).text


def test_probe_26_a_failing_dynamodb_does_not_break_the_sign_in(
    acme: Organization, alice: Person, client: Client, faults: Faults
) -> None:
    person = dana()
    send(alice, "dana@example.com")
    faults.fail("Query", times=9)

    response = client.post("/account/login/", {"login": person.user.email, "password": PASSWORD})

    assert (response.status_code, client.session.get("_auth_user_id")) == (302, person.user_id)
