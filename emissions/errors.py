"""What a person asked for and cannot have, each with a sentence for them and the field it belongs to."""

from __future__ import annotations


class EntryRefused(Exception):
    """An entry that cannot be saved as it stands. `field` names a form field; None is the whole form."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class DayOutOfRange(EntryRefused):
    """A day so far ahead or behind that it is a slip of the finger."""


class TimeZoneUnknown(EntryRefused):
    """A time zone that the IANA database does not have."""


class NoteTooLong(EntryRefused):
    """A note that is a document."""


class FormAlreadySaved(EntryRefused):
    """The form's key has saved an entry already, with other content than this."""


class UndoTooLate(EntryRefused):
    """The minutes in which a deletion can be undone are over, or it was undone before."""
