"""Published factors in FactorsTable: the only file that spells their keys.

| access pattern | key condition | cost |
| --- | --- | --- |
| whether anything was published since | GetItem (`publications#platform`, `#version`), consistent | 1 read |
| publications, newest first | factor_id = `publications#<owner>`, from `0`, descending | 1 read a 4 KB |
| one publication | GetItem (`publications#<owner>`, ULID), consistent | 1 read |
| which factors are in it | GetItem (`rows#<ULID>`, `ids`), consistent | 1 to 9 reads |
| its factors | BatchGetItem (id, `<first day>#<ULID>`), 100 each, consistent | 1 read a factor |
| store them | BatchWriteItem of the same, 25 each | 1 write a factor |

`<owner>` is `platform` or `organization#<id>`. A factor for everybody has its own id as partition key; one
of an organization's own has `organization#<id>#` before it, and is written together with its publication.
Those of an edition are written before the publication that tells of them: what a crash left behind belongs to
nothing and is found by nobody. They never change.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterable, Sequence

from carbontrack.dynamodb import (
    Attr,
    ItemNotFound,
    Key,
    Page,
    WriteTransaction,
    batch_get,
    batch_write,
    decode_item,
    delete_item,
    get_item,
    iter_query,
    key_part,
    put_item,
    query_page,
)
from carbontrack.dynamodb.errors import Conflict, Unavailable
from carbontrack.dynamodb.tables import FACTORS
from emissions.domain.publications import PLATFORM, Manifest, Publication, PublishedRow, digest_of
from emissions.repositories.publication_items import (
    publication_from_item,
    publication_to_item,
    row_from_item,
    row_to_item,
)

PAGE_SIZE = 25
_VERSION = "#version"
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


class PublicationIncomplete(Unavailable):
    """The factors that are stored are not those that were uploaded. None of them may be used."""


class PublicationChanged(Conflict):
    """Somebody else has published, withdrawn or discarded something a moment ago."""

    sentence = "Somebody else changed the published factors a moment ago. Look at them as they are now."


class PublicationRepository:
    """The publications of one owner: PLATFORM, or an organization's id."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._name = owner if owner == PLATFORM else f"organization#{key_part(owner)}"
        self._partition = f"publications#{self._name}"

    # -- Publications ---------------------------------------------------------------------------------------

    def get(self, publication_id: str) -> Publication:
        """Raises ItemNotFound."""
        found = self.find(publication_id)
        if found is None:
            raise ItemNotFound(f"publication {publication_id} of {self.owner}")
        return found

    def find(self, publication_id: str) -> Publication | None:
        if _ULID.fullmatch(publication_id) is None:  # an address that leads to nothing
            return None
        item = get_item(FACTORS, self._key(publication_id), consistent=True)
        return None if item is None else publication_from_item(item, self.owner)

    def find_many(self, ids: Iterable[str]) -> list[Publication]:
        """Those of the ids that there are."""
        items = batch_get(FACTORS, [self._key(each) for each in ids], consistent=True)
        return [publication_from_item(item, self.owner) for item in items]

    def all(self) -> list[Publication]:
        """Every publication, oldest first: of an organization, which has few."""
        key = Key("factor_id").eq(self._partition) & Key("valid_from").gte("0")
        return [publication_from_item(item, self.owner) for item in iter_query(FACTORS, key, consistent=True)]

    def page(
        self,
        cursor: str | None,
        *,
        keep: Callable[[Publication], bool] | None = None,
        scope: Sequence[str] = (),
    ) -> Page[Publication]:
        """One page, newest first. `scope` says what `keep` lets through. Raises InvalidCursor."""
        return query_page(
            FACTORS,
            Key("factor_id").eq(self._partition) & Key("valid_from").gte("0"),
            scope=("publications", self.owner, *scope),
            page_size=PAGE_SIZE,
            decode=lambda item: publication_from_item(item, self.owner),
            keep=keep,
            forward=False,
            consistent=True,
            cursor=cursor,
        )

    def add(self, publication: Publication, *, transaction: WriteTransaction) -> None:
        """Queue a new publication. The transaction raises PublicationChanged if there is one of this id."""
        transaction.put(
            FACTORS,
            self._key(publication.id) | publication_to_item(publication),
            condition=Attr("factor_id").not_exists(),
            error=PublicationChanged(publication.id),
        )

    def add_own(self, publication: Publication, row: PublishedRow, *, transaction: WriteTransaction) -> None:
        """Queue a new publication of an organization together with its one factor."""
        key = self._row_key(publication.id, publication.valid_from.isoformat(), row.factor_id)
        transaction.put(FACTORS, key | row_to_item(row, publication.id))
        self.add(publication, transaction=transaction)

    def replace(
        self, publication: Publication, *, seen_version: int, transaction: WriteTransaction
    ) -> Publication:
        """Queue what became of a publication. The transaction raises PublicationChanged if it moved since."""
        transaction.put(
            FACTORS,
            self._key(publication.id) | publication_to_item(publication) | {"version": seen_version + 1},
            condition=Attr("version").eq(seen_version),
            error=PublicationChanged(publication.id),
        )
        return publication

    def save_counted(self, publication: Publication) -> None:
        """Store what was counted. Raises PublicationChanged if the publication moved since it was read."""
        put_item(
            FACTORS,
            self._key(publication.id) | publication_to_item(publication),
            condition=Attr("version").eq(publication.version),
            error=PublicationChanged(publication.id),
        )

    def remove(self, publication: Publication, *, transaction: WriteTransaction) -> None:
        """Queue the end of a draft; `remove_rows` comes after it."""
        transaction.delete(
            FACTORS,
            self._key(publication.id),
            condition=Attr("version").eq(publication.version),
            error=PublicationChanged(publication.id),
        )

    # -- Their factors --------------------------------------------------------------------------------------

    def add_rows(self, publication: Publication, rows: Sequence[PublishedRow]) -> None:
        """Store the factors of an edition that is about to be stored itself."""
        day = publication.valid_from.isoformat()
        batch_write(
            FACTORS,
            puts=[
                self._row_key(publication.id, day, row.factor_id) | row_to_item(row, publication.id)
                for row in rows
            ],
        )
        put_item(FACTORS, _ids_key(publication.id) | {"ids": _pack([row.factor_id for row in rows])})

    def rows(self, publication: Publication) -> list[PublishedRow]:
        """All factors of a publication, in the order of its file. Raises PublicationIncomplete."""
        items = batch_get(FACTORS, self._row_keys(publication), consistent=True)
        rows = [row_from_item(item, self._factor_id(item["factor_id"]["S"])) for item in items]
        if len(rows) != publication.row_count or digest_of(rows) != publication.digest:
            raise PublicationIncomplete(
                f"publication {publication.id} has {publication.row_count} factors; "
                f"{len(rows)} were read, or not the same"
            )
        return rows

    def own_rows(self, publications: Sequence[Publication]) -> list[PublishedRow]:
        """The factor of each of an organization's publications, in one go. Raises PublicationIncomplete."""
        keys = [self._row_keys(each)[0] for each in publications]
        items = {
            (item["factor_id"]["S"], item["valid_from"]["S"]): item
            for item in batch_get(FACTORS, keys, consistent=True)
        }
        rows = []
        for publication, key in zip(publications, keys, strict=True):
            item = items.get((key["factor_id"], key["valid_from"]))
            row = None if item is None else row_from_item(item, publication.factor_id)
            if row is None or digest_of([row]) != publication.digest:
                raise PublicationIncomplete(
                    f"the factor of publication {publication.id} is not as it was set"
                )
            rows.append(row)
        return rows

    def remove_rows(self, publication: Publication) -> None:
        """Remove the factors of a publication that is no more. What is gone already is fine."""
        batch_write(FACTORS, deletes=self._row_keys(publication))
        delete_item(FACTORS, _ids_key(publication.id))

    def _row_keys(self, publication: Publication) -> list[dict[str, str]]:
        day = publication.valid_from.isoformat()
        return [self._row_key(publication.id, day, each) for each in self._ids_of(publication)]

    def _ids_of(self, publication: Publication) -> list[str]:
        if publication.factor_id:
            return [publication.factor_id]
        item = get_item(FACTORS, _ids_key(publication.id), consistent=True)
        return [] if item is None else _unpack(decode_item(item)["ids"])

    def _row_key(self, publication_id: str, valid_from: str, factor_id: str) -> dict[str, str]:
        name = factor_id if self.owner == PLATFORM else f"{self._name}#{factor_id}"
        return {"factor_id": name, "valid_from": f"{valid_from}#{publication_id}"}

    def _factor_id(self, stored: str) -> str:
        return stored if self.owner == PLATFORM else stored.removeprefix(f"{self._name}#")

    # -- What is published ----------------------------------------------------------------------------------

    def manifest(self) -> Manifest:
        """What is published by now, in one request."""
        item = get_item(FACTORS, self._key(_VERSION), consistent=True)
        if item is None:
            return Manifest()
        stored = decode_item(item)
        return Manifest(int(stored["version"]), tuple(stored["ids"]))

    def save_manifest(self, manifest: Manifest, *, transaction: WriteTransaction) -> None:
        """Queue the next version. The transaction raises PublicationChanged if it is not the next one."""
        before = manifest.version - 1
        transaction.put(
            FACTORS,
            self._key(_VERSION) | {"version": manifest.version, "ids": list(manifest.ids)},
            condition=Attr("version").eq(before) if before else Attr("factor_id").not_exists(),
            error=PublicationChanged(f"version {before}"),
        )

    def _key(self, record: str) -> dict[str, str]:
        return {"factor_id": self._partition, "valid_from": record}


def _ids_key(publication_id: str) -> dict[str, str]:
    return {"factor_id": f"rows#{key_part(publication_id)}", "valid_from": "ids"}


def _pack(ids: Sequence[str]) -> str:
    """5,000 ids are 250 KB as text and a tenth of it packed; an item holds 400."""
    return base64.b64encode(zlib.compress("\n".join(ids).encode(), 9)).decode()


def _unpack(packed: str) -> list[str]:
    return zlib.decompress(base64.b64decode(packed)).decode().split("\n")
