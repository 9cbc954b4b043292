"""What a person may change about themselves. Anything else in a request is not read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.html import format_html

from accounts import time_zones
from accounts.domain import Profile, Theme, UnitSystem
from carbontrack.widgets import Select
from emissions.factors import regions
from emissions.factors.sources import all_sources

KG_PER_TONNE = Decimal(1000)
#: More than anybody saves their settings; a form that says more is not ours.
MOST_CHANGES = 10**9
#: Twenty times the average of any country: more is a slip of the finger.
LARGEST_TARGET_KG = Decimal(1_000_000)

UNIT_SYSTEMS = [
    (UnitSystem.METRIC.value, "Metric: kilometers, kilograms, liters"),
    (UnitSystem.IMPERIAL.value, "Imperial: miles, pounds, gallons"),
]
THEMES = [
    (Theme.SYSTEM.value, "Like my device"),
    (Theme.LIGHT.value, "Light"),
    (Theme.DARK.value, "Dark"),
]
TARGET_UNITS = [("t", "tonnes CO2e"), ("kg", "kilograms CO2e")]


def _region_choices() -> list[tuple[str, Any]]:
    """Countries, the parts of the United States grid, and the world for those who would rather not say."""
    everywhere = regions.all()
    countries = [(region.code, region.name) for region in everywhere if region.parent == regions.WORLD]
    subregions = [(region.code, region.name) for region in everywhere if region.is_subregion]
    world = [(regions.WORLD, regions.get(regions.WORLD).name)]
    return [
        ("Countries and territories", countries),
        ("United States, by power grid", subregions),
        ("Other", world),
    ]


class SettingsForm(forms.Form):
    """The name and the preferences of a profile.

    `seen_version` is the profile's version when the form was drawn: saving over a newer one is refused.
    """

    name = forms.CharField(
        label="Name",
        required=False,
        max_length=100,
        help_text="As you want to be called.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    region = forms.ChoiceField(
        label="Region",
        choices=_region_choices,
        widget=Select,
        help_text="Electricity, fuels and waste have different footprints in different places. "
        "Entries you saved before keep their numbers.",
        error_messages={"invalid_choice": "Choose a region from the list."},
    )
    unit_system = forms.ChoiceField(
        label="Units",
        choices=UNIT_SYSTEMS,
        widget=Select,
        help_text="Which units forms offer first. You can always choose others.",
        error_messages={"invalid_choice": "Choose one of the two."},
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=time_zones.grouped_choices,
        widget=Select,
        help_text="It decides on which day something counts.",
        error_messages={"invalid_choice": "Choose a time zone from the list."},
    )
    theme = forms.ChoiceField(
        label="Colors",
        choices=THEMES,
        widget=Select,
        error_messages={"invalid_choice": "Choose one of the three."},
    )
    target = forms.DecimalField(
        label="Target",
        required=False,
        max_digits=12,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "invalid": "Write a number such as 4 or 2.5, or leave it empty.",
            "max_digits": "This number is too long.",
            "max_whole_digits": "This number is too long.",
            "max_decimal_places": "At most three digits after the point.",
        },
    )
    target_unit = forms.ChoiceField(
        label="Unit",
        choices=TARGET_UNITS,
        widget=Select,
        error_messages={"invalid_choice": "Choose tonnes or kilograms."},
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MOST_CHANGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored_zone = self.initial.get("time_zone")
        if stored_zone and not any(stored_zone in dict(zones) for _, zones in time_zones.grouped_choices()):
            # A name that this machine's database has not: keep it choosable, so that saving does not lose it.
            choices = [*time_zones.grouped_choices(), ("Yours", [(stored_zone, stored_zone)])]
            self.fields["time_zone"].choices = choices  # type: ignore[attr-defined]
        self.fields["target"].help_text = _target_help(self.initial.get("region", ""))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        target = cleaned.get("target")
        if target is not None:
            kg = target * (KG_PER_TONNE if cleaned.get("target_unit", "t") != "kg" else 1)
            if kg <= 0:
                self.add_error("target", "A target is more than zero. Leave it empty for none.")
            elif kg > LARGEST_TARGET_KG:
                self.add_error("target", "A target is at most 1,000 tonnes a year.")
            cleaned["target_kg_per_year"] = kg
        return cleaned

    def applied_to(self, profile: Profile) -> Profile:
        """The profile with what the form says, at the version its author saw."""
        data = self.cleaned_data
        preferences = replace(
            profile.preferences.with_target_of(data.get("target_kg_per_year")),
            region=data["region"],
            unit_system=UnitSystem(data["unit_system"]),
            theme=Theme(data["theme"]),
            time_zone=data["time_zone"],
        )
        return profile.edited(name=data["name"], preferences=preferences, version=data["seen_version"])

    @staticmethod
    def initial_of(profile: Profile) -> dict[str, Any]:
        """What the form shows of a profile."""
        preferences = profile.preferences
        target, unit = _target_as_typed(preferences.target_kg_per_year)
        return {
            "name": profile.name,
            "region": preferences.region,
            "unit_system": preferences.unit_system.value,
            "time_zone": preferences.time_zone,
            "theme": preferences.theme.value,
            "target": target,
            "target_unit": unit,
            "seen_version": profile.version,
        }

    def stored_elsewhere(self, profile: Profile) -> list[tuple[str, str]]:
        """What the profile holds by now and this form does not: (label, stored value), in words."""
        stored = self.initial_of(profile)
        differences = []
        for name in ("name", "region", "unit_system", "time_zone", "theme"):
            if self.cleaned_data[name] != stored[name]:
                field = self.fields[name]
                differences.append((str(field.label), _words(field, stored[name])))
        if self.cleaned_data.get("target_kg_per_year") != profile.preferences.target_kg_per_year:
            words = f"{stored['target']} {stored['target_unit']} CO2e" if stored["target"] else "none"
            differences.append(("Target for a year", words))
        return differences


def _target_as_typed(kg: Decimal | None) -> tuple[str, str]:
    """A stored target as its author would type it: tonnes from one tonne on."""
    if kg is None:
        return "", "t"
    amount, unit = (kg / KG_PER_TONNE, "t") if kg >= KG_PER_TONNE else (kg, "kg")
    return f"{amount.normalize():f}", unit


def _words(field: forms.Field, value: str) -> str:
    """The label of a choice, or the value itself."""
    if isinstance(field, forms.ChoiceField):
        for key, label in cast("Iterable[tuple[str, Any]]", field.choices):
            options = dict(label) if isinstance(label, list | tuple) else {key: label}
            if value in options:
                return str(options[value])
    return value or "empty"


def _target_help(region: str) -> str:
    """What people where the person lives emit on average, to make a number mean something."""
    usual = "The dashboard compares your pace with it. Leave it empty for none."
    average = regions.benchmark(region) if region else None
    if average is None or average.tonnes_co2e is None:
        return usual
    source = all_sources()[average.ghg_source_id or average.source_id]
    return format_html(
        '{} Average person, {}, {}: {} t CO2e within the country\'s borders (<a href="{}">{}</a>).',
        usual,
        average.name,
        average.ghg_year,
        f"{average.tonnes_co2e:.1f}",
        source.url,
        source.publisher.partition(" (")[0],
    )
