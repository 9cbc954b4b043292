"""What a figure counts and leaves out, in plain words. Sources draw their boundaries differently."""

from __future__ import annotations

from emissions.domain.entries import EmissionFactor
from emissions.domain.publications import is_own, is_published

_EXHAUST = "Counts what leaves the exhaust, not making the fuel or the vehicle."
_BURNING = "Counts burning the fuel, not producing and bringing it."
_FLIGHT_WITH = "Includes the extra warming that planes cause high in the air."
_FLIGHT_WITHOUT = "Leaves out the extra warming that planes cause high in the air."
_FUEL_BLEND = "Counts burning the fossil part, not the biofuel mixed in, nor producing and bringing the fuel."
_UK_WASTE = (
    "Counts bringing the waste to the plant only; what happens there counts for whoever uses what comes out."
)
_DECLARED = "No fuel or electricity is used. The food you eat and making a bicycle are not counted."
_FUELS = frozenset({"natural_gas", "heating_oil", "lpg", "coal", "other_fuel", "fuel"})
_ROAD = frozenset({"car", "van", "motorbike", "taxi", "hgv"})


def is_declared(source_id: str) -> bool:
    """Whether a figure is a definition of ours, not something that was measured."""
    return source_id == "declared"


def boundary_note(factor: EmissionFactor) -> str:
    """A sentence or two for people; "" where the name already says everything.

    Of what was uploaded only its own notes are known: it may draw the line elsewhere than shipped sources.
    """
    if is_published(factor.source_id) or is_own(factor.source_id):
        return factor.notes
    if is_declared(factor.source_id):
        return _DECLARED
    if factor.source_id.startswith("owid-ember"):
        return "Counts the power plants' whole life and their fuel, so it is a little above official figures."
    if factor.unit == "USD":
        return "An average of a whole industry per US dollar of 2022: a last resort where no amount is known."
    match factor.activity_type.value:
        case "transportation":
            return _transportation(factor)
        case "energy":
            return _energy(factor)
        case "food":
            return _food(factor)
        case _:
            return _waste(factor)


def _transportation(factor: EmissionFactor) -> str:
    if factor.category == "flight":
        return _FLIGHT_WITH if factor.key.endswith(".with-rf") else _FLIGHT_WITHOUT
    if ".bev." in factor.id:
        return "Counts charging from the UK grid, not making the car."
    if ".phev." in factor.id:
        return "Counts the exhaust and charging from the UK grid, not making the car."
    if factor.category in _ROAD:
        return _EXHAUST
    if "biofuel-blend" in factor.id:
        return _FUEL_BLEND
    return _BURNING if factor.category in _FUELS else ""


def _energy(factor: EmissionFactor) -> str:
    if factor.category == "electricity":
        return "Counts making the electricity, not what the grid loses on the way."
    if factor.category == "biomass":
        return "Counts methane and nitrous oxide, not the CO₂ that the plants had taken from the air before."
    return _BURNING if factor.category in _FUELS else ""


def _food(factor: EmissionFactor) -> str:
    if factor.source_id == "owid-poore-nemecek-2018":
        return "World average from farm to shop, changes of land use included."
    if factor.source_id == "owid-clark-2022":
        return "Average of products in British and Irish shops."
    return ""


def _waste(factor: EmissionFactor) -> str:
    treatment = factor.key.rpartition(".")[2]
    if factor.source_id.startswith("desnz") and treatment != "landfill":
        return _UK_WASTE
    if factor.source_id.startswith("epa-hub"):
        return "Counts bringing the waste there and what happens to it; recycling earns no credit."
    return ""
