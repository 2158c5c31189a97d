import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from dataaug.evaluation.scores import Design, Sample, TestSet, half_samples, rows_needed, seeded


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_scores_equal_those_of_scikit_learn(rng):
    truth = rng.integers(0, 4, 300)  # class 4 is only predicted, class 5 occurs nowhere
    predicted = rng.integers(0, 5, 300)
    mine = TestSet(truth, 6, 0).statistic(predicted)
    there = [0, 1, 2, 3]
    assert mine[0] == pytest.approx(accuracy_score(truth, predicted))
    wanted = f1_score(truth, predicted, average="macro", labels=there, zero_division=0)
    assert mine[1] == pytest.approx(wanted, abs=1e-6)
    each = f1_score(truth, predicted, average=None, labels=there, zero_division=0)
    assert mine[2:6] == pytest.approx(each, abs=1e-6)
    assert np.isnan(mine[6:]).all()
    assert TestSet(truth, 6, 0).confusion(predicted) == confusion_matrix(
        truth, predicted, labels=range(6)).tolist()  # fmt: skip


def test_the_bootstrap_of_accuracy_has_the_known_standard_error(rng):
    truth = np.zeros(400, np.intp)
    predicted = (rng.random(400) < 0.3).astype(np.intp)
    draws = TestSet(truth, 2, 0).draws([predicted])[0]
    share = float(np.mean(predicted == truth))
    assert draws[:, 0].std() == pytest.approx((share * (1 - share) / 400) ** 0.5, rel=0.08)


def test_paired_fits_see_the_same_bootstrap_samples(rng):
    truth = rng.integers(0, 3, 200)
    predicted = rng.integers(0, 3, 200)
    one, two = TestSet(truth, 3, 5).draws([predicted, predicted])
    np.testing.assert_array_equal(one, two)
    assert one[:, 0].std() > 0


def test_blocks_of_bootstrap_samples_do_not_change_the_variance(rng, monkeypatch):
    truth, predicted = rng.integers(0, 3, 500), rng.integers(0, 3, 500)
    whole = TestSet(truth, 3, 1).draws([predicted])[0]
    monkeypatch.setattr("dataaug.evaluation.scores._CELLS", 5_000)
    parts = TestSet(truth, 3, 1).draws([predicted])[0]
    assert parts[:, 1].std() == pytest.approx(whole[:, 1].std(), rel=0.12)


def test_intervals_cover_the_true_difference_over_train_and_test_draws():
    """An additive world: score = effect of the train rows + effect of the test rows."""
    rng = np.random.default_rng(3)
    truth, groups, covered, runs = 0.02, 5, 0, 600
    for _ in range(runs):
        train = truth + rng.normal(0, 0.3, 100)  # the difference is the mean over both draws
        test = rng.normal(0, 0.2, 200)
        halves = [rng.permutation(100)[:50] for _ in range(groups)]
        fits = [train.mean()] + [train[half].mean() for half in halves]
        values = np.array(fits)[:, None] + test.mean()
        boot = values[0] + rng.normal(0, test.std(ddof=1) / 200**0.5, (1000, 1))
        interval = Sample(values, boot, 200, half_samples(groups)).intervals()[0]
        covered += interval.low <= truth <= interval.high
    assert 0.93 <= covered / runs <= 0.985


def test_seeded_fits_give_the_standard_error_of_their_mean():
    values = np.array([[0.1], [0.3], [0.2], [0.4]])
    sample = Sample(values, np.full((10, 1), 0.25), 10_000, seeded(4))
    assert sample.value == pytest.approx(0.25)
    assert sample.variances()[1] == pytest.approx(np.var(values, ddof=1) / 4)


def test_equal_predictions_on_few_rows_prove_little():
    nothing = Sample(np.zeros((1, 1)), np.zeros((100, 1)), 20, Design((0,), (0,), 0.0))
    interval = nothing.intervals()[0]
    assert interval.value == 0
    assert interval.low < -0.05
    assert interval.high > 0.05


@pytest.mark.parametrize(
    ("value", "test", "fit", "rows", "wanted"),
    [
        (0.02, 0.0001, 0.0, 1000, 1963),  # (2.802 / 0.02)**2 * 0.1
        (0.02, 0.0001, 0.0001, 1000, None),  # the fits alone scatter too much
        (0.0, 0.0001, 0.0, 1000, None),
    ],
)
def test_rows_needed_solves_the_power_formula(value, test, fit, rows, wanted):
    assert rows_needed(value, test, fit, rows) == wanted
