"""What somebody asked of an import and cannot have, each with a sentence for them."""

from __future__ import annotations

from carbontrack.dynamodb.errors import Conflict


class ImportRefused(Exception):
    """An import that cannot be made or started as it stands. `message` is for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AlreadyImported(ImportRefused):
    """The same file, for the same target, is in the log already: by the import `import_id`."""

    def __init__(self, import_id: str) -> None:
        super().__init__(
            "This file has been imported before, and what it added is still in your log. "
            "Undo that import first if you want to bring the file in again."
        )
        self.import_id = import_id


class ImportChanged(Conflict):
    """The import is not in the state that was asked for: another tab or the worker was faster.

    `sentence` is for the person: `carbontrack.errors` shows it instead of the usual words.
    """

    def __init__(self) -> None:
        self.sentence = "This import has moved on meanwhile. Look at it as it is now, then try again."
        super().__init__(self.sentence)
