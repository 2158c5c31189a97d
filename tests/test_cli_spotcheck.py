"""The spotcheck command as a user runs it."""

import signal
import sys

import orjson
import pytest
from hostile import attacks
from making import as_bytes, made, real

from dataaug.cli.app import main

SIZES = (20, 59, 100)
ERRORS = (0, 1, 4, 5, 6)


@pytest.fixture(scope="module")
def rows():
    """Real rows with odd bytes, and 2,500 synthetic ones: enough to be a large set."""
    parents = [real(f"a real text {n}", "ab"[n % 2], id=f"r{n}", price=1.1) for n in range(20)]
    children = [made(f"a made text {n}", "ab"[n % 2], parent=parents[n % 20], name=f"m{n}",
                     method="swap" if n % 3 else "typo") for n in range(2500)]  # fmt: skip
    return parents, children


@pytest.fixture(scope="module")
def data(rows):
    odd = (
        b'{"text" : "caf\\u00e9", "label":"a", "id":"odd", "n": 1.10, "n2":12345678901234567890}\n'
    )
    return odd + as_bytes(rows[0]) + as_bytes(rows[1])


@pytest.fixture
def file(tmp_path, data):
    path = tmp_path / "made.jsonl"
    path.write_bytes(data)
    return path


@pytest.fixture
def reviewed(exit_code, file, tmp_path, samples):
    """Write a sample to a file and fill it in: ``reviewed(n, errors, …options)``."""

    def review(count, errors, *options, left=0, who="ana", path="v.jsonl", **answer):
        asked = ("-n", count, "--review", "file", "--suspicious", 0, *options)
        if asked not in samples:  # equal options give the same sample of the same data
            code, said = exit_code("spotcheck", file, *asked, "--sample", tmp_path / "sample.jsonl")
            assert code == 0, said
            samples[asked] = (tmp_path / "sample.jsonl").read_bytes()
        header, *shown = map(orjson.loads, samples[asked].splitlines())
        for number, row in enumerate(shown[: len(shown) - left]):
            bad = number < errors
            row["verdict"], row["reviewer"] = "bad" if bad else "ok", who
            row.update({"reason": "nonsense", **answer} if bad else {})
        lines = (orjson.dumps(row) + b"\n" for row in [header, *shown])
        (tmp_path / path).write_bytes(b"".join(lines))
        return tmp_path / path

    return review


@pytest.fixture(scope="module")
def samples():
    return {}


@pytest.fixture
def exit_code(monkeypatch, capfd):
    """Run the command line in this process, which takes a tenth of the time of a new one."""

    def run(*args):
        terminate = signal.getsignal(signal.SIGTERM)
        monkeypatch.setattr(sys, "argv", ["dataaug", *map(str, args)])
        try:
            main()
        except SystemExit as left:
            return left.code, capfd.readouterr().err
        finally:
            signal.signal(signal.SIGTERM, terminate)
        raise AssertionError("main() returned")

    return run


def expected(errors, size, rule):
    from scipy import stats

    if rule == "observed":
        return "pass" if errors * 20 <= size else "fail"
    bound = stats.binomtest(errors, size, alternative="less").proportion_ci(0.95).high
    return "pass" if bound <= 0.05 else "fail" if errors * 20 > size else "undecided"


