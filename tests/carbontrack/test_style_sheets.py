"""Colors have one list; browsers that cannot read it get the same by day."""

from __future__ import annotations

import re

from django.conf import settings

TOKENS = (settings.BASE_DIR / "static/css/tokens.css").read_text()


def test_browsers_without_light_dark_get_every_color_by_day() -> None:
    by_day = dict(re.findall(r"^  (--[\w-]+): light-dark\((#\w+), #\w+\);", TOKENS, re.MULTILINE))

    fallback = dict(
        re.findall(r"^    (--[\w-]+): (#\w+);", TOKENS.partition("@supports not")[2], re.MULTILINE)
    )

    assert fallback == by_day
