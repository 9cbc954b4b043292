"""What the audit trail says of imports: in the organization's for work, else in the person's own."""

from __future__ import annotations

from accounts.domain import Profile
from carbontrack.audit import AuditRecord, AuditRepository, organization_subject, person_subject
from carbontrack.dynamodb import WriteTransaction
from emissions.domain.imports import Import
from organizations.repositories.organizations import OrganizationRepository

FINISHED = "import.finished"
UNDONE = "import.undone"


def queue_import_record(action: str, actor: Profile, found: Import, transaction: WriteTransaction) -> None:
    """Queue a record beside the transaction that ends an import, or its undo.

    An organization's says nothing in kg: they are of one person, the author, and less than any page may tell.
    """
    if action == UNDONE:
        counts: dict[str, object] = {
            "removed": found.undone.removed,
            "kept": found.undone.kept,
            "gone": found.undone.gone,
        }
        kg = -found.undone.co2_emissions
    else:
        counts = {"created": found.created, "existing": found.existing, "refused": found.refused}
        kg = found.co2_emissions
    if found.organization_id is None:
        counts["co2_emissions"] = kg
    work = found.organization_id
    department = ""
    if work is not None and found.department_id is not None:
        organization = OrganizationRepository(work).find()  # it may be gone by now
        department = organization.department_label(found.department_id) if organization else ""
    record = AuditRecord(
        action=action,
        actor_id=actor.user_id,
        actor_name=actor.display_name,
        about=found.name,
        about_id=found.id,
        after={
            **counts,
            "department": department or None,
            "problem": found.problem or None,
        },
    )
    subject = person_subject(found.user_id) if work is None else organization_subject(work)
    AuditRepository(subject).add(record, transaction=transaction)
