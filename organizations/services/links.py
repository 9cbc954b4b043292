"""The link of an invitation: which one it is, and a secret that only its mail has."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Self

from organizations.repositories.invitations import is_id

SECRET_BYTES = 32
#: What `secrets.token_urlsafe` makes of them.
SECRET_CHARACTERS = 43


@dataclass(frozen=True, slots=True)
class InvitationLink:
    """`<organization>.<invitation>.<secret>` in a mail; without a secret in one's own list of invitations."""

    organization_id: str
    invitation_id: str
    secret: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, token: str) -> Self | None:
        """The link that a URL's token stands for; None if it stands for none."""
        organization_id, _, rest = token.partition(".")
        invitation_id, dot, secret = rest.partition(".")
        if not is_id(organization_id) or not is_id(invitation_id):
            return None
        if dot and (len(secret) != SECRET_CHARACTERS or not secret.isascii()):
            return None
        return cls(organization_id, invitation_id, secret if dot else None)

    @property
    def token(self) -> str:
        """What stands in the URL."""
        parts = [self.organization_id, self.invitation_id, *([] if self.secret is None else [self.secret])]
        return ".".join(parts)

    def opens(self, token_hash: str) -> bool:
        """Whether the secret is the one that this hash was made of."""
        return self.secret is not None and hmac.compare_digest(hash_of(self.secret), token_hash)


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_of(secret: str) -> str:
    """What is stored of a secret. It is random and long, so a plain hash cannot be turned back."""
    return hashlib.sha256(secret.encode()).hexdigest()
