"""The cache stays below its limit: what was used least recently goes, and nothing that is read."""

import os
import sqlite3

import numpy as np
import pytest
from test_vectors import Drawn, Memo, right, texts, writer

from dataaug import cache_limit
from dataaug.embedders.vector_store import VectorStore, keys_of
from dataaug.llms import Reply
from dataaug.llms.reply_store import ReplyStore


def files_below(home):
    return sum(path.stat().st_size for path in home.rglob("*") if path.is_file())


def filled(home, count, first=0, model="drawn-1"):
    """Embed texts in steps of 100, about 21 kB each."""
    memo = Memo(Drawn(model), home / "vectors")
    for start in range(first, first + count, 100):
        memo(texts(100, start))
    memo.close()


def asked_again(home, of, model="drawn-1"):
    drawn = Drawn(model)
    assert right(Memo(drawn, home / "vectors")(of), of)
    return drawn.asked


def test_a_cache_of_which_nothing_was_said_has_10_gb(tmp_path, cli):
    assert cache_limit.limit(tmp_path) == 10_000_000_000
    assert b": at most 10.0 GB of vectors and replies\n" in cli("cache", "--cache", tmp_path).out


@pytest.mark.parametrize(
    ("size", "shown"), [("20GB", b"at most 20.0 GB"), ("off", b"no limit"), ("0", b"no limit")]
)
def test_the_limit_is_set_once_for_a_cache(tmp_path, cli, size, shown):
    assert shown in cli("cache", "--cache", tmp_path, "--cache-size", size).out
    assert shown in cli("cache", "--cache", tmp_path).out


def test_what_is_no_size_is_two_and_a_damaged_one_is_the_default(tmp_path, cli):
    done = cli("cache", "--cache", tmp_path, "--cache-size", "much")
    assert (done.code, done.out) == (2, b"")
    assert b"--cache-size 'much': expected a size" in done.err
    (tmp_path / "size.txt").write_bytes(b"\xff\x00")
    assert cache_limit.limit(tmp_path) == cache_limit.DEFAULT_LIMIT


def test_vectors_never_take_much_more_than_the_limit_and_the_newest_stay(tmp_path):
    cache_limit.set_limit(tmp_path, "0.2MB")
    filled(tmp_path, 3000)
    assert files_below(tmp_path) < 250_000
    assert asked_again(tmp_path, texts(500, 2500)) == []
    assert asked_again(tmp_path, texts(10)) == texts(10)


def test_without_a_limit_all_stay(tmp_path):
    cache_limit.set_limit(tmp_path, "off")
    filled(tmp_path, 3000)
    assert asked_again(tmp_path, texts(3000)) == []


def test_vectors_that_were_used_stay_and_those_that_were_not_go(tmp_path):
    cache_limit.set_limit(tmp_path, "off")
    for model in ("used", "old", "new"):
        filled(tmp_path, 100, model=model)
        for path in tmp_path.rglob("vectors/*/*"):
            os.utime(path, (1000, os.path.getmtime(path) - 1000))
    assert asked_again(tmp_path, texts(1), "used") == []
    cache_limit.set_limit(tmp_path, "60000")  # two and a bit
    found = {
        model: bool(asked_again(tmp_path, texts(1), model)) for model in ("used", "old", "new")
    }
    assert found == {"used": False, "old": True, "new": False}


def test_what_a_process_reads_stays_there_for_it(tmp_path):
    filled(tmp_path, 100)
    store = VectorStore(tmp_path / "vectors", "drawn-1\n")
    rows = store.find(keys_of(texts(100)))
    cache_limit.set_limit(tmp_path, "1000")
    assert list(tmp_path.rglob("*.keys")) == []
    out = np.empty((100, 48), np.float32)
    assert len(store.read(rows, out)) == 0
    assert right(out, texts(100))
    store.add(keys_of(["000100"]), Drawn()(["000100"]))  # not into a file without a name
    assert len(list(tmp_path.rglob("*.keys"))) <= 1