@pytest.mark.parametrize("rule", ["observed", "upper-bound"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("errors", ERRORS)
def test_exit_code_is_that_of_the_rule(exit_code, file, reviewed, tmp_path, rule, size, errors):
    verdicts, out, report = reviewed(size, errors), tmp_path / "out.jsonl", tmp_path / "r.json"
    out.write_bytes(b"before")
    code, said = exit_code(
        "spotcheck", file, "--verdicts", verdicts, "--rule", rule, "-o", out,
        "--report", report, "--rejects", tmp_path / "no.jsonl",
    )  # fmt: skip
    verdict = expected(errors, size, rule)
    assert code == (0 if verdict == "pass" else 1), said
    found = orjson.loads(report.read_bytes())
    answer = found["details"]["spotcheck"]["answer"]
    assert (answer["verdict"], answer["errors"], answer["reviewed"]) == (verdict, errors, size)
    assert found["rows"]["balanced"]
    assert len((tmp_path / "no.jsonl").read_bytes().splitlines()) == errors
    if verdict == "pass":
        assert len(out.read_bytes().splitlines()) == 2521 - errors
    else:
        assert out.read_bytes() == b"before"
        assert "no row was written" in said


def test_as_a_filter_it_passes_real_rows_byte_for_byte_and_leaves_bad_ones_out(
    cli, data, reviewed, tmp_path
):
    verdicts, rejects = reviewed(100, 3), tmp_path / "rejects.jsonl"
    result = cli("spotcheck", "--verdicts", verdicts, "--rejects", rejects, stdin=data)
    assert result.code == 0
    gone = [orjson.loads(line) for line in rejects.read_bytes().splitlines()]
    assert {row["_reject"]["reason"] for row in gone} == {"called_bad"}
    assert gone[0]["_reject"]["detail"] == {"reason": "nonsense", "reviewers": ["ana"]}
    bad = {row["_aug"]["id"] for row in gone}
    kept = [line for line in data.splitlines() if orjson.loads(line).get("_aug", {}).get("id")
            not in bad]  # fmt: skip
    assert result.out.splitlines() == kept


def test_failed_gate_passes_no_row_down_the_pipe(cli, data, reviewed):
    result = cli("spotcheck", "--verdicts", reviewed(100, 6), stdin=data)
    assert (result.code, result.out) == (1, b"")
    assert b"fail: 6 of 100 rows are bad, 6.0%" in result.err


def test_unreviewed_rows_are_undecided_unless_they_cannot_change_it(exit_code, file, reviewed):
    code, said = exit_code("spotcheck", file, "--verdicts", reviewed(100, 2, left=10))
    assert code == 1
    assert "undecided" in said
    assert "10 of 100 rows have no verdict yet" in said
    code, said = exit_code("spotcheck", file, "--verdicts", reviewed(100, 2, left=3))
    assert code == 0


def test_sequential_settles_clean_rows_at_55(exit_code, file, reviewed):
    code, _ = exit_code("spotcheck", file, "--verdicts", reviewed(132, 0, left=78), "--sequential")
    assert code == 1
    enough = reviewed(132, 0, left=77)
    code, said = exit_code("spotcheck", file, "--verdicts", enough, "--sequential")
    assert code == 0
    assert "stops after 55 rows" in said


def test_labels_are_corrected_if_asked(cli, file, reviewed):
    verdicts = reviewed(100, 2, reason="wrong_label", right_label="c")
    dropped = cli("spotcheck", file, "--verdicts", verdicts)
    changed = cli("spotcheck", file, "--verdicts", verdicts, "--apply-labels")
    assert len(dropped.lines) == 2519
    assert len(changed.lines) == 2521
    turned = [row for row in map(orjson.loads, changed.lines) if row["label"] == "c"]
    assert len(turned) == 2
    assert turned[0]["_aug"]["relabelled"]["reviewers"] == ["ana"]


def test_verdicts_for_other_data_are_refused_unless_taken_over(cli, reviewed, data):
    verdicts = reviewed(100, 1)
    other = data[: -len(data.splitlines()[-1]) - 1]  # without its last row
    refused = cli("spotcheck", "--verdicts", verdicts, stdin=other)
    assert (refused.code, refused.out) == (3, b"")
    assert b"verdicts on other data" in refused.err
    assert b"of the 100 rows of this sample" in refused.err
    assert cli("spotcheck", "--verdicts", verdicts, "--carry-over", stdin=other).code == 0


def test_verdicts_on_unknown_rows_only_are_refused(exit_code, file, tmp_path):
    path = tmp_path / "v.jsonl"
    path.write_bytes(b'{"key":"0123456789abcdef","verdict":"ok"}\n')
    code, said = exit_code("spotcheck", file, "--verdicts", path)
    assert code == 3
    assert "for other rows" in said


def test_sample_of_the_verdict_file_needs_no_option_again(exit_code, file, reviewed, tmp_path):
    verdicts = reviewed(60, 0, "--seed", 3, "--stratify", "label, method", "--plant", 6)
    report = tmp_path / "r.json"
    code, said = exit_code("spotcheck", file, "--verdicts", verdicts, "--report", report)
    assert code == 0, said
    found = orjson.loads(report.read_bytes())["details"]["spotcheck"]
    assert found["sample"]["seed"] == 3
    assert found["sample"]["stratify"] == ["label", "method"]
    assert len(found["strata"]) == 4
    assert abs(sum(stratum["weight"] for stratum in found["strata"]) - 1) < 1e-5
    assert found["answer"]["reviewed"] == 60
    assert (
        found["answer"]["corrected"] is None
    )  # all planted errors were missed: no better than chance


def test_seed_zero_and_no_strata_may_be_asked_for_where_the_file_has_others(
    exit_code, file, reviewed, tmp_path
):
    verdicts = reviewed(60, 0, "--seed", 3, "--stratify", "label")
    for options, seed, strata in (((), 3, ["label"]), (("--seed", 0), 0, ["label"]),
                                  (("--stratify", ""), 3, [])):  # fmt: skip
        report = tmp_path / "r.json"
        args = ("--verdicts", verdicts, "--report", report, *options)
        exit_code("spotcheck", file, *args)
        found = orjson.loads(report.read_bytes())
        sample = found["details"]["spotcheck"]["sample"]
        assert (sample["seed"], sample["stratify"]) == (seed, strata)
        assert found["settings"]["sample_seed"] == seed
        assert found["settings"]["seed"] == 0


def test_copies_are_shown_once_counted_each_and_leave_together(exit_code, tmp_path):
    heavy = [made("a bad text", "a", name=f"h{n}") for n in range(900)]
    others = [made(f"a text {n}", "a", name=f"m{n}") for n in range(100)]
    path, sample, out = (tmp_path / name for name in ("in.jsonl", "s.jsonl", "out.jsonl"))
    path.write_bytes(as_bytes([*heavy, *others]))
    options = ("--review", "file", "--sample", sample, "--suspicious", 0)
    code, said = exit_code("spotcheck", path, *options)
    assert code == 0
    header, *shown = map(orjson.loads, sample.read_bytes().splitlines())
    assert header["rows"] == 1000
    assert f"{len(shown)} rows to review, which are 100 of 1,000 synthetic ones" in said
    assert len({row["key"] for row in shown}) == len(shown) < 30

    def answer(bad):
        rows = [row | {"verdict": "bad" if bad(row) else "ok", "reviewer": "ana"} for row in shown]
        sample.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in [header, *rows]))
        return exit_code("spotcheck", path, "--verdicts", sample, "-o", out)

    code, said = answer(lambda row: row["text"] == "a bad text")
    assert code == 1
    assert "fail: " in said
    assert "of the 100 rows" not in said  # no verdict is missing
    one = next(row["text"] for row in shown if row["text"] != "a bad text")
    code, said = answer(lambda row: row["text"] == one)
    assert code == 0, said
    assert "1 of 100 rows are bad" in said
    assert f"are {len(shown)} different ones" in said
    assert len(out.read_bytes().splitlines()) == 999


