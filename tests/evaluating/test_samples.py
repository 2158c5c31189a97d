"""What is made of the scores of fits, with numbers worked out by hand."""

import numpy as np
import pytest
from scipy.stats import t

from dataaug.evaluation.intervals import Variances, effective_rows, wilson
from dataaug.evaluation.samples import Sample, _mean, _variance
from dataaug.evaluation.scores import Design, TestSet, draws_of, half_samples

NORMAL = 1.959964


def sample(values, draws, each, rows, design):
    """Return a sample of one statistic."""
    column = [np.array(part, np.float64)[..., None] for part in (values, draws, each)]
    return Sample(*column, np.array([float(rows)]), design)


HALVES = half_samples(3)
ONE = sample(
    [0.30, 0.20, 0.40, 0.60],
    [0.25, 0.35, 0.30],  # variance 0.0025
    # Twice as much at stake for the halves; they move together, so no part of it is chance.
    [[0.29, 0.31], [0.18, 0.22], [0.38, 0.42], [0.58, 0.62]],
    98, HALVES,
)  # fmt: skip


def test_the_estimate_is_the_mean_of_the_headline_fits():
    assert ONE.value == pytest.approx([0.30])
    both = Sample(ONE.fits, ONE.draws, ONE.each, ONE.sizes, Design((0, 3), (1, 2), 1.0))
    assert both.value == pytest.approx([0.45])
    assert ONE.rows == 98


def test_what_is_at_stake_is_compared_by_the_variances_of_single_fits():
    """0.0002 for the estimate, 0.0008 for the halves, and one pair of 100 rows on either side."""
    assert ONE.stake() == pytest.approx([(0.0002 + 0.0001) / (0.0008 + 0.0001)])
    calm = Sample(ONE.fits, ONE.draws, ONE.each[::-1], ONE.sizes, HALVES)
    assert calm.stake() == pytest.approx([1.0])  # (0.0008 + 0.0001) / (0.0006 + 0.0001), capped


def test_the_variances_of_a_sample():
    known = ONE.variances()
    assert known.drawn == pytest.approx([0.0025])
    assert known.test == pytest.approx([0.0025])
    scatter = np.var([0.2, 0.4, 0.6], ddof=1) * (1 / 3) ** 1.5
    assert known.scatter == pytest.approx([scatter])
    assert known.train == pytest.approx([scatter])
    assert known.freedom == 2


def test_the_part_of_the_scatter_that_is_chance_of_test_rows_is_taken_out():
    """The halves' deviations differ by (-0.02, 0.02), (0.02, -0.02) and (0, 0): 0.0004 at each."""
    each = [[0.29, 0.31], [0.18, 0.22], [0.42, 0.38], [0.60, 0.60]]
    found = sample([0.30, 0.20, 0.40, 0.60], [0.3, 0.3], each, 98, Design((0,), (1, 2, 3), 0.5))
    stake = (0.0002 + 0.0001) / ((0.0008 + 0.0008 + 0) / 3 + 0.0001)
    assert found.variances().train == pytest.approx([0.5 * stake**1.5 * (0.04 - 0.0004)])
    assert found.variances().scatter == pytest.approx([0.5 * stake**1.5 * 0.04])
    assert found.variances().test == pytest.approx([1 / 100**2])  # the floor


def test_scatter_that_is_all_chance_leaves_no_variance():
    each = [[0.30, 0.30], [0.0, 0.6], [0.7, 0.1], [0.4, 0.4]]
    found = sample([0.30, 0.30, 0.4, 0.4], [0.3, 0.3], each, 98, HALVES).variances()
    assert found.train == [0.0]
    assert found.scatter > 0


@pytest.mark.parametrize(("spread", "freedom"), [((), 0), ((1,), 0), ((1, 2), 1)])
def test_fewer_than_two_fits_tell_nothing_of_the_train_rows(spread, freedom):
    found = Sample(ONE.fits, ONE.draws, ONE.each, ONE.sizes, Design((0,), spread, 1.0)).variances()
    assert found.freedom == freedom
    assert bool(found.train[0] > 0) == bool(found.scatter[0] > 0) == (freedom > 0)


