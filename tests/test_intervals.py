import numpy as np
import pytest

from dataaug.evaluation.intervals import Variances, effective_rows, rows_needed, wilson
from dataaug.evaluation.samples import Sample
from dataaug.evaluation.scores import Design, TestSet, draws_of, half_samples

NORMAL = 1.959964


def known(test, train, scatter=None, freedom=9, rows=1e9):
    parts = (test, rows, train, train if scatter is None else scatter)
    return Variances(*(np.array([float(part)]) for part in parts), freedom)


def constant(values, design, rows=10_000, draws=None):
    """Return a sample of fits that the choice of test rows does not move, unless draws do."""
    values = np.array(values, np.float64)[:, None]
    moved = np.repeat(values[:, None], 200, axis=1) if draws is None else values[:, None] + draws
    headline = moved[list(design.headline)].mean(axis=0)
    return Sample(values, headline, moved.astype(np.float32), np.array([float(rows)]), design)


def world(rng, repeats, interaction):
    """Draw an additive world: effect of train rows, of test rows, and of each fit on each row."""
    train = 0.02 + rng.normal(0, 0.3, 100)
    test = rng.normal(0, 0.2, 200)
    sets = [np.arange(100)] + [rng.permutation(100)[:50] for _ in range(repeats)]
    own = rng.normal(0, 1, (repeats + 1, 200)) * interaction
    cells = np.array([train[one].mean() + test for one in sets]) + own
    weights = rng.multinomial(200, np.full(200, 1 / 200), 300) / 200
    each = np.einsum("bi,fi->fb", weights, cells)[:, :, None]
    design = half_samples(repeats)
    return Sample(cells.mean(axis=1)[:, None], each[0], each.astype(np.float32),
                  np.array([200.0]), design)  # fmt: skip


@pytest.mark.parametrize("interaction", [0.0, 0.4])
def test_intervals_cover_the_true_difference_over_train_and_test_draws(interaction):
    """With interaction, each fit errs on other test rows: that must not count twice."""
    rng = np.random.default_rng(11)
    found = [world(rng, 10, interaction) for _ in range(500)]
    intervals = [one.intervals()[0] for one in found]
    covered = np.mean([one.low <= 0.02 <= one.high for one in intervals])
    assert 0.925 <= covered <= 0.985
    spread = np.std([one.value for one in intervals])
    wide = np.mean([one.high - one.low for one in intervals]) / 2
    assert wide < 1.22 * NORMAL * spread


def test_the_variance_of_the_train_rows_is_that_of_the_halves():
    values = [0.2, 0.1, 0.3, 0.2, 0.4]
    found = constant(values, half_samples(4)).variances()
    assert found.train == pytest.approx(np.var(values[1:], ddof=1))
    assert found.freedom == 3


def test_what_the_test_rows_do_to_each_fit_is_not_counted_twice():
    rng = np.random.default_rng(1)
    draws = rng.normal(0, 0.1, (5, 4000, 1))
    values = [0.2, 0.1, 0.3, 0.2, 0.4]
    found = constant(values, half_samples(4), draws=draws).variances()
    assert found.scatter == pytest.approx(np.var(values[1:], ddof=1), rel=0.05)
    assert found.train == pytest.approx(np.var(values[1:], ddof=1) - 0.01, rel=0.1)


def test_fits_with_more_at_stake_are_scaled_to_what_the_estimate_has():
    rng = np.random.default_rng(1)
    values = [0.2, 0.1, 0.3, 0.2, 0.4]
    moved = rng.normal(0, 0.01, (1, 20_000, 1)) * np.array([1, 2, 2, 2, 2])[:, None, None]
    sample = constant(values, half_samples(4), draws=moved)
    assert sample.stake() == pytest.approx(1 / 4, rel=0.01)
    calm = constant(values, half_samples(4)).variances().scatter
    assert sample.variances().scatter == pytest.approx(calm * 0.25**1.5, rel=0.02)


def test_a_point_of_the_curve_has_the_variance_of_the_train_rows():
    assert draws_of(20, 100, 5).factor == pytest.approx(20 / 80 + 1 / 5)
    assert draws_of(20, 100, 5).spread == draws_of(20, 100, 5).headline == tuple(range(5))
    beyond = draws_of(80, 100, 5)
    assert beyond.headline == tuple(range(5))
    assert beyond.spread == tuple(range(5, 10))
    assert beyond.factor == pytest.approx(1 + 0.25 / 5)


@pytest.mark.parametrize("size", [30, 80])
def test_intervals_of_the_curve_cover_over_draws_of_the_train_rows(size):
    """The mean over draws of ``size`` of 100 rows, where the score is the mean of their effects."""
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(500):
        train = rng.normal(0, 0.3, 100)
        sets = [rng.permutation(100)[:size] for _ in range(10)]
        sets += [rng.permutation(100)[:50] for _ in range(10)]
        values = [train[one].mean() for one in sets]
        interval = constant(values, draws_of(size, 100, 10)).intervals()[0]
        covered += interval.low <= 0 <= interval.high
    assert 0.925 <= covered / 500 <= 0.985


def test_equal_predictions_on_few_rows_prove_little():
    nothing = constant([0.0], Design((0,), (), 1.0), rows=20)
    interval = nothing.intervals()[0]
    assert interval.value == 0
    assert interval.low < -0.05
    assert interval.high > 0.05


def test_equal_predictions_on_a_class_of_few_rows_prove_little_of_it():
    truth = np.array([0] * 500 + [1] * 3)
    known = TestSet(truth, 2, 0)
    base = share_of(known, truth)
    *_, common, rare = base.minus(base).intervals()
    assert common.high < 0.005
    assert rare.high > 0.3


