"""`manage.py warehouse`: what it says, and how it ends."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from carbontrack.dynamodb import WriteTransaction
from carbontrack.environment import Environment
from emissions.domain.totals import Subject, TotalsDelta
from emissions.repositories.totals import TotalsRepository
from emissions.services.bulk import record_entries
from tests.factories import USER_ID, make_entry

pytestmark = pytest.mark.usefixtures("dynamodb")


def warehouse(*arguments: str) -> str:
    output = StringIO()
    call_command("warehouse", *arguments, stdout=output, stderr=StringIO())
    return output.getvalue()


def test_export_says_what_it_did(tmp_path: Path):
    record_entries(USER_ID, [make_entry(1), make_entry(2)])

    assert warehouse("export", "--to", str(tmp_path)) == (
        f"Wrote 1 file, kept 0: {tmp_path} has 2 entries of 1 month, 28.526832 kg CO2e.\n"
    )
    assert warehouse("export", "--to", str(tmp_path)) == (
        f"Nothing has changed: {tmp_path} has 2 entries of 1 month, 28.526832 kg CO2e.\n"
    )
    assert warehouse("export", "--everything", "--to", str(tmp_path)).startswith("Wrote 1 file, kept 0:")


def test_what_stops_it_is_said_in_a_sentence(tmp_path: Path, settings: Any):
    (tmp_path / "file").write_text("")

    for words, *arguments in (
        ("s3://bucket/prefix", "export", "--to", "ftp://x"),
        ("The warehouse is as it was", "export", "--to", str(tmp_path / "file")),
        ("no finished export", "from-dynamodb-export", str(tmp_path), "--to", str(tmp_path / "w")),
    ):
        with pytest.raises(CommandError, match=words):
            warehouse(*arguments)
    settings.WAREHOUSE_KEY = ""
    with pytest.raises(CommandError, match="WAREHOUSE_KEY is not set"):
        warehouse("export", "--to", str(tmp_path))


def test_totals_that_are_wrong_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("emissions.warehouse.reading.pause", lambda attempt: None)
    record_entries(USER_ID, [make_entry(1)])
    delta = TotalsDelta(Subject.user(USER_ID), "2024-03", {"entries": Decimal(1)})
    with WriteTransaction() as transaction:
        TotalsRepository().apply([delta], transaction=transaction)
    output = StringIO()

    with pytest.raises(CommandError, match="totals rebuild"):
        call_command("warehouse", "export", "--to", str(tmp_path), stdout=output, stderr=StringIO())

    assert f"user#{USER_ID} 2024-03: its entries are not what its totals count" in output.getvalue()


def test_the_key_may_be_missing_in_production_but_not_be_short(tmp_path: Path):
    def key(value: str) -> str:
        environment = Environment({"CARBONTRACK_ENV": "production", "WAREHOUSE_KEY": value})
        return environment.secret_key(
            "WAREHOUSE_KEY", state_dir=tmp_path, kept_as="warehouse_key", required=False
        )

    assert key("") == ""
    with pytest.raises(ImproperlyConfigured, match="WAREHOUSE_KEY must be at least 50"):
        key("short")
