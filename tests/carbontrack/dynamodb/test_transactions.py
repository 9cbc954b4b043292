import threading
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError

from carbontrack.dynamodb import (
    Attr,
    Conflict,
    ItemAlreadyExists,
    Key,
    Throttled,
    TokenReused,
    Unavailable,
    WriteTransaction,
    backoff,
    decode_item,
    get_item,
    iter_query,
    new_token,
    put_item,
    tables,
)

pytestmark = pytest.mark.dynamodb

MONTH = {"subject": "user#alice", "period": "2024-03#local.0"}
IS_NEW = Attr("user_id").not_exists()
TAKEN = ItemAlreadyExists("entry")


def entry(number=1, amount=5):
    return {"user_id": "alice", "timestamp": f"2024-03-15T10:30:00Z#{number}", "amount": amount}


def record(number=1, amount=5, token=None):
    """What logging an activity does, in small."""
    with WriteTransaction(token=token) as transaction:
        transaction.put(tables.CARBON_DATA, entry(number, amount), condition=IS_NEW, error=TAKEN)
        transaction.update(tables.EMISSION_TOTALS, MONTH, add={"entries": 1, "kg": Decimal("0.1")})


def transact(*steps):
    with WriteTransaction() as transaction:
        for step in steps:
            step(transaction)


def totals():
    item = get_item(tables.EMISSION_TOTALS, MONTH, consistent=True)
    return {} if item is None else {name: decode_item(item)[name] for name in ("entries", "kg")}


def entries():
    return [decode_item(item) for item in iter_query(tables.CARBON_DATA, Key("user_id").eq("alice"))]


def test_all_writes_are_made_together():
    put_item(tables.USERS, {"user_id": "alice"})
    put_item(tables.USERS, {"user_id": "bob"})

    with WriteTransaction() as transaction:
        transaction.put(tables.CARBON_DATA, entry())
        transaction.update(tables.EMISSION_TOTALS, MONTH, set={"note": "x"}, add={"entries": 1})
        transaction.delete(tables.USERS, {"user_id": "bob"}, condition=Attr("user_id").exists())
        transaction.check(
            tables.USERS,
            {"user_id": "alice"},
            condition=Attr("user_id").exists(),
            error=Conflict("no alice"),
        )

    assert entries() == [entry()]
    month = get_item(tables.EMISSION_TOTALS, MONTH)
    assert month is not None
    assert decode_item(month) == {**MONTH, "note": "x", "entries": 1}
    assert get_item(tables.USERS, {"user_id": "bob"}) is None


def test_failed_condition_raises_its_own_error_and_writes_nothing():
    record(1)

    with pytest.raises(ItemAlreadyExists) as caught:
        record(1, amount=6)

    assert caught.value is TAKEN
    assert entries() == [entry(1)]
    assert totals() == {"entries": 1, "kg": Decimal("0.1")}


def test_failed_check_raises_its_own_error():
    missing = Conflict("no such member")

    with pytest.raises(Conflict) as caught:
        transact(
            lambda t: t.put(tables.CARBON_DATA, entry()),
            lambda t: t.check(
                tables.USERS, {"user_id": "bob"}, condition=Attr("user_id").exists(), error=missing
            ),
        )

    assert caught.value is missing
    assert entries() == []


def test_own_item_does_not_hide_the_failure_of_another_condition():
    put_item(tables.CARBON_DATA, entry())
    missing = Conflict("no such member")

    with pytest.raises(Conflict) as caught:
        transact(
            lambda t: t.put(tables.CARBON_DATA, entry(), condition=IS_NEW, error=TAKEN),
            lambda t: t.check(
                tables.USERS, {"user_id": "bob"}, condition=Attr("user_id").exists(), error=missing
            ),
        )

    assert caught.value is missing


def test_own_item_stored_by_somebody_else_does_not_hide_that_the_others_are_missing():
    """Two who write overlapping parts of one import: the second has not done what only it was to write."""
    put_item(tables.CARBON_DATA, entry())

    with pytest.raises(ItemAlreadyExists) as caught:
        transact(
            lambda t: t.put(tables.CARBON_DATA, entry(), condition=IS_NEW, error=TAKEN),
            lambda t: t.put(tables.CARBON_DATA, entry(2), condition=IS_NEW, error=TAKEN),
        )

    assert caught.value is TAKEN
    assert entries() == [entry()]


