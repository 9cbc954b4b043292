"""Filling in the form and reading an answer, as a person does."""

from __future__ import annotations

import html
import re
from typing import Any

from carbontrack.form_keys import new_form_key
from emissions.domain.entries import Entry
from emissions.services.drafts import EntryDraft
from tests.fixtures.people import Person

#: What a browser with scripts does not show.
_HIDDEN = re.compile(r"<template.*?</template>|<noscript>.*?</noscript>|<[^>]*>", re.DOTALL)


def text_of(response: Any) -> str:
    """The words of a page or part: without tags, with single spaces."""
    return " ".join(html.unescape(_HIDDEN.sub(" ", response.content.decode())).split())


def filled_form(person: Person, **changes: Any) -> dict[str, Any]:
    """The form to log 50 miles by car, as a person sends it: say only what a test is about."""
    return {
        "key": new_form_key(person.user_id),
        "type": "transportation",
        "category": "car",
        "variant": "car-petrol-medium",
        "amount": "50",
        "unit": "mile",
        "people": "1",
        "date": "2026-11-22",
        "time": "09:30",
        "note": "",
    } | changes


def edit_form(entry: Entry, **changes: str) -> dict[str, str]:
    """The form to change an entry as it comes, with changes."""
    local = EntryDraft.of(entry)
    return {
        "version": str(entry.version),
        "type": entry.activity_type,
        "category": entry.category,
        "variant": entry.variant,
        "amount": f"{entry.amount:f}",
        "unit": entry.unit,
        "people": str(entry.people),
        "date": local.local_date.isoformat(),
        "time": f"{local.local_time:%H:%M}",
        "note": entry.note,
    } | changes
