"""All that is kept about a person, as one file: asked for, made by a job, there for seven days."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.timezone import localdate

from accounts.domain import Profile
from accounts.mail import send_notice
from accounts.models import Erasure, User
from accounts.privacy.bundle import pieces, write_bundle
from accounts.privacy.exports import KEPT, Export, ExportRepository, new_export
from accounts.privacy.trail import note_wish, queue_wish
from carbontrack import clock
from carbontrack.dynamodb import WriteTransaction
from carbontrack.files import FileRepository, StoredFile
from carbontrack.jobs import Progress, ProgressRepository, Reporter, has_stopped
from carbontrack.personal_data import Section, keepers

ZIP_TYPE = "application/zip"


@dataclass(frozen=True, slots=True)
class ExportStatus:
    """An export as a page shows it. Of `file` and `progress` at least one is None."""

    export: Export
    file: StoredFile | None
    progress: Progress | None
    has_stopped: bool

    @property
    def is_ready(self) -> bool:
        return self.file is not None

    @property
    def is_under_way(self) -> bool:
        return not self.is_ready and not self.has_stopped


def request_export(user_id: str, *, by: Profile) -> str:
    """Queue an export of all that is kept about a person, unless one is under way; returns its id.

    `by` is the person or a member of staff; only the person may open the file, and is told by mail.
    """
    from accounts.privacy.tasks import make_export

    newest = next(iter(ExportRepository(user_id).newest()), None)
    if newest is not None and status_of(newest).is_under_way:
        return newest.id
    export = new_export(user_id, by_staff=by.user_id != user_id)
    with WriteTransaction() as transaction:
        ExportRepository(user_id).add(export, transaction=transaction)
        queue_wish(
            user_id,
            by=by,
            own="account.export_made",
            staffs="staff.export_started",
            transaction=transaction,
        )
    Reporter(user_id, export.job_id).wait()
    make_export.enqueue(user_id, export.id)
    return export.id


def status_of(export: Export) -> ExportStatus:
    """How far an export is: one or two GetItems."""
    file = FileRepository(export.user_id).find(export.job_id)
    if file is not None:
        return ExportStatus(export, file, None, has_stopped=False)
    progress = ProgressRepository(export.user_id).find(export.job_id)
    stopped = has_stopped(progress, clock.now(), asked_at=export.asked_at)
    return ExportStatus(export, None, progress, stopped)


def note_taken(profile: Profile) -> None:
    """Put on the person's trail that they have downloaded their file."""
    note_wish(profile.user_id, by=profile, own="account.export_taken", staffs="account.export_taken")


# -- The job ------------------------------------------------------------------------------------------------


def make(user_id: str, export_id: str) -> None:
    """Write the file and keep it in place of earlier ones. Nothing is made for an account that is going.

    Twice makes the same file twice. Raises ItemNotFound for an export that is over.
    """
    export = ExportRepository(user_id).get(export_id)
    user = User.objects.filter(pk=user_id).first()
    if user is None or Erasure.objects.filter(user_id=user_id, begun_at__isnull=False).exists():
        return
    report = Reporter(user_id, export.job_id)
    report.step("Collecting what we have")
    now = clock.now()
    with tempfile.TemporaryFile() as file:
        write_bundle(file, all_sections(user_id), email=user.email, made_at=now, advance=report.advance)
        report.step("Keeping the file")
        FileRepository(user_id).save(
            export.job_id,
            pieces(file),
            name=f"carbontrack-data-{localdate(now)}.zip",
            content_type=ZIP_TYPE,
            keep=KEPT,
        )
    _remove_earlier(export)
    report.finish()
    send_notice(user.email, "accounts/email/export_ready", {"days": KEPT.days, "by_staff": export.by_staff})


def all_sections(user_id: str) -> Iterator[Section]:
    """What every app keeps about a person."""
    for keeper in keepers():
        yield from keeper.sections(user_id)


def _remove_earlier(export: Export) -> None:
    """One file is enough: the newer one has all that the others had."""
    repository = ExportRepository(export.user_id)
    for each in repository.newest():
        if each.id < export.id:
            remove_export(each)


def remove_export(export: Export) -> None:
    """Remove an export with its file; it goes last, so that a repeat finds what is left."""
    FileRepository(export.user_id).remove(export.job_id)
    with WriteTransaction() as transaction:
        ProgressRepository(export.user_id).remove(export.job_id, transaction=transaction)
    ExportRepository(export.user_id).remove(export.id)
