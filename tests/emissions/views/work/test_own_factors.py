"""The pages on which administrators set their organization's own factors."""

from __future__ import annotations

from decimal import Decimal

import pytest

from carbontrack import clock
from emissions.services.publishing.own import own_factors
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository
from tests.factories import NOW
from tests.fixtures.factors import GRID
from tests.fixtures.people import Person

pytestmark = pytest.mark.usefixtures("published_factors")
LIST = "/organization/factors/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def form_of(person: Person, url: str, **said: str) -> dict[str, str]:
    """A form as its page would send it."""
    page = person.client.get(url).content.decode()
    hidden = {
        name: page.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("key", "seen_version", "factor")
    }
    values = {"kg_co2e_per_unit": "0.05", "source": "Green tariff", "valid_from": "2026-01-01"}
    return {name: value for name, value in hidden.items() if value} | values | said


def test_an_administrator_finds_a_factor_sets_it_changes_it_and_withdraws_it(
    alice: Person, acme: Organization
) -> None:
    assert "No factors of your own yet" in alice.client.get(LIST).content.decode()
    found = alice.client.get(f"{LIST}new/?q=grid+electricity").content.decode()
    assert f"?factor={GRID}" in found

    url = f"{LIST}new/?factor={GRID}"
    form = form_of(alice, url)
    for _ in range(2):  # a lost answer, and the same form again
        assert alice.client.post(f"{LIST}new/", form).status_code == 302
    assert alice.client.post(f"{LIST}new/", form | {"kg_co2e_per_unit": "7"}).status_code == 422
    page = alice.client.get(LIST).content.decode()
    assert "0.05 kg CO2e" in page
    assert "Green tariff" in page
    ((own,), _) = own_factors(acme.id)
    change = f"{LIST}{own.publication.id}/"
    assert 'value="0.05"' in alice.client.get(change).content.decode()
    alice.client.post(change, form_of(alice, change, kg_co2e_per_unit="0,06", valid_to="2026-12-31"))
    ((changed,), over) = own_factors(acme.id)
    assert (changed.row.kg_co2e_per_unit, len(over)) == (Decimal("0.06"), 1)

    assert alice.client.get(change).status_code == 404
    withdraw = f"{LIST}{changed.publication.id}/withdraw/"
    assert "counts again" in alice.client.get(withdraw).content.decode()
    alice.client.post(withdraw)
    assert own_factors(acme.id)[0] == []
    assert OrganizationRepository(acme.id).get().factors_version == 3
    trail = alice.client.get("/organization/audit/").content.decode()
    assert "Green" not in trail or "withdrew the factors" in trail


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kg_co2e_per_unit": "-1"}, "zero or more"),
        ({"kg_co2e_per_unit": "1,234"}, "id_kg_co2e_per_unit_error"),
        ({"kg_co2e_per_unit": "2000000"}, "more than anything emits"),
        ({"source": ""}, "Say where the figure is from"),
        ({"valid_to": "2025-12-31"}, "not before the first one"),
        ({"valid_to": "9999-12-31"}, "up to 2100"),
        ({"valid_from": "1899-01-01"}, "Choose a day from"),
    ],
)
def test_what_cannot_be_is_a_422_that_keeps_what_was_typed(
    said: dict[str, str], words: str, alice: Person, acme: Organization
) -> None:
    form = form_of(alice, f"{LIST}new/?factor={GRID}", note="Kept <i>as</i> typed", **said)

    answer = alice.client.post(f"{LIST}new/", form)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "Kept &lt;i&gt;as&lt;/i&gt; typed" in page
    assert own_factors(acme.id) == ([], [])


def test_a_form_from_before_somebody_elses_change_sets_nothing(alice: Person, acme: Organization) -> None:
    form = form_of(alice, f"{LIST}new/?factor={GRID}", seen_version="99")

    assert alice.client.post(f"{LIST}new/", form).status_code == 409
    assert own_factors(acme.id) == ([], [])


def test_one_of_another_organization_is_not_found(
    alice: Person, charlie: Person, acme: Organization, globex: Organization
) -> None:
    alice.client.post(f"{LIST}new/", form_of(alice, f"{LIST}new/?factor={GRID}"))
    ((own,), _) = own_factors(acme.id)

    for path in ("", "withdraw/"):
        url = f"{LIST}{own.publication.id}/{path}"
        assert charlie.client.get(url).status_code == 404
        assert charlie.client.post(url, {}).status_code == 404
    assert "Green tariff" not in charlie.client.get(LIST).content.decode()
    assert "Green tariff" not in alice.client.get(f"/factors/{GRID}/").content.decode()


def test_the_preview_says_what_saving_will_store(alice: Person, acme: Organization) -> None:
    alice.client.post(f"{LIST}new/", form_of(alice, f"{LIST}new/?factor={GRID}"))
    asked = {"variant": "electricity", "amount": "100", "unit": "kwh", "date": "2026-03-05", "work": "1"}

    for_work = alice.client.get("/log/preview/", asked, headers={"HX-Request": "true"}).content.decode()
    personal = alice.client.get(
        "/log/preview/", asked | {"work": ""}, headers={"HX-Request": "true"}
    ).content.decode()

    assert "Green tariff" in for_work
    assert "5 kg" in for_work
    assert "Green tariff" not in personal
