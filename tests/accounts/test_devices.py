"""Devices in words of ours."""

import pytest

from accounts.devices import device_words

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0 Safari/537.36",
            "Chrome on Windows",
        ),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        (
            f"Mozilla/5.0 (Linux; Android 15) {WEBKIT} SamsungBrowser/27.0 Chrome/125.0 Safari/537.36",
            "Samsung Internet on Android",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) {WEBKIT} Version/26.0 Safari/605.1.15",
            "Safari on Mac",
        ),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) {WEBKIT} Version/19.0 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64) {WEBKIT} Chrome/142.0 Safari/537.36", "Chrome on ChromeOS"),
        ("python-requests/2.32", "A program"),
        ("Mozilla/5.0 (Windows NT 10.0)", "Unknown browser on Windows"),
        ("", "Unknown device"),
        ("<script>alert(1)</script>\nFirefox on your desk", "Unknown device"),
        ("x" * 100_000 + " Firefox/1", "Unknown device"),
    ],
)
def test_a_device_is_told_in_words_of_ours(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words
