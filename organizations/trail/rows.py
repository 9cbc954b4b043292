"""Records as pages and files show them: a sentence, what changed, and the kinds to find them by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from carbontrack.audit import PLATFORM_SUBJECT, AuditRecord
from carbontrack.audit_erasure import DELETED_ACCOUNT
from organizations.trail import account, organization, platform
from organizations.trail.telling import simply
from organizations.trail.words import FIGURES, LABELS, TOLD, TOLD_BY, one_line, words

#: What the list can be narrowed to: the beginning of an action, and the words for it.
KINDS = (
    ("organization.", "Organization"),
    ("department.", "Departments"),
    ("member.", "Members"),
    ("invitation.", "Invitations"),
    ("target.", "Targets"),
    ("month.", "Closed months"),
    ("support.", "Support visits"),
    ("factors.", "Factors"),
    ("audit.", "Audit trail"),
)
#: The same for who sees the trails of everybody.
ALL_KINDS = (
    ("account.", "Accounts"),
    ("staff.", "Staff: people"),
    *KINDS[:-1],
    ("import.", "Imports"),
    ("archive.", "Archive"),
    ("recalculation.", "Recalculations"),
    ("report.", "Reports"),
    ("job.", "Jobs"),
    *KINDS[-1:],
)

_SENTENCES = organization.SENTENCES | account.SENTENCES | platform.SENTENCES


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed, in words; empty where there was nothing before, or is nothing after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TrailRow:
    """A record as a page or a file shows it."""

    at: datetime
    sentence: str
    changes: tuple[Change, ...]
    record: AuditRecord

    @property
    def text(self) -> str:
        """All its words, in lower case, to look for something in them."""
        changes = (f"{each.label} {each.before} {each.after}" for each in self.changes)
        return " ".join([self.sentence, *changes]).casefold()


def row_of(record: AuditRecord) -> TrailRow:
    return TrailRow(record.at, sentence_of(record), changes_of(record), record)


def without_figures(record: AuditRecord) -> AuditRecord:
    """The record as staff may see it: what people and organizations emit is not theirs to read.

    Factors are everybody's, so the platform's own records stay whole.
    """
    if record.subject == PLATFORM_SUBJECT:
        return record
    before, after = (
        {name: value for name, value in values.items() if name not in FIGURES}
        for values in (record.before, record.after)
    )
    return replace(record, before=before, after=after)


def sentence_of(record: AuditRecord) -> str:
    """Who did what, with a full stop."""
    tell = _SENTENCES.get(record.action) or simply(f"{{actor}}: {one_line(record.action)} {{about}}")
    sentence = tell(record)
    if sentence.startswith(DELETED_ACCOUNT):  # names stay as people write them
        sentence = sentence[0].upper() + sentence[1:]
    return sentence if sentence.endswith(".") else f"{sentence}."


def changes_of(record: AuditRecord) -> tuple[Change, ...]:
    """What changed, from what to what, besides what the sentence says."""
    told = TOLD | TOLD_BY.get(record.action, frozenset())
    names = {name for name in {**record.before, **record.after} if name not in told}
    if not record.before and record.after.get("name") == record.about:
        names.discard("name")
    order = {name: number for number, name in enumerate(LABELS)}
    return tuple(
        Change(
            label=LABELS.get(name, one_line(name.replace("_", " ").capitalize())),
            before=words(name, record.before[name]) if name in record.before else "",
            after=words(name, record.after[name]) if name in record.after else "",
        )
        for name in sorted(names, key=lambda name: (order.get(name, len(order)), name))
    )
