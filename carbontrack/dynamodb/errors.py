"""What can go wrong in the data layer, in the words of the product.

Repositories queue one of these with each conditional write; `carbontrack.middleware` turns whatever reaches
it into one answer: ItemNotFound 404, ItemAlreadyExists and Conflict 409, InvalidCursor 400, Throttled and
Unavailable 503 with Retry-After.
"""

from __future__ import annotations


class DataLayerError(Exception):
    """The common ancestor, so that the middleware can catch them all in one place."""


class ItemNotFound(DataLayerError):
    """The item does not exist, or belongs to somebody else: a caller cannot tell which, on purpose."""


class ItemAlreadyExists(DataLayerError):
    """An `add` met an item with the same key that is not its own."""


class Conflict(DataLayerError):
    """Somebody else changed the item first (its version moved), or kept colliding until retries ran out."""


class TokenReused(Conflict):
    """A request token was sent before, within ten minutes, with other content. Nothing was written now."""


class InvalidCursor(DataLayerError):
    """A page cursor was tampered with, or belongs to another query, owner or sort order."""


class Throttled(DataLayerError):
    """DynamoDB asked for less, for longer than the retries lasted."""


class Unavailable(DataLayerError):
    """DynamoDB could not be reached or kept failing. A transaction is all or nothing, even then."""
