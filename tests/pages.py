"""Reading an answer as a person does."""

from __future__ import annotations

import html
import re
from typing import Any

#: What a browser with scripts does not show.
_HIDDEN = re.compile(r"<template.*?</template>|<noscript>.*?</noscript>|<[^>]*>", re.DOTALL)


def text_of(response: Any) -> str:
    """The words of a page or part: without tags, with single spaces."""
    return " ".join(html.unescape(_HIDDEN.sub(" ", response.content.decode())).split())