def test_larger_sample_keeps_the_verdicts(exit_code, file, reviewed):
    code, said = exit_code("spotcheck", file, "--verdicts", reviewed(100, 0), "-n", 103)
    assert code == 0
    assert "0 of 100 rows are bad" in said


def test_several_reviewers_agree_or_not(exit_code, file, reviewed):
    ana, ben = reviewed(100, 4), reviewed(100, 6, who="ben", path="w.jsonl")
    code, said = exit_code("spotcheck", file, "--verdicts", ana, "--verdicts", ben)
    assert code == 1  # a row that one of two calls bad counts as bad
    assert "2 reviewers agree on 98% of 100 rows (Cohen's kappa 0.79)" in said
    assert said.count("ana: ok, ben: bad") == 2


@pytest.mark.parametrize("who", ["root", ""])
def test_people_of_one_name_in_two_files_are_two(exit_code, file, reviewed, who):
    one, other = reviewed(100, 6, who=who), reviewed(100, 0, who=who, path="w.jsonl")
    for files in ((one, other), (other, one)):
        named = [part for path in files for part in ("--verdicts", path)]
        code, said = exit_code("spotcheck", file, *named)
        assert code == 1, said  # the last file does not overrule the first
        assert "fail: 6 of 100 rows are bad" in said
        assert "2 reviewers agree on 94% of 100 rows" in said
    again = one.parent / "." / ".." / one.parent.name / one.name
    code, said = exit_code("spotcheck", file, "--verdicts", one, "--verdicts", again)
    assert "reviewers agree" not in said


def test_changed_mind_is_said_and_the_last_verdict_counts(exit_code, file, reviewed, tmp_path):
    path = reviewed(100, 0)
    header, *shown = map(orjson.loads, path.read_bytes().splitlines())
    said = [(row["key"], "ok") for row in shown] + [(shown[0]["key"], "bad")] * 2
    ledger = tmp_path / "ledger.jsonl"
    del header["sample"]
    lines = [header, *({"key": key, "verdict": word, "reviewer": "ana"} for key, word in said)]
    ledger.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines) + b'{"key": "cut of')
    code, said = exit_code("spotcheck", file, "--verdicts", ledger)
    assert code == 0
    assert "1 of 100 rows are bad" in said
    assert "2 verdicts were replaced" in said
    assert "1 of them by another one" in said
    assert "cut off" in said


