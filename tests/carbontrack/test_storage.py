"""Files in a folder, and in a bucket of moto's S3: the same promises in both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carbontrack.storage import Storage, open_storage
from tests.fixtures.aws import Aws


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return open_storage(tmp_path / "top")
    aws: Aws = request.getfixturevalue("aws")
    return open_storage(f"s3://{aws.make_bucket()}/top")


def paths(storage: Storage, under: str = "") -> list[str]:
    return [each.path for each in storage.list(under)]


def test_what_is_written_is_found_read_listed_and_removed(storage: Storage):
    assert paths(storage) == []
    storage.write("b/2.bin", b"two")
    storage.write("b/1/x.bin", [b"on", b"e"])
    storage.write("a.bin", b"")

    assert paths(storage) == ["a.bin", "b/1/x.bin", "b/2.bin"]
    assert paths(storage, "b") == ["b/1/x.bin", "b/2.bin"]
    assert paths(storage, "c") == []
    assert (storage.read("b/1/x.bin"), storage.read("a.bin")) == (b"one", b"")
    found = storage.find("b/2.bin")
    assert found is not None
    assert (found.path, found.size) == ("b/2.bin", 3)

    storage.remove("b/1/x.bin")
    storage.remove("b/1/x.bin")

    assert paths(storage) == ["a.bin", "b/2.bin"]
    assert storage.find("b/1/x.bin") is None
    assert storage.find("b") is None
    with pytest.raises(FileNotFoundError):
        storage.read("b/1/x.bin")


def test_a_file_is_replaced_whole_or_not_at_all(storage: Storage):
    def pieces() -> Iterator[bytes]:
        yield b"half of wh"
        raise RuntimeError("stop")

    storage.write("kept.bin", b"before")

    for path in ("kept.bin", "new/new.bin"):
        with pytest.raises(RuntimeError, match="stop"):
            storage.write(path, pieces())

    assert paths(storage) == ["kept.bin"]
    assert storage.read("kept.bin") == b"before"
    storage.write("kept.bin", b"after")
    assert storage.read("kept.bin") == b"after"


def test_a_file_can_be_read_from_any_place_as_parquet_wants_it(storage: Storage):
    storage.write("numbers.bin", bytes(range(100)))

    with storage.reader("numbers.bin") as file:
        file.seek(-2, 2)
        assert file.read() == b"bc"
        file.seek(10)
        assert file.read(2) == b"\x0a\x0b"


def test_what_a_crash_leaves_is_not_listed(tmp_path: Path):
    (tmp_path / "x.parquet.0011223344556677.part").write_bytes(b"half")

    assert paths(open_storage(tmp_path)) == []


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../x", "a//x", "", ".", "a/\n"])
def test_a_path_stays_inside(tmp_path: Path, path: str):
    storage = open_storage(tmp_path)
    with pytest.raises(ValueError, match="not a path"):
        storage.write(path, b"x")


@pytest.mark.parametrize("address", ["", "s3://", "https://example.org/x", "ftp://x", "file://host/x"])
def test_other_addresses_are_refused(address: str):
    with pytest.raises(ValueError, match="s3://bucket/prefix"):
        open_storage(address)


def test_a_folder_may_be_written_as_an_address(tmp_path: Path):
    open_storage(f"{tmp_path.as_uri()}/with%20blank").write("x", b"1")

    assert (tmp_path / "with blank" / "x").read_bytes() == b"1"
