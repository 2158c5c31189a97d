import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dataaug.review import bounds
from dataaug.review.bounds import SamplingPlan, Stratum

CASES = [(errors, size) for size in (20, 59, 100) for errors in (0, 1, 4, 5, 6)]


@pytest.mark.parametrize(("errors", "size"), CASES)
def test_bounds_of_a_large_set_are_those_of_scipy(errors, size):
    test = stats.binomtest(errors, size, alternative="less")
    assert bounds.upper(errors, size, None) == pytest.approx(test.proportion_ci(0.95).high)
    test = stats.binomtest(errors, size, alternative="greater")
    assert bounds.lower(errors, size, None) == pytest.approx(test.proportion_ci(0.95).low)
    both = stats.binomtest(errors, size).proportion_ci(0.95, method="exact")
    assert bounds.interval(errors, size) == pytest.approx((both.low, both.high))


@pytest.mark.parametrize(("errors", "size"), [(0, 59), (1, 93), (2, 124), (3, 153), (5, 208)])
def test_rows_that_certify_five_percent_are_the_known_ones(errors, size):
    assert bounds.review_rows_needed(errors, 0.05) == size
    assert bounds.upper(errors, size, None) <= 0.05 < bounds.upper(errors, size - 1, None)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 120), st.data())
def test_bound_of_a_small_set_is_the_last_count_that_the_sample_does_not_contradict(rows, data):
    size = data.draw(st.integers(1, rows))
    errors = data.draw(st.integers(0, size))
    possible = [
        bad for bad in range(errors, rows - size + errors + 1)
        if stats.hypergeom.cdf(errors, rows, bad, size) > 0.05 + 1e-9
    ]  # fmt: skip
    assert bounds.upper(errors, size, rows) == max(possible) / rows


@pytest.mark.parametrize(("reviewed", "rows"), [(19, 20), (38, 40), (57, 60), (95, 100)])
def test_chance_of_exactly_five_percent_contradicts(reviewed, rows):
    # One bad row is missed with a chance of 1 - 19/20; the floats lie on either side of it.
    assert bounds.upper(0, reviewed, rows) == 0
    assert bounds.upper(0, reviewed - 1, rows) == 1 / rows


def test_nothing_reviewed_bounds_nothing():
    for rows in (None, 80):
        assert (bounds.lower(0, 0, rows), bounds.upper(0, 0, rows)) == (0, 1)


def test_all_rows_reviewed_leave_no_doubt():
    assert bounds.upper(3, 80, 80) == bounds.lower(3, 80, 80) == 3 / 80


LIMITS = st.sampled_from([0.0, 0.001, 0.01, 0.02, 0.05, 0.07, 0.29])


@settings(deadline=None, max_examples=150)
@given(st.integers(1, 2000), st.integers(0, 30), LIMITS)
def test_needed_is_the_fewest_rows_that_suffice_and_more_do_too(rows, errors, limit):
    errors = min(errors, rows)
    found = bounds.review_rows_needed(errors, limit, rows)
    if found is None:
        assert errors / rows > limit  # not even all rows are enough
        return
    assert bounds.upper(errors, found, rows) <= limit
    assert found == errors or bounds.upper(errors, found - 1, rows) > limit
    assert all(bounds.upper(errors, more, rows) <= limit for more in range(found, rows, 37))


@pytest.mark.parametrize(("errors", "limit"), [(0, 2.4e-5), (0, 1e-6), (3, 1e-5)])
def test_needed_has_no_largest_number_of_rows(errors, limit):
    found = bounds.review_rows_needed(errors, limit)
    assert bounds.upper(errors, found, None) <= limit < bounds.upper(errors, found - 1, None)
    assert bounds.review_rows_needed(0, 0.0) is None  # of a source without an end


def test_small_set_needs_fewer_rows_and_a_huge_one_as_many_as_the_binomial():
    assert bounds.review_rows_needed(0, 0.05, 200) < 59
    assert bounds.review_rows_needed(0, 0.05, 1_000_000) == 59
    assert bounds.upper(2, 100, 10_000_000) == pytest.approx(bounds.upper(2, 100, None), abs=1e-5)


