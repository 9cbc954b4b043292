"""One's own data goes with credentials that reach nothing else: by moto's STS, on the real engine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.urls import reverse

from carbontrack import clock
from carbontrack.dynamodb import (
    Key,
    Unavailable,
    WriteTransaction,
    acting_for,
    batch_get,
    batch_write,
    client,
    get_item,
    narrowing,
    put_item,
    query,
)
from carbontrack.dynamodb.tables import CARBON_DATA, ORGANIZATIONS, USERS
from tests.fixtures.aws import Aws
from tests.fixtures.people import Person

pytestmark = [pytest.mark.django_db, pytest.mark.dynamodb]

ALICE, BOB = "0a11ce00-0000-4000-8000-000000000000", "0b0b0000-0000-4000-8000-000000000000"
ROLE = "arn:aws:iam::123456789012:role/person"
#: The process's own, in `tests/fixtures/aws.py`; those of STS begin otherwise.
OWN = "test"


class Signatures:
    """Which credentials signed each request, and what STS was asked."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.asked: list[dict[str, Any]] = []

    def note(self, request: Any, **_: Any) -> None:
        authorization = request.headers["Authorization"]
        text = authorization.decode() if isinstance(authorization, bytes) else authorization
        found = re.search(r"Credential=([^/]+)/", text)
        self.keys.append(found[1] if found else "")

    def taken(self) -> list[bool]:
        """Since the last call: whether each request went with a person's credentials."""
        keys, self.keys = self.keys, []
        return [key != OWN for key in keys]


@pytest.fixture
def signatures(
    dynamodb: None, aws: Aws, aws_server: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Signatures]:
    settings.DYNAMODB_PERSON_ROLE_ARN = ROLE
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws_server)
    signatures = Signatures()
    observed = client.make_client

    def make_client(**options: Any) -> Any:
        made = observed(**options)
        made.meta.events.register_last("before-send.dynamodb", signatures.note)
        return made

    monkeypatch.setattr(client, "make_client", make_client)
    assume = narrowing.PersonCredentials._assume

    def noted(credentials: narrowing.PersonCredentials, user_id: str) -> Any:
        sts = credentials._client()
        sts.meta.events.register(
            "provide-client-params.sts.AssumeRole",
            lambda params, **_: signatures.asked.append(dict(params)),
            unique_id="noted",
        )
        return assume(credentials, user_id)

    monkeypatch.setattr(narrowing.PersonCredentials, "_assume", noted)
    client.reset_client()
    narrowing.credentials.forget()
    yield signatures
    narrowing.credentials.forget()
    client.reset_client()


def entry_key(user_id: str) -> dict[str, str]:
    return {"user_id": user_id, "timestamp": "2024-03-15T10:30:00Z#01HS"}


def test_only_requests_for_ones_own_partitions_are_narrowed(signatures: Signatures) -> None:
    own, other = entry_key(ALICE), entry_key(BOB)
    with acting_for(ALICE):
        put_item(CARBON_DATA, own)
        get_item(CARBON_DATA, own)
        query(CARBON_DATA, Key("user_id").eq(ALICE) & Key("timestamp").begins_with("2024"))
        batch_get(CARBON_DATA, [own])
        batch_write(CARBON_DATA, deletes=[own])
        with WriteTransaction() as transaction:
            transaction.put(CARBON_DATA, own)
        narrowed = signatures.taken()
        get_item(CARBON_DATA, other)
        batch_get(CARBON_DATA, [own, other])
        query(CARBON_DATA, Key("organization_id").eq("01HS"), index="OrganizationIndex")
        put_item(USERS, {"user_id": ALICE, "role": "user"})
        with WriteTransaction() as transaction:
            transaction.put(CARBON_DATA, {**own, "timestamp": "2024-03-16T10:30:00Z#01HS"})
            transaction.put(ORGANIZATIONS, {"organization_id": "01HS", "record": "organization"})
    get_item(CARBON_DATA, own)

    assert narrowed == [True] * 6
    assert signatures.taken() == [False] * 6


def test_the_session_is_narrowed_to_the_person(signatures: Signatures) -> None:
    with acting_for(ALICE):
        get_item(CARBON_DATA, entry_key(ALICE))

    (asked,) = signatures.asked
    keys = [
        key
        for statement in json.loads(asked["Policy"])["Statement"]
        for key in statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
    ]
    assert (asked["RoleArn"], asked["Tags"]) == (ROLE, [{"Key": "user_id", "Value": ALICE}])
    assert set(keys) == {ALICE, f"user#{ALICE}"}


def test_credentials_are_kept_until_shortly_before_they_expire(
    signatures: Signatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = clock.now()
    asked = []
    with acting_for(ALICE):
        for minutes in (0, 54, 56):
            monkeypatch.setattr(clock, "now", lambda minutes=minutes: begin + timedelta(minutes=minutes))
            get_item(CARBON_DATA, entry_key(ALICE))
            asked.append(len(signatures.asked) > 1)

    assert asked == [False, False, True]


def test_two_people_never_share_credentials(signatures: Signatures) -> None:
    for user_id in (ALICE, BOB):
        with acting_for(user_id):
            get_item(CARBON_DATA, entry_key(user_id))

    assert len(set(signatures.keys)) == 2
    assert [asked["RoleSessionName"] for asked in signatures.asked] == [ALICE, BOB]


def test_few_people_are_kept_at_once(signatures: Signatures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "MOST_KEPT", 1)
    for user_id in (ALICE, BOB, ALICE):
        with acting_for(user_id):
            get_item(CARBON_DATA, entry_key(user_id))

    assert len(signatures.asked) == 3


def test_probe_26_without_an_answer_of_sts_nothing_is_read_with_more_rights(
    signatures: Signatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")

    with acting_for(ALICE), pytest.raises(Unavailable):
        get_item(CARBON_DATA, entry_key(ALICE))

    assert signatures.taken() == []


def test_a_page_of_ones_own_reads_with_ones_own_credentials(alice: Person, signatures: Signatures) -> None:
    response = alice.client.get(reverse("emissions:entry-list"))

    assert response.status_code == 200
    assert set(signatures.taken()) == {True}


def test_without_the_setting_nobody_asks_sts(signatures: Signatures, settings: LazySettings) -> None:
    settings.DYNAMODB_PERSON_ROLE_ARN = ""
    with acting_for(ALICE):
        get_item(CARBON_DATA, entry_key(ALICE))

    assert (signatures.taken(), signatures.asked) == ([False], [])
