"""What people call an activity in a file: by the words of the form, or by a key of the catalogue."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from accounts.domain import UnitSystem
from emissions.factors import Catalog, catalog, choices

_WORD = re.compile(r"[^\W_]+")
#: More are a sentence, not a name.
_MOST_WORDS = 8
_BETWEEN = re.compile(r"[\s_\-‐‑–—]+")


def find_activity(name: str, factors: Catalog | None = None) -> str | None:
    """The everyday choice or catalogue key of a name; upper case, spaces and hyphens do not matter.

    Known are the ids and labels of everyday choices, the keys of the catalogue, and its names where only
    one factor has them. Else two words or more that belong to one everyday choice only, in any order; of
    several, the one that is their average: `petrol car` is the average one. `factors` are those that rows are
    worked out with, by default everybody's of now.
    """
    return _by_name(factors or catalog()).get(_plain(name)) or _by_words(
        frozenset(_WORD.findall(name.casefold()))
    )


def default_unit(variant: str, unit_system: UnitSystem | str, factors: Catalog) -> str:
    """The unit that is meant where a row has none: what the form would fill in."""
    choice = choices.find(variant)
    return factors.unit_of(variant) if choice is None else choice.default_unit(unit_system)


@lru_cache(maxsize=1024)
def _by_words(words: frozenset[str]) -> str | None:
    if not 2 <= len(words) <= _MOST_WORDS:
        return None
    meant = [choice for choice, label, others in _worded() if words <= label | others and words & label]
    averages = [choice for choice in meant if choice.label.endswith(", average")]
    for found in (meant, averages):
        if len(found) == 1 and len({(each.activity_type, each.category) for each in meant}) == 1:
            return found[0].id
    return None


@cache
def _worded() -> list[tuple[choices.EverydayChoice, frozenset[str], frozenset[str]]]:
    """Each everyday choice with the words of its label and the others it is searched by."""
    return [
        (
            choice,
            frozenset(_WORD.findall(choice.label.casefold())),
            frozenset(_WORD.findall(choice.words.casefold())),
        )
        for choice in choices.all()
    ]


def _plain(name: str) -> str:
    return _BETWEEN.sub(" ", name).strip().casefold()


@lru_cache(maxsize=2)
def _by_name(factors: Catalog) -> dict[str, str]:
    """For the catalogue that is in force; an import under way may still go by the one from before."""
    known: dict[str, str] = {}
    named: dict[str, set[str]] = {}
    for key in dict.fromkeys(factor_id.rpartition(".")[0] for factor_id in factors.ids()):
        known[_plain(key)] = key
        named.setdefault(_plain(factors.name_of(key)), set()).add(key)
    known = {name: next(iter(keys)) for name, keys in named.items() if len(keys) == 1} | known
    known |= {_plain(choice.label): choice.id for choice in reversed(choices.all())}
    return known | {_plain(choice.id): choice.id for choice in choices.all()}
