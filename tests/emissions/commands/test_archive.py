"""`manage.py archive run|verify`: what it says, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from emissions.domain.totals import Subject, TotalsDelta
from emissions.repositories.totals import TotalsRepository
from emissions.services.archiving import storing
from emissions.services.bulk import record_entries
from tests.factories import NOW, make_entry, make_profile

pytestmark = pytest.mark.dynamodb

PEOPLE = ("5f0f1b1e-0000-4000-8000-00000000a11c", "5f0f1b1e-0000-4000-8000-000000000b0b")


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.ARCHIVE_URL = str(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(storing, "INDEX_LAG_SECONDS", 0)
    monkeypatch.setattr("carbontrack.dynamodb.scans.PAUSE_SECONDS", 0)
    for user_id in PEOPLE:
        profile = make_profile(user_id)
        profile = replace(profile, preferences=replace(profile.preferences, keep_months=24))
        ProfileRepository().add(profile)
        record_entries(user_id, [make_entry(1, user_id=user_id), make_entry(2, user_id=user_id)])
    return tmp_path


def archive(*arguments: str) -> tuple[str, str, str]:
    """What the command printed, what it complained of, and at the end."""
    output, errors, complaint = StringIO(), StringIO(), ""
    try:
        call_command("archive", *arguments, stdout=output, stderr=errors)
    except CommandError as error:  # which ends the process with 1
        complaint = str(error)
    return output.getvalue(), errors.getvalue(), complaint


def test_running_archives_what_is_due_of_everybody_once() -> None:
    assert archive("run") == ("Archived 2 months, restored 0 months.\n", "", "")
    assert archive("run") == ("Archived 0 months, restored 0 months.\n", "", "")
    assert archive("verify") == ("All 2 files are as they were written.\n", "", "")


def test_one_owner_is_archived_alone() -> None:
    assert archive("run", "--owner", f"user#{PEOPLE[1]}")[0] == "Archived 1 month, restored 0 months.\n"
    assert archive("run", "--owner", PEOPLE[1])[2] == "An owner is user#ID or organization#ID."


def test_a_month_that_cannot_be_proved_is_named_and_the_others_go() -> None:
    delta = TotalsDelta(Subject.user(PEOPLE[0]), "2024-03", {"entries": Decimal(1)})
    with WriteTransaction() as transaction:
        TotalsRepository().apply([delta], transaction=transaction)

    output, errors, complaint = archive("run")

    assert output == "Archived 1 month, restored 0 months.\n"
    assert errors.startswith(f"2024-03 of {PEOPLE[0]} stays at hand: its totals are not the sum")
    assert complaint == "1 could not be archived: nothing is lost. Run this again later."


def test_a_damaged_file_is_named(folder: Path) -> None:
    archive("run")
    path = next(path for path in folder.rglob("*.parquet") if PEOPLE[0] in str(path))
    path.write_bytes(b"damaged")

    _, errors, complaint = archive("verify")

    assert errors.startswith(f"2024-03 of {PEOPLE[0]}: The archive file people/{PEOPLE[0]}/2024-03-")
    assert complaint == "1 of 2 files are damaged. Look for them in a backup."


def test_without_a_place_for_archives_it_says_so(settings: Any) -> None:
    settings.ARCHIVE_URL = ""

    assert "ARCHIVE_URL" in archive("run")[2]
