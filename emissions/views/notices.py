"""What just happened to an entry, kept for the next page of somebody without JavaScript, and shown once.

Django's messages are plain text; these carry an Undo.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from emissions.domain.entries import Entry
from emissions.factors import choices
from emissions.repositories.entry_items import entry_from_item
from emissions.services.tokens import read_undo_token
from emissions.templatetags.carbon import kg_co2e, quantity
from emissions.views.workplace import counts_at
from organizations.domain import Organization

if TYPE_CHECKING:
    from carbontrack.http import PersonRequest

_SESSION_KEY = "entry_notice"


@dataclass(frozen=True, slots=True)
class EntryNotice:
    """`event`: recorded, changed, deleted, restored or refused; of the last, only the `message` counts.

    An entry that was recorded can be deleted again, hence its version; a deleted one has an undo token.
    `counts` is a sentence about where a work entry counts now.
    """

    event: str
    label: str = ""
    amount: str = ""
    co2_emissions: str = ""
    slug: str = ""
    entry_id: str = ""
    version: int = 0
    undo_token: str = ""
    message: str = ""
    counts: str = ""

    @classmethod
    def of(
        cls,
        event: str,
        entry: Entry,
        *,
        organization: Organization | None = None,
        previous: Entry | None = None,
        undo_token: str = "",
    ) -> EntryNotice:
        """`organization` is the person's own, `previous` the entry before it was changed."""
        return cls(
            event=event,
            label=choices.label(entry.variant),
            amount=quantity(entry.amount, entry.unit),
            co2_emissions=kg_co2e(entry.co2_emissions),
            slug=entry.slug,
            entry_id=entry.entry_id,
            version=entry.version,
            undo_token=undo_token,
            counts=_counts(entry, previous, organization),
        )

    @classmethod
    def deleted(cls, user_id: str, undo_token: str) -> EntryNotice:
        """Of the entry that the token would bring back."""
        return cls.of("deleted", entry_from_item(read_undo_token(user_id, undo_token)), undo_token=undo_token)

    def leave(self, request: PersonRequest) -> None:
        """For the next page that shows notices."""
        request.session[_SESSION_KEY] = asdict(self)


def _counts(entry: Entry, previous: Entry | None, organization: Organization | None) -> str:
    if where := counts_at(entry, organization):
        return f"Counts for {where}."
    if previous is not None and (where := counts_at(previous, organization)):
        return f"Personal now: it no longer counts for {where}."
    return ""


def take_notice(request: PersonRequest) -> EntryNotice | None:
    stored = request.session.pop(_SESSION_KEY, None)
    return EntryNotice(**stored) if stored else None
