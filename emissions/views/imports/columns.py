"""What the columns of a file mean: guessed or remembered, shown with what is in them, corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.vary import vary_on_headers

from carbontrack.htmx import wants_partial
from emissions.domain.imports import Import
from emissions.forms.import_columns import HELP, ColumnsForm, columns_said, fields_of
from emissions.imports.columns import Columns, Field
from emissions.imports.dates import guess_date_style
from emissions.imports.normal_form import Row
from emissions.imports.numbers import guess_number_style
from emissions.repositories.imports import ImportRepository
from emissions.services.importing.checking import ROWS_IN_REQUEST, begin_check, check_import
from emissions.services.importing.creating import columns_of, sample_rows, set_columns
from emissions.services.importing.errors import ImportRefused
from emissions.tasks.imports import queue_check
from emissions.views.imports.samples import (
    ROWS,
    Sample,
    asks_for_style,
    first_rows,
    is_uncertain,
    samples_of,
)
from emissions.views.imports.steps import steps_of, whose
from emissions.views.workplace import organization_of
from organizations.views.moments import local_date

if TYPE_CHECKING:
    from accounts.domain import Profile
    from carbontrack.http import PersonRequest

TEMPLATE = "emissions/imports/import_columns.html"
_STYLE_OF = {Field.AMOUNT: "number_style", Field.DATE: "date_style"}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One question of the form: which column, the value where all rows have the same, and what is in it.

    `style` is how its values are written, where that matters; `is_uncertain` if they could be read otherwise.
    """

    name: str
    label: str
    help: str
    is_required: bool
    place: BoundField
    same: BoundField
    style: BoundField | None
    is_uncertain: bool
    samples: list[Sample]


@vary_on_headers("HX-Request")
def import_columns(request: PersonRequest, import_id: str) -> HttpResponse:
    """The columns as they are said. A POST says what they are; with `look` it only shows what that makes."""
    found = ImportRepository(request.profile.user_id).get(import_id)
    if not found.is_open:
        return redirect("emissions:import-detail", import_id)
    try:
        rows = sample_rows(found, ROWS)
    except ImportRefused as refused:
        messages.error(request, refused.message)
        return redirect("emissions:import-list")
    if request.method == "POST":
        return _look(request, found, rows) if "look" in request.POST else _save(request, found, rows)
    columns = columns_of(found)
    return _page(request, found, _form(found, columns), columns, rows)


def _look(request: PersonRequest, found: Import, rows: Sequence[Row]) -> HttpResponse:
    """What the choices make of the first rows, without complaints about those that are yet to come."""
    state = request.POST.dict()
    asked = fields_of(is_work=found.is_work)
    columns = columns_said(state, asked, column_count=len(found.header))
    columns = _with_guessed_styles(columns, state, rows, found.region)
    return _page(request, found, _form(found, columns, chosen=state), columns, rows)


def _save(request: PersonRequest, found: Import, rows: Sequence[Row]) -> HttpResponse:
    profile = request.profile
    form = ColumnsForm(request.POST, header=found.header, columns=columns_of(found), is_work=found.is_work)
    if not form.is_valid():
        columns = columns_said(request.POST.dict(), form.asked, column_count=len(found.header))
        return _page(request, found, form, columns, rows, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    set_columns(profile, found.id, form.columns())
    try:
        _check(profile, found)
    except ImportRefused as refused:
        messages.error(request, refused.message)
    return redirect("emissions:import-detail", found.id)


def _check(profile: Profile, found: Import) -> None:
    """At once if it is short, else as a job."""
    if found.row_count <= ROWS_IN_REQUEST:
        check_import(profile.user_id, found.id)
    else:
        queue_check(begin_check(profile, found.id))


def _form(found: Import, columns: Columns, *, chosen: Mapping[str, str] | None = None) -> ColumnsForm:
    """Without errors, as nobody has sent it yet. `chosen` are its values, also where only half is said."""
    form = ColumnsForm(header=found.header, columns=columns, is_work=found.is_work)
    form.initial.update({name: value for name, value in (chosen or {}).items() if name in form.fields})
    form.initial.update(number_style=columns.number_style.value, date_style=columns.date_style.value)
    return form


def _with_guessed_styles(
    columns: Columns, state: Mapping[str, str], rows: Sequence[Row], region: str
) -> Columns:
    """Another column of amounts or days than the one that was `seen` may be written in another way."""
    amount, day = (
        each in columns.places and state.get(each) != state.get(f"seen_{each}")
        for each in (Field.AMOUNT, Field.DATE)
    )
    if amount:
        cells = [columns.cell(row, Field.AMOUNT) for row in rows]
        columns = replace(columns, number_style=guess_number_style(cells, region))
    if day:
        cells = [columns.cell(row, Field.DATE) for row in rows]
        columns = replace(columns, date_style=guess_date_style(cells, region))
    return columns


def _page(
    request: PersonRequest,
    found: Import,
    form: ColumnsForm,
    columns: Columns,
    rows: Sequence[Row],
    *,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    context: dict[str, Any] = {
        "found": found,
        "form": form,
        "seen": {each: columns.places.get(each, "") for each in (Field.AMOUNT, Field.DATE)},
        "fields": [_field_row(form, columns, rows, each) for each in form.asked],
        "first_rows": first_rows(found, rows, columns, request.profile),
        "steps": steps_of(found, at_columns=True),
        "whose": whose(found, organization_of(request.profile) if found.is_work else None),
        "day": local_date(found.created_at, request.profile),
    }
    template = f"{TEMPLATE}#import-columns" if wants_partial(request) else TEMPLATE
    return render(request, template, context, status=status)


def _field_row(form: ColumnsForm, columns: Columns, rows: Sequence[Row], field: Field) -> FieldRow:
    style = _STYLE_OF.get(field)
    return FieldRow(
        name=field.value,
        label=field.label,
        help=HELP[field],
        is_required=field.is_required,
        place=form[field.value],
        same=form[f"{field}_same"],
        style=form[style] if style and asks_for_style(rows, columns, field) else None,
        is_uncertain=is_uncertain(rows, columns, field),
        samples=samples_of(rows, columns, field),
    )
