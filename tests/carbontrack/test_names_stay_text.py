"""What people call themselves, their organization and its departments is text on pages and in mails."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import update_item
from carbontrack.dynamodb.tables import USERS
from carbontrack.form_keys import new_form_key
from carbontrack.policy import POLICY
from emissions.repositories.recurring import RuleRepository
from organizations.domain import Department, Organization
from organizations.services.members import Membership
from tests.carbontrack.test_policy import ARGUMENTS, ROUTES
from tests.emissions.views.imports.bringing import finished, uploaded
from tests.emissions.views.test_recurring import filled
from tests.emissions.views.work.logged import log
from tests.fixtures.organizations import ENGINEERING, FIELD, SALES, join, make_organization
from tests.fixtures.people import Person
from tests.organizations.invitations import send
from tests.pages import filled_form

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
#: It ends an attribute of either quote, then begins an element.
MARKUP = "\"'><img src=x onerror=alert(1)>"
#: What it comes to where somebody forgot to escape, inside a tag or outside.
RAW = ("<img src=x", "\"'>")
DEPARTMENTS = (
    Department(SALES, MARKUP),
    Department(FIELD, f"{MARKUP} field", parent_id=SALES),
    Department(ENGINEERING, f"{MARKUP} engineering"),
    Department("ARCH1VED", f"{MARKUP} archived", archived_at=NOW),
    Department("MERGED01", f"{MARKUP} merged", merged_into=SALES),
)


@pytest.fixture
def hostile(alice: Person, bob: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch) -> Organization:
    """alice administers it, charlie some of it, and everything in it has the same name."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    organization = make_organization(name=MARKUP, departments=DEPARTMENTS)
    join(alice.user_id, organization.id, role=Role.ORG_ADMIN, department_id=SALES)
    join(bob.user_id, organization.id, department_id=FIELD)
    join(charlie.user_id, organization.id, role=Role.ORG_ADMIN, managed_departments=[SALES])
    for person in (alice, bob, charlie):
        update_item(USERS, {"user_id": person.user_id}, set={"name": MARKUP})
    for month in ("2025-10", "2026-10"):
        for department in (SALES, FIELD, ENGINEERING):
            log(organization, month, department, "abcd")
    bob.client.post("/log/", filled_form(bob, work="1", department=FIELD, note=MARKUP))
    return organization


def bring_in(alice: Person, bob: Person) -> list[str]:
    """Files that are markup throughout: one that waits for its columns, one that was brought in for work."""
    out = io.StringIO()
    rows = [["2026-03-02", "Train", "100", "km", MARKUP], [MARKUP, MARKUP, "1", "km", ""]]
    csv.writer(out).writerows([["Date", "What", "How much", "Unit", MARKUP], *rows])
    said = {"name": f"{MARKUP}.csv", "target": SALES}
    return [uploaded(bob, out.getvalue(), name=said["name"]).id, finished(alice, out.getvalue(), **said).id]


def happen(alice: Person) -> str:
    """Enough for a trail, a target and a closed month. Returns the token of an invitation."""
    token = send(alice, "dana@example.com", Membership(Role.ORG_ADMIN, SALES, (SALES, FIELD)))
    target = {"base_year": "2025", "base_tonnes": "10", "reduction_percent": "30", "target_year": "2030"}
    alice.client.post("/organization/targets/", target | {"key": new_form_key(alice.user_id)})
    alice.client.post("/organization/months/2026-09/close/")
    alice.client.post("/organization/months/2026-09/reopen/", {"reason": MARKUP})
    alice.client.post("/organization/months/2026-08/close/")
    return token


def addresses(token: str, bob: Person, imports: Sequence[str], rule_id: str) -> Iterator[str]:
    for route, address in ROUTES.items():
        if "GET" in POLICY[route].methods:
            filled = address.replace(ARGUMENTS["department_id"], SALES)
            if "/imports/" in address:
                yield from (filled.replace(ARGUMENTS["import_id"], each) for each in imports)
            if "/recurring/" in address:
                yield filled.replace(ARGUMENTS["rule_id"], rule_id)
            yield filled.replace(ARGUMENTS["user_id"], bob.user_id).replace(ARGUMENTS["token"], token)
    yield f"/organization/report/?department={SALES}"
    yield "/organization/report/?period=2025"
    yield f"/organization/report/?since={MARKUP}"
    yield f"/insights/?first={MARKUP}"
    yield f"/insights/what-if/?change={MARKUP}&edit={MARKUP}"
    yield f"/organization/departments/{SALES}/merge/?into={ENGINEERING}"
    yield "/organization/departments/ARCH1VED/"
    yield f"/organization/dashboard/?department={FIELD}&type=transportation&scope=1"
    yield f"/organization/audit/?text={MARKUP}"
    yield "/organization/audit/?kind=month."
    yield f"/organization/members/?q={MARKUP}&department={SALES}"
    yield f"/organization/invitations/new/?email={MARKUP}&department={SALES}"
    yield "/log/?work=1"


@pytest.mark.no_cover
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
def test_names_that_are_markup_stay_text_on_every_page(
    headers: dict[str, str], hostile: Organization, alice: Person, bob: Person, charlie: Person
) -> None:
    shown = set()
    bob.client.post("/recurring/new/", filled(bob, work="1", department=FIELD, note=MARKUP))
    rule = RuleRepository(bob.user_id).all()[0]
    for address in addresses(happen(alice), bob, bring_in(alice, bob), rule.rule_id):
        for person in (alice, bob, charlie):
            response = person.client.get(address, headers=headers)

            if response.get("Content-Type", "").startswith("text/html"):
                assert [raw for raw in RAW if raw in response.text] == [], address
                if html.escape(MARKUP) in response.text:
                    shown.add(address)
    assert len(shown) > 25


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("departments/new/", {"name": MARKUP, "parent": ""}),
        (f"departments/{ENGINEERING}/", {"name": MARKUP, "parent": "", "seen_version": "1"}),
        ("settings/", {"name": MARKUP * 9, "headcount": MARKUP}),
        ("invitations/new/", {"email": MARKUP, "department": MARKUP, "access": MARKUP}),
        ("invitations/many/", {"people": MARKUP, "department": "", "access": "member"}),
        ("months/2026-08/reopen/", {"reason": MARKUP * 20}),
        ("delete/", {"name": f"{MARKUP} not"}),
    ],
)
def test_what_a_form_refuses_stays_text(
    address: str, data: dict[str, Any], hostile: Organization, alice: Person
) -> None:
    happen(alice)

    response = alice.client.post(f"/organization/{address}", data)

    assert response.status_code == 422
    assert [raw for raw in RAW if raw in response.text] == []
    assert html.escape(MARKUP) in response.text


def test_names_that_are_markup_stay_text_in_mails(hostile: Organization, alice: Person) -> None:
    happen(alice)

    (message,) = mail.outbox
    assert MARKUP in message.subject
    assert RAW[0] not in str(message.alternatives[0][0])  # type: ignore[attr-defined]
