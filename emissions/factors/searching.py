"""Finding factors by words: prefixes, any order, plurals, and the two Englishes. Pure Python, a few
milliseconds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from emissions.domain.entries import EmissionFactor
from emissions.factors import choices, regions
from emissions.factors.categories import category_label, type_label
from emissions.factors.choices import EverydayChoice

#: Words that mean the same; each finds the others. Written without plural s.
_SAME = (
    "petrol gasoline gas",
    "gas natural-gas",
    "car automobile auto",
    "truck lorry hgv",
    "train rail railway",
    "metro subway underground tube",
    "tram streetcar light-rail",
    "plane airplane aeroplane flight fly air",
    "bicycle bike cycling",
    "motorbike motorcycle",
    "coach bus",
    "taxi cab",
    "electricity power grid",
    "paraffin kerosene",
    "propane lpg",
    "yogurt yoghurt",
    "zucchini courgette",
    "eggplant aubergine",
    "shrimp prawn",
    "chip crisp fry",
    "cookie biscuit",
    "soy soya soybean",
    "corn maize sweetcorn",
    "chicken poultry turkey",
    "pork pig ham",
    "lamb mutton sheep",
    "trash garbage rubbish waste refuse",
    "landfill dump",
    "burned combusted combustion incinerated incineration burning",
    "recycled recycling",
    "composted composting compost",
    "aluminum aluminium",
    "tire tyre",
    "cardboard board",
    "clothe clothing textile",
    "electronic weee",
    "usa us american",
    "uk british britain",
)
_WORD = re.compile(r"[a-z0-9]+(?:'s)?")
_EXACT, _PREFIX, _SYNONYM = 4, 2, 3
#: A hit in the name counts more than one in the category, the type or the region.
_NAME, _ELSEWHERE = 3, 1


def words_of(text: str) -> list[str]:
    """Lower-case words in their singular, so that `Cars` and `car` meet."""
    return [_singular(word.removesuffix("'s")) for word in _WORD.findall(text.lower())]


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("oes", "oe")):
        return word.removesuffix("s").removesuffix("e")
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _synonyms() -> dict[str, set[str]]:
    same: dict[str, set[str]] = {}
    for line in _SAME:
        group = line.split()
        for word in group:
            same.setdefault(word, set()).update(group)
    return {word: others - {word} for word, others in same.items()}


_SYNONYMS = _synonyms()


class _Words:
    """Documents by word: `weigh` scores each that has the word, a longer form of it, or a synonym."""

    def __init__(self) -> None:
        self._postings: dict[str, dict[int, int]] = {}
        self._vocabulary: list[str] = []

    def add(self, document: int, name: str, elsewhere: str) -> None:
        for text, weight in ((elsewhere, _ELSEWHERE), (name, _NAME)):
            for word in words_of(text):
                self._postings.setdefault(word, {})[document] = weight

    def freeze(self) -> None:
        self._vocabulary = sorted(self._postings)

    def weigh(self, word: str) -> dict[int, int]:
        scores: dict[int, int] = {}
        self._merge(scores, word, _EXACT)
        for synonym in _SYNONYMS.get(word, ()):
            self._merge(scores, synonym, _SYNONYM)
        place = bisect_left(self._vocabulary, word)
        while place < len(self._vocabulary) and self._vocabulary[place].startswith(word):
            self._merge(scores, self._vocabulary[place], _PREFIX)
            place += 1
        return scores

    def closest(self, word: str) -> str:
        """The word itself where it leads somewhere, else the known word most like it, else nothing."""
        if self.weigh(word):
            return word
        return next(iter(get_close_matches(word, self._vocabulary, n=1, cutoff=0.75)), "")

    def _merge(self, scores: dict[int, int], word: str, strength: int) -> None:
        for document, weight in self._postings.get(word, {}).items():
            scores[document] = max(scores.get(document, 0), strength * weight)

    def find(self, text: str, *, any_word: bool) -> list[int]:
        """Documents with all words (or any), best first, ties in the order they were added."""
        totals: dict[int, int] = {}
        for place, word in enumerate(dict.fromkeys(words_of(text))):
            scores = self.weigh(word)
            if any_word or place == 0:
                for document, score in scores.items():
                    totals[document] = totals.get(document, 0) + score
            else:
                totals = {
                    document: totals[document] + scores[document]
                    for document in totals.keys() & scores.keys()
                }
        return sorted(totals, key=lambda document: (-totals[document], document))


class SearchIndex:
    """Everyday choices and factors by their words."""

    def __init__(self, factors: Iterable[EmissionFactor]) -> None:
        self._choices = choices.all()
        self._factors = sorted(factors, key=_common_first)
        self._choice_words = _Words()
        for place, choice in enumerate(self._choices):
            about = f"{choice.words} {category_label(choice.activity_type, choice.category)} {choice.id}"
            self._choice_words.add(place, choice.label, about)
        self._factor_words = _Words()
        for place, factor in enumerate(self._factors):
            self._factor_words.add(place, factor.variant, _elsewhere(factor))
        self._choice_words.freeze()
        self._factor_words.freeze()

    def corrected(self, text: str) -> str:
        """The text with misspelled words put right, and words that mean nothing here left out."""
        return " ".join(filter(None, (self._factor_words.closest(word) for word in words_of(text))))

    def choices(
        self,
        text: str,
        *,
        activity_type: str | None = None,
        category: str | None = None,
        any_word: bool = False,
    ) -> list[EverydayChoice]:
        """Everyday choices, best hit first; without words all of them in their own order."""
        places = (
            self._choice_words.find(text, any_word=any_word) if words_of(text) else range(len(self._choices))
        )
        found = (self._choices[place] for place in places)
        return [choice for choice in found if _within(choice, activity_type, category)]

    def find(
        self,
        text: str,
        *,
        activity_type: str | None = None,
        category: str | None = None,
        any_word: bool = False,
    ) -> Iterator[EmissionFactor]:
        """Factors of all regions, best hit first; without words all of them in the catalogue's order."""
        places = (
            self._factor_words.find(text, any_word=any_word) if words_of(text) else range(len(self._factors))
        )
        found = (self._factors[place] for place in places)
        return (factor for factor in found if _within(factor, activity_type, category))


def _within(item: EverydayChoice | EmissionFactor, activity_type: str | None, category: str | None) -> bool:
    return (not activity_type or item.activity_type == activity_type) and (
        not category or item.category == category
    )


def _elsewhere(factor: EmissionFactor) -> str:
    labels = f"{type_label(factor.activity_type)} {category_label(factor.activity_type, factor.category)}"
    return f"{factor.key.replace('.', ' ')} {labels} {regions.name(factor.region)} {factor.region}"


_TYPE_ORDER = {name: place for place, name in enumerate(("transportation", "energy", "food", "waste"))}


def _common_first(factor: EmissionFactor) -> tuple[int, str, bool, str]:
    """By type and category; sector averages per dollar last, since they are a last resort."""
    return _TYPE_ORDER[factor.activity_type], factor.category, factor.unit == "USD", factor.id
