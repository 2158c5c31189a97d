import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from dataaug.evaluation.scores import TestSet


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


def test_scores_are_exact_to_the_last_digit():
    truth = np.array([0] * 20 + [1] * 10)
    assert TestSet(truth, 2, 0).statistic(np.zeros(30, np.intp)).tolist() == [
        20 / 30, (40 / 50) / 2, 40 / 50, 0.0
    ]  # fmt: skip


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


def test_a_statistic_knows_the_rows_that_it_rests_on():
    truth = np.array([0] * 10 + [1] * 40)
    sizes = TestSet(truth, 3, 0).sizes()
    assert sizes.tolist() == [50, pytest.approx(4 / (1 / 10 + 1 / 40)), 10, 40, 0]
