"""What people call the columns of their files, in English, German, French, Spanish, Italian and Dutch.

Words are as `plain_name` makes them: in lower case, without accents and signs.
"""

from __future__ import annotations

import re
from functools import cache

from emissions.factors.errors import UnitNotUsable
from emissions.factors.units import parse_unit
from emissions.imports.month_names import plain_word

_NAMES = {
    "activity": (
        "activity; activity type; activity name; choice; what; type; mode; transport; transport mode; "
        "mode of transport; vehicle; category; item; product; energy type; fuel; fuel type; "
        "aktivitat; tatigkeit; art; verkehrsmittel; fahrzeug; kategorie; energieart; produkt; "
        "activite; moyen de transport; vehicule; categorie; produit; actividad; medio de transporte; "
        "vehiculo; categoria; producto; tipo; attivita; mezzo; mezzo di trasporto; veicolo; prodotto; "
        "activiteit; vervoermiddel; voertuig; soort"
    ),
    "amount": (
        "amount; quantity; qty; value; distance; consumption; usage; volume; weight; number; count; "
        "menge; anzahl; wert; entfernung; strecke; distanz; verbrauch; gewicht; zahlerstand; "
        "quantite; valeur; consommation; poids; montant; nombre; cantidad; valor; distancia; consumo; "
        "peso; quantita; valore; distanza; hoeveelheid; aantal; waarde; afstand; verbruik"
    ),
    "unit": (
        "unit; units; unit of measure; uom; measure; einheit; masseinheit; unite; unites; unidad; "
        "unidades; unita; unita di misura; eenheid"
    ),
    "date": (
        "date; day; when; date of activity; activity date; timestamp; datetime; date time; datum; "
        "tag; zeitpunkt; datum uhrzeit; jour; fecha; dia; data; giorno; dag; date de debut; start "
        "date; travel date; trip date; invoice date; rechnungsdatum"
    ),
    "time": ("time; time of day; start time; uhrzeit; zeit; startzeit; heure; hora; ora; orario; tijd"),
    "people": (
        "people; persons; person count; number of people; passengers; shared by; travelers; "
        "travellers; occupants; household size; personen; anzahl personen; mitfahrer; insassen; "
        "geteilt durch; personnes; nombre de personnes; passagers; personas; numero de personas; "
        "pasajeros; persone; numero di persone; passeggeri; aantal personen; passagiers"
    ),
    "note": (
        "note; notes; comment; comments; description; remark; remarks; memo; purpose; details; notiz; "
        "notizen; bemerkung; bemerkungen; kommentar; beschreibung; zweck; remarque; commentaire; "
        "objet; nota; notas; comentario; descripcion; observaciones; commento; descrizione; "
        "opmerking; opmerkingen; omschrijving; toelichting"
    ),
    "scope": ("scope; ghg scope; scope category; ghg category; geltungsbereich; perimetre; alcance"),
}
#: Field -> names of a column that is certainly it. A longer name that has one of them in it may be it.
NAMES = {field: tuple(names.split("; ")) for field, names in _NAMES.items()}

#: Words of columns with figures that are results or money, not amounts of what was done.
NO_AMOUNTS = frozenset(
    {"co2", "co2e", "co2eq", "ghg", "carbon", "factor", "faktor", "facteur", "total", "id", "nr", "no"}
    | {"emission", "emissions", "emissionen", "emisiones", "emissioni", "emissies", "kohlendioxid"}
    | {
        "price",
        "cost",
        "costs",
        "preis",
        "kosten",
        "prix",
        "cout",
        "precio",
        "coste",
        "costo",
        "prezzo",
        "prijs",
    }
    | {"eur", "gbp", "chf"}
)
_SIGNS = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"[(\[{]([^)\]}]{1,20})[)\]}]")


@cache
def plain_name(name: str) -> str:
    """A name in lower case, without accents and signs, and without what stands in brackets."""
    return _SIGNS.sub(" ", plain_word(_BRACKETS.sub(" ", name))).strip()


def unit_in(name: str) -> str | None:
    """The unit that a column's name tells, as it is written: `km` of `Distance (km)` or `Distance km`."""
    candidates: list[str] = [
        *_BRACKETS.findall(name),
        name,
        _BRACKETS.sub(" ", name).replace("_", " ").split(" ")[-1],
    ]
    for candidate in candidates:
        if _is_unit(candidate) and not NO_AMOUNTS.intersection(plain_name(name).split()):
            return candidate.strip()
    return None


def _is_unit(text: str) -> bool:
    try:
        parse_unit(text)
    except UnitNotUsable:
        return False
    return True
