"""What an export of the tables guarantees, with DuckDB as the reader."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction, batch_write, count_requests
from carbontrack.dynamodb.tables import CARBON_DATA
from carbontrack.storage import open_storage
from emissions.domain.entries import Entry
from emissions.domain.totals import Subject, TotalsDelta
from emissions.repositories.entries import EntryRepository, item_key
from emissions.repositories.totals import TotalsRepository
from emissions.services.archiving import storing
from emissions.services.archiving.storing import archive_month
from emissions.warehouse import buckets, files, reading
from emissions.warehouse.manifest import MANIFEST
from tests.emissions.warehouse.asking import PSEUDONYMS, rows
from tests.emissions.warehouse.company import Company, as_exported, export, exported_entries, log, named_files
from tests.factories import NOW, USER_ID, entry_id_of, make_entry
from tests.fixtures.organizations import make_organization

pytestmark = pytest.mark.usefixtures("dynamodb")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def totals_of(subject: Subject) -> dict[tuple[int, int], tuple[int, Decimal]]:
    """By year and month: entries, kg."""
    months = TotalsRepository().months(subject, "2024-02", "2025-01")
    return {
        (int(each.month[:4]), int(each.month[5:])): (each.entries, each.co2_emissions)
        for each in months
        if each.entries
    }


def sums_by(folder: Path, who: str) -> dict[str, dict[tuple[int, int], tuple[int, Decimal]]]:
    """The same by the value of a column, added up by DuckDB."""
    found: dict[str, dict[tuple[int, int], tuple[int, Decimal]]] = defaultdict(dict)
    query = f"SELECT {who}, year, month, count(*), sum(co2_emissions) FROM entries GROUP BY ALL"
    for name, year, month, entries, kg in rows(folder, query):
        found[name][year, month] = (entries, kg)
    return found


@pytest.mark.parametrize("seed", range(2))
def test_sums_of_the_warehouse_equal_the_totals_whatever_people_do(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(buckets, "ROWS_PER_BUCKET", 8)  # several buckets, split anew as the months grow
    monkeypatch.setattr(files, "ROW_GROUP", 3)
    monkeypatch.setattr(reading, "CHUNK", 2)
    company = Company(seed)
    company.log()
    for round_ in range(5):
        for _ in range(16):
            company.act()
        if round_ == 4:
            company.forget(company.people[0])

        export(tmp_path)

        assert exported_entries(tmp_path) == set(map(as_exported, company.left.values()))
        of_people = sums_by(tmp_path, "person")
        for profile in company.people:
            assert of_people[PSEUDONYMS.person(profile.user_id)] == totals_of(Subject.user(profile.user_id))
        if round_ < 4:  # the figures of an organization keep what a forgotten person did
            name = company.organization.id
            assert sums_by(tmp_path, "organization_id")[name] == totals_of(Subject.organization(name))
            of_departments = sums_by(tmp_path, "department_id")
            for each in ("D1", "D2"):
                assert of_departments[each] == totals_of(Subject.department(name, each))
    assert not export(tmp_path).changed


def test_only_changed_months_are_read_and_only_their_buckets_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(buckets, "ROWS_PER_BUCKET", 4)
    people = [str(uuid.UUID(int=number)) for number in range(16)]
    log(*(make_entry(1, user_id=each) for each in people))
    log(*(make_entry(2, user_id=each, occurred_at=NOW) for each in people))
    before = export(tmp_path).manifest
    before_paths = {each.path for each in before.files}
    log(make_entry(3, user_id=people[0]))

    with count_requests() as meter:
        exported = export(tmp_path)

    queries = [each for each in meter.requests if each.operation == "query"]
    assert (len(queries), exported.read_months, exported.written_files) == (1, 1, 1)
    assert len(before.entry_files) > 4
    after = {each.path for each in exported.manifest.files}
    assert len(after - before_paths) == 1
    assert {each.path for each in open_storage(tmp_path).list()} == after | {MANIFEST}
    with count_requests() as meter:
        assert not export(tmp_path).changed
    assert {each.operation for each in meter.requests} == {"scan"}


def test_somebody_who_is_gone_is_gone_from_the_files_as_well(tmp_path: Path):
    company = Company(seed=1)
    gone, left = company.people[:2]
    log(make_entry(1, user_id=gone.user_id), make_entry(2, user_id=left.user_id))
    log(make_entry(3, user_id=gone.user_id, occurred_at=NOW))
    export(tmp_path)

    company.forget(gone)
    export(tmp_path)

    assert exported_entries(tmp_path) == {as_exported(make_entry(2, user_id=left.user_id))}
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*.parquet"))
    assert PSEUDONYMS.person(gone.user_id).encode() not in content
    assert {each.path for each in open_storage(tmp_path).list()} == named_files(tmp_path)


def test_totals_that_are_wrong_are_named_until_they_are_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("emissions.warehouse.reading.pause", lambda attempt: None)
    log(make_entry(1))
    export(tmp_path)
    move_totals("0.5")

    for _ in range(2):
        exported = export(tmp_path)

        assert exported.differing == [f"user#{USER_ID} 2024-03"]
        assert exported_entries(tmp_path) == {as_exported(make_entry(1))}

    move_totals("-0.5")
    assert export(tmp_path).differing == []
    assert not export(tmp_path).changed


def move_totals(kg: str) -> None:
    delta = TotalsDelta(Subject.user(USER_ID), "2024-03", {"co2_emissions": Decimal(kg)})
    with WriteTransaction() as transaction:
        TotalsRepository().apply([delta], transaction=transaction)


def test_what_is_written_between_the_totals_and_the_entries_comes_again_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    log(make_entry(1))
    stored = EntryRepository.iter_stored
    late = [make_entry(2)]

    def meanwhile(repository: EntryRepository, *arguments: Any) -> Iterator[Entry]:
        while late:
            log(late.pop())
        return stored(repository, *arguments)

    monkeypatch.setattr(EntryRepository, "iter_stored", meanwhile)

    exported = export(tmp_path)

    assert exported.differing == []
    assert sums_by(tmp_path, "person")[PSEUDONYMS.person(USER_ID)] == totals_of(Subject.user(USER_ID))
    assert export(tmp_path).written_files == 0


def test_nothing_says_who_somebody_is(tmp_path: Path):
    log(make_entry(1, note="Lunch with Grace", time_zone="Europe/Malta"))

    export(tmp_path)

    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    text = str(rows(tmp_path, "SELECT * FROM entries"))
    for secret in (USER_ID, entry_id_of(1), "Grace", "Malta", "10:30"):
        assert secret.encode() not in content
        assert secret not in text


def test_archived_entries_stay_whether_their_rows_are_there_already_or_only_in_the_archive(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    settings.ARCHIVE_URL = str(tmp_path / "archive")
    monkeypatch.setattr(storing, "INDEX_LAG_SECONDS", 0)
    colleague = str(uuid.UUID(int=1))
    acme = make_organization()
    own = [make_entry(number) for number in range(1, 4)]
    work = [make_entry(4, organization_id=acme.id), make_entry(5, user_id=colleague, organization_id=acme.id)]
    log(*own, *work)
    export(tmp_path / "nightly")
    assert archive_month(Subject.user(USER_ID), "2024-03")
    assert archive_month(Subject.organization(acme.id), "2024-03")
    # Some of it has been removed by DynamoDB, and one logged something for the month after all.
    batch_write(CARBON_DATA, deletes=[item_key(each.user_id, each.key) for each in (*own[1:], *work)])
    late = make_entry(6, user_id=colleague)
    log(late)

    nightly, anew = export(tmp_path / "nightly"), export(tmp_path / "anew")

    expected = {as_exported(each)[:-1] for each in (*own, *work, late)}
    for exported, folder in ((nightly, "nightly"), (anew, "anew")):
        assert exported.differing == []
        assert {each[:-1] for each in exported_entries(tmp_path / folder)} == expected
