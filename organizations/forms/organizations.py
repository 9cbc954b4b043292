"""What an organization says of itself. Anything else in a request is not read."""

from __future__ import annotations

import calendar
from decimal import Decimal
from typing import Any, cast

from django import forms

from accounts import countries
from accounts.domain import Profile, UnitSystem
from carbontrack.widgets import Select
from organizations.domain import DEFAULT_MINIMUM_GROUP, SMALLEST_MINIMUM_GROUP, Organization, SecondStep
from organizations.forms.fields import NameField, SeenVersionField
from organizations.sectors import SECTORS
from organizations.services.organizations import OrganizationDraft

#: One international foot is 0.3048 m, so this is exact.
M2_PER_SQUARE_FOOT = Decimal("0.09290304")
LARGEST_FLOOR_AREA_M2 = Decimal(100_000_000)
LARGEST_HEADCOUNT = 10_000_000
LARGEST_MINIMUM_GROUP = 100
NAME_CHARACTERS = 100

AREA_UNITS = [("m2", "m²"), ("sqft", "sq ft")]
MONTHS = [(str(number), calendar.month_name[number]) for number in range(1, 13)]

SECOND_STEP_LABELS = {
    SecondStep.NOBODY: "Nobody",
    SecondStep.ADMINISTRATORS: "Administrators",
    SecondStep.EVERYBODY: "Everybody",
}
SHOW_ONE_FIRST = (
    "Show a second step yourself first, or you would lock yourself out: set one up in your settings under "
    "Security, or sign in with it again."
)

_WHOLE = {"inputmode": "numeric", "autocomplete": "off"}


def _country_choices() -> list[tuple[str, str]]:
    return [("", "Choose a country"), *countries.choices()]


