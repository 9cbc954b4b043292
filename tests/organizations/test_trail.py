"""The audit trail in words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from carbontrack.audit import PLATFORM_SUBJECT, AuditRecord
from organizations.trail import (
    ALL_KINDS,
    KINDS,
    changes_of,
    one_line,
    row_of,
    sentence_of,
    without_figures,
    words,
)
from tests.factories import NOW

ACTIONS = {
    "organization.": (
        "created",
        "changed",
        "exported",
        "suspended",
        "restored",
        "handed_over",
        "deletion_started",
        "deleted",
    ),
    "department.": ("created", "changed", "merged", "archived", "restored"),
    "member.": ("joined", "changed", "removed", "left"),
    "invitation.": ("sent", "resent", "revoked", "declined"),
    "target.": ("set", "removed"),
    "month.": ("closed", "reopened"),
    "support.": ("opened", "looked", "ended"),
    "factors.": ("uploaded", "published", "withdrawn", "corrected", "discarded"),
    "audit.": ("exported",),
}
#: And of trails that organizations do not see.
OTHER_ACTIONS = {
    "account.": (
        "signed_in",
        "sign_in_failed",
        "password_changed",
        "email_changed",
        "second_step_added",
        "second_step_removed",
        "recovery_codes_made",
        "sessions_ended",
        "connected",
        "disconnected",
        "export_made",
        "export_taken",
        "erasure_asked",
        "erasure_taken_back",
        "erased",
    ),
    "staff.": (
        "person_disabled",
        "person_enabled",
        "role_changed",
        "sessions_ended",
        "second_step_removed",
        "verification_sent",
        "export_started",
        "erasure_started",
    ),
    "import.": ("finished", "undone"),
    "archive.": ("changed", "archived", "restored"),
    "recalculation.": ("started", "applied"),
    "report.": ("exported",),
    "job.": ("retried", "cancelled"),
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
        (
            record("organization.handed_over", "Acme", after={"to": "Bob", "reason": "Eve left"}),
            "Alice handed the organization over to Bob: “Eve left”.",
        ),
        (
            record("support.opened", after={"until": "2026-11-22T14:30:00Z", "reason": "Ticket 12"}),
            "Alice opened a support visit until 22 November 2026, 14:30 UTC: “Ticket 12”.",
        ),
        (
            record("support.looked", after={"page": "months"}),
            "Alice looked at the months on a support visit.",
        ),
        (
            record("factors.published", "DESNZ 2026", after={"valid_from": "2026-01-01"}),
            "Alice published the factors of DESNZ 2026, in force from 1 January 2026.",
        ),
        (record("account.signed_in", "", about_id="a"), "Alice signed in."),
        (
            record("account.signed_in", about_id="a", after={"with": ["a password", "a passkey"]}),
            "Alice signed in with a password and a passkey.",
        ),
        (
            record("account.password_changed", about_id="a", after={"how": "reset"}),
            "Alice changed the password through a mailed link.",
        ),
        (
            record("account.disconnected", "", about_id="a", before={"other": "Google"}),
            "Alice disconnected an account at Google.",
        ),
        (
            record("account.sign_in_failed", "", actor_name="Bob"),
            "Somebody tried to sign in as Bob, and could not.",
        ),
        (record("account.second_step_added", "", about_id=""), "Alice added a second step to signing in."),
        (
            record("account.second_step_added", about_id="a", after={"step": "a passkey"}),
            "Alice added a passkey to signing in.",
        ),
        (record("account.sessions_ended", about_id="a", after={"sessions": 1}), "Alice ended 1 session."),
        (record("staff.sessions_ended", after={"sessions": 3}), "Alice ended 3 sessions of Bob."),
        (record("account.erasure_asked", "", about_id="a"), "Alice asked to delete the account."),
        (
            record("account.erasure_taken_back", ""),
            "Alice decided to keep the account of this person.",
        ),
        (
            record("staff.role_changed", after={"role": "admin", "reason": "Joins us"}),
            "Alice made Bob an administrator of CarbonTrack: “Joins us”.",
        ),
        (
            record("staff.role_changed", after={"role": "user", "reason": "Leaves us"}),
            "Alice made Bob an administrator of CarbonTrack no longer: “Leaves us”.",
        ),
        (
            record("account.erased", "", actor_id="system", actor_name="CarbonTrack"),
            "An account was deleted for good, with everything that was kept about it.",
        ),
        (record("report.made", "2024"), "Alice: report.made 2024."),
        (record("member.removed", actor_name=""), "Somebody removed Bob."),
    ],
)
def test_records_read_as_sentences(told: AuditRecord, sentence: str) -> None:
    assert sentence_of(told) == sentence


def test_every_action_has_a_sentence_of_its_own_and_a_kind_to_find_it_by() -> None:
    assert [kind for kind, _ in KINDS] == list(ACTIONS)
    assert {kind for kind, _ in ALL_KINDS} == {*ACTIONS, *OTHER_ACTIONS}
    for kind, names in (ACTIONS | OTHER_ACTIONS).items():
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


def test_staff_read_what_happened_without_the_figures_of_anybody() -> None:
    told = record("import.finished", "bills.csv", after={"created": 3, "co2_emissions": Decimal(9)})

    assert without_figures(told).after == {"created": 3}
    assert without_figures(replace(told, subject=PLATFORM_SUBJECT)) == told