def test_seeds_rule_passes_a_bad_set_more_often_than_not_and_certifies_nine_percent():
    assert bounds.chance(0.05, 100, 5) == pytest.approx(0.616, abs=0.0005)
    certified = bounds.certified_rate(lambda rate: bounds.chance(rate, 100, 5))
    assert certified == pytest.approx(0.0908, abs=0.0001)
    assert certified == pytest.approx(bounds.upper(5, 100, None, 0.9), abs=0.0001)


def test_fewer_than_no_errors_are_impossible():
    assert bounds.chance(0.05, 100, -1) == 0
    assert bounds.chance(0.05, 100, 0) == pytest.approx(0.95**100)


@pytest.mark.parametrize(
    ("rates", "plan"),
    [((0.01, 0.05), (132, 3)), ((0.02, 0.05), (306, 10)), ((0.02, 0.08), (98, 4)),
     ((0.025, 0.10), (78, 4))],
)  # fmt: skip
def test_plan_is_the_smallest_that_keeps_both_risks(rates, plan):
    good, bad = rates
    assert bounds.sampling_plan(good, bad) == SamplingPlan(*plan)
    rows, errors = plan
    assert stats.binom.cdf(errors, rows, good) >= 0.95
    assert stats.binom.cdf(errors, rows, bad) <= 0.10
    assert stats.binom.cdf(errors, rows - 1, bad) > 0.10


def test_walds_test_passes_clean_rows_after_55_and_fails_bad_ones_soon():
    assert bounds.wald_test(0, 54, 0.01, 0.05) == 0
    assert bounds.wald_test(0, 55, 0.01, 0.05) == 1
    assert bounds.wald_test(3, 12, 0.01, 0.05) == -1


def test_walds_test_keeps_its_risks():
    rng = np.random.default_rng(0)

    def ends(rate):
        draws = rng.random((1500, 1500)) < rate
        errors = draws.cumsum(axis=1)
        good = (~draws).cumsum(axis=1)
        ratio = errors * math.log(5) + good * math.log(0.95 / 0.99)
        fails, passes = ratio >= math.log(0.9 / 0.05), ratio <= math.log(0.1 / 0.95)
        first = np.argmax(fails | passes, axis=1)
        for row in range(0, 1500, 300):  # the same end as the function that is tested
            place = first[row]
            step = bounds.wald_test(int(errors[row, place]), int(good[row, place]), 0.01, 0.05)
            assert step == (-1 if fails[row, place] else 1)
        return fails[np.arange(1500), first].mean()

    assert ends(0.01) <= 0.065
    assert 1 - ends(0.05) <= 0.12


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1])
def test_chance_to_pass_walds_test_is_that_of_simulated_sittings(rate):
    rng = np.random.default_rng(0)
    passed = 0
    for draws in rng.random((2000, 100)) < rate:
        steps = (bounds.wald_test(errors, seen - errors, 0.01, 0.05)
                 for seen, errors in enumerate(draws.cumsum().tolist(), 1))  # fmt: skip
        end = next(filter(None, steps), 1 if draws.sum() <= 5 else -1)
        passed += end > 0
    assert bounds.wald_pass_chance(rate, 100, 5, 0.01, 0.05) == pytest.approx(
        passed / 2000, abs=0.03
    )
    assert bounds.wald_pass_chance(rate, 3000, 150, 0.01, 0.05) == pytest.approx(
        {0.01: 0.971, 0.05: 0.098, 0.1: 0.003}[rate], abs=0.005
    )  # Wald's own risks: at most 5 % and 10 %


def test_rate_of_strata_is_weighted_by_their_rows():
    found = bounds.weighted([Stratum(900, 50, 1), Stratum(100, 50, 20)])
    assert float(found.rate) == pytest.approx(0.9 * 0.02 + 0.1 * 0.4)
    assert found.reviewed <= 100


