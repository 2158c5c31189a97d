"""The verdict at its thresholds, and the rows that it says would tell."""

import numpy as np
import pytest

from dataaug.evaluation.intervals import Interval, Need, Variances, rows_needed
from dataaug.evaluation.samples import Sample
from dataaug.evaluation.scores import half_samples
from dataaug.evaluation.verdict import (
    Standard,
    _judgement,
    _rounded,
    in_points,
    judge_gain,
    untaught,
)


def between(low, high):
    return Interval((low + high) / 2, low, high)


@pytest.mark.parametrize(
    ("gain", "control", "judgement"),
    [
        ((0.001, 0.2), (0.001, 0.2), "helps"),
        ((0.001, 0.2), (0.0, 0.2), "no better than repeating"),
        ((0.0, 0.2), (0.001, 0.2), "cannot tell"),
        ((0.0, 0.2), None, "cannot tell"),
        ((0.001, 0.2), None, "helps"),
        ((-0.2, -0.001), (-0.2, -0.001), "hurts"),
        ((-0.2, -0.001), (-0.2, 0.0), "no better than repeating"),
        ((-0.2, 0.0), (-0.2, -0.001), "cannot tell"),
        ((-0.2, -0.001), None, "hurts"),
        ((-0.01, 0.01), (-0.2, 0.2), "no difference"),
        ((-0.011, 0.01), None, "cannot tell"),
        ((-0.01, 0.011), None, "cannot tell"),
        ((0.002, 0.01), (-0.2, 0.2), "no difference"),
        ((0.002, 0.011), (-0.2, 0.2), "no better than repeating"),
        ((0.002, 0.01), (0.002, 0.2), "helps"),  # beyond nothing, small though it is
    ],
)
def test_each_judgement_on_both_sides_of_its_limits(gain, control, judgement):
    both = [between(*one) for one in (gain, control) if one]
    assert _judgement(both, 0.01) == judgement


def test_a_difference_is_said_in_points():
    assert in_points(Interval(0.0123, -0.0049, 0.03)) == "+1.2 points (95 % interval -0.5 to +3.0)"


@pytest.mark.parametrize(
    ("rows", "said"),
    [(7, "7"), (99, "99"), (100, "100"), (101, "110"), (1_234, "1,300"), (123_456, "130,000")],
)
def test_rows_are_said_with_two_digits_rounded_up(rows, said):
    assert _rounded(rows) == said


def sample(value, error=0.0, rows=500, values=None, repeats=10):
    """Return a difference with a standard error of the test rows, and fits of some scatter."""
    fits = np.full((repeats + 1, 2), float(value)) if values is None else values
    draws = value + error * np.array([[-1.0, -1.0], [1.0, 1.0], [0.0, 0.0]])
    each = np.repeat(fits[:, None], 2, axis=1)
    return Sample(fits, draws, each, np.array([float(rows)] * 2), half_samples(repeats))


def verdict(gain, control=None, metric="macro_f1", required=None):
    return judge_gain("mix", gain, control, Standard(metric, 0.01, required, 80))


def test_the_verdict_speaks_of_the_metric_that_was_asked_for():
    fits = np.tile([0.03, -0.03], (11, 1))  # accuracy, macro-F1
    gain = Sample(fits, fits[:3], np.repeat(fits[:, None], 2, axis=1), np.array([9e5, 9e5]),
                  half_samples(10))  # fmt: skip
    by_accuracy, by_f1 = verdict(gain, metric="accuracy"), verdict(gain)
    assert (by_accuracy.judgement, by_f1.judgement) == ("helps", "hurts")
    assert by_accuracy.sentence.startswith("mix helps: accuracy +3.0 points (95 % interval +3.0")
    assert by_f1.sentence.startswith("mix hurts: macro-F1 -3.0 points")
    assert (by_accuracy.metric, by_f1.metric) == ("accuracy", "macro_f1")