class OrganizationForm(forms.Form):
    """To create an organization, and to change one that is given as `organization`.

    `seen_version` is the organization's version when the form was drawn: saving over a newer one is refused.
    """

    name = NameField(
        label="Name",
        max_length=NAME_CHARACTERS,
        help_text="As its people know it. Invitations are sent in this name.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={
            "required": "Give it a name.",
            "max_length": f"A name has at most {NAME_CHARACTERS} characters.",
        },
    )
    country = forms.ChoiceField(
        label="Country",
        choices=_country_choices,
        widget=Select,
        help_text="Where most of its people work.",
        error_messages={
            "required": "Choose a country from the list.",
            "invalid_choice": "Choose a country from the list.",
        },
    )
    sector = forms.ChoiceField(
        label="Sector",
        choices=[("", "Not said"), *SECTORS],
        required=False,
        widget=Select,
        error_messages={"invalid_choice": "Choose a sector from the list."},
    )
    headcount = forms.IntegerField(
        label="Headcount",
        required=False,
        min_value=1,
        max_value=LARGEST_HEADCOUNT,
        help_text="Everybody who works for it, here or not; emissions per head are divided by it.",
        widget=forms.TextInput(attrs=_WHOLE),
        error_messages={
            "invalid": "Write a whole number such as 40, without separators.",
            "min_value": "At least one person. Leave it empty if you would rather not say.",
            "max_value": f"At most {LARGEST_HEADCOUNT:,} people.",
        },
    )
    floor_area = forms.DecimalField(
        label="Floor area",
        required=False,
        max_digits=14,
        decimal_places=4,
        help_text="Of all its offices, shops and halls. Emissions per square meter are divided by it.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "invalid": "Write a number such as 1200 or 85.5, without separators.",
            "max_digits": "This number is too long.",
            "max_whole_digits": "This number is too long.",
            "max_decimal_places": "At most four digits after the point.",
        },
    )
    floor_area_unit = forms.ChoiceField(
        label="Unit",
        choices=AREA_UNITS,
        widget=Select,
        error_messages={"invalid_choice": "Choose m² or sq ft."},
    )
    reporting_year_start = forms.TypedChoiceField(
        label="Reporting year starts in",
        choices=MONTHS,
        coerce=int,
        widget=Select,
        help_text="Dashboards and targets count in years that begin with this month.",
        error_messages={"invalid_choice": "Choose a month from the list."},
    )
    minimum_group = forms.IntegerField(
        label="Smallest group that is shown",
        min_value=SMALLEST_MINIMUM_GROUP,
        max_value=LARGEST_MINIMUM_GROUP,
        help_text="A figure that fewer people than this logged is withheld from everybody, you included, so "
        "that nobody can tell who is behind it. A higher number protects people better; a lower one shows "
        f"small departments sooner. At least {SMALLEST_MINIMUM_GROUP}.",
        widget=forms.TextInput(attrs=_WHOLE),
        error_messages={
            "required": f"Write a number from {SMALLEST_MINIMUM_GROUP} to {LARGEST_MINIMUM_GROUP}.",
            "invalid": f"Write a whole number from {SMALLEST_MINIMUM_GROUP} to {LARGEST_MINIMUM_GROUP}.",
            "min_value": f"At least {SMALLEST_MINIMUM_GROUP}: below that, people could be recognized.",
            "max_value": f"At most {LARGEST_MINIMUM_GROUP}.",
        },
    )
    second_step = forms.TypedChoiceField(
        label="Second step at sign-in is asked of",
        choices=[(each.value, label) for each, label in SECOND_STEP_LABELS.items()],
        coerce=SecondStep,
        required=False,
        empty_value=None,
        widget=Select,
        help_text="A code from a phone or a passkey, besides the password. Whoever has none yet sets one up "
        "before they see the pages of the organization. Their personal entries are not affected.",
        error_messages={"invalid_choice": "Choose nobody, administrators or everybody."},
    )
    seen_version = SeenVersionField()

    def __init__(
        self,
        data: Any = None,
        *,
        profile: Profile,
        organization: Organization | None = None,
        has_second_step: bool = False,
    ) -> None:
        self._organization = organization
        self._has_second_step = has_second_step
        super().__init__(data, initial=self.initial_of(organization, profile))
        if organization is None:  # something for later, once there is somebody to ask
            del self.fields["second_step"]

    @staticmethod
    def initial_of(organization: Organization | None, profile: Profile) -> dict[str, Any]:
        """What the form shows of an organization, or of a new one, in the person's units."""
        unit = "sqft" if profile.preferences.unit_system is UnitSystem.IMPERIAL else "m2"
        if organization is None:
            return {
                "country": countries.country_of(profile.preferences.region),
                "floor_area_unit": unit,
                "reporting_year_start": "1",
                "minimum_group": DEFAULT_MINIMUM_GROUP,
            }
        return {
            "name": organization.name,
            "country": organization.country,
            "sector": organization.sector,
            "headcount": organization.headcount,
            "floor_area": area_as_typed(organization.floor_area_m2, unit),
            "floor_area_unit": unit,
            "reporting_year_start": str(organization.reporting_year_start),
            "minimum_group": organization.minimum_group,
            "second_step": organization.second_step.value,
            "seen_version": organization.version,
        }

    def clean_second_step(self) -> SecondStep:
        """What is stored where the form does not say. Only who has shown one asks it of others."""
        stored = self._organization.second_step if self._organization else SecondStep.NOBODY
        chosen: SecondStep = self.cleaned_data["second_step"] or stored
        if chosen not in (stored, SecondStep.NOBODY) and not self._has_second_step:
            raise forms.ValidationError(SHOW_ONE_FIRST)
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        area = cleaned.get("floor_area")
        if area is None:
            return cleaned | {"floor_area_m2": None}
        m2 = area * (M2_PER_SQUARE_FOOT if cleaned.get("floor_area_unit") == "sqft" else 1)
        if m2 <= 0:
            self.add_error("floor_area", "It is more than zero. Leave it empty if you would rather not say.")
        elif m2 > LARGEST_FLOOR_AREA_M2:
            self.add_error("floor_area", "At most 100 square kilometers.")
        if self._organization is not None and not {"floor_area", "floor_area_unit"} & set(self.changed_data):
            m2 = self._organization.floor_area_m2  # shown in rounded feet: saving that would change it
        return cleaned | {"floor_area_m2": m2}

    def draft(self) -> OrganizationDraft:
        """What a valid form says."""
        said = self.cleaned_data
        return OrganizationDraft(
            name=said["name"],
            country=said["country"],
            sector=said["sector"],
            headcount=said["headcount"],
            floor_area_m2=said["floor_area_m2"],
            reporting_year_start=said["reporting_year_start"],
            minimum_group=said["minimum_group"],
            second_step=said.get("second_step", SecondStep.NOBODY),
        )

    def stored_elsewhere(self, organization: Organization, profile: Profile) -> list[tuple[str, str]]:
        """What is stored by now and this form does not say: (label, stored value), in words."""
        stored, typed = OrganizationDraft.of(organization), self.draft()
        shown = self.initial_of(organization, profile)
        names = [name for name in _SHOWN if _SHOWN[name] in self.fields]
        different = [name for name in names if getattr(stored, name) != getattr(typed, name)]
        return [
            (str(self.fields[_SHOWN[name]].label), _words(self.fields[_SHOWN[name]], shown, _SHOWN[name]))
            for name in different
        ]


#: Attributes of a draft, and the fields that say them.
_SHOWN = {
    "name": "name",
    "country": "country",
    "sector": "sector",
    "headcount": "headcount",
    "floor_area_m2": "floor_area",
    "reporting_year_start": "reporting_year_start",
    "minimum_group": "minimum_group",
    "second_step": "second_step",
}


def area_as_typed(m2: Decimal | None, unit: str) -> Decimal | None:
    """A stored area as somebody would type it, to two digits after the point at most."""
    if m2 is None:
        return None
    area = m2 / M2_PER_SQUARE_FOOT if unit == "sqft" else m2
    return Decimal(f"{area.quantize(Decimal('0.01')).normalize():f}")  # without the exponent of 1E+3


def _words(field: forms.Field, shown: dict[str, Any], name: str) -> str:
    """A stored value as the form shows it."""
    value = shown[name]
    if isinstance(field, forms.ChoiceField):
        return dict(cast("list[tuple[str, str]]", field.choices)).get(str(value), str(value))
    if name == "floor_area" and value:
        return f"{value} {dict(AREA_UNITS)[shown['floor_area_unit']]}"
    return "empty" if value in {None, ""} else str(value)
