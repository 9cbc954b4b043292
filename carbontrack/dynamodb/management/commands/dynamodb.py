"""`manage.py dynamodb create|verify|describe|iam`: the tables, as `carbontrack/dynamodb/tables.py` has them,
and who may do what with them.
"""

from __future__ import annotations

import json
import re
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table as Grid

from carbontrack.dynamodb import iam, schema, verification
from carbontrack.dynamodb.calls import error_code
from carbontrack.dynamodb.errors import DataLayerError
from carbontrack.dynamodb.tables import ALL_TABLES, Table


class Command(BaseCommand):
    help = "Make the DynamoDB tables, check them, show them, or print the policies of who uses them."
    # The tables come before the web process; nothing else of the project needs to be in order yet.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("create", help="make what is missing; existing tables keep their data")
        actions.add_parser("verify", help="tell how live tables differ; exit with 1 if they do")
        describe = actions.add_parser("describe", help="show the live tables")
        describe.add_argument("--json", action="store_true", help="as JSON, for programs")
        policies = actions.add_parser("iam", help="print least-privilege policies of IAM")
        policies.add_argument(
            "--region", default=settings.DYNAMODB_REGION, help="default: that of the tables"
        )
        policies.add_argument("--account", default="*", help="the twelve digits of the account")
        policies.add_argument(
            "--person-role",
            default=settings.DYNAMODB_PERSON_ROLE_ARN,
            metavar="ARN",
            help="the role of a person, default DYNAMODB_PERSON_ROLE_ARN: lets the web role take it on",
        )
        policies.add_argument("--format", choices=("json", "cloudformation"), default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        actions = {
            "create": self._create,
            "verify": self._verify,
            "describe": self._describe,
            "iam": self._iam,
        }
        try:
            actions[options["action"]](options)
        except (DataLayerError, BotoCoreError) as error:
            raise CommandError(
                f"{error} Is DYNAMODB_ENDPOINT_URL right, and are there credentials?"
            ) from error
        except ClientError as error:
            raise CommandError(f"DynamoDB refused ({error_code(error)}): {error}") from error

    def _create(self, options: dict[str, Any]) -> None:
        made = 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        console = self._console()
        hidden = not console.is_terminal
        with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
            task = progress.add_task("Tables", total=len(ALL_TABLES))
            for table in ALL_TABLES:
                progress.update(task, description=table.physical_name)
                made += schema.create(table, report=self.stdout.write)
                progress.advance(task)
        self.stdout.write(f"{len(ALL_TABLES)} tables are ready; {made or 'none'} of them made now.")

    def _verify(self, options: dict[str, Any]) -> None:
        lines = [line for table in ALL_TABLES for line in verification.differences(table)]
        if not lines:
            self.stdout.write(f"All {len(ALL_TABLES)} tables are as they should be.")
            return
        for line in lines:
            self.stdout.write(line)
        raise CommandError("`manage.py dynamodb create` adds what is missing. A wrong key needs a new table.")

    def _iam(self, options: dict[str, Any]) -> None:
        place = {"region": options["region"], "account": options["account"]}
        if place["account"] != "*" and not re.fullmatch(r"[0-9]{12}", place["account"]):
            raise CommandError("--account is the twelve digits of an account, or left out.")
        person_role = options["person_role"]
        policies = {
            "web": iam.role_policy(iam.WEB_BESIDE_PERSONS if person_role else iam.WEB, **place),
            "worker": iam.role_policy(iam.WORKER, **place),
            "person": iam.person_policy(**place),
        }
        if person_role:
            policies["web-person"] = iam.assume_policy(person_role)
        printed = policies if options["format"] == "json" else iam.as_template(policies)
        self.stdout.write(json.dumps(printed, indent=2))

    def _describe(self, options: dict[str, Any]) -> None:
        rows = [_summary(table) for table in ALL_TABLES]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        grid = Grid(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
        grid.add_column("table", no_wrap=True)
        grid.add_column("status", no_wrap=True)
        grid.add_column("key", min_width=len("organization_id"))
        grid.add_column("indexes", no_wrap=True)
        grid.add_column("items", justify="right", no_wrap=True)
        grid.add_column("bytes", justify="right", no_wrap=True)
        for row in rows:
            figures = [f"{row[name]:,}" if row[name] is not None else "" for name in ("items", "bytes")]
            grid.add_row(row["table"], row["status"], row["key"], "\n".join(row["indexes"]), *figures)
        self._console().print(grid)

    def _console(self) -> Console:
        return Console(file=self.stdout, no_color=self.style.ERROR("x") == "x")  # type: ignore[arg-type]


def _summary(table: Table) -> dict[str, Any]:
    """One table for people and programs. DynamoDB counts items and bytes anew every six hours or so."""
    live = schema.describe(table)
    return {
        "table": table.physical_name,
        "status": "missing" if live is None else live["TableStatus"].lower(),
        "key": " + ".join(table.key_attributes),
        "indexes": {
            index.name: " + ".join(name for name in (index.partition_key, index.sort_key) if name)
            for index in table.indexes
        },
        "expiry": table.ttl_attribute,
        "items": None if live is None else live.get("ItemCount"),
        "bytes": None if live is None else live.get("TableSizeBytes"),
    }
