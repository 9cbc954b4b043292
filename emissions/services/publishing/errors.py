"""What keeps an edition from being stored or published, in sentences for people."""

from __future__ import annotations


class PublicationRefused(Exception):
    """`message` is for people; `field` is the form field it belongs to, None for all of it."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class FormUsed(PublicationRefused):
    """The form has stored something else before: it goes by a key of its own now."""

    def __init__(self) -> None:
        super().__init__(
            "This form has been saved before, with something else in it. To save this as well, send it again."
        )
