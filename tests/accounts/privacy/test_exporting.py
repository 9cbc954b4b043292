"""Download my data: who may ask, what is in it, who may take it, and for how long."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Erasure
from accounts.privacy import exporting
from accounts.privacy.exporting import request_export, status_of
from accounts.privacy.exports import ExportRepository
from carbontrack import clock
from carbontrack.audit import AuditRepository, person_subject
from carbontrack.dynamodb import ItemNotFound
from carbontrack.files import FileRepository
from emissions.services.bulk import record_entries
from tests.factories import NOW, make_entry
from tests.fixtures.people import Person, show_proof


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def content(person: Person, export_id: str) -> zipfile.ZipFile:
    files = FileRepository(person.user_id)
    stored = files.find(ExportRepository(person.user_id).get(export_id).job_id)
    assert stored is not None
    return zipfile.ZipFile(io.BytesIO(b"".join(files.read(stored))))


def rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(archive.read(f"{name}.json"))
    return found


def actions(person: Person) -> list[str]:
    return [each.action for each in AuditRepository(person_subject(person.user_id)).all()]


def test_the_file_has_both_stores_and_no_secret(alice: Person, bob: Person) -> None:
    Authenticator.objects.create(user=alice.user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    record_entries(alice.user_id, [make_entry(user_id=alice.user_id)])
    record_entries(bob.user_id, [make_entry(2, user_id=bob.user_id)])

    archive = content(alice, request_export(alice.user_id, by=alice.profile))

    [account], [profile] = rows(archive, "account"), rows(archive, "profile")
    assert (account["email"], profile["name"]) == ("alice@example.com", "Alice")
    assert [each["kind"] for each in rows(archive, "sign_in_methods")] == ["totp"]
    assert rows(archive, "account_activity")[0]["by"] == "you"
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "14.263416" in everything
    assert [
        each for each in ("JBSWY3DPEHPK3PXP", alice.user.password, bob.user_id) if each in everything
    ] == []


def test_the_person_is_told_and_a_newer_file_takes_the_place_of_the_older(alice: Person) -> None:
    first = request_export(alice.user_id, by=alice.profile)
    second = request_export(alice.user_id, by=alice.profile)

    assert [each.id for each in ExportRepository(alice.user_id).newest()] == [second]
    assert FileRepository(alice.user_id).find(f"export-{first}") is None
    assert [each.subject for each in mail.outbox] == ["Your data is ready to download"] * 2
    assert actions(alice) == ["account.export_made"] * 2


def test_staff_may_start_one_for_the_person_alone(alice: Person, grace: Person) -> None:
    export_id = request_export(alice.user_id, by=grace.stored_profile())

    assert actions(alice) == ["staff.export_started"]
    assert "they cannot open it" in mail.outbox[-1].body
    for person, status in ((grace, 404), (alice, 200)):
        response = person.client.get(f"/settings/data/{export_id}/file/")
        assert response.status_code == status


def test_one_that_is_under_way_is_not_started_twice(alice: Person, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}

    first = request_export(alice.user_id, by=alice.profile)

    assert request_export(alice.user_id, by=alice.profile) == first
    assert status_of(ExportRepository(alice.user_id).get(first)).is_under_way
    url = f"/settings/data/{first}/"
    part = alice.client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith("<section")
    assert f'hx-get="{url}"' in part
    exporting.make(alice.user_id, first)
    done = alice.client.get(url, headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == url


def test_after_seven_days_the_file_and_its_page_are_gone(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id = request_export(alice.user_id, by=alice.profile)
    url = f"/settings/data/{export_id}/file/"
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=7))

    show_proof(alice.client, alice.user)

    assert alice.client.get(url).status_code == 404


def test_nothing_is_made_once_an_account_is_going(alice: Person) -> None:
    """An export that waited while the deletion began would bring back what is gone."""
    export_id = request_export(alice.user_id, by=alice.profile)
    FileRepository(alice.user_id).remove(f"export-{export_id}")
    Erasure.objects.create(user=alice.user, asked_at=NOW, begun_at=timezone.now(), record_id="X")

    exporting.make(alice.user_id, export_id)

    assert list(FileRepository(alice.user_id).all()) == []


@pytest.mark.parametrize(
    "export_id", ["01HS0000000000000000000000", "a%23b", "%00", pytest.param("A" * 300, id="long")]
)
def test_what_is_no_export_of_ones_own_is_not_found(alice: Person, export_id: str) -> None:
    response = alice.client.get(f"/settings/data/{export_id}/")

    assert response.status_code == 404


def test_the_pages_lead_from_asking_to_the_file(alice: Person) -> None:
    """Fresh proof to ask and to take; the file comes as it was made, and the trail says it was taken."""
    page = alice.client.get("/settings/data/").content.decode()
    asked = alice.client.post("/settings/data/")
    ready = alice.client.get(asked["Location"]).content.decode()
    response = alice.client.get(f"{asked['Location']}file/")
    stale = Client()
    stale.force_login(alice.user)
    show_proof(stale, alice.user, seconds_ago=3600)

    assert "Prepare my data" in page
    assert f"{asked['Location']}file/" in ready
    assert response["Content-Disposition"] == 'attachment; filename="carbontrack-data-2026-11-22.zip"'
    names = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).namelist()  # type: ignore[attr-defined]
    assert {"README.txt", "profile.json", "profile.csv"} <= set(names)
    assert actions(alice)[-1] == "account.export_taken"
    assert "/reauthenticate/" in stale.get(f"{asked['Location']}file/")["Location"]
    assert "Download the file" in alice.client.get("/settings/data/").content.decode()


def test_an_export_of_nobody_is_not_found(alice: Person) -> None:
    with pytest.raises(ItemNotFound):
        ExportRepository(alice.user_id).get("01HS0000000000000000000000")
