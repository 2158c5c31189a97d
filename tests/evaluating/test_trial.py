"""One evaluation of two candidates, looked at from all sides."""

from dataclasses import replace

import numpy as np
import pytest
from making import real
from worlds import fresh, real_rows, wrong

from dataaug.evaluation.run import Evaluating, evaluate
from dataaug.plugins import Spec

TRAIN, TEST = real_rows("train", 6), real_rows("test", 36)
TWINS = [real(row.text + "!", row.label, id=f"twin-{n}") for n, row in enumerate(TRAIN[:4])]
GOOD = TRAIN + fresh(TRAIN, 2) + fresh(TRAIN, 1, "again")
BAD = wrong(TRAIN, 2)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def proof(told):
    task = Evaluating(Spec("tfidf"), Spec("hashing"), repeats=3, curve=(9, 6, 9, 17, 18, 40),
                      metric="accuracy", seed=5, require_gain=0.0)  # fmt: skip
    return evaluate(TRAIN, {"good": GOOD, "bad": BAD}, TEST + TWINS, task,
                    notify=lambda *given: told.append(given))  # fmt: skip


def by_name(proof, scope="whole"):
    return {score.train_set: score for score in proof.scores if score.scope == scope}


def test_each_set_is_compared_with_what_is_worth_it(proof):
    gains = {name: [(gain.over, gain.over_kind) for gain in score.gains]
             for name, score in by_name(proof).items()}  # fmt: skip
    assert gains == {
        "real": [],
        "good": [("real", "real"), ("good: real rows repeated", "oversampled")],
        "good: real rows repeated": [("real", "real")],
        "good: without again": [("good", "candidate")],
        "good: without fresh": [("good", "candidate")],
        "bad": [("real", "real"), ("bad: real rows repeated", "oversampled")],
        "bad: real rows repeated": [("real", "real")],
    }


@pytest.mark.parametrize("scope", ["whole", "clean"])
def test_a_gain_is_the_difference_of_two_scores(proof, scope):
    scores = by_name(proof, scope)
    for score in scores.values():
        for gain in score.gains:
            sign = -1 if score.kind == "without" else 1  # what the method adds
            other = scores[gain.over]
            for part in ("accuracy", "macro_f1"):
                wanted = getattr(score, part).value - getattr(other, part).value
                assert getattr(gain, part).value == pytest.approx(sign * wanted)
            for label, change in gain.f1.items():
                wanted = score.f1[label].value - other.f1[label].value
                assert change.value == pytest.approx(sign * wanted)


def test_each_set_has_its_rows_and_its_names(proof):
    found = {name: (s.kind, s.candidate, s.without, s.train_rows, s.synthetic_rows, s.test_rows)
             for name, s in by_name(proof).items()}  # fmt: skip
    assert found == {
        "real": ("real", "", "", 18, 0, 112),
        "good": ("candidate", "good", "", 72, 54, 112),
        "good: real rows repeated": ("oversampled", "good", "", 72, 0, 112),
        "good: without again": ("without", "good", "again", 54, 36, 112),
        "good: without fresh": ("without", "good", "fresh", 36, 18, 112),
        "bad": ("candidate", "bad", "", 54, 36, 112),
        "bad: real rows repeated": ("oversampled", "bad", "", 54, 0, 112),
    }


def test_the_clean_part_has_the_test_rows_without_a_twin(proof):
    clean = by_name(proof, "clean")
    assert list(clean) == list(by_name(proof))
    assert {score.test_rows for score in clean.values()} == {108}
    assert proof.near_duplicates == 4
    assert proof.test_rows == 112
    assert clean["real"].support == {"cards": 36, "loans": 36, "transfers": 36}
    assert by_name(proof)["real"].support == {"cards": 40, "loans": 36, "transfers": 36}


def test_scores_agree_with_their_confusion(proof):
    for score in proof.scores:
        counts = np.array(score.confusion)
        assert counts.sum(axis=1).tolist() == list(score.support.values())
        assert score.accuracy.value == pytest.approx(np.trace(counts) / counts.sum())
        for n, f1 in enumerate(score.f1.values()):
            wanted = 2 * counts[n, n] / (counts[n].sum() + counts[:, n].sum())
            assert f1.value == pytest.approx(wanted)
        assert score.macro_f1.value == pytest.approx(
            np.mean([f1.value for f1 in score.f1.values()])
        )


