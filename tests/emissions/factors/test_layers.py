"""What is published stands above the built-in catalogue, and an organization's own above both."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from emissions.domain.publications import (
    PLATFORM,
    Publication,
    PublicationState,
    digest_of,
    in_force,
)
from emissions.factors.boundaries import boundary_note
from emissions.factors.layers import row_of, with_own, with_publications
from emissions.factors.resolution import Catalog, built_in
from tests.fixtures.factors import GRID, row

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE = built_in().in_force(GRID, date(2026, 6, 1))
NEW = "energy.electricity.grid-hydro.gb"


def publication(number: int = 1, *, owner: str = PLATFORM, **changes: Any) -> Publication:
    id = f"01HS000000000000000000000{number}"
    values: dict[str, Any] = {
        "title": f"Edition {number}",
        "publisher": "Ministry",
        "year": 2026,
        "valid_from": date(2026, 1, 1),
        "state": PublicationState.PUBLISHED,
        "row_count": 1,
        "digest": digest_of([row()]),
        "uploaded_at": MOMENT,
        "published_at": MOMENT,
        "edition": id,
    }
    return Publication(id, owner, **(values | changes))


def layered(*editions: tuple[Publication, Any]) -> Catalog:
    return with_publications(built_in(), [(each, [row_of(each, row)]) for each, row in editions])


def kg(catalog: Catalog, on: date, factor_id: str = GRID) -> Decimal:
    factor = catalog.in_force(factor_id, on)
    assert factor is not None
    return factor.kg_co2e_per_unit


def test_a_published_row_counts_from_its_day_and_a_later_publication_of_the_same_day_replaces_it():
    assert BEFORE is not None
    first = (publication(1), row(kg="0.1"))
    corrected = (publication(2), row(kg="0.15"))

    assert kg(layered(first), date(2026, 1, 1)) == Decimal("0.1")
    assert kg(layered(first), date(2025, 12, 31)) == kg(built_in(), date(2025, 12, 31))
    assert kg(layered(first, corrected), date(2026, 6, 1)) == Decimal("0.15")
    assert kg(layered(corrected, first), date(2026, 6, 1)) == Decimal("0.1")
    assert kg(layered(), date(2026, 6, 1)) == BEFORE.kg_co2e_per_unit


def test_an_older_edition_is_in_force_until_the_newer_one_that_is_there_already():
    older = layered((publication(valid_from=date(2024, 6, 1)), row()))
    days = [edition.valid_from for edition in built_in().editions(GRID)]
    following = next(day for day in days if day > date(2024, 6, 1))

    assert kg(older, date(2024, 7, 1)) == Decimal("0.1")
    assert kg(older, following) == kg(built_in(), following)


def test_a_new_key_is_found_searched_and_resolved_for_its_region():
    catalog = layered((publication(), row(NEW, "0.01", name="Hydropower of the north")))

    assert catalog.resolve("energy.electricity.grid-hydro", region="gb", on=date(2026, 2, 1)).match == "own"
    assert [found.id for found in catalog.search("hydropower north")] == [NEW]
    assert catalog.name_of("energy.electricity.grid-hydro") == "Hydropower of the north"
    assert list(catalog.ids()) == sorted([*built_in().ids(), NEW])
    assert built_in().editions(NEW) == ()


def test_what_a_published_factor_counts_is_in_its_own_notes_alone():
    catalog = layered((publication(), row(notes="Losses included.")))
    factor = catalog.in_force(GRID, date(2026, 2, 1))
    assert factor is not None

    assert boundary_note(factor) == "Losses included."
    assert catalog.upstream(factor) == []
    assert catalog.source(factor.source_id).title == "Edition 1"


def test_the_fingerprint_moves_with_every_layer_and_returns_without_it():
    one, other = layered((publication(1), row(kg="0.1"))), layered((publication(1), row(kg="0.2")))
    same = layered((publication(1), row(kg="0.100")))

    assert len({built_in().fingerprint, one.fingerprint, other.fingerprint}) == 3
    assert (same.fingerprint, layered().fingerprint) == (one.fingerprint, built_in().fingerprint)


def test_all_38_digits_of_a_figure_tell():
    one, other = "0.1234567890123456789012345678901", "0.1234567890123456789012345678902"

    fingerprints = {layered((publication(), row(kg=each))).fingerprint for each in (one, other)}
    assert len(fingerprints | {digest_of([row(kg=each)]) for each in (one, other)}) == 4
    assert digest_of([row(kg="10")]) == digest_of([row(kg="1E+1")])
    assert digest_of([row(kg="-0.0")]) == digest_of([row(kg="0")])


def test_a_withdrawn_edition_leaves_nothing_but_its_name():
    gone = publication(state=PublicationState.WITHDRAWN)
    catalog = with_publications(built_in(), [], [gone])

    assert catalog.editions(GRID) == built_in().editions(GRID)
    assert catalog.source(gone.source_id).title == "Edition 1"
    assert catalog.fingerprint == built_in().fingerprint


# -- An organization's own ----------------------------------------------------------------------------------


def own(*spans: tuple[int, date, date | None, str]) -> Catalog:
    return with_own(
        built_in(),
        [
            (publication(n, owner="ACME", valid_from=first, valid_to=last, factor_id=GRID), row(kg=figure))
            for n, first, last, figure in spans
        ],
    )


def test_an_own_factor_stands_alone_from_its_first_day_to_its_last():
    """Newer editions of others do not go before it; after it, they do again."""
    first, last = date(2023, 5, 10), date(2025, 3, 31)
    catalog = own((1, first, last, "0.02"))

    days = [
        date(2023, 5, 9),
        first,
        date(2024, 8, 1),
        date(2025, 1, 1),
        last,
        date(2025, 4, 1),
        date(2026, 8, 1),
    ]
    theirs = {day: kg(built_in(), day) for day in days}
    own_kg = [Decimal("0.02")] * 4
    assert [kg(catalog, day) for day in days] == [theirs[days[0]], *own_kg, theirs[days[5]], theirs[days[6]]]


def test_an_own_factor_from_before_the_first_edition_leaves_the_days_before_alone():
    catalog = own((1, date(2014, 3, 1), date(2014, 3, 31), "0.02"))

    for day in (date(2014, 2, 28), date(2014, 4, 1), date(2020, 1, 1)):
        assert kg(catalog, day) == kg(built_in(), day)
    assert kg(catalog, date(2014, 3, 15)) == Decimal("0.02")


def test_one_own_factor_within_another_ends_and_the_other_goes_on():
    catalog = own((1, date(2025, 1, 1), None, "0.02"), (2, date(2025, 6, 1), date(2025, 6, 30), "0.5"))

    days = [date(2025, 5, 31), date(2025, 6, 30), date(2025, 7, 1), date(2026, 12, 31)]
    assert [kg(catalog, day) for day in days] == list(map(Decimal, ["0.02", "0.5", "0.02", "0.02"]))


# -- Which are in force -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2026, 3, 31), "1"), (date(2026, 4, 1), "2"), (date(2027, 1, 1), "2")],
)
def test_a_correction_takes_the_place_of_the_whole_edition_from_its_day_on(today: date, expected: str):
    first = publication(1)
    correction = publication(2, edition=first.id, publish_on=date(2026, 4, 1))

    assert [each.id[-1] for each in in_force([first, correction], today)] == [expected]


def test_without_its_last_correction_an_edition_is_as_it_was_corrected_before():
    first = publication(1)
    second = publication(2, edition=first.id, published_at=MOMENT + timedelta(seconds=1))
    third = publication(3, edition=first.id, state=PublicationState.WITHDRAWN)
    draft = publication(4, edition=first.id, state=PublicationState.COUNTED)

    assert [each.id for each in in_force([third, draft, second, first], MOMENT.date())] == [second.id]


def test_the_last_day_of_all_ends_nothing():
    assert kg(own((1, date(2026, 1, 1), date.max, "0.02")), date(2026, 8, 1)) == Decimal("0.02")


def test_an_own_factor_whose_base_was_withdrawn_is_for_no_day_rather_than_for_all():
    figures = [(publication(owner="ACME", valid_to=date(2026, 3, 31), factor_id=NEW), row(NEW, "0.02"))]

    assert with_own(built_in(), figures).editions(NEW) == ()
