"""Files to bring in, and the steps of bringing them in, as a person takes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from carbontrack.form_keys import new_form_key
from emissions.domain.imports import Import
from emissions.domain.totals import Subject
from emissions.repositories.imports import ImportRepository
from emissions.repositories.totals import TotalsRepository
from tests.fixtures.people import Person

URL = "/imports/"
HTMX = {"HX-Request": "true"}
#: Two drives, electricity, and three rows that make nothing: lines 4, 6 and 7.
TRIPS = """Date,What,How much,Unit,Remark
2026-03-02,Train,100,km,to Leeds
2026-03-03,Train,50,miles,and on
2026-03-04,Trian,10,km,
2026-03-05,Electricity,12.5,kWh,
2026-03-06,Electricity,lots,kWh,
30/02/2026,Train,10,km,
"""
COLUMNS = {
    "date": "0",
    "activity": "1",
    "amount": "2",
    "unit": "3",
    "note": "4",
    "time": "",
    "people": "",
    "number_style": "point",
    "date_style": "day-first",
}


def upload(person: Person, content: str | bytes = TRIPS, *, name: str = "trips.csv", **said: str) -> Any:
    """Send a file from the first page."""
    body = content.encode() if isinstance(content, str) else content
    key = new_form_key(person.user_id)
    return person.client.post(URL, {"key": key, "file": SimpleUploadedFile(name, body), **said})


def uploaded(person: Person, content: str = TRIPS, **said: str) -> Import:
    """An import whose columns are still to be said."""
    response = upload(person, content, **said)
    assert response.status_code == 302, response.content.decode()
    return newest(person)


def checked(person: Person, content: str = TRIPS, **said: str) -> Import:
    """An import that waits for a yes."""
    found = uploaded(person, content, **said)
    response = person.client.post(f"{URL}{found.id}/columns/", COLUMNS)
    assert response["Location"] == f"{URL}{found.id}/", response.content.decode()
    return newest(person)


def finished(person: Person, content: str = TRIPS, **said: str) -> Import:
    """An import that is in the log."""
    found = checked(person, content, **said)
    person.client.post(f"{URL}{found.id}/start/")
    return newest(person)


def newest(person: Person) -> Import:
    repository = ImportRepository(person.user_id)
    return repository.get(repository.page().items[0].id)


def stored_total(subject: Subject, month: str = "2026-03") -> tuple[int, Decimal]:
    """How many entries a month counts, and their kg CO2e."""
    totals = TotalsRepository().months(subject, month, month)
    return sum(each.entries for each in totals), sum((each.co2_emissions for each in totals), Decimal(0))


def personal_total(person: Person, month: str = "2026-03") -> tuple[int, Decimal]:
    return stored_total(Subject.user(person.user_id), month)
