"""Back brings whole pages, and after signing out nothing of what a person has logged (security probe 22)."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.steps import expect_page, sign_out, sign_up, words

#: Everything a page can keep in a browser besides cookies and the history.
STORED = """async () => ({
  local: {...localStorage},
  session: {...sessionStorage},
  caches: await caches.keys(),
  databases: await indexedDB.databases(),
})"""


def assert_whole(page: Page) -> None:
    """The page has its frame and its style, not just the part that HTMX asked for last."""
    expect(page.locator("nav[aria-label='Main']")).to_be_visible()
    expect(page.locator("h1")).to_have_count(1)
    assert page.evaluate("document.styleSheets.length") > 0


def test_back_after_filters_and_load_more_shows_whole_pages(dynamodb: None, browser_page: Page) -> None:
    page = browser_page
    sign_up(page).store_entries(40)
    page.goto("/entries/")
    page.get_by_label("Type").select_option("food")
    expect(page).to_have_url("/entries/?type=food")
    expect(page.locator(".entry")).to_have_count(10)
    page.locator("a.chip", has_text="Food").click()
    expect(page).to_have_url("/entries/")
    page.get_by_role("link", name="Load more").click()
    expect(page.locator(".entry")).to_have_count(40)
    page.locator(".entry-name").last.click()
    expect_page(page, "General waste, to landfill")

    page.go_back()
    expect_page(page, "Entries")
    expect(page).to_have_url("/entries/")
    expect(page.locator(".entry")).to_have_count(25)
    assert_whole(page)

    page.go_back()
    expect(page).to_have_url("/entries/?type=food")
    expect(page.locator(".entry")).to_have_count(10)
    expect(page.get_by_label("Type")).to_have_value("food")
    assert_whole(page)

    page.go_forward()
    expect(page).to_have_url("/entries/")
    expect(page.get_by_label("Type")).to_have_value("")
    assert_whole(page)


def test_back_after_stepping_through_months_shows_whole_pages(dynamodb: None, browser_page: Page) -> None:
    page = browser_page
    sign_up(page).store_entries(3)
    page.goto("/")
    this_month = words(page.locator("h1"))
    page.locator("#previous-month").click()
    expect(page.locator("h1")).not_to_have_text(this_month)
    last_month = words(page.locator("h1"))
    page.locator("#previous-month").click()
    expect(page.locator("h1")).not_to_have_text(last_month)
    page.get_by_role("link", name="Settings").click()
    expect_page(page, "Settings")

    page.go_back()
    page.go_back()

    expect_page(page, last_month)
    assert_whole(page)
    page.go_back()
    expect_page(page, this_month)
    expect(page.locator(".card-headline")).to_contain_text("3 entries on 2 of")
    assert_whole(page)


def test_after_signing_out_back_and_the_browsers_storage_show_nothing(
    dynamodb: None, browser_page: Page
) -> None:
    page = browser_page
    person = sign_up(page)
    person.store_entries(30)
    page.goto("/entries/")
    page.get_by_role("link", name="Load more").click()
    expect(page.locator(".entry")).to_have_count(30)
    page.get_by_label("Type").select_option("food")
    expect(page).to_have_url("/entries/?type=food")
    page.locator(".entry-name").first.click()
    expect_page(page, "Cheese")
    sign_out(page)

    for _ in range(4):
        page.go_back()
        page.wait_for_load_state()
        shown = page.content()
        assert person.email not in shown
        assert "0.3 kg" not in shown
        expect(page.get_by_role("link", name="Sign in").first).to_be_visible()

    # htmx notes the address of the page that is open, and nothing else.
    address = page.evaluate("location.pathname + location.search")
    noted = {"htmx-current-path-for-history": address}
    assert page.evaluate(STORED) == {"local": {}, "session": noted, "caches": [], "databases": []}
    page.goto("/")
    assert page.evaluate(STORED)["session"] == {"htmx-current-path-for-history": "/"}
