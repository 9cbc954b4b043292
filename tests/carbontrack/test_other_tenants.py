"""The ids of another organization: answered like ids that never existed, by every route that takes one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from carbontrack.dynamodb import WriteTransaction, get_item, tables
from carbontrack.policy import POLICY
from organizations.domain import Organization, Target
from organizations.repositories.organizations import OrganizationRepository
from tests.carbontrack.test_policy import ARGUMENTS
from tests.fixtures.organizations import ENGINEERING, SALES
from tests.fixtures.people import Person

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
    takers = {
        name
        for name in POLICY
        for argument in ("department_id", "user_id", "invitation_id", "target_id")
        if takes(name, argument)
    }

    assert takers == set(ROUTES)


def takes(route: str, argument: str) -> bool:
    try:
        reverse(route, kwargs={argument: ARGUMENTS[argument]})
    except Exception:
        return False
    return True


def test_a_filter_by_anothers_department_is_answered_like_one_that_never_existed(
    acme: Organization, globex: Organization, charlie: Person
) -> None:
    for address in ("/organization/dashboard/", "/organization/dashboard/export/"):
        theirs = charlie.client.get(address, {"department": SALES})
        nobodys = charlie.client.get(address, {"department": ARGUMENTS["department_id"]})

        assert theirs.status_code == nobodys.status_code == 404
        assert CHANGING.sub("", theirs.text) == CHANGING.sub("", nobodys.text)


def stored(organization: Organization) -> Any:
    """Everything the organization's own item says."""
    return get_item(
        tables.ORGANIZATIONS, {"organization_id": organization.id, "record": "organization"}, consistent=True
    )
