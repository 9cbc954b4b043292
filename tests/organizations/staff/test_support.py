"""Support visits: what they open, for whom, for how long, and that whoever is visited reads of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain import Role
from accounts.staff.errors import StaffConflict
from carbontrack import clock
from carbontrack.audit import AuditRepository, organization_subject, person_subject
from carbontrack.dynamodb import count_requests, update_item
from carbontrack.dynamodb.tables import ORGANIZATIONS, USERS
from emissions.services.bulk import record_entries
from organizations.domain import Organization
from organizations.repositories.organization_items import item_key
from organizations.repositories.organizations import OrganizationRepository
from organizations.services.handing_over import hand_over
from organizations.services.suspension import suspend
from organizations.services.visits import end_visit, look, visit_organization, visit_person
from tests.emissions.views.work.logged import log
from tests.factories import make_entry
from tests.fixtures.organizations import SALES
from tests.fixtures.people import Person, show_proof
from tests.pages import text_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REASON = "Ticket 4711: figures look doubled."
PAGES = ("dashboard", "members", "months", "audit", "entries")
At = Callable[[timedelta], None]


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> At:
    def move(by: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOW + by)

    move(timedelta(0))
    return move


def begin(client: Any, url: str, *, minutes: int = 15) -> str:
    """Begin a visit in the browser. Returns the address under which its pages are."""
    response = client.post(url, {"reason": REASON, "minutes": str(minutes)})
    assert response.status_code == 302, text_of(response)
    return str(response["Location"]).rpartition("/")[0].rpartition("/")[0] + "/"


def visit(client: Any, organization: Organization) -> str:
    return begin(client, f"/staff/organizations/{organization.id}/visit/")


def visit_of(client: Any, person: Person) -> str:
    return begin(client, f"/staff/people/{person.user_id}/visit/")


def told(subject: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [(each.action, each.actor_name, dict(each.after)) for each in AuditRepository(subject).all()]


def statuses(client: Any, base: str) -> dict[str, int]:
    return {page: client.get(f"{base}{page}/").status_code for page in PAGES}


def log_privately(person: Person, note: str) -> None:
    record_entries(
        person.user_id,
        [make_entry(1, user_id=person.user_id, note=note, co2_emissions=Decimal("14.263416"))],
    )


# -- Beginning ----------------------------------------------------------------------------------------------


def test_a_visit_needs_a_reason_and_a_time_and_nothing_is_noted_without(
    acme: Organization, grace: Person
) -> None:
    url = f"/staff/organizations/{acme.id}/visit/"
    asked = grace.client.get(url)
    refused = grace.client.post(url, {"reason": "support", "minutes": "600"})

    assert "audit trail" in text_of(asked)
    assert refused.status_code == 422
    assert re.findall(r'id="id_(\w+)_error"', refused.content.decode()) == ["reason", "minutes"]
    assert told(organization_subject(acme.id)) == []


@pytest.mark.parametrize("user_id", ["00000000-0000-4000-8000-00000000dead", "x" * 3000])
def test_nobody_is_not_visited(grace: Person, user_id: str) -> None:
    assert grace.client.get(f"/staff/people/{user_id}/visit/").status_code == 404


# -- What it opens ------------------------------------------------------------------------------------------


def test_an_organization_reads_who_looked_at_what_and_why(
    acme: Organization, alice: Person, grace: Person
) -> None:
    """Probe 27: the tenant sees the staff's view in its own trail, each kind of page once."""
    base = visit(grace.client, acme)
    seen = statuses(grace.client, base)
    statuses(grace.client, base)
    grace.client.post(f"{base}end/")
    grace.client.post(f"{base}end/")

    assert seen == {"dashboard": 200, "members": 200, "months": 200, "audit": 200, "entries": 404}
    assert told(organization_subject(acme.id)) == [
        ("support.opened", "Grace", {"reason": REASON, "until": "2026-11-22T12:15:00Z"}),
        *(("support.looked", "Grace", {"page": page}) for page in PAGES[:4]),
        ("support.ended", "Grace", {}),
    ]
    trail = text_of(alice.client.get("/organization/audit/"))
    assert REASON in trail
    assert "Grace looked at the members on a support visit." in trail


def test_what_a_member_logs_for_themselves_is_in_no_visit_of_their_organization(
    acme: Organization, bob: Person, grace: Person
) -> None:
    log_privately(bob, "my secret trip")
    log(acme, "2026-10", SALES, "abc", "10")
    base = visit(grace.client, acme)

    for page in PAGES[:4]:
        text = text_of(grace.client.get(f"{base}{page}/"))
        assert "my secret trip" not in text
        assert "14.3" not in text


def test_figures_of_few_people_are_withheld_from_a_visitor_too(acme: Organization, grace: Person) -> None:
    log(acme, "2026-10", SALES, "ab", "123")
    base = visit(grace.client, acme)

    text = text_of(grace.client.get(f"{base}dashboard/"))

    assert "Withheld" in text
    assert "246" not in text
    assert "Fewer than 3 people logged" in text_of(grace.client.get(f"{base}months/"))


