"""Totals are exact whatever the order of changes, and however many people make them at once."""

from __future__ import annotations

import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from carbontrack import clock
from carbontrack.dynamodb.errors import Conflict, ItemNotFound
from emissions.domain.entries import Entry
from emissions.domain.totals import CHANGES, Subject
from emissions.errors import UndoTooLate
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.drafts import EntryDraft
from emissions.services.entries import delete_entry, edit_entry, record_entry, repeat_entry, restore_entry
from tests.factories import NOW, entry_id_of, make_draft, make_profile

pytestmark = pytest.mark.usefixtures("dynamodb")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def stored_counters(user_id: str) -> dict[str, dict[str, Decimal]]:
    """By month, every counter of a person that is not zero."""
    return {
        stored.month: {name: value for name, value in stored.counters.items() if value}
        for stored in TotalsRepository().iter_stored(Subject.user(user_id))
    }


def counted(entries: list[Entry]) -> dict[str, dict[str, Decimal]]:
    """The same, added up here from entries, in the plainest way."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for entry in entries:
        counters = sums[f"{entry.local_date:%Y-%m}"]
        counters["entries"] += 1
        counters[f"n#{entry.local_date:%d}"] += 1
        for name in (
            "co2_emissions",
            f"category#{entry.activity_type.value}#{entry.category}",
            f"day#{entry.local_date:%d}",
            f"scope#{entry.scope.value}",
        ):
            counters[name] += entry.co2_emissions
    return {
        month: {name: value for name, value in counters.items() if value} for month, counters in sums.items()
    }


# -- Many at once -------------------------------------------------------------------------------------------


def test_eight_threads_logging_at_once_leave_exact_totals():
    profile = make_profile()

    def log(number: int) -> Entry:
        draft = make_draft(amount=Decimal(number + 1) / 7)
        return record_entry(profile, draft, entry_id=entry_id_of(number)).entry

    with ThreadPoolExecutor(8) as threads:
        entries = list(threads.map(log, range(80)))

    assert sorted(EntryRepository(profile.user_id).iter_stored(), key=lambda entry: entry.entry_id) == entries
    assert stored_counters(profile.user_id) == counted(entries)


def test_eight_threads_editing_one_entry_leave_one_winner_and_its_total():
    profile = make_profile()
    entry = record_entry(profile, make_draft(), entry_id=entry_id_of(1)).entry

    def edit(number: int) -> bool:
        draft = replace(EntryDraft.of(entry), amount=Decimal(100 + number))
        try:
            edit_entry(profile, entry.key, draft, version=1)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(edit, range(8)))

    (stored,) = EntryRepository(profile.user_id).recent(10)
    assert won == [number == int(stored.amount) - 100 for number in range(8)]
    assert stored_counters(profile.user_id) == counted([stored])


def test_eight_threads_undoing_one_deletion_count_once():
    profile = make_profile()
    entry = record_entry(profile, make_draft(), entry_id=entry_id_of(1)).entry
    undo_token = delete_entry(profile, entry.key, 1)

    with ThreadPoolExecutor(8) as threads:
        restored = list(threads.map(lambda _: restore_entry(profile, undo_token), range(8)))

    assert set(restored) == {replace(entry, version=2)}
    assert stored_counters(profile.user_id) == counted(restored[:1])


def test_eight_threads_sending_one_form_save_once():
    profile = make_profile()

    with ThreadPoolExecutor(8) as threads:
        recorded = list(
            threads.map(
                lambda _: record_entry(profile, make_draft(), entry_id=entry_id_of(1)).entry, range(8)
            )
        )

    assert len(set(recorded)) == 1
    assert stored_counters(profile.user_id) == counted(recorded[:1])


# -- Any sequence -------------------------------------------------------------------------------------------

DAYS = st.sampled_from(
    [date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31), date(2024, 12, 31), date(2025, 1, 1)]
)
TIMES = st.sampled_from([time(0, 0), time(12, 30), time(23, 30)])
ZONES = st.sampled_from(["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
AMOUNTS = st.decimals("0.001", "100000", places=3)
CHOICES = st.sampled_from(
    [("car-petrol-medium", "mile"), ("car-petrol-medium", "km"), ("beef", "kg"), ("beef", "lb")]
)


class Logbook(RuleBasedStateMachine):
    """One person logs, edits, deletes and undoes; a plain dict of what is left tells what totals must be."""

    @initialize()
    def begin(self) -> None:
        self.profile = make_profile(str(uuid.uuid4()))
        self.left: dict[str, Entry] = {}
        self.undo_tokens: list[str] = []
        self.ids = (entry_id_of(number) for number in range(1, 10**6))

    @rule(choice=CHOICES, amount=AMOUNTS, day=DAYS, at=TIMES, time_zone=ZONES, people=st.integers(1, 7))
    def log(self, choice, amount, day, at, time_zone, people) -> None:
        draft = EntryDraft(choice[0], amount, choice[1], day, at, time_zone, people=people)
        self.keep(record_entry(self.profile, draft, entry_id=next(self.ids)).entry)

    @rule(data=st.data())
    def log_again(self, data) -> None:
        if entry := self.any_entry(data):
            self.keep(repeat_entry(self.profile, entry.key, entry_id=next(self.ids)).entry)

    @rule(data=st.data(), amount=AMOUNTS, people=st.integers(1, 7))
    def edit_amount(self, data, amount, people) -> None:
        self.edit(data, amount=amount, people=people)

    @rule(data=st.data(), choice=CHOICES)
    def edit_choice(self, data, choice) -> None:
        self.edit(data, variant=choice[0], unit=choice[1])

    @rule(data=st.data(), day=DAYS, at=TIMES)
    def edit_moment(self, data, day, at) -> None:
        self.edit(data, local_date=day, local_time=at)

    @rule(data=st.data(), note=st.text(st.characters(codec="utf-8", categories=["L", "N"]), max_size=5))
    def edit_note(self, data, note) -> None:
        self.edit(data, note=note)

    @rule(data=st.data())
    def edit_too_late(self, data) -> None:
        if entry := self.any_entry(data):
            with pytest.raises(Conflict):
                edit_entry(
                    self.profile,
                    entry.key,
                    replace(EntryDraft.of(entry), amount=entry.amount + 1),
                    version=entry.version + 1,
                )

    @rule(data=st.data())
    def delete(self, data) -> None:
        if entry := self.any_entry(data):
            self.undo_tokens.append(delete_entry(self.profile, entry.key, entry.version))
            del self.left[entry.entry_id]
            with pytest.raises(ItemNotFound):
                delete_entry(self.profile, entry.key, entry.version)

    @rule(data=st.data())
    def undo(self, data) -> None:
        if self.undo_tokens:
            undo_token = data.draw(st.sampled_from(self.undo_tokens))
            with suppress(UndoTooLate):  # it was undone before
                self.keep(restore_entry(self.profile, undo_token))

    def edit(self, data, **changes) -> None:
        if entry := self.any_entry(data):
            draft = replace(EntryDraft.of(entry), **changes)
            self.keep(edit_entry(self.profile, entry.key, draft, version=entry.version).entry)

    def any_entry(self, data) -> Entry | None:
        return self.left[data.draw(st.sampled_from(sorted(self.left)))] if self.left else None

    def keep(self, entry: Entry) -> None:
        self.left[entry.entry_id] = entry

    def teardown(self) -> None:
        if not hasattr(self, "profile"):
            return
        user_id = self.profile.user_id
        entries = list(EntryRepository(user_id).iter_stored())

        assert {entry.entry_id: entry for entry in entries} == self.left
        assert not_empty(stored_counters(user_id)) == counted(entries)

        for entry in entries:
            delete_entry(self.profile, entry.key, entry.version)
        for stored in TotalsRepository().iter_stored(Subject.user(user_id)):
            assert set(stored.counters.values()) == {Decimal(0)}
            assert CHANGES not in stored.counters


def not_empty(counters: dict[str, dict[str, Decimal]]) -> dict[str, dict[str, Decimal]]:
    return {month: values for month, values in counters.items() if values}


@pytest.mark.no_cover
def test_any_sequence_of_adds_edits_deletes_and_undos_equals_the_sum_of_what_is_left():
    run_state_machine_as_test(
        Logbook,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
