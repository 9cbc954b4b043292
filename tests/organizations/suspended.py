"""Organizations that are suspended, or demand a second step, as tests set them up: around the services."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from carbontrack.dynamodb import WriteTransaction
from organizations.domain import Organization
from organizations.repositories.organizations import OrganizationRepository

SUSPENDED_AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def store(organization: Organization, **changes: Any) -> Organization:
    """Change what is stored, as some service would."""
    repository = OrganizationRepository(organization.id)
    stored = repository.get()
    with WriteTransaction() as transaction:
        return repository.save(
            replace(stored, **changes), seen_version=stored.version, transaction=transaction
        )


def suspend(organization: Organization) -> Organization:
    return store(organization, suspended_at=SUSPENDED_AT)
