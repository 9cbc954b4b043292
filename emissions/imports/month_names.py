"""Names of months and weekdays in English, German, French, Spanish, Italian and Dutch, long and short."""

from __future__ import annotations

import unicodedata

#: January to December; spellings that differ only in accents, capitals or a dot at the end are one.
_MONTHS = (
    "january jan januar janner januari janvier janv enero ene gennaio gen",
    "february feb februar feber februari fevrier fevr fev febrero febbraio febb",
    "march mar marz maerz mrz marzo mars maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei",
    "june jun juni juin junio giugno giu",
    "july jul juli juillet juil julio luglio lug",
    "august aug aout agosto ago augustus",
    "september sep sept septembre septiembre setiembre set settembre sett",
    "october oct oktober okt octobre octubre ottobre ott",
    "november nov novembre noviembre",
    "december dec dezember dez decembre diciembre dic dicembre",
)
_WEEKDAYS = (
    "monday mon montag mo lundi lun lunes lunedi maandag ma",
    "tuesday tue tues dienstag di mardi mar martes martedi dinsdag",
    "wednesday wed mittwoch mi mercredi mer miercoles mie mercoledi woensdag wo",
    "thursday thu thur thurs donnerstag do jeudi jeu jueves jue giovedi gio donderdag",
    "friday fri freitag fr vendredi ven viernes vie venerdi vrijdag vr",
    "saturday sat samstag sonnabend sa samedi sam sabado sab sabato zaterdag za",
    "sunday sun sonntag so dimanche dim domingo dom domenica zondag zo",
)

#: Name, as `plain_word` has it -> the number of the month.
MONTHS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
WEEKDAYS = frozenset(name for names in _WEEKDAYS for name in names.split())


def plain_word(word: str) -> str:
    """A word in lower case, without accents."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(each for each in decomposed if not unicodedata.combining(each)).lower()
