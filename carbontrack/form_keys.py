"""The hidden key of a form that makes something: the id that it will have, signed for one person.

The same form sent again carries the same id, so it makes nothing more, and nobody can choose an id.
"""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.core.signing import BadSignature, Signer
from ulid import ULID


class FormKeyRefused(BadRequest):
    """A form key that was tampered with or belongs to somebody else. Answered with 400."""


def new_form_key(user_id: str) -> str:
    """The key of a fresh form."""
    return _signer(user_id).sign(str(ULID()))


def read_form_key(user_id: str, form_key: str) -> str:
    """The id in a form key. Raises FormKeyRefused."""
    try:
        return _signer(user_id).unsign(form_key)
    except BadSignature as error:
        raise FormKeyRefused("The form's key is not one of this person.") from error


def _signer(user_id: str) -> Signer:
    # The salt is that of the first such form: one that was opened before an upgrade can still be sent.
    return Signer(salt=f"emissions.form-key:{user_id}")
