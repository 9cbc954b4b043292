"""DynamoDB's own export becomes the warehouse that an export of the tables would be."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from carbontrack import clock
from carbontrack.dynamodb import Item, iter_scan
from carbontrack.dynamodb.tables import CARBON_DATA, EMISSION_TOTALS
from carbontrack.storage import open_storage
from emissions.services.bulk import record_entries
from emissions.warehouse import buckets
from emissions.warehouse.conversion import convert_export
from emissions.warehouse.errors import SourceRefused
from emissions.warehouse.exporting import Exported, export_tables
from tests.emissions.warehouse.asking import PSEUDONYMS, rows
from tests.factories import NOW, make_entry
from tests.fixtures.aws import Aws, export_manifests

pytestmark = pytest.mark.usefixtures("dynamodb")

ALL = "SELECT * EXCLUDE (month_changes) FROM entries ORDER BY person, entry"
FOLDER = "AWSDynamoDB/0001"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def items() -> list[Item]:
    """What the table holds: two months of six people, one of them with a work entry."""
    for number in range(6):
        user_id = str(uuid.UUID(int=number))
        work: dict[str, Any] = {"organization_id": "o1", "department_id": "d1"} if number == 3 else {}
        entries = [
            make_entry(1, user_id=user_id, **work),
            make_entry(2, user_id=user_id, occurred_at=NOW, note="x"),
        ]
        record_entries(user_id, entries)
    return list(iter_scan(CARBON_DATA))


def convert(source: Any, target: Any, **options: Any) -> Exported:
    return convert_export(open_storage(source), open_storage(target), PSEUDONYMS, **options)


def test_an_export_on_s3_becomes_what_the_tables_export_themselves(
    aws: Aws, items: list[Item], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(buckets, "ROWS_PER_BUCKET", 2)
    bucket = aws.make_bucket()
    export_id = aws.export_table(CARBON_DATA, items, bucket, "exports")
    target = f"s3://{bucket}/warehouse"
    export_tables(open_storage(tmp_path), PSEUDONYMS)

    exported = convert(f"s3://{bucket}/exports", target, export_id=export_id)

    copied = copy_of(target, tmp_path / "copy")
    assert rows(copied, ALL) == rows(tmp_path, ALL)
    assert rows(copied, "FROM factors") == rows(tmp_path, "FROM factors")
    assert len(exported.manifest.entry_files) > 4
    assert not convert(f"s3://{bucket}/exports", target).changed
    again = export_tables(open_storage(target), PSEUDONYMS)
    assert again.read_months == 12
    assert not export_tables(open_storage(target), PSEUDONYMS).changed


def copy_of(address: str, folder: Path) -> Path:
    storage, copied = open_storage(address), open_storage(folder)
    for each in storage.list():
        copied.write(each.path, storage.read(each.path))
    return folder


@pytest.fixture
def export(items: list[Item], tmp_path: Path) -> Path:
    """A good export in a folder, of two files of which one is empty."""
    lines = b"".join(orjson.dumps({"Item": item}) + b"\n" for item in items)
    write_export(tmp_path / "export", {"a.json.gz": gzip.compress(lines), "b.json.gz": gzip.compress(b"")})
    return tmp_path / "export"


def write_export(top: Path, data: dict[str, bytes], **changes: Any) -> None:
    folder = top / FOLDER
    arn = f"arn:aws:dynamodb:eu-central-1:1:table/{CARBON_DATA.physical_name}"
    keys = {f"somewhere/else/{FOLDER}/data/{name}": content for name, content in data.items()}
    files = export_manifests(arn, keys, FOLDER, **changes)
    files |= {f"data/{name}": content for name, content in data.items()}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def damages() -> Iterator[Any]:
    data = Path(FOLDER, "data", "a.json.gz")
    summary, files = Path(FOLDER, "manifest-summary.json"), Path(FOLDER, "manifest-files.json")
    yield "missing", data, lambda content: None
    yield "not what was exported", data, lambda content: gzip.compress(gzip.decompress(content), 1)
    yield "cannot be read", data, lambda content: content[:-40]
    yield "cannot be read", data, lambda content: b"not gzip"
    yield "not finished", files, lambda content: None
    yield "not what was exported", files, lambda content: content + b"\n"
    yield "not what was exported", summary, lambda content: content + b" "
    yield "no finished export", summary, lambda content: None


@pytest.mark.parametrize(("words", "path", "damage"), list(damages()))
def test_a_damaged_export_changes_nothing(words: str, path: Path, damage: Any, export: Path, tmp_path: Path):
    damaged = damage((export / path).read_bytes())
    if damaged is None:
        (export / path).unlink()
    else:
        (export / path).write_bytes(damaged)

    with pytest.raises(SourceRefused, match=words):
        convert(export, tmp_path / "warehouse")

    assert list(open_storage(tmp_path / "warehouse").list()) == []


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("Export it as DYNAMODB_JSON", {"outputFormat": "ION"}),
        ("A full export is needed", {"exportType": "INCREMENTAL_EXPORT"}),
        ("is of EmissionTotalsTable", {"tableArn": "arn:aws:dynamodb:x:1:table/EmissionTotalsTable"}),
        ("there are 12 items, not 13", {"itemCount": 13}),
    ],
)
def test_another_export_is_refused(words: str, changes: dict[str, Any], export: Path, tmp_path: Path):
    data = {path.name: path.read_bytes() for path in (export / FOLDER / "data").iterdir()}
    write_export(export, data, **changes)

    with pytest.raises(SourceRefused, match=words):
        convert(export, tmp_path / "warehouse")


def test_an_export_of_other_items_is_refused(export: Path, tmp_path: Path):
    total = next(iter_scan(EMISSION_TOTALS))
    line = orjson.dumps({"Item": total}) + b"\n"
    write_export(export, {"a.json.gz": gzip.compress(line), "b.json.gz": gzip.compress(b"")})

    with pytest.raises(SourceRefused, match="not an entry"):
        convert(export, tmp_path / "warehouse")


def test_of_several_exports_one_is_named(export: Path, tmp_path: Path):
    (export / FOLDER).rename(export / "AWSDynamoDB" / "0002")
    (export / FOLDER).mkdir()
    (export / FOLDER / "manifest-summary.json").write_text(json.dumps({}))

    with pytest.raises(SourceRefused, match="--export: 0001, 0002"):
        convert(export, tmp_path / "warehouse")

    assert convert(export, tmp_path / "warehouse", export_id="0002").manifest.rows == 12
