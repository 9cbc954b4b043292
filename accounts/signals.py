"""What happens to credentials in SQL, told to the profile in DynamoDB."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed
from django.dispatch import receiver

from accounts.services import follow_email
from carbontrack.dynamodb.errors import Throttled, Unavailable

log = structlog.get_logger(__name__)


@receiver(email_changed)
def carry_email_over(to_email_address: EmailAddress, **kwargs: Any) -> None:
    """SQL has the new address already. With DynamoDB away, the person's next page carries it over."""
    try:
        follow_email(str(to_email_address.user_id), to_email_address.email)
    except (Throttled, Unavailable) as error:
        log.warning("email_not_carried_over", error=type(error).__name__)
