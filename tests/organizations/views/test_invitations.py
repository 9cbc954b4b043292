"""The pages from which people are invited: the list, one person, many."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import count_requests
from organizations.domain import Organization
from organizations.repositories.invitations import InvitationRepository
from organizations.repositories.reports import InvitationReport, InvitationReportRepository, ReportRow
from organizations.services.members import Membership
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join
from tests.fixtures.people import Person
from tests.organizations.invitations import (
    TEN_O_CLOCK,
    audit_of,
    dana,
    link_of,
    mailed_tokens,
    raw_items,
    send,
    send_many,
)

LIST, NEW, MANY = (
    "/organization/invitations/",
    "/organization/invitations/new/",
    "/organization/invitations/many/",
)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK)


def offers(organization: Organization) -> dict[str, tuple[str, str | None, tuple[str, ...] | None]]:
    """What each invited address is offered."""
    return {
        each.email: (each.role.value, each.department_id, each.managed_departments)
        for each in InvitationRepository(organization.id).by_address().values()
    }


def words(response: Any) -> str:
    return " ".join(response.text.split())


# -- The list -----------------------------------------------------------------------------------------------


def test_the_empty_list_teaches_the_first_step(acme: Organization, alice: Person) -> None:
    page = alice.client.get(LIST)

    assert "Nobody is invited just now" in page.text
    assert f'href="{NEW}">Invite somebody</a>' in page.text


def test_the_list_says_who_to_what_until_when_and_by_whom(
    acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(alice, "old@example.org")
    monkeypatch.setattr(clock, "now", lambda: TEN_O_CLOCK + timedelta(days=14))
    send(alice, "ann@example.org", Membership(Role.ORG_ADMIN, FIELD, (SALES, ENGINEERING)))

    with count_requests() as meter:
        page = words(alice.client.get(LIST))

    assert "<strong>ann@example.org</strong>" in page
    assert "Administrator of some departments: Sales, Engineering · Sales › Field · invited by Alice" in page
    assert "open until 20 December 2026" in page
    assert "expired on 6 December 2026" in page
    assert meter.count == 3  # profile, organization, invitations


def test_a_limited_administrator_sees_those_into_their_departments(
    acme: Organization, alice: Person, charlie: Person
) -> None:
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])
    send(alice, "field@example.org", Membership(Role.USER, FIELD, None))
    send(alice, "engineer@example.org", Membership(Role.USER, ENGINEERING, None))
    send(alice, "nowhere@example.org")

    page = charlie.client.get(LIST).text

    assert [name in page for name in ("field@", "engineer@", "nowhere@")] == [True, False, False]


def test_more_than_a_page_goes_on_behind_a_cursor(acme: Organization, alice: Person, settings: Any) -> None:
    settings.INVITATIONS_PER_HOUR = 100
    send_many(alice, [f"person{number}@example.org" for number in range(51)])

    first = alice.client.get(LIST)
    second = alice.client.get(f"{LIST}?cursor={first.context['next_cursor']}")

    assert (first.text.count("Send again<"), second.text.count("Send again<")) == (50, 1)
    assert alice.client.get(f"{LIST}?cursor=tampered").status_code == 400


# -- One person ---------------------------------------------------------------------------------------------


def test_one_person_is_invited(acme: Organization, alice: Person) -> None:
    response = alice.client.post(
        NEW, {"email": " Ann@Example.org ", "department": SALES, "access": "member"}, follow=True
    )

    assert response.redirect_chain == [(LIST, 302)]
    assert "The invitation to ann@example.org is on its way." in response.text
    assert offers(acme) == {"ann@example.org": ("user", SALES, None)}
    assert mail.outbox[0].to == ["ann@example.org"]


def test_an_administrator_of_some_departments_is_invited(acme: Organization, alice: Person) -> None:
    data = {"email": "ann@example.org", "department": "", "access": "limited", "departments": [SALES, FIELD]}

    assert alice.client.post(NEW, data).status_code == 302
    assert offers(acme) == {"ann@example.org": ("org_admin", None, (SALES, FIELD))}


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"email": "ann"}, "email", "Write an email address such as name@example.com."),
        ({"email": ""}, "email", "Write an email address such as name@example.com."),
        ({"email": "a@exa\u200bmple.org"}, "email", "This address has a character that cannot be seen."),
        ({"department": "NOSUCH"}, "department", "Choose a department from the list."),
        ({"access": "admin"}, "access", "Choose one of these."),
        ({"access": "limited"}, "departments", "Tick at least one department."),
        ({"access": "limited", "departments": ["NO"]}, "departments", "Choose from these departments."),
        ({"email": "bob@example.com"}, "email", "Whoever has this address is a member already."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(
    acme: Organization, alice: Person, changes: dict[str, Any], field: str, sentence: str
) -> None:
    data = {"email": "ann@example.org", "department": SALES, "access": "administrator"} | changes

    response = alice.client.post(NEW, data)

    assert response.status_code == 422
    assert f'id="id_{field}_error">{sentence}' in response.text
    assert f'<option value="{SALES}" selected>' in response.text or "department" in changes
    assert raw_items(acme, "invitation") == []


def test_probe_05_other_fields_of_a_form_change_nothing(
    acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    alice.client.post(
        f"{NEW}?organization_id={globex.id}",
        {
            "email": "ann@example.org",
            "department": "",
            "access": "member",
            "role": "admin",
            "organization_id": globex.id,
            "token_hash": "0" * 64,
            "managed_departments": SALES,
            "invited_by": charlie.user_id,
            "version": "7",
        },
    )

    (item,) = raw_items(acme, "invitation#")
    assert (item["role"], item["version"], item["invited_by"]) == ("user", 1, alice.user_id)
    assert item["token_hash"] != "0" * 64
    assert raw_items(globex, "invitation#") == []


def test_a_limited_administrator_has_no_field_for_roles(
    acme: Organization, alice: Person, charlie: Person
) -> None:
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])
    page = charlie.client.get(NEW).text

    response = charlie.client.post(
        NEW, {"email": "ann@example.org", "department": FIELD, "access": "administrator"}
    )
    elsewhere = charlie.client.post(NEW, {"email": "eve@example.org", "department": ENGINEERING})

    assert ('name="access"' in page, "Engineering" in page) == (False, False)
    assert (response.status_code, elsewhere.status_code) == (302, 422)
    assert offers(acme) == {"ann@example.org": ("user", FIELD, None)}


def test_probe_10_over_the_limit_one_is_told_when_to_go_on_and_loses_nothing(
    acme: Organization, alice: Person, settings: Any
) -> None:
    settings.INVITATIONS_PER_HOUR = 1
    send_many(alice, [f"person{number}@example.org" for number in range(3)])

    response = alice.client.post(
        NEW, {"email": "ann@example.org", "department": SALES, "access": "administrator"}
    )

    assert response.status_code == 429
    assert response["Retry-After"] == "2370"  # 10:20:30 to 11:00
    assert "Your organization can send 3 invitations an hour" in response.text
    assert "You can go on at 11:00" in response.text
    assert 'value="ann@example.org"' in response.text
    assert f'<option value="{SALES}" selected>' in response.text


def test_probe_10_fifty_one_after_the_other_are_throttled(globex: Organization, charlie: Person) -> None:
    statuses = [
        charlie.client.post(NEW, {"email": f"p{number}@example.org", "access": "member"}).status_code
        for number in range(50)
    ]

    assert statuses == [302] * 41 + [429] * 9


def test_probe_10_the_answer_is_the_same_for_known_and_unknown_addresses(
    acme: Organization, alice: Person
) -> None:
    """dana has an account, xena has none."""
    dana()
    answers = []
    for name in ("dana", "xena"):
        with count_requests() as meter:
            response = alice.client.post(
                NEW, {"email": f"{name}@example.com", "access": "member"}, follow=True
            )
        invitation_id = link_of(mailed_tokens()[-1]).invitation_id
        alice.client.post(f"{LIST}{invitation_id}/revoke/", follow=True)
        answers.append((response.redirect_chain, meter.count, len(response.content)))

    assert answers[0] == answers[1]


# -- Sending again, taking back -----------------------------------------------------------------------------


def test_send_again_and_take_back(acme: Organization, alice: Person) -> None:
    invitation_id = link_of(send(alice, "ann@example.org")).invitation_id

    again = alice.client.post(f"{LIST}{invitation_id}/resend/", follow=True)
    back = alice.client.post(f"{LIST}{invitation_id}/revoke/", follow=True)
    gone = alice.client.post(f"{LIST}{invitation_id}/revoke/")

    assert "A new invitation to ann@example.org is on its way. The earlier link has ended." in again.text
    assert "The invitation to ann@example.org is taken back: its link has ended." in back.text
    assert f'href="{NEW}?email=ann%40example.org&amp;department="' in back.text
    assert 'value="ann@example.org"' in alice.client.get(f"{NEW}?email=ann%40example.org").text
    assert gone.status_code == 404
    assert len(mail.outbox) == 2


def test_probe_10_sending_again_over_the_limit_is_told_in_words(
    acme: Organization, alice: Person, settings: Any
) -> None:
    settings.INVITATIONS_PER_HOUR = 1
    send_many(alice, ["a@example.org", "b@example.org", "c@example.org"])
    invitation_id = InvitationRepository(acme.id).page().items[0].id

    response = alice.client.post(f"{LIST}{invitation_id}/resend/")

    assert (response.status_code, response["Retry-After"]) == (429, "2370")
    assert "You can go on at 11:00" in response.text


def test_probe_02_another_organizations_invitation_is_404_with_the_same_body(
    acme: Organization, alice: Person, globex: Organization, charlie: Person
) -> None:
    theirs = link_of(send(charlie, "ann@example.org")).invitation_id
    bodies = [
        alice.client.post(f"{LIST}{each}/{action}/", headers={"X-Request-ID": "the-same-one"})
        for each in (theirs, "01HS000000000000000000NONE")
        for action in ("resend", "revoke")
    ]

    assert {response.status_code for response in bodies} == {404}
    assert len({len(response.content) for response in bodies}) == 1
    assert len(raw_items(globex, "invitation#")) == 1


def test_probe_03_a_limited_administrator_may_not_touch_others_of_their_organization(
    acme: Organization, alice: Person, bob: Person, charlie: Person
) -> None:
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])
    other = link_of(send(alice, "ann@example.org", Membership(Role.USER, ENGINEERING, None))).invitation_id

    for person in (charlie, bob):
        assert person.client.post(f"{LIST}{other}/revoke/").status_code == 403
        assert person.client.post(f"{LIST}{other}/resend/").status_code == 403
    assert bob.client.get(LIST).status_code == 403


# -- Many ---------------------------------------------------------------------------------------------------


def many(person: Person, people: str = "", **data: Any) -> Any:
    return person.client.post(
        MANY, {"people": people, "department": "", "access": "member", **data}, follow=True
    )


def rows(response: Any) -> list[tuple[int, str, str]]:
    report = response.context["report"]
    return [(each.row.line, each.row.email, each.row.outcome) for each in report.rows]


def test_a_pasted_list_is_reported_row_by_row(acme: Organization, alice: Person, bob: Person) -> None:
    response = many(
        alice,
        "email;department;role\n"
        "ann@example.org;Sales;\n"
        "nobody;Sales;\n"
        "\n"
        "bob@example.com;;\n"
        "eve@example.org;Marketing;\n"
        "ann@example.org;;\n"
        "fay@example.org;sales > field;Department administrator\n"
        "gus@example.org;;admin\n"
        "hal@example.org;;\n",
        department=ENGINEERING,
    )

    assert response.redirect_chain[0][0].startswith(f"{MANY}?report=")
    assert rows(response) == [
        (2, "ann@example.org", "sent"),
        (3, "nobody", "not-an-address"),
        (5, "bob@example.com", "member"),
        (6, "eve@example.org", "unknown-department"),
        (7, "ann@example.org", "duplicate"),
        (8, "fay@example.org", "sent"),
        (9, "gus@example.org", "unknown-role"),
        (10, "hal@example.org", "sent"),
    ]
    assert offers(acme) == {
        "ann@example.org": ("user", SALES, None),
        "fay@example.org": ("org_admin", FIELD, (FIELD,)),
        "hal@example.org": ("user", ENGINEERING, None),
    }
    assert "3 invitations sent" in response.text
    assert "3 rows need a look." in words(response)
    assert response.context["form"]["people"].value() == (
        "email,department,role\nnobody,Sales,\neve@example.org,Marketing,\ngus@example.org,,admin\n"
    )
    assert f'<option value="{ENGINEERING}" selected>' in response.text


def test_an_uploaded_list_is_read(acme: Organization, alice: Person) -> None:
    table = "Department\tE-mail\r\nSales\tZoë Example <zoe@example.org>\r\n"
    file = SimpleUploadedFile("people.csv", table.encode("utf-16"))

    response = many(alice, file=file)

    assert rows(response) == [(2, "zoe@example.org", "sent")]
    assert offers(acme) == {"zoe@example.org": ("user", SALES, None)}


def test_probe_10_what_is_over_the_limit_is_kept_for_later(globex: Organization, charlie: Person) -> None:
    people = [f"person{number}@example.org" for number in range(50)]

    response = many(charlie, "\n".join(people), access="administrator")
    again = many(charlie, response.context["form"]["people"].value())

    assert "41 invitations sent" in response.text
    assert "9 wait: your organization can send 41 invitations an hour." in response.text
    assert "You can go on at 12:00." in response.text  # charlie's clock is in Berlin
    assert response.context["form"]["people"].value() == "\n".join(people[41:])
    assert response.context["form"]["access"].value() == "administrator"
    assert (again.status_code, again["Retry-After"]) == (429, "2370")
    assert again.context["form"]["people"].value() == "\n".join(people[41:])
    assert len(mail.outbox) == 41


def test_a_report_is_shown_again_after_a_reload_and_to_nobody_else(
    acme: Organization, globex: Organization, alice: Person, charlie: Person
) -> None:
    url = many(alice, "ann@example.org").redirect_chain[0][0]

    again, other = alice.client.get(url), charlie.client.get(url)

    assert rows(again) == [(1, "ann@example.org", "sent")]
    assert "report" not in other.context
    assert "This report is not kept any more." in other.text
    assert len(mail.outbox) == 1


def test_a_report_stays_with_the_organization_it_was_sent_from(
    acme: Organization, globex: Organization, alice: Person
) -> None:
    report = InvitationReport(globex.id, (ReportRow(1, "ann@example.org", "", "", "sent"),))
    report_id = InvitationReportRepository(alice.user_id).add(report, TEN_O_CLOCK)

    page = alice.client.get(f"{MANY}?report={report_id}")

    assert "ann@example.org" not in page.text
    assert "This report is not kept any more." in page.text


def test_of_a_list_with_nobody_to_invite_nothing_is_lost(acme: Organization, alice: Person) -> None:
    file = SimpleUploadedFile("people.csv", b"nobody\nann@example.org,Marketing\n")

    response = many(alice, file=file)

    assert response.status_code == 422
    assert [row[2] for row in rows(response)] == ["not-an-address", "unknown-department"]
    assert response.context["form"]["people"].value() == "nobody\nann@example.org,Marketing\n"
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Paste some addresses, or choose a file."),
        ({"people": "\n ,, \n"}, "There is nobody in this list."),
        ({"people": "a@example.org\n" * 1001}, "At most 1,000 people at a time."),
        ({"people": "x" * 300_001}, "This is too long for one list."),
        (
            {"people": "a@example.org", "file": b"b@example.org"},
            "Paste a list or upload one, not both at once.",
        ),
        ({"file": b"PK\x03\x04 a workbook"}, "This is a spreadsheet or document. Save it as CSV"),
        ({"file": b"a@example.org\n" * 80_000}, "This is too long for one list."),
        ({"people": "a@example.org", "department": "NOSUCH"}, "Choose a department from the list."),
        ({"people": "a@example.org", "access": "admin"}, "Choose one of these."),
    ],
)
def test_probe_25_what_is_no_list_is_refused_with_a_sentence(
    acme: Organization, alice: Person, data: dict[str, Any], sentence: str
) -> None:
    if "file" in data:
        data = data | {"file": SimpleUploadedFile("people.csv", data["file"])}

    response = many(alice, **data)

    assert response.status_code == 422
    assert sentence in response.text
    assert raw_items(acme, "invitation") == []


def test_a_limited_administrator_uploads_members_of_their_departments(
    acme: Organization, charlie: Person
) -> None:
    join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=[SALES])

    response = many(
        charlie,
        "email,department,role\na@example.org,Sales,\nb@example.org,Engineering,\n"
        "c@example.org,Sales,administrator\nd@example.org,,\n",
        access="administrator",
    )

    assert [row[2] for row in rows(response)] == [
        "sent",
        "unknown-department",
        "not-allowed",
        "no-department",
    ]
    assert offers(acme) == {"a@example.org": ("user", SALES, None)}


def test_probe_24_what_a_list_says_stays_inert_in_the_report(acme: Organization, alice: Person) -> None:
    response = many(alice, "ann@example.org\n\"<script>alert(1)</script>\"\n=cmd|'/c calc'!A1\n")

    assert "<script>alert" not in response.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text
    assert [row[2] for row in rows(response)] == ["sent", "not-an-address", "not-an-address"]


def test_every_invitation_of_a_list_is_in_the_audit_trail(acme: Organization, alice: Person) -> None:
    many(alice, "a@example.org, b@example.org")

    assert sorted((record.action, record.about) for record in audit_of(acme.id)) == [
        ("invitation.sent", "a@example.org"),
        ("invitation.sent", "b@example.org"),
    ]
