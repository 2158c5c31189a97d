"""Vectors are computed once and kept: whatever runs at once, is killed, changes, or is large."""

import os
import random
import resource
import signal
import stat
import subprocess
import sys
import textwrap
import time
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import real

from dataaug import leakage, machine, splitting
from dataaug.embedders import batches
from dataaug.embedders.memo import Memo
from dataaug.embedders.vector_store import VectorStore, keys_of
from dataaug.errors import MissingError, UsageError
from dataaug.search import pairs


def vector_of(text):
    """A unit vector that a text alone decides, of 48 dimensions."""
    found = np.random.default_rng(int.from_bytes(text.encode()[:6], "big")).normal(size=48)
    return (found / np.linalg.norm(found)).astype(np.float32)


class Drawn:
    """A quick embedder with the promises of a slow one; it notes what it was asked for."""

    name = "drawn"
    tolerance = 1e-5

    def __init__(self, identity="drawn-1"):
        self.identity = identity
        self.asked = []

    def __call__(self, texts, notify=None):  # noqa: ARG002 - the protocol
        self.asked += texts
        return np.array([vector_of(text) for text in texts], np.float32).reshape(-1, 48)

    def exactly(self, texts):
        return self(texts)


def texts(count, start=0):
    return [f"{number:06}" for number in range(start, start + count)]


def right(vectors, of):
    return np.array_equal(vectors, [vector_of(text) for text in of])


def test_what_one_run_has_embedded_the_next_one_reads(tmp_path):
    first, second = Drawn(), Drawn()
    assert right(Memo(first, tmp_path)(texts(50)), texts(50))
    assert right(Memo(second, tmp_path)(texts(60)[::-1]), texts(60)[::-1])
    assert sorted(second.asked) == texts(10, 50)


def test_a_text_that_comes_twice_is_embedded_once_and_kept_once(tmp_path):
    drawn = Drawn()
    memo = Memo(drawn, tmp_path)
    assert right(memo(["000001", "000002", "000001"]), ["000001", "000002", "000001"])
    memo(["000002"])
    assert drawn.asked == ["000001", "000002"]
    (size,) = [path.stat().st_size for path in tmp_path.rglob("*.vectors")]
    assert size == 2 * 48 * 4


def test_another_model_never_gets_the_old_vectors(tmp_path):
    Memo(Drawn(), tmp_path)(texts(5))
    other = Drawn("drawn-2")
    Memo(other, tmp_path)(texts(5))
    assert other.asked == texts(5)


def test_exact_vectors_are_kept_apart_from_those_of_a_call(tmp_path):
    drawn = Drawn()
    memo = Memo(drawn, tmp_path)
    memo(texts(3))
    memo.exactly(texts(3))
    memo.exactly(texts(3))
    assert drawn.asked == texts(3) + texts(3)


def test_without_a_folder_or_an_identity_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    assert right(Memo(Drawn())(texts(9)), texts(9))
    quick = Memo(Drawn(identity=""), tmp_path / "vectors")
    assert right(quick(texts(9)), texts(9))
    assert right(quick(texts(9)), texts(9))
    assert list(tmp_path.rglob("*")) == [tmp_path / "temporary"]


