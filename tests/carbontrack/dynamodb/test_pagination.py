import pytest

from carbontrack.dynamodb import Attr, InvalidCursor, Key, batch_write, count_requests, query_page, tables
from carbontrack.dynamodb.pagination import MAX_CURSOR_CHARACTERS

pytestmark = pytest.mark.dynamodb


def store(count, user_id="alice"):
    batch_write(
        tables.CARBON_DATA,
        puts=[
            {"user_id": user_id, "timestamp": f"{number:04d}", "number": number, "organization_id": "acme"}
            for number in range(count)
        ],
    )


def page(cursor=None, user_id="alice", page_size=3, scope=None, **options):
    options.setdefault("decode", lambda item: int(item["number"]["N"]))
    return query_page(
        tables.CARBON_DATA,
        Key("user_id").eq(user_id),
        scope=scope or ["entries", user_id],
        page_size=page_size,
        cursor=cursor,
        **options,
    )


def all_pages(**options):
    pages = [page(**options)]
    while pages[-1].next_cursor is not None:
        pages.append(page(pages[-1].next_cursor, **options))
    return [found.items for found in pages]


def test_pages_follow_each_other_to_the_end():
    store(7)

    assert all_pages() == [(0, 1, 2), (3, 4, 5), (6,)]
    assert all_pages(forward=False) == [(6, 5, 4), (3, 2, 1), (0,)]


def test_last_page_that_is_full_has_no_next():
    store(6)

    assert all_pages() == [(0, 1, 2), (3, 4, 5)]


def test_nothing_is_one_empty_page():
    assert all_pages() == [()]


@pytest.mark.parametrize("count", [1, 3])
def test_page_without_filter_is_one_request(count):
    store(count)

    with count_requests() as meter:
        page()

    assert meter.count == 1


def test_filtered_pages_are_filled_and_lose_nothing():
    store(60)

    pages = all_pages(filter=Attr("number").gte(20) & Attr("number").lt(24))

    assert [number for items in pages for number in items] == [20, 21, 22, 23]
    assert pages[0] == (20, 21, 22)


def test_what_only_python_can_judge_is_left_out_of_full_pages():
    store(20)

    pages = all_pages(keep=lambda number: number % 5 == 0)
    same = all_pages(decode=lambda item: number if (number := int(item["number"]["N"])) % 5 == 0 else None)

    assert pages == [(0, 5, 10), (15,)]
    assert same == [(0, 5, 10), (15,)]


def test_budget_ends_the_search_with_a_cursor_to_go_on():
    store(300)
    rare = {"filter": Attr("number").eq(299), "budget": 2}

    with count_requests() as meter:
        first = page(**rare)

    assert first.items == ()
    assert first.next_cursor is not None
    assert meter.count == 2
    assert [number for items in all_pages(**rare) for number in items] == [299]


def test_pages_of_an_index_follow_each_other():
    store(3)
    store(2, user_id="bob")

    def work(cursor):
        return query_page(
            tables.CARBON_DATA,
            Key("organization_id").eq("acme"),
            index="OrganizationIndex",
            scope=["work", "acme"],
            page_size=2,
            decode=lambda item: (item["timestamp"]["S"], item["user_id"]["S"]),
            cursor=cursor,
        )

    pages = [work(None)]
    while pages[-1].next_cursor is not None:
        pages.append(work(pages[-1].next_cursor))

    assert sorted(entry for found in pages for entry in found.items) == [
        ("0000", "alice"),
        ("0000", "bob"),
        ("0001", "alice"),
        ("0001", "bob"),
        ("0002", "alice"),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"user_id": "bob"},
        {"scope": ["entries", "alice", "energy"]},
        {"scope": ["entriesalice"]},
        {"forward": False},
    ],
)
def test_cursor_opens_only_the_query_it_came_from(options):
    store(4)
    store(4, user_id="bob")
    cursor = page().next_cursor

    with pytest.raises(InvalidCursor):
        page(cursor, **options)


@pytest.mark.parametrize(
    "cursor", ["x", "WyJhbGljZSIsIjAwMDIiXQ", "a:b", "é", "x" * (MAX_CURSOR_CHARACTERS + 1)]
)
def test_made_up_cursor_is_refused(cursor):
    with pytest.raises(InvalidCursor):
        page(cursor)


def test_cursor_that_was_tampered_with_is_refused():
    store(4)
    cursor = page().next_cursor

    with pytest.raises(InvalidCursor):
        page("X" + cursor[1:])
