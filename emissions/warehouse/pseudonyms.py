"""Names for people and entries that only the holder of the key can trace back."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from django.conf import settings

from emissions.warehouse.errors import WarehouseKeyMissing

_DIGEST = "sha256"
_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """HMAC-SHA-256 of ids, in its first 128 bits as 32 hexadecimal digits. Another key, other pseudonyms."""

    key: bytes = field(repr=False)

    def person(self, user_id: str) -> str:
        return self._of(f"person\n{user_id}")

    def entry(self, user_id: str, entry_id: str) -> str:
        return self._of(f"entry\n{user_id}\n{entry_id}")

    @property
    def fingerprint(self) -> str:
        """Tells whether two exports used one key, and nothing else about it."""
        return self._of("fingerprint")[:16]

    def _of(self, text: str) -> str:
        return hmac.digest(self.key, text.encode(), _DIGEST).hex()[:_LENGTH]


def configured_pseudonyms() -> Pseudonyms:
    """With the key from the settings. Raises WarehouseKeyMissing."""
    if not settings.WAREHOUSE_KEY:
        raise WarehouseKeyMissing(
            "WAREHOUSE_KEY is not set: without it people would be known by their ids. "
            "docs/deployment.md says how to make one."
        )
    return Pseudonyms(settings.WAREHOUSE_KEY.encode())
