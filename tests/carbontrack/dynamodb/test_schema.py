import dataclasses
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from moto import mock_aws

from carbontrack.dynamodb import put_item, reset_client, schema, tables, verification
from carbontrack.dynamodb.client import client
from carbontrack.dynamodb.tables import ALL_TABLES, Index, Table

OTHER_PREFIX = "schema-"


@pytest.fixture
def fresh(dynamodb, settings):
    """An installation on the same engine that has no tables yet."""
    settings.DYNAMODB_TABLE_PREFIX = OTHER_PREFIX
    yield
    for table in ALL_TABLES:
        if (schema.describe(table) or {}).get("DeletionProtectionEnabled"):
            client().update_table(TableName=table.physical_name, DeletionProtectionEnabled=False)
        schema.delete(table)


@pytest.fixture
def amazon(dynamodb, settings):
    """DynamoDB as moto plays it, for what the embedded engine lacks."""
    with mock_aws():
        settings.DYNAMODB_ENDPOINT_URL = ""
        settings.DYNAMODB_REGION = "eu-west-1"
        reset_client()
        yield
    reset_client()


def run(*arguments):
    output = StringIO()
    call_command("dynamodb", *arguments, stdout=output, no_color=True)
    return output.getvalue()


def verify():
    output = StringIO()
    with pytest.raises(CommandError):
        call_command("dynamodb", "verify", stdout=output)
    return output.getvalue().splitlines()


def test_create_makes_all_tables_and_a_second_time_none(fresh):
    assert run("create").splitlines()[-1] == "8 tables are ready; 8 of them made now."
    assert run("create").splitlines() == ["8 tables are ready; none of them made now."]
    assert run("verify") == "All 8 tables are as they should be.\n"


