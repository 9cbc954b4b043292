"""Factors that are published above the built-in catalogue. Standard library only.

A publication is an edition that somebody uploaded: the platform's are for everybody, an organization's own
are of one factor each and for its work entries only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from emissions.domain.entries import Scope

#: Who publishes for everybody.
PLATFORM = "platform"
#: More kg CO2e per unit than any activity there is: a slip of the decimal point, or grams.
LARGEST_FACTOR = Decimal(1_000_000)
#: How the source of a published factor begins, where a shipped one has the name of its file.
_PUBLISHED, _OWN = "published-", "own-"


class PublicationState(StrEnum):
    """DRAFT is uploaded and in force for nobody; COUNTED also knows which entries it would touch.

    WITHDRAWN is as if it had never been published, but what was logged with it stays explainable.
    """

    DRAFT = "draft"
    COUNTED = "counted"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One factor of a publication, as its file says it. Gases are kg CO2e per unit as printed, or empty."""

    factor_id: str
    name: str
    unit: str
    kg_co2e_per_unit: Decimal
    scope: Scope
    scope3_category: int | None = None
    notes: str = ""
    source_ref: str = ""
    kg_co2: str = ""
    kg_ch4_co2e: str = ""
    kg_n2o_co2e: str = ""

    @property
    def line(self) -> str:
        """All of it as one text: equal for equal rows, however many zeros a number ends in."""
        kg = plain(self.kg_co2e_per_unit)
        category = "" if self.scope3_category is None else str(self.scope3_category)
        gases = (self.kg_co2, self.kg_ch4_co2e, self.kg_n2o_co2e)
        texts = (self.factor_id, self.name, self.unit, kg, f"{self.scope:d}", category)
        return "\x1f".join((*texts, self.notes, self.source_ref, *gases))


def plain(number: Decimal) -> str:
    """A number in digits, the same for equal numbers; `normalize` would round it to 28 of them."""
    text = f"{number:f}" if number else "0"  # of which there is one with a minus, too
    return text.rstrip("0").rstrip(".") if "." in text else text


def digest_of(rows: Iterable[PublishedRow]) -> str:
    """Another one whenever anything in the rows is another; their order does not matter."""
    digest = hashlib.blake2b(digest_size=16)
    for line in sorted(row.line for row in rows):
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Affected:
    """Entries that a recalculation would change because of a publication, before and after, in kg CO2e.

    `fingerprint` is that of the factors in force when they were counted. `is_withheld`: they are of so few
    people that the kg are for nobody to see, and are not kept.
    """

    entries: int
    kg_before: Decimal
    kg_after: Decimal
    counted_at: datetime
    fingerprint: str
    is_withheld: bool = False

    @property
    def difference(self) -> Decimal:
        return self.kg_after - self.kg_before


@dataclass(frozen=True, slots=True)
class Publication:
    """An edition. `owner` is PLATFORM or an organization's id.

    `valid_from` is the first day of activities that its factors are for; `valid_to`, the last one, only an
    organization's own may have, and `factor_id`, the one factor it is about. `publish_on` is the day (UTC)
    from which it is in force. `edition` is the id of the upload that this one corrects, its own where it
    corrects none: of one edition, only what was published last is in force. `digest` and `row_count` tell
    whether all of its rows are there. `version` counts changes of this record, not of its rows. Who did what
    is in the audit trail alone.
    """

    id: str
    owner: str
    title: str
    publisher: str
    year: int
    valid_from: date
    state: PublicationState
    row_count: int
    digest: str
    uploaded_at: datetime
    edition: str
    licence: str = ""
    url: str = ""
    note: str = ""
    valid_to: date | None = None
    factor_id: str = ""
    publish_on: date | None = None
    published_at: datetime | None = None
    withdrawn_at: datetime | None = None
    reason: str = ""
    affected: Affected | None = None
    version: int = 1

    @property
    def source_id(self) -> str:
        """What entries keep as the id of their factor's source."""
        return f"{_PUBLISHED if self.owner == PLATFORM else _OWN}{self.id}"

    @property
    def is_draft(self) -> bool:
        return self.state in {PublicationState.DRAFT, PublicationState.COUNTED}

    @property
    def is_correction(self) -> bool:
        return self.edition != self.id

    def is_due(self, today: date) -> bool:
        """Whether it is published and its day has come."""
        return self.state is PublicationState.PUBLISHED and (
            self.publish_on is None or self.publish_on <= today
        )

    def says_the_same(self, other: Publication) -> bool:
        """Whether it was made from the same words and the same factors, whatever has become of it since."""
        return self._said == other._said

    @property
    def _said(self) -> tuple[object, ...]:
        source = (self.title, self.publisher, self.year, self.licence, self.url, self.note)
        return (self.edition, self.valid_from, self.valid_to, self.factor_id, self.digest, *source)

    @property
    def _order(self) -> tuple[date, datetime]:
        assert self.published_at is not None
        day = max(self.publish_on or date.min, self.published_at.date())
        return day, self.published_at


def in_force(publications: Iterable[Publication], today: date) -> list[Publication]:
    """Those in force, in the order in which they came: a later one goes before an earlier one.

    `publications` are in the order in which they were published, which decides within a second.
    """
    latest: dict[str, Publication] = {}
    for each in sorted((each for each in publications if each.is_due(today)), key=lambda each: each._order):
        latest.pop(each.edition, None)
        latest[each.edition] = each
    return list(latest.values())


def is_published(source_id: str) -> bool:
    """Whether a factor's source is an edition that was uploaded for everybody."""
    return source_id.startswith(_PUBLISHED)


def is_own(source_id: str) -> bool:
    """Whether a factor is an organization's own."""
    return source_id.startswith(_OWN)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which publications of an owner anybody may have met: published ones, and withdrawn ones.

    `version` moves with every change, so that a process notices one by looking at this alone.
    """

    version: int = 0
    ids: tuple[str, ...] = field(default_factory=tuple)

    def with_publication(self, publication_id: str) -> Manifest:
        """The next version, with one more publication, or with the same ones where it is known."""
        known: Sequence[str] = self.ids if publication_id in self.ids else (*self.ids, publication_id)
        return Manifest(self.version + 1, tuple(known))
