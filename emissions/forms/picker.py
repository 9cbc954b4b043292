"""Type, category, variant and unit: each choice narrows the next.

Works from the state of the form alone, whatever was changed last: a choice that does not fit the one before
it gives way to what the person usually logs there, else to the first everyday choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.domain import Profile
from emissions.domain.entries import ActivityType, Entry
from emissions.factors import catalog, choices, regions, units
from emissions.factors.categories import TYPE_LABELS, category_label
from emissions.factors.errors import CalculationError
from emissions.forms.filters import Options
from emissions.habits import Habits

#: Results of a search: enough to find it, few enough to look through.
SEARCH_RESULTS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be logged, everyday choice or catalogue key, and the units to measure it in.

    `is_per_passenger`: its figure is one passenger's, so a distance is not divided among those who went.
    """

    variant: str
    label: str
    activity_type: ActivityType
    category: str
    units: Options
    typical_amount: Decimal | None = None
    note: str = ""
    is_per_passenger: bool = False


@dataclass(frozen=True, slots=True)
class Picker:
    """What is chosen so far, and what can be chosen next. `fits`: the state did not contradict itself."""

    choice: Choice
    unit: str
    types: Options
    categories: Options
    variants: Options
    fits: bool

    @property
    def units(self) -> Options:
        return self.choice.units


def pick(
    state: Mapping[str, str],
    *,
    profile: Profile,
    on: date,
    habits: Habits | None = None,
    logged: Entry | None = None,
) -> Picker:
    """The picker for a form's `type`, `category`, `variant` and `unit`; any may be missing or nonsense.

    An entry that is `logged` may stay what it is, whatever the catalogue holds by now.
    """
    habits = habits or Habits()
    variant = state.get("variant", "")
    wanted = find_choice(variant, profile=profile, on=on)
    if wanted is None and logged is not None and variant == logged.variant:
        wanted = _as_logged(logged, profile)
    fits = wanted is not None and (
        state.get("type") in (None, "", wanted.activity_type)
        and state.get("category") in (None, "", wanted.category)
    )
    choice = (
        wanted if wanted is not None and fits else _next_choice(state, profile=profile, on=on, habits=habits)
    )
    offered = {code for code, _label in choice.units}
    unit = next(
        code
        for code in (_unit_code(state.get("unit", "")), habits.unit(choice.variant), choice.units[0][0])
        if code in offered
    )
    return Picker(
        choice=choice,
        unit=unit,
        types=[(kind.value, label) for kind, label in TYPE_LABELS.items()],
        categories=_categories(choice),
        variants=_variants(choice),
        fits=fits,
    )


def find_choice(variant: str, *, profile: Profile, on: date) -> Choice | None:
    """What goes by this id or catalogue key where the person lives; None if nothing does."""
    if not variant:
        return None
    system = profile.preferences.unit_system
    everyday = choices.find(variant)
    if everyday is not None:
        return Choice(
            variant=variant,
            label=everyday.label,
            activity_type=everyday.activity_type,
            category=everyday.category,
            units=everyday.units_for(system),
            typical_amount=everyday.typical(system),
            note=everyday.note,
            is_per_passenger=everyday.per == (units.PASSENGER_KM,),
        )
    try:
        factor = catalog().resolve(variant, region=profile.preferences.region, on=on).factor
    except CalculationError:
        return None
    offered = units.units_for(factor.unit, system)
    return Choice(
        variant=variant,
        label=choices.label(variant),
        activity_type=factor.activity_type,
        category=factor.category,
        units=offered,
        is_per_passenger=factor.unit == units.PASSENGER_KM,
    )


def _as_logged(entry: Entry, profile: Profile) -> Choice:
    """What an entry is of, where that is in no catalogue any more: its edition was withdrawn."""
    return Choice(
        variant=entry.variant,
        label=entry.factor.name,
        activity_type=entry.activity_type,
        category=entry.category,
        units=units.units_for(entry.factor.unit, profile.preferences.unit_system),
        is_per_passenger=entry.factor.unit == units.PASSENGER_KM,
    )


def _next_choice(state: Mapping[str, str], *, profile: Profile, on: date, habits: Habits) -> Choice:
    """The likeliest choice of the chosen category, else of the chosen type, else of all."""
    kind = state.get("type", "")
    category = state.get("category", "")
    if kind not in set(ActivityType):
        usual = find_choice(habits.variant() or "", profile=profile, on=on)
        return usual or _everyday(choices.all()[0].id, profile, on)
    known = [name for name, _label in choices.categories(ActivityType(kind))]
    wanted = category if category in known else None
    usual = find_choice(habits.variant(activity_type=kind, category=wanted) or "", profile=profile, on=on)
    return usual or _everyday(choices.for_category(ActivityType(kind), wanted or known[0])[0].id, profile, on)


def _everyday(variant: str, profile: Profile, on: date) -> Choice:
    choice = find_choice(variant, profile=profile, on=on)
    assert choice is not None
    return choice


def _categories(choice: Choice) -> Options:
    """The everyday categories, and that of a catalogue choice which is in none of them."""
    options = dict(choices.categories(choice.activity_type))
    options.setdefault(choice.category, category_label(choice.activity_type, choice.category))
    return list(options.items())


def _variants(choice: Choice) -> Options:
    """The everyday choices of the category, without the words that are said above them already."""
    begin = f"{category_label(choice.activity_type, choice.category)}, "
    labels = {each.id: each.label for each in choices.for_category(choice.activity_type, choice.category)}
    labels.setdefault(choice.variant, choice.label)
    return [(variant, _sentence(label.removeprefix(begin))) for variant, label in labels.items()]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _unit_code(text: str) -> str | None:
    try:
        return units.parse_unit(text) if text else None
    except CalculationError:
        return None


@dataclass(frozen=True, slots=True)
class Found:
    """A result of a search. `region` names where a catalogue figure is for; an everyday choice has none."""

    variant: str
    label: str
    activity_type: str
    region: str = ""


def search(text: str, *, region: str) -> list[Found]:
    """Everyday choices first, then the catalogue: figures of the region itself before those that stand in."""
    everyday = catalog().index.choices(text)[:SEARCH_RESULTS]
    standing_for = {catalog().resolve(each.id, region=region, on=date.max).factor.key for each in everyday}
    found = [Found(each.id, each.label, each.activity_type) for each in everyday]
    own = set(regions.chain(region))
    others = catalog().search(text, region=region, limit=3 * SEARCH_RESULTS)
    found += [
        Found(factor.key, factor.variant, factor.activity_type, regions.name(factor.region))
        for factor in sorted(others, key=lambda factor: factor.region not in own)
        if factor.key not in standing_for
    ]
    return found[:SEARCH_RESULTS]
