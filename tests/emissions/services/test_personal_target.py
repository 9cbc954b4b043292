"""A personal target is one write, and a setting that is saved in another tab meanwhile is not lost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.domain import PersonalTarget, UnitSystem
from accounts.repository import ProfileRepository
from carbontrack.dynamodb import Conflict
from emissions.services.personal_target import TRIES, save_target
from tests.fixtures.people import Person

TARGET = PersonalTarget(Decimal(3000))


def test_a_target_and_a_setting_of_another_tab_are_both_kept(alice: Person) -> None:
    seen = alice.stored_profile()
    imperial = replace(seen.preferences, unit_system=UnitSystem.IMPERIAL)
    ProfileRepository().save(seen.edited(name="Alice", preferences=imperial, version=seen.version))

    before = save_target(seen, TARGET)

    stored = alice.stored_profile()
    assert before == seen.preferences.target
    assert (stored.preferences.target, stored.preferences.unit_system) == (TARGET, UnitSystem.IMPERIAL)


def test_the_same_target_again_writes_nothing(alice: Person) -> None:
    save_target(alice.stored_profile(), TARGET)
    version = alice.stored_profile().version

    assert save_target(alice.stored_profile(), TARGET) == TARGET
    assert alice.stored_profile().version == version


def test_whoever_always_meets_somebody_else_is_told(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def refuse(*_: object) -> None:
        tries.append(1)
        raise Conflict("moved")

    monkeypatch.setattr(ProfileRepository, "save", refuse)

    with pytest.raises(Conflict):
        save_target(alice.stored_profile(), TARGET)

    assert len(tries) == TRIES
