"""Who may do what in DynamoDB: least-privilege policies for the roles of an installation, as data.

`manage.py dynamodb iam` prints them. The web role never scans, and adds to the audit trail without changing
it; the worker does what jobs do besides; a person's role reaches nothing but the partitions of one person.
The tests check every request that any page makes against the web role's policy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from carbontrack.dynamodb.tables import (
    ALL_TABLES,
    AUDIT,
    CARBON_DATA,
    EMISSION_TOTALS,
    FACTORS,
    IMPORTS,
    ORGANIZATIONS,
    RECURRING,
    USERS,
    Table,
)

VERSION = "2012-10-17"
READ = ("GetItem", "BatchGetItem", "Query")
#: A condition on an item beside the writes of a transaction.
CHECK = ("ConditionCheckItem",)
ADD = ("PutItem",)
CHANGE = ("PutItem", "UpdateItem")
REMOVE = ("DeleteItem", "BatchWriteItem")
#: What STS sets on the session of a person's role, and the role's own policy compares keys with.
PERSON_TAG = "user_id"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role may do with a table; `indexes` if it may query those as well."""

    table: Table
    actions: tuple[str, ...]
    indexes: bool = False


#: What pages do. Only jobs erase profiles and totals, or touch what was written into an audit trail.
WEB = (
    Grant(CARBON_DATA, (*READ, *CHECK, *CHANGE, *REMOVE), indexes=True),
    Grant(USERS, (*READ, *CHECK, *CHANGE), indexes=True),
    Grant(ORGANIZATIONS, (*READ, *CHECK, *CHANGE, *REMOVE), indexes=True),
    Grant(EMISSION_TOTALS, (*READ, *CHECK, *CHANGE)),
    Grant(FACTORS, (*READ, *CHECK, *CHANGE, *REMOVE)),
    Grant(RECURRING, (*READ, *CHECK, *CHANGE, *REMOVE)),
    Grant(IMPORTS, (*READ, *CHECK, *CHANGE, *REMOVE)),
    Grant(AUDIT, ("Query", *ADD), indexes=True),
)
#: What persons' roles do in its place. Of RECURRING a single item is read by everybody: how far the daily run
#: has come.
_LEFT_TO_PERSONS: dict[Table, tuple[str, ...]] = {CARBON_DATA: READ, RECURRING: ("BatchGetItem", "Query")}
#: The same where people have a role of their own: it writes entries, since work moves an organization's
#: totals in the same transaction, and reads none. Whoever shows somebody's entries acts for that person.
WEB_BESIDE_PERSONS = tuple(
    replace(
        grant,
        actions=tuple(each for each in grant.actions if each not in _LEFT_TO_PERSONS.get(grant.table, ())),
    )
    for grant in WEB
)
#: Jobs and maintenance: everything with items, nothing with tables.
WORKER = tuple(
    Grant(table, (*READ, *CHECK, *CHANGE, *REMOVE, "Scan"), indexes=bool(table.indexes))
    for table in ALL_TABLES
)


@dataclass(frozen=True, slots=True)
class OwnGrant:
    """What a person's role may do where the partition key is `prefix` and the person's id."""

    tables: tuple[Table, ...]
    actions: tuple[str, ...]
    prefix: str = ""


#: Nobody changes the own profile with it: the role of a person is among its attributes.
PERSON = (
    OwnGrant((CARBON_DATA, RECURRING, IMPORTS), (*READ, *CHECK, *CHANGE, *REMOVE)),
    OwnGrant((USERS,), ("GetItem",)),
    OwnGrant((EMISSION_TOTALS,), (*READ, *CHECK, "UpdateItem"), prefix="user#"),
    OwnGrant((AUDIT,), ("Query", *ADD), prefix="user#"),
)

Policy = dict[str, Any]


def table_arn(table: Table, *, region: str = "*", account: str = "*") -> str:
    return f"arn:aws:dynamodb:{region}:{account}:table/{table.physical_name}"


def role_policy(grants: Iterable[Grant], *, region: str = "*", account: str = "*") -> Policy:
    """The policy of a role with these grants; tables of the same actions share a statement."""
    by_actions: dict[tuple[str, ...], list[str]] = {}
    for grant in grants:
        arn = table_arn(grant.table, region=region, account=account)
        by_actions.setdefault(_names(grant.actions), []).append(arn)
        if grant.indexes:
            by_actions.setdefault(_names(("Query",)), []).append(f"{arn}/index/*")
    return _policy(_allow(actions, resources) for actions, resources in by_actions.items())


def person_policy(
    user_id: str = f"${{aws:PrincipalTag/{PERSON_TAG}}}", *, region: str = "*", account: str = "*"
) -> Policy:
    """What reaches the partitions of one person, and no index.

    Without an id it is the policy of the role itself, for whoever the session is tagged with; with one it is
    the policy of a session. What a session may do is what both allow.
    """
    return _policy(
        _allow(
            _names(grant.actions),
            [table_arn(table, region=region, account=account) for table in grant.tables],
            condition={
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [f"{grant.prefix}{user_id}"]},
                # "For all" is also true of none: a request that names no key is none of theirs.
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        )
        for grant in PERSON
    )


def owns(user_id: str, keys: Collection[tuple[str, str, str]]) -> bool:
    """Whether a person's role allows a request: (action, physical name of the table, partition) each."""
    return bool(keys) and all(
        any(
            partition == f"{grant.prefix}{user_id}"
            and action in grant.actions
            and any(table.physical_name == name for table in grant.tables)
            for grant in PERSON
        )
        for action, name, partition in keys
    )


def assume_policy(role_arn: str) -> Policy:
    """What the web role needs besides, to take on a person's role."""
    return _policy([_allow(["sts:AssumeRole", "sts:TagSession"], [role_arn])])


def as_template(policies: Mapping[str, Policy]) -> dict[str, Any]:
    """The policies as a CloudFormation template of managed policies, named for what they are of."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "What CarbonTrack may do in DynamoDB",
        "Resources": {
            f"{name.title().replace('-', '')}Policy": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": policy},
            }
            for name, policy in policies.items()
        },
    }


def _policy(statements: Iterable[dict[str, Any]]) -> Policy:
    return {"Version": VERSION, "Statement": list(statements)}


def _allow(
    actions: Iterable[str], resources: Iterable[str], *, condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": condition} if condition else {})


def _names(actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"dynamodb:{action}" for action in dict.fromkeys(actions))
