"""mix counts the same row of two inputs once, and says what became of every other one."""

from collections import Counter
from pathlib import Path

import orjson
import pytest
from making import as_bytes, kept, made, real, rejected

from dataaug.mixing import Mixing, mix
from dataaug.rows.jsonl import Source
from dataaug.rows.report import Report

ALL = Mixing(0.5)


def write(path, rows):
    path.write_bytes(as_bytes(rows))
    return str(path)


@pytest.fixture
def files(tmp_path):
    """Return a file of real rows, and the same rows with one variant of each behind it."""
    rows = [real(f"real text {n}", "xy"[n % 2], id=f"r{n}") for n in range(20)]
    more = [
        row
        for n, parent in enumerate(rows)
        for row in (parent, made(f"made text {n}", parent.label, parent=parent, id=f"m{n}"))
    ]
    return write(tmp_path / "train.jsonl", rows), write(tmp_path / "train_aug.jsonl", more)


def run(*paths, origin="auto"):
    """Mix files and return the lines that were kept, the rejects and the report."""
    report = Report("mix")
    records = report.reading(Source(paths, origin=origin))
    outcomes = list(mix(records, ALL, report=report))
    for outcome in outcomes:
        report.count(outcome)
    assert report.balanced
    return Counter(row.line for row in kept(outcomes)), rejected(outcomes), report


def test_rows_that_every_verb_passes_through_are_not_doubled(files):
    alone, _, _ = run(files[1])
    for paths in (files, files[::-1]):
        both, gone, report = run(*paths)
        assert both == alone
        assert max(both.values()) == 1
        assert Counter(reject.reason for reject in gone) == {"same_row": 20}
        assert all(reject.record.is_real for reject in gone)
        assert report.warnings == []


def test_a_file_that_is_named_twice_counts_once(files):
    assert run(files[1], files[1])[0] == run(files[1])[0]


def test_a_file_of_one_row_that_is_named_twice_counts_once(tmp_path):
    path = write(tmp_path / "one.jsonl", [real("one", "x", id="a")])
    assert sum(run(path, path)[0].values()) == 1


def test_rows_without_ids_are_the_same_by_their_content_in_any_order_of_keys(tmp_path):
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_bytes(b'{"text":"a","n":1.10}\n{"text":"b"}\n')
    other.write_bytes(b'{ "n": 1.1, "text": "\\u0061" }\n{"text":"c"}\n')
    rows = [run(*map(str, paths))[0] for paths in ((one, other), (other, one))]
    assert rows[0] == rows[1]
    assert sum(rows[0].values()) == 3


def test_rows_that_share_an_id_but_differ_are_no_same_row(tmp_path):
    one = write(tmp_path / "one.jsonl", [real("a text", "x", id="a")])
    other = write(tmp_path / "other.jsonl", [real("another text", "x", id="a")])
    found, gone, report = run(one, other)
    assert (len(found), gone) == (2, [])
    assert "1 rows carry an id that a row with other content has" in "\n".join(report.warnings)


def test_equal_rows_inside_one_file_are_kept_and_warned_of(tmp_path):
    row, other = real("thanks", "x"), real("bye", "x", id="b")
    path = write(tmp_path / "one.jsonl", [row, row, other, other])
    found, gone, report = run(path)
    assert found == {row.line: 2, other.line: 2}
    assert gone == []
    assert "2 rows equal another row of their own input and were kept" in "\n".join(report.warnings)
    single = write(tmp_path / "two.jsonl", [row])
    for paths in ((path, single), (single, path)):
        found, gone, _ = run(*paths)
        assert found == {row.line: 2, other.line: 2}
        assert [reject.reason for reject in gone] == ["same_row"]


def test_in_a_stream_a_row_with_an_id_counts_once_and_one_without_is_kept(cli, files):
    train, both = (Path(path).read_bytes() for path in files)
    done = cli("mix", "--ratio", "50:50", stdin=train + both)
    assert Counter(done.lines) == run(files[1])[0]
    assert b"same_row 20" in done.err
    assert b"carry an id" not in done.err
    plain = b'{"text":"thanks"}\n'
    done = cli("mix", "--ratio", "50:50", stdin=plain + plain)
    assert done.out == plain * 2
    assert b"1 rows equal another row of their own input" in done.err


def test_synthetic_rows_that_come_twice_count_once(files, tmp_path):
    lines = Path(files[1]).read_bytes().splitlines(keepends=True)
    again = tmp_path / "again.jsonl"
    again.write_bytes(b"".join(line for line in lines if b"_aug" in line))
    found, gone, _ = run(files[1], str(again))
    assert found == run(files[1])[0]
    assert Counter((r.reason, r.record.is_real) for r in gone) == {("same_row", False): 20}


def test_a_real_row_among_rows_taken_as_synthetic_is_the_real_row(cli, files, tmp_path):
    rejects = tmp_path / "rejects.jsonl"
    for place in (("--synthetic", files[1]), ("--synthetic", files[0])):
        done = cli("mix", files[0], *place, "--ratio", "50:50", "--rejects", rejects)
        texts = Counter(row["text"] for row in done.rows)
        assert max(texts.values()) == 1
        assert all("_aug" not in row for row in done.rows if row["text"].startswith("real"))
        gone = [orjson.loads(line) for line in rejects.read_bytes().splitlines()]
        assert {row["_reject"]["reason"] for row in gone} == {"same_row"}
        assert len(gone) == 20


def test_python_callers_hand_over_one_stream():
    rows = [real("a", "x", id="a"), real("b", "x", id="b"), real("c", "x"), real("c", "x")]
    found = kept(mix([*rows, rows[0]], ALL))
    assert Counter(row.text for row in found) == {"a": 1, "b": 1, "c": 2}
