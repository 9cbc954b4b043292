"""What units are called: codes, labels, the spellings people use, and which are offered for what."""

from __future__ import annotations

#: The unit of an emission factor as sources publish it -> our code.
FACTOR_UNIT_CODES = {"kWh": "kwh", "USD": "usd", "room_night": "night"}

#: Code -> the word after exactly one.
LABELS = {
    "km": "km",
    "m": "m",
    "mile": "mile",
    "passenger_km": "passenger-km",
    "passenger_mile": "passenger-mile",
    "tonne_km": "tonne-km",
    "ton_mile": "ton-mile",
    "kwh": "kWh",
    "wh": "Wh",
    "mwh": "MWh",
    "mj": "MJ",
    "gj": "GJ",
    "therm": "therm",
    "mmbtu": "MMBtu",
    "kg": "kg",
    "g": "g",
    "tonne": "tonne",
    "lb": "lb",
    "oz": "oz",
    "short_ton": "US ton",
    "litre": "litre",
    "ml": "ml",
    "m3": "m³",
    "us_gallon": "US gallon",
    "uk_gallon": "UK gallon",
    "us_pint": "US pint",
    "uk_pint": "UK pint",
    "cubic_foot": "cubic foot",
    "ccf": "CCF",
    "night": "night",
    "hour": "hour",
    "usd": "US dollar",
}

#: Code -> the word after any other amount, where it differs.
PLURALS = {
    "mile": "miles",
    "passenger_mile": "passenger-miles",
    "ton_mile": "ton-miles",
    "therm": "therms",
    "tonne": "tonnes",
    "short_ton": "US tons",
    "litre": "litres",
    "us_gallon": "US gallons",
    "uk_gallon": "UK gallons",
    "us_pint": "US pints",
    "uk_pint": "UK pints",
    "cubic_foot": "cubic feet",
    "night": "nights",
    "hour": "hours",
    "usd": "US dollars",
}

#: Factor unit (as a code) -> units offered, metric and others. The first of each is that system's default.
OFFERED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "km": (("km",), ("mile",)),
    "passenger_km": (("km", "passenger_km"), ("mile", "passenger_mile")),
    "tonne_km": (("tonne_km",), ("ton_mile",)),
    "kwh": (("kwh", "mwh", "mj", "gj", "therm", "mmbtu"), ()),
    "kg": (("kg", "g", "tonne"), ("lb", "oz", "short_ton")),
    "litre": (("litre", "ml", "m3"), ("us_gallon", "uk_gallon", "us_pint", "uk_pint")),
    "m3": (("m3", "litre"), ("ccf", "cubic_foot", "us_gallon", "uk_gallon")),
    "night": (("night",), ()),
    "hour": (("hour",), ()),
    "usd": (("usd",), ()),
}

_ALSO = {
    "km": "kms kilometer kilometers kilometre kilometres",
    "m": "meter meters metre metres",
    "mile": "mi",
    "passenger_km": "pkm;passenger kms;passenger kilometer;passenger kilometers;passenger kilometre;"
    "passenger kilometres;person km",
    "passenger_mile": "pmi;person mile;person miles",
    "tonne_km": "tkm;tonne kms;tonne kilometre;tonne kilometres;ton kilometer;ton kilometers",
    "ton_mile": "tmi;short ton mile;short ton miles",
    "kwh": "kw h;kwhs;kilowatt hour;kilowatt hours;kilowatthour;kilowatthours",
    "wh": "watt hour;watt hours",
    "mwh": "mwhs;megawatt hour;megawatt hours",
    "mj": "megajoule;megajoules",
    "gj": "gigajoule;gigajoules",
    "therm": "thm",
    "mmbtu": "mm btu;million btu",
    "kg": "kgs kilo kilos kilogram kilograms kilogramme kilogrammes",
    "g": "gr gram grams gramme grammes",
    "tonne": "t;metric ton;metric tons",
    "lb": "lbs pound pounds",
    "oz": "ounce ounces",
    "short_ton": "ton;tons;short ton;short tons;us ton;us tons",
    "litre": "l liter liters ltr ltrs",
    "ml": "mls milliliter milliliters millilitre millilitres",
    "m3": "m^3;m³;cubic meter;cubic meters;cubic metre;cubic metres;cbm",
    "us_gallon": "gal;gals;gallon;gallons;us gal;us gallons;gallon us;gallons us",
    "uk_gallon": "uk gal;imperial gallon;imperial gallons;imp gal;gallon uk;gallons uk",
    "us_pint": "us pt;pt;pint;pints;us pints",
    "uk_pint": "uk pt;imperial pint;imperial pints;uk pints",
    "cubic_foot": "ft3;ft^3;ft³;cu ft;cf;cubic foot;cubic feet",
    "ccf": "hcf;100 cubic feet;hundred cubic feet",
    "night": "room night;room nights;room_night",
    "hour": "h hr hrs",
    "usd": "$;us$;dollar;dollars;us dollar;us dollars",
}


def _spellings() -> dict[str, str]:
    spellings: dict[str, str] = {}
    for code, also in _ALSO.items():
        separator = ";" if ";" in also else " "
        for word in (
            code,
            code.replace("_", " "),
            LABELS[code],
            PLURALS.get(code, code),
            *also.split(separator),
        ):
            spellings[word.lower().replace("-", " ").replace("_", " ")] = code
    return spellings


#: Lower-case spelling, with spaces for hyphens and underscores -> code.
SPELLINGS = _spellings()
