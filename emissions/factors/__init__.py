"""Emission factors: the catalogue, the everyday words that point into it, units and regions.

`catalog().resolve("car-petrol-medium", region="us-camx", on=date(2026, 3, 1)).factor` is a typical call.
"""

from emissions.factors import choices, regions, units
from emissions.factors.current import catalog, catalog_for, warm_up
from emissions.factors.errors import (
    AmountOutOfRange,
    CalculationError,
    FactorNotFound,
    PeopleNotUsable,
    UnitNotUsable,
)
from emissions.factors.resolution import Catalog, Match, Resolution
from emissions.factors.sources import Source

__all__ = [
    "AmountOutOfRange",
    "CalculationError",
    "Catalog",
    "FactorNotFound",
    "Match",
    "PeopleNotUsable",
    "Resolution",
    "Source",
    "UnitNotUsable",
    "catalog",
    "catalog_for",
    "choices",
    "regions",
    "units",
    "warm_up",
]
