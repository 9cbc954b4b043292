"""`manage.py recurring run`: what it says, and how it ends."""

from __future__ import annotations

import sys
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from carbontrack.dynamodb.errors import Throttled
from emissions.services.recurring import settling
from tests.emissions.services.recurring.repeating import at, make_rule, routine, settle_in, written
from tests.emissions.services.working import ACME
from tests.factories import day
from tests.fixtures.faults import ALWAYS, Faults

pytestmark = [pytest.mark.dynamodb]


@pytest.fixture(autouse=True)
def _three_days_due(dynamodb: None, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-03-02T08:00")
    make_rule(settle_in())
    at(monkeypatch, "2026-03-04T13:00")


def recurring(*arguments: str, verbosity: int = 1) -> str:
    output = StringIO()
    call_command("recurring", "run", *arguments, stdout=output, verbosity=verbosity)
    return output.getvalue()


def test_it_says_what_it_wrote_and_twice_is_once() -> None:
    assert recurring() == "Wrote 3 entries of 1 rule.\n"
    assert recurring() == "Wrote 0 entries of 0 rules.\n"
    assert recurring("--since", "2026-03-01", verbosity=0) == ""
    assert len(written()) == 3


def test_rules_that_pause_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-03-04T08:00")
    other = settle_in(user_id="5f0f1b1e-0000-4000-8000-00000000b0b0", organization_id=ACME)
    with monkeypatch.context() as patch:
        patch.setattr("emissions.services.recurring.rules.checked_routine", lambda _, of, *args, **kw: of)
        make_rule(other, of=routine(organization_id=ACME), start_on=day("2026-03-04"))
    at(monkeypatch, "2026-03-04T13:00")

    assert recurring() == ("Wrote 3 entries of 1 rule. 1 rule paused, with the reason on its owner's page.\n")


def test_rules_that_failed_end_it_with_an_error_and_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def throttled(*args: object, **options: object) -> None:
        raise Throttled("hot")

    with monkeypatch.context() as patch:
        patch.setattr(settling, "write_entries", throttled)
        with pytest.raises(CommandError, match="1 rule could not be settled and will be tried again"):
            recurring()

    assert recurring() == "Wrote 3 entries of 1 rule.\n"


def test_without_a_store_it_ends_with_a_sentence(faults: Faults) -> None:
    faults.throttle("Query", times=ALWAYS)

    with pytest.raises(CommandError, match="Nothing is lost: run this again"):
        recurring()


def test_what_is_no_day_is_a_sentence() -> None:
    with pytest.raises(CommandError, match="Write the day like 2026-01-31, not 'soon'"):
        recurring("--since", "soon")


def test_the_schedule_becomes_a_small_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, list[str]]] = []
    monkeypatch.setattr("os.chdir", lambda folder: started.append(("in", [str(folder)])))
    monkeypatch.setattr("os.execv", lambda program, arguments: started.append((program, arguments)))

    call_command("schedule")

    assert started == [
        ("in", [str(settings.BASE_DIR)]),
        (sys.executable, [sys.executable, "-m", "deploy.schedule"]),
    ]
