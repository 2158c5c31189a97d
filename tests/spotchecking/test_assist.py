"""A judge of all rows beside the reviewers: strata from its scores alone, and what it is worth."""

from array import array

import orjson
import pytest
from making import as_bytes, made, real

import dataaug as da
from dataaug.errors import InputError, UsageError
from dataaug.review import bounds
from dataaug.review.assist import Assist, agreement_with, reviews_saved
from dataaug.review.bounds import Stratum
from dataaug.review.votes import Vote
from dataaug.rows.score_file import RowScore, row_key, write_row_scores

REAL = [real(f"{'money back' if n % 2 else 'parcel late'} {n}", "ab"[n % 2]) for n in range(30)]
ROWS = [
    made(f"a made text {n}" + (" BAD" if n % 20 == 0 else ""), "ab"[n % 2], name=f"m{n}")
    for n in range(2000)
]
"""Every twentieth row is bad."""


def score(row, doubt, bad=None):
    return RowScore(row_key(row), row.id, doubt, doubt > 0.5 if bad is None else bad)


def scored(path, doubts):
    """Write a file of scores, by a function of rows."""
    write_row_scores(str(path), {"model": "m"}, [score(row, doubts(row)) for row in ROWS])
    return str(path)


def is_bad(row):
    return "BAD" in row.text


def reviewed(rows, n=100, **options):
    """Spot-check rows by a reviewer who is always right."""
    return da.spotcheck(
        rows, n=n, reviewer=lambda item: not is_bad(item.record), suspicious=0, **options
    )


def strata(keys, scores):
    return list(Assist("judge", {own.key: own for own in scores}).strata(array("Q", keys)))


def scores_of(doubts, bad=()):
    return [RowScore(f"{n:016x}", "", doubt, n in bad) for n, doubt in enumerate(doubts)]


@pytest.mark.parametrize(
    ("doubts", "bad", "found"),
    [
        ([0.0, 0.5, 0.5, 0.75], {3}, [0, 0, 0, 1]),  # what the judge calls bad
        ([0.0, 0.1, 0.1, 0.8, 0.9], (), [0, 0, 0, 1, 1]),  # it calls none bad: the widest gap
        ([0.0, 0.1, 0.1, 0.8, 0.9], range(5), [0, 0, 0, 1, 1]),  # or all
        ([0.0, 0.0, 0.25], (), [0, 0, 1]),
        ([0.5, 0.5, 0.5], (), [0, 0, 0]),  # it tells no row from another
    ],
)
def test_strata_follow_from_the_scores(doubts, bad, found):
    assert strata(range(len(doubts)), scores_of(doubts, bad)) == found


def test_a_row_without_a_score_is_doubtful():
    assert strata([0, 1, 7], scores_of([0.0, 0.9], {1})) == [0, 1, 1]
    with pytest.raises(InputError, match="it is about other rows"):
        strata([7, 8], scores_of([0.0, 0.9]))


def test_a_good_judge_saves_reviews_and_decides_the_gate(tmp_path):
    scores = scored(tmp_path / "s.jsonl", lambda row: 0.75 if is_bad(row) else 0.0)
    gate = {"max_error_rate": 0.085, "rule": "upper-bound", "seed": 1}
    alone, helped = (
        reviewed(ROWS, **gate, **more) for more in ({}, {"assist": "judge", "scores": scores})
    )
    assert (alone.verdict, helped.verdict) == ("undecided", "pass")
    assert helped.error_rate == 0.05  # all rows are known to the judge, who is always right
    assert helped.upper_bound < alone.upper_bound
    note = helped.report.summary.assist
    assert note["upper_bound_95"] == pytest.approx(helped.upper_bound, abs=1e-5)
    assert note["without_it"] == pytest.approx(alone.upper_bound, abs=1e-5)
    assert note["reviews_saved"] > 30
    assert note["agree"] == {"rows": 100, "of": 100, "share": 1.0, "interval_95": [0.9638, 1.0]}
    assert [row["assist"] for row in helped.report.summary.strata] == ["passed", "doubtful"]
    assert helped.report.to_row()["details"]["spotcheck"]["assist"]["judge"] == "judge"
    assert "assist" not in alone.report.to_row()["details"]["spotcheck"]


def test_a_judge_that_says_nothing_changes_nothing(tmp_path):
    scores = scored(tmp_path / "s.jsonl", lambda _row: 0.25)
    alone = reviewed(ROWS)
    helped = reviewed(ROWS, assist="judge", scores=scores)
    assert (helped.upper_bound, helped.interval) == (alone.upper_bound, alone.interval)
    assert helped.report.summary.assist["reviews_saved"] == 0


def test_what_the_judge_is_worth_is_said(tmp_path):
    wrong = {row.id for row in ROWS[::40]}  # half of the bad rows pass, and some good ones do not
    scores = scored(
        tmp_path / "s.jsonl", lambda row: 0.75 if is_bad(row) != (row.id in wrong) else 0.0
    )
    found = reviewed(ROWS, n=400, assist="judge", scores=scores)
    note, lines = found.report.summary.assist, "\n".join(found.lines())
    bad = sum(is_bad(item.record) for item in found.items)
    missed = sum(item.record.id in wrong for item in found.items)
    assert note["bad_rows_passed"] == {
        "rows": missed, "of": bad, "share": round(missed / bad, 4),
        "interval_95": [round(end, 4) for end in bounds.interval(missed, bad)],
    }  # fmt: skip
    assert note["good_rows_called_bad"]["rows"] == 0
    assert f"judge: passes {missed} of {bad} bad rows (" in lines
    assert f"it saved {note['reviews_saved']} reviews" in lines