@pytest.mark.parametrize("name", ["csv", "label-studio", "argilla", "prodigy"])
def test_sample_goes_out_to_other_tools(exit_code, file, tmp_path, name):
    path = tmp_path / "sample"
    args = ("--review", "file", "--sample", path, "--export", name, "-n", 5, "--suspicious", 2)
    code, said = exit_code("spotcheck", file, *args)
    assert code == 0, said
    assert "5 of 2,500 synthetic rows to review" in said
    assert path.read_bytes().count(b"a made text") >= 7


def test_hostile_rows_are_said_safely(exit_code, tmp_path):
    texts = [*attacks(), "x" * 100_000]
    rows = [made(text, text[:50], method=text[:50], name=str(n)) for n, text in enumerate(texts)]
    path, sample = tmp_path / "in.jsonl", tmp_path / "s.jsonl"
    path.write_bytes(as_bytes(rows))
    exit_code("spotcheck", path, "--review", "file", "--sample", sample)
    header, *shown = map(orjson.loads, sample.read_bytes().splitlines())
    for row in shown:
        row |= {"verdict": "bad", "reason": attacks()[3], "reviewer": attacks()[3]}
    sample.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in [header, *shown]))
    code, said = exit_code("spotcheck", path, "--verdicts", sample)
    assert code == 1
    assert not set(said) & set("\x1b\x9b\x07\x00\u202e\u2066\u200b")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ([], 2, "--verdicts FILE"),
        (["--review", "terminal"], 2, "--verdicts FILE"),
        (["--review", "file"], 2, "--sample FILE"),
        (["--review", "nobody", "--verdicts", "v"], 2, "unknown reviewer"),
        (["--review", "file", "--sample", "s", "--export", "xml"], 2, "unknown exchange"),
        (["--verdicts", "missing.jsonl"], 3, "no such file"),
        (["--verdicts", "v", "--stratify", "colour"], 3, "no such file"),
        (["--review", "file", "--sample", "s", "--stratify", "colour"], 2, "label, method, source"),
        (["--review", "file", "--sample", "s", "--rule", "hope"], 2, "observed, upper-bound"),
        (["--review", "file", "--sample", "s", "--max-error-rate", "2"], 2, "below 1"),
        (["--verdicts", "v2", "--sequential", "--stratify", "label"], 2, "weights"),
        (["--plan", "0.05"], 2, "two rates"),
        (["--plan", "0.05,0.01"], 2, "acceptable < rejectable"),
        (["--plan", "0.01,0.0100001"], 2, "too close"),
    ],
)  # fmt: skip
def test_wrong_use_is_explained(exit_code, tmp_path, monkeypatch, args, code, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").write_bytes(as_bytes([made("x", "a")]))
    (tmp_path / "v2").write_bytes(b"")
    left, err = exit_code("spotcheck", "in", *args)
    assert left == code, err
    assert said in err


def test_nothing_to_review_is_said(cli, tmp_path):
    (tmp_path / "v").write_bytes(b"")
    for stdin, said in ((b"", b"no rows"), (as_bytes([real("x", "a")]), b"no synthetic row")):
        result = cli("spotcheck", "--verdicts", "v", stdin=stdin, cwd=tmp_path)
        assert result.code == 3
        assert said in result.err


def test_plan_needs_no_rows(cli):
    result = cli("spotcheck", "--plan", "0.01,0.05")
    assert result.code == 0
    assert b"review 132 rows and pass with at most 3 bad ones" in result.out
    assert b"59 rows without a bad one" in result.out
    result = cli("spotcheck", "--plan", "0.0000001,0.000024")
    assert b"124,821 rows without a bad one" in result.out  # more than anybody plans, and enough


def test_command_that_a_plan_prints_is_taken(cli, exit_code, file, tmp_path):
    result = cli("spotcheck", "--plan", "0.0001,0.05")  # a plan that allows no bad row
    printed = result.out.decode().split("dataaug ")[-1].split()
    code, said = exit_code(*printed, file, "--review", "file", "--sample", tmp_path / "s.jsonl")
    assert code == 0, said
    assert "45 of 2,500" in said