def test_effective_sample_is_the_one_worked_out_by_hand():
    # Rates 0.2 and 0.5, of all rows 0.29. Variance with n - 1 in each stratum:
    # 0.7² · 0.2 · 0.8 / 9 + 0.3² · 0.5 · 0.5 / 3 = 0.0162111; 0.29 · 0.71 / 0.0162111 = 12.7012.
    found = bounds.weighted([Stratum(700, 10, 2), Stratum(300, 4, 2)])
    assert float(found.rate) == pytest.approx(0.29)
    assert found.reviewed == pytest.approx(12.7012, abs=1e-4)
    # Two rows are enough for a spread: 0.6² · 0.25 / 1 + 0.4² · 0.1875 / 3 = 0.1; 0.24 / 0.1 = 2.4.
    assert bounds.weighted([Stratum(60, 2, 1), Stratum(40, 4, 1)]).reviewed == pytest.approx(2.4)
    # With one row in a stratum, and without errors, from the weights: (Σw)² / Σw².
    for strata in ([Stratum(90, 2, 1), Stratum(30, 1, 0)], [Stratum(90, 2, 0), Stratum(30, 1, 0)]):
        assert bounds.weighted(strata).reviewed == pytest.approx(120**2 / (2 * 45**2 + 30**2))


def test_one_stratum_is_the_plain_rate_to_the_digit():
    found = bounds.weighted([Stratum(5000, 100, 5)])
    assert found == (bounds.Fraction(5, 100), 100)
    assert not found.rate > bounds.Fraction("0.05")


def test_strata_without_a_verdict_are_worth_nothing():
    assert bounds.weighted([Stratum(10, 0, 0), Stratum(5, 0, 0)]) == (0, 0)
    assert bounds.weighted([Stratum(10, 0, 0), Stratum(5, 4, 1)]) == (bounds.Fraction(1, 4), 4)


def test_proportional_sample_without_errors_counts_as_what_it_is():
    found = bounds.weighted([Stratum(600, 60, 0), Stratum(400, 40, 0)])
    assert found.reviewed == pytest.approx(100)
    uneven = bounds.weighted([Stratum(990, 50, 0), Stratum(10, 50, 0)])
    assert uneven.reviewed < 60


def test_perfect_reviewer_changes_no_rate():
    found = bounds.corrected(0.06, 100, (5, 5), (5, 5))
    assert found.rate == pytest.approx(0.06)
    assert found.low < 0.06 < found.high


def test_false_alarms_and_missed_errors_are_taken_off():
    false_alarms = bounds.corrected(0.05, 100, (20, 20), (19, 20))
    assert false_alarms.rate == pytest.approx(0)
    missed = bounds.corrected(0.05, 100, (10, 20), (20, 20))
    assert missed.rate == pytest.approx(0.10)


def test_corrected_interval_is_the_one_worked_out_by_hand():
    # 30 of 100 called bad, 12 of 20 bad gold items found, 18 of 20 good ones passed: the rate is
    # (0.3 - 0.1) / 0.5 = 0.4. Shares with a half added: 30.5/101, 12.5/21, 18.5/21. Variance:
    # 0.301980 · 0.698020 / 100 + 0.595238 · 0.404762 / 21 · 0.4² + 0.880952 · 0.119048 / 21 · 0.6²
    # = 0.00210788 + 0.00183568 + 0.00179786 = 0.00574142, its root / 0.5 · 1.959964 = 0.297020.
    found = bounds.corrected(0.3, 100, (12, 20), (18, 20))
    assert found == pytest.approx((0.4, 0.4 - 0.297020, 0.4 + 0.297020), abs=1e-6)


@pytest.mark.parametrize("gold", [((0, 0), (5, 5)), ((5, 5), (0, 0)), ((1, 2), (1, 2))])
def test_gold_items_that_say_nothing_correct_nothing(gold):
    assert bounds.corrected(0.05, 100, *gold) is None


def test_corrected_interval_holds_as_often_as_it_says():
    rng = np.random.default_rng(2)
    true, sees, spares, held, tries = 0.08, 0.85, 0.97, 0, 500
    for _ in range(tries):
        rate = rng.binomial(100, true * sees + (1 - true) * (1 - spares)) / 100
        found = bounds.corrected(
            rate, 100, (rng.binomial(20, sees), 20), (rng.binomial(20, spares), 20)
        )
        held += found.low <= true <= found.high
    assert held / tries >= 0.93