def test_an_interval_is_the_estimate_plus_and_minus_student_s_quantile():
    known = ONE.variances()
    error = (known.test[0] + known.train[0]) ** 0.5
    freedom = 2 * (error**2 / known.scatter[0]) ** 2
    (interval,) = ONE.intervals()
    reach = t.ppf(0.975, freedom) * error
    assert interval.value == pytest.approx(0.30)
    assert interval.low == pytest.approx(0.30 - reach)
    assert interval.high == pytest.approx(0.30 + reach)


@pytest.mark.parametrize("value", [0.95, -0.95])
def test_an_interval_of_a_difference_ends_at_1(value):
    far = sample([value], [value - 0.3, value + 0.3], [[value] * 2], 50, Design((0,), (), 1.0))
    (interval,) = far.intervals()
    assert (interval.high == 1, interval.low == -1) == (value > 0, value < 0)


def test_a_difference_is_taken_fit_by_fit_and_draw_by_draw():
    other = sample([0.1, 0.2, 0.3, 0.2], [0.2, 0.1, 0.0],
                   [[0.1, 0.2], [0.2, 0.1], [0.3, 0.3], [0.2, 0.0]], 98, HALVES)  # fmt: skip
    found = ONE.minus(other)
    assert found.fits[:, 0] == pytest.approx([0.2, 0.0, 0.1, 0.4])
    assert found.draws[:, 0] == pytest.approx([0.05, 0.25, 0.30])
    assert found.each[3, :, 0] == pytest.approx([0.38, 0.62])
    assert (found.sizes, found.design) == (ONE.sizes, HALVES)


def test_the_interval_of_a_score_is_wilson_s_with_the_train_rows_variance():
    known = ONE.variances()
    (found,) = ONE.scores()
    rows = effective_rows(ONE.value, known.drawn, ONE.sizes)
    q = float(known.quantile()[0])
    for end in (found.low, found.high):  # where the distance is q standard errors at p
        wanted = q**2 * (end * (1 - end) / rows[0] + known.train[0])
        assert (0.30 - end) ** 2 == pytest.approx(wanted)
    assert found.low < found.value < found.high


def test_what_is_not_a_number_is_left_out_of_means_and_variances():
    values = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan], [5.0, 7.0, np.nan]])
    assert _mean(values, 0) == pytest.approx([3, 6, np.nan], nan_ok=True)
    assert _variance(values, 0) == pytest.approx([4, 2, np.nan], nan_ok=True)
    assert _mean(values, 1)[1] == 4
    assert _variance(values, 1)[1] == 2
    assert _variance(np.array([[7.0]]), 0) == [0.0]  # one value has none, and no division by 0


# --- intervals


def variances(test, train, scatter, freedom, rows=1e9):
    return Variances(*(np.array([float(part)]) for part in (test, rows, train, scatter)), freedom)


@pytest.mark.parametrize(
    ("freedom", "scatter", "train", "effective"),
    [
        (4, 0.01, 0.01, 4 * (0.03 / 0.01) ** 2),
        (4, 0.04, 0.0, 4),  # (0.02 / 0.04)**2 of it would be 1, fewer than the fits alone give
        (1, 0.01, 0.0, 1 * 2.0**2),
        (2, 0.0, 0.0, 1e9),
    ],
)
def test_degrees_of_freedom_follow_welch_and_satterthwaite(freedom, scatter, train, effective):
    found = variances(0.02, train, scatter, freedom).quantile()
    assert found == pytest.approx([t.ppf(0.975, effective)])


def test_with_nothing_known_of_the_fits_the_quantile_is_the_normal_one():
    assert variances(0.02, 0, 0, 0).quantile() == pytest.approx([NORMAL])