def test_the_verdicts_speak_of_all_test_rows_and_the_metric(proof):
    whole = by_name(proof)
    for verdict in proof.verdicts:
        real, repeated = whole[verdict.candidate].gains
        assert verdict.gain == real.accuracy
        assert verdict.over_repeated == repeated.accuracy
        assert "on 112 real test rows" in verdict.sentence
        assert verdict.sentence.startswith(verdict.candidate)
    assert [(v.candidate, v.judgement, v.passed) for v in proof.verdicts] == [
        ("good", "helps", True), ("bad", "hurts", False)
    ]  # fmt: skip
    assert proof.passed is False
    good, bad = proof.verdicts
    assert replace(proof, verdicts=(good,)).passed is True
    unasked = replace(bad, passed=None)
    assert replace(proof, verdicts=(good, unasked)).passed is True


def test_the_settings_are_what_was_asked_for(proof):
    assert proof.settings == {
        "classifier": "tfidf", "embedder": "hashing", "similarity": 0.95, "repeats": 3, "fits": 4,
        "metric": "accuracy", "margin": 0.01, "seed": 5, "train_rows_added": ["bad"],
    }  # fmt: skip
    assert proof.labels == ("cards", "loans", "transfers")


def test_the_curve_has_a_point_for_each_candidate_and_size_below_the_train_set(proof):
    points = [(point.candidate, point.real_rows) for point in proof.curve]
    assert points == [(name, size) for size in (6, 9, 17) for name in ("good", "bad")]
    assert {point.metric for point in proof.curve} == {"accuracy"}
    assert [text for text in proof.warnings if "--curve" in text] == [
        "--curve 18, 40: there are only 18 real train rows"
    ]
    for point in proof.curve:
        times = 4 if point.candidate == "good" else 3  # each row brings its descendants
        assert point.candidate_rows == times * point.real_rows
        assert point.gain.value == pytest.approx(point.mixed.value - point.real.value)
        assert point.gain.low < point.gain.value < point.gain.high
    by_size = {point.real_rows: point.real.value for point in proof.curve}
    assert by_size[6] < by_size[17] <= by_name(proof)["real"].accuracy.value + 0.05


@pytest.mark.usefixtures("proof")
def test_progress_reaches_its_total(told):
    training = [given[1:] for given in told if given[0] == "training"]
    total = 7 * 4 + 3 * 3 * 3  # sets and fits; sizes, draws, and the real rows with two candidates
    assert training == [(done, total) for done in range(1, total + 1)]


@pytest.mark.parametrize(("test", "scopes"), [(TEST, {"whole"}), (TWINS, {"whole"})])
def test_where_all_or_none_are_clean_there_is_one_scope(test, scopes):
    task = Evaluating(Spec("tfidf"), Spec("hashing"), repeats=1, controls=False, curve=(6,))
    found = evaluate(TRAIN, {"bad": BAD}, test, task)
    assert {score.scope for score in found.scores} == scopes
    assert found.near_duplicates == (0 if test is TEST else 4)
    assert len(found.curve) == 1  # one draw of rows
    assert found.settings["fits"] == 1
    assert not any("--curve" in text for text in found.warnings)


def test_another_seed_draws_other_halves_and_bootstrap_samples():
    task = {seed: Evaluating(Spec("tfidf"), Spec("hashing"), repeats=3, controls=False, seed=seed)
            for seed in (0, 1)}  # fmt: skip
    one, other = (evaluate(TRAIN, {"bad": BAD}, TEST, task[seed]).verdicts[0] for seed in (0, 1))
    assert one.gain.value == other.gain.value
    assert one.gain.low != other.gain.low


def test_what_is_not_asked_for_is_as_the_help_says():
    task = Evaluating()
    assert (str(task.classifier), str(task.embedder)) == ("embedding", "auto")
    assert (task.repeats, task.metric, task.margin, task.similarity) == (10, "macro_f1", 0.01, 0.95)
    assert (task.curve, task.require_gain, task.seed) == ((), None, 0)
    assert (task.controls, task.skip_unlabelled) == (True, False)


def test_a_proof_says_each_result_in_a_row_of_its_own(proof):
    rows = list(proof.rows())
    kinds = [row["kind"] for row in rows]
    assert kinds == ["verdict"] * 2 + ["score"] * 14 + ["curve"] * 6
    assert rows[2]["train_kind"] == "real"
    assert rows[2]["labels"] == ("cards", "loans", "transfers")
    assert rows[0]["gain"]["value"] == proof.verdicts[0].gain.value
