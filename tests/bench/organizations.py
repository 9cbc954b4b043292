"""Organizations of 10 and of 10,000 members: their dashboard, their member list, and many who log at once."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.test import Client

from accounts.domain import Preferences, Profile, Role
from accounts.models import User
from accounts.profile_items import profile_to_item
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import WriteTransaction, batch_write, count_requests
from carbontrack.dynamodb.tables import CARBON_DATA, EMISSION_TOTALS, USERS
from emissions.domain.entries import Entry
from emissions.domain.totals import CHANGES, Subject, totals_deltas
from emissions.repositories.entries import sort_key
from emissions.repositories.entry_items import entry_to_item
from emissions.repositories.totals import TotalsRepository, add_counters, period_key, spread_for
from emissions.services.drafts import EntryDraft, Work
from emissions.services.entries import record_entry
from organizations.domain import Department, Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.bench.people import DAYS, PASSWORD, REGION, make_entries
from tests.bench.report import Section
from tests.bench.timing import best_of
from tests.factories import entry_id_of

#: Members, departments, work entries.
SIZES = (
    (10, 3, 1_000),
    (10, 3, 100_000),
    (10_000, 3, 1_000),
    (10_000, 3, 100_000),
    (10_000, 20, 100_000),
)
QUICK_SIZES = ((10, 3, 1_000), (200, 3, 1_000))
#: At most so many of the members have logged.
MOST_AUTHORS = 1_000
PEOPLE_AT_ONCE = 200
FOUNDED_AT = datetime(2024, 1, 1, tzinfo=UTC)


def measure(sizes: tuple[tuple[int, int, int], ...], *, today: date) -> list[Section]:
    pages = {
        "dashboard": "/organization/dashboard/",
        "one department": "/organization/dashboard/?department={department}",
        "members, a page": "/organization/members/",
    }
    rows: list[tuple[str, ...]] = []
    first_ms: dict[str, float] = {}
    for number, (members, departments, entries) in enumerate(sizes):
        organization, administrator = make(
            f"bench-{number}", members=members, departments=departments, entries=entries, today=today
        )
        client = signed_in(administrator)
        for name, address in pages.items():
            url = address.format(department=organization.departments[0].id)
            get = _getter(client, url)
            get()
            with count_requests() as meter:
                get()
            timing = best_of(get, rounds=9, repeats=3)
            against = first_ms.setdefault(name, timing.cpu_ms)
            rows.append(
                (
                    name,
                    f"{members:,}",
                    str(departments),
                    f"{entries:,}",
                    str(meter.count),
                    f"{meter.read_units:g}",
                    f"{timing.cpu_ms:.1f}",
                    f"{timing.cpu_ms / against:.2f} ×",
                )
            )
    rows.sort(key=lambda row: row[0])
    return [
        Section(
            "Pages of an organization",
            (
                "page",
                "members",
                "departments",
                "work entries",
                "requests",
                "read units",
                "CPU, ms",
                "against the smallest",
            ),
            rows,
            "Through the views, profile included: a dashboard is profile, organization and totals. A page of "
            "members has 50 rows, and 10 where there are no more.",
        ),
        logging_at_once(organization, today=today),
    ]


def make(
    name: str, *, members: int, departments: int, entries: int, today: date
) -> tuple[Organization, Profile]:
    """An organization with that many members, of whom as many as fit have logged that many work entries."""
    organization_id = f"01HS000000000000000{name.upper().replace('-', ''):>7.7}".replace(" ", "0")
    ids = [f"BENCH{number:03d}" for number in range(departments)]
    profiles = [_profile(name, number, organization_id, ids) for number in range(members)]
    organization = Organization(
        id=organization_id,
        name=name,
        country=REGION,
        sector="",
        headcount=members,
        floor_area_m2=Decimal(1000),
        reporting_year_start=1,
        minimum_group=3,
        created_at=FOUNDED_AT,
        members=members,
        administrators=1,
        departments=tuple(
            Department(each, each.title(), members=len(profiles[number::departments]))
            for number, each in enumerate(ids)
        ),
    )
    with WriteTransaction() as transaction:
        OrganizationRepository(organization_id).add(organization, transaction=transaction)
    user = User.objects.create_user(email=f"{name}@example.com", password=PASSWORD)
    administrator = replace(
        profiles[0],
        user_id=str(user.pk),
        email=user.email,
        role=Role.ORG_ADMIN,
    )
    profiles[0] = administrator
    batch_write(USERS, puts=(profile_to_item(profile) for profile in profiles))
    _store_work(profiles[:MOST_AUTHORS], entries, organization, today=today)
    return organization, administrator


def _store_work(authors: list[Profile], entries: int, organization: Organization, *, today: date) -> None:
    """So many entries and all their totals, each total on the shards where the services would put it."""
    spread = spread_for(organization.members)
    totals: dict[tuple[Subject, str], dict[str, Decimal]] = {}
    for number, author in enumerate(authors):
        made = list(_work_entries(author, entries // len(authors), today=today, number=number))
        batch_write(CARBON_DATA, puts=(entry_to_item(entry, sort_key(entry.key)) for entry in made))
        for delta in totals_deltas(added=made):
            period = period_key(delta.month, settings.DYNAMODB_REGION, spread.shard(delta, author.user_id))
            add_counters(totals.setdefault((delta.subject, period), {CHANGES: Decimal(0)}), delta.counters)
    batch_write(
        EMISSION_TOTALS,
        puts=(
            {"subject": subject.key, "period": period, **counters, CHANGES: Decimal(1)}
            for (subject, period), counters in totals.items()
        ),
    )


def _profile(name: str, number: int, organization_id: str, departments: list[str]) -> Profile:
    user_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name} {number}"))
    return Profile(
        user_id=user_id,
        email=f"{name}-{number}@example.com",
        created_at=FOUNDED_AT,
        last_login=FOUNDED_AT,
        name=f"Member {number:05d}",
        organization_id=organization_id,
        department_id=departments[number % len(departments)],
        preferences=Preferences(region=REGION),
        membership_version=1,
    )


def _work_entries(author: Profile, count: int, *, today: date, number: int) -> Iterator[Entry]:
    """Spread over the same two years for everybody, each beginning on another day."""
    for entry in make_entries(author.user_id, count, today=today - timedelta(days=number * 7 % DAYS)):
        yield replace(entry, organization_id=author.organization_id, department_id=author.department_id)


def signed_in(profile: Profile) -> Client:
    client = Client(raise_request_exception=True, headers={"host": "localhost"})
    client.force_login(User.objects.get(pk=profile.user_id))
    return client


def _getter(client: Client, url: str) -> Callable[[], None]:
    def get() -> None:
        response = client.get(url)
        if response.status_code != 200:
            raise RuntimeError(f"{url} answered {response.status_code}")

    return get


def logging_at_once(organization: Organization, *, today: date) -> Section:
    """Everybody presses the button in the same moment; then the totals are counted."""
    month = f"{today:%Y-%m}"
    before = _counted(organization, month)
    errors: list[Exception] = []
    barrier = threading.Barrier(PEOPLE_AT_ONCE)
    profiles = [
        _profile("at-once", number, organization.id, [each.id for each in organization.departments])
        for number in range(PEOPLE_AT_ONCE)
    ]
    draft = EntryDraft("train", Decimal(30), "km", today, time(8, 0), "UTC")

    def log(number: int, profile: Profile) -> None:
        work = Work(organization.id, profile.department_id, None)
        barrier.wait()
        try:
            record_entry(
                profile,
                replace(draft, work=work),
                entry_id=entry_id_of(5_000_000 + number),
                organization=organization,
            )
        except Exception as error:  # whatever it is: it is what a person would have seen
            errors.append(error)

    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)  # more threads than connections
    with count_requests() as meter:
        threads = [
            threading.Thread(target=copy_context().run, args=(log, *item)) for item in enumerate(profiles)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    after = _counted(organization, month)
    logged, people = after[0] - before[0], after[1] - before[1]
    stored = ProfileRepository()  # nobody of them has a profile: nothing but entries and totals was written
    assert stored.find(profiles[0].user_id) is None
    return Section(
        f"{PEOPLE_AT_ONCE} people log for one organization at once",
        ("threads", "errors", "entries counted", "people counted", "transactions tried again"),
        [
            (
                str(PEOPLE_AT_ONCE),
                str(len(errors)),
                str(logged),
                str(people),
                str(max(0, meter.count - 2 * PEOPLE_AT_ONCE)),
            )
        ],
        "One process, so many threads. The embedded engine lets one transaction after the other through; "
        "on DynamoDB those that meet on an item are tried again with jitter.",
    )


def _counted(organization: Organization, month: str) -> tuple[int, int]:
    [totals] = TotalsRepository().months(Subject.organization(organization.id), month, month)
    return totals.entries, totals.participants
