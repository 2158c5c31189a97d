"""What a row costs in memory: verbs that hold all rows hold them on the disk."""

import gc
import tracemalloc
from random import Random

import numpy as np
import pytest
from making import made, real

from dataaug import embedders
from dataaug.balancing.makers import oversample
from dataaug.balancing.run import Balancing, balance
from dataaug.comparison.run import Comparing, compare
from dataaug.embedders import memo, vector_store
from dataaug.engines import settle
from dataaug.plugins import Spec
from dataaug.review.run import Spotcheck, Spotchecking
from dataaug.search import partitions
from dataaug.splitting import Splitting, split

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


class Spread:
    """A quick embedder of 512 numbers: texts are numbers, and no two are alike."""

    name, identity, tolerance = "spread", "", 0.0
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 512)

    def __call__(self, texts, notify=None):  # noqa: ARG002 - the protocol
        found = np.cos(np.outer([float(text) for text in texts], self.angles))
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    exactly = __call__


def parted(count):
    given = (real(str(number), "label", id=f"r{number}") for number in range(count))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(embedders, "shared", lambda _: memo.Memo(Spread(), memory=1))
        assert len(split(given, Splitting(embedder=Spec("hashing"))).test) == count // 5


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


@pytest.mark.usefixtures("settled")
def test_a_row_of_split_takes_less_than_half_of_its_vector(monkeypatch):
    """512 numbers of 4 bytes stay on the disk; bound vectors, texts, ids and links do not."""
    monkeypatch.setattr(partitions, "_BLOCK", 128)  # what is held for speed does not grow
    monkeypatch.setattr(memo, "_CHUNK", 128)
    monkeypatch.setattr(vector_store, "_STEP", 128)
    parted(200)
    few, many = 4_600, 7_000  # fewer rows are their own bound vectors
    assert (peak(parted, many) - peak(parted, few)) / (many - few) < 1_000
