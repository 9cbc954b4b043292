"""The form of a recurring rule: that of an entry, with its days."""

from __future__ import annotations

import datetime
from calendar import monthrange
from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.domain import Profile
from carbontrack.widgets import Select
from emissions.domain.recurring import FURTHEST_START, Routine, Rule
from emissions.domain.schedules import MONTH_NAMES, WEEKDAY_NAMES, WORKDAYS, Frequency, Schedule
from emissions.domain.scopes import WorkScope
from emissions.forms.entry import EntryForm
from emissions.forms.workplace import USUAL_SCOPE, WORK
from emissions.habits import Habits
from organizations.domain import Organization

NOON = datetime.time(12)
#: What says on which days, besides `date` and `weekdays`, of which there may be several.
SCHEDULE_FIELDS = ("frequency", "every_weeks", "every_months", "day", "month", "ends")
#: What can be wrong with the days, in the order in which it is asked.
DAY_FIELDS = ("weekdays", "every_weeks", "every_months", "day", "month", "ends")
#: What each frequency asks besides.
_ASKED = {
    Frequency.WEEKLY: frozenset({"weekdays", "every_weeks"}),
    Frequency.MONTHLY: frozenset({"day", "every_months"}),
    Frequency.YEARLY: frozenset({"day", "month"}),
}
_ASKED_AT_ALL = frozenset().union(*_ASKED.values())
_LEAP_YEAR = 2024
_WEEKS = [(str(n), "every week" if n == 1 else f"every {n} weeks") for n in (1, 2, 3, 4, 5, 6, 8, 10, 12, 26)]
_MONTHS = [(str(n), "every month" if n == 1 else f"every {n} months") for n in (1, 2, 3, 4, 6)]


class RuleForm(EntryForm):
    """What is done as in the form of an entry, and when: `date` is the first day, `time` the hour it is done.

    Only the fields of the chosen frequency count; what stands in the others is kept, not read.
    """

    frequency = forms.ChoiceField(
        label="How often",
        choices=[
            (Frequency.WEEKLY.value, "Weekly"),
            (Frequency.MONTHLY.value, "Monthly"),
            (Frequency.YEARLY.value, "Yearly"),
        ],
        initial=Frequency.WEEKLY.value,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose how often.",
            "invalid_choice": "Choose weekly, monthly or yearly.",
        },
    )
    weekdays = forms.MultipleChoiceField(
        label="On",
        required=False,
        choices=[(str(number), name) for number, name in enumerate(WEEKDAY_NAMES, start=1)],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose days from the list."},
    )
    every_weeks = forms.ChoiceField(label="Repeats", required=False, choices=_WEEKS, widget=Select)
    every_months = forms.ChoiceField(label="Repeats", required=False, choices=_MONTHS, widget=Select)
    day = forms.IntegerField(
        label="On day",
        required=False,
        min_value=1,
        max_value=31,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 2}),
        error_messages={
            "invalid": "Write a day of the month, from 1 to 31.",
            "min_value": "Write a day of the month, from 1 to 31.",
            "max_value": "Write a day of the month, from 1 to 31.",
        },
    )
    month = forms.ChoiceField(
        label="Of",
        required=False,
        choices=[(str(number), name) for number, name in enumerate(MONTH_NAMES, start=1)],
        widget=Select,
    )
    ends = forms.DateField(
        label="Last day",
        required=False,
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Leave it empty to go on until you stop it.",
        error_messages={"invalid": "Write the day like 2026-03-15, or leave it empty."},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        profile: Profile,
        initial: Mapping[str, Any] | None = None,
        habits: Habits | None = None,
        organization: Organization | None = None,
        rule: Rule | None = None,
    ) -> None:
        self.rule = rule
        super().__init__(
            data, profile=profile, scope="log", initial=initial, habits=habits, organization=organization
        )
        self._name_days()
        for name, value in first_day_state(self._first_day()).items():
            self.initial.setdefault(name, value)

    def _name_days(self) -> None:
        date, time, ends = (self.fields[name] for name in ("date", "time", "ends"))
        date.label = "First day" if self.rule is None else "From"
        date.error_messages["required"] = "Say from which day on."
        date.widget.attrs |= {
            "min": self.today.isoformat(),
            "max": (self.today + FURTHEST_START).isoformat(),
        }
        time.help_text = "Written once this time has come; noon if empty."
        ends.widget.attrs["min"] = self.today.isoformat()

    def _first_day(self) -> datetime.date:
        """The first day as the form stands; today if that is no day."""
        try:
            return datetime.date.fromisoformat(str(self["date"].value()))
        except ValueError:
            return self.today

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        frequency = said.get("frequency", "")
        for name in _ASKED_AT_ALL - _ASKED.get(frequency, frozenset()):
            self.errors.pop(name, None)  # nobody sees it
        if frequency == Frequency.WEEKLY:
            if not said.get("weekdays") and "weekdays" not in self.errors:
                self.add_error("weekdays", "Choose at least one day of the week.")
        elif frequency and "day" not in self.errors:
            self._check_day(said, frequency)
        first, last = said.get("date"), said.get("ends")
        if first and last and last < first:
            self.add_error("ends", "The last day is before the first.")
        return said

    def _check_day(self, said: dict[str, Any], frequency: str) -> None:
        day = said.get("day")
        if day is None:
            self.add_error("day", "Write a day of the month, from 1 to 31.")
        elif frequency == Frequency.YEARLY and "month" not in self.errors:
            month = said["month"]
            last = monthrange(_LEAP_YEAR, month)[1]
            if day > last:
                self.add_error("day", f"{MONTH_NAMES[month - 1]} has {last} days at most.")

    def clean_month(self) -> int:
        return int(self.cleaned_data["month"] or self.initial["month"])

    def clean_every_weeks(self) -> int:
        return int(self.cleaned_data["every_weeks"] or 1)

    def clean_every_months(self) -> int:
        return int(self.cleaned_data["every_months"] or 1)

    def routine(self) -> Routine:
        """What a valid form says is done."""
        said = self.cleaned_data
        work = self._work()
        return Routine(
            variant=said["variant"],
            amount=said["amount"],
            unit=said["unit"],
            people=said["people"],
            note=said["note"].strip(),
            local_time=said["time"] or NOON,
            organization_id=work.organization_id if work else None,
            department_id=work.department_id if work else None,
            scope=work.scope if work else None,
        )

    def schedule(self) -> Schedule:
        """On which days, as a valid form says."""
        said = self.cleaned_data
        frequency = Frequency(said["frequency"])
        asked = {name: said[name] for name in _ASKED[frequency]}
        return Schedule(
            frequency=frequency,
            start_on=said["date"],
            end_on=said["ends"],
            every=asked.get("every_weeks") or asked.get("every_months") or 1,
            weekdays=frozenset(map(int, asked.get("weekdays", ()))),
            day=asked.get("day", 1),
            month=asked.get("month", 1),
        )

    def as_sent(self) -> RuleForm:
        """This form as if it had been sent as it stands, for what it would write. Without work."""
        if self.is_bound:
            data = dict(self.data.items()) | {"weekdays": self["weekdays"].value()}
        else:
            data = {**self.initial, **self._chosen}
        return RuleForm(data | {"work": ""}, profile=self._profile, rule=self.rule)


