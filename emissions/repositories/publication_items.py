"""Publications and their factors as items of FactorsTable, without their keys."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from carbontrack.clock import read_stamp, stamp
from carbontrack.dynamodb import Item, decode_item
from emissions.domain.entries import Scope
from emissions.domain.publications import Affected, Publication, PublicationState, PublishedRow


def publication_to_item(publication: Publication) -> dict[str, Any]:
    affected = publication.affected
    return {
        "title": publication.title,
        "publisher": publication.publisher,
        "year": publication.year,
        "in_force_from": publication.valid_from.isoformat(),
        "in_force_to": _day(publication.valid_to),
        "state": publication.state.value,
        "row_count": publication.row_count,
        "digest": publication.digest,
        "edition": publication.edition,
        "licence": publication.licence or None,
        "url": publication.url or None,
        "note": publication.note or None,
        "about": publication.factor_id or None,
        "publish_on": _day(publication.publish_on),
        "uploaded_at": stamp(publication.uploaded_at),
        "published_at": stamp(publication.published_at),
        "withdrawn_at": stamp(publication.withdrawn_at),
        "reason": publication.reason or None,
        "affected": None
        if affected is None
        else {
            "entries": affected.entries,
            "kg_before": affected.kg_before,
            "kg_after": affected.kg_after,
            "counted_at": stamp(affected.counted_at),
            "fingerprint": affected.fingerprint,
            "is_withheld": affected.is_withheld or None,
        },
        "version": publication.version,
    }


def publication_from_item(item: Item, owner: str) -> Publication:
    stored = decode_item(item)
    return Publication(
        id=stored["valid_from"],
        owner=owner,
        title=stored["title"],
        publisher=stored["publisher"],
        year=int(stored["year"]),
        valid_from=date.fromisoformat(stored["in_force_from"]),
        valid_to=_read_day(stored.get("in_force_to")),
        state=PublicationState(stored["state"]),
        row_count=int(stored["row_count"]),
        digest=stored["digest"],
        edition=stored["edition"],
        licence=stored.get("licence", ""),
        url=stored.get("url", ""),
        note=stored.get("note", ""),
        factor_id=stored.get("about", ""),
        publish_on=_read_day(stored.get("publish_on")),
        uploaded_at=datetime.fromisoformat(stored["uploaded_at"]),
        published_at=read_stamp(stored.get("published_at")),
        withdrawn_at=read_stamp(stored.get("withdrawn_at")),
        reason=stored.get("reason", ""),
        affected=_affected(stored.get("affected")),
        version=int(stored["version"]),
    )


def row_to_item(row: PublishedRow, publication_id: str) -> dict[str, Any]:
    return {
        "publication": publication_id,
        "name": row.name,
        "unit": row.unit,
        "kg_co2e_per_unit": row.kg_co2e_per_unit,
        "scope": int(row.scope),
        "scope3_category": row.scope3_category,
        "notes": row.notes or None,
        "source_ref": row.source_ref or None,
        "kg_co2": row.kg_co2 or None,
        "kg_ch4_co2e": row.kg_ch4_co2e or None,
        "kg_n2o_co2e": row.kg_n2o_co2e or None,
    }


def row_from_item(item: Item, factor_id: str) -> PublishedRow:
    stored = decode_item(item)
    category = stored.get("scope3_category")
    return PublishedRow(
        factor_id=factor_id,
        name=stored["name"],
        unit=stored["unit"],
        kg_co2e_per_unit=Decimal(stored["kg_co2e_per_unit"]),
        scope=Scope(int(stored["scope"])),
        scope3_category=None if category is None else int(category),
        notes=stored.get("notes", ""),
        source_ref=stored.get("source_ref", ""),
        kg_co2=stored.get("kg_co2", ""),
        kg_ch4_co2e=stored.get("kg_ch4_co2e", ""),
        kg_n2o_co2e=stored.get("kg_n2o_co2e", ""),
    )


def _affected(stored: dict[str, Any] | None) -> Affected | None:
    if stored is None:
        return None
    return Affected(
        entries=int(stored["entries"]),
        kg_before=Decimal(stored["kg_before"]),
        kg_after=Decimal(stored["kg_after"]),
        counted_at=datetime.fromisoformat(stored["counted_at"]),
        fingerprint=stored["fingerprint"],
        is_withheld=bool(stored.get("is_withheld")),
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
