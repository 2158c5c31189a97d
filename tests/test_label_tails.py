"""The label check's cut: at most as many good rows are lost as said."""

import random

import numpy as np
import pytest
from making import made, real, rejected

from dataaug import plugins
from dataaug.filtering.checks import Rows
from dataaug.filtering.checks import label as label_check
from dataaug.filtering.checks.held_out import Row, deal
from dataaug.filtering.checks.tails import (
    NOTHING,
    Doubts,
    allowed,
    at_margin,
    at_tail,
    doubts,
    needed,
    planted,
)
from dataaug.filtering.run import Filtering, filter  # noqa: A004 - the verb is called so
from dataaug.plugins import Spec
from dataaug.rows.record import Schema
from dataaug.rows.report import Report


def scores(count, seed, shift=-2.0):
    """Return doubts as a classifier with some errors has them."""
    rng = np.random.default_rng(seed)
    margin = np.tanh(rng.normal(shift, 1.5, count))
    return Doubts(margin, 3 * margin + rng.normal(0, 1, count))


def chances(rng, rows, labels, sharp=3.0):
    """Return true labels, and probabilities that favour them."""
    own = rng.integers(0, labels, rows)
    scores = rng.normal(size=(rows, labels))
    scores[np.arange(rows), own] += sharp
    found = np.exp(scores)
    return found / found.sum(axis=1, keepdims=True), own


def test_doubts_compare_the_own_label_with_the_likeliest_other():
    found = np.array([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1], [0.7, 0.2, 0.1]])
    said, best = doubts(found, np.array([0, 2, -1]))
    assert said.margin == pytest.approx([-0.5, 0.6, 0.7])
    assert said.ratio[:2] == pytest.approx([np.log(2 / 7), np.log(7)])
    assert said.ratio[2] > 15
    assert best.tolist() == [1, 0, 0]


@pytest.mark.parametrize("count", [59, 200, 1_000, 5_000])
def test_a_tail_loses_the_share_of_rows_like_the_real_ones(count):
    lost = []
    for seed in range(200):
        cut = at_tail(scores(count, seed), 0.02, 0.05)
        fresh = cut(scores(4_000, 1_000 + seed)).mean()
        lost.append(fresh)
        assert cut.lost <= max(1, 0.02 * (count + 1))
    assert np.mean(lost) < 0.021
    assert np.mean(lost) > 0.01
    assert np.mean(np.array(lost) > 0.05) <= 0.07  # 5 % by design; 200 draws have an error of 1.5


def test_both_scores_have_a_part_in_a_tail():
    cut = at_tail(scores(2_000, 1), 0.02, 0.05)
    real = scores(2_000, 1)
    by_margin, by_ratio = real.margin >= cut.margin, real.ratio >= cut.ratio
    assert (by_margin & ~by_ratio).any()
    assert (by_ratio & ~by_margin).any()
    assert by_margin.sum() >= by_ratio.sum()


def test_rows_whose_own_label_is_the_likeliest_never_go():
    sure = Doubts(-np.linspace(0.1, 0.9, 300), -np.linspace(0.1, 5, 300))
    cut = at_tail(sure, 0.02, 0.05)
    assert cut.lost == 0
    assert 0 < cut.most < 0.02  # 300 rows without an error do not prove that there are none
    assert not cut(Doubts(np.array([-0.01]), np.array([-0.01]))).any()
    assert cut(Doubts(np.array([0.01]), np.array([0.01]))).all()


@pytest.mark.parametrize("largest", [0.0, 0.01, 0.05, 0.3])
def test_it_takes_so_many_real_rows_to_be_sure(largest):
    if not largest:
        assert allowed(10_000, largest) == 0
        return
    least = needed(largest)
    assert allowed(least - 1, largest) == 0
    assert allowed(least, largest) == 1
    assert at_tail(scores(least - 1, 1), 0.02, largest) == NOTHING


def test_a_margin_is_kept_unless_it_would_cost_too_much():
    real = scores(2_000, 1)
    kept = at_margin(real, 0.95, 0.05)
    assert kept.margin == 0.95
    assert kept.lost == (real.margin >= 0.95).sum()
    raised = at_margin(real, 0.01, 0.05)
    assert raised.margin > 0.01
    assert raised.most <= 0.05
    assert raised.lost / 2_000 > 0.03
    assert at_margin(scores(40, 1), 0.01, 0.05) == NOTHING
    assert at_margin(real, 0.01, 1.0).margin == 0.01


def test_equal_scores_go_together_or_not_at_all():
    tied = Doubts(np.repeat([0.9, -0.5], [100, 900]), np.repeat([3.0, -1.0], [100, 900]))
    assert at_tail(tied, 0.02, 0.05) == NOTHING
    assert at_margin(tied, 0.5, 0.05) == NOTHING


@pytest.mark.parametrize("labels", [2, 5, 30])
def test_the_forecast_of_what_is_found_is_what_is_found(labels):
    rng = np.random.default_rng(1)
    found, own = chances(rng, 3_000, labels)
    cut = at_tail(doubts(found, own)[0], 0.02, 0.05)
    anywhere, near = planted(found, own, cut)
    fresh, true = chances(rng, 6_000, labels)
    wrong = (true + rng.integers(1, labels, len(true))) % labels
    assert cut(doubts(fresh, wrong)[0]).mean() == pytest.approx(anywhere, abs=0.03)
    if labels == 2:
        assert near == anywhere


