"""What tests of erasures share: somebody with a whole life here, and a look into every corner afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.domain import Preferences, Role
from accounts.models import OutgoingMail
from accounts.privacy import due
from accounts.privacy.erasing import ask_for_erasure
from accounts.privacy.exporting import request_export
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import decode_item, iter_scan
from carbontrack.dynamodb.tables import ALL_TABLES
from emissions.domain.totals import Subject
from emissions.repositories.totals import TotalsRepository
from emissions.services.archiving.due import archive_owner
from emissions.services.bulk import record_entries
from organizations.domain import Organization
from organizations.services.members import change_member
from tests.accounts.privacy.conftest import Clock
from tests.emissions.services.recurring.repeating import make_rule
from tests.factories import NOW, make_entry
from tests.fixtures.organizations import SALES
from tests.fixtures.people import Person


def live(person: Person, organization: Organization, administrator: Person) -> None:
    """Entries of one's own (an old month is archived) and for work, a rule, a change by the administrator, a
    download, a second step, tasks and limits.
    """
    profile = person.stored_profile()
    user_id = person.user_id
    preferences = Preferences(region="gb", time_zone="Europe/London", keep_months=24)
    profile = ProfileRepository().save(replace(profile, preferences=preferences))
    own = [make_entry(number, user_id=user_id) for number in range(1, 4)]
    work = [
        make_entry(number, user_id=user_id, organization_id=organization.id, department_id=SALES)
        for number in range(4, 7)
    ]
    record_entries(user_id, own)
    record_entries(user_id, work, organization=organization)
    archive_owner(Subject.user(user_id))
    make_rule(profile, start_on=NOW.date())
    change_member(
        administrator.stored_profile(),
        user_id,
        role=Role.USER,
        department_id=None,
        managed_departments=None,
        seen_version=profile.membership_version,
    )
    _live_in_sql(person)


def _live_in_sql(person: Person) -> None:
    request_export(person.user_id, by=person.profile)
    email = person.user.email
    Authenticator.objects.create(user=person.user, type="totp", data={"secret": "x"})
    SocialAccount.objects.create(user=person.user, provider="google", uid="g-1", extra_data={"email": email})
    OutgoingMail.objects.create(recipient=email, subject="s", text="t")
    make_task(person.user_id, TaskResultStatus.SUCCESSFUL)
    make_task(f"failed for {email}", TaskResultStatus.FAILED)
    cache.set(f"allauth:rl:change_email:user:{person.user_id}", [1])


def ask_and_begin(person: Person, time: Clock) -> None:
    ask_for_erasure(person.user, by=person.stored_profile())
    time.move(days=8)
    assert due.begin(person.user_id) is None


def make_task(
    argument: str, status: TaskResultStatus, *, started_at: datetime = NOW
) -> DBTaskResult[..., Any]:
    return DBTaskResult.objects.create(
        args_kwargs={"args": [argument], "kwargs": {}},
        status=status,
        task_path="accounts.tasks.deliver",
        backend_name="default",
        run_after=started_at,
        started_at=started_at,
        finished_at=started_at,
    )


def shared_totals(organization: Organization) -> dict[str, Decimal]:
    """What every reader of an organization's totals sees: kg and entries, all months and items together."""
    sums: dict[str, Decimal] = {}
    for subject in (
        Subject.organization(organization.id),
        Subject.department(organization.id, SALES),
    ):
        for stored in TotalsRepository().iter_stored(subject):
            for name, value in stored.counters.items():
                key = f"{subject.key} {stored.month} {name}"
                sums[key] = sums.get(key, Decimal(0)) + value
    return {name: value for name, value in sums.items() if value}


def traces(user_id: str, email: str, folder: Path | None = None) -> list[str]:
    """Where a person's id or address still is, as text: every item, every row of SQL, every archived file."""
    words = [user_id, user_id.replace("-", ""), email]
    found = [*_in_dynamodb(words), *_in_sql(words)]
    if folder is not None:
        found += [str(path) for path in folder.rglob("*") if path.is_file() and _file_has(path, words)]
    return found


def _in_dynamodb(words: list[str]) -> Iterator[str]:
    for table in ALL_TABLES:
        for item in iter_scan(table):
            text = str(decode_item(item))
            if any(word in text for word in words):
                yield f"{table.name}: {text[:300]}"


def _in_sql(words: list[str]) -> Iterator[str]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                if any(word in str(cell) for cell in row for word in words):
                    yield f"{table}: {row}"[:300]
    for session in Session.objects.all():
        if any(word in str(session.get_decoded()) for word in words):
            yield f"session {session.session_key}"


def _file_has(path: Path, words: list[str]) -> bool:
    if path.suffix != ".parquet":
        return any(word.encode() in path.read_bytes() for word in words)
    import pyarrow.parquet as parquet

    text = str(parquet.read_table(path).to_pylist())
    return any(word in text for word in words)