def test_more_train_rows_are_named_where_test_rows_alone_would_not_tell():
    values = np.full((11, 2), 0.01)
    values[1::2] += 0.05
    values[2::2] -= 0.05
    found = verdict(sample(0.01, 0.01, values=values))
    assert found.judgement == "cannot tell"
    test, train = found.test_rows_needed, found.train_rows_needed
    assert train == -(-80 * test // 500)
    assert found.sentence.endswith(
        f"; about {_rounded(train)} real train rows and {_rounded(test)} test rows would tell, "
        "more test rows alone would not"
    )


@pytest.mark.parametrize(("error", "said"), [(0.12, True), (0.13, False)])
def test_a_million_rows_are_the_most_that_is_said(error, said):
    """It takes an error of 0.01 / 2.8: 500 * (0.12 / 0.00357)**2 is 565,000; 0.17 is beyond."""
    found = verdict(sample(0.01, error if said else 0.17))
    assert (found.test_rows_needed is not None) is said
    assert found.sentence.endswith("rows would tell")
    assert ("no usual number of rows" in found.sentence) is not said


def test_rows_are_needed_for_a_gain_that_is_open_whatever_the_control_says():
    sure, open_ = sample(0.05, 0.01), sample(0.009, 0.02)
    assert verdict(sure, open_).judgement == "no better than repeating"
    both = verdict(sample(0.01, 0.02), sample(0.02, 0.02))
    assert both.test_rows_needed == verdict(sample(0.01, 0.02)).test_rows_needed


@pytest.mark.parametrize(("required", "passed"), [(0.03, False), (0.02, True), (None, None)])
def test_a_required_gain_is_passed_only_above_it(required, passed):
    fits = np.full((11, 2), 0.03)
    exact = Sample(fits, fits[:3], np.repeat(fits[:, None], 2, axis=1), np.array([1e12, 1e12]),
                   half_samples(10))  # fmt: skip
    found = verdict(exact, required=required)
    assert (found.passed, found.required) == (passed, required)


@pytest.mark.parametrize(
    ("repeats", "said"),
    [(0, "one repeat carries"), (2, "two repeats carry"), (3, None)],
)
def test_three_repeats_carry_a_verdict(repeats, said):
    values = np.full((repeats + 1, 2), 0.3)
    found = verdict(sample(0.3, 0.001, 9_000, values, repeats), required=0.0)
    assert found.judgement == ("cannot tell" if said else "helps")
    assert found.passed is (said is None)
    assert ("95 %" in found.sentence) is (said is None)
    assert found.sentence.endswith(
        f"; {said} no interval for the choice of train rows: take --repeats 3 or more"
        if said
        else "on 9,000 real test rows"
    )
    assert (found.test_rows_needed, found.train_rows_needed) == (None, None)


@pytest.mark.parametrize(("required", "passed"), [(None, None), (0.0, False)])
def test_what_taught_nothing_cannot_be_told_and_says_why(required, passed):
    found = untaught("mix", "a reason", Standard("accuracy", 0.01, required, 80))
    assert (found.judgement, found.metric, found.gain) == ("cannot tell", "accuracy", None)
    assert (found.required, found.passed) == (required, passed)
    assert found.sentence.endswith("the classifier learnt nothing from it; a reason")


def test_where_test_rows_alone_would_hardly_ever_do_more_than_anyone_has_are_needed():
    """The train rows alone give nearly all the error that there may be."""
    train = (0.01 / 1.959964) ** 2 * (1 - 1e-12)
    known = Variances(*(np.array([part]) for part in (1e-4, 1e9, train, train)), 0)
    found = rows_needed(0.0, known, 0.01, (100, 50))
    assert found.test > 10**12
    assert found.train is None


def test_a_need_that_nothing_settles_is_none():
    """The difference that was seen is none at all beyond the margin, and no test would find it."""
    known = Variances(*(np.array([part]) for part in (1e-4, 1e9, 0.0, 0.0)), 0)
    assert rows_needed(0.0, known, 0.0, (100, 50)) == Need(None, None)
