"""What entries refer to: people without their names, organizations, departments, factors and their sources.

They are small beside the entries and written whole; one that has not changed keeps its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from accounts.domain import Profile
from emissions.factors.current import catalog
from emissions.warehouse import columns
from emissions.warehouse.columns import FactorsSeen, rounded
from emissions.warehouse.files import read_rows, write_rows
from emissions.warehouse.manifest import DataFile, Manifest, Warehouse
from emissions.warehouse.pseudonyms import Pseudonyms
from emissions.warehouse.scanning import scan_organizations, scan_profiles
from emissions.warehouse.spooling import sorted_rows
from organizations.domain import Department, Organization


def write_dimensions(
    warehouse: Warehouse, *, last: Manifest | None, pseudonyms: Pseudonyms, factors: FactorsSeen
) -> dict[str, DataFile]:
    """Write the dimensions as they are now. `factors` are those met in entries since the `last` manifest.

    A factor stays when the last entry that used it has gone: which are used is a question to the entries.
    """
    organizations = sorted(scan_organizations(), key=lambda each: each.id)
    known = dict(factors.rows)
    if last is not None:
        for row in read_rows(warehouse.storage, last.dimensions["factors"].path):
            known.setdefault(row["factor"], row)
    people = (_person(profile, pseudonyms) for profile in scan_profiles())
    return {
        "people": _written(warehouse, last, "people", columns.PEOPLE, sorted_rows(people, key="person")),
        "organizations": _written(
            warehouse, last, "organizations", columns.ORGANIZATIONS, map(_organization, organizations)
        ),
        "departments": _written(
            warehouse, last, "departments", columns.DEPARTMENTS, _departments(organizations)
        ),
        "factors": _written(
            warehouse, last, "factors", columns.FACTORS, (known[key] for key in sorted(known))
        ),
        "sources": _written(warehouse, last, "sources", columns.SOURCES, _sources()),
    }


def _written(
    warehouse: Warehouse, last: Manifest | None, name: str, schema: Any, rows: Iterable[dict[str, Any]]
) -> DataFile:
    """The file of a dimension: the last one where it holds the same, byte for byte."""
    made = write_rows(warehouse.storage, warehouse.new_path(f"{name}/{name}"), schema, rows)
    former = last.dimensions[name] if last is not None else None
    if former is None or former.sha256 != made.sha256:
        return made
    warehouse.storage.remove(made.path)
    return former


def _person(profile: Profile, pseudonyms: Pseudonyms) -> dict[str, Any]:
    return {
        "person": pseudonyms.person(profile.user_id),
        "region": profile.preferences.region,
        "organization_id": profile.organization_id,
        "department_id": profile.department_id,
    }


def _organization(organization: Organization) -> dict[str, Any]:
    area = organization.floor_area_m2
    return {
        "organization_id": organization.id,
        "name": organization.name,
        "country": organization.country,
        "sector": organization.sector,
        "headcount": organization.headcount,
        "floor_area_m2": None if area is None else rounded(area, columns.AMOUNT_DECIMALS),
        "reporting_year_start": organization.reporting_year_start,
        "minimum_group": organization.minimum_group,
        "members": organization.members,
        "created_at": organization.created_at,
    }


def _departments(organizations: Iterable[Organization]) -> Iterator[dict[str, Any]]:
    for organization in organizations:
        for department in sorted(organization.departments, key=lambda each: each.id):
            yield _department(organization, department)


def _department(organization: Organization, department: Department) -> dict[str, Any]:
    effective = organization.effective_department(department.id) or department
    return {
        "organization_id": organization.id,
        "department_id": department.id,
        "name": department.name,
        "label": organization.department_label(department.id),
        "parent_id": department.parent_id,
        "counts_in": effective.id,
        "members": department.members,
        "archived_at": department.archived_at,
    }


def _sources() -> Iterator[dict[str, Any]]:
    for _, source in sorted(catalog().sources().items()):
        yield {
            "source_id": source.id,
            "title": source.title,
            "publisher": source.publisher,
            "year": source.year,
            "version": source.version,
            "licence": source.licence,
            "url": source.url,
            "valid_from": source.valid_from,
            "valid_to": source.valid_to,
        }
