"""What `accounts` keeps of a person: credentials in SQL; in DynamoDB the profile, their trail and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from accounts.privacy import credentials
from accounts.privacy.exporting import remove_export
from accounts.privacy.exports import ExportRepository
from accounts.privacy.trail import SYSTEM_ID
from accounts.repository import ProfileRepository
from carbontrack.audit import AuditRecord, AuditRepository, person_subject
from carbontrack.dynamodb import Conflict
from carbontrack.files import FileRepository
from carbontrack.jobs import ProgressRepository
from carbontrack.personal_data import ErasureStep, Keeper, Phase, Section

Row = Mapping[str, Any]


def _sections(user_id: str) -> Iterable[Section]:
    yield from credentials.sections(user_id)
    yield Section("profile", "Your profile and what you chose in your settings.", _profile(user_id))
    yield Section("account_activity", "What happened with your account.", _trail(user_id))
    yield Section("files", "Files that are kept for you for a while.", _files(user_id))
    yield Section("jobs", "Long jobs of yours, and how far they came.", _jobs(user_id))


def _profile(user_id: str) -> Iterator[Row]:
    item = ProfileRepository().stored(user_id)
    if item is not None:
        yield item


def _trail(user_id: str) -> Iterator[Row]:
    """Without the names of others who acted: those are about them."""
    for record in AuditRepository(person_subject(user_id)).all():
        yield {
            "at": record.at,
            "action": record.action,
            "by": _actor(record, user_id),
            "about": record.about,
            "before": record.before,
            "after": record.after,
        }


def _actor(record: AuditRecord, user_id: str) -> str:
    if record.actor_id == user_id:
        return "you"
    return record.actor_name if record.actor_id == SYSTEM_ID else "somebody else"


def _files(user_id: str) -> Iterator[Row]:
    for file in FileRepository(user_id).all():
        yield {
            "name": file.name,
            "bytes": file.size,
            "kept_since": file.created_at,
            "kept_until": file.expires_at,
        }


def _jobs(user_id: str) -> Iterator[Row]:
    for job in ProgressRepository(user_id).all():
        yield {
            "job": job.job_id,
            "state": job.state,
            "step": job.step,
            "done": job.done,
            "total": job.total,
            "last_word_at": job.updated_at,
        }


# -- Erasure ------------------------------------------------------------------------------------------------


def _remove_exports(user_id: str, alive: Callable[[], None]) -> None:
    """What another app does for all files of a person; these do not wait for it."""
    while exports := ExportRepository(user_id).all():
        for export in exports:
            alive()
            remove_export(export)


def _exports_left(user_id: str) -> Iterator[str]:
    for export in ExportRepository(user_id).all():
        yield f"export {export.id}"


def _remove_profile(user_id: str, alive: Callable[[], None]) -> None:
    with suppress(Conflict):  # joined since they left: `left` says so, and both steps run once more
        ProfileRepository().remove(user_id)


def _profile_left(user_id: str) -> Iterator[str]:
    if ProfileRepository().stored(user_id) is not None:
        yield f"profile {user_id}"


KEEPER = Keeper(
    "accounts",
    _sections,
    (
        ErasureStep(
            "accounts.exports", "Removing your downloads", Phase.DATA, _remove_exports, _exports_left
        ),
        ErasureStep(
            "accounts.profile", "Removing your profile", Phase.PROFILE, _remove_profile, _profile_left
        ),
        *credentials.STEPS,
    ),
)
