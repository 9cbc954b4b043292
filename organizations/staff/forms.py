"""What the staff look for in the audit trail, from the address of the page."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cached_property
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from carbontrack import clock
from carbontrack.audit import PLATFORM_SUBJECT, organization_subject, person_subject
from carbontrack.audit_search import Search
from organizations.trail import ALL_KINDS

#: Without anybody named, days are read one by one: so many unless the form says, and no more than a year.
USUAL_DAYS = timedelta(days=29)
MOST_DAYS = timedelta(days=366)
BEFORE_EVERYTHING = date(2000, 1, 1)
#: What CarbonTrack does by itself is recorded under this id.
SYSTEM = "system"
NOBODY = "No account has this address. Look for the id, if it is gone by now."
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_INPUT = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
_TOO_EARLY = "This is after the last day."
_NOTHING_YET = "There was nothing yet. Choose a later day."
_TOO_LONG = "Choose a year at most, or say who, to whom or in whose trail."


def _text(label: str, placeholder: str) -> forms.CharField:
    attributes = {**_INPUT, "placeholder": placeholder}
    return forms.CharField(
        label=label, required=False, max_length=254, widget=forms.TextInput(attrs=attributes)
    )


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the day like 2026-03-15."},
    )


class AuditSearchForm(forms.Form):
    """By whom, to whom, in whose trail, what, when, and with which words. Days are in UTC."""

    who = _text("By whom", "Address or id")
    whom = _text("To whom", "Address or id")
    trail = _text("In whose trail", "Address, id, or platform")
    what = forms.ChoiceField(label="About", required=False, choices=[("", "Everything"), *ALL_KINDS])
    since = _day("From")
    until = _day("To")
    text = forms.CharField(
        label="With the words",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={**_INPUT, "type": "search"}),
    )

    def clean_who(self) -> str:
        """The id of who acted."""
        text = str(self.cleaned_data["who"])
        return SYSTEM if text.casefold() == "carbontrack" else _id_of(text)

    def clean_whom(self) -> str:
        return _id_of(str(self.cleaned_data["whom"]))

    def clean_trail(self) -> str:
        """The subject of a trail: a person's by address or id, an organization's by id."""
        text = str(self.cleaned_data["trail"])
        if text in {"", PLATFORM_SUBJECT}:
            return text
        found = _id_of(text)
        try:
            return person_subject(str(UUID(found)))
        except ValueError:
            return organization_subject(found)

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        for name, day in (("since", since), ("until", until)):
            if day and day < BEFORE_EVERYTHING:  # days before days are not counted back to the year 0
                self.add_error(name, _NOTHING_YET)
        if since and until and since > until:
            self.add_error("since", _TOO_EARLY)
        elif (
            not self.errors and not self.names_somebody and self.search.until - self.search.since > MOST_DAYS
        ):
            self.add_error("since", _TOO_LONG)

    @property
    def names_somebody(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("who", "whom", "trail"))

    @cached_property
    def search(self) -> Search:
        """What a valid form looks for."""
        asked = self.cleaned_data
        until = asked.get("until") or clock.now().date()
        since = asked.get("since") or (BEFORE_EVERYTHING if self.names_somebody else until - USUAL_DAYS)
        return Search(
            since=since,
            until=until,
            subject=asked["trail"],
            actor_id=asked["who"],
            about_id=asked["whom"],
            actions=asked["what"],
        )

    @property
    def words(self) -> str:
        return str(self.cleaned_data["text"]).casefold()

    @property
    def query(self) -> dict[str, str]:
        """What of the address narrows anything, as it was typed."""
        return {name: value for name in self.fields if (value := str(self.data.get(name, "")).strip())}


def _id_of(text: str) -> str:
    """The id that is meant: of the account with this address, or the one that was typed."""
    if not text:
        return ""
    if "@" in text:
        user_id = User.objects.filter(email=text.lower()).values_list("pk", flat=True).first()
        if user_id is None:
            raise ValidationError(NOBODY)
        return str(user_id)
    if not _ID.fullmatch(text):
        raise ValidationError("Type a whole address, or an id.")
    return text
