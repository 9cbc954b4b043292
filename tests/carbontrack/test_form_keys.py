"""Keys that let a form make one thing only."""

from __future__ import annotations

import pytest

from carbontrack.form_keys import FormKeyRefused, new_form_key, read_form_key


def test_each_form_makes_something_of_its_own() -> None:
    first, second = (read_form_key("alice", new_form_key("alice")) for _ in range(2))

    assert first != second
    assert len(first) == len(second) == 26


@pytest.mark.parametrize("user_id", ["bob", ""])
def test_a_form_key_is_for_one_person_only(user_id: str) -> None:
    with pytest.raises(FormKeyRefused):
        read_form_key(user_id, new_form_key("alice"))


@pytest.mark.parametrize(
    "tamper", [lambda key: f"x{key}", lambda key: key[:-1], lambda key: key[:26], lambda _: ""]
)
def test_a_form_key_that_was_tampered_with_is_refused(tamper) -> None:
    with pytest.raises(FormKeyRefused):
        read_form_key("alice", tamper(new_form_key("alice")))
