"""DynamoDB's export of a table to S3, as it lies there, with every check that its manifests allow.

<prefix>/AWSDynamoDB/<export id>/manifest-summary.json     what was exported, and when
<prefix>/AWSDynamoDB/<export id>/manifest-files.json       one line for each file, with its MD5
<prefix>/AWSDynamoDB/<export id>/data/<name>.json.gz       one item a line, in DynamoDB's wire form
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

import orjson

from carbontrack.dynamodb import Item
from carbontrack.dynamodb.tables import CARBON_DATA
from carbontrack.storage import Storage
from emissions.warehouse.errors import SourceRefused

SUMMARY = "manifest-summary.json"
FILES = "manifest-files.json"
#: Beside each manifest, under the one name or the other: its MD5 in Base64.
CHECKSUMS = (".checksum", ".md5")
_SIMPLE_ETAG = re.compile(r"[0-9a-f]{32}", re.ASCII)


class TableExport:
    """A finished, full export of CarbonDataTable. Every method raises SourceRefused where it is not whole."""

    def __init__(self, storage: Storage, export_id: str | None = None) -> None:
        """Find the export in `storage`: the only one there, or the one that `export_id` names."""
        self._storage = storage
        self._folder = _find(storage, export_id)
        self.name = f"{storage.address}/{self._folder}".rstrip("/")
        self._summary = self._manifest(SUMMARY)[0]
        self._demand_entries()

    @property
    def about(self) -> dict[str, str]:
        """What tells this export from any other."""
        return {
            "export": str(self._summary.get("exportArn") or self._folder),
            "exported_at": str(self._summary.get("exportTime", "")),
        }

    def items(self) -> Iterator[Item]:
        """Every item, in no order. What is wrong with a file may only show at its end."""
        total = 0
        for line in self._manifest(FILES):
            count = 0
            for item in self._data(line):
                count += 1
                yield item
            if count != line.get("itemCount", count):
                raise self._damaged(f"{line['dataFileS3Key']} has {count} items, not {line['itemCount']}")
            total += count
        if total != self._summary.get("itemCount", total):
            raise self._damaged(f"there are {total} items, not {self._summary['itemCount']}")

    def _data(self, line: dict[str, Any]) -> Iterator[Item]:
        # Its folder is known; the key is from the bucket's top, wherever the files have been copied since.
        path = self._path(f"data/{str(line['dataFileS3Key']).rpartition('/')[2]}")
        try:
            with self._storage.reader(path) as file:
                digesting: Any = _Digesting(file)
                with gzip.GzipFile(mode="rb", fileobj=digesting) as unpacked:
                    for text in unpacked:
                        yield orjson.loads(text)["Item"]
        except FileNotFoundError as error:
            raise self._damaged(f"{path} is missing") from error
        except (EOFError, gzip.BadGzipFile, zlib.error, ValueError, KeyError, TypeError) as error:
            raise self._damaged(f"{path} cannot be read") from error
        self._demand_digest(path, digesting.md5.digest(), line)

    def _demand_digest(self, path: str, md5: bytes, line: dict[str, Any]) -> None:
        """An ETag is an MD5 only of what was uploaded in one piece; else it says how many there were."""
        etag = str(line.get("etag", "")).strip('"')
        wrong_md5 = "md5Checksum" in line and _decoded(line["md5Checksum"]) != md5
        if wrong_md5 or (_SIMPLE_ETAG.fullmatch(etag) and etag != md5.hex()):
            raise self._damaged(f"{path} is not what was exported")

    def _manifest(self, name: str) -> list[dict[str, Any]]:
        """The JSON objects of a manifest, one a line or one in all."""
        path = self._path(name)
        try:
            content = self._storage.read(path)
        except FileNotFoundError as error:
            raise self._damaged(f"{path} is missing: the export is not finished") from error
        for ending in CHECKSUMS:
            with suppress(FileNotFoundError):
                said = _decoded(self._storage.read(self._path(f"{name.rpartition('.')[0]}{ending}")))
                if len(said) == 16 and said != hashlib.md5(content, usedforsecurity=False).digest():
                    raise self._damaged(f"{path} is not what was exported")
        try:
            found = [json.loads(content)] if name == SUMMARY else list(map(json.loads, content.splitlines()))
        except ValueError as error:
            raise self._damaged(f"{path} cannot be read") from error
        return found

    def _demand_entries(self) -> None:
        summary = self._summary
        if summary.get("outputFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
            raise SourceRefused(f"{self.name} is in {summary['outputFormat']}. Export it as DYNAMODB_JSON.")
        if summary.get("exportType", "FULL_EXPORT") != "FULL_EXPORT":
            raise SourceRefused(f"{self.name} holds changes only. A full export is needed.")
        table = str(summary.get("tableArn", "")).rpartition("/")[2]
        if table and table != CARBON_DATA.physical_name:
            raise SourceRefused(f"{self.name} is of {table}, not of {CARBON_DATA.physical_name}.")

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}" if self._folder else name

    def _damaged(self, what: str) -> SourceRefused:
        return SourceRefused(f"{self.name} is not whole: {what}. Nothing was changed.")


def _find(storage: Storage, export_id: str | None) -> str:
    """The folder of the export."""
    folders = [
        each.path.rpartition("/")[0] for each in storage.list() if each.path.rpartition("/")[2] == SUMMARY
    ]
    if export_id is not None:
        folders = [each for each in folders if each.rpartition("/")[2] == export_id]
    if not folders:
        raise SourceRefused(f"There is no finished export of DynamoDB at {storage.address}.")
    if len(folders) > 1:
        names = ", ".join(sorted(each.rpartition("/")[2] for each in folders))
        raise SourceRefused(
            f"There are several exports at {storage.address}. Choose one with --export: {names}"
        )
    return folders[0]


def _decoded(text: str | bytes) -> bytes:
    """Of Base64; nothing where it is none."""
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return b""


class _Digesting:
    """Reads a file and knows the MD5 of what it has read, which S3 keeps of a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.md5 = hashlib.md5(usedforsecurity=False)

    def read(self, size: int = -1, /) -> bytes:
        content = self._file.read(size)
        self.md5.update(content)
        return content