def test_the_variances_of_one_statistic_are_taken_out():
    numbers = np.arange(12.0).reshape(4, 3)
    one = Variances(*numbers, freedom=5).only(1)
    parts = (one.drawn, one.rows, one.train, one.scatter)
    assert [part.tolist() for part in parts] == [[1.0], [4.0], [7.0], [10.0]]
    assert one.freedom == 5


def test_the_rows_of_a_plain_share_have_its_size_and_few_errors_are_not_believed():
    share, sizes = np.array([0.5, 0.9, 1.0, 0.0]), np.array([100.0, 40.0, 20.0, 30.0])
    plain = share * (1 - share) / sizes
    assert effective_rows(share, plain, sizes) == pytest.approx(sizes)
    # 50 errors outweigh the 3.84 of the prior: half the variance, nearly twice the rows.
    prior = NORMAL**2
    (found,) = effective_rows(share[:1], plain[:1] / 2, sizes[:1])
    assert found == pytest.approx((50 + prior) / (50 / 200 + prior / 100))
    assert effective_rows(np.array([1.0]), np.array([0.0]), np.array([0.0])) == pytest.approx([1])


def test_wilson_s_interval_has_its_ends_where_the_score_is_so_many_errors_away():
    value, rows, q = np.array([0.2, 0.0, 1.0]), np.array([50.0, 20.0, 20.0]), np.full(3, 2.5)
    low, high = wilson(value, rows, np.full(3, 0.001), q)
    for end in (low[0], high[0], high[1], low[2]):
        score, count = {0: (0.2, 50)}.get(0) if end in (low[0], high[0]) else (
            (0.0, 20) if end == high[1] else (1.0, 20)
        )  # fmt: skip
        assert (score - end) ** 2 == pytest.approx(2.5**2 * (end * (1 - end) / count + 0.001))
    assert low[1] == 0
    assert high[2] == 1


# --- designs and test sets


def test_up_to_half_of_the_rows_the_draws_of_a_curve_tell_their_own_variance():
    half, beyond = draws_of(50, 100, 4), draws_of(51, 100, 4)
    assert (half.headline, half.spread, half.factor) == (range4 := (0, 1, 2, 3), range4, 1 + 0.25)
    assert (beyond.headline, beyond.spread) == (range4, (4, 5, 6, 7))
    assert beyond.factor == pytest.approx(1 + (100 / 51 - 1) / 4)


def test_the_design_of_an_evaluation_is_one_fit_and_its_halves():
    assert half_samples(3) == Design((0,), (1, 2, 3), 1.0)
    assert half_samples(0).spread == ()


def test_the_bootstrap_draws_as_many_samples_as_asked_for_from_its_seed():
    truth = np.array([0, 1, 1, 0])
    one, other = TestSet(truth, 2, 3), TestSet(truth, 2, 4)
    found = one.draws([truth, 1 - truth], 7)
    assert found.shape == (2, 7, 4)
    assert (found[0, :, 0] == 1).all()
    assert (found[1, :, 0] == 0).all()
    mixed = np.array([0, 0, 1, 1])
    assert one.draws([mixed]).shape == (1, 1000, 4)
    assert np.array_equal(one.draws([mixed], 50), one.draws([mixed], 50), equal_nan=True)
    assert not np.array_equal(one.draws([mixed], 50), other.draws([mixed], 50), equal_nan=True)


def test_a_class_that_a_bootstrap_sample_lacks_has_no_score_in_it():
    truth = np.array([0] * 6 + [1])
    found = TestSet(truth, 2, 0).draws([np.zeros(7, np.intp)], 400)[0]
    lacks = np.isnan(found[:, 3])
    assert 0.2 < lacks.mean() < 0.5  # (6 / 7)**7 is 0.34
    assert (found[lacks, 0] == 1).all()
    assert (found[lacks, 1] == 1).all()  # the mean of the F1 of the class that there is
    assert (found[~lacks, 1] < 0.5).all()