_ABOUT = {"delivery": "parcel courier box track late", "refund": "money payment bank card"}
_WORDS = ["order", "shop", "week", "kettle", "shoes", "account", "wrong", "return", "charge"]
_OTHER = {"delivery": "refund", "refund": "delivery"}


def text(rng, name, doubt):
    """Return a text with three words of its label, each of the other one by some chance."""
    words = [
        rng.choice(_ABOUT[_OTHER[name] if rng.random() < doubt else name].split()) for _ in range(3)
    ] + rng.choices(_WORDS, k=4)
    rng.shuffle(words)
    return " ".join(words)


def rows(count, doubt=0.0, seed=1):
    """Return real rows, good synthetic ones, and some with the wrong label."""
    rng = random.Random(seed)
    reals = [real(text(rng, name, doubt), name, id=f"{name}{n}")
             for n in range(count // 2) for name in _OTHER]  # fmt: skip
    good = [made(text(rng, name, doubt), name, name=f"good-{name}{n}")
            for n in range(100) for name in _OTHER]  # fmt: skip
    bad = [made(text(rng, name, doubt), _OTHER[name], name=f"bad-{name}{n}")
           for n in range(20) for name in _OTHER]  # fmt: skip
    return reals, good, bad


def run(stream, **options):
    report = Report("filter")
    check = Spec("label", {"classifier": "tfidf", **options})
    found = {one.record.id for one in rejected(filter(stream, Filtering([check]), report=report))}
    return found, report.summary.label.forecast, report.warnings


def test_on_labels_that_are_hard_to_tell_it_loses_no_more_good_rows_and_finds_fewer():
    for doubt, least in ((0.0, 0.9), (0.3, 0.05)):
        reals, good, bad = rows(400, doubt)
        found, note, warnings = run(reals + good + bad)
        lost = sum(row.id in found for row in good) / len(good)
        hits = sum(row.id in found for row in bad) / len(bad)
        assert lost <= 0.05
        assert hits >= least
        assert abs(note.expected_found["any_other_label"] - hits) < 0.25
        assert warnings == []
    assert hits < 0.6


def test_with_too_few_real_rows_it_says_that_it_cannot_check():
    reals, good, bad = rows(40)
    found, note, warnings = run(reals + good + bad)
    assert found == set()
    assert note.largest_good_loss == 0
    assert any("with 40 real rows" in said and "takes 59" in said for said in warnings)
    found, note, _ = run(reals + good + bad, max_good_loss=0.2)
    assert len(found & {row.id for row in bad}) > 10
    assert 0 < note.largest_good_loss <= 0.2


def test_a_smaller_largest_loss_cuts_less_and_says_so():
    reals, good, bad = rows(400, doubt=0.2)
    many, _, _ = run(reals + good + bad)
    few, note, warnings = run(reals + good + bad, max_good_loss=0.01)
    assert few < many
    assert note.largest_good_loss <= 0.01
    assert any("and not 2.00%" in said and "1.0% of good rows" in said for said in warnings)


def test_a_fixed_margin_is_raised_and_says_so():
    reals, good, bad = rows(400, doubt=0.2)
    _, note, warnings = run(reals + good + bad, margin=0.01)
    assert note.margin > 0.01
    assert note.largest_good_loss <= 0.05
    assert any("and not 0.01" in said for said in warnings)


def test_a_label_that_is_not_judged_has_no_part_in_the_cut():
    reals, good, bad = rows(400, doubt=0.1)
    rng = random.Random(9)
    vague = [real(text(rng, rng.choice(sorted(_OTHER)), 0.0), "vague", id=f"v{n}")
             for n in range(12)]  # fmt: skip
    found, note, warnings = run([*reals, *vague, *good, *bad])
    assert note.not_judged == ["vague"]
    assert any("no verdict on 'vague'" in said for said in warnings)
    assert note.expected_good_loss == pytest.approx(0.02, abs=0.003)
    assert len(found & {row.id for row in bad}) > 20


def test_equal_real_texts_are_judged_by_a_model_that_has_seen_neither():
    twins = [Row(n, f"text {n // 2}", "a", f"root{n}") for n in range(40)]
    folds = deal(twins, 5)
    assert all(folds[f"root{n}"] == folds[f"root{n + 1}"] for n in range(0, 40, 2))
    assert len(set(folds.values())) == 5
    assert deal(twins[::-1], 5) == folds


def test_among_many_balanced_labels_wrong_ones_are_found():
    """150 labels of 25 rows each, where a classifier was once left as it started."""
    rng = random.Random(5)
    syllables = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
    own = [["".join(rng.choices(syllables, k=3)) for _ in range(5)] for _ in range(150)]

    def say(number):
        return " ".join([*rng.choices(own[number], k=4), *rng.choices(syllables, k=3)])

    reals = [real(say(n), f"{n:03}", id=f"r{n}-{m}") for n in range(150) for m in range(25)]
    good = [made(say(n), f"{n:03}", name=f"good{n}") for n in range(150)]
    bad = [made(say(n), f"{(n + 40) % 150:03}", name=f"bad{n}") for n in range(150)]
    stream = [*reals, *good, *bad]
    hashing = Spec("embedding", {"embedder": "hashing", "balanced": True})
    check = label_check._Label(
        plugins.load("classifiers", hashing), label_check.LossLimits(0.02, 0.0, 0.05), 2, 5
    )
    frozen = Rows(Schema())
    frozen.extend(stream)
    frozen.freeze()
    failed = {stream[n].id for n in np.flatnonzero(check.judge(frozen))}
    assert len(failed & {row.id for row in bad}) >= 140
    assert len(failed & {row.id for row in good}) <= 6