def test_a_visited_person_reads_of_it_and_their_entries_are_shown(bob: Person, grace: Person) -> None:
    log_privately(bob, "to <b>work</b> and back")
    base = visit_of(grace.client, bob)

    seen = statuses(grace.client, base)
    page = grace.client.get(f"{base}entries/")

    assert seen == {"dashboard": 404, "members": 404, "months": 404, "audit": 200, "entries": 200}
    assert "to <b>work</b> and back" in text_of(page)
    assert "<b>work</b>" not in page.content.decode()
    assert [each[0] for each in told(person_subject(bob.user_id))] == [
        "support.opened",
        "support.looked",
        "support.looked",
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_visit_is_read_only_and_its_links_stay_in_it(
    acme: Organization, bob: Person, grace: Person, page: str
) -> None:
    log(acme, "2026-10", SALES, "abc", "10")
    update_item(ORGANIZATIONS, item_key(acme.id), set={"floor_area_m2": Decimal(100)})
    log_privately(bob, "home")
    base = visit_of(grace.client, bob) if page == "entries" else visit(grace.client, acme)

    html = grace.client.get(f"{base}{page}/").content.decode()
    main = html[html.index('<section class="visit-band"') : html.index("</main>")]

    forms = re.findall(r'<form[^>]*method="(\w+)"[^>]*action="([^"]*)"', main)
    assert [action for method, action in forms if method == "post"] == [f"{base}end/"]
    links = set(re.findall(r'(?:href|hx-get|hx-post|formaction)="([^"#]+)', main))
    assert {each for each in links if not each.startswith((base, "?", "/static/"))} == set()
    assert "download" not in main
    assert f"<strong>Support visit: {'Bob' if page == 'entries' else 'Acme'}</strong>" in main
    assert REASON in main


def test_filters_of_the_dashboard_are_answered_with_the_part_they_change(
    acme: Organization, grace: Person
) -> None:
    log(acme, "2026-10", SALES, "abc", "10")
    base = visit(grace.client, acme)

    response = grace.client.get(f"{base}dashboard/?department={SALES}", headers={"HX-Request": "true"})

    assert response.content.decode().lstrip().startswith("<title>Acme: Sales in 2026")
    assert response["HX-Push-Url"] == f"{base}dashboard/?department={SALES}"


# -- Its end ------------------------------------------------------------------------------------------------


def test_a_visit_ends_by_itself_and_then_shows_nothing(acme: Organization, grace: Person, later: At) -> None:
    base = visit(grace.client, acme)

    later(timedelta(minutes=15))
    answers = [grace.client.get(f"{base}{page}/") for page in PAGES[:4]]
    grace.client.post(f"{base}end/")

    assert [each.status_code for each in answers] == [410] * 4
    assert all("The visit is over" in text_of(each) and "alice" not in text_of(each) for each in answers)
    assert [each[0] for each in told(organization_subject(acme.id))] == ["support.opened"]


def test_a_look_that_comes_after_the_end_is_not_noted_and_one_is_noted_once(
    acme: Organization, grace: Person
) -> None:
    """Two clicks at the same moment read the same visit."""
    profile = grace.stored_profile()
    opened = visit_organization(profile, acme, reason=REASON, minutes=15)

    assert look(profile, opened, "members")
    assert look(profile, opened, "members")
    end_visit(profile, opened)
    end_visit(profile, opened)
    assert not look(profile, opened, "months")

    actions = [each[0] for each in told(organization_subject(acme.id))]
    assert actions == ["support.opened", "support.looked", "support.ended"]


def test_probe_04_who_ran_the_platform_a_moment_ago_visits_suspends_and_hands_over_nothing(
    acme: Organization, bob: Person, grace: Person
) -> None:
    """Their request was let in, then another administrator took the right away."""
    as_it_was = grace.stored_profile()
    opened = visit_organization(as_it_was, acme, reason=REASON, minutes=15)
    before = told(organization_subject(acme.id))
    update_item(USERS, {"user_id": grace.user_id}, set={"role": Role.USER.value})

    for act in (
        lambda: look(as_it_was, opened, "members"),
        lambda: visit_organization(as_it_was, acme, reason=REASON, minutes=15),
        lambda: visit_person(as_it_was, bob.profile, reason=REASON, minutes=15),
        lambda: suspend(as_it_was, acme.id, reason=REASON),
        lambda: hand_over(as_it_was, acme, "bob@example.com", reason=REASON, address_of=str),
        lambda: hand_over(as_it_was, acme, "mallory@example.com", reason=REASON, address_of=str),
    ):
        with pytest.raises(StaffConflict):
            act()

    assert told(organization_subject(acme.id)) == before
    assert told(person_subject(bob.user_id)) == []
    assert OrganizationRepository(acme.id).get().suspended_at is None
    assert not bob.stored_profile().is_organization_admin


def test_another_staff_members_visit_is_not_found(acme: Organization, charlie: Person, grace: Person) -> None:
    update_item(USERS, {"user_id": charlie.user_id}, set={"role": Role.ADMIN.value})
    show_proof(charlie.client, charlie.user, "password", "mfa")
    base = visit(grace.client, acme)

    assert set(statuses(charlie.client, base).values()) == {404}
    assert charlie.client.post(f"{base}end/").status_code == 404
    assert grace.client.get(f"{base}members/").status_code == 200
    assert "Acme" in text_of(grace.client.get("/staff/visits/"))
    assert "No visits" in text_of(charlie.client.get("/staff/visits/"))


def test_a_page_costs_what_it_costs_its_owner_and_one_look_at_the_visit(
    acme: Organization, grace: Person
) -> None:
    base = visit(grace.client, acme)
    with count_requests() as meter:
        grace.client.get(f"{base}dashboard/")
        grace.client.get(f"{base}dashboard/")

    operations = [each.operation for each in meter.requests]
    again = ["get_item", "get_item", "query", "query"]
    assert operations == ["get_item", "get_item", "transact_write_items", "query", "query", *again]