def test_created_tables_are_on_demand_and_expire(fresh):
    run("create")

    live = schema.describe(tables.CARBON_DATA)
    assert live is not None
    expiry = client().describe_time_to_live(TableName="schema-CarbonDataTable")["TimeToLiveDescription"]
    assert live["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert "StreamSpecification" not in live
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_create_keeps_what_is_stored(fresh):
    run("create")
    put_item(tables.USERS, {"user_id": "alice"})

    run("create")

    assert client().scan(TableName=tables.USERS.physical_name)["Items"] == [{"user_id": {"S": "alice"}}]


def test_create_adds_a_missing_index_and_expiry(fresh, monkeypatch):
    poor = dataclasses.replace(tables.CARBON_DATA, indexes=(), ttl_attribute=None)
    schema.create(poor, report=print)
    lines: list[str] = []

    schema.create(tables.CARBON_DATA, report=lines.append)

    assert lines == ["schema-CarbonDataTable: OrganizationIndex is being filled."]
    assert list(verification.differences(tables.CARBON_DATA)) == []


def outdated_carbon_data() -> Table:
    """As an installation of last year has it: its index does not know the category of scope 3."""
    index = tables.CARBON_DATA.index("OrganizationIndex")
    assert isinstance(index.projection, tuple)
    fewer = tuple(name for name in index.projection if name != "scope3_category")
    return dataclasses.replace(tables.CARBON_DATA, indexes=(dataclasses.replace(index, projection=fewer),))


def test_create_makes_an_index_anew_that_copies_other_attributes(fresh):
    schema.create(outdated_carbon_data(), report=print)
    put_item(
        tables.CARBON_DATA,
        {"user_id": "alice", "timestamp": "t", "organization_id": "o1", "scope3_category": 6},
    )
    assert any("OrganizationIndex should project" in line for line in differences())
    lines: list[str] = []

    schema.create(tables.CARBON_DATA, report=lines.append)

    assert lines == [
        "schema-CarbonDataTable: OrganizationIndex was outdated and has been removed.",
        "schema-CarbonDataTable: OrganizationIndex is being filled.",
    ]
    assert differences() == []
    (found,) = client().query(
        TableName="schema-CarbonDataTable",
        IndexName="OrganizationIndex",
        KeyConditionExpression="organization_id = :o",
        ExpressionAttributeValues={":o": {"S": "o1"}},
    )["Items"]
    assert found["scope3_category"] == {"N": "6"}


def test_create_leaves_an_index_alone_that_copies_the_same_in_another_order(fresh):
    index = tables.CARBON_DATA.index("OrganizationIndex")
    other_order = dataclasses.replace(index, projection=tuple(reversed(index.projection)))
    schema.create(dataclasses.replace(tables.CARBON_DATA, indexes=(other_order,)), report=print)
    lines: list[str] = []

    schema.create(tables.CARBON_DATA, report=lines.append)

    assert lines == []


def test_an_index_that_an_earlier_run_began_to_remove_is_waited_for(fresh, monkeypatch):
    schema.create(outdated_carbon_data(), report=print)
    live = schema.describe(tables.CARBON_DATA)
    assert live is not None
    live["GlobalSecondaryIndexes"][0]["IndexStatus"] = "DELETING"
    gone = {name: value for name, value in live.items() if name != "GlobalSecondaryIndexes"}
    answers = iter([live, live, live])
    monkeypatch.setattr(schema, "describe", lambda table: next(answers, gone))
    monkeypatch.setattr(schema, "POLL_SECONDS", 0)
    lines: list[str] = []

    left = schema._drop_outdated_indexes(tables.CARBON_DATA, live, lines.append)

    assert left == gone
    assert lines == ["schema-CarbonDataTable: OrganizationIndex was outdated and has been removed."]


def test_an_endpoint_that_cannot_remove_an_index_is_told_of_in_one_line(fresh, faults):
    schema.create(outdated_carbon_data(), report=print)
    refusal = b'{"__type": "com.amazonaws.dynamodb.v20120810#ValidationException", "message": "No."}'
    faults.answer("UpdateTable", body=refusal, status=400)
    lines: list[str] = []

    schema.create(tables.CARBON_DATA, report=lines.append)

    assert lines == [
        "schema-CarbonDataTable: this endpoint has no way to renew OrganizationIndex, which copies other "
        "attributes than it should."
    ]
    assert any("OrganizationIndex should project" in line for line in differences())


def differences() -> list[str]:
    return list(verification.differences(tables.CARBON_DATA))


def test_verify_names_every_missing_table(fresh):
    assert verify() == [f"schema-{table.name} is missing." for table in ALL_TABLES]


def test_verify_tells_how_a_table_differs(fresh):
    run("create")
    schema.delete(tables.CARBON_DATA)
    wrong = Table(
        name="CarbonDataTable",
        partition_key="user_id",
        sort_key="organization_id",
        indexes=(
            Index(name="OrganizationIndex", partition_key="organization_id", projection="KEYS_ONLY"),
            Index(name="OldIndex", partition_key="organization_id"),
        ),
    )
    schema.create(wrong, report=print)

    projected = ", ".join(sorted(tables.CARBON_DATA.index("OrganizationIndex").projection))
    assert verify() == [
        "schema-CarbonDataTable: the key should be user_id + timestamp, but is user_id + organization_id.",
        "schema-CarbonDataTable: the key of OrganizationIndex should be organization_id + timestamp, "
        "but is organization_id.",
        f"schema-CarbonDataTable: OrganizationIndex should project {projected}, but projects keys only.",
        "schema-CarbonDataTable: OldIndex is not in tables.py: it costs a write with every item.",
        "schema-CarbonDataTable: items should expire by expires_at, but expire by nothing.",
    ]


def test_verify_tells_of_a_missing_index(fresh):
    run("create")
    schema.delete(tables.USERS)
    schema.create(dataclasses.replace(tables.USERS, indexes=tables.USERS.indexes[:2]), report=print)

    assert verify() == ["schema-UsersTable: MemberIndex is missing."]


def test_protection_that_the_embedded_engine_lacks_is_told_in_one_line_each(fresh, settings):
    settings.DYNAMODB_PRODUCTION_PROTECTION = True

    lines = run("create").splitlines()

    assert lines == [
        *(f"schema-{table.name}: this endpoint has no point-in-time recovery." for table in ALL_TABLES),
        "8 tables are ready; 8 of them made now.",
    ]


def test_production_tables_are_recoverable_encrypted_protected_and_streamed(amazon, settings):
    settings.DYNAMODB_PRODUCTION_PROTECTION = True

    assert run("create") == "8 tables are ready; 8 of them made now.\n"

    live = schema.describe(tables.USERS)
    assert live is not None
    assert live["DeletionProtectionEnabled"] is True
    assert live["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert live["SSEDescription"]["Status"] == "ENABLED"
    assert run("verify") == "All 8 tables are as they should be.\n"


def test_verify_tells_of_protection_that_is_off_and_create_switches_it_on(amazon, settings):
    run("create")
    settings.DYNAMODB_PRODUCTION_PROTECTION = True

    assert verify()[:4] == [
        f"{tables.CARBON_DATA.physical_name}: is not protected from deletion.",
        f"{tables.CARBON_DATA.physical_name}: has no stream of changes.",
        f"{tables.CARBON_DATA.physical_name}: is not encrypted with a KMS key.",
        f"{tables.CARBON_DATA.physical_name}: point-in-time recovery is off.",
    ]
    run("create")
    # moto cannot encrypt a table later on; DynamoDB can.
    assert list(verification.differences(tables.CARBON_DATA)) == [
        f"{tables.CARBON_DATA.physical_name}: is not encrypted with a KMS key."
    ]


def test_describe_shows_tables_for_people(fresh, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    schema.create(tables.USERS, report=print)

    lines = [" ".join(line.split()) for line in run("describe").splitlines()]

    assert "table status key indexes items bytes" in lines
    assert "schema-UsersTable active user_id EmailIndex 0 0" in lines
    assert "schema-AuditTable missing subject + timestamp ActorIndex" in lines


def test_describe_shows_tables_for_programs(fresh):
    schema.create(tables.USERS, report=print)

    rows = {row["table"]: row for row in json.loads(run("describe", "--json"))}

    assert rows["schema-AuditTable"]["status"] == "missing"
    assert rows["schema-UsersTable"] == {
        "table": "schema-UsersTable",
        "status": "active",
        "key": "user_id",
        "indexes": {
            "EmailIndex": "email",
            "OrganizationIndex": "organization_id",
            "MemberIndex": "organization_id + member_name",
        },
        "expiry": None,
        "items": 0,
        "bytes": 0,
    }


def test_command_says_what_to_look_at_when_nobody_answers(faults):
    faults.engine_gone()

    with pytest.raises(CommandError, match=r"DynamoDB could not be reached. Is DYNAMODB_ENDPOINT_URL right"):
        run("verify")
