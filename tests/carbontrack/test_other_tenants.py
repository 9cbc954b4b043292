"""The ids of another organization: answered like ids that never existed, by every route that takes one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts.domain import Role
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, get_item, tables
from carbontrack.form_keys import new_form_key
from carbontrack.policy import POLICY, Who
from emissions.repositories.entries import EntryRepository
from emissions.repositories.recurring import RuleRepository
from organizations.domain import Organization, Target
from organizations.repositories.organizations import OrganizationRepository
from tests.carbontrack.test_policy import ARGUMENTS
from tests.emissions.views.imports.bringing import checked
from tests.emissions.views.test_recurring import filled
from tests.factories import NOW
from tests.fixtures.organizations import ENGINEERING, SALES, join
from tests.fixtures.people import Person
from tests.pages import filled_form

TARGET_ID = "01HS0000000000000000TARGET"
#: Of acme: what charlie, who administers Globex, tries to reach.
ACMES = {
    "department_id": SALES,
    "target_id": TARGET_ID,
}
#: Routes that take the id of something in one's own organization.
ROUTES = {
    "organizations:department-update": ("department_id",),
    "organizations:department-merge": ("department_id",),
    "organizations:department-archive": ("department_id",),
    "organizations:department-restore": ("department_id",),
    "organizations:member-update": ("user_id",),
    "organizations:member-remove": ("user_id",),
    "organizations:invitation-resend": ("invitation_id",),
    "organizations:invitation-revoke": ("invitation_id",),
    "emissions:target-remove": ("target_id",),
}
#: Routes that take the id of something of one's own.
PERSONAL = {
    "emissions:entry-detail": "slug",
    "emissions:entry-update": "slug",
    "emissions:entry-delete": "slug",
    "emissions:entry-repeat": "slug",
    "emissions:import-detail": "import_id",
    "emissions:import-columns": "import_id",
    "emissions:import-start": "import_id",
    "emissions:import-undo": "import_id",
    "emissions:import-discard": "import_id",
    "emissions:import-errors": "import_id",
    "emissions:rule-update": "rule_id",
    "emissions:rule-pause": "rule_id",
    "emissions:rule-resume": "rule_id",
    "emissions:rule-skip": "rule_id",
    "emissions:rule-unskip": "rule_id",
    "emissions:rule-delete": "rule_id",
}
#: Routes whose names of reports tell the period and the department.
REPORTS = ("emissions:organization-report-progress", "emissions:organization-report-file")
#: What differs from one answer to the next: the request's own id.
CHANGING = re.compile(r"<code>[0-9a-f]{32}</code>")


@pytest.fixture
def ids(acme: Organization, bob: Person) -> dict[str, str]:
    """Ids of things in acme that are really there."""
    target = Target(TARGET_ID, 2024, Decimal(1000), Decimal(40), 2030, datetime(2024, 1, 1, tzinfo=UTC))
    with WriteTransaction() as transaction:
        OrganizationRepository(acme.id).add_target(target, transaction=transaction)
        transaction.put(tables.ORGANIZATIONS, invitation_item(acme))
    return ACMES | {"user_id": bob.user_id, "invitation_id": INVITATION_ID}


INVITATION_ID = "01HS00000000000000000NV1TE"


def invitation_item(acme: Organization) -> dict[str, Any]:
    return {
        "organization_id": acme.id,
        "record": f"invitation#{INVITATION_ID}",
        "organization_name": acme.name,
        "email": "erin@example.com",
        "token_hash": "0" * 64,
        "role": "user",
        "department_id": ENGINEERING,
        "invited_by": "somebody",
        "invited_by_name": "Alice",
        "created_at": "2026-11-20T10:00:00Z",
        "expires_at": 4102444800,
        "version": 1,
    }


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
@pytest.mark.parametrize("route", ROUTES)
def test_probe_02_an_id_of_another_organization_is_one_that_never_existed(
    route: str,
    headers: dict[str, str],
    ids: dict[str, str],
    acme: Organization,
    globex: Organization,
    charlie: Person,
) -> None:
    before = stored(acme)
    for method in sorted(POLICY[route].methods):
        theirs = charlie.client.generic(
            method, reverse(route, kwargs={name: ids[name] for name in ROUTES[route]}), headers=headers
        )
        nobodys = charlie.client.generic(
            method, reverse(route, kwargs={name: ARGUMENTS[name] for name in ROUTES[route]}), headers=headers
        )

        assert theirs.status_code == nobodys.status_code == 404, method
        assert CHANGING.sub("", theirs.text) == CHANGING.sub("", nobodys.text), method
    assert stored(acme) == before


def test_every_route_that_takes_an_id_of_an_organization_is_tried() -> None:
    def takers(*arguments: str) -> set[str]:
        """Of people and organizations: the staff console is of the platform, and of nobody else."""
        names = (name for name, rule in POLICY.items() if rule.who is not Who.STAFF)
        return {name for name in names for argument in arguments if takes(name, argument)}

    assert takers("department_id", "user_id", "invitation_id", "target_id") == set(ROUTES)
    assert takers("slug", "import_id", "rule_id") == set(PERSONAL)
    # A person's report is named by its months only.
    assert takers("report_id") == {*REPORTS, "emissions:report-progress", "emissions:report-file"}


def takes(route: str, argument: str) -> bool:
    try:
        reverse(route, kwargs={argument: ARGUMENTS[argument]})
    except Exception:
        return False
    return True


@pytest.fixture
def personal_ids(acme: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Ids of things of alice's that are really there."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    alice.client.post("/log/", filled_form(alice))
    alice.client.post("/recurring/new/", filled(alice))
    return {
        "slug": EntryRepository(alice.user_id).recent(1)[0].slug,
        "import_id": checked(alice, target="me").id,
        "rule_id": RuleRepository(alice.user_id).all()[0].rule_id,
    }


def test_probe_02_an_id_of_another_person_is_one_that_never_existed(
    personal_ids: dict[str, str], acme: Organization, bob: Person, charlie: Person, globex: Organization
) -> None:
    wrong = []
    form = {"day": "2026-12-01", "version": "1", "look": "1"}
    for route, argument in PERSONAL.items():
        theirs = reverse(route, args=[personal_ids[argument]])
        nobodys = reverse(route, args=[ARGUMENTS[argument]])
        for person in (bob, charlie):
            for method in sorted(POLICY[route].methods - {"HEAD"}):
                data = form | {"key": new_form_key(person.user_id)} if method == "POST" else {}
                send = person.client.post if method == "POST" else person.client.get
                answers = [send(url, data) for url in (theirs, nobodys)]
                texts = {CHANGING.sub("", each.text) for each in answers}
                if [each.status_code for each in answers] != [404, 404] or len(texts) != 1:
                    wrong.append((route, method, [each.status_code for each in answers]))
    assert wrong == []


@pytest.mark.parametrize("route", REPORTS)
def test_probe_02_a_report_of_anothers_department_is_one_that_never_existed(
    route: str, acme: Organization, globex: Organization, charlie: Person
) -> None:
    """Also of a department that a limited administrator does not see."""
    for limits in (None, [ENGINEERING]):
        if limits:
            join(charlie.user_id, acme.id, role=Role.ORG_ADMIN, managed_departments=limits)
        theirs = charlie.client.get(reverse(route, args=[f"2026-01_2026-03_{SALES}"]))
        nobodys = charlie.client.get(reverse(route, args=["2026-01_2026-03_N0SVCH00"]))

        assert theirs.status_code == nobodys.status_code == 404
        assert CHANGING.sub("", theirs.text) == CHANGING.sub("", nobodys.text)


def test_a_filter_by_anothers_department_is_answered_like_one_that_never_existed(
    acme: Organization, globex: Organization, charlie: Person
) -> None:
    for address in (
        "/organization/dashboard/",
        "/organization/dashboard/export/",
        "/organization/report/",
    ):
        theirs = charlie.client.get(address, {"department": SALES})
        nobodys = charlie.client.get(address, {"department": ARGUMENTS["department_id"]})

        assert theirs.status_code == nobodys.status_code == 404
        assert CHANGING.sub("", theirs.text) == CHANGING.sub("", nobodys.text)


def stored(organization: Organization) -> Any:
    """Everything the organization's own item says."""
    return get_item(
        tables.ORGANIZATIONS, {"organization_id": organization.id, "record": "organization"}, consistent=True
    )
