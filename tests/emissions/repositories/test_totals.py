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
from emissions.repositories.totals import SHARED_SHARDS, TotalsRepository, months_between, shard_for
from tests.factories import USER_ID, make_entry

pytestmark = pytest.mark.usefixtures("dynamodb")

USER = Subject.user(USER_ID)
ORGANIZATION = Subject.organization("o1")


def apply(*deltas: TotalsDelta, spread: str = "") -> None:
    with WriteTransaction() as transaction:
        TotalsRepository().apply(deltas, spread=spread, transaction=transaction)


def delta(month: str, subject: Subject = USER, **counters: str) -> TotalsDelta:
    return TotalsDelta(subject, month, {name: Decimal(value) for name, value in counters.items()})


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


def test_a_busy_organization_spreads_over_shards_and_a_reader_sums_them():
    authors = [f"author-{number}" for number in range(40)]
    for author in authors:
        apply(delta("2024-03", subject=ORGANIZATION, entries="1"), spread=author)

    stored = list(TotalsRepository().iter_stored(ORGANIZATION))
    (month,) = TotalsRepository().months(ORGANIZATION, "2024-03", "2024-03")

    assert {item.period for item in stored} == {f"2024-03#local.{shard}" for shard in range(SHARED_SHARDS)}
    assert month.entries == 40


def test_a_person_has_one_shard_and_an_author_always_the_same():
    assert {shard_for(USER, f"author-{number}") for number in range(40)} == {0}
    assert shard_for(ORGANIZATION, "author-1") == shard_for(ORGANIZATION, "author-1")


def test_counters_that_went_back_to_zero_are_not_there():
    entry = make_entry()
    apply(*totals_deltas(added=[entry]))
    apply(*totals_deltas(removed=[entry]))

    assert TotalsRepository().months(USER, "2024-03", "2024-03") == [MonthTotals("2024-03", {})]


@pytest.mark.parametrize("subject", [USER, ORGANIZATION])
def test_a_correction_holds_only_while_nobody_else_writes(subject: Subject):
    apply(delta("2024-03", subject=subject, entries="1"), spread="author-1")
    seen = list(TotalsRepository().iter_stored(subject))
    apply(
        delta("2024-03", subject=subject, entries="1"), spread="author-2"
    )  # another shard of an organization

    with pytest.raises(Conflict), WriteTransaction() as transaction:
        TotalsRepository().correct(
            subject, "2024-03", {"entries": Decimal(5)}, seen=seen, transaction=transaction
        )

    (month,) = TotalsRepository().months(subject, "2024-03", "2024-03")
    assert month.entries == 2


@pytest.mark.parametrize("subject", [USER, ORGANIZATION])
def test_a_correction_counts_as_a_change(subject: Subject):
    apply(delta("2024-03", subject=subject, entries="1"), spread="author-1")
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
