"""Plain names of activity types and categories, in the order people meet them."""

from __future__ import annotations

from emissions.domain.entries import ActivityType

TYPE_LABELS = {
    ActivityType.TRANSPORTATION: "Transportation",
    ActivityType.ENERGY: "Energy",
    ActivityType.FOOD: "Food",
    ActivityType.WASTE: "Waste",
}

#: Activity type -> category -> label. Those that everyday choices do not need come last.
CATEGORY_LABELS: dict[str, dict[str, str]] = {
    "transportation": {
        "car": "Car",
        "bus": "Bus and coach",
        "rail": "Train, metro and tram",
        "flight": "Flight",
        "active": "Walking and cycling",
        "taxi": "Taxi",
        "motorbike": "Motorbike",
        "van": "Van",
        "ferry": "Ferry",
        "fuel": "Fuel bought",
        "hotel": "Hotel",
        "hgv": "Truck",
        "freight": "Freight",
    },
    "energy": {
        "electricity": "Electricity",
        "natural_gas": "Natural gas",
        "heating_oil": "Heating oil",
        "lpg": "LPG and propane",
        "heat_steam": "District heating",
        "biomass": "Wood",
        "coal": "Coal",
        "homeworking": "Working from home",
        "water_supply": "Water",
        "biogas": "Biogas",
        "other_fuel": "Other fuels",
    },
    "food": {
        "beef": "Beef",
        "lamb": "Lamb",
        "pork": "Pork",
        "poultry": "Chicken and turkey",
        "fish_seafood": "Fish and seafood",
        "dairy": "Milk, cheese and dairy",
        "eggs": "Eggs",
        "plant_milk": "Plant milk",
        "plant_based": "Tofu and meat-free",
        "legumes": "Beans and peas",
        "nuts_seeds": "Nuts and seeds",
        "grains": "Bread, rice and grains",
        "vegetables": "Vegetables",
        "fruit": "Fruit",
        "oils": "Oils",
        "sugar": "Sugar",
        "confectionery": "Chocolate and sweets",
        "snacks": "Snacks",
        "prepared_meals": "Ready meals",
        "beverages": "Coffee, tea and juice",
        "alcohol": "Beer and wine",
        "bakery": "Cakes and biscuits",
        "condiments": "Jams and sauces",
        "restaurant": "Eating out",
        "meat": "Other meat",
        "average": "Food in general",
    },
    "waste": {
        "mixed": "General waste",
        "plastic": "Plastic",
        "paper": "Paper and cardboard",
        "glass": "Glass",
        "metal": "Cans and metal",
        "food_waste": "Food waste",
        "garden_waste": "Garden waste",
        "textiles": "Clothes",
        "electronics": "Electronics",
        "construction": "Building materials",
        "wood": "Wood",
        "rubber": "Rubber",
        "hazardous": "Hazardous waste",
        "wastewater": "Waste water",
    },
}


def type_label(activity_type: str) -> str:
    return TYPE_LABELS[ActivityType(activity_type)]


def category_label(activity_type: str, category: str) -> str:
    """The plain name of a category; one nobody named is its own word, tidied."""
    return CATEGORY_LABELS[activity_type].get(category, category.replace("_", " ").capitalize())
