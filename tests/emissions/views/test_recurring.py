"""The pages of recurring rules: list, form, and one tap for a day off; plain and through HTMX."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from carbontrack import clock
from carbontrack.dynamodb import count_requests, update_item
from carbontrack.dynamodb.tables import USERS
from carbontrack.form_keys import new_form_key
from emissions.domain.recurring import Rule
from emissions.domain.schedules import Frequency, Schedule
from emissions.repositories.recurring import RuleRepository
from emissions.services.entries import record_entry
from emissions.services.recurring.rules import create_rule
from organizations.domain import Organization
from tests.emissions.services.recurring.repeating import routine, run, schedule
from tests.factories import day, entry_id_of, make_draft
from tests.fixtures.organizations import SALES
from tests.fixtures.people import Person
from tests.pages import text_of

#: A Sunday.
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true", "HX-Target": "rules"}
NEW = "/recurring/new/"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def filled(person: Person, **changes: Any) -> dict[str, Any]:
    """The form for 12 km by train on weekdays, as a browser sends it: every field."""
    return {
        "key": new_form_key(person.user_id),
        "type": "transportation",
        "category": "rail",
        "variant": "train",
        "amount": "12",
        "unit": "passenger_km",
        "people": "1",
        "date": "2026-11-22",
        "time": "08:10",
        "note": "to work <b>",
        "frequency": "weekly",
        "weekdays": ["1", "2", "3", "4", "5"],
        "every_weeks": "1",
        "every_months": "1",
        "day": "22",
        "month": "11",
        "ends": "",
    } | changes


def rules_of(person: Person) -> list[Rule]:
    return RuleRepository(person.user_id).all()


def make(person: Person, number: int = 1, **days: Any) -> Rule:
    return create_rule(
        person.stored_profile(),
        routine(),
        schedule(day("2026-11-22"), **days),
        rule_id=entry_id_of(number),
    )


def errors_in(response: Any) -> dict[str, str]:
    found = re.findall(r'id="log-(\w+)_error">(.*?)</p>', response.content.decode())
    return {name: html.unescape(words) for name, words in found}


def url(rule: Rule, action: str) -> str:
    return reverse(f"emissions:rule-{action}", args=[rule.rule_id])


# -- Make ---------------------------------------------------------------------------------------------------


def test_an_empty_list_teaches_the_first_step(alice: Person) -> None:
    page = alice.client.get("/recurring/")

    assert "Nothing repeats yet" in text_of(page)
    for address in re.findall(r'href="(/recurring/new/\?[^"]+)"', page.content.decode()):
        form = text_of(alice.client.get(html.unescape(address)))
        assert re.search(r"(Weekdays|Every month on the last day) : about [\d.]+ kg CO2e in the next", form)


def test_a_filled_form_makes_a_rule_once(alice: Person) -> None:
    form = filled(alice)

    saved, again = alice.client.post(NEW, form), alice.client.post(NEW, form)

    [rule] = rules_of(alice)
    assert saved["Location"] == again["Location"] == f"/recurring/#rule-{rule.rule_id}"
    assert (int(rule.routine.amount), rule.routine.local_time.hour, rule.next_on) == (
        12,
        8,
        day("2026-11-23"),
    )
    page = alice.client.get("/recurring/")
    assert "Train 12 passenger-km · Weekdays at 08:10 to work <b> 0.371 kg CO2e each" in text_of(page)
    assert "to work &lt;b&gt;" in page.content.decode()
    assert "The next entry comes on Monday 23 November 2026." in text_of(page)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"weekdays": []}, {"weekdays": "Choose at least one day of the week."}),
        ({"amount": ""}, {"amount": "Say how much, for example 12.5."}),
        (
            {"date": "2026-11-21"},
            {"date": "Start today or later. What you did before, log it yourself or import it."},
        ),
        ({"ends": "2026-11-01"}, {"ends": "The last day is before the first."}),
        ({"ends": "2026-11-22"}, {"ends": "No day fits before it ends. Choose a later end, or none."}),
        ({"frequency": "monthly", "day": "32"}, {"day": "Write a day of the month, from 1 to 31."}),
        ({"frequency": "monthly", "day": ""}, {"day": "Write a day of the month, from 1 to 31."}),
        ({"frequency": "yearly", "day": "30", "month": "2"}, {"day": "February has 29 days at most."}),
        ({"frequency": "hourly"}, {"frequency": "Choose weekly, monthly or yearly."}),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_what_was_typed_stays(
    alice: Person, changes: dict[str, Any], errors: dict[str, str]
) -> None:
    response = alice.client.post(NEW, filled(alice, **changes))

    assert response.status_code == 422
    assert errors_in(response) == errors
    assert 'value="08:10"' in response.content.decode()
    assert "to work &lt;b&gt;" in response.content.decode()
    assert rules_of(alice) == []


def test_fields_of_other_frequencies_are_not_read(alice: Person) -> None:
    alice.client.post(NEW, filled(alice, frequency="yearly", day="29", month="2", weekdays=[]))
    alice.client.post(NEW, filled(alice, frequency="monthly", day="31", every_months="3", month="13"))
    alice.client.post(NEW, filled(alice, day="99", month="", every_weeks="2"))

    assert sorted(
        (rule.schedule.frequency, rule.schedule.every, rule.next_on) for rule in rules_of(alice)
    ) == [
        (Frequency.MONTHLY, 3, date(2026, 11, 30)),
        (Frequency.WEEKLY, 2, date(2026, 11, 23)),
        (Frequency.YEARLY, 1, date(2027, 2, 28)),
    ]


def test_an_entry_fills_the_form_in(alice: Person, bob: Person) -> None:
    draft = make_draft("2026-11-20T18:15", people=2, note="to mum")
    entry = record_entry(alice.profile, draft, entry_id=entry_id_of(7)).entry
    link = f"{NEW}?entry={entry.slug}"

    detail = alice.client.get(reverse("emissions:entry-detail", args=[entry.slug])).content.decode()
    page = alice.client.get(link)

    assert f'href="{link}"' in detail
    assert bob.client.get(link).status_code == 404
    body = page.content.decode()
    for field in (
        'name="amount" value="50"',
        'value="18:15"',
        'name="people" value="2"',
        'value="2026-11-22"',
    ):
        assert field in body
    assert re.findall(r'name="weekdays" value="(\d)"[^>]*checked', body) == ["5"]
    assert "to mum" in body
    assert "Every Friday : about" in text_of(page)


def test_half_a_form_is_narrowed_and_foreseen_without_complaint(alice: Person) -> None:
    state = {"variant": "train", "amount": "12", "frequency": "weekly", "weekdays": ["2", "4"]}

    part = alice.client.get(f"{NEW}?{urlencode(state, doseq=True)}", headers=HTMX)
    nothing = alice.client.get(f"{NEW}?frequency=weekly&variant=train&date=soon", headers=HTMX)
    plain = alice.client.post(NEW, filled(alice, preview="1", amount="24"))

    assert "<html" not in part.content.decode()
    assert "Every Tuesday and Thursday : about" in text_of(part)
    assert "Tue 24 Nov · Thu 26 Nov · Tue 1 Dec" in text_of(part)
    assert "Write the day like 2026-03-15." in text_of(nothing)
    assert errors_in(nothing) == {}
    assert (plain.status_code, rules_of(alice)) == (200, [])
    assert "0.742 kg CO2e" in text_of(plain)


# -- Change -------------------------------------------------------------------------------------------------


def test_the_form_of_a_rule_starts_from_what_it_is(alice: Person) -> None:
    rule = make(alice, weekdays=frozenset({6}), every=2, end_on=day("2027-06-30"))

    body = alice.client.get(url(rule, "update")).content.decode()

    for field in ('name="amount" value="50"', 'value="2026-11-28"', 'value="2027-06-30"', 'value="12:00"'):
        assert field in body
    assert re.findall(r'name="weekdays" value="(\d)"[^>]*checked', body) == ["6"]
    assert '<option value="2" selected>every 2 weeks' in body
    sent = filled(alice, version="1", date="2026-11-28", weekdays=["6"], every_weeks="2", amount="24")
    changed = alice.client.post(url(rule, "update"), sent)
    [stored] = rules_of(alice)
    assert changed.status_code == 302
    assert (int(stored.routine.amount), stored.version) == (24, 2)
    assert [each.day for each in stored.upcoming(2, NOW.date())] == [date(2026, 11, 28), date(2026, 12, 12)]


def test_the_form_of_a_monthly_and_of_a_yearly_rule(alice: Person) -> None:
    monthly = make(alice, 1, frequency=Frequency.MONTHLY, day=31, every=3)
    yearly = make(alice, 2, frequency=Frequency.YEARLY, day=29, month=2)

    bill = alice.client.get(url(monthly, "update")).content.decode()
    leap = alice.client.get(url(yearly, "update")).content.decode()

    assert 'name="day" value="31"' in bill
    assert '<option value="3" selected>every 3 months' in bill
    assert 'name="day" value="29"' in leap
    assert '<option value="2" selected>February' in leap
    assert "Every year on 29 February" in leap


def test_a_form_that_saved_another_rule_is_a_conflict_with_a_fresh_key(alice: Person) -> None:
    form = filled(alice)
    alice.client.post(NEW, form)

    other = alice.client.post(NEW, form | {"amount": "99"})
    refused = alice.client.post(url(rules_of(alice)[0], "update"), filled(alice, version="1", unit="kwh"))

    assert other.status_code == 409
    assert f'value="{form["key"]}"' not in other.content.decode()
    assert "This form has saved a rule before." in text_of(other)
    assert refused.status_code == 422
    assert alice.client.post(url(rules_of(alice)[0], "update"), filled(alice, version="x")).status_code == 400


def test_an_outdated_form_is_a_conflict_that_keeps_what_was_typed(alice: Person) -> None:
    rule = make(alice)
    alice.client.post(url(rule, "update"), filled(alice, version="1", amount="24"))

    outdated = alice.client.post(url(rule, "update"), filled(alice, version="1", amount="36"))
    again = alice.client.post(url(rule, "update"), filled(alice, version="2", amount="36"))

    assert outdated.status_code == 409
    assert 'name="version" value="2"' in outdated.content.decode()
    assert 'name="amount" value="36"' in outdated.content.decode()
    assert (again.status_code, rules_of(alice)[0].routine.amount) == (302, Decimal(36))


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_tap_skips_a_day_and_another_brings_it_back(alice: Person, headers: dict[str, str]) -> None:
    rule = make(alice, weekdays=frozenset({1}))

    skipped = alice.client.post(url(rule, "skip"), {"day": "2026-11-23"}, headers=headers, follow=True)
    stored = rules_of(alice)[0]
    back = alice.client.post(url(rule, "unskip"), {"day": "2026-11-23"}, headers=headers, follow=True)

    assert (stored.skipped, stored.next_on) == (frozenset({date(2026, 11, 23)}), date(2026, 11, 30))
    assert "Skipped: Monday 23 November. Tap the day again to undo." in text_of(skipped)
    assert "Mon 23 Nov is skipped. Write it after all" in text_of(skipped)
    assert "Skip Mon 23 Nov" in text_of(back)
    assert rules_of(alice)[0].skipped == frozenset()


def test_a_tap_on_what_is_over_is_a_sentence_and_no_day_a_bad_request(alice: Person) -> None:
    rule = make(alice)
    run()

    late = alice.client.post(url(rule, "skip"), {"day": "2026-11-22"}, headers=HTMX)

    assert "This day is over and done." in text_of(late)
    assert alice.client.post(url(rule, "skip"), {"day": "soon"}).status_code == 400
    assert alice.client.post(url(rule, "skip"), {"day": "2026-02-30"}).status_code == 400


def test_pause_resume_and_delete(alice: Person) -> None:
    rule = make(alice)
    run()

    paused = alice.client.post(url(rule, "pause"), headers=HTMX)
    resumed = alice.client.post(url(rule, "resume"), follow=True)
    asked = alice.client.get(url(rule, "delete"))
    deleted = alice.client.post(url(rule, "delete"), follow=True)

    assert "Paused" in text_of(paused)
    assert "nothing while paused" in text_of(paused)
    assert "It goes on from today. The days in between are not written." in text_of(resumed)
    assert "50 miles. Every day" in text_of(asked)
    assert "The 1 entry it has written stay" in text_of(asked)
    assert "Deleted. The entries it wrote stay." in text_of(deleted)
    assert rules_of(alice) == []


def test_others_rules_are_not_there(alice: Person, bob: Person) -> None:
    rule = make(alice)
    form = filled(bob, version="1", day="2026-11-23")

    for action in ("update", "pause", "resume", "skip", "unskip", "delete"):
        assert bob.client.post(url(rule, action), form).status_code == 404, action
    assert bob.client.get(url(rule, "update")).status_code == 404
    assert rules_of(alice) == [rule]


@pytest.mark.parametrize("rule_id", ["a" * 3000, "%00", "x%1fy", "%E2%80%AE"])
def test_probe_08_what_is_no_id_is_one_that_never_existed(rule_id: str, alice: Person) -> None:
    for action, send in (
        ("edit", alice.client.get),
        ("pause", alice.client.post),
        ("delete", alice.client.post),
    ):
        assert send(f"/recurring/{rule_id}/{action}/").status_code == 404


@pytest.mark.parametrize("first", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_refused(
    first: str, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody walks there day by day."""
    form, walked, first_from = filled(alice, date=first), [], Schedule.first_from

    def walk(schedule: Schedule, from_day: date) -> date | None:
        walked.append(from_day)
        return first_from(schedule, from_day)

    monkeypatch.setattr(Schedule, "first_from", walk)

    assert alice.client.get(NEW, form).status_code == 200
    assert alice.client.post(NEW, form).status_code == 422
    assert len(walked) < 2_000


