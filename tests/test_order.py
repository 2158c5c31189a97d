"""Rows are put in the same order with numpy and without."""

import random
from array import array

import pytest

from dataaug.rows import order


@pytest.fixture(params=[0, 10**9], ids=["numpy", "plain"], autouse=True)
def many(request, monkeypatch):
    monkeypatch.setattr(order, "_MANY", request.param)


def test_rows_of_equal_keys_stay_as_they_are():
    draw = random.Random(1)
    keys = array("q", (draw.choice([-(2**62), -1, 0, 3, 2**62]) for _ in range(200)))
    rows = array("q", draw.sample(range(200), 150))
    found = order.ordered_by_key(rows, keys)
    assert found.typecode == "q"
    assert list(found) == sorted(rows, key=lambda row: keys[row])


def test_no_rows():
    assert list(order.ordered_by_key(array("q"), array("q"))) == []
    assert list(order.repeated(array("q"))) == []


def test_repeated_names_by_their_places():
    names = array("q", [5, -7, 5, 9, -7, 5, 1])
    assert list(order.repeated(names)) == [[1, 4], [0, 2, 5]]
    assert list(order.repeated(array("q", [3, 1, 2]))) == []
