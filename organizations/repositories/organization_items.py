"""Organizations, targets and closed months to and from items of OrganizationsTable, and their keys."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.profile_items import folded
from carbontrack.clock import read_stamp, stamp
from carbontrack.dynamodb import Item, decode_item
from organizations.domain import ClosedMonth, Department, Organization, SecondStep, Target

ORGANIZATION = "organization"
#: What all organizations have in common in DirectoryIndex.
DIRECTORY = "organizations"
MOST_NAME_CHARACTERS = 200
PERIOD = "period#"
TARGET = "target#"
#: What `save` writes; counters of members are not among it.
SAVED = frozenset(
    {
        "name",
        "country",
        "sector",
        "headcount",
        "floor_area_m2",
        "reporting_year_start",
        "minimum_group",
        "departments",
        "deleting_at",
        "keep_months",
        "second_step",
        "suspended_at",
        "factors_version",
        "directory",
        "directory_name",
        "version",
    }
)


def item_key(organization_id: str, record: str = ORGANIZATION) -> dict[str, str]:
    return {"organization_id": organization_id, "record": record}


def directory_name(name: str, organization_id: str) -> str:
    """How an organization sorts in the list of all of them (DirectoryIndex): by name."""
    return f"{folded(name)[:MOST_NAME_CHARACTERS]}#{organization_id}"


def member_counter(department_id: str) -> str:
    return f"members#{department_id}"


def organization_to_item(organization: Organization) -> dict[str, Any]:
    """The item of an organization; what is None is left out."""
    return {
        **item_key(organization.id),
        "name": organization.name,
        "country": organization.country,
        "sector": organization.sector,
        "headcount": organization.headcount,
        "floor_area_m2": organization.floor_area_m2,
        "reporting_year_start": organization.reporting_year_start,
        "minimum_group": organization.minimum_group,
        "created_at": stamp(organization.created_at),
        "members": organization.members,
        "administrators": organization.administrators,
        "departments": {each.id: _department_to_map(each) for each in organization.departments},
        "deleting_at": stamp(organization.deleting_at),
        "keep_months": organization.keep_months,
        "second_step": None
        if organization.second_step is SecondStep.NOBODY
        else organization.second_step.value,
        "suspended_at": stamp(organization.suspended_at),
        "factors_version": organization.factors_version or None,
        "directory": DIRECTORY,
        "directory_name": directory_name(organization.name, organization.id),
        "version": organization.version,
        **{member_counter(each.id): each.members for each in organization.departments if each.members},
    }


def _department_to_map(department: Department) -> dict[str, Any]:
    stored: dict[str, Any] = {"name": department.name}
    if department.parent_id is not None:
        stored["parent_id"] = department.parent_id
    if department.archived_at is not None:
        stored["archived_at"] = stamp(department.archived_at)
    if department.merged_into is not None:
        stored["merged_into"] = department.merged_into
    return stored


def organization_from_item(item: Item) -> Organization:
    stored = decode_item(item)
    return Organization(
        id=stored["organization_id"],
        name=stored["name"],
        country=stored["country"],
        sector=stored.get("sector", ""),
        headcount=None if stored.get("headcount") is None else int(stored["headcount"]),
        floor_area_m2=stored.get("floor_area_m2"),
        reporting_year_start=int(stored["reporting_year_start"]),
        minimum_group=int(stored["minimum_group"]),
        created_at=datetime.fromisoformat(stored["created_at"]),
        members=int(stored.get("members", 0)),
        administrators=int(stored.get("administrators", 0)),
        departments=tuple(
            Department(
                id=department_id,
                name=each["name"],
                parent_id=each.get("parent_id"),
                archived_at=read_stamp(each.get("archived_at")),
                merged_into=each.get("merged_into"),
                members=int(stored.get(member_counter(department_id), 0)),
            )
            for department_id, each in sorted(stored.get("departments", {}).items())
        ),
        deleting_at=read_stamp(stored.get("deleting_at")),
        version=int(stored["version"]),
        keep_months=None if stored.get("keep_months") is None else int(stored["keep_months"]),
        second_step=SecondStep(stored.get("second_step", SecondStep.NOBODY)),
        suspended_at=read_stamp(stored.get("suspended_at")),
        factors_version=int(stored.get("factors_version", 0)),
    )


def target_from_item(item: Item) -> Target:
    stored = decode_item(item)
    return Target(
        id=stored["record"].removeprefix(TARGET),
        base_year=int(stored["base_year"]),
        base_kg=Decimal(stored["base_kg"]),
        reduction_percent=Decimal(stored["reduction_percent"]),
        target_year=int(stored["target_year"]),
        created_at=datetime.fromisoformat(stored["created_at"]),
    )


def closed_month_from_item(item: Item) -> ClosedMonth | None:
    stored = decode_item(item)
    if "closed_at" not in stored:
        return None
    return ClosedMonth(
        month=stored["record"].removeprefix(PERIOD),
        closed_at=datetime.fromisoformat(stored["closed_at"]),
        closed_by=stored["closed_by"],
    )
