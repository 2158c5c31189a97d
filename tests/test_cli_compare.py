import os
import select

import orjson
import pytest
from making import as_bytes
from sentences import real_rows, synthetic_rows

OPTIONS = ("--embedder", "hashing")
KEYS = {"measure", "scope", "label", "method", "real", "synthetic", "split_half", "difference",
        "limit", "verdict", "made_by", "message", "rows", "detail"}  # fmt: skip


def lower(text, _):
    return text.lower()


@pytest.fixture(scope="module")
def rows():
    return as_bytes(real_rows(120) + synthetic_rows(lower, count=120))


def test_findings_go_to_stdout_and_the_table_to_stderr(cli, rows):
    done = cli("compare", *OPTIONS, stdin=rows)
    assert done.code == 0
    assert all(set(row) == KEYS for row in done.rows)
    starts = next(r for r in done.rows if (r["measure"], r["scope"]) == ("casing.starts", "all"))
    assert starts["verdict"] == "off"
    assert b"casing.starts" in done.err
    assert b"120 real rows, 120 synthetic" in done.err
    assert b"\x1b" not in done.err


def test_a_terminal_gets_no_json_between_the_table_and_the_person(cli, rows):
    screen, slave = os.openpty()
    try:
        done = cli("compare", "--measure", "length", stdin=rows, stdout=slave)
        assert done.code == 0, done.err
        assert not select.select([screen], [], [], 0)[0]
        assert b"--output FILE keeps all numbers" in done.err
    finally:
        os.close(screen)
        os.close(slave)


def test_the_order_of_rows_and_the_hash_seed_change_no_byte(cli, rows):
    backwards = b"\n".join(rows.strip().split(b"\n")[::-1]) + b"\n"
    one = cli("compare", *OPTIONS, stdin=rows)  # a fork has a seed that each run of tests draws
    two = cli("compare", *OPTIONS, stdin=backwards, env={"PYTHONHASHSEED": "271828"})
    assert one.out == two.out != b""


def test_a_broken_limit_fails_after_everything_is_written(cli, rows, tmp_path):
    out, report = tmp_path / "findings.jsonl", tmp_path / "report.json"
    done = cli("compare", "--measure", "detector", "--measure", "casing", "--fail-above", "auc=0.6",
               "--fail-above", "off=9", "-o", out, "--report", report, stdin=rows)  # fmt: skip
    assert done.code == 1
    assert done.out == b""
    assert b"detector.auc is" in done.err
    assert len(out.read_bytes().splitlines()) > 2
    assert orjson.loads(report.read_bytes())["rows"]["read"] == 240


def test_a_kept_limit_passes(cli, rows):
    done = cli("compare", "--measure", "length", "--fail-above", "length.words=50", stdin=rows)
    assert done.code == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--fail-above", "f1=0.5"), b"choose from off, auc"),
        (("--fail-above", "auc=high"), b"expected KEY=NUMBER"),
        (("--by", "method"), b"choose from label, none"),
        (("--measure", "smell"), b"unknown measure 'smell'"),
        (("-p", "detector.folds=3"), b"has no option 'folds'"),
    ],
)
def test_bad_usage_is_exit_2_and_says_what_is_known(cli, rows, given, said):
    done = cli("compare", *given, stdin=rows)
    assert (done.code, done.out) == (2, b"")
    assert said in done.err


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        (as_bytes(real_rows(5)), b"no synthetic rows among 5"),
        (as_bytes(synthetic_rows(count=5)), b"no real rows among 5"),
        (b"", b"<stdin>: compare found no rows there"),
        (b"{}\n", b"no field 'text'"),
    ],
)
def test_bad_rows_are_exit_3(cli, stdin, said):
    done = cli("compare", "--measure", "length", stdin=stdin)
    assert (done.code, done.out) == (3, b"")
    assert said in done.err


def test_foreign_rows_are_compared_with_a_file_of_real_ones(cli, tmp_path):
    path = tmp_path / "real.jsonl"
    path.write_bytes(as_bytes(real_rows(60)))
    foreign = as_bytes(real_rows(60, seed=9))
    done = cli("compare", "--measure", "length", "--origin", "synthetic", "--real", path,
               stdin=foreign)  # fmt: skip
    assert done.code == 0
    assert {row["verdict"] for row in done.rows if row["scope"] == "all"} == {"ok"}


def test_a_handful_of_rows_says_that_nothing_can_be_said(cli):
    done = cli("compare", *OPTIONS, stdin=as_bytes(real_rows(4) + synthetic_rows(count=4)))
    assert done.code == 0
    assert {row["verdict"] for row in done.rows} == {"unknown"}
    assert b"too few rows to say" in done.err


def test_no_escape_sequence_of_the_data_reaches_the_terminal(cli):
    label = "re\x1b[31mfund\x07"
    evil = [row | {"label": label} for row in map(dict, (r.fields for r in real_rows(60)))]
    bad = [row | {"label": label, "text": "\x1b]0;x\x07 go"}
           for row in map(dict, (r.fields for r in synthetic_rows(count=60)))]  # fmt: skip
    stdin = b"".join(orjson.dumps(row) + b"\n" for row in evil + bad)
    done = cli("compare", "--measure", "openings", "--measure", "labels", "--measure", "detector",
               stdin=stdin)  # fmt: skip
    assert done.code == 0
    assert not {b"\x1b", b"\x07"} & {bytes([byte]) for byte in done.err}


def test_the_measures_are_listed_with_their_options(cli):
    done = cli("compare", "--list-measures")
    assert done.code == 0
    assert b"-p detector.rows=4_000" in done.out or b"-p detector.rows=4000" in done.out
