"""A search that is ended goes on from what its journal has, and comes to the same bytes."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from dataaug import sessions
from dataaug.search import dedup, journal, kmeans
from dataaug.search.dedup import PairRule
from dataaug.sessions import Session

SCRIPT = """
import os, signal, sys
import numpy as np
from dataaug.filtering.checks import near_duplicate
from dataaug.search import journal, kmeans, partitions
near_duplicate.JOURNALED = 1
kmeans.WORTH, kmeans._TRIED = 1, 64
partitions._BLOCK, journal.EACH, journal.BATCH = 64, 2, 2_000
add, left = journal.SearchJournal.add, [int(sys.argv.pop(1))]

def last(*args, **arrays):
    add(*args, **arrays)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)

journal.SearchJournal.add = last
from dataaug.__main__ import main
main()
"""
"""`filter`, which journals small searches in small parts and is killed after so many of them."""


def arguments(folder, name, cache):
    return ["filter", str(folder / "in.jsonl"), "--check", "near-duplicate", "--include-real",
            "-p", "near-duplicate.embedder=hashing", "--rejects", str(folder / f"{name}.rejects"),
            "--cache", cache, "-o", str(folder / name)]  # fmt: skip


def killed(folder, parts):
    """Run it; return its exit code and whether it said that it goes on."""
    given = arguments(folder, "killed", str(folder / "cache"))
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(parts), *given], capture_output=True,
                          text=True, check=False)  # fmt: skip
    return done.returncode, "taken up again" in done.stderr


def test_a_filter_that_is_killed_time_and_again_writes_the_same_bytes(cli, tmp_path):
    rng = np.random.default_rng(4)
    texts = [" ".join(f"w{n}" for n in rng.integers(0, 500, 12)) for _ in range(500)]
    texts += [f"{text} too" for text in texts[::5]]
    rows = (f'{{"id":"{n}","text":"{text}","label":"a"}}\n' for n, text in enumerate(texts))
    (tmp_path / "in.jsonl").write_text("".join(rows))
    assert cli(*arguments(tmp_path, "plain", "off")).code == 0
    assert killed(tmp_path, 3) == (-signal.SIGKILL, False)  # on the way of placing
    assert killed(tmp_path, 6) == (-signal.SIGKILL, True)  # and of comparing
    assert killed(tmp_path, 0) == (0, True)
    for end in ("", ".rejects"):
        assert (tmp_path / f"killed{end}").read_bytes() == (tmp_path / f"plain{end}").read_bytes()
    assert (tmp_path / "killed.rejects").stat().st_size
    assert not list((tmp_path / "cache" / "searches").iterdir())


@pytest.fixture
def small(monkeypatch):
    """Parts of a few rows, and vectors that have near ones."""
    monkeypatch.setattr("dataaug.search.partitions._BLOCK", 64)
    monkeypatch.setattr(journal, "EACH", 2)
    monkeypatch.setattr(journal, "BATCH", 2_000)
    rng = np.random.default_rng(1)
    found = rng.normal(size=(150, 16))[rng.integers(0, 150, 700)] + rng.normal(size=(700, 16)) * 0.2
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def chosen(vectors, kept, probes=0):
    placed = kmeans.fit_partitions([vectors], 0.9, 6, probes, kept).place(
        vectors, probes, journal=kept
    )
    rule = PairRule(0.9, lambda i, _: np.full(len(i), 0.9))
    choice = dedup.keep_first(placed, rule, most=100_000, journal=kept)
    return [choice.of, choice.score, *choice.pairs, placed.certified, np.array(choice.products)]


def same(one, other):
    return all(np.array_equal(mine, yours) for mine, yours in zip(one, other, strict=True))


class StoppedError(Exception):
    pass


def stop_after(monkeypatch, parts):
    """Let the journal end the search behind its next parts."""
    add, left = journal.SearchJournal.add, [parts]

    def last(self, step, **arrays):
        add(self, step, **arrays)
        left[0] -= 1
        if not left[0]:
            raise StoppedError

    monkeypatch.setattr(journal.SearchJournal, "add", last)


def run(tmp_path, vectors, probes=0):
    with journal.journaled(tmp_path, vectors, "some") as kept:
        return chosen(vectors, kept, probes)


def stopped(monkeypatch, parts, tmp_path, vectors, probes=0):
    """Run a search that comes to so many parts, and no further."""
    with monkeypatch.context() as patch:
        stop_after(patch, parts)
        with pytest.raises(StoppedError):
            run(tmp_path, vectors, probes)


@pytest.mark.parametrize("probes", [0, 2])
def test_a_search_goes_on_from_any_part(tmp_path, monkeypatch, small, probes):
    plain = chosen(small, None, probes)
    for parts in (1, 2, 4, 7, 12):
        stopped(monkeypatch, parts, tmp_path, small, probes)
        assert list(tmp_path.glob("*/*.npz"))
        assert same(run(tmp_path, small, probes), plain)
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "empty"])
@pytest.mark.parametrize("step", ["fitted", "placed", "compared"])
def test_what_is_damaged_is_done_again(tmp_path, monkeypatch, small, step, damage):
    stopped(monkeypatch, 12, tmp_path, small)
    path = min(tmp_path.glob(f"*/{step}-*.npz"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    whole = bytes(content)
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"cut": whole[: len(whole) // 3], "changed": whole, "empty": b""}[damage])
    assert same(run(tmp_path, small), chosen(small, None))


def test_other_vectors_and_other_settings_begin_anew(tmp_path, monkeypatch, small):
    stopped(monkeypatch, 9, tmp_path, small)
    other = small.copy()
    other[-1, -1] += np.float32(1e-7)
    with journal.journaled(tmp_path, other, "some") as kept:
        assert not kept.begun
    with journal.journaled(tmp_path, small, "other") as kept:
        assert not kept.begun
    with journal.journaled(tmp_path, small, "some") as kept:
        assert kept.begun


def test_of_two_searches_at_a_time_one_keeps_a_journal(tmp_path, small):
    with journal.journaled(tmp_path, small, "") as one:
        with journal.journaled(tmp_path, small, "") as other:
            assert (one is None, other is None) == (False, True)
        assert same(chosen(small, one), chosen(small, None))


def test_without_a_journal_where_its_folder_is_none(tmp_path, small):
    heard = []
    file = tmp_path / "file"
    file.touch()
    with sessions.active(Session(heard=heard.append)), journal.journaled(file, small, "") as kept:
        assert kept is None
    assert heard == [
        f"{next(iter(heard)).partition(': ')[0]}: Not a directory; the search can't be taken up "
        "again if it is ended"
    ]


def test_a_full_disk_ends_the_journal_and_not_the_search(tmp_path, monkeypatch, small):
    heard, many = [], [0]
    savez = np.savez

    def full(*args, **arrays):
        many[0] += 1
        if many[0] > 5:
            raise OSError(28, "No space left on device")
        savez(*args, **arrays)

    monkeypatch.setattr(np, "savez", full)
    with sessions.active(Session(heard=heard.append)):
        assert same(run(tmp_path, small), chosen(small, None))
    assert len(heard) == 1
    assert "No space left on device; the search goes on" in heard[0]
    assert (many, list(tmp_path.iterdir())) == ([6], [])


def test_pairs_that_are_too_many_are_kept_no_more(tmp_path, monkeypatch, small):
    add, steps = journal.SearchJournal.add, []

    def noted(self, step, **arrays):
        steps.append(step)
        add(self, step, **arrays)

    monkeypatch.setattr(journal.SearchJournal, "add", noted)
    run(tmp_path, small)
    many = steps.count("compared")
    monkeypatch.setattr(journal, "_A_ROW", 0)
    steps.clear()
    assert same(run(tmp_path, small), chosen(small, None))
    assert many > 5 > steps.count("compared")
