"""What stops an export, each with a sentence for whoever runs it. The warehouse stays as it was."""

from __future__ import annotations


class WarehouseError(Exception):
    """The common ancestor, so that the command can catch them all in one place."""


class WarehouseKeyMissing(WarehouseError):
    """There is no key for the pseudonyms of people."""


class WarehouseNotReadable(WarehouseError):
    """What is at the target is no warehouse that this release understands."""


class ExportOvertaken(WarehouseError):
    """Another export to the same target finished first."""


class SourceRefused(WarehouseError):
    """The export of DynamoDB is not whole, or not one of entries."""
