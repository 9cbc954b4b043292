"""The form that says what the columns of a file mean: a column for each field, or one value for all rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError

from carbontrack.widgets import Select
from emissions.calculation import MOST_PEOPLE
from emissions.factors import choices
from emissions.factors.categories import CATEGORY_LABELS
from emissions.factors.errors import CalculationError
from emissions.factors.units import parse_unit
from emissions.imports.columns import Columns, Field, column_name
from emissions.imports.dates import DateStyle, parse_moment, parse_time
from emissions.imports.normal_form import ValueRefused
from emissions.imports.numbers import NumberStyle, parse_number

Style = TypeVar("Style", NumberStyle, DateStyle)

#: In place of a column: one value stands for every row.
SAME = "same"
LONGEST_VALUE = 200
WHERE_IS_IT = "Choose its column, or one value for all rows."
CHOOSE_A_COLUMN = "Choose a column of the file."
WHAT_IS_IT = "Say what it is in all rows, or choose a column."
HELP = {
    Field.ACTIVITY: "Such as “Train” or “Electricity”.",
    Field.AMOUNT: "How much of it, a number.",
    Field.UNIT: "Such as km, kWh or kg. Without one, the usual unit of the activity.",
    Field.DATE: "The day it was.",
    Field.TIME: "If you know it.",
    Field.PEOPLE: "How many shared it.",
    Field.NOTE: "For your own eyes.",
    Field.SCOPE: "Of the GHG Protocol. Without one, the usual scope of the activity.",
}


def fields_of(*, is_work: bool) -> tuple[Field, ...]:
    """What may be said, in the order of the form. Only work entries have a scope to choose."""
    return tuple(each for each in Field if is_work or each is not Field.SCOPE)


class ColumnsForm(forms.Form):
    """For each field `<field>`, which column it is, and `<field>_same`, the one value of all rows.

    Without `data` it shows `columns` as they are said so far.
    """

    use_required_attribute = False

    number_style = forms.TypedChoiceField(
        label="Numbers are written",
        coerce=NumberStyle,
        widget=Select,
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one."},
    )
    date_style = forms.TypedChoiceField(
        label="Dates are written",
        coerce=DateStyle,
        widget=Select,
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one."},
    )

    def __init__(
        self, data: Any = None, *, header: Sequence[str], columns: Columns, is_work: bool = False
    ) -> None:
        super().__init__(data, initial=_initial(columns), auto_id="columns-%s")
        self.asked = fields_of(is_work=is_work)
        for name, styles in (("number_style", NumberStyle), ("date_style", DateStyle)):
            self.fields[name].choices = [(style.value, style.label) for style in styles]  # type: ignore[attr-defined]
        names = column_names(header)
        for each in self.asked:
            self.fields[each.value] = _place_field(each, names)
            self.fields[f"{each}_same"] = _value_field(each, columns.constants.get(each, ""))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for each in self.asked:
            if cleaned.get(each) != SAME:
                continue
            try:
                _check_value(each, cleaned.get(f"{each}_same", ""), cleaned)
            except ValidationError as error:
                self.add_error(f"{each}_same", error)
        return cleaned

    def columns(self) -> Columns:
        """What a valid form says."""
        return columns_said({name: str(value) for name, value in self.cleaned_data.items()}, self.asked)


def columns_said(state: Mapping[str, str], asked: Sequence[Field], *, column_count: int = 1_000) -> Columns:
    """What a form says that may be half filled in; what makes no sense is left out."""
    places: dict[Field, int] = {}
    constants: dict[Field, str] = {}
    for each in asked:
        said = state.get(each, "")
        if said == SAME and (value := state.get(f"{each}_same", "").strip()):
            constants[each] = value[:LONGEST_VALUE]
        elif said.isascii() and said.isdigit() and len(said) < 5 and int(said) < column_count:
            places[each] = int(said)
    return Columns(
        places,
        constants,
        number_style=_style(NumberStyle, state.get("number_style", ""), NumberStyle.POINT),
        date_style=_style(DateStyle, state.get("date_style", ""), DateStyle.DAY_FIRST),
    )


def column_names(header: Sequence[str]) -> list[str]:
    """What to call each column; where two have the same name, with its number."""
    names = [column_name(header, index) for index in range(len(header))]
    times = Counter(names)
    return [f"{name} (column {index + 1})" if times[name] > 1 else name for index, name in enumerate(names)]


def _style(styles: type[Style], said: str, otherwise: Style) -> Style:
    return next((style for style in styles if style.value == said), otherwise)


def _initial(columns: Columns) -> dict[str, str]:
    said = {each.value: str(place) for each, place in columns.places.items()}
    for each, value in columns.constants.items():
        said |= {each.value: SAME, f"{each}_same": value}
    return said | {"number_style": columns.number_style.value, "date_style": columns.date_style.value}


def _place_field(each: Field, names: Sequence[str]) -> forms.ChoiceField:
    nowhere = "Choose a column" if each.is_required else "Not in this file"
    columns = [(str(index), name[:80]) for index, name in enumerate(names)]
    return forms.ChoiceField(
        label=f"{each.label}: which column",
        required=each.is_required,
        choices=[("", nowhere), ("Columns of your file", columns), (SAME, "The same in all rows")],
        widget=Select,
        error_messages={"required": WHERE_IS_IT, "invalid_choice": CHOOSE_A_COLUMN},
    )


def _value_field(each: Field, chosen: str) -> forms.CharField:
    """The value for all rows. Activities are chosen from a list, with one that is known from before in it."""
    widget: forms.Widget = forms.TextInput(attrs={"autocomplete": "off", "maxlength": LONGEST_VALUE})
    if each is Field.ACTIVITY:
        widget = Select(choices=_activities(chosen))
    elif each in {Field.AMOUNT, Field.PEOPLE}:
        widget.attrs["inputmode"] = "decimal" if each is Field.AMOUNT else "numeric"
    return forms.CharField(
        label=f"{each.label} in all rows",
        required=False,
        max_length=LONGEST_VALUE,
        widget=widget,
        error_messages={"max_length": f"At most {LONGEST_VALUE} characters."},
    )


def _activities(chosen: str) -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for choice in choices.all():
        label = CATEGORY_LABELS[choice.activity_type][choice.category]
        groups.setdefault(label, []).append((choice.id, choice.label))
    known = [] if not chosen or choices.find(chosen) else [(chosen, chosen)]
    return [("", "Choose an activity"), *known, *groups.items()]


def _check_value(each: Field, value: str, cleaned: Mapping[str, Any]) -> None:
    """Refuse at once what would refuse every row. Raises ValidationError."""
    if not value:
        raise ValidationError(WHAT_IS_IT)
    checks: dict[Field, Callable[[], object]] = {
        Field.AMOUNT: lambda: parse_number(value, cleaned.get("number_style", NumberStyle.POINT)),
        Field.DATE: lambda: parse_moment(value, cleaned.get("date_style", DateStyle.DAY_FIRST)),
        Field.TIME: lambda: parse_time(value),
        Field.UNIT: lambda: parse_unit(value),
        Field.PEOPLE: lambda: _check_people(value),
    }
    try:
        checks.get(each, lambda: None)()
    except ValueRefused as error:
        raise ValidationError(str(error)) from error
    except CalculationError as error:
        raise ValidationError(error.message) from error


def _check_people(value: str) -> None:
    if not (value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= MOST_PEOPLE):
        raise ValidationError(f"Write a whole number of people from 1 to {MOST_PEOPLE:,}.")
