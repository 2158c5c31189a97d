"""Shards: the parts of a run, put together, are the bytes of one run."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaug.errors import UsageError
from dataaug.rows.jsonl import Source
from dataaug.rows.shards import Shard, sizes

ROW = b'{"id": "r%d", "text": "the big car number %d started quickly%s", "label": "a"}\n'


@pytest.fixture
def files(tmp_path):
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl.gz"
    one.write_bytes(b"\n".join(ROW % (n, n, b" today" * (n % 7)) for n in range(40)))
    two.write_bytes(gzip.compress(b"".join(ROW % (n, n, b"") for n in range(40, 61)) + b"broken\n"))
    return [str(one), str(two)]


def run(cli, tmp_path, files, shards, *args):
    for number in range(1, shards + 1):
        done = cli("augment", *files, "-m", "swap", "-m", "typo", "-n", 2, "--on-error", "skip",
                   "--shard", f"{number}/{shards}", "-o", tmp_path / f"rows{number}.jsonl",
                   "--rejects", tmp_path / f"rejects{number}.jsonl", *args)  # fmt: skip
        assert done.code == 0, done.err
    return [[tmp_path / f"{part}{number}.jsonl" for number in range(shards, 0, -1)]
            for part in ("rows", "rejects")]  # fmt: skip


def test_merged_shards_are_the_bytes_of_one_run(cli, tmp_path, files):
    rejects = tmp_path / "rejects.jsonl"
    whole = cli("augment", *files, "-m", "swap", "-m", "typo", "-n", 2, "--on-error", "skip",
                "--rejects", rejects)  # fmt: skip
    assert whole.code == 0
    parts = run(cli, tmp_path, files, 3)
    assert cli("merge", *parts[0]).out == whole.out
    assert cli("merge", *parts[1]).out == rejects.read_bytes()


@pytest.mark.parametrize("methods", [("-m", "swap", "-m", "delete"), ()])
def test_auto_chooses_by_all_rows_and_not_by_those_of_a_shard(
    cli, tmp_path, files, methods, monkeypatch
):
    """As for rows of 2,001 in three shards, without so many."""
    monkeypatch.setattr("dataaug.augmentation.eda._EDA_TABLE", ((30, 0.05, 16), (60, 0.05, 8)))
    whole = cli("augment", *files, "--auto", *methods, "--on-error", "skip")
    assert whole.code == 0
    shards = []
    for number in (1, 2, 3):
        shards.append(tmp_path / f"rows{number}.jsonl")
        done = cli("augment", *files, "--auto", *methods, "--on-error", "skip",
                   "--shard", f"{number}/3", "-o", shards[-1])  # fmt: skip
        assert done.code == 0, done.err
        told = [line for line in done.err.splitlines() if b" was chosen: " in line]
        assert told == [line for line in whole.err.splitlines() if b" was chosen: " in line]
    assert cli("merge", *shards).out == whole.out


def test_missing_repeated_changed_and_foreign_shards_are_refused(cli, tmp_path, files):
    (rows, rejects) = run(cli, tmp_path, files, 3)
    missing = cli("merge", *rows[:2])
    assert (missing.code, missing.out) == (2, b"")
    assert b"missing: 1/3" in missing.err
    again = cli("merge", rows[0], str(rows[0]).replace("rows3", "./rows3"), *rows[1:])
    assert again.code == 2
    mixed = cli("merge", *rows[:2], rejects[2])
    assert (mixed.code, mixed.out) == (3, b"")
    rows[1].write_bytes(rows[1].read_bytes()[:-20])
    cut = cli("merge", *rows)
    assert (cut.code, cut.out) == (3, b"")
    assert b"run shard 2/3 again" in cut.err
    other = tmp_path / "other"
    other.mkdir()
    (foreign, _) = run(cli, other, files, 3, "--seed", 5)
    assert cli("merge", rows[0], foreign[1], rows[2]).code == 3
    (tmp_path / "rows1.jsonl.shard.json").unlink()
    assert b"rows1.jsonl.shard.json is missing" in cli("merge", *rows).err


def test_engine_and_workers_make_no_other_run(cli, tmp_path, files):
    (rows, _) = run(cli, tmp_path, files, 2)
    again = cli("augment", *files, "-m", "swap", "-m", "typo", "-n", 2, "--on-error", "skip",
                "--shard", "1/2", "-o", tmp_path / "again.jsonl", "--workers", 2,
                "--rejects", tmp_path / "again_rejects.jsonl")  # fmt: skip
    assert again.code == 0
    assert cli("merge", tmp_path / "again.jsonl", rows[0]).code == 0


@pytest.mark.parametrize("given", ["", "3", "0/2", "3/2", "a/b", "1/0", "-1/2", "1/2/3"])
def test_what_is_no_shard_is_refused(given):
    with pytest.raises(UsageError, match="expected K/N"):
        Shard.parse(given)


def test_shard_of_stdin_or_to_stdout_is_refused(cli, files, tmp_path):
    assert b"needs --output" in cli("augment", *files, "--shard", "1/2").err
    done = cli("augment", "--shard", "1/2", "-o", tmp_path / "x.jsonl", stdin=b'{"text":"a"}\n')
    assert done.code == 2
    assert b"stdin can't be cut" in done.err
    assert not (tmp_path / "x.jsonl").exists()


def test_merge_without_files_is_refused(cli):
    assert cli("merge", stdin=b"{}\n").code == 2


@given(st.lists(st.integers(0, 60), max_size=30), st.integers(1, 9), st.booleans())
def test_every_row_is_in_one_shard_with_its_line_number(tmp_path_factory, lengths, of, end):
    path = tmp_path_factory.mktemp("shards") / "rows.jsonl"
    rows = [b'{"text":"%s"}' % (b"x" * length) for length in lengths]
    path.write_bytes(b"\n".join(rows) + (b"\n" if end and rows else b""))
    total = sum(sizes([str(path)]))
    found = [
        (record.where[1], record.line)
        for number in range(1, of + 1)
        for record in Source((str(path),), span=Shard(number, of).span(total))
    ]
    assert found == list(enumerate(rows, 1))
