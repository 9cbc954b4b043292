"""Totals of organizations, departments and people are exact whatever several people do in any order."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from accounts.domain import Profile
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from emissions.domain.entries import Entry
from emissions.domain.scopes import WorkScope
from emissions.domain.totals import Subject
from emissions.errors import EntryRefused
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.bulk import record_entries
from emissions.services.drafts import EntryDraft, Work, entry_of
from emissions.services.entries import delete_entry, edit_entry, record_entry, repeat_entry, restore_entry
from organizations.domain import Department, Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.emissions.services.working import counted, totals_of
from tests.factories import NOW, entry_id_of, make_profile
from tests.fixtures.organizations import make_organization

pytestmark = pytest.mark.usefixtures("dynamodb")

DEPARTMENTS = ("D1", "D2", "D3")
#: Sizes on both sides of a change of shards, so that an organization grows and shrinks while people write.
MEMBERS = (2, 100, 1_000, 100_000)

DAYS = st.sampled_from(
    [date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31), date(2024, 12, 31), date(2025, 1, 1)]
)
TIMES = st.sampled_from([time(0, 0), time(23, 30)])
AMOUNTS = st.decimals("0.001", "1000", places=3)
CHOICES = st.sampled_from([("car-petrol-medium", "km"), ("train", "km"), ("walking-cycling", "km")])
PEOPLE = st.integers(0, 2)
#: For whom: nobody, one's organization without a department, or one of its departments; and a scope or none.
PLACES = st.sampled_from([None, "-", *DEPARTMENTS])
SCOPES = st.sampled_from([None, "1", "3.6", "3.7"])


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


class Company(RuleBasedStateMachine):
    """Three people and two organizations; a plain dict of what is left tells what all totals must be."""

    @initialize()
    def begin(self) -> None:
        departments = [Department(each, each) for each in DEPARTMENTS]
        names = [f"o{number}-{uuid.uuid4()}" for number in range(2)]
        self.organizations = [make_organization(name, departments=departments) for name in names]
        self.people = [
            make_profile(str(uuid.uuid4()), organization_id=names[number % 2]) for number in range(3)
        ]
        self.left: dict[str, Entry] = {}
        self.undo_tokens: list[tuple[str, str]] = []
        self.ids = (entry_id_of(number) for number in range(1, 10**6))

    @rule(who=PEOPLE, choice=CHOICES, amount=AMOUNTS, day=DAYS, at=TIMES, place=PLACES, scope=SCOPES)
    def log(self, who, choice, amount, day, at, place, scope) -> None:
        profile = self.people[who]
        draft = EntryDraft(choice[0], amount, choice[1], day, at, "UTC")
        draft = replace(draft, work=self.work(profile, place, scope))
        organization = self.organization_of(profile)
        self.keep(record_entry(profile, draft, entry_id=next(self.ids), organization=organization).entry)

    @rule(who=PEOPLE, days=st.lists(DAYS, min_size=1, max_size=4), place=PLACES)
    def log_many(self, who, days, place) -> None:
        profile = self.people[who]
        work = self.work(profile, place, None)
        drafts = [EntryDraft("train", Decimal(5), "km", day, time(9), "UTC", work=work) for day in days]
        entries = [entry_of(profile, draft, entry_id=next(self.ids)) for draft in drafts]
        record_entries(profile.user_id, entries, organization=self.organization_of(profile))
        for entry in entries:
            self.keep(entry)

    @rule(data=st.data())
    def log_again(self, data) -> None:
        if entry := self.any_entry(data):
            self.keep(repeat_entry(self.author(entry), entry.key, entry_id=next(self.ids)).entry)

    @rule(data=st.data(), amount=AMOUNTS)
    def edit_amount(self, data, amount) -> None:
        self.edit(data, amount=amount)

    @rule(data=st.data(), day=DAYS, at=TIMES)
    def edit_moment(self, data, day, at) -> None:
        self.edit(data, local_date=day, local_time=at)

    @rule(data=st.data(), choice=CHOICES)
    def edit_choice(self, data, choice) -> None:
        self.edit(data, variant=choice[0], unit=choice[1])

    @rule(data=st.data(), place=PLACES, scope=SCOPES)
    def edit_work(self, data, place, scope) -> None:
        """Between departments, from personal to work and back, and from a former employer to the new one."""
        if entry := self.any_entry(data):
            work = self.work(self.author(entry), place, scope)
            self.change(entry, work=work)

    @rule(data=st.data(), day=DAYS, place=PLACES)
    def edit_all_at_once(self, data, day, place) -> None:
        if entry := self.any_entry(data):
            self.change(entry, local_date=day, work=self.work(self.author(entry), place, None))

    @rule(data=st.data())
    def delete(self, data) -> None:
        if entry := self.any_entry(data):
            undo_token = delete_entry(self.author(entry), entry.key, entry.version)
            self.undo_tokens.append((entry.user_id, undo_token))
            del self.left[entry.entry_id]

    @rule(data=st.data())
    def undo(self, data) -> None:
        if self.undo_tokens:
            user_id, undo_token = data.draw(st.sampled_from(self.undo_tokens))
            profile = next(each for each in self.people if each.user_id == user_id)
            with suppress(EntryRefused):  # it was undone before
                self.keep(restore_entry(profile, undo_token))

    @rule(who=PEOPLE, organization=st.sampled_from([None, 0, 1]))
    def change_employer(self, who, organization) -> None:
        name = None if organization is None else self.organizations[organization].id
        self.people[who] = replace(self.people[who], organization_id=name)

    @rule(which=st.integers(0, 1), members=st.sampled_from(MEMBERS))
    def grow(self, which, members) -> None:
        self.organizations[which] = replace(self.organizations[which], members=members)

    @rule(which=st.integers(0, 1), pair=st.permutations(DEPARTMENTS))
    def merge(self, which, pair) -> None:
        """One department into another, which moves no entry."""
        organization = OrganizationRepository(self.organizations[which].id).get()
        if all((each := organization.find_department(name)) and each.is_open for name in pair[:2]):
            departments = tuple(
                replace(each, merged_into=pair[1]) if each.id == pair[0] else each
                for each in organization.departments
            )
            with WriteTransaction() as transaction:
                OrganizationRepository(organization.id).save(
                    replace(organization, departments=departments),
                    seen_version=organization.version,
                    transaction=transaction,
                )
            members = self.organizations[which].members
            self.organizations[which] = replace(organization, departments=departments, members=members)

    def edit(self, data, **changes) -> None:
        if entry := self.any_entry(data):
            self.change(entry, **changes)

    def change(self, entry: Entry, **changes) -> None:
        profile = self.author(entry)
        draft = replace(EntryDraft.of(entry), **changes)
        organization = self.organization_of(profile)
        self.keep(
            edit_entry(profile, entry.key, draft, version=entry.version, organization=organization).entry
        )

    def work(self, profile: Profile, place: str | None, scope: str | None) -> Work | None:
        if place is None or profile.organization_id is None:
            return None
        return Work(
            profile.organization_id,
            None if place == "-" else place,
            None if scope is None else WorkScope.parse(scope),
        )

    def organization_of(self, profile: Profile) -> Organization | None:
        return next((each for each in self.organizations if each.id == profile.organization_id), None)

    def author(self, entry: Entry) -> Profile:
        return next(each for each in self.people if each.user_id == entry.user_id)

    def any_entry(self, data) -> Entry | None:
        return self.left[data.draw(st.sampled_from(sorted(self.left)))] if self.left else None

    def keep(self, entry: Entry) -> None:
        self.left[entry.entry_id] = entry

    def teardown(self) -> None:
        if not hasattr(self, "people"):
            return
        entries = [entry for each in self.people for entry in EntryRepository(each.user_id).iter_stored()]
        assert {entry.entry_id: entry for entry in entries} == self.left
        for subject in self.subjects():
            assert totals_of(subject) == counted(entries, subject), subject.key

        for entry in entries:
            delete_entry(self.author(entry), entry.key, entry.version)
        for subject in self.subjects():
            assert totals_of(subject) == {}, subject.key
            assert all(
                month.counters == {} for month in TotalsRepository().months(subject, "2024-01", "2026-12")
            )

    def subjects(self) -> list[Subject]:
        names = [each.id for each in self.organizations]
        return [
            *(Subject.user(each.user_id) for each in self.people),
            *(Subject.organization(name) for name in names),
            *(Subject.department(name, each) for name in names for each in DEPARTMENTS),
        ]


@pytest.mark.no_cover
def test_any_sequence_of_several_people_leaves_totals_that_equal_the_sums():
    run_state_machine_as_test(
        Company,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
