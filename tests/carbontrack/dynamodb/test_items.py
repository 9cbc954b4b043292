from decimal import Decimal

import pytest
from botocore.exceptions import ClientError

from carbontrack.dynamodb import (
    Attr,
    Conflict,
    InvalidItem,
    ItemAlreadyExists,
    Throttled,
    Unavailable,
    decode_item,
    delete_item,
    get_item,
    put_item,
    tables,
    update_item,
)

pytestmark = pytest.mark.dynamodb

ALICE = {"user_id": "alice"}
IS_NEW = Attr("user_id").not_exists()
TAKEN = ItemAlreadyExists("alice")
MOVED = Conflict("alice moved")


def stored(key=ALICE):
    item = get_item(tables.USERS, key, consistent=True)
    return None if item is None else decode_item(item)


def test_item_is_read_as_it_was_written():
    values = {**ALICE, "target": Decimal("1.50"), "tags": ["a", 1, None, {"b": True}], "set": {"x", "y"}}

    put_item(tables.USERS, {**values, "absent": None})

    assert stored() == {**values, "target": Decimal("1.5")}


def test_item_that_does_not_exist_is_none():
    assert stored({"user_id": "nobody"}) is None


def test_projection_reads_only_what_is_named():
    put_item(tables.USERS, {**ALICE, "name": "Alice", "role": "user"})

    item = get_item(tables.USERS, ALICE, projection=["name"])

    assert item == {"name": {"S": "Alice"}}


def test_key_must_be_the_keys_of_the_table():
    with pytest.raises(InvalidItem, match="The key of UsersTable is user_id"):
        get_item(tables.USERS, {"user_id": "alice", "timestamp": "now"})


def test_failed_condition_raises_its_error_and_writes_nothing():
    put_item(tables.USERS, {**ALICE, "name": "Alice"})

    with pytest.raises(ItemAlreadyExists) as caught:
        put_item(tables.USERS, {**ALICE, "name": "Mallory"}, condition=IS_NEW, error=TAKEN)

    assert caught.value is TAKEN
    assert stored() == {**ALICE, "name": "Alice"}


def test_failed_condition_without_an_error_is_a_conflict():
    with pytest.raises(Conflict):
        delete_item(tables.USERS, ALICE, condition=Attr("user_id").exists())


def test_put_whose_reply_got_lost_is_recognised_as_ones_own(faults):
    faults.lose_reply("PutItem")

    put_item(tables.USERS, {**ALICE, "target": Decimal("1.50")}, condition=IS_NEW, error=TAKEN)

    assert faults.sent == ["PutItem", "PutItem"]
    assert stored() == {**ALICE, "target": Decimal("1.5")}


def test_put_that_timed_out_is_recognised_as_ones_own(faults):
    faults.lose_reply("PutItem", slow=True)

    put_item(tables.USERS, ALICE, condition=IS_NEW, error=TAKEN)

    assert stored() == ALICE


def test_update_sets_removes_and_returns():
    put_item(tables.USERS, {**ALICE, "version": 1, "name": "Alice", "team": "a"})

    item = update_item(
        tables.USERS,
        ALICE,
        set={"name": "Alicia", "version": 2},
        remove=["team"],
        condition=Attr("version").eq(1),
        returning=True,
    )

    assert item is not None
    assert decode_item(item) == {**ALICE, "version": 2, "name": "Alicia"}
    assert stored() == {**ALICE, "version": 2, "name": "Alicia"}


def test_update_whose_reply_got_lost_is_recognised_as_ones_own(faults):
    put_item(tables.USERS, {**ALICE, "version": 1})
    faults.lose_reply("UpdateItem")

    item = update_item(
        tables.USERS, ALICE, set={"version": 2}, condition=Attr("version").eq(1), error=MOVED, returning=True
    )

    assert item is not None
    assert decode_item(item) == {**ALICE, "version": 2}


def test_update_that_another_made_first_is_a_conflict_even_if_equal():
    put_item(tables.USERS, {**ALICE, "version": 2})

    with pytest.raises(Conflict) as caught:
        update_item(tables.USERS, ALICE, set={"version": 2}, condition=Attr("version").eq(1), error=MOVED)

    assert caught.value is MOVED


def test_lost_update_overtaken_by_another_is_a_conflict(faults):
    put_item(tables.USERS, {**ALICE, "version": 7})
    faults.fail("UpdateItem")

    with pytest.raises(Conflict):
        update_item(tables.USERS, ALICE, set={"version": 2}, condition=Attr("version").eq(1), error=MOVED)

    assert stored() == {**ALICE, "version": 7}


def test_bare_add_is_refused():
    with pytest.raises(ValueError, match="WriteTransaction"):
        update_item(tables.USERS, ALICE, add={"logins": 1})


def test_conditional_add_counts_once_although_its_reply_got_lost(faults):
    put_item(tables.USERS, {**ALICE, "logins": 1})
    faults.lose_reply("TransactWriteItems")

    update_item(tables.USERS, ALICE, add={"logins": 1}, condition=Attr("user_id").exists())

    assert stored() == {**ALICE, "logins": 2}


def test_delete_removes_and_may_be_repeated():
    put_item(tables.USERS, ALICE)

    delete_item(tables.USERS, ALICE)
    delete_item(tables.USERS, ALICE)

    assert stored() is None


def test_conditional_delete_whose_reply_got_lost_is_done(faults):
    put_item(tables.USERS, {**ALICE, "version": 1})
    faults.lose_reply("DeleteItem")

    delete_item(tables.USERS, ALICE, condition=Attr("version").eq(1), error=MOVED)

    assert stored() is None


def test_conditional_delete_of_what_is_gone_is_a_conflict():
    with pytest.raises(Conflict) as caught:
        delete_item(tables.USERS, ALICE, condition=Attr("version").eq(1), error=MOVED)

    assert caught.value is MOVED


@pytest.mark.parametrize("fault", ["throttle", "fail"])
def test_passing_trouble_is_not_noticed(faults, fault):
    getattr(faults, fault)("PutItem", times=2)

    put_item(tables.USERS, ALICE)

    assert stored() == ALICE


def test_throttling_that_does_not_end_is_told(faults):
    faults.throttle("GetItem", times=99)

    with pytest.raises(Throttled):
        stored()

    assert len(faults.sent) == 3


@pytest.mark.parametrize("arm", ["fail", "engine_gone", "lose_reply"])
def test_dynamodb_out_of_reach_is_unavailable(faults, arm):
    put_item(tables.USERS, ALICE)
    {
        "fail": lambda: faults.fail(times=99),
        "engine_gone": faults.engine_gone,
        "lose_reply": lambda: faults.lose_reply("GetItem", times=99),
    }[arm]()

    with pytest.raises(Unavailable):
        stored()


def test_mistakes_of_ours_are_not_dressed_up():
    with pytest.raises(ClientError, match="ValidationException"):
        update_item(tables.USERS, ALICE, set={"user_id": "mallory"})
