"""Recurring rules as pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.urls import reverse

from accounts.domain import Profile
from emissions.days import local_today
from emissions.domain.entries import ActivityType
from emissions.domain.recurring import Routine, Rule
from emissions.domain.schedules import DAY, schedule_words
from emissions.factors import choices
from emissions.forms.recurring import DAY_FIELDS, RuleForm
from emissions.services.recurring.outlook import Outlook, outlook_of
from organizations.domain import Organization


@dataclass(frozen=True, slots=True)
class Day:
    """A day that is to come, with its `short_day`."""

    day: date
    label: str
    skipped: bool


@dataclass(frozen=True, slots=True)
class RuleRow:
    """`url` has `edit/`, `pause/`, `resume/`, `skip/`, `unskip/` and `delete/` below it.

    `state` is `active`, `paused` or `over`; `badge` says where work counts.
    """

    rule: Rule
    label: str
    activity_type: ActivityType
    words: str
    state: str
    url: str
    outlook: Outlook
    days: list[Day]
    badge: str = ""


@dataclass(frozen=True, slots=True)
class RuleList:
    """All rules of a person: those at work first, each kind by its next day, then those that are over."""

    rows: list[RuleRow]

    @property
    def kg_year(self) -> Decimal | None:
        """kg CO2e of the next 12 months of all that are at work; None if that is one or none."""
        known = [row.outlook.kg_year for row in self.rows if row.state == "active"]
        return sum((kg for kg in known if kg is not None), Decimal(0)) if len(known) > 1 else None


_ORDER = ("active", "paused", "over")
#: So far ahead a day needs no year to be told from that of another year.
_UNMISTAKABLE = timedelta(days=300)
#: In place of a routine that is not filled in: only its days are asked for.
_NOTHING = Routine("", Decimal(0), "")


def rule_list_of(profile: Profile, rules: Iterable[Rule], organization: Organization | None) -> RuleList:
    rows = [rule_row(profile, rule, organization) for rule in rules]
    rows.sort(key=lambda row: (_ORDER.index(row.state), row.rule.next_on or date.max, row.rule.rule_id))
    return RuleList(rows)


def rule_row(profile: Profile, rule: Rule, organization: Organization | None) -> RuleRow:
    """`organization` is the person's own, for the badge and the factors of a rule for work."""
    today = local_today(profile.preferences.time_zone)
    outlook = outlook_of(profile, rule, today, organization=organization)
    return RuleRow(
        rule,
        label=choices.label(rule.routine.variant),
        activity_type=choices.activity_type(rule.routine.variant),
        words=schedule_words(rule.schedule),
        state=_state(rule, today),
        url=reverse("emissions:rule-update", args=[rule.rule_id]).removesuffix("edit/"),
        outlook=outlook,
        days=[Day(each.day, short_day(each.day, today), each.skipped) for each in outlook.days],
        badge=_badge(rule, organization),
    )


def short_day(day: date, today: date) -> str:
    """`Today`, `Mon 23 Nov`; with the year where that could be meant of two: `Mon 1 Nov 2027`."""
    if day == today:
        return "Today"
    return f"{day:%a} {day.day} {day:%b}" + (f" {day.year}" if day - today > _UNMISTAKABLE else "")


def _state(rule: Rule, today: date) -> str:
    if rule.is_over(today):
        return "over"
    return "active" if rule.paused_at is None else "paused"


def _badge(rule: Rule, organization: Organization | None) -> str:
    """`Work · Sales`; empty for a personal rule."""
    routine = rule.routine
    if not routine.is_work:
        return ""
    if organization is None or routine.organization_id != organization.id:
        return "Work · former organization"
    return f"Work · {organization.department_label(routine.department_id) or organization.name}"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a rule would write, as far as its form is filled in. No `days` yet: something is missing."""

    words: str = ""
    days: tuple[str, ...] = ()
    year_days: int = 0
    kg_year: Decimal | None = None
    problem: str = ""


def foreseen(form: RuleForm, profile: Profile) -> Foreseen:
    """The next days of a rule that is being filled in, and its kg CO2e of the next 12 months."""
    sent = form.as_sent()
    is_valid = sent.is_valid()
    wrong = [str(sent.errors[name][0]) for name in ("frequency", "date", *DAY_FIELDS) if name in sent.errors]
    if wrong:
        return Foreseen(problem=wrong[0])
    schedule = sent.schedule()
    today = local_today(profile.preferences.time_zone)
    before = max(schedule.start_on, today) - DAY  # whatever day is typed, nothing is written before today
    through = max(before, form.rule.through if form.rule else date.min)
    skipped = form.rule.skipped if form.rule else frozenset()
    rule = Rule(
        user_id=profile.user_id,
        rule_id="",
        routine=sent.routine() if is_valid else _NOTHING,
        schedule=schedule,
        time_zone=profile.preferences.time_zone,
        through=through,
        created_at=profile.created_at,
        skipped=skipped,
    )
    organization = None if form.workplace is None else form.workplace.organization
    outlook = outlook_of(profile, rule, today, organization=organization)
    days = tuple(short_day(each.day, today) for each in outlook.days if not each.skipped)
    return Foreseen(
        schedule_words(schedule),
        days,
        outlook.year_days,
        kg_year=outlook.kg_year if is_valid else None,
        problem="" if days else "No day fits before it ends.",
    )
