"""What differs between the accounts in SQL and what DynamoDB has of people, for `manage.py reconcile`.

Looking changes nothing. A repair does what the product would have done, holds only while things are as they
were read, and may be repeated. Everything is walked once, piece by piece, so any number of people will do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from django.db.models import Q

from accounts.models import Erasure, User
from accounts.privacy import due
from accounts.privacy.erasing import GRACE
from accounts.repository import ProfileRepository
from carbontrack import clock
from carbontrack.dynamodb import Item, Table, batch_get, get_item, iter_scan
from carbontrack.dynamodb.tables import AUDIT, CARBON_DATA, EMISSION_TOTALS, IMPORTS, RECURRING, USERS

#: Accounts, or owners of items, that are looked up at once.
CHUNK = 100
#: An erasure that is due is carried out within the day; one that takes longer is stuck.
STUCK_AFTER = timedelta(days=2)
#: Where items of people are, and the attribute that begins with their id or `user#` and their id.
_PLACES: tuple[tuple[Table, str], ...] = (
    (USERS, "user_id"),
    (CARBON_DATA, "user_id"),
    (EMISSION_TOTALS, "subject"),
    (RECURRING, "user_id"),
    (IMPORTS, "user_id"),
    (AUDIT, "subject"),
)
_PERSON = re.compile(r"(?:user#)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")

Alive = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it should be, in a sentence. Without a `repair` only people can put it right.

    `repair` returns whether it did anything. `loses_data`: it removes what cannot be brought back.
    """

    kind: str
    about: str
    sentence: str
    repair: Callable[[], bool] | None = None
    loses_data: bool = False


def differences(alive: Alive) -> Iterator[Difference]:
    """All of them. `alive` is told how many accounts or items were looked at."""
    yield from _of_accounts(alive)
    yield from _of_erasures()
    yield from _of_nobody(alive)


# -- From SQL to DynamoDB -----------------------------------------------------------------------------------


def _of_accounts(alive: Alive) -> Iterator[Difference]:
    """Addresses. An account without a profile is one that nobody has signed in to yet: nothing is wrong."""
    users = User.objects.order_by("pk").iterator(chunk_size=CHUNK)
    while chunk := list(islice(users, CHUNK)):
        keys = [{"user_id": str(user.pk)} for user in chunk]
        stored = {
            item["user_id"]["S"]: item["email"]["S"] for item in batch_get(USERS, keys, consistent=True)
        }
        for user in chunk:
            email = stored.get(str(user.pk), user.email)
            if email != user.email:
                yield _other_address(user, email)
        alive(len(chunk))


def _other_address(user: User, email: str) -> Difference:
    user_id = str(user.pk)

    def repair() -> bool:
        address = User.objects.filter(pk=user.pk).values_list("email", flat=True).first()
        if address is None:
            return False
        ProfileRepository().set_email(user_id, address)
        return True

    sentence = f"The profile says {email}, the account {user.email}."
    return Difference("address", user_id, sentence, repair)


def _of_erasures() -> Iterator[Difference]:
    """Deletions that are long due, and accounts that say nothing of theirs, or of one that is not there."""
    late = Q(user__erase_at__lt=clock.now() - STUCK_AFTER)
    for erasure in Erasure.objects.filter(late).select_related("user").iterator(chunk_size=CHUNK):
        yield _stuck(erasure)
    asked = Q(erasure=None, erase_at__isnull=False) | Q(erasure__isnull=False, erase_at=None)
    for user in User.objects.filter(asked).iterator(chunk_size=CHUNK):
        yield _half_asked(user)


def _stuck(erasure: Erasure) -> Difference:
    user_id = str(erasure.pk)
    done = f"{len(erasure.done)} steps are done" if erasure.begun_at else "it has not begun"
    sentence = f"The account was to be deleted on {erasure.user.erase_at:%Y-%m-%d}, and {done}."
    if erasure.waits_for:
        return Difference("erasure", user_id, f"{sentence} {erasure.waits_for}")

    def repair() -> bool:
        return due.begin(user_id) is None and due.carry_out(user_id)

    # What its owner has asked for, so nothing is lost that should not be.
    return Difference("erasure", user_id, sentence, repair)


def _half_asked(user: User) -> Difference:
    def repair() -> bool:
        if user.erase_at is not None:  # no wish, so no deletion: this way nobody loses anything
            unasked = User.objects.filter(pk=user.pk, erasure=None, erase_at__isnull=False)
            return bool(unasked.update(erase_at=None))
        asked_at = Erasure.objects.filter(user_id=user.pk).values_list("asked_at", flat=True).first()
        silent = User.objects.filter(pk=user.pk, erase_at=None)
        return asked_at is not None and bool(silent.update(erase_at=asked_at + GRACE))

    sentence = "The account and the wish to delete it do not agree."
    return Difference("erasure", str(user.pk), sentence, repair)


# -- From DynamoDB to SQL -----------------------------------------------------------------------------------


def _of_nobody(alive: Alive) -> Iterator[Difference]:
    """What is there of people who have no account, one difference a person: each table is scanned once."""
    told: set[str] = set()
    for table, attribute in _PLACES:
        owners = _owners(table, attribute, alive)
        while chunk := dict(islice(owners, CHUNK)):
            for user_id in chunk.keys() - told - _with_account(chunk):
                if get_item(table, chunk[user_id], consistent=True) is not None:
                    told.add(user_id)
                    yield _of_nobody_here(table, user_id)


def _owners(table: Table, attribute: str, alive: Alive) -> Iterator[tuple[str, dict[str, str]]]:
    """People with items in a table, each with the key of one. Items of one partition follow one another."""
    last, seen = "", 0
    for item in iter_scan(table, projection=table.key_attributes):
        seen += 1
        if seen % CHUNK == 0:
            alive(CHUNK)
        owner = item[attribute]["S"]
        if owner != last:
            last = owner
            person = _PERSON.fullmatch(owner)
            if person:
                yield person[1], _key(table, item)
    alive(seen % CHUNK)


def _key(table: Table, item: Item) -> dict[str, str]:
    return {name: item[name]["S"] for name in table.key_attributes}


def _with_account(user_ids: dict[str, dict[str, str]]) -> set[str]:
    return {str(pk) for pk in User.objects.filter(pk__in=list(user_ids)).values_list("pk", flat=True)}


def _of_nobody_here(table: Table, user_id: str) -> Difference:
    def repair() -> bool:
        if User.objects.filter(pk=user_id).exists():
            return False
        due.erase_data_of(user_id, lambda: None)
        return True

    sentence = f"{table.name} has something of a person who has no account."
    return Difference("nobody", user_id, sentence, repair, loses_data=True)