def test_nothing_is_sent_when_the_block_raises(faults):
    with pytest.raises(ZeroDivisionError):
        transact(lambda t: t.put(tables.CARBON_DATA, entry()), lambda t: 1 / 0)

    assert faults.sent == []


def test_nothing_is_sent_when_there_is_nothing_to_write(faults):
    transact()

    assert faults.sent == []


def test_additions_to_one_item_are_merged():
    with WriteTransaction() as transaction:
        transaction.update(tables.EMISSION_TOTALS, MONTH, add={"entries": 1, "kg": Decimal("0.1")})
        transaction.update(tables.EMISSION_TOTALS, MONTH, add={"entries": 2, "kg": Decimal("0.2")})

    assert totals() == {"entries": 3, "kg": Decimal("0.3")}


def test_other_second_write_of_an_item_is_refused():
    with pytest.raises(ValueError, match="one write per item"):
        transact(
            lambda t: t.update(tables.EMISSION_TOTALS, MONTH, add={"entries": 1}),
            lambda t: t.update(tables.EMISSION_TOTALS, MONTH, set={"entries": 1}),
        )

    assert totals() == {}


def test_more_than_a_hundred_writes_are_refused():
    puts = [lambda t, n=number: t.put(tables.CARBON_DATA, entry(n)) for number in range(101)]

    with pytest.raises(ValueError, match="100 writes"):
        transact(*puts)

    assert entries() == []


def test_same_token_counts_once():
    token = new_token()

    record(token=token)
    record(token=token)

    assert entries() == [entry()]
    assert totals() == {"entries": 1, "kg": Decimal("0.1")}


def test_same_token_with_other_content_is_told_apart():
    token = new_token()
    record(1, token=token)

    with pytest.raises(TokenReused):
        record(2, token=token)

    assert entries() == [entry(1)]


@pytest.mark.parametrize("slow", [False, True])
def test_lost_reply_counts_once(faults, slow):
    faults.lose_reply("TransactWriteItems", slow=slow)

    record()

    assert len({body["ClientRequestToken"] for body in faults.bodies}) == 1
    assert faults.sent == ["TransactWriteItems"] * 2
    assert totals() == {"entries": 1, "kg": Decimal("0.1")}


def test_lost_reply_is_recognised_when_the_token_is_forgotten(faults):
    """More than ten minutes, or a restart of the engine, between the try and its repeat."""
    record()

    record(token=new_token())

    assert entries() == [entry()]
    assert totals() == {"entries": 1, "kg": Decimal("0.1")}


def test_lost_delete_is_recognised_when_the_token_is_forgotten(faults):
    faults.fail("TransactWriteItems")

    with WriteTransaction() as transaction:
        transaction.delete(tables.USERS, {"user_id": "gone"}, condition=Attr("user_id").exists())

    assert faults.sent == ["TransactWriteItems"] * 2


def test_delete_that_was_never_sent_is_not_taken_for_done(faults):
    faults.engine_gone(times=1)

    with pytest.raises(Conflict):
        transact(lambda t: t.delete(tables.USERS, {"user_id": "gone"}, condition=Attr("user_id").exists()))


def test_delete_of_what_is_gone_is_a_conflict():
    with pytest.raises(Conflict):
        transact(lambda t: t.delete(tables.USERS, {"user_id": "gone"}, condition=Attr("user_id").exists()))


@pytest.mark.parametrize("fault", ["conflict", "in_progress", "throttle", "fail"])
def test_passing_trouble_counts_once_and_keeps_the_token(faults, fault):
    getattr(faults, fault)(times=2)

    record()

    assert faults.sent == ["TransactWriteItems"] * 3
    assert len({body["ClientRequestToken"] for body in faults.bodies}) == 1
    assert totals() == {"entries": 1, "kg": Decimal("0.1")}


