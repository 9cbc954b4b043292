"""Parquet files of a warehouse, written and read a piece at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from decimal import Decimal
from itertools import islice
from types import TracebackType
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from carbontrack.storage import Storage
from emissions.warehouse.manifest import DataFile

#: Rows that are in memory at a time, some 150 bytes each.
ROW_GROUP = 65_536
READ_ROWS = 16_384


class ParquetFile:
    """A file under way, made when its first row comes. `done` describes it after the block, if it was made.

    When the block ends with an error there is no file.
    """

    def __init__(self, storage: Storage, path: str, schema: Any) -> None:
        self._storage, self._path, self._schema = storage, path, schema
        self._stack = ExitStack()
        self._writer: Any = None
        self._output: _Digesting | None = None
        self._waiting: list[Any] = []
        self._waiting_rows = self._rows = 0
        self._kg = Decimal(0)
        self.done: DataFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            with suppress(OSError, pa.ArrowException):  # what failed is known: this is to let go of it
                if self._writer is not None:
                    self._writer.close()
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            self._flush()
            if self._writer is not None:
                self._writer.close()
        if self._output is not None:
            kg = str(self._kg) if "co2_emissions" in self._schema.names else None
            self.done = DataFile(self._path, self._rows, self._output.size, self._output.digest(), kg)

    def write(self, batch: Any) -> None:
        """Add a record batch of the file's columns."""
        if not batch.num_rows:
            return
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        if self._waiting_rows >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        table = pa.Table.from_batches(self._waiting, self._schema)
        self._waiting, self._waiting_rows = [], 0
        if self._writer is None:
            self._output = _Digesting(self._stack.enter_context(self._storage.writer(self._path)))
            self._writer = pq.ParquetWriter(
                pa.PythonFile(self._output, mode="w"), self._schema, compression="zstd"
            )
        self._writer.write_table(table, row_group_size=ROW_GROUP)
        self._rows += table.num_rows
        if "co2_emissions" in self._schema.names:
            self._kg += pc.sum(table["co2_emissions"].cast(pa.decimal128(38, 6))).as_py()


def write_rows(storage: Storage, path: str, schema: Any, rows: Iterable[dict[str, Any]]) -> DataFile:
    """Write rows as they come; a file without any has its columns all the same."""
    rows, count = iter(rows), 0
    with storage.writer(path) as file:
        output = _Digesting(file)
        with pq.ParquetWriter(pa.PythonFile(output, mode="w"), schema, compression="zstd") as writer:
            while chunk := list(islice(rows, READ_ROWS)):
                writer.write_batch(pa.RecordBatch.from_pylist(chunk, schema))
                count += len(chunk)
    return DataFile(path, count, output.size, output.digest())


def read_rows(storage: Storage, path: str) -> list[dict[str, Any]]:
    """The rows of a small file."""
    with storage.reader(path) as file:
        rows: list[dict[str, Any]] = pq.read_table(pa.PythonFile(file, mode="r")).to_pylist()
        return rows


def month_changes(storage: Storage, path: str) -> dict[str, int]:
    """By person, what their month had counted when the rows of this file were read."""
    found: dict[str, int] = {}
    for batch in _batches(storage, path, columns=["person", "month_changes"]):
        people = pa.Table.from_batches([batch]).group_by("person").aggregate([("month_changes", "max")])
        found.update(zip(people["person"].to_pylist(), people["month_changes_max"].to_pylist(), strict=True))
    return found


def rows_of(storage: Storage, path: str, people: Iterable[str]) -> Iterator[Any]:
    """Record batches of those rows of a file with entries that are these people's."""
    wanted = pa.array(list(people), pa.string())
    for batch in _batches(storage, path):
        yield batch.filter(pc.is_in(batch["person"], value_set=wanted))


def _batches(storage: Storage, path: str, columns: list[str] | None = None) -> Iterator[Any]:
    with storage.reader(path) as file, pq.ParquetFile(pa.PythonFile(file, mode="r")) as parquet:
        yield from parquet.iter_batches(READ_ROWS, columns=columns)


class _Digesting:
    """Passes on what is written, and knows its size and digest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, content: Any) -> int:
        self._file.write(content)
        self._sha256.update(content)
        self.size += len(content)
        return len(content)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        """The storage does, once, when the file is whole."""

    def close(self) -> None:
        self.closed = True

    def digest(self) -> str:
        return self._sha256.hexdigest()
