"""Files in forms: kept where a route has `upload_bytes` in `carbontrack.policy`, dropped everywhere else.

Whatever somebody sends is read to its end, as a browser shows no answer to a form it is still sending; but
only what a route allows is ever kept, small files in memory. What is larger reaches the form as a file that
is empty and says how large it was, so that the form can answer with a sentence.
"""

from __future__ import annotations

from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from carbontrack.policy import POLICY

#: Where a route takes more, files wait on disk from here on while their request lasts.
MEMORY_BYTES = 2_500_000


class OversizedFile(UploadedFile):
    """Stands for a file that was too large to be kept. `size` is how large it was; it has no content."""


class BoundedUploadHandler(FileUploadHandler):
    """Keeps the files of a request up to what its route allows for all of them together."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        match = getattr(request, "resolver_match", None)
        rule = POLICY.get(match.view_name) if match else None
        self._most = self._room = rule.upload_bytes if rule else 0
        self._file: IO[bytes] | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file. Raises SkipFile where none is wanted."""
        super().new_file(*args, **kwargs)
        if not self._most:
            raise SkipFile
        if self._most <= MEMORY_BYTES:
            self._file = BytesIO()
            return
        self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115  # the request closes it

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a piece of the file, or let go of all of it once it is too large."""
        self._room -= len(raw_data)
        if self._file is not None and self._room < 0:
            self._file.close()
            self._file = None
        if self._file is not None:
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        file, self._file = self._file, None
        described: dict[str, Any] = {
            "name": self.file_name,
            "content_type": self.content_type,
            "size": file_size,
            "charset": self.charset,
            "content_type_extra": self.content_type_extra,
        }
        if file is None:
            return OversizedFile(file=BytesIO(), **described)
        file.seek(0)
        return UploadedFile(file=file, **described)

    def upload_interrupted(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
