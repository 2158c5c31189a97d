"""compare, evaluate and spotcheck for Python do what the commands do."""

from pathlib import Path

import orjson
import pytest

import dataaug as da
from dataaug.api.keywords import in_python
from dataaug.review.items import ReviewVerdict

INPUTS = Path(__file__).parents[1] / "golden" / "inputs"
AUG, LEAKY = INPUTS / "aug.jsonl", INPUTS / "leaky.jsonl"
SAMPLE = {"n": 20, "max_error_rate": 0.1}


def parsed(lines):
    return list(map(orjson.loads, lines.splitlines()))


def plain(value):
    return orjson.loads(orjson.dumps(value))


def test_compare_gives_the_findings_of_the_command(cli, tmp_path):
    report = tmp_path / "report.json"
    told = cli("compare", AUG, "--measure", "length", "--measure", "casing", "--fail-above",
               "off=0", "--report", report, "--cap", 50)  # fmt: skip
    found = da.compare(AUG, measures=["length", da.measure("casing")], limits={"off": 0}, cap=50)
    assert plain(found.to_dicts()) == parsed(told.out)
    assert found.passed == (told.code == 0)
    warnings = orjson.loads(report.read_bytes())["warnings"]
    assert found.report.warnings == list(map(in_python, warnings))
    assert len(found.off) == sum(row["verdict"] == "off" and row["scope"] == "all"
                                 for row in parsed(told.out))  # fmt: skip
    page = tmp_path / "page.html"
    found.write_html(page)
    assert "<html" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "options",
    [{"by": "x"}, {"cap": 3}, {"cap": "x"}, {"limits": {"nothing": 1}}, {"limits": {"off": "x"}},
     {"limits": 3}, {"measures": "nothing"}, {"measures": [3]}, {"real": AUG}],
)  # fmt: skip
def test_compare_refuses_what_it_can_not_use(options):
    with pytest.raises(da.DataaugError):
        da.compare(AUG, **{"measures": "length", **options})


def labelled(texts, label, name):
    return [{"id": f"{name}{n}", "text": text, "label": label} for n, text in enumerate(texts)]


MONEY, POST = ["money", "bill", "price", "refund", "charge"], ["box", "mail", "van", "door", "post"]
TRAIN = [
    *labelled([f"my {a} and {b} is wrong" for a in MONEY for b in MONEY if a < b], "money", "m"),
    *labelled([f"my {a} and {b} is wrong" for a in POST for b in POST if a < b], "post", "p"),
]
TEST = [
    *labelled([f"where is this {a} now, asks {n}" for n, a in enumerate(MONEY)], "money", "tm"),
    *labelled([f"where is this {a} now, asks {n}" for n, a in enumerate(POST)], "post", "tp"),
]
CHEAP = {"classifier": "tfidf", "embedder": "hashing", "repeats": 3}


@pytest.fixture(scope="module")
def mixed():
    return da.mix(da.augment(TRAIN, "typo"), ratio="50:50")


def test_evaluate_gives_the_results_of_the_command(cli, tmp_path, mixed):
    files = {"train": TRAIN, "test": TEST, "mix": mixed.to_dicts()}
    for name, rows in files.items():
        (tmp_path / name).write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    report = tmp_path / "report.json"
    told = cli("evaluate", "--train", tmp_path / "train", "--test", tmp_path / "test",
               "--candidate", tmp_path / "mix", "--classifier", "tfidf", "--embedder",
               "hashing", "--repeats", 3, "--curve", "6,12", "--require-gain", 0, "--report",
               report)  # fmt: skip
    found = da.evaluate(
        train=TRAIN, candidates={"mix": mixed}, test=TEST, curve=[6, 12], require_gain=0, **CHEAP
    )
    assert plain(found.to_dicts()) == parsed(told.out)
    assert found.passed == (told.code == 0)
    one = found["mix"]
    assert one.verdict == found.report.summary.verdicts[0].judgement
    assert one.sentence in str(found)
    assert {point.real_rows for point in one.curve} == {6, 12}
    assert one.gain.low <= one.gain.value <= one.gain.high
    kept, own = orjson.loads(report.read_bytes()), plain(found.report.to_row())
    for part in ("details", "warnings"):
        assert own[part] == kept[part]
    with pytest.raises(da.UsageError, match="'mix'"):
        found["mixed"]


def test_a_candidate_may_have_no_name(mixed):
    found = da.evaluate(train=TRAIN, candidates=mixed, test=TEST, controls=False, **CHEAP)
    assert [one.name for one in found] == ["candidate"]


@pytest.mark.parametrize(
    "options",
    [{"metric": "x"}, {"repeats": 0}, {"repeats": "x"}, {"margin": 2}, {"curve": ["x"]},
     {"curve": [1]}, {"curve": 3}, {"similarity": 2}, {"classifier": "nothing"},
     {"embedder": "nothing"}, {"require_gain": "x"}, {"train": []}, {"candidates": {}},
     {"candidates": 3}, {"test": None}],
)  # fmt: skip
def test_evaluate_refuses_what_it_can_not_use(options, mixed):
    given = {"train": TRAIN, "candidates": {"mix": mixed}, "test": TEST, **CHEAP, **options}
    with pytest.raises(da.DataaugError):
        da.evaluate(**given)


def test_the_guard_holds_in_python(mixed):
    with pytest.raises(da.GuardError):
        da.evaluate(train=TRAIN, candidates={"mix": mixed}, test=mixed, **CHEAP)