def first_day_state(first: datetime.date) -> dict[str, Any]:
    """What the days of a rule are at first, from its first day: a workday stands for all of them."""
    weekday = first.isoweekday()
    weekdays = sorted(WORKDAYS) if weekday in WORKDAYS else [weekday]
    return {
        "frequency": Frequency.WEEKLY.value,
        "weekdays": [str(each) for each in weekdays],
        "every_weeks": "1",
        "every_months": "1",
        "day": str(first.day),
        "month": str(first.month),
    }


def routine_state(routine: Routine) -> dict[str, Any]:
    """A routine as the fields of the form say it."""
    state: dict[str, Any] = {
        "variant": routine.variant,
        "amount": f"{routine.amount:f}",
        "unit": routine.unit,
        "people": routine.people,
        "time": f"{routine.local_time:%H:%M}",
        "note": routine.note,
    }
    if routine.is_work:
        state |= {"work": WORK, "work_scope": scope_code(routine.scope)}
    return state


def scope_code(scope: WorkScope | None) -> str:
    return USUAL_SCOPE if scope is None else scope.code


def schedule_state(schedule: Schedule, first_on: datetime.date) -> dict[str, Any]:
    """A schedule that goes on from `first_on`, as the fields of the form say it."""
    state = first_day_state(first_on) | {
        "frequency": schedule.frequency.value,
        "date": first_on,
        "ends": schedule.end_on or "",
    }
    match schedule.frequency:
        case Frequency.WEEKLY:
            state |= {
                "weekdays": [str(each) for each in sorted(schedule.weekdays)],
                "every_weeks": str(schedule.every),
            }
        case Frequency.MONTHLY:
            state |= {"day": str(schedule.day), "every_months": str(schedule.every)}
        case Frequency.YEARLY:
            state |= {"day": str(schedule.day), "month": str(schedule.month)}
    return state
