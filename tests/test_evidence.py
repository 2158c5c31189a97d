"""What was measured: which rows it speaks of, what is advised, and what is warned of."""

import importlib.util
from collections import Counter
from pathlib import Path

import orjson
import pytest

import dataaug as da
from dataaug import evidence

HOME = Path(__file__).parent.parent
UP, DOWN, OPEN = [1.0, 0.5, 1.5], [-1.4, -2.3, -0.5], [0.3, -0.4, 1.0]


def said(over_real, over_repeated=None):
    return {"draws": 5, "over_real": over_real, "over_repeated": over_repeated or over_real}


TABLE = {
    "banking77+hwu64:5": {
        "tfidf": {
            "nothing": {"draws": 5, "accuracy": 60.0}, "swap": said(UP), "insert": said(UP),
            "typo": said(OPEN), "delete": said(DOWN), "synonym + typo": said(DOWN),
            "label-names": said([4.0, 3.0, 5.0]),
        },
        "embedding": {"swap": said(OPEN), "insert": said(DOWN), "label-names": said(UP)},
    },
    "banking77+hwu64:20": {"tfidf": {"typo": said(UP, OPEN), "label-names": said(UP)}},
    "banking77+hwu64:10/25": {"tfidf": {"balance: typo": said(DOWN), "balance: swap": said(UP)}},
    "cr+subj=100": {"tfidf": {"typo": said(DOWN, UP), "label-names": {"refused": True}}},
    "cr=100": {"tfidf": {"typo": said(DOWN)}},
}  # fmt: skip


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(evidence, "measured", lambda: TABLE)


def of(labels, each):
    return Counter({f"label {n}": each for n in range(labels)})


@pytest.mark.parametrize(
    ("counts", "setting"),
    [
        (of(77, 5), "banking77+hwu64:5"), (of(20, 3), "banking77+hwu64:5"),
        (of(200, 9), "banking77+hwu64:5"), (of(77, 11), "banking77+hwu64:20"),
        (of(77, 45), "banking77+hwu64:20"), (of(77, 60), ""), (of(77, 1), ""),
        (of(2, 50), "cr+subj=100"), (of(6, 100), "cr+subj=100"), (of(2, 10), ""), (of(12, 5), ""),
        (of(1, 50), ""), (Counter(), ""),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("table")
def test_rows_are_like_what_was_measured_or_like_nothing(counts, setting):
    assert evidence.setting_like(counts) == setting


@pytest.mark.usefixtures("table")
def test_rows_are_skewed_by_the_labels_with_less_than_half_of_the_most():
    skewed = Counter({**of(60, 30), "rare": 9, "rarer": 11})
    assert evidence.skewed_setting_like(skewed) == "banking77+hwu64:10/25"
    assert evidence.skewed_setting_like(of(60, 30)) == ""
    assert evidence.skewed_setting_like(Counter({**of(60, 30), "rare": 2})) == ""
    (warning,) = evidence.harms(["typo"], skewed, balance=True)
    assert warning.startswith(
        "typo cost 1.4 points of accuracy (0.5 to 2.3) with TF-IDF at 10 rows of the rare labels"
    )
    assert evidence.harms(["swap"], skewed, balance=True) == []


@pytest.mark.usefixtures("table")
def test_what_surely_hurts_is_said_of_all_methods_together_where_that_was_measured():
    rows = of(77, 5)
    assert evidence.harms(["synonym", "typo"], rows) == [
        "synonym + typo cost 1.4 points of accuracy (0.5 to 2.3) with TF-IDF at 5 rows a label on "
        "banking77 and hwu64 (64 and 77 labels): see docs/evidence.md"
    ]
    assert [each.split()[0] for each in evidence.harms(["delete", "insert"], rows)] == [
        "delete", "insert",
    ]  # fmt: skip
    assert evidence.harms(["typo"], rows) == []
    assert evidence.harms(["typo"], of(2, 50)) == []  # worse, and better than repeated rows


@pytest.mark.usefixtures("table")
def test_the_best_method_that_helped_and_hurt_with_no_classifier_is_advised():
    found = evidence.advise(of(77, 5))
    assert found.methods == ("swap",)
    assert found.why.startswith("swap brought +1.0 points of accuracy (+0.5 to +1.5) with TF-IDF")
    found = evidence.advise(of(77, 20))
    assert found.methods == ()
    assert found.why.startswith("no method of augment surely helped at 20 rows a label")
    assert ", but label-names brought +1.0" in found.why
    assert found.why.endswith("with TF-IDF: dataaug generate --task label-names")
    assert evidence.advise(of(12, 5)).why.startswith("nothing was measured on rows like these")


ROWS = [
    {"text": f"my {word} number {n} broke", "label": f"{word} {n % 20}"}
    for n in range(60) for word in ("kettle", "toaster")
]  # fmt: skip


@pytest.mark.usefixtures("table")
def test_auto_takes_what_helped_and_says_why():
    made = da.augment(ROWS, auto=True)
    assert made.report.settings["methods"] == ["swap"]
    assert made.report.written_synthetic > 0
    assert made.report.warnings[0].startswith("swap was chosen: swap brought +1.0 points")
    assert [row.line for row in made] == [row.line for row in da.augment(ROWS, "swap")]
    few = da.augment(ROWS[:6], auto=True)
    assert (few.report.written_real, few.report.written_synthetic) == (6, 0)
    assert few.report.warnings[0].startswith("nothing was chosen: nothing was measured")
    many = da.augment([{"text": f"t {n}", "label": n % 2} for n in range(4001)], auto=True)
    assert "nothing was measured on more than 4,000 rows" in many.report.warnings[0]
    assert len(many) == 4001


@pytest.mark.usefixtures("table")
def test_a_stream_is_read_ahead_and_advised_like_a_list():
    made = da.augment(iter(ROWS), auto=True, stream=True)
    assert [row.line for row in made.stream() if isinstance(row, da.Record)] == [
        row.line for row in da.augment(ROWS, "swap")
    ]
    assert made.report.warnings[0].startswith("swap was chosen: swap brought +1.0 points")


@pytest.mark.usefixtures("table")
def test_a_run_says_what_cost_accuracy_on_rows_like_its_own():
    assert da.augment(ROWS, "swap").report.warnings == []
    assert "delete cost 1.4 points" in da.augment(ROWS, "delete").report.warnings[0]
    assert not da.augment(ROWS, da.method("delete", rate=0.2)).report.warnings
    assert not da.augment([{"text": row["text"]} for row in ROWS], "delete").report.warnings
    skewed = [
        *ROWS * 10,
        *({"text": f"this machine of kind {n} never started", "label": "rare"} for n in range(9)),
    ]
    told = da.balance(skewed, with_="typo", labels={"rare": 12}).report.warnings
    assert any("typo cost 1.4 points" in each for each in told)


def test_the_page_is_the_table_written_out():
    path = HOME / "benchmarks" / "gains_report.py"
    spec = importlib.util.spec_from_file_location("gains_report", path)
    report = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(report)
    found = orjson.loads(evidence.FILE.read_bytes())
    assert report.page(found) == (HOME / evidence.PAGE).read_text(encoding="utf-8")
    assert report._laid_out(found) == evidence.FILE.read_bytes()