def judge(item):
    """Call every row bad whose key begins with a letter."""
    return "bad" if item.key[0] in "abcdef" else "good"


def reviewed(tmp_path, **options):
    """Return a verdict file of the sample, by a function."""
    file = tmp_path / "verdicts.jsonl"
    da.spotcheck(AUG, reviewer=judge, verdicts=file, suspicious=0, name="me", **options)
    return file


def test_a_function_a_mapping_an_iterable_and_a_file_conclude_alike(cli, tmp_path):
    file = reviewed(tmp_path, **SAMPLE)
    asked = da.spotcheck(AUG, reviewer=judge, suspicious=0, name="me", **SAMPLE)
    unreviewed = da.spotcheck(AUG, **SAMPLE)
    assert unreviewed.verdict == "undecided"
    items = unreviewed.items
    by_id = {item.record.id: judge(item) == "good" for item in items}
    said = [da.spotcheck(AUG, verdicts=file, **SAMPLE)]
    said += [da.spotcheck(AUG, verdicts=given, name="me", **SAMPLE)
             for given in (by_id, map(judge, items))]  # fmt: skip
    for found in said:
        assert found.answer == asked.answer
        assert found.report.summary.by_method == asked.report.summary.by_method
        assert [reject.record.id for reject in found.rejects] == [
            reject.record.id for reject in asked.rejects
        ]
    bad = [item for item in items if judge(item) == "bad"]
    assert 0 < len(bad) < len(items) == 20
    assert asked.error_rate == pytest.approx(len(bad) / 20)
    assert asked.interval.low < asked.error_rate < asked.interval.high
    assert asked.error_rate < asked.upper_bound
    told = cli("spotcheck", AUG, "--verdicts", file, "--max-error-rate", 0.1)
    assert told.code == 1
    assert asked.verdict == "fail"
    assert asked.rows == []
    assert {reject.record.id for reject in asked.rejects} >= {item.record.id for item in bad}


def test_rows_pass_where_few_are_bad_and_the_bad_ones_are_rejects(cli, tmp_path):
    file = reviewed(tmp_path, n=20, max_error_rate=0.9)
    report, rejects = tmp_path / "report.json", tmp_path / "rejects.jsonl"
    told = cli("spotcheck", AUG, "--verdicts", file, "--max-error-rate", 0.9, "--report", report,
               "--rejects", rejects)  # fmt: skip
    found = da.spotcheck(AUG, verdicts=file, max_error_rate=0.9)
    assert found.passed
    assert told.code == 0
    assert [row.line for row in found] == told.out.splitlines()
    found.write(tmp_path / "rows.jsonl", rejects=tmp_path / "own.jsonl")
    assert (tmp_path / "own.jsonl").read_bytes() == rejects.read_bytes()
    kept, own = orjson.loads(report.read_bytes()), plain(found.report.to_row())
    for part in ("rows", "rejected", "details", "warnings"):
        assert own[part] == kept[part], part
    assert any("bad" in line for line in found.lines())


def test_right_labels_are_taken_from_mappings_and_verdicts():
    assert len(da.spotcheck(LEAKY).items) == 4
    said = [{"verdict": "bad", "label": "refund"}, ReviewVerdict("bad", label="refund"), True, True]
    found = da.spotcheck(LEAKY, verdicts=said, apply_labels=True, max_error_rate=0.9)
    assert found.report.summary.answer.errors == 2
    assert sum(row.label == "refund" for row in found) == 2
    fewer = da.spotcheck(LEAKY, verdicts=[*said[:2], "skip", None], max_error_rate=0.9)
    assert fewer.answer.reviewed == 2


def test_the_sample_goes_to_another_tool(tmp_path):
    file = tmp_path / "sample.csv"
    to_csv = da.Spec("file", {"path": str(file), "exchange": "csv"})
    handed = da.spotcheck(AUG, reviewer=to_csv, n=5, suspicious=0)
    assert handed.verdict == "undecided"
    assert handed.rows == []
    assert handed.report.balanced
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert "verdict" in lines[0]
    assert all(item.key in "".join(lines) for item in handed.items)


@pytest.mark.parametrize(
    "options",
    [{"n": 0}, {"n": "x"}, {"stratify": "x"}, {"stratify": 3}, {"max_error_rate": 1},
     {"max_error_rate": "x"}, {"rule": "x"}, {"sequential": True, "stratify": "label"},
     {"verdicts": 3}, {"verdicts": "no such file"}, {"verdicts": ["perhaps"]}, {"verdicts": [3]},
     {"verdicts": ["good"] * 500}, {"verdicts": {"nobody": "good"}}, {"reviewer": 3},
     {"reviewer": "nobody"}, {"reviewer": lambda _: "perhaps"}, {"reviewer": "terminal"},
     {"plant": -1}, {"seed": "x"}, {"suspicious": "x"},
     {"embedder": "nothing", "verdicts": [True]}],
)  # fmt: skip
def test_spotcheck_refuses_what_it_can_not_use(options):
    with pytest.raises(da.DataaugError):
        da.spotcheck(AUG, **options)


def test_a_sequential_review_stops_as_soon_as_it_is_decided():
    seen = []

    def bad(item):
        seen.append(item.key)
        return False

    found = da.spotcheck(AUG, reviewer=bad, sequential=True, n=40, suspicious=0)
    assert found.verdict == "fail"
    assert len(seen) < 40
