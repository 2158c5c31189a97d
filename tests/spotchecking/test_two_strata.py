"""The bound of two strata: exact, whatever tells the strata apart, and close where they differ."""

import functools
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dataaug.review import bounds, stratified
from dataaug.review.bounds import Copies, Stratum
from dataaug.review.two_strata import _no_worse, two_strata_interval, two_strata_upper


def strata(rows, reviewed, errors):
    return [Stratum(*parts) for parts in zip(rows, reviewed, errors, strict=True)]


def chances(rows, reviewed, bad):
    """Return the exact chance of each outcome, shape (errors in one, errors in the other)."""
    one, other = (
        stats.hypergeom(own, wrong, seen).pmf(np.arange(seen + 1))
        for own, wrong, seen in zip(rows, bad, reviewed, strict=True)
    )
    return np.outer(one, other)


def every_outcome(rows, reviewed, answer):
    """Return an answer for each outcome of a design."""
    shape = tuple(seen + 1 for seen in reviewed)
    found = [answer(strata(rows, reviewed, errors)) for errors in np.ndindex(shape)]
    return np.array(found).reshape(*shape, -1)


DESIGNS = [((12, 48), (4, 16)), ((30, 70), (9, 21)), ((5, 95), (2, 28)), ((6, 94), (1, 19)),
           ((50, 50), (12, 12)), ((90, 10), (25, 5))]  # fmt: skip


@pytest.mark.parametrize(("rows", "reviewed"), DESIGNS)
def test_it_holds_in_95_of_100_samples_wherever_the_bad_rows_lie(rows, reviewed):
    """Counted over all outcomes, not drawn: for every number of bad rows in either stratum."""
    upper = every_outcome(rows, reviewed, two_strata_upper)[..., 0]
    around = every_outcome(rows, reviewed, two_strata_interval)
    for bad in itertools.product(range(rows[0] + 1), range(rows[1] + 1)):
        rate, chance = sum(bad) / sum(rows), chances(rows, reviewed, bad)
        inside = (around[..., 0] <= rate + 1e-9) & (around[..., 1] >= rate - 1e-9)
        assert chance[upper >= rate - 1e-9].sum() >= 0.95 - 1e-6, bad
        assert chance[inside].sum() >= 0.95 - 1e-6, bad


@pytest.mark.parametrize(("rows", "reviewed"), DESIGNS[:4])
def test_it_is_the_largest_rate_that_is_not_contradicted(rows, reviewed):
    """Against a look at every number of bad rows in either stratum."""
    every = list(itertools.product(range(rows[0] + 1), range(rows[1] + 1)))
    found = {bad: chances(rows, reviewed, bad) for bad in every}
    sizes = tuple(zip(rows, reviewed, strict=True))
    for errors in itertools.product(range(0, reviewed[0] + 1, 2), range(0, reviewed[1] + 1, 5)):
        ends = _no_worse(sizes, errors, 0.95)
        counts = np.arange(reviewed[1] + 1)
        no_worse = counts[None, :] <= ends[:, None]
        fits = [sum(bad) for bad in every if found[bad][no_worse].sum() > 0.05 + 1e-9]
        bound = two_strata_upper(strata(rows, reviewed, errors))
        assert bound == pytest.approx(max(fits) / sum(rows))


JUDGES = {"useless": (0.05, 0.05), "good": (0.4, 0.01), "perfect": (1.0, 0.0)}


def expected_bound(rows, reviewed, rates):
    """Return the mean bound, and that of the sample without strata."""
    bad = [round(rate * own) for rate, own in zip(rates, rows, strict=True)]
    chance = chances(rows, reviewed, bad)
    own = plain = 0.0
    alone = functools.cache(lambda errors: bounds.upper(errors, sum(reviewed), sum(rows)))
    for errors in zip(*np.nonzero(chance > 1e-5), strict=True):
        pair = tuple(map(int, errors))
        own += chance[pair] * two_strata_upper(strata(rows, reviewed, pair))
        plain += chance[pair] * alone(sum(pair))
    return own / plain


@pytest.mark.parametrize(
    ("judge", "share", "most"),
    [("useless", 0.5, 1.02), ("useless", 0.05, 1.05), ("good", 0.1, 0.97), ("perfect", 0.05, 0.83)],
)
def test_it_costs_little_where_the_judge_is_useless_and_saves_where_it_is_good(judge, share, most):
    rows, reviewed = (int(5000 * share), int(5000 * (1 - share))), (int(100 * share), 0)
    reviewed = reviewed[0], 100 - reviewed[0]
    assert expected_bound(rows, reviewed, JUDGES[judge]) <= most


def test_where_all_errors_are_among_the_doubtful_the_others_have_the_rule_of_three():
    found = two_strata_upper(strata((500, 9500), (5, 95), (5, 0)))
    assert found == pytest.approx(0.05 + 0.95 * bounds.upper(0, 95, 9500))
    assert found < 0.8 * bounds.upper(5, 100, 10_000)


@st.composite
def designs(draw, most=40):
    """Return rows, reviewed rows and errors of two strata, sampled as unlike as can be."""
    rows = draw(st.lists(st.integers(1, 3000), min_size=2, max_size=2))
    reviewed = [draw(st.integers(0, min(own, most))) for own in rows]
    return rows, reviewed, [draw(st.integers(0, own)) for own in reviewed]


@settings(deadline=None, max_examples=60)
@given(designs(), st.integers(0, 1))
def test_one_more_error_lowers_no_bound(design, place):
    rows, reviewed, errors = design
    if errors[place] == reviewed[place]:
        return
    more = [own + (n == place) for n, own in enumerate(errors)]
    before, after = strata(rows, reviewed, errors), strata(rows, reviewed, more)
    assert two_strata_upper(after) >= two_strata_upper(before)
    assert two_strata_interval(after).low >= two_strata_interval(before).low - 1e-12


@settings(deadline=None, max_examples=40)
@given(designs())
def test_bounds_lie_in_what_is_possible_in_any_order_of_the_strata(design):
    found = strata(*design)
    least, most = map(float, stratified.known(found))
    low, high = two_strata_interval(found)
    assert least <= low <= high <= most
    assert low <= two_strata_upper(found) <= high
    assert two_strata_interval(found[::-1]) == (low, high)


def test_what_is_known_of_copies_bounds_it_and_a_stratum_that_is_known_whole_is_no_risk():
    own = [Stratum(500, 5, 1, 0, Copies(bad=300)), Stratum(500, 5, 0)]
    assert two_strata_interval(own).low >= 0.301
    whole = strata((30, 9500), (30, 100), (3, 0))
    assert two_strata_upper(whole) == pytest.approx((3 + 9500 * bounds.upper(0, 100, 9500)) / 9530)
    unseen = strata((500, 9500), (0, 100), (0, 3))
    assert two_strata_upper(unseen) == pytest.approx(0.05 + 0.95 * bounds.upper(3, 100, 9500))


def test_one_stratum_has_the_bound_of_one_sample():
    own = strata((1000,), (100,), (3,))
    assert two_strata_upper(own) == bounds.upper(3, 100, 1000)
    assert two_strata_interval(own) == bounds.interval(3, 100, 1000)


def test_millions_of_rows_are_no_other_question():
    small, large = (
        two_strata_upper(strata((share, 19 * share), (20, 380), (15, 5)))
        for share in (50_000, 10**6)
    )
    assert small == pytest.approx(large, abs=2e-4)
