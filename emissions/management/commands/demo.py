"""Make a demo person and a demo organization with eighteen months of activities, and print the sign-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand
from rich.progress import Progress

from accounts.domain import PersonalTarget, Preferences, Profile
from carbontrack import clock
from carbontrack.terminal import progress_bar
from emissions.demo import REGION, TIME_ZONE, Planned, organization, person
from emissions.demo.founding import employ, set_target
from emissions.demo.people import demo_password, make_profile, make_user
from emissions.demo.routines import set_rules
from emissions.demo.staff import EMAIL as STAFF_EMAIL
from emissions.demo.staff import make_administrator
from emissions.domain.totals import Subject
from emissions.repositories.totals import TotalsRepository
from emissions.services.bulk import BulkRecorded, record_entries
from emissions.services.drafts import entry_of
from emissions.services.overview import count_platform
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository

EMAIL = "demo@example.com"
NAME = "Robin Demo"
TARGET = PersonalTarget(Decimal(4000), by=date(2028, 12, 31), base_kg=Decimal(6500), base_on=date(2026, 1, 1))


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: Any) -> None:
        password = demo_password()
        alone = self._person(password)
        together = self._organization(password)
        administrator, limited, member = organization.colleagues()[:3]
        self.stdout.write(
            f"{alone.created:,} activities logged, {alone.existing:,} were there before.\n"
            f"Sign in as {EMAIL} with the password {password}\n"
            f"\n"
            f"{organization.NAME}: {together.created:,} work entries logged, {together.existing:,} were "
            f"there before.\n"
            f"With the same password: {administrator.email} (administrator), {limited.email} "
            f"(administrator of Sales), {member.email} (member)"
        )
        self._administrator(password)
        count_platform()

    def _administrator(self, password: str) -> None:
        """Who runs the platform, for whom a password is not enough."""
        codes = make_administrator(password)
        if codes is None:
            return
        self.stdout.write(f"{STAFF_EMAIL} runs the platform and shows a second step to do so.")
        if codes:
            self.stdout.write(f"These codes are shown only now, and each works once: {', '.join(codes)}")
        else:
            self.stdout.write("Its recovery codes were shown when it was made.")

    def _person(self, password: str) -> BulkRecorded:
        preferences = Preferences(region=REGION, time_zone=TIME_ZONE, target=TARGET)
        profile = make_profile(make_user(EMAIL, password), NAME, preferences)
        set_rules(profile)
        with progress_bar(self.stderr) as progress:
            return self._record([(profile, person.plan(clock.now()))], progress, "Logging activities")

    def _organization(self, password: str) -> BulkRecorded:
        """Forty people and what they logged for work. Only the first three of them can sign in."""
        now = clock.now()
        colleagues = organization.colleagues()
        plans = []
        with progress_bar(self.stderr) as progress:
            task = progress.add_task("Hiring people", total=len(colleagues))
            for colleague in colleagues:
                profile = employ(colleague, password if colleague.number < 3 else None)
                plans.append((profile, organization.plan(colleague, now)))
                progress.advance(task)
            # Its size decides how far its totals spread, so it is read after everybody has joined.
            employer = OrganizationRepository(organization.ORGANIZATION_ID).get()
            result = self._record(plans, progress, "Logging their work", employer)
        set_target(_yearly_kg(now.year - 1))
        return result

    def _record(
        self,
        plans: Sequence[tuple[Profile, list[Planned]]],
        progress: Progress,
        title: str,
        employer: Organization | None = None,
    ) -> BulkRecorded:
        task = progress.add_task(title, total=sum(len(planned) for _, planned in plans))
        created = existing = 0
        for profile, planned in plans:
            result = record_entries(
                profile.user_id,
                (entry_of(profile, one.draft, entry_id=one.entry_id) for one in planned),
                organization=employer,
                progress=lambda done: progress.advance(task, done),
            )
            created += result.created
            existing += result.existing
        return BulkRecorded(created, existing)


def _yearly_kg(year: int) -> Decimal:
    """kg CO2e a year at the pace of the months of `year` that have entries, rounded to tonnes."""
    subject = Subject.organization(organization.ORGANIZATION_ID)
    months = [
        month.co2_emissions
        for month in TotalsRepository().months(subject, f"{year}-01", f"{year}-12")
        if month.entries
    ]
    return round(sum(months, Decimal(0)) * 12 / (len(months) or 1), -3)
