"""What organizations do, in a few plain words: for themselves, and for comparisons between them."""

from __future__ import annotations

#: Stored code and the words for it, by the words; other at the end.
SECTORS = (
    ("agriculture", "Agriculture, forestry and fishing"),
    ("arts", "Arts, sport and leisure"),
    ("construction", "Construction"),
    ("education", "Education"),
    ("energy", "Energy supply"),
    ("finance", "Finance and insurance"),
    ("health", "Health and social care"),
    ("hospitality", "Hotels and restaurants"),
    ("information", "Information technology and media"),
    ("manufacturing", "Manufacturing"),
    ("mining", "Mining and quarrying"),
    ("nonprofit", "Nonprofit and associations"),
    ("professional", "Professional and technical services"),
    ("public", "Public administration"),
    ("property", "Real estate"),
    ("retail", "Retail and wholesale"),
    ("transport", "Transport and logistics"),
    ("water", "Water and waste services"),
    ("other", "Something else"),
)


def sector_name(code: str) -> str:
    """The words for a stored code; the code itself if it is not of this list, empty for none."""
    return dict(SECTORS).get(code, code)
