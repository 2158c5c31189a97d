"""The five verdicts: what each asks for, and its one plain sentence."""

import numpy as np
import pytest

from dataaug.evaluation.samples import Sample
from dataaug.evaluation.scores import half_samples
from dataaug.evaluation.verdict import Standard, judge_gain


def sample(value, error, rows=500, repeats=10):
    """Return a difference with a standard error that the test rows give it."""
    values = np.full((repeats + 1, 2), float(value))
    draws = value + error * np.random.default_rng(0).standard_normal((1000, 2))
    draws = value + (draws - draws.mean(axis=0)) * error / draws.std(axis=0, ddof=1)
    each = np.repeat(draws[None, :200], repeats + 1, axis=0).astype(np.float32)
    return Sample(values, draws, each, np.array([float(rows)] * 2), half_samples(repeats))


def verdict(gain, control, **given):
    standard = Standard(**{"metric": "macro_f1", "margin": 0.01, "required": None,
                           "train_rows": 100, **given})  # fmt: skip
    return judge_gain("mix", sample(*gain), control and sample(*control), standard)


@pytest.mark.parametrize(
    ("gain", "control", "judgement", "said"),
    [
        ((0.03, 0.01), (0.03, 0.01), "helps", "mix helps: macro-F1 +3.0 points"),
        ((0.03, 0.01), None, "helps", "mix helps: macro-F1 +3.0 points"),
        ((0.03, 0.01), (0.01, 0.01), "no better than repeating",
         "mix is no better than repeating the real rows"),
        ((-0.03, 0.01), (0.0, 0.01), "no better than repeating",
         "mix is no better than repeating the real rows, and worse than the real rows alone: "),
        ((-0.03, 0.01), (-0.03, 0.01), "hurts", "mix hurts: macro-F1 -3.0 points"),
        ((0.001, 0.003), (0.001, 0.003), "no difference",
         "mix makes no difference beyond ±0.7 points"),
        ((0.005, 0.001), (0.0, 0.003), "no difference",
         "mix makes no difference beyond ±0.9 points"),
        ((0.007, 0.001), (0.007, 0.001), "helps", "mix helps"),
        ((0.01, 0.01), (0.01, 0.01), "cannot tell", "mix cannot be told from the real rows"),
    ],
)  # fmt: skip
def test_each_verdict_has_its_one_sentence(gain, control, judgement, said):
    found = verdict(gain, control)
    assert found.judgement == judgement
    assert found.sentence.startswith(said)
    assert "on 500 real test rows" in found.sentence
    assert ("rows repeated as often" in found.sentence) == (control is not None)


def test_what_cannot_be_told_comes_with_the_rows_that_would_tell():
    found = verdict((0.01, 0.01), (0.01, 0.01))
    assert found.test_rows_needed == np.ceil(500 * (0.01 * (1.959964 + 0.841621) / 0.01) ** 2)
    assert found.train_rows_needed is None
    assert found.sentence.endswith("; about 4,000 test rows would tell")


def test_what_no_usual_number_would_tell_is_said():
    found = verdict((0.01, 0.5), (0.01, 0.5))
    assert found.test_rows_needed is None
    assert found.sentence.endswith("; no usual number of rows would tell")


@pytest.mark.parametrize("control", [(0.009, 0.0052), None])
def test_about_500_test_rows_is_not_said_on_500(control):
    found = verdict((0.01, 0.0052), control)
    assert found.judgement == "cannot tell"
    assert found.test_rows_needed > 500


@pytest.mark.parametrize(
    ("gain", "control", "required", "passed"),
    [
        ((0.03, 0.005), (0.03, 0.005), 0.01, True),
        ((0.03, 0.005), (0.015, 0.005), 0.01, False),  # not over the repeated rows
        ((0.03, 0.005), None, 0.01, True),
        ((0.03, 0.005), None, 0.025, False),
        ((0.001, 0.003), (0.001, 0.003), -0.01, True),  # "no worse than a point"
    ],
)
def test_a_required_gain_is_held_to_both_comparisons(gain, control, required, passed):
    assert verdict(gain, control, required=required).passed is passed


def test_the_margin_is_the_user_s():
    assert verdict((0.001, 0.003), None, margin=0.005).judgement == "cannot tell"
    assert verdict((0.01, 0.01), None, margin=0.03).judgement == "no difference"
