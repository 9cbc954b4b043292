"""Reading 1,000 entries into Python: our layer against boto3's client, its resource, and PynamoDB."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config
from django.conf import settings
from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from carbontrack.dynamodb.tables import CARBON_DATA
from emissions.repositories.entries import EntryRepository
from tests.bench.report import Section
from tests.bench.timing import Timing, best_of

COUNT = 1000


def measure(user_id: str) -> Section:
    """CPU of reading one person's 1,000 entries, each way ending in Python objects with Decimal numbers."""
    ways = {
        "CarbonTrack: lean parser, frozen dataclasses": _ours,
        "boto3 client, TypeDeserializer, dictionaries": _client,
        "boto3 resource, dictionaries": _resource,
        "PynamoDB models": _pynamodb,
    }
    timings: dict[str, Timing] = {}
    for name, make in ways.items():
        read = make(user_id)
        if (found := read()) != COUNT:
            raise RuntimeError(f"{name} read {found} entries instead of {COUNT}.")
        timings[name] = best_of(read)
    ours = timings["CarbonTrack: lean parser, frozen dataclasses"]
    rows = [
        (name, f"{timing.cpu_ms:.1f}", f"{timing.cpu_ms / ours.cpu_ms:.1f} ×")
        for name, timing in timings.items()
    ]
    return Section(
        "Reading 1,000 entries",
        ("way", "CPU, ms", "against ours"),
        rows,
        "Process CPU time of reading one person's 1,000 entries, best of seven rounds.",
    )


def _ours(user_id: str) -> Any:
    repository = EntryRepository(user_id)
    return lambda: sum(1 for _ in repository.iter_stored())


def _options() -> dict[str, Any]:
    return {
        "region_name": settings.DYNAMODB_REGION,
        "endpoint_url": settings.DYNAMODB_ENDPOINT_URL,
        "aws_access_key_id": "local",
        "aws_secret_access_key": "local",
        "config": Config(account_id_endpoint_mode="disabled"),
    }


def _client(user_id: str) -> Any:
    client = boto3.client("dynamodb", **_options())
    deserialize = TypeDeserializer().deserialize

    def read() -> int:
        pages = client.get_paginator("query").paginate(
            TableName=CARBON_DATA.physical_name,
            KeyConditionExpression="user_id = :user",
            ExpressionAttributeValues={":user": {"S": user_id}},
            ConsistentRead=True,
        )
        return sum(
            len([{name: deserialize(value) for name, value in item.items()} for item in page["Items"]])
            for page in pages
        )

    return read


def _resource(user_id: str) -> Any:
    table = boto3.resource("dynamodb", **_options()).Table(CARBON_DATA.physical_name)
    condition = Key("user_id").eq(user_id)

    def read() -> int:
        count = 0
        more: dict[str, Any] = {}
        while True:
            page = table.query(KeyConditionExpression=condition, ConsistentRead=True, **more)
            count += len(page["Items"])
            if "LastEvaluatedKey" not in page:
                return count
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    return read


class _Number(NumberAttribute):
    """PynamoDB reads numbers as float; money and emissions want Decimal, as our own layer gives."""

    def deserialize(self, value: str) -> Any:
        return Decimal(value)


def _pynamodb(user_id: str) -> Any:
    class Factor(MapAttribute):  # type: ignore[type-arg]
        id = UnicodeAttribute()
        name = UnicodeAttribute()
        value = _Number()
        unit = UnicodeAttribute()
        conversion = _Number()
        source = UnicodeAttribute()
        source_id = UnicodeAttribute()
        year = _Number()
        region = UnicodeAttribute()
        match = UnicodeAttribute()

    class Metadata(MapAttribute):  # type: ignore[type-arg]
        people = _Number()
        time_zone = UnicodeAttribute()
        note = UnicodeAttribute(null=True)

    class EntryModel(Model):
        class Meta:
            table_name = CARBON_DATA.physical_name
            region = settings.DYNAMODB_REGION
            host = settings.DYNAMODB_ENDPOINT_URL
            aws_access_key_id = "local"
            aws_secret_access_key = "local"

        user_id = UnicodeAttribute(hash_key=True)
        timestamp = UnicodeAttribute(range_key=True)
        activity_type = UnicodeAttribute()
        category = UnicodeAttribute()
        variant = UnicodeAttribute()
        amount = _Number()
        unit = UnicodeAttribute()
        co2_emissions = _Number()
        scope = _Number()
        factor = Factor()
        metadata = Metadata()
        local_date = UnicodeAttribute()
        created_at = UnicodeAttribute()
        version = _Number()

    return lambda: sum(1 for _ in EntryModel.query(user_id, consistent_read=True))