def test_processes_that_write_and_remove_at_once_get_right_vectors(tmp_path):
    cache_limit.set_limit(tmp_path, "0.1MB")
    both = [writer(tmp_path / "vectors", first, 40) for first in (0, 1000)]
    for one in both:
        one.communicate()
        assert one.returncode == 0
    assert files_below(tmp_path) < 150_000
    asked_again(tmp_path, texts(3400))


def below(home):
    """Set a limit that is a little too small."""
    cache_limit.set_limit(home, str(cache_limit._kept(home) - 4096))


def kept(home, count, at):
    store = ReplyStore(home)
    for number in range(count):
        store.put(f"{at}-{number}", Reply("r" * 1000, "stop", "", "", "m", ""))
    store.close()
    with sqlite3.connect(home / "replies.sqlite") as base:
        base.execute("UPDATE replies SET at = ? WHERE key LIKE ?", (at, f"{at}-%"))
    base.close()


def test_replies_and_vectors_share_the_limit_and_the_oldest_of_both_go(tmp_path):
    kept(tmp_path, 100, 1000.0)
    filled(tmp_path, 100, model="old")
    for path in tmp_path.rglob("vectors/*/*"):
        os.utime(path, (2000, 2000))
    kept(tmp_path, 100, 3000.0)
    before = (tmp_path / "replies.sqlite").stat().st_size
    below(tmp_path)
    store = ReplyStore(tmp_path)
    assert store.get([f"1000.0-{number}" for number in range(100)]) == {}
    assert len(store.get([f"3000.0-{number}" for number in range(100)])) == 100
    store.close()
    assert (tmp_path / "replies.sqlite").stat().st_size < before
    assert asked_again(tmp_path, texts(1), "old") == []  # the replies were enough
    below(tmp_path)
    assert asked_again(tmp_path, texts(1), "old") == ["000000"]


def test_a_reply_that_is_read_counts_as_used(tmp_path):
    kept(tmp_path, 100, 1000.0)
    kept(tmp_path, 100, 2000.0)
    store = ReplyStore(tmp_path)
    assert len(store.get([f"1000.0-{number}" for number in range(100)])) == 100
    below(tmp_path)
    assert len(store.get([f"1000.0-{number}" for number in range(100)])) == 100
    assert store.get([f"2000.0-{number}" for number in range(100)]) == {}


def test_a_run_that_keeps_many_replies_removes_old_ones_meanwhile(tmp_path, monkeypatch):
    monkeypatch.setattr("dataaug.llms.reply_store._TRIM", 50)
    kept(tmp_path, 100, 1000.0)
    cache_limit.set_limit(tmp_path, str(cache_limit._kept(tmp_path) * 3 // 2))
    store = ReplyStore(tmp_path)
    for number in range(100):
        store.put(f"new-{number}", Reply("r" * 1000, "stop", "", "", "m", ""))
    assert store.get([f"1000.0-{number}" for number in range(100)]) == {}
    assert len(store.get([f"new-{number}" for number in range(100)])) == 100


def test_a_damaged_file_of_replies_is_left_to_who_uses_it(tmp_path):
    (tmp_path / "replies.sqlite").write_bytes(b"no database" * 1000)
    filled(tmp_path, 100)
    cache_limit.set_limit(tmp_path, "1000")
    assert list(tmp_path.rglob("*.keys")) == []
    assert (tmp_path / "replies.sqlite").exists()


def test_searches_that_were_ended_count_and_go_as_a_whole(tmp_path, cli):
    for number, name in enumerate(("older", "newer")):
        folder = tmp_path / "searches" / name
        folder.mkdir(parents=True)
        for part in ("fitted-000000.npz", "placed-000000.npz"):
            (folder / part).write_bytes(bytes(60_000))
            os.utime(folder / part, (1000 + number, 1000 + number))
    assert b"searches" in cli("cache", "--cache", tmp_path).out
    cache_limit.set_limit(tmp_path, "0.2MB")
    assert [path.name for path in (tmp_path / "searches").iterdir()] == ["newer"]
    assert cli("cache", "--cache", tmp_path, "--clear", "searches").code == 0
    assert not (tmp_path / "searches").exists()