def share(rows, right):
    truth = np.zeros(rows, np.intp)
    return share_of(TestSet(truth, 2, 0), (np.arange(rows) >= right).astype(np.intp))


def share_of(known, predicted):
    draws = known.draws([predicted])
    return Sample(known.statistic(predicted)[None], draws[0], draws[:, :200].astype(np.float32),
                  known.sizes(), Design((0,), (), 1.0))  # fmt: skip


def test_twenty_of_twenty_right_is_wilson_s_interval():
    accuracy, macro, *_ = share(20, 20).scores()
    for one in (accuracy, macro):
        assert (one.value, one.high) == (1, 1)
        assert one.low == pytest.approx(20 / (20 + NORMAL**2), abs=1e-6)  # 0.839


@pytest.mark.parametrize(("rows", "right"), [(20, 19), (50, 30), (400, 380), (30, 0)])
def test_the_interval_of_accuracy_is_wilson_s(rows, right):
    from scipy.stats import binomtest

    wanted = binomtest(right, rows).proportion_ci(method="wilson")
    found = share(rows, right).scores()[0]
    assert found.low == pytest.approx(wanted.low, abs=0.012)
    assert found.high == pytest.approx(wanted.high, abs=0.012)


def test_score_intervals_cover_near_the_edge():
    rng = np.random.default_rng(2)
    for rows, truth in ((20, 0.9), (20, 0.98), (100, 0.95)):
        hits = rng.binomial(rows, truth, 2000) / rows
        sizes = np.full(2000, float(rows))
        low, high = wilson(hits, effective_rows(hits, hits * (1 - hits) / rows, sizes),
                           np.zeros(2000), np.full(2000, NORMAL))  # fmt: skip
        assert np.mean((low <= truth) & (truth <= high)) > 0.92
        assert low.min() >= 0
        assert high.max() <= 1


def test_the_train_rows_widen_the_interval_of_a_score():
    value, rows, quantile = np.array([0.8]), np.array([100.0]), np.array([NORMAL])
    narrow = wilson(value, rows, np.array([0.0]), quantile)
    wide = wilson(value, rows, np.array([0.0016]), quantile)
    assert wide[0] < narrow[0]
    assert wide[1] > narrow[1]


@pytest.mark.parametrize("freedom", [2, 4, 9])
@pytest.mark.parametrize("value", [0.0, 0.004, -0.012, 0.03])
@pytest.mark.parametrize("train", [0.0, 1e-5, 4e-4])
def test_rows_that_would_tell_are_more_than_there_are(value, train, freedom):
    variances = known(3e-4, train, freedom=freedom)
    reach = float(variances.quantile()[0] * np.sqrt(3e-4 + train))
    if abs(value) > reach or abs(value) + reach <= 0.01:
        pytest.skip("this is told")
    found = rows_needed(value, variances, 0.01, (500, 100))
    if found.test is not None:
        assert found.test > 500
    if found.train is not None:
        assert found.train > 100


def test_rows_needed_solves_the_power_formula():
    variances = known(1e-4, 0, freedom=0)
    wanted = (0.02 / (NORMAL + 0.841621)) ** 2
    assert rows_needed(0.02, variances, 0.01, (1000, 50)).test == np.ceil(1000 * 1e-4 / wanted)
    scattered = rows_needed(0.02, known(1e-4, 1e-4, freedom=0), 0.01, (1000, 50))
    assert scattered.test == np.ceil(1000 * 2e-4 / wanted)
    assert scattered.train == np.ceil(50 * 2e-4 / wanted)


def test_where_predictions_are_equal_the_floor_under_the_variance_decides():
    """1 / (rows + 2) is at most the error of 0.01 / 1.96 from 194 rows on, and not from 376."""
    assert rows_needed(0.0, known(0, 0, freedom=0, rows=100), 0.01, (100, 50)).test == 194
    # Macro-F1 may rest on fewer rows than there are: here on half of them.
    assert rows_needed(0.0, known(0, 0, freedom=0, rows=50), 0.01, (100, 50)).test == 388
    told = constant([0.0], Design((0,), (), 1.0), rows=194).intervals()[0]
    assert told.high <= 0.01
    open_ = constant([0.0], Design((0,), (), 1.0), rows=193).intervals()[0]
    assert open_.high > 0.01


def test_rows_that_would_tell_bring_the_error_down_to_what_tells():
    """What was drawn falls as 1 / rows, the floor as its square: the larger of both decides."""
    error = (0.01 / NORMAL) ** 2
    for drawn, train in ((1e-4, 0.0), (5e-5, 1e-5), (9e-5, 5e-5), (1e-6, 5e-5), (1e-6, 1e-6)):
        found = rows_needed(0.0, known(drawn, train, freedom=0, rows=100), 0.01, (100, 40))

        def variance(rows, drawn=drawn, train=train, more=found.train is not None):
            share = 100 / rows
            return max(drawn * share, 1 / (rows + 2) ** 2) + train * (share if more else 1)

        assert (found.train is not None) == (train > error)
        assert variance(found.test) <= error
        assert found.test == 101 or variance(found.test - 1) > error
        if found.train is not None:
            assert found.train == -(-40 * found.test // 100)


def test_a_difference_of_nothing_is_told_by_an_interval_within_the_margin():
    found = rows_needed(0.0, known(1e-4, 0, freedom=0), 0.01, (1000, 50))
    assert found.test == np.ceil(1000 * 1e-4 / (0.01 / NORMAL) ** 2)
    assert rows_needed(0.01, known(1e-2, 0, freedom=0), 0.01, (1000, 50)).test > 100_000
