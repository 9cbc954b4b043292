"""Totals as they are stored and summed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from carbontrack.dynamodb import WriteTransaction, count_requests, get_item
from carbontrack.dynamodb.errors import Conflict
from carbontrack.dynamodb.serialization import item_size
from carbontrack.dynamodb.tables import EMISSION_TOTALS
from emissions.domain.totals import MonthTotals, Subject, TotalsDelta, totals_deltas
from emissions.repositories.totals import (
    SeenMonths,
    Spread,
    TotalsRepository,
    months_between,
    most_shards,
    spread_for,
)
from tests.factories import USER_ID, make_entry

pytestmark = pytest.mark.usefixtures("dynamodb")

USER = Subject.user(USER_ID)
ORGANIZATION = Subject.organization("o1")
DEPARTMENT = Subject.department("o1", "d1")


def apply(*deltas: TotalsDelta, author: str = "", spread: Spread | None = None) -> None:
    with WriteTransaction() as transaction:
        TotalsRepository().apply(
            deltas, author=author, spreads={"o1": spread or Spread()}, transaction=transaction
        )


def delta(month: str, subject: Subject = USER, part: str = "", **counters: str) -> TotalsDelta:
    return TotalsDelta(subject, month, {name: Decimal(value) for name, value in counters.items()}, part)


def test_a_total_is_one_item_of_flat_numbers(settings: Any):
    settings.DYNAMODB_REGION = "eu-west-1"

    apply(*totals_deltas(added=[make_entry()]))
    apply(*totals_deltas(added=[make_entry()]))

    item = get_item(EMISSION_TOTALS, {"subject": f"user#{USER_ID}", "period": "2024-03#eu-west-1.0"})
    assert item == {
        "subject": {"S": f"user#{USER_ID}"},
        "period": {"S": "2024-03#eu-west-1.0"},
        "entries": {"N": "2"},
        "co2_emissions": {"N": "28.526832"},
        "category#transportation#car": {"N": "28.526832"},
        "day#15": {"N": "28.526832"},
        "n#15": {"N": "2"},
        "scope#1": {"N": "28.526832"},
        "changes": {"N": "2"},
    }


def test_deltas_of_one_month_travel_together():
    apply(delta("2024-03", co2_emissions="1.5"), delta("2024-03", co2_emissions="2"))

    (month,) = TotalsRepository().months(USER, "2024-03", "2024-03")

    assert month == MonthTotals("2024-03", {"co2_emissions": Decimal("3.5")})


def test_months_are_one_query_with_the_empty_ones_in_it():
    apply(delta("2024-11", entries="1"), delta("2025-01", entries="2"), delta("2025-02", entries="9"))
    apply(delta("2024-10", entries="9"), delta("2024-12", subject=Subject.user("other"), entries="9"))

    with count_requests() as meter:
        months = TotalsRepository().months(USER, "2024-11", "2025-01")

    assert [(month.month, month.entries) for month in months] == [
        ("2024-11", 1),
        ("2024-12", 0),
        ("2025-01", 2),
    ]
    assert [request.operation for request in meter.requests] == ["query"]


def test_a_range_that_ends_before_it_begins_has_no_months():
    assert TotalsRepository().months(USER, "2025-01", "2024-12") == []


def test_a_reader_sums_regions(settings: Any):
    for region in ("eu-west-1", "us-east-1"):
        settings.DYNAMODB_REGION = region
        apply(delta("2024-03", co2_emissions="1.5"))

    (month,) = TotalsRepository().months(USER, "2024-03", "2024-03")

    assert month.co2_emissions == 3


@pytest.mark.parametrize(
    ("members", "shards", "ways"),
    [
        (0, 1, 1),
        (30, 1, 1),
        (31, 4, 2),
        (500, 4, 2),
        (501, 8, 2),
        (20_000, 8, 2),
        (20_001, 16, 4),
        (10**7, 16, 4),
    ],
)
def test_the_larger_an_organization_the_further_it_spreads(members: int, shards: int, ways: int):
    assert spread_for(members) == Spread(shards, ways)


def test_an_organization_spreads_by_department_and_a_department_by_author():
    spread = Spread(8, 2)
    departments = [f"department-{number}" for number in range(40)]
    authors = [f"author-{number}" for number in range(40)]

    def shards(subject: Subject, parts: list[str], people: list[str]) -> set[int]:
        return {spread.shard(delta("2024-03", subject, part), author) for part in parts for author in people}

    assert shards(ORGANIZATION, departments, authors) == set(range(8))
    assert {len(shards(ORGANIZATION, [each], authors)) for each in departments} == {2}
    assert {len(shards(ORGANIZATION, [each], authors[:1])) for each in departments} == {1}
    assert shards(DEPARTMENT, [""], authors) == {0, 1}
    assert shards(USER, [""], authors) == {0}


def test_all_departments_of_a_small_organization_share_one_write():
    apply(
        delta("2024-03", ORGANIZATION, "d1", entries="1", participants="1"),
        delta("2024-03", ORGANIZATION, "d2", entries="-1"),
        author="author-1",
    )

    (stored,) = TotalsRepository().iter_stored(ORGANIZATION)

    assert (stored.period, stored.changes) == ("2024-03#local.0", 1)
    assert stored.counters == {"participants": 1}


def test_an_organization_that_grew_is_summed_over_all_that_was_ever_written():
    spreads = [spread_for(members) for members in (10, 100, 1_000, 100_000)]
    for number, spread in enumerate(spreads * 10):
        for subject in (ORGANIZATION, DEPARTMENT):
            apply(
                delta("2024-03", subject, f"d{number}" if subject == ORGANIZATION else "", entries="1"),
                author=f"author-{number}",
                spread=spread,
            )

    for subject in (ORGANIZATION, DEPARTMENT):
        (month,) = TotalsRepository().months(subject, "2024-03", "2024-03")
        shards = {int(item.period.rpartition(".")[2]) for item in TotalsRepository().iter_stored(subject)}
        assert month.entries == 40
        assert 1 < len(shards) <= max(shards) + 1 <= most_shards(subject)


def test_an_authors_months_are_read_in_one_request_each_as_it_is_here(settings: Any):
    apply(delta("2024-03", entries="1"), delta("2024-04", entries="2"))
    settings.DYNAMODB_REGION = "us-east-1"
    apply(delta("2024-03", entries="7"))

    with count_requests() as meter:
        here = TotalsRepository().own_months(USER_ID, ["2024-03"])
        several = TotalsRepository().own_months(USER_ID, ["2024-03", "2024-04"])

    assert [request.operation for request in meter.requests] == ["get_item", "batch_get_item"]
    assert here["2024-03"] is not None
    assert here["2024-03"].counters == {"entries": 7}
    assert here["2024-03"].changes == 1
    assert several == {**here, "2024-04": None}


def test_an_authors_month_moves_only_while_it_is_as_it_was_seen():
    def write(changes: int | None) -> None:
        seen = SeenMonths({"2024-03": changes}, mark="mine", error=Conflict("moved"))
        with WriteTransaction() as transaction:
            TotalsRepository().apply([delta("2024-03", entries="1")], seen=seen, transaction=transaction)

    write(None)
    write(1)
    for stale in (None, 1, 3):
        with pytest.raises(Conflict, match="moved"):
            write(stale)

    (stored,) = TotalsRepository().iter_stored(USER)
    assert stored.counters == {"entries": 2}
    assert (stored.changes, stored.written) == (2, "mine")


def test_counters_that_went_back_to_zero_are_not_there():
    entry = make_entry()
    apply(*totals_deltas(added=[entry]))
    apply(*totals_deltas(removed=[entry]))

    assert TotalsRepository().months(USER, "2024-03", "2024-03") == [MonthTotals("2024-03", {})]


@pytest.mark.parametrize("spread", [Spread(1, 1), Spread(16, 4)])
@pytest.mark.parametrize("subject", [USER, ORGANIZATION, DEPARTMENT])
def test_a_correction_holds_only_while_nobody_else_writes(subject: Subject, spread: Spread):
    for number in range(40):
        apply(
            delta("2024-03", subject, entries="1"), author="author-1"
        )  # while the organization was small, all of it went to one item
        seen = list(TotalsRepository().iter_stored(subject))
        apply(delta("2024-03", subject, entries="1"), author=f"author-{number}", spread=spread)

        with pytest.raises(Conflict), WriteTransaction() as transaction:
            TotalsRepository().correct(
                subject, "2024-03", {"entries": Decimal(5)}, seen=seen, transaction=transaction
            )

    (month,) = TotalsRepository().months(subject, "2024-03", "2024-03")
    assert month.entries == 80


@pytest.mark.parametrize("subject", [USER, ORGANIZATION])
def test_a_correction_counts_as_a_change(subject: Subject):
    apply(delta("2024-03", subject, entries="1"), author="author-1")
    seen = list(TotalsRepository().iter_stored(subject))

    with WriteTransaction() as transaction:
        TotalsRepository().correct(
            subject, "2024-03", {"entries": Decimal(5)}, seen=seen, transaction=transaction
        )

    stored = list(TotalsRepository().iter_stored(subject))
    assert sum(item.changes for item in stored) == 2
    assert sum(item.counters["entries"] for item in stored) == 6


def test_months_between_runs_over_the_turn_of_the_year():
    assert months_between("2025-11", "2026-02") == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert months_between("2026-02", "2025-11") == []


def test_a_busy_month_of_a_person_fits_one_write_unit():
    categories = ("car", "rail", "flight", "electricity", "natural_gas", "beef", "dairy", "mixed")
    entries = [
        make_entry(
            number,
            local_date=date(2024, 3, number % 31 + 1),
            category=categories[number % len(categories)],
            co2_emissions=Decimal("123.456789"),
        )
        for number in range(93)
    ]

    apply(*totals_deltas(added=entries))

    item = get_item(EMISSION_TOTALS, {"subject": f"user#{USER_ID}", "period": "2024-03#local.0"})
    assert item is not None
    assert item_size(item) <= 1024
