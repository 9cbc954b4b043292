"""Which global warming potentials stand behind a source's CO2e: what makes methane comparable with CO2.

As the publications say it. A source keeps its own: factors of different sets are added up, as everywhere in
practice, and a report says so.
"""

from __future__ import annotations

NOT_STATED = "not stated in the file used"
_AR5 = "IPCC AR5, 100 years"
#: How the id of a source begins -> its set. The UK has used AR5 without feedbacks since its 2023 edition;
#: EPA's Hub lists AR5 in its table of potentials, its waste factors come from WARM with AR4; Poore and
#: Nemecek weigh methane with 34.
_SETS = (
    ("desnz-2024", _AR5),
    ("desnz-2025", _AR5),
    ("epa-hub", f"{_AR5} (waste: AR4)"),
    ("epa-egrid", _AR5),
    ("epa-supply-chain", _AR5),
    ("owid-poore-nemecek", f"{_AR5}, with carbon feedbacks"),
    ("declared", "none needed: zero by definition"),
)


def warming_set(source_id: str) -> str:
    """In words, `IPCC AR5, 100 years`; where nobody says, that nobody does."""
    return next((words for begins, words in _SETS if source_id.startswith(begins)), NOT_STATED)
