"""The policies: what each role may do, linted by parliament and cfn-lint. Pages keep to the web role's in
every test of the suite (`tests/fixtures/dynamodb.py`).
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from carbontrack.dynamodb import iam
from carbontrack.dynamodb.tables import ALL_TABLES, AUDIT, CARBON_DATA, EMISSION_TOTALS, USERS, Table
from tests.fixtures.people import Person

ALICE = "0a11ce00-0000-4000-8000-000000000000"
BOB = "0b0b0000-0000-4000-8000-000000000000"


def printed(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("dynamodb", "iam", "--region", "eu-central-1", *arguments, stdout=out)
    return json.loads(out.getvalue())


# parliament leaves the files open that it reads when it is imported.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_each_policy_passes_parliament() -> None:
    from parliament import analyze_policy_string  # type: ignore[import-untyped]  # imports slowly

    policies = printed("--account", "123456789012", "--person-role", "arn:aws:iam::123456789012:role/person")

    assert set(policies) == {"web", "worker", "person", "web-person"}
    for name, policy in policies.items():
        findings = analyze_policy_string(json.dumps(policy)).findings
        assert [(name, finding.issue, finding.detail) for finding in findings] == []


def test_the_template_passes_cfn_lint(tmp_path: Path) -> None:
    template = tmp_path / "policies.json"
    template.write_text(json.dumps(printed("--format", "cloudformation", "--account", "123456789012")))

    linted = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), template], capture_output=True, text=True, check=False
    )

    assert (linted.returncode, linted.stdout) == (0, "")


def allowed(policy: dict[str, Any], action: str, arn: str) -> bool:
    """Whether a statement without conditions allows it, as IAM matches: by action and whole resource."""
    return any(
        f"dynamodb:{action}" in statement["Action"] and arn in statement["Resource"]
        for statement in policy["Statement"]
        if "Condition" not in statement
    )


def test_the_web_role_never_scans_and_makes_or_drops_no_table() -> None:
    actions = {
        action for statement in iam.role_policy(iam.WEB)["Statement"] for action in statement["Action"]
    }

    assert actions == {f"dynamodb:{name}" for name in (*iam.READ, *iam.CHECK, *iam.CHANGE, *iam.REMOVE)}


def test_the_web_role_adds_to_the_audit_trail_and_changes_nothing_in_it() -> None:
    policy, arn = iam.role_policy(iam.WEB), iam.table_arn(AUDIT)

    assert allowed(policy, "PutItem", arn)
    assert not any(allowed(policy, action, arn) for action in ("UpdateItem", "DeleteItem", "BatchWriteItem"))


def test_a_person_reaches_their_own_partitions_and_no_index() -> None:
    policy = iam.person_policy(ALICE)

    resources = [arn for statement in policy["Statement"] for arn in statement["Resource"]]
    keys = [s["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"] for s in policy["Statement"]]

    assert not any("/index/" in arn for arn in resources)
    assert keys == [[ALICE], [ALICE], [f"user#{ALICE}"], [f"user#{ALICE}"]]
    assert all(s["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"} for s in policy["Statement"])


def test_a_session_policy_is_as_short_as_sts_demands() -> None:
    assert len(json.dumps(iam.person_policy(ALICE), separators=(",", ":"))) <= 2_048


@pytest.mark.parametrize(
    ("action", "table", "partition", "is_own"),
    [
        ("Query", CARBON_DATA, ALICE, True),
        ("Query", CARBON_DATA, BOB, False),
        ("UpdateItem", EMISSION_TOTALS, f"user#{ALICE}", True),
        ("UpdateItem", EMISSION_TOTALS, f"user#{ALICE}0", False),
        ("UpdateItem", EMISSION_TOTALS, "organization#01HS", False),
        ("GetItem", USERS, ALICE, True),
        ("UpdateItem", USERS, ALICE, False),  # nobody makes themselves an administrator
        ("PutItem", AUDIT, f"user#{ALICE}", True),
        ("DeleteItem", AUDIT, f"user#{ALICE}", False),
    ],
)
def test_what_is_ones_own(action: str, table: Table, partition: str, is_own: bool) -> None:
    assert iam.owns(ALICE, [(action, table.physical_name, partition)]) is is_own


def test_a_request_that_touches_nothing_by_key_is_nobodys_own() -> None:
    assert not iam.owns(ALICE, [])


def test_the_command_names_every_table_of_this_installation() -> None:
    policy = printed("--account", "123456789012")["worker"]

    resources = {arn for statement in policy["Statement"] for arn in statement["Resource"]}
    assert {iam.table_arn(table, region="eu-central-1", account="123456789012") for table in ALL_TABLES} <= (
        resources
    )


def test_an_account_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="twelve digits"):
        printed("--account", "mine")


@pytest.mark.django_db
def test_a_page_that_asks_for_more_than_the_web_role_may_fails_its_test(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(iam, "WEB_BESIDE_PERSONS", ())

    with pytest.raises(AssertionError, match=r"may not .*test-.*Table"):
        alice.client.get(reverse("organizations:my-invitations"))


def test_where_people_have_a_role_the_web_role_reads_no_entries() -> None:
    policy = printed("--person-role", "arn:aws:iam::123456789012:role/person")["web"]
    arn = iam.table_arn(CARBON_DATA, region="eu-central-1")

    assert allowed(policy, "PutItem", arn)
    assert not any(allowed(policy, action, arn) for action in iam.READ)
    assert allowed(policy, "Query", f"{arn}/index/*")
