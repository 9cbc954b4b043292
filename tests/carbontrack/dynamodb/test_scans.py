"""Walking a whole table."""

from __future__ import annotations

import pytest

from carbontrack.dynamodb import count_requests, iter_scan, put_item, scans
from carbontrack.dynamodb.tables import EMISSION_TOTALS

pytestmark = pytest.mark.usefixtures("dynamodb")


def test_a_scan_goes_through_every_page_and_pauses_between_them(monkeypatch: pytest.MonkeyPatch):
    pauses: list[float] = []
    monkeypatch.setattr("carbontrack.dynamodb.scans.time.sleep", pauses.append)
    for number in range(4):  # 1.4 MB; a page has 1 MB
        put_item(EMISSION_TOTALS, {"subject": f"s{number}", "period": "p", "filling": "x" * 350_000})

    with count_requests() as meter:
        found = list(iter_scan(EMISSION_TOTALS, projection=["subject"]))

    assert sorted(item["subject"]["S"] for item in found) == ["s0", "s1", "s2", "s3"]
    assert {name for item in found for name in item} == {"subject"}
    assert [request.operation for request in meter.requests] == ["scan", "scan"]
    assert pauses == [scans.PAUSE_SECONDS]


def test_a_scan_of_an_empty_table_is_empty():
    assert list(iter_scan(EMISSION_TOTALS)) == []
