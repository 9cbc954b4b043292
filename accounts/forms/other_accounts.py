"""The form that disconnects an account of another provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.socialaccount.forms import DisconnectForm as LibraryForm

from accounts.social import is_offered, provider_name
from accounts.time_zones import zone_or_utc


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """One account elsewhere; `address` is what its provider called it, empty if unknown."""

    id: int
    name: str
    address: str
    since: datetime


class DisconnectForm(LibraryForm):  # type: ignore[misc]
    """allauth's, with what the page shows of each account."""

    offered = property(lambda self: is_offered())

    @property
    def connected(self) -> list[ConnectedAccount]:
        zone = zone_or_utc(self.request.profile.preferences.time_zone)
        return [
            ConnectedAccount(
                account.pk,
                provider_name(account.provider),
                str(account.extra_data.get("email", "")),
                account.date_joined.astimezone(zone),
            )
            for account in self.accounts.order_by("provider", "pk")
        ]
