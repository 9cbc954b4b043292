"""The application starts as `make run` starts it, and its front page keeps its own security policy."""

from playwright.sync_api import Page

from tests.fixtures.browser import LiveApp, Problems


def test_front_page_loads_without_a_csp_violation(
    browser_page: Page, live_app: LiveApp, problems: Problems
) -> None:
    response = browser_page.goto(live_app.url)

    assert response is not None
    assert response.status == 200
    assert browser_page.locator("h1").count() == 1
    assert problems.csp == []
    assert problems.console == []


def test_a_violation_would_be_noticed(browser_page: Page, live_app: LiveApp, problems: Problems) -> None:
    browser_page.goto(live_app.url)

    browser_page.evaluate(
        "document.body.setAttribute('onclick', 'window.evil = true'); document.body.click()"
    )
    browser_page.wait_for_function("true")

    assert any("script-src-attr" in violation for violation in problems.csp)
    problems.csp.clear()