def test_fields_that_no_form_has_are_ignored(alice: Person, bob: Person) -> None:
    """probe_05"""
    extra = {"user_id": bob.user_id, "organization_id": "x", "through": "2020-01-01", "written": "9"}

    alice.client.post(NEW, filled(alice, **extra, work="1", department=SALES))

    [rule] = rules_of(alice)
    assert (rule.user_id, rule.routine.organization_id, rule.written) == (alice.user_id, None, 0)
    assert rule.through == date(2026, 11, 21)


# -- Work ---------------------------------------------------------------------------------------------------


def test_a_rule_for_work_says_where_it_counts_and_why_it_paused(bob: Person, acme: Organization) -> None:
    bob.client.post(NEW, filled(bob, work="1", department=SALES, work_scope="usual"))
    [rule] = rules_of(bob)
    listed = text_of(bob.client.get("/recurring/"))
    edited = bob.client.get(url(rule, "update")).content.decode()
    update_item(USERS, {"user_id": bob.user_id}, set={"membership_version": 9}, remove=["organization_id"])

    resumed = bob.client.post(url(rule, "resume"), headers=HTMX)
    form = bob.client.get(url(rule, "update"))

    assert (rule.routine.organization_id, rule.routine.department_id) == (acme.id, SALES)
    assert "Work · Sales" in listed
    assert f'<option value="{SALES}" selected>' in edited
    assert "Work · former organization" in text_of(resumed)
    assert "Saving makes it personal." in text_of(form)
    bob.client.post(url(rule, "update"), filled(bob, version="1"))
    assert rules_of(bob)[0].routine.organization_id is None


def test_a_list_costs_the_same_with_one_rule_and_with_three(alice: Person) -> None:
    counts = []
    for number in (1, 2, 3):
        make(alice, number)
        with count_requests() as meter:
            page = alice.client.get("/recurring/")
        counts.append(meter.count)

    assert counts == [2, 2, 2]  # who is asking; the rules
    assert "Together about" in text_of(page)
