"""The audit trail in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from carbontrack.audit import AuditRecord
from organizations.trail import KINDS, changes_of, one_line, row_of, sentence_of, words
from tests.factories import NOW

ACTIONS = {
    "organization.": ("created", "changed", "exported", "deletion_started", "deleted"),
    "department.": ("created", "changed", "merged", "archived", "restored"),
    "member.": ("joined", "changed", "removed", "left"),
    "invitation.": ("sent", "resent", "revoked", "declined"),
    "target.": ("set", "removed"),
    "month.": ("closed", "reopened"),
    "audit.": ("exported",),
}


def record(
    action: str, about: str = "Bob", before: Any = None, after: Any = None, **changes: Any
) -> AuditRecord:
    values: dict[str, Any] = {"actor_id": "a", "actor_name": "Alice", "about_id": "b", "at": NOW} | changes
    return AuditRecord(action=action, about=about, before=before or {}, after=after or {}, **values)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (record("organization.created", "Acme"), "Alice created the organization Acme."),
        (record("organization.changed", "Acme"), "Alice changed the settings."),
        (record("organization.deletion_started", "Acme"), "Alice began to delete the organization."),
        (record("department.created", "Sales"), "Alice added the department Sales."),
        (
            record("department.changed", "Sales", {"name": "Selling"}, {"name": "Sales"}),
            "Alice renamed the department Selling to Sales.",
        ),
        (
            record("department.changed", "Field", {"inside": ""}, {"inside": "Sales"}),
            "Alice moved the department Field inside Sales.",
        ),
        (
            record("department.changed", "F", {"name": "E", "inside": "Sales"}, {"name": "F", "inside": ""}),
            "Alice renamed the department E to F and moved it to the top level.",
        ),
        (
            record("department.merged", "Field", after={"into": "Sales", "into_id": "S"}),
            "Alice merged the department Field into Sales.",
        ),
        (
            record("member.joined", after={"role": "user", "department": "Sales", "invited_by": "Alice"}),
            "Bob joined as a member of Sales, invited by Alice.",
        ),
        (
            record("member.joined", after={"role": "org_admin"}),
            "Bob joined as an administrator of the whole organization.",
        ),
        (
            record("member.changed", after={"role": "org_admin", "limited_to": ["Sales"]}),
            "Alice made Bob an administrator of Sales.",
        ),
        (
            record("member.changed", after={"role": "org_admin", "limited_to": ["A", "B", "C"]}),
            "Alice made Bob an administrator of A, B and C.",
        ),
        (
            record("member.changed", before={"role": "user"}, after={"role": "org_admin"}),
            "Alice made Bob an administrator of the whole organization.",
        ),
        (
            record("member.changed", after={"role": "user", "limited_to": []}),
            "Alice made Bob a member without rights to administer.",
        ),
        (
            record("member.changed", after={"role": "user"}, about_id="a"),
            "Alice made themselves a member without rights to administer.",
        ),
        (record("member.changed", after={"limited_to": ["Sales"]}), "Alice limited Bob to Sales."),
        (
            record("member.changed", before={"limited_to": ["Sales"]}, after={"limited_to": []}),
            "Alice made Bob an administrator of the whole organization.",
        ),
        (record("member.changed", after={"department": "Sales"}), "Alice put Bob into Sales."),
        (
            record("member.changed", before={"department": "Sales"}, after={"department": ""}),
            "Alice took Bob out of Sales.",
        ),
        (record("member.removed"), "Alice removed Bob."),
        (record("member.left"), "Bob left."),
        (
            record("invitation.sent", "bob@example.com", after={"role": "user"}),
            "Alice invited bob@example.com as a member.",
        ),
        (record("target.set", "30% less by 2030"), "Alice set a target: 30% less by 2030."),
        (record("month.closed", "March 2024"), "Alice closed March 2024."),
        (
            record("month.reopened", "March 2024", after={"reason": "A late bill"}),
            "Alice opened March 2024 again: “A late bill”.",
        ),
        (record("organization.created", "Acme Inc."), "Alice created the organization Acme Inc."),
        (record("organization.exported", after={"file": "XLSX"}), "Alice downloaded the dashboard as XLSX."),
        (record("audit.exported"), "Alice downloaded the audit trail."),
        (record("report.made", "2024"), "Alice: report.made 2024."),
        (record("member.removed", actor_name=""), "Somebody removed Bob."),
    ],
)
def test_records_read_as_sentences(told: AuditRecord, sentence: str) -> None:
    assert sentence_of(told) == sentence


def test_every_action_has_a_sentence_of_its_own_and_a_kind_to_find_it_by() -> None:
    assert [kind for kind, _ in KINDS] == list(ACTIONS)
    for kind, names in ACTIONS.items():
        for name in names:
            assert f"{kind}{name}" not in sentence_of(record(f"{kind}{name}"))


def test_changes_tell_before_and_after_in_words() -> None:
    told = record(
        "organization.changed",
        before={"country": "gb", "headcount": None, "reporting_year_start": Decimal(1)},
        after={"country": "de", "headcount": Decimal(12), "reporting_year_start": Decimal(4)},
    )

    assert [(each.label, each.before, each.after) for each in changes_of(told)] == [
        ("Country", "United Kingdom", "Germany"),
        ("Headcount", "nothing", "12"),
        ("Reporting year begins in", "January", "April"),
    ]


def test_changes_leave_out_what_the_sentence_says() -> None:
    assert changes_of(record("month.closed", "March", {"state": "open"}, {"state": "closed"})) == ()
    assert changes_of(record("department.created", "Sales", after={"name": "Sales"})) == ()
    assert [
        each.after for each in changes_of(record("department.created", "S › F", after={"name": "F"}))
    ] == ["F"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("role", "org_admin", "administrator"),
        ("limited_to", [], "no limit"),
        ("limited_to", ["A", "B"], "A, B"),
        ("sector", "arts", "Arts, sport and leisure"),
        ("floor_area_m2", Decimal("1E+3"), "1000"),
        ("closed_at", "2026-11-22T12:09:17Z", "22 November 2026, 12:09 UTC"),
        ("closed_at", "long ago", "long ago"),
        ("anything", {"a": 1}, "a: 1"),
        ("reporting_year_start", Decimal(13), "13"),
    ],
)
def test_values_are_told_in_words(name: str, value: Any, expected: str) -> None:
    assert words(name, value) == expected


def test_probe_27_name_with_a_line_break_writes_no_second_sentence() -> None:
    """probe_27: what people call themselves stays on its line, reads in its direction, and is no template."""
    name = "Bob\r\nAlice removed\u2028Eve\u202e\x00 {actor}"
    told = record("member.removed", name, actor_name="Mallory\n{about}", before={"department": "A\nB"})

    assert sentence_of(told) == "Mallory {about} removed Bob Alice removed Eve {actor}."
    assert [each.before for each in changes_of(told)] == ["A B"]
    assert one_line("  a \t b ") == "a b"


def test_text_is_looked_for_in_all_words() -> None:
    text = row_of(
        record("member.changed", before={"department": "Sales"}, after={"department": "Field"})
    ).text

    assert all(word in text for word in ("alice", "bob", "sales", "field"))
