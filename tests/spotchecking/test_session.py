import pytest
from sittings import WHO, plain_items, sitting

from dataaug.review.items import ReviewVerdict
from dataaug.review.ledger import Ledger

OK, BAD, SKIP = ReviewVerdict("ok"), ReviewVerdict("bad", "nonsense"), ReviewVerdict("skip")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "v.jsonl"


def test_skipped_rows_come_again_in_the_next_sitting_after_the_others(path):
    items = plain_items(4)
    first = sitting(items, path)
    first.put(items[0], SKIP)
    first.put(items[1], OK)
    assert (first.next(), first.decided) == (items[2], 2)
    again = sitting(items, path)
    assert (again.next(), again.decided, again.verdict(items[0])) == (items[2], 1, None)
    again.put(items[2], OK)
    again.put(items[3], OK)
    assert again.next() is items[0]
    again.put(items[0], BAD)
    assert (again.next(), again.decided) == (None, 4)
    assert Ledger.read(str(path)).of(WHO)[items[0].key] == BAD


def test_row_that_is_skipped_twice_does_not_come_a_third_time_in_one_sitting(path):
    items = plain_items(2)
    for _ in range(2):
        own = sitting(items, path)
        for item in items:
            own.put(item, SKIP)
        assert own.next() is None


def test_undo_of_a_verdict_on_a_row_that_was_skipped_before_asks_for_it(path):
    items = plain_items(3)
    sitting(items, path).put(items[0], SKIP)
    again = sitting(items, path)
    again.put(items[0], BAD)
    assert again.undo() is items[0]
    assert again.next() is items[0]
    assert again.verdict(items[0]) is None
    assert again.undo() is None
