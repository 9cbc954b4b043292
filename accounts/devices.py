"""A device in words, from what its browser says about itself: `Firefox on Linux`.

Only words of this file come out, so nobody writes into a page, a mail or a trail by naming their browser.
"""

from __future__ import annotations

import re

UNKNOWN = "Unknown device"
#: The first that fits counts. Most browsers also name those they descend from, so the order matters.
_BROWSERS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\b(?:OPR|Opera|OPT)/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Vivaldi", r"\bVivaldi/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|Chromium|CriOS|HeadlessChrome)/"),
    ("Safari", r"\bVersion/[\d.]+.* Safari/"),
    ("A program", r"^(?:curl|Wget|python|Go-http|okhttp|PostmanRuntime|httpx|axios|Java)\b"),
)
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows NT\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Mac", r"\bMacintosh\b|\bMac OS X\b"),
    ("Linux", r"\bLinux\b|\bX11\b"),
)
#: More than that no browser says; the rest is somebody's invention.
_READ = 400


def device_words(user_agent: str) -> str:
    """`Chrome on Windows`, `Safari on iPhone`, `A program`, or `Unknown device`."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or (f"Unknown browser on {system}" if system else UNKNOWN)


def _first(known: tuple[tuple[str, str], ...], user_agent: str) -> str:
    read = user_agent[:_READ]
    return next((name for name, pattern in known if re.search(pattern, read)), "")