@pytest.mark.parametrize(
    ("arm", "error", "tries"),
    [
        (lambda faults: faults.conflict(times=99), Conflict, backoff.TRANSACTION_ATTEMPTS),
        (lambda faults: faults.in_progress(times=99), Conflict, backoff.TRANSACTION_ATTEMPTS),
        (lambda faults: faults.throttle(times=99), Throttled, backoff.TRANSACTION_ATTEMPTS),
        (
            lambda faults: faults.cancel("ProvisionedThroughputExceeded", times=99),
            Throttled,
            backoff.TRANSACTION_ATTEMPTS,
        ),
        (lambda faults: faults.cancel("ThrottlingError", times=99), Throttled, backoff.TRANSACTION_ATTEMPTS),
        (lambda faults: faults.fail(times=99), Unavailable, backoff.UNANSWERED_ATTEMPTS),
        (lambda faults: faults.engine_gone(), Unavailable, backoff.UNANSWERED_ATTEMPTS),
    ],
)
def test_trouble_that_does_not_end_is_told_after_bounded_tries(faults, arm, error, tries):
    arm(faults)

    with pytest.raises(error):
        record()

    assert faults.sent == ["TransactWriteItems"] * tries
    faults.heal()
    assert (entries(), totals()) == ([], {})


def test_what_trying_again_cannot_mend_is_raised_as_it_is(faults):
    faults.cancel("ValidationError")

    with pytest.raises(ClientError, match="TransactionCanceledException"):
        record()

    assert len(faults.sent) == 1


def test_half_an_answer_counts_once(faults):
    faults.answer("TransactWriteItems", body=b'{"ConsumedCap')

    record()

    assert totals() == {"entries": 1, "kg": Decimal("0.1")}


@pytest.mark.parametrize("token", ["", "x" * 37])
def test_token_that_dynamodb_would_refuse_is_refused(token):
    with pytest.raises(ValueError, match="A token has 1 to 36 characters"):
        WriteTransaction(token=token)


def test_eight_threads_at_once_lose_nothing():
    def work(thread):
        for number in range(5):
            record(thread * 100 + number)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert totals() == {"entries": 40, "kg": Decimal("4.0")}
    assert len(entries()) == 40


def test_engine_killed_between_writes_forgets_nothing(engine_on_disk):
    token = new_token()
    record(1, token=token)

    engine_on_disk.restart()
    record(2)
    record(1, token=token)

    assert entries() == [entry(1), entry(2)]
    assert totals() == {"entries": 2, "kg": Decimal("0.2")}


def test_engine_gone_writes_nothing_and_comes_back(engine_on_disk, monkeypatch):
    monkeypatch.setattr(backoff, "BASE_SECONDS", 0)
    record(1)
    engine_on_disk.kill()

    with pytest.raises(Unavailable):
        record(2)
    engine_on_disk.start()

    assert entries() == [entry(1)]
    assert totals() == {"entries": 1, "kg": Decimal("0.1")}


def change_version(token, amount=6):
    """What editing an entry does, in small."""
    with WriteTransaction(token=token) as transaction:
        transaction.update(
            tables.CARBON_DATA,
            {"user_id": "alice", "timestamp": "t"},
            set={"version": 2},
            condition=Attr("version").eq(1),
            error=Conflict("moved"),
        )
        transaction.update(tables.EMISSION_TOTALS, MONTH, add={"entries": 1, "kg": Decimal("0.1")})


def test_lost_conditional_update_is_recognised_when_the_token_is_forgotten(faults):
    put_item(tables.CARBON_DATA, {"user_id": "alice", "timestamp": "t", "version": 1})
    change_version(new_token())
    faults.fail("TransactWriteItems")  # stands for a try that was done and never answered

    change_version(new_token())

    assert totals() == {"entries": 1, "kg": Decimal("0.1")}


def test_conditional_update_that_another_made_first_is_a_conflict():
    put_item(tables.CARBON_DATA, {"user_id": "alice", "timestamp": "t", "version": 1})
    change_version(new_token())

    with pytest.raises(Conflict, match="moved"):
        change_version(new_token())

    assert totals() == {"entries": 1, "kg": Decimal("0.1")}
