"""What happens with an account, told in the person's own audit trail (`user#<id>` in AuditTable).

The change itself is in SQL by then, so a record can be missing where DynamoDB was away, never the change: the
log then says which. Devices are told in words of ours; what a browser says about itself is never stored here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import structlog
from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied

from accounts.devices import device_words
from carbontrack.audit import AuditRecord, AuditRepository, person_subject
from carbontrack.dynamodb import WriteTransaction
from carbontrack.dynamodb.errors import DataLayerError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User
    from carbontrack.http import AnyRequest

log = structlog.get_logger(__name__)


def note(
    request: HttpRequest | None,
    user: User,
    action: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Tell `user`'s trail what they did themselves: `account.` and what comes after it, one write.

    With a request it is told from which device and address. With DynamoDB away nothing is raised: the
    change is made, and whoever made it can do nothing about it.
    """
    user_id = str(user.pk)
    record = AuditRecord(
        action=f"account.{action}",
        actor_id=user_id,
        actor_name=_name_of(request, user),
        about_id=user_id,
        before=before or {},
        after={**(after or {}), **(_where(request) if request is not None else {})},
    )
    try:
        with WriteTransaction() as transaction:
            AuditRepository(person_subject(user_id)).add(record, transaction=transaction)
    except DataLayerError as error:
        log.warning("account_change_not_noted", action=record.action, error=type(error).__name__)


def _name_of(request: HttpRequest | None, user: User) -> str:
    """The person's name as their profile has it; the address where they are not the one who is signed in."""
    asking = cast("AnyRequest | None", request)
    if asking is None or getattr(asking, "user", None) != user:
        return user.email
    try:
        profile = getattr(asking, "profile", None)
        return user.email if profile is None else str(profile.display_name)
    except DataLayerError:
        return user.email


def _where(request: HttpRequest) -> dict[str, str]:
    """From where: `Firefox on Linux` and the address, as far as configured proxies can be trusted."""
    device = device_words(request.headers.get("User-Agent", ""))
    try:
        address = str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:  # not to be determined: fewer proxies than the settings say
        address = ""
    return {"device": device, "ip": address} if address else {"device": device}