def test_only_the_owner_can_read_the_vectors(tmp_path):
    old = os.umask(0)
    try:
        Memo(Drawn(), tmp_path / "vectors")(texts(1))
    finally:
        os.umask(old)
    for path in [tmp_path / "vectors", *(tmp_path / "vectors").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_half_written_end_is_cut_off_and_what_was_whole_stays(tmp_path):
    Memo(Drawn(), tmp_path)(texts(20))
    for name, bytes_ in (("*.vectors", 1000), ("*.keys", 7)):
        (path,) = tmp_path.rglob(name)
        with path.open("ab") as stream:
            stream.write(b"\xff" * bytes_)
    again = Drawn()
    memo = Memo(again, tmp_path)
    assert right(memo(texts(30)), texts(30))
    assert sorted(again.asked) == texts(10, 20)
    last = Drawn()
    assert right(Memo(last, tmp_path)(texts(30)), texts(30))
    assert last.asked == []


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    sys.path.insert(0, {here!r})
    from test_vectors import Drawn, Memo, texts
    first, step = int(sys.argv[2]), int(sys.argv[3])
    memo = Memo(Drawn(), Path(sys.argv[1]))
    for start in range(first, first + 60 * step, step):
        memo(texts(step, start))
        print(start, flush=True)
    """
).format(here=os.path.dirname(__file__))


def writer(place, first, step):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, place, str(first), str(step)], stdout=subprocess.PIPE
    )


def test_two_processes_write_at_once_and_each_vector_is_there_and_right(tmp_path):
    both = [
        writer(tmp_path, first, 40) for first in (0, 1000)
    ]  # rows 1000 to 2400 are wanted twice
    for one in both:
        one.communicate()
        assert one.returncode == 0
    after = Drawn()
    assert right(Memo(after, tmp_path)(texts(3400)), texts(3400))
    assert after.asked == []
    (keys,) = tmp_path.rglob("*.keys")
    assert keys.stat().st_size == 3400 * 20


def test_a_run_may_be_killed_anywhere_and_goes_on_from_there(tmp_path):
    chance = random.Random(2)
    for _ in range(4):
        one = writer(tmp_path, 0, 500)
        assert one.stdout is not None
        one.stdout.readline()
        time.sleep(chance.random() / 20)
        one.send_signal(signal.SIGKILL)
        one.communicate()
    after = Drawn()
    store = Memo(after, tmp_path)
    assert right(store(texts(3000)), texts(3000))
    assert len(after.asked) <= 2500


def test_a_full_disk_is_said_and_what_was_kept_stays(tmp_path):
    memo = Memo(Drawn(), tmp_path)
    memo(texts(100))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, limits[1]))
    try:
        with pytest.raises(MissingError, match=r"cache of vectors .* failed: .*--cache off"):
            memo(texts(500))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, old)
    after = Drawn()
    assert right(Memo(after, tmp_path)(texts(500)), texts(500))
    assert len(after.asked) == 400


def test_a_folder_that_can_not_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MissingError, match="--cache DIR"):
        Memo(Drawn(), tmp_path / "file" / "below")(["a"])


def test_keys_that_share_their_first_half_are_told_apart(tmp_path):
    store = VectorStore(tmp_path, "x")
    keys = np.array([[1, 1], [1, 2], [2, 1], [1, 3]], np.uint64)
    store.add(keys, np.eye(4, dtype=np.float32))
    assert store.find(keys[::-1]).tolist() == [3, 2, 1, 0]
    assert store.find(np.array([[1, 9], [0, 1], [3, 1]], np.uint64)).tolist() == [-1, -1, -1]


def test_texts_with_half_a_character_have_keys_of_their_own():
    assert len({tuple(key) for key in keys_of(["a\ud800", "a\ud801", "a?"])}) == 3


def test_beyond_the_memory_that_is_allowed_vectors_stay_on_the_disk_and_are_the_same(tmp_path):
    memo = Memo(Drawn(), tmp_path, memory=48 * 4 * 100)
    assert isinstance(memo.stored(texts(100)), np.ndarray)
    many = memo.stored(texts(400))
    assert not isinstance(many, np.ndarray)
    assert (len(many), many.shape) == (400, (400, 48))
    assert right(many[:], texts(400))
    assert right(many[390:], texts(10, 390))
    assert right(many[np.array([7, 399, 7])], ["000007", "000399", "000007"])
    assert many[:0].shape == (0, 48)
    assert memo.tolerance == 1e-5
    assert right(memo(texts(400)), texts(400))  # who needs them all has them
    assert memo.stored([]).shape == (0, 48)


def test_vectors_on_the_disk_give_the_pairs_of_those_in_memory(tmp_path):
    some = texts(300)
    whole = pairs.inner_pairs(Memo(Drawn(), tmp_path)(some), 0.3)
    assert len(whole[0]) > 100
    found = pairs.inner_pairs(Memo(Drawn(), tmp_path, memory=1).stored(some), 0.3)
    assert all(map(np.array_equal, found, whole))


def test_of_vectors_on_the_disk_no_more_are_held_than_are_looked_at(tmp_path):
    stored = Memo(Drawn(), tmp_path, memory=1).stored(texts(20_000))
    tracemalloc.start()
    try:
        for start in range(0, 20_000, 1_000):
            assert stored[start : start + 1_000].shape == (1_000, 48)
        assert tracemalloc.get_traced_memory()[1] < 20_000 * 48 * 4 / 4
    finally:
        tracemalloc.stop()


class Blurred(Drawn):
    """Vectors of a quick runtime: beside the exact ones, by what it says at most."""

    tolerance = 0.001

    def __init__(self, blur):
        super().__init__(identity=f"blurred-{blur}")
        self.blur = blur

    def exactly(self, texts):
        angles = np.array([int(text) / 500 for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    def __call__(self, texts, notify=None):  # noqa: ARG002
        noise = np.random.default_rng(self.blur).normal(size=len(texts))
        angles = [int(text) / 500 for text in texts] + 0.004 * np.clip(noise, -2, 2)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.mark.parametrize("memory", [0, 1])
def test_verdicts_are_those_of_the_exact_vectors_whatever_runs_the_model(memory):
    """Neither noise within the tolerance nor vectors on the disk change who is alike."""
    chance = random.Random(5)
    rows = [real(str(chance.randrange(1500)), id=str(n)) for n in range(120)]
    left, right = rows[:60], rows[60:]
    exact = Blurred(0).exactly([row.text for row in rows]).astype(np.float64)
    twins = ((exact[:60] @ exact[60:].T) >= 0.9999).any(axis=0)
    assert 5 < twins.sum() < 60
    parts = []
    for blur in range(4):
        embed = Memo(Blurred(blur), memory=memory)
        found = leakage.Evaluation(right).with_near_duplicates(left, embed, 0.9999)
        assert found.tolist() == twins.tolist()
        groups = splitting.grouped(rows, embed, 0.9999, lambda *_: None, Counter())
        parts.append(groups)
    assert parts[1:] == parts[:-1]


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 1200))
def test_batches_hold_each_row_once_and_no_more_tokens_than_allowed(lengths, budget):
    made = batches.plan(lengths, 256, budget)
    assert sorted(row for batch in made for row in batch.rows) == list(range(len(lengths)))
    for batch in made:
        assert all(lengths[row] <= batch.length < lengths[row] + batches.STEP for row in batch.rows)
        assert batch.length * len(batch.rows) <= budget or len(batch.rows) == 1
        assert batch.length * (len(batch.rows) + batch.fill) >= 16


@given(st.integers(1, 300), st.lists(st.integers(1, 300)))
def test_the_length_that_a_text_is_padded_to_depends_on_no_other_text(length, others):
    def of(lengths):
        return next(b.length for b in batches.plan(lengths, 256) if len(lengths) - 1 in b.rows)

    assert of([*others, length]) == of([length])


def test_no_more_threads_than_the_control_group_gives_time_for(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "cpu.max").write_text("max 100000\n")
    assert machine._quota(tmp_path, "a/b") is None
    (tmp_path / "a" / "cpu.max").write_text("150000 100000\n")
    assert machine._quota(tmp_path, "a/b") == 1.5
    assert machine._quota(tmp_path, "nowhere") is None


def test_threads_follow_what_the_environment_asks_for(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert machine.threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    assert machine.threads() >= 1


@pytest.mark.parametrize(
    ("text", "bytes_"), [("4GB", 4e9), ("500MB", 5e8), ("0.5G", 5e8), ("1tb", 1e12), ("123", 123)]
)
def test_sizes_are_read_as_people_write_them(text, bytes_):
    assert machine.memory_size(text) == bytes_


@pytest.mark.parametrize("text", ["", "0", "-1GB", "much", "4XB", "GB"])
def test_what_is_no_size_is_an_error(text):
    with pytest.raises(UsageError, match="4GB"):
        machine.memory_size(text)


def test_some_memory_is_free():
    assert machine.free_memory() > 1 << 20
