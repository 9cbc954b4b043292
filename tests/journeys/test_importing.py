"""A file with mistakes comes in: its columns are put right, the rest is corrected, and taken back again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from emissions.domain.totals import Subject
from emissions.repositories.totals import TotalsRepository
from tests.fixtures.browser import Problems, accessibility_problems
from tests.journeys.steps import Newcomer, expect_page, expect_settled, sign_up, words

pytestmark = pytest.mark.dynamodb

#: Two columns of numbers, of which the wrong one looks like the amount; one activity and one day are slips.
BILL = """Date;What;Amount;Used;Unit
03.02.2026;Electricity;31,20;104,5;kWh
03.03.2026;Electricity;28,70;96;kWh
31.02.2026;Electricity;28,70;97;kWh
03.03.2026;Elektrizity;5,10;17;kWh
"""


def total(person: Newcomer) -> tuple[int, int]:
    """How many entries February and March count, and whether they weigh anything."""
    months = TotalsRepository().months(Subject.user(person.user_id), "2026-02", "2026-03")
    return sum(each.entries for each in months), int(any(each.co2_emissions for each in months))


def choose(page: Page, name: str, content: str) -> None:
    file: FilePayload = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Upload and look at the columns").click()
    expect_page(page, name)


def test_a_bill_comes_in_is_corrected_and_taken_back(
    new_context: Callable[..., BrowserContext], problems: Problems
) -> None:
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    person = sign_up(page)
    page.goto("/log/")
    page.get_by_role("link", name="Import").click()
    expect(page.get_by_role("heading", name="Your first import")).to_be_visible()
    choose(page, "bill.csv", BILL)
    address = page.url.replace("columns/", "")

    # The price was taken for the amount; another choice shows at once what it makes.
    page.get_by_label("Amount: which column").select_option("Used")
    expect(page.get_by_role("row", name=re.compile("Household electricity")).first).to_contain_text(
        "104.5 kWh"
    )
    expect_settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert accessibility_problems(page, at_least="minor") == []
    page.get_by_role("button", name="Check all 4 rows").click()

    expect(page.get_by_role("heading", name="2 of 4 rows can come in")).to_be_visible()
    mistakes = page.locator(".mistake")
    assert words(mistakes.nth(0)).startswith("Line 4 Date “31.02.2026” is not a date.")
    assert "“Elektrizity”. Did you mean" in words(mistakes.nth(1))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert accessibility_problems(page, at_least="minor") == []
    problems.csp.clear()  # axe-core brings a style sheet of its own, which the policy rightly refuses
    assert total(person) == (0, 0)

    # It goes on while nobody looks, and its address tells the rest.
    page.get_by_role("button", name=re.compile("^Add 2 entries, ")).click()
    page.goto("/entries/")
    page.goto(address)
    expect(page.get_by_role("heading", name="In your log")).to_be_visible()
    assert total(person) == (2, 1)

    with page.expect_download() as download:
        page.get_by_role("link", name="Get the 2 rows to correct").click()
    rows = download.value.path().read_text(encoding="utf-8-sig")
    corrected = rows.replace("31.02.2026", "28.02.2026").replace("Elektrizity", "Electricity")
    page.get_by_role("link", name="Imports").click()
    choose(page, "bill-to-correct.csv", corrected)
    page.get_by_label("Amount: which column").select_option("Used")
    expect_settled(page)
    page.get_by_role("button", name="Check all 2 rows").click()
    page.get_by_role("button", name=re.compile("^Add 2 entries, ")).click()
    expect(page.get_by_role("heading", name="In your log")).to_be_visible()
    assert total(person) == (4, 1)

    page.get_by_role("link", name="Take it back").click()
    expect(page.locator("#main")).to_contain_text("2 entries with")
    page.get_by_role("button", name="Remove 2 entries").click()
    expect(page.get_by_role("heading", name="Taken back")).to_be_visible()
    assert total(person) == (2, 1)
