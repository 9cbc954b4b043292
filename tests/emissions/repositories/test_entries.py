"""Entries as they are stored and found: every query pattern of the schema has a test named after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, count_requests, get_item
from carbontrack.dynamodb.errors import Conflict, InvalidCursor, ItemAlreadyExists, ItemNotFound
from carbontrack.dynamodb.serialization import item_size
from carbontrack.dynamodb.tables import CARBON_DATA
from emissions.domain.entries import ActivityType, Entry, EntryKey
from emissions.filters import EntryFilters, Period
from emissions.repositories.entries import (
    PAGE_SIZE,
    EntryRepository,
    OrganizationEntryRepository,
    parse_slug,
)
from tests.factories import NOW, USER_ID, make_entry, make_factor, make_local_entry

pytestmark = pytest.mark.usefixtures("dynamodb")

OTHER_ID = "5f0f1b1e-0000-4000-8000-000000000b0b"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def store(*entries: Entry) -> None:
    for start in range(0, len(entries), 100):
        with WriteTransaction() as transaction:
            for entry in entries[start : start + 100]:
                EntryRepository(entry.user_id).add(entry, transaction=transaction)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# -- One entry ----------------------------------------------------------------------------------------------


def test_an_entry_comes_back_as_it_was_stored():
    entry = make_entry(
        amount=Decimal("50.25"),
        people=3,
        note="to Nan's ✨",
        time_zone="Europe/London",
        organization_id="o1",
        department_id="d1",
        import_id="i1",
        expires_at=at("2030-01-01"),
        version=4,
        factor=make_factor(value=Decimal("0.177260000001")),
    )
    store(entry)

    assert EntryRepository(USER_ID).get(entry.key) == entry


def test_an_item_has_the_attributes_of_the_schema():
    store(make_entry(note="hello"))

    item = get_item(
        CARBON_DATA,
        {"user_id": USER_ID, "timestamp": "2024-03-15T10:30:00Z#00000000000000000000000001"},
    )

    assert item == {
        "user_id": {"S": USER_ID},
        "timestamp": {"S": "2024-03-15T10:30:00Z#00000000000000000000000001"},
        "activity_type": {"S": "transportation"},
        "category": {"S": "car"},
        "variant": {"S": "car-petrol-medium"},
        "amount": {"N": "50"},
        "unit": {"S": "mile"},
        "co2_emissions": {"N": "14.263416"},
        "scope": {"N": "1"},
        "factor": {
            "M": {
                "id": {"S": "transportation.car.petrol.medium.gb"},
                "name": {"S": "Car, petrol, medium"},
                "value": {"N": "0.17726"},
                "unit": {"S": "km"},
                "conversion": {"N": "1.609344"},
                "source": {"S": "UK Government GHG Conversion Factors"},
                "source_id": {"S": "uk-desnz-2025"},
                "year": {"N": "2025"},
                "region": {"S": "gb"},
                "match": {"S": "own"},
            }
        },
        "metadata": {"M": {"people": {"N": "1"}, "time_zone": {"S": "UTC"}, "note": {"S": "hello"}}},
        "local_date": {"S": "2024-03-15"},
        "created_at": {"S": "2024-03-15T18:00:00Z"},
        "version": {"N": "1"},
    }


def test_an_entry_without_a_note_fits_one_write_unit():
    store(entry := make_entry())

    item = get_item(CARBON_DATA, {"user_id": USER_ID, "timestamp": f"2024-03-15T10:30:00Z#{entry.entry_id}"})

    assert item is not None
    assert item_size(item) <= 1024


def test_two_entries_of_the_same_second_are_both_kept():
    store(make_entry(1), make_entry(2))

    assert len(EntryRepository(USER_ID).recent(10)) == 2


def test_an_entry_that_is_not_there_is_not_found():
    with pytest.raises(ItemNotFound):
        EntryRepository(USER_ID).get(make_entry().key)
    assert EntryRepository(USER_ID).find(make_entry().key) is None


def test_an_entry_of_another_person_is_not_found():
    store(entry := make_entry(user_id=OTHER_ID))

    with pytest.raises(ItemNotFound):
        EntryRepository(USER_ID).get(entry.key)


def test_an_archived_entry_is_invisible_from_the_moment_it_expires():
    gone = make_entry(1, expires_at=at("2026-11-22T10:00:00"))
    there = make_entry(2, expires_at=at("2026-11-22T10:00:01"))
    store(gone, there)
    entries = EntryRepository(USER_ID)

    assert entries.find(gone.key) is None
    assert entries.recent(10) == [there]
    assert entries.page().items == (there,)
    assert list(entries.iter_month("2024-03")) == [there]
    assert list(entries.iter_stored()) == [there]
    assert entries.existing([gone.key, there.key]) == {there.key}
    assert entries.existing([gone.key, there.key], archived=True) == {gone.key, there.key}


def test_adding_where_an_entry_is_raises_already_exists():
    store(make_entry())

    with pytest.raises(ItemAlreadyExists):
        store(make_entry(amount=Decimal(1)))

    assert EntryRepository(USER_ID).get(make_entry().key).amount == 50


def test_an_entry_of_somebody_else_cannot_be_written_through_a_repository():
    with pytest.raises(ValueError, match="somebody else"), WriteTransaction() as transaction:
        EntryRepository(OTHER_ID).add(make_entry(), transaction=transaction)


def test_replacing_an_entry_that_has_changed_is_a_conflict():
    store(first := make_entry())
    with WriteTransaction() as transaction:
        EntryRepository(USER_ID).replace(replace(first, version=2), previous=first, transaction=transaction)

    with pytest.raises(Conflict), WriteTransaction() as transaction:
        EntryRepository(USER_ID).replace(
            replace(first, version=2, note="late"), previous=first, transaction=transaction
        )

    assert EntryRepository(USER_ID).get(first.key) == replace(first, version=2)


def test_an_entry_that_moves_in_time_leaves_its_old_place():
    store(first := make_entry())
    moved = replace(first, occurred_at=at("2024-04-01T08:00:00"), local_date=date(2024, 4, 1), version=2)

    with WriteTransaction() as transaction:
        EntryRepository(USER_ID).replace(moved, previous=first, transaction=transaction)

    assert EntryRepository(USER_ID).recent(10) == [moved]
    assert moved.entry_id == first.entry_id


def test_removing_an_entry_that_has_changed_is_a_conflict():
    store(entry := make_entry(version=2))

    with pytest.raises(Conflict), WriteTransaction() as transaction:
        EntryRepository(USER_ID).remove(replace(entry, version=1), transaction=transaction)

    assert EntryRepository(USER_ID).get(entry.key) == entry


# -- URL form -----------------------------------------------------------------------------------------------


def test_a_slug_leads_back_to_its_key():
    key = make_entry(occurred_at=at("2024-12-31T23:59:59")).key

    assert parse_slug(key.slug) == key == EntryKey(at("2024-12-31T23:59:59"), "0" * 25 + "1")


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "x",
        "20240315T103000Z",
        "20240315T103000Z-",
        "20241315T103000Z-00000000000000000000000001",
        "20240230T103000Z-00000000000000000000000001",
        "20240315T103060Z-0000000000000000000000000I",
        "20240315T103000Z-00000000000000000000000001\n",
        "20240315T103000Z-00000000000000000000000001#x",
        "٢٠٢٤٠٣١٥T103000Z-00000000000000000000000001",
        "00000315T103000Z-00000000000000000000000001",
        "2" * 3000,
    ],
)
def test_rubbish_is_the_slug_of_no_entry(slug: str):
    with pytest.raises(ItemNotFound):
        parse_slug(slug)


# -- The schema's query patterns ----------------------------------------------------------------------------


def test_schema_pattern_users_recent_emissions():
    before = make_entry(1, occurred_at=at("2023-12-31T23:59:59"))
    first = make_entry(2, occurred_at=at("2024-01-01T00:00:00"))
    last = make_entry(3, occurred_at=at("2024-12-31T23:59:59"))
    after = make_entry(4, occurred_at=at("2025-01-01T00:00:00"))
    store(after, last, first, before, make_entry(5, user_id=OTHER_ID))

    found = list(EntryRepository(USER_ID).between(date(2024, 1, 1), date(2024, 12, 31)))

    assert found == [first, last]


def test_schema_pattern_specific_activity_types():
    car = make_entry(1)
    beef = make_entry(2, activity_type=ActivityType.FOOD, category="beef")
    store(car, beef)

    assert list(EntryRepository(USER_ID).of_activity_type(ActivityType.FOOD)) == [beef]


def test_schema_pattern_all_organization_emissions():
    store(
        make_entry(1),  # personal
        make_entry(2, organization_id="o1", department_id="d1", note="private"),
        make_entry(3, organization_id="o1", user_id=OTHER_ID, occurred_at=at("2024-05-01T00:00:00")),
        make_entry(4, organization_id="o2"),
    )

    found = list(OrganizationEntryRepository("o1").all())

    assert [(entry.user_id, entry.entry_id[-1], entry.department_id) for entry in found] == [
        (USER_ID, "2", "d1"),
        (OTHER_ID, "3", None),
    ]
    assert found[0].co2_emissions == Decimal("14.263416")
    assert not hasattr(found[0], "note")


def test_schema_pattern_organization_monthly_totals():
    work = {"organization_id": "o1"}
    store(
        make_entry(1, occurred_at=at("2024-02-29T23:59:59"), **work),
        make_local_entry(2, "2024-03-01T00:30", "Europe/Berlin", **work),  # February in UTC
        make_local_entry(3, "2024-03-31T23:30", "America/Los_Angeles", **work),  # April in UTC
        make_entry(4, occurred_at=at("2024-04-01T00:00:00"), **work),
        make_entry(5, organization_id="o2"),
    )

    found = [entry.entry_id[-1] for entry in OrganizationEntryRepository("o1").month("2024-03")]

    assert found == ["2", "3"]


# -- Lists --------------------------------------------------------------------------------------------------


def test_recent_entries_are_the_newest_in_one_request():
    entries = [make_entry(n, occurred_at=at(f"2024-03-{n:02}T10:00:00")) for n in (3, 1, 2)]
    store(*entries)

    with count_requests() as meter:
        found = EntryRepository(USER_ID).recent(2)

    assert [entry.local_date.day for entry in found] == [3, 2]
    assert meter.count == 1


@pytest.mark.parametrize("count", [1, 3, PAGE_SIZE])
def test_a_page_without_filters_takes_one_request(count: int):
    store(*(make_entry(n) for n in range(count)))

    with count_requests() as meter:
        page = EntryRepository(USER_ID).page()

    assert [entry.entry_id for entry in page.items] == [
        make_entry(n).entry_id for n in reversed(range(count))
    ]
    assert page.next_cursor is None
    assert meter.count == 1


def test_pages_follow_each_other_without_gap_or_repetition():
    entries = [make_entry(n) for n in range(2 * PAGE_SIZE + 1)]
    store(*entries)
    repository = EntryRepository(USER_ID)

    found: list[Entry] = []
    cursor = None
    for size in (PAGE_SIZE, PAGE_SIZE, 1):
        page = repository.page(cursor=cursor)
        assert len(page.items) == size
        found += page.items
        cursor = page.next_cursor

    assert found == entries[::-1]
    assert cursor is None


def test_a_list_is_filtered_by_type_category_and_period():
    wanted = make_entry(1, activity_type=ActivityType.ENERGY, category="electricity")
    store(
        wanted,
        make_entry(2, activity_type=ActivityType.ENERGY, category="gas"),
        make_entry(3, category="electricity"),  # another type that has the same word
        replace(wanted, entry_id=make_entry(4).entry_id, local_date=date(2024, 4, 1)),
    )

    page = EntryRepository(USER_ID).page(
        EntryFilters(ActivityType.ENERGY, "electricity", Period.parse("2024-03"))
    )

    assert page.items == (wanted,)


def test_half_past_eleven_on_new_years_eve_in_los_angeles_is_in_decembers_list():
    entry = make_local_entry(1, "2024-12-31T23:30", "America/Los_Angeles")
    store(entry)
    entries = EntryRepository(USER_ID)

    assert entries.page(EntryFilters(period=Period.parse("2024-12"))).items == (entry,)
    assert entries.page(EntryFilters(period=Period.parse("2024"))).items == (entry,)
    assert entries.page(EntryFilters(period=Period.parse("2025-01"))).items == ()
    assert list(entries.iter_month("2024-12")) == [entry]
    assert list(entries.iter_month("2025-01")) == []


@pytest.mark.parametrize(
    "period",
    [
        Period(date(1, 1, 1), date(1, 12, 31)),
        Period(date(9999, 1, 1), date(9999, 12, 31)),
        Period(date(1980, 1, 1), date(1980, 12, 31)),
    ],
)
def test_a_period_long_before_or_after_any_entry_is_an_empty_list(period: Period):
    store(make_entry())

    assert EntryRepository(USER_ID).page(EntryFilters(period=period)).items == ()


@pytest.mark.parametrize("period", [Period(), Period(date(2024, 3, 15)), Period(None, date(2024, 3, 15))])
def test_a_period_may_be_open_at_either_end(period: Period):
    store(entry := make_entry())

    assert EntryRepository(USER_ID).page(EntryFilters(period=period)).items == (entry,)


def test_a_cursor_of_another_person_or_of_other_filters_is_refused():
    store(*(make_entry(n) for n in range(PAGE_SIZE + 1)))
    cursor = EntryRepository(USER_ID).page().next_cursor
    assert cursor is not None

    for repository, filters in (
        (EntryRepository(OTHER_ID), EntryFilters()),
        (EntryRepository(USER_ID), EntryFilters(category="car")),
        (EntryRepository(USER_ID), EntryFilters(activity_type=ActivityType.TRANSPORTATION)),
        (EntryRepository(USER_ID), EntryFilters(period=Period.parse("2024-03"))),
    ):
        with pytest.raises(InvalidCursor):
            repository.page(filters, cursor)
