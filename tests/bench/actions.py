"""What each thing a person does costs in DynamoDB: requests and capacity units, as the engine states them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.test import Client

from accounts.domain import Profile
from accounts.models import User
from carbontrack.dynamodb import count_requests
from carbontrack.form_keys import new_form_key
from emissions.repositories.entries import EntryRepository
from tests.bench.report import Section


def measure(people: dict[int, Profile], *, today: date) -> Section:
    """Every action through its view, for people with few and with many entries."""
    rows = []
    for entries, profile in people.items():
        actions = Actions(profile, today=today)
        for name, act in actions.all().items():
            actions.look_up()
            with count_requests() as meter:
                act()
            kinds = ", ".join(request.operation for request in meter.requests)
            rows.append(
                (
                    name,
                    f"{entries:,}",
                    str(meter.count),
                    f"{meter.read_units:g}",
                    f"{meter.write_units:g}",
                    kinds,
                )
            )
    rows.sort(key=lambda row: (row[0], int(row[1].replace(",", ""))))
    return Section(
        "Requests and capacity of each action",
        ("action", "entries", "requests", "read units", "write units", "which"),
        rows,
        "Through the views, profile included. The embedded engine states the units as DynamoDB counts them. "
        "An edit or delete reads the entry before it writes.",
    )


class Actions:
    """One signed-in person, acting through the views. Logging and deleting leave things as they were."""

    def __init__(self, profile: Profile, *, today: date) -> None:
        self._profile = profile
        self._today = today
        self._client = Client(raise_request_exception=True, headers={"host": "localhost"})
        self._client.force_login(User.objects.get(pk=profile.user_id))

    def all(self) -> dict[str, Callable[[], None]]:
        return {
            "dashboard": self.dashboard,
            "form to log": self.log_form,
            "list, first page": self.list_page,
            "list, filtered by type": self.filtered_page,
            "log": self.log,
            "edit": self.edit,
            "delete": self.delete,
        }

    def dashboard(self) -> None:
        self._get("/")

    def log_form(self) -> None:
        self._get("/log/")

    def list_page(self) -> None:
        self._get("/entries/")

    def filtered_page(self) -> None:
        self._get("/entries/?type=food")

    def log(self) -> None:
        self._post("/log/", self._form(key=new_form_key(self._profile.user_id)))

    def edit(self) -> None:
        slug, version = self._entry.slug, str(self._entry.version)
        self._post(f"/entries/{slug}/edit/", self._form(amount="13", version=version))

    def delete(self) -> None:
        self._post(f"/entries/{self._entry.slug}/delete/", {"version": str(self._entry.version)})

    def _form(self, **changes: str) -> dict[str, str]:
        return {
            "type": "transportation",
            "category": "car",
            "variant": "car-petrol-medium",
            "amount": "12",
            "unit": "mile",
            "people": "1",
            "date": self._today.isoformat(),
            "time": "23:59",
            **changes,
        }

    def look_up(self) -> None:
        """Note the newest entry, outside the count: a browser has it on its page already."""
        self._entry = EntryRepository(self._profile.user_id).recent(1)[0]

    def _get(self, url: str) -> None:
        response = self._client.get(url)
        if response.status_code != 200:
            raise RuntimeError(f"{url} answered {response.status_code}.")

    def _post(self, url: str, data: dict[str, str]) -> None:
        response = self._client.post(url, data)
        if response.status_code not in (302, 303):
            raise RuntimeError(f"{url} answered {response.status_code}: {response.content[:2000]!r}")
