"""The dashboard of an organization in a browser: filters in the address, and the files of what is shown."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.fixtures.organizations import ENGINEERING, SALES, join
from tests.journeys.steps import make_colleague, sign_up_as_administrator, store_work, words

MakeContext = Callable[..., BrowserContext]


@pytest.mark.dynamodb
def test_filters_of_the_dashboard_survive_reload_and_back_and_are_in_the_files(
    new_context: MakeContext,
) -> None:
    page = new_context(viewport={"width": 1280, "height": 900}, timezone_id="Europe/London").new_page()
    _, organization = sign_up_as_administrator(page)
    for number in range(6):
        colleague, department = make_colleague(number), SALES if number < 3 else ENGINEERING
        join(colleague, organization.id, department_id=department)
        store_work(colleague, organization, department)
    page.goto("/organization/dashboard/")
    whole = words(page.locator(".card-headline .kg.huge"))

    page.get_by_label("Type", exact=True).focus()
    page.keyboard.type("Foo")
    expect(page).to_have_url(re.compile(r"\?type=food$"))
    expect(page.get_by_label("Type", exact=True)).to_be_focused()
    food = words(page.locator(".card-headline .kg.huge"))
    assert food != whole
    page.locator(".card-departments").get_by_role("link", name="Sales").click()
    expect(page).to_have_url(re.compile(rf"department={SALES}&type=food$"))
    expect(page.locator("h1")).to_have_text(re.compile("^Sales in "))
    expect(page.locator("h1")).to_be_focused()

    page.reload()
    expect(page.get_by_label("Department", exact=True)).to_have_value(SALES)
    expect(page.get_by_label("Type", exact=True)).to_have_value("food")
    with page.expect_download() as csv:
        page.locator(".page-header").get_by_role("link", name="CSV").click()
    assert "sales" in csv.value.suggested_filename
    content = csv.value.path().read_text(encoding="utf-8-sig")
    assert "Food" in content
    assert "Engineering" not in content
    with page.expect_download() as workbook:
        page.locator(".page-header").get_by_role("link", name="Excel").click()
    assert workbook.value.path().read_bytes().startswith(b"PK")

    page.go_back()
    expect(page).to_have_url(re.compile(r"\?type=food$"))
    expect(page.locator(".card-headline .kg.huge")).to_have_text(food)
    expect(page.locator("nav[aria-label='Main']")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/dashboard/$"))
    expect(page.locator(".card-headline .kg.huge")).to_have_text(whole)
    expect(page.get_by_label("Type", exact=True)).to_have_value("")
