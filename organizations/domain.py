"""Organizations and the people in them. Standard library and `accounts.domain` only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.domain import Role


@dataclass(frozen=True, slots=True)
class Member:
    """What an organization sees of a person: no preferences, and nothing of their personal entries."""

    user_id: str
    email: str
    name: str
    role: Role
    department_id: str | None
    last_login: datetime
