"""What a warehouse consists of: the one file that is ever replaced, and the order in which that is safe.

New files have new names. Once they are all there, the manifest that names them takes the place of the last
one, in one step; only then the files that nothing names any more go. Whatever dies on the way leaves the last
manifest with all its files, and some that nobody reads, which the next export removes.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from carbontrack import clock
from carbontrack.clock import stamp
from carbontrack.storage import Storage
from emissions.warehouse.columns import FORMAT
from emissions.warehouse.errors import ExportOvertaken, WarehouseNotReadable

MANIFEST = "manifest.json"
ENTRIES = "entries"
DIMENSIONS = ("people", "organizations", "departments", "factors", "sources")
_OURS = re.compile(
    r"(entries/year=\d{4}/month=\d{2}/part-\d{4}|" + "|".join(f"{each}/{each}" for each in DIMENSIONS) + r")"
    r"\.\d{8}T\d{6}-[0-9a-f]{8}\.parquet",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file, with what it must hold. `kg` is the sum of `co2_emissions` of entries; others have none."""

    path: str
    rows: int
    bytes: int
    sha256: str
    kg: str | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """The people of a month whose pseudonyms begin alike. `seen` is a digest of their months' `changes`.

    `file` is None where none of them has an entry. An empty `seen` is looked at again by the next export.
    """

    seen: str
    file: DataFile | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """One state of a warehouse. `key` tells which key made its pseudonyms, `source` what it was made from.

    `months` has a power of two of buckets for each month, `2024-03`.
    """

    key: str
    source: Mapping[str, str]
    months: Mapping[str, tuple[Bucket, ...]] = field(default_factory=dict)
    dimensions: Mapping[str, DataFile] = field(default_factory=dict)
    format: int = FORMAT
    generation: int = 0
    written_at: str = ""

    @property
    def entry_files(self) -> list[DataFile]:
        return [bucket.file for buckets in self.months.values() for bucket in buckets if bucket.file]

    @property
    def files(self) -> list[DataFile]:
        return [*self.entry_files, *self.dimensions.values()]

    @property
    def rows(self) -> int:
        """How many entries there are."""
        return sum(each.rows for each in self.entry_files)

    @property
    def kg(self) -> Decimal:
        return sum((Decimal(each.kg or 0) for each in self.entry_files), Decimal(0))

    def says_the_same(self, other: Manifest) -> bool:
        """Whether both name the same files for the same reasons, whenever they were written."""
        return replace(self, generation=0, written_at="") == replace(other, generation=0, written_at="")


class Warehouse:
    """The files at one target. `last` is its manifest, if there is one that this release can go on from."""

    def __init__(self, storage: Storage) -> None:
        """Raises WarehouseNotReadable where a manifest is there and makes no sense."""
        self.storage = storage
        self.generation = 0
        self.last = self._read()
        self._run = f"{clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"

    def new_path(self, stem: str) -> str:
        """Where this run may write a file: a name that no other run uses."""
        return f"{stem}.{self._run}.parquet"

    def publish(self, manifest: Manifest) -> Manifest:
        """Make `manifest` the state that readers see, then remove what it does not name.

        Raises ExportOvertaken where another run has published meanwhile; then ours leaves nothing.
        """
        self._demand_own_turn()
        manifest = replace(manifest, generation=self.generation + 1, written_at=stamp(clock.now()))
        self.storage.write(MANIFEST, _dumped(manifest))
        self.last, self.generation = manifest, manifest.generation
        self.clean_up()
        return manifest

    def clean_up(self) -> None:
        """Remove files of exports that the last manifest does not name: replaced ones, and those of a crash.

        Those of an export that is under way go, too: it then finds that it was overtaken.
        """
        named = {each.path for each in self.last.files} if self.last else set()
        self._remove(each.path for each in self.storage.list() if each.path not in named)

    def _demand_own_turn(self) -> None:
        if self._stored_generation() == self.generation:
            return
        self._remove(each.path for each in self.storage.list() if f".{self._run}." in each.path)
        raise ExportOvertaken(
            "Another export to the same place finished first. This one has changed nothing. "
            "Run one at a time."
        )

    def _remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            if _OURS.fullmatch(path):
                self.storage.remove(path)

    def _read(self) -> Manifest | None:
        stored = self._stored()
        if stored is None:
            return None
        try:
            self.generation = int(stored["generation"])
            return _loaded(stored) if stored["format"] == FORMAT else None
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(self.storage) from error

    def _stored(self) -> dict[str, Any] | None:
        try:
            stored = json.loads(self.storage.read(MANIFEST))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise _unreadable(self.storage) from error
        if not isinstance(stored, dict):
            raise _unreadable(self.storage)
        return stored

    def _stored_generation(self) -> int:
        stored = self._stored()
        return 0 if stored is None else int(stored["generation"])


def _unreadable(storage: Storage) -> WarehouseNotReadable:
    return WarehouseNotReadable(
        f"{MANIFEST} at {storage.address} is not one of a warehouse. Choose an empty place."
    )


def _dumped(manifest: Manifest) -> bytes:
    """As readers use it: a flat list of the files with entries first, what only exports need last."""
    stored = asdict(manifest)
    months, dimensions = stored.pop("months"), stored.pop("dimensions")
    files = [
        {"month": month, "bucket": number, **bucket["file"]}
        for month, buckets in sorted(months.items())
        for number, bucket in enumerate(buckets)
        if bucket["file"]
    ]
    stored |= {
        "rows": manifest.rows,
        "kg": str(manifest.kg),
        ENTRIES: files,
        "dimensions": [{"name": name, **file} for name, file in dimensions.items()],
        "seen": {month: [bucket["seen"] for bucket in buckets] for month, buckets in sorted(months.items())},
    }
    return json.dumps(stored, indent=1).encode()


def _loaded(stored: dict[str, Any]) -> Manifest:
    files = {(each.pop("month"), each.pop("bucket")): DataFile(**each) for each in stored[ENTRIES]}
    return Manifest(
        key=stored["key"],
        source=stored["source"],
        months={
            month: tuple(Bucket(digest, files.get((month, number))) for number, digest in enumerate(seen))
            for month, seen in stored["seen"].items()
        },
        dimensions={each.pop("name"): DataFile(**each) for each in stored["dimensions"]},
        generation=stored["generation"],
        written_at=stored["written_at"],
    )
