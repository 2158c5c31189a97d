"""What a row costs in memory: verbs that hold all rows hold them on the disk."""

import gc
import tracemalloc
from random import Random

import pytest
from making import made, real

from dataaug.balancing.makers import oversample
from dataaug.balancing.run import Balancing, balance
from dataaug.comparison.run import Comparing, compare
from dataaug.engines import settle
from dataaug.plugins import Spec
from dataaug.review.run import Spotcheck, Spotchecking

FEW, MANY = 2_000, 10_000
LEAST = 300
"""Bytes a row; a parsed row alone takes 1,300."""


def rows(count, *, synthetic):
    """Return rows of 12 words and 20 labels, made one by one."""
    chance = Random(count)
    for number in range(count):
        text = " ".join(f"w{chance.randrange(5_000)}" for _ in range(12))
        label = f"label {chance.randrange(20)}"
        if synthetic and number % 2:
            yield made(text, label, name=f"m{number}")
        else:
            yield real(text, label, id=f"r{number}")


def balanced(count):
    for _ in balance(
        rows(count, synthetic=True), Balancing(), {"oversample": oversample(lambda _: True, 0)}
    ):
        pass


def checked(count):
    every = (made(row.text, row.label, name=row.id) for row in rows(count, synthetic=False))
    spot = Spotcheck(every, Spotchecking(), real=rows(count, synthetic=False))
    for _ in spot.rows({}):
        pass


def compared(count):
    compare(rows(count, synthetic=True), Comparing((Spec("length"),), cap=100))


def peak(verb, count):
    tracemalloc.start()
    try:
        verb(count)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def settled():
    """Collect cycles as rarely as commands do."""
    before = gc.get_threshold()
    settle()
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("verb", [balanced, checked, compared])
def test_a_row_takes_little_memory(verb):
    verb(200)  # loads what it loads
    growth = (peak(verb, MANY) - peak(verb, FEW)) / (MANY - FEW)
    assert growth < LEAST