def test_kappa_and_rates_are_those_of_the_table():
    votes = {str(n): Vote(n < 4) for n in range(10)}
    calls = {str(n): RowScore(str(n), "", 0.0, n in {0, 1, 9}) for n in range(9)} | {
        "x": RowScore("x", "", 0.0, bad=True)
    }
    found = agreement_with(Assist("judge", calls), votes, [*votes, "x"])
    assert (found["agree"]["rows"], found["agree"]["of"]) == (7, 9)  # row 9 has no score
    assert (found["bad_rows_passed"]["rows"], found["bad_rows_passed"]["of"]) == (2, 4)
    # Seen 7/9, by chance (4*2 + 5*7)/81.
    assert found["cohens_kappa"] == pytest.approx((7 / 9 - 43 / 81) / (1 - 43 / 81), abs=1e-4)
    nothing = agreement_with(Assist("judge", calls), {}, votes)
    assert (nothing["agree"]["of"], nothing["cohens_kappa"]) == (0, None)


def test_reviews_saved_are_those_that_the_bound_would_take():
    rows = 10**6
    parted = [Stratum(rows // 20, 5, 5), Stratum(rows - rows // 20, 95, 0)]
    saved = reviews_saved(parted)
    plain = bounds.upper(round(0.05 * (100 + saved)), 100 + saved, None)
    assert plain == pytest.approx(0.05 + 0.95 * bounds.upper(0, 95, None), abs=0.002)
    useless = [Stratum(rows // 2, 50, 5), Stratum(rows // 2, 50, 0)]
    assert -5 <= reviews_saved(useless) <= 20
    assert reviews_saved([Stratum(50, 0, 0, 3), Stratum(50, 0, 0, 3)]) == 0
    assert reviews_saved([Stratum(50, 50, 1), Stratum(50, 50, 3)]) == 0


def test_copies_have_the_score_of_their_row(tmp_path):
    copies = [made(ROWS[0].text, ROWS[0].label, name=f"again{n}") for n in range(300)]
    scores = scored(tmp_path / "s.jsonl", lambda row: 0.75 if is_bad(row) else 0.0)
    found = reviewed([*ROWS, *copies], assist="judge", scores=scores)
    doubtful = next(r for r in found.report.summary.strata if r["assist"] == "doubtful")
    assert doubtful["rows"] == 400
    assert found.error_rate == pytest.approx(400 / 2300)


def test_rows_that_a_filter_took_are_no_fault_and_new_rows_are_said(tmp_path):
    scores = scored(tmp_path / "s.jsonl", lambda row: 0.75 if is_bad(row) else 0.0)
    left = [row for row in ROWS if not is_bad(row)]
    assert reviewed(left, assist="judge", scores=scores).report.warnings == []
    new = [made(f"new {n}", "a", name=f"new{n}") for n in range(7)]
    said = reviewed([*left, *new], assist="judge", scores=scores).report.warnings
    assert any("7 of 1,907 different rows have no score" in each for each in said)


def test_the_label_check_judges_without_a_file():
    truth = {"a": "parcel late", "b": "money back"}
    made_ = [
        made(f"{truth['ab'[(n + (n % 10 == 0)) % 2]]} again {n}", "ab"[n % 2], name=f"l{n}")
        for n in range(400)
    ]
    found = da.spotcheck(
        [*REAL, *made_], n=100, suspicious=0, assist="label",
        reviewer=lambda item: truth[item.record.label] in item.record.text,
    )  # fmt: skip
    note = found.report.summary.assist
    assert (note["judge"], note["agree"]["rows"]) == ("label", 100)
    assert note["reviews_saved"] > 0
    with pytest.raises(UsageError, match="too few labels to learn from"):
        da.spotcheck(made_, assist="label")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"assist": "oracle"}, "choose from judge, label"),
        ({"assist": "judge"}, "belong together"),
        ({"assist": "label", "scores": "s.jsonl"}, "belong together"),
        ({"scores": "s.jsonl"}, "belong together"),
        ({"assist": "label", "stratify": "method"}, "strata of its own"),
        ({"assist": "label", "sequential": True}, "strata of its own"),
    ],
)
def test_what_does_not_go_together_is_refused(options, said):
    with pytest.raises(UsageError, match=said):
        da.spotcheck(ROWS, **options)


def test_the_command_says_what_the_function_says(cli, tmp_path):
    data, verdicts = tmp_path / "rows.jsonl", tmp_path / "verdicts.jsonl"
    data.write_bytes(as_bytes(ROWS))
    scores = scored(tmp_path / "s.jsonl", lambda row: 0.75 if is_bad(row) else 0.0)
    own = reviewed(ROWS, assist="judge", scores=scores)
    header = {"spotcheck": 1, "data": own.spot.header.data, "rows": 2000, "seed": 0, "asked": 100}
    said = [
        {"key": item.key, "id": "", "verdict": "bad" if is_bad(item.record) else "ok",
         "reviewer": "ana", "time": 0.0}
        for item in own.items
    ]  # fmt: skip
    verdicts.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in [header, *said]))
    done = cli("spotcheck", data, "--verdicts", verdicts, "--assist", "judge", "--scores", scores)
    assert done.code == 0, done.err
    for line in own.lines():
        assert line in done.err.decode()
