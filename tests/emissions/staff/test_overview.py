"""The overview of the staff console."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from carbontrack import clock, tally, usage
from carbontrack.dynamodb import WriteTransaction, count_requests
from carbontrack.jobs import Reporter
from emissions.charts.counts import Figures, Part, count_chart, short_number
from emissions.domain.totals import totals_deltas
from emissions.repositories.totals import TotalsRepository
from emissions.services.overview import JOB_ID, count_platform
from tests.emissions.made_totals import entry_on
from tests.factories import NOW
from tests.fixtures.people import Person

URL = "/staff/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    tally.take()
    yield
    tally.take()


def log(person: str, day: str, kg: str) -> None:
    with WriteTransaction() as transaction:
        deltas = totals_deltas(added=[entry_on(day, kg, user_id=person)])
        TotalsRepository().apply(deltas, transaction=transaction)


def text_of(html: bytes) -> str:
    return " ".join(html.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_figures_and_charts_show_what_was_counted(grace: Person, settings, monkeypatch: pytest.MonkeyPatch):
    log("ann", "2026-11-20", "1234")
    for person in "bcdef":
        log(person, "2026-11-20", "1")
        log(person, "2026-09-02", "1.4")
    count_platform()
    settings.COUNT_USAGE = True
    tally.add(requests=40, failed=2, throttled=3)
    monkeypatch.setattr(usage, "store", usage.Store())
    usage.store.store()
    settings.COUNT_USAGE = False

    with count_requests() as meter:
        page = text_of(grace.client.get(URL).content)

    assert meter.count == 5  # who asks, progress, summary, months, usage: whatever there is
    assert "20 November: 1.24 t CO2e, entries 6, people 6" in page
    assert "September 2026: 7 kg CO2e" in page
    assert "22 November so far: 1" in page  # grace signed up
    assert "22 November, 10:00 so far: 40" in page
    assert "22 November, 10:00 so far: 2 (Answers of 5xx 2)" in page
    assert "(Throttled 3)" in page


def test_kg_of_few_people_are_withheld_and_cannot_be_had_by_subtraction(grace: Person):
    """A sum of everybody is nobody's, unless it is of one or two: then it takes a support visit."""
    log("ann", "2026-08-02", "1234")
    for person in "bcdef":
        log(person, "2026-09-02", "100")
        log(person, "2026-10-05", "20")
        log(person, "2026-10-06", "30")
    log("ann", "2026-10-07", "4321")
    log("b", "2026-07-01", "77")
    count_platform()

    page = text_of(grace.client.get(URL, {"month": "2026-10"}).content)

    assert "August 2026: withheld, entries 1, people 1" in page
    assert "September 2026: withheld, entries 5, people 5" in page  # else August were the sum less the others
    assert "October 2026: 4.57 t CO2e" in page  # of six
    assert "7 October: withheld, entries 1, people 1" in page
    assert "5 October: withheld, entries 5, people 5" in page
    assert "6 October: 150 kg CO2e, entries 5, people 5" in page
    for secret in ("1.23", "1,234", "4.32", "4,321", "77 kg"):
        assert secret not in page

    entries = text_of(grace.client.get(URL, {"month": "2026-10", "show": "entries"}).content)
    assert "August 2026: 1, people 1" in entries


def test_months_days_and_hours_are_chosen_in_the_address(grace: Person):
    log("ben", "2026-09-02", "7")
    count_platform()

    page = text_of(grace.client.get(URL, {"month": "2026-09", "show": "entries", "period": "days"}).content)

    assert "2 September: 1, people 1" in page
    assert 'aria-current="true">30 days' in page
    assert f'{URL}?month=2026-09&amp;period=days"' in page  # back to kg, the rest kept
    for nonsense in ({"month": "1999-01"}, {"month": "x", "show": "<", "period": "years"}):
        assert "November 2026" in text_of(grace.client.get(URL, nonsense).content)


def test_before_the_first_count_the_page_says_how_to_count(grace: Person):
    page = text_of(grace.client.get(URL).content)
    assert "were not counted yet" in page

    answer = grace.client.post(reverse("staff:overview-count"), follow=True)

    assert answer.redirect_chain == [(URL, 302)]
    assert "as of 22 November 2026, 10:00" in text_of(answer.content)


def test_part_that_waits_for_a_count_shows_its_progress_and_then_the_whole_page(
    grace: Person, monkeypatch: pytest.MonkeyPatch
):
    report = Reporter(usage.OWNER, JOB_ID, total=10)
    report.advance(5)
    report.step("Adding up what everybody has logged")

    waiting = grace.client.get(URL, headers={"HX-Request": "true"})
    assert "<h1>" not in waiting.content.decode()
    assert "50%" in waiting.content.decode()

    report.finish()
    assert grace.client.get(URL, headers={"HX-Request": "true"})["HX-Refresh"] == "true"

    Reporter(usage.OWNER, JOB_ID).step("Once more")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=3))
    assert "The last count has stopped" in grace.client.get(URL).content.decode()


def test_columns_stand_on_each_other_and_titles_are_text():
    parts = [Part("Read", "part-1"), Part("<b>", "part-2")]
    columns = [
        Figures("Mon", (Decimal(30), Decimal(10))),
        Figures("Tue", (Decimal(0), Decimal(0)), url="/x?a&b", is_selected=True),
    ]

    chart = count_chart("Units", columns, unit="units", parts=parts)

    first, second = chart.columns
    (_, lower_y, lower_height), (_, upper_y, upper_height) = first.parts
    assert (lower_y + lower_height, upper_y + upper_height) == (first.baseline, lower_y)
    assert lower_height == 3 * upper_height
    assert "<title>Mon: 40 (Read 30, &lt;b&gt; 10)</title>" in first.drawing
    assert '<a class="column" href="/x?a&amp;b" aria-current="true">' in second.drawing
    assert chart.heads == ("Read", "<b>", "Total")
    assert chart.rows == (("Mon", ("30", "10", "40")), ("Tue", ("0", "0", "0")))
    assert [short_number(n) for n in map(Decimal, (0, 9500, 12_000, 1_500_000))] == [
        "0",
        "9,500",
        "12k",
        "1.5M",
    ]
