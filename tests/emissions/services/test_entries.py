"""What people do with entries: the entry and its totals change together, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import BadRequest

from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, count_requests
from carbontrack.dynamodb.errors import Conflict, ItemNotFound
from emissions.calculation import AmountOutOfRange, CalculationError
from emissions.domain.entries import Entry
from emissions.domain.totals import MonthTotals, Subject, totals_deltas
from emissions.errors import DayOutOfRange, EntryRefused, FormAlreadySaved, NoteTooLong, UndoTooLate
from emissions.filters import EntryFilters, Period
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.drafts import EntryDraft
from emissions.services.entries import (
    Edited,
    delete_entry,
    edit_entry,
    record_entry,
    repeat_entry,
    restore_entry,
)
from tests.factories import NOW, USER_ID, entry_id_of, make_draft, make_entry, make_factor, make_profile

pytestmark = pytest.mark.usefixtures("dynamodb")

PROFILE = make_profile()
STRANGER = make_profile("5f0f1b1e-0000-4000-8000-000000000b0b")
#: 50 miles × 1.609344 km × 0.17726 kg (the UK's edition of 2024).
KG = Decimal("14.263616")
ID = entry_id_of(1)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time

    def move(self, **duration: float) -> None:
        self.time += timedelta(**duration)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(clock, "now", stopped)
    return stopped


def month(text: str = "2024-03", user_id: str = USER_ID) -> MonthTotals:
    (totals,) = TotalsRepository().months(Subject.user(user_id), text, text)
    return totals


def stored() -> list[Entry]:
    return EntryRepository(USER_ID).recent(100)


# -- Log ----------------------------------------------------------------------------------------------------


def test_logging_stores_the_entry_and_counts_it():
    recorded = record_entry(PROFILE, make_draft(note=" to Nan's "), entry_id=ID)

    assert recorded.created
    assert stored() == [recorded.entry]
    assert recorded.entry.co2_emissions == KG
    assert recorded.entry.note == "to Nan's"
    assert recorded.entry.created_at == NOW
    assert (recorded.entry.unit, recorded.entry.factor.year) == ("mile", 2024)
    assert month() == MonthTotals(
        "2024-03",
        {
            "entries": Decimal(1),
            "co2_emissions": KG,
            "category#transportation#car": KG,
            "day#15": KG,
            "n#15": Decimal(1),
            "scope#1": KG,
        },
    )


def test_logging_is_one_transaction_and_nothing_else():
    with count_requests() as meter:
        record_entry(PROFILE, make_draft(), entry_id=ID)

    assert [request.operation for request in meter.requests] == ["transact_write_items"]


def test_the_same_form_twice_saves_once(now: Clock):
    first = record_entry(PROFILE, make_draft(), entry_id=ID)
    now.move(seconds=3)

    second = record_entry(PROFILE, make_draft(), entry_id=ID)

    assert not second.created
    assert second.entry == first.entry
    assert stored() == [first.entry]
    assert month().entries == 1


def test_the_same_form_an_hour_later_saves_once_although_dynamodb_has_forgotten(
    now: Clock, monkeypatch: pytest.MonkeyPatch
):
    first = record_entry(PROFILE, make_draft(), entry_id=ID)
    now.move(hours=1)
    monkeypatch.setattr("emissions.services.entries.record_token", lambda user_id, entry_id: "another")

    second = record_entry(PROFILE, make_draft(), entry_id=ID)

    assert (second.created, second.entry) == (False, first.entry)
    assert month().entries == 1


@pytest.mark.parametrize(
    "changes", [{"amount": Decimal(60)}, {"local": "2024-04-01T08:00"}, {"note": "other"}]
)
def test_the_same_form_with_other_content_is_asked_about(changes: dict[str, Any]):
    first = record_entry(PROFILE, make_draft(), entry_id=ID).entry

    with pytest.raises(FormAlreadySaved) as refused:
        record_entry(PROFILE, make_draft(**changes), entry_id=ID)

    assert stored() == [first]
    assert (
        refused.value.message
        == "This form has saved an entry before. To save this one as well, send it again."
    )


def test_two_forms_in_the_same_second_are_two_entries():
    record_entry(PROFILE, make_draft(), entry_id=entry_id_of(1))
    record_entry(PROFILE, make_draft(), entry_id=entry_id_of(2))

    assert len(stored()) == 2
    assert month().co2_emissions == 2 * KG


def test_half_past_eleven_on_new_years_eve_in_los_angeles_counts_in_december():
    profile = make_profile(region="us-camx", time_zone="America/Los_Angeles")
    draft = make_draft("2024-12-31T23:30", time_zone="America/Los_Angeles")

    entry = record_entry(profile, draft, entry_id=ID).entry

    assert entry.occurred_at == datetime(2025, 1, 1, 7, 30, tzinfo=UTC)
    assert (month("2024-12").entries, month("2024-12").day(31)) == (1, entry.co2_emissions)
    assert month("2025-01").entries == 0
    assert EntryRepository(USER_ID).page(EntryFilters(period=Period.parse("2024"))).items == (entry,)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"local": "2026-11-24T00:00"}, DayOutOfRange),
        ({"local": "1989-12-31T00:00"}, DayOutOfRange),
        ({"note": "x" * 501}, NoteTooLong),
        ({"amount": Decimal(0)}, AmountOutOfRange),
        ({"amount": Decimal("1e30")}, AmountOutOfRange),
        ({"unit": "parsec"}, CalculationError),
        ({"time_zone": "Mars/Olympus"}, EntryRefused),
    ],
)
def test_what_cannot_be_saved_says_so_and_saves_nothing(changes: dict[str, Any], error: Any):
    with pytest.raises(error) as refused:
        record_entry(PROFILE, make_draft(**changes), entry_id=ID)

    assert refused.value.message.endswith(".")
    assert stored() == []


# -- Edit ---------------------------------------------------------------------------------------------------


def edited(**changes: Any) -> Edited:
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    draft = replace(EntryDraft.of(entry), **changes)
    return edit_entry(PROFILE, entry.key, draft, version=entry.version)


def test_another_amount_is_reckoned_with_the_frozen_factor(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("emissions.services.drafts.calculate", None)  # not even asked
    entry = record_frozen_entry(value="0.5")

    result = edit_entry(PROFILE, entry.key, replace(EntryDraft.of(entry), amount=Decimal(10)), version=1)

    assert not result.factor_changed
    assert result.entry.factor == entry.factor
    assert result.entry.co2_emissions == Decimal("8.04672")  # 10 × 1.609344 × 0.5
    assert stored() == [result.entry]
    assert (month().entries, month().co2_emissions) == (1, Decimal("8.04672"))


def test_another_number_of_people_is_reckoned_with_the_frozen_factor():
    entry = record_frozen_entry(value="0.5")

    result = edit_entry(PROFILE, entry.key, replace(EntryDraft.of(entry), people=4), version=1)

    assert not result.factor_changed
    assert result.entry.co2_emissions == Decimal("10.0584")  # 50 × 1.609344 × 0.5 ÷ 4


def test_another_note_leaves_the_figure_and_the_totals_alone():
    entry = record_frozen_entry(value="0.5")

    with count_requests() as meter:
        result = edit_entry(PROFILE, entry.key, replace(EntryDraft.of(entry), note="hi"), version=1)

    assert result.entry == replace(entry, note="hi", version=2)
    assert [request.operation for request in meter.requests] == ["get_item", "transact_write_items"]
    assert [item.changes for item in TotalsRepository().iter_stored(Subject.user(USER_ID))] == [1]


@pytest.mark.parametrize(
    ("changes", "kg"),
    [
        ({"unit": "km"}, Decimal("8.863")),
        ({"variant": "car-petrol-small"}, None),
        ({"local_date": date(2024, 3, 16)}, KG),
    ],
)
def test_another_unit_variant_or_day_asks_for_the_factor_in_force(
    changes: dict[str, Any], kg: Decimal | None
):
    entry = record_frozen_entry(value="0.5")

    result = edit_entry(PROFILE, entry.key, replace(EntryDraft.of(entry), **changes), version=1)

    assert result.factor_changed
    assert kg is None or result.entry.co2_emissions == kg
    assert month().co2_emissions == result.entry.co2_emissions


def test_the_same_unit_in_another_spelling_is_no_change_of_unit():
    result = edited(unit="Miles", note="x")

    assert (result.entry.unit, result.factor_changed) == ("mile", False)


def test_an_edit_that_moves_an_entry_to_another_month_moves_its_totals():
    result = edited(local_date=date(2024, 4, 2), local_time=time(8, 0))

    assert result.entry.occurred_at == datetime(2024, 4, 2, 8, 0, tzinfo=UTC)
    assert (result.entry.entry_id, result.entry.version) == (ID, 2)
    assert stored() == [result.entry]
    assert (month("2024-03").entries, month("2024-04").entries) == (0, 1)
    assert month("2024-03").counters == {}


def test_another_time_of_the_same_day_keeps_the_factor():
    entry = record_frozen_entry(value="0.5")

    result = edit_entry(PROFILE, entry.key, replace(EntryDraft.of(entry), local_time=time(9, 0)), version=1)

    assert result.entry == replace(entry, occurred_at=datetime(2024, 3, 15, 9, 0, tzinfo=UTC), version=2)


def test_a_form_that_knows_no_seconds_does_not_move_the_entry():
    entry = record_entry(PROFILE, make_draft("2024-03-15T10:30:15"), entry_id=ID).entry
    draft = replace(EntryDraft.of(entry), local_time=time(10, 30), note="hi")

    assert edit_entry(PROFILE, entry.key, draft, version=1).entry.occurred_at == entry.occurred_at


def test_the_second_of_two_equal_hours_stays_the_second():
    entry = record_entry(
        PROFILE, make_draft("2024-10-27T02:30", time_zone="Europe/Berlin"), entry_id=ID
    ).entry
    second = move_by_an_hour(entry)

    draft = replace(EntryDraft.of(second), note="hi")

    assert (draft.local_date, draft.local_time) == (date(2024, 10, 27), time(2, 30))
    assert edit_entry(PROFILE, second.key, draft, version=2).entry.occurred_at == second.occurred_at


def test_an_edit_that_changes_nothing_writes_nothing():
    result = edited()

    assert result.entry == result.previous
    assert stored()[0].version == 1


def test_the_same_edit_twice_is_one_edit():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    draft = replace(EntryDraft.of(entry), amount=Decimal(10))

    first = edit_entry(PROFILE, entry.key, draft, version=1)
    second = edit_entry(PROFILE, entry.key, draft, version=1)

    assert second.entry == first.entry
    assert stored() == [first.entry]


def test_an_edit_of_what_somebody_else_has_changed_is_a_conflict():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    edit_entry(PROFILE, entry.key, replace(EntryDraft.of(entry), amount=Decimal(10)), version=1)

    with pytest.raises(Conflict):
        edit_entry(PROFILE, entry.key, replace(EntryDraft.of(entry), amount=Decimal(20)), version=1)

    assert stored()[0].amount == 10


def test_an_edit_that_cannot_be_saved_changes_nothing():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry

    for changes in ({"amount": Decimal("1e30")}, {"local_date": date(2030, 1, 1)}, {"note": "x" * 501}):
        with pytest.raises((CalculationError, EntryRefused)):
            edit_entry(PROFILE, entry.key, replace(EntryDraft.of(entry), **changes), version=1)

    assert stored() == [entry]


def test_entries_of_another_person_are_not_found():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry

    with pytest.raises(ItemNotFound):
        edit_entry(STRANGER, entry.key, make_draft(note="mine"), version=1)
    with pytest.raises(ItemNotFound):
        delete_entry(STRANGER, entry.key, 1)
    with pytest.raises(ItemNotFound):
        repeat_entry(STRANGER, entry.key, entry_id=entry_id_of(2))

    assert stored() == [entry]
    assert EntryRepository(STRANGER.user_id).recent(10) == []


# -- Delete and undo ----------------------------------------------------------------------------------------


def test_deleting_takes_the_entry_and_its_totals_away():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry

    delete_entry(PROFILE, entry.key, 1)

    assert stored() == []
    assert month().counters == {}


def test_deleting_an_entry_that_has_changed_is_a_conflict():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry

    with pytest.raises(Conflict):
        delete_entry(PROFILE, entry.key, 2)

    assert stored() == [entry]


def test_an_undo_brings_everything_back():
    entry = record_entry(PROFILE, make_draft(note="to Nan's ✨", people=3), entry_id=ID).entry
    before = month()

    restored = restore_entry(PROFILE, delete_entry(PROFILE, entry.key, 1))

    assert restored == replace(entry, version=2)
    assert stored() == [restored]
    assert month() == before


def test_an_undo_twice_counts_once():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    undo_token = delete_entry(PROFILE, entry.key, 1)

    assert restore_entry(PROFILE, undo_token) == restore_entry(PROFILE, undo_token)

    assert len(stored()) == 1
    assert month().entries == 1


def test_an_undo_of_an_undone_entry_that_moved_on_changes_nothing():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    undo_token = delete_entry(PROFILE, entry.key, 1)
    restored = restore_entry(PROFILE, undo_token)
    moved = edit_entry(
        PROFILE, restored.key, replace(EntryDraft.of(restored), local_date=date(2024, 5, 1)), version=2
    ).entry

    with pytest.raises(UndoTooLate):
        restore_entry(PROFILE, undo_token)

    assert stored() == [moved]
    assert (month("2024-03").entries, month("2024-05").entries) == (0, 1)


def test_an_undo_of_an_entry_deleted_again_asks_for_the_newer_undo():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    older = delete_entry(PROFILE, entry.key, 1)
    restore_entry(PROFILE, older)
    newer = delete_entry(PROFILE, entry.key, 2)

    with pytest.raises(UndoTooLate):
        restore_entry(PROFILE, older)
    assert stored() == []

    assert restore_entry(PROFILE, newer).version == 3
    assert month().entries == 1


def test_an_undo_works_for_ten_minutes(now: Clock):
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    undo_token = delete_entry(PROFILE, entry.key, 1)

    now.move(minutes=10, seconds=1)

    with pytest.raises(UndoTooLate) as refused:
        restore_entry(PROFILE, undo_token)
    assert refused.value.message == "It is too late to undo this: that works for ten minutes."
    assert stored() == []


def test_an_undo_token_of_another_person_or_tampered_with_is_refused():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    undo_token = delete_entry(PROFILE, entry.key, 1)

    for profile, text in (
        (STRANGER, undo_token),
        (PROFILE, undo_token[:-1]),
        (PROFILE, ""),
        (PROFILE, "a:b"),
    ):
        with pytest.raises(BadRequest):
            restore_entry(profile, text)
    assert stored() == []


# -- Log again ----------------------------------------------------------------------------------------------


def test_logging_again_takes_the_amount_of_then_and_the_factor_of_today(now: Clock):
    entry = record_entry(PROFILE, make_draft(note="commute", people=2), entry_id=ID).entry

    again = repeat_entry(PROFILE, entry.key, entry_id=entry_id_of(2)).entry

    assert (again.local_date, again.occurred_at) == (NOW.date(), NOW)
    assert (again.amount, again.unit) == (Decimal(50), "mile")
    assert (again.people, again.note) == (2, "commute")
    assert again.factor.year > entry.factor.year
    assert month("2026-11").entries == 1


def test_logging_again_is_dated_by_the_clock_of_where_the_person_is_now(now: Clock):
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    moved = make_profile(time_zone="Pacific/Kiritimati")

    again = repeat_entry(moved, entry.key, entry_id=entry_id_of(2)).entry

    assert (again.local_date, again.time_zone) == (date(2026, 11, 23), "Pacific/Kiritimati")
    assert again.occurred_at == NOW


def test_logging_again_in_the_second_of_two_equal_hours_is_dated_there(now: Clock):
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    now.time = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 2:30 in Berlin for the second time

    again = repeat_entry(make_profile(time_zone="Europe/Berlin"), entry.key, entry_id=entry_id_of(2)).entry

    assert again.occurred_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_double_click_on_log_again_logs_once(now: Clock):
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    first = repeat_entry(PROFILE, entry.key, entry_id=entry_id_of(2))
    now.move(seconds=2)

    second = repeat_entry(PROFILE, entry.key, entry_id=entry_id_of(2))

    assert (first.created, second.created) == (True, False)
    assert second.entry == first.entry
    assert len(stored()) == 2
    assert month("2026-11").entries == 1


# -- What it costs ------------------------------------------------------------------------------------------


def test_each_action_takes_a_known_number_of_requests():
    entry = record_entry(PROFILE, make_draft(), entry_id=ID).entry
    counts = {}

    with count_requests() as meter:
        entry = edit_entry(
            PROFILE, entry.key, replace(EntryDraft.of(entry), amount=Decimal(9)), version=1
        ).entry
    counts["edit"] = [request.operation for request in meter.requests]
    with count_requests() as meter:
        undo_token = delete_entry(PROFILE, entry.key, 2)
    counts["delete"] = [request.operation for request in meter.requests]
    with count_requests() as meter:
        restore_entry(PROFILE, undo_token)
    counts["restore"] = [request.operation for request in meter.requests]

    assert counts == {
        "edit": ["get_item", "transact_write_items"],
        "delete": ["get_item", "transact_write_items"],
        "restore": ["transact_write_items", "get_item"],
    }


# -- Preparing ----------------------------------------------------------------------------------------------


def record_frozen_entry(*, value: str) -> Entry:
    """An entry with a factor that no catalogue has, as years later."""
    entry = make_entry(
        factor=make_factor(value=Decimal(value)), co2_emissions=Decimal("1.609344") * 50 * Decimal(value)
    )
    with WriteTransaction() as transaction:
        EntryRepository(USER_ID).add(entry, transaction=transaction)
        TotalsRepository().apply(totals_deltas(added=[entry]), transaction=transaction)
    return entry


def move_by_an_hour(entry: Entry) -> Entry:
    later = replace(entry, occurred_at=entry.occurred_at + timedelta(hours=1), version=2)
    with WriteTransaction() as transaction:
        EntryRepository(USER_ID).replace(later, previous=entry, transaction=transaction)
    return later
