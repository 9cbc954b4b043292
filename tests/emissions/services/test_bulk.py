"""Many entries at once: few transactions, none twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from carbontrack.dynamodb import count_requests
from emissions.domain.totals import Subject
from emissions.repositories.entries import EntryRepository
from emissions.repositories.totals import TotalsRepository
from emissions.services.bulk import BulkRecorded, record_entries
from emissions.services.totals import verify_subject
from tests.factories import USER_ID, make_entry

pytestmark = pytest.mark.usefixtures("dynamodb")


def test_no_entries_are_no_requests():
    with count_requests() as meter:
        assert record_entries(USER_ID, []) == BulkRecorded(created=0, existing=0)

    assert meter.count == 0


def test_entries_of_one_month_share_a_transaction_and_one_write_to_their_total():
    done: list[int] = []
    with count_requests() as meter:
        record_entries(USER_ID, (make_entry(number) for number in range(98)), progress=done.append)

    assert [request.operation for request in meter.requests] == ["batch_get_item", "transact_write_items"]
    assert done == [98]
    (stored,) = TotalsRepository().iter_stored(Subject.user(USER_ID))
    assert (stored.counters["entries"], stored.changes) == (Decimal(98), 1)


def test_entries_of_many_months_and_of_work_are_split_where_they_no_longer_fit():
    entries = [
        replace(
            make_entry(number, organization_id="o1", department_id="d1"),
            local_date=date(2000 + number // 12, number % 12 + 1, 1),
        )
        for number in range(60)
    ]
    done: list[int] = []

    result = record_entries(USER_ID, entries, progress=done.append)

    assert result == BulkRecorded(created=60, existing=0)
    assert done == [16, 16, 16, 12]  # an entry, three totals and a look at two locks each
    assert list(verify_subject(Subject.user(USER_ID))) == []
    assert len(list(EntryRepository(USER_ID).iter_stored())) == 60


def test_an_entry_given_twice_is_stored_and_counted_once():
    result = record_entries(USER_ID, [make_entry(1), make_entry(1), make_entry(2)])

    assert result == BulkRecorded(created=2, existing=0)
    assert list(verify_subject(Subject.user(USER_ID))) == []


def test_entries_that_are_there_stay_as_they_are():
    record_entries(USER_ID, [make_entry(1, note="mine")])

    result = record_entries(USER_ID, [make_entry(1, note="other"), make_entry(2)])

    assert result == BulkRecorded(created=1, existing=1)
    assert [entry.note for entry in EntryRepository(USER_ID).iter_stored()] == ["mine", ""]
    assert list(verify_subject(Subject.user(USER_ID))) == []
