"""What a sign-in has to do with organizations: an invitation that waits greets its addressee."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import structlog
from allauth.account.signals import user_logged_in
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from carbontrack.dynamodb.errors import DataLayerError
from organizations.views.received import waiting_for

if TYPE_CHECKING:
    from carbontrack.http import AnyRequest

log = structlog.get_logger(__name__)


@receiver(user_logged_in)
def greet_with_invitations(request: HttpRequest, response: HttpResponse, **kwargs: Any) -> None:
    """One read of an index. Whoever is on the way to an invitation is not told of it once more.

    `user_logged_in` is the sign-in library's: the profile is there by then. Without DynamoDB there is none,
    and the sign-in counts all the same.
    """
    url = reverse("organizations:my-invitations")
    profile = cast("AnyRequest", request).profile
    if profile is None or response.headers.get("Location", "").startswith(url):
        return
    try:
        waiting = waiting_for(profile)
    except DataLayerError as error:
        log.warning("invitations_not_looked_for", error=type(error).__name__)
        return
    if len(waiting) == 1:
        text = 'You are invited to {}. <a href="{}">Look at the invitation</a>'
        messages.info(request, format_html(text, waiting[0].organization_name, url))
    elif waiting:
        text = 'You are invited to {} organizations. <a href="{}">Look at the invitations</a>'
        messages.info(request, format_html(text, len(waiting), url))
