"""Bounds of stratified samples: no further error lowers them, and they hold."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaug.review import bounds, stratified
from dataaug.review.bounds import Copies, Stratum


def strata(rows, reviewed, errors):
    return [Stratum(*parts) for parts in zip(rows, reviewed, errors, strict=True)]


@st.composite
def designs(draw, most=60):
    """Return rows, reviewed rows and errors of two to six strata, sampled as unlike as can be."""
    rows = draw(st.lists(st.integers(1, 3000), min_size=2, max_size=6))
    reviewed = [draw(st.integers(0, min(own, most))) for own in rows]
    return rows, reviewed, [draw(st.integers(0, own)) for own in reviewed]


@settings(deadline=None, max_examples=40)
@given(designs(), st.data())
def test_one_more_error_lowers_no_bound(design, data):
    rows, reviewed, errors = design
    able = [n for n, own in enumerate(errors) if own < reviewed[n]]
    if not able:
        return
    more = list(errors)
    more[data.draw(st.sampled_from(able))] += 1
    before, after = strata(rows, reviewed, errors), strata(rows, reviewed, more)
    assert stratified.stratified_upper(after) >= stratified.stratified_upper(before)
    assert stratified.stratified_lower(after) >= stratified.stratified_lower(before) - 1e-12
    assert stratified.stratified_interval(after).high >= stratified.stratified_interval(before).high


def test_the_error_that_lowered_the_bound_of_the_effective_sample():
    few, many = (strata((900, 100), (45, 45), (1, errors)) for errors in (0, 1))
    assert bounds.weighted(many).reviewed > bounds.weighted(few).reviewed  # it looks larger
    assert stratified.stratified_upper(many) > stratified.stratified_upper(few)


@settings(deadline=None, max_examples=30)
@given(designs())
def test_bounds_lie_around_the_rate_and_in_what_is_possible(design):
    found = strata(*design)
    least, most = stratified.known(found)
    low, high = stratified.stratified_interval(found)
    assert float(least) <= low <= high <= float(most)
    assert stratified.stratified_upper(found) <= high
    if all(own.reviewed for own in found):
        assert low - 1e-12 <= bounds.weighted(found).rate <= high + 1e-12
    turned = stratified.stratified_interval(found[::-1])
    assert turned == (low, high)  # the order of strata is no part of it


@pytest.mark.parametrize("errors", [0, 1, 2, 5, 10, 40])
def test_strata_that_are_sampled_alike_have_the_bound_of_one_sample(errors):
    split = strata((6000, 3000, 1000), (60, 30, 10), (errors, 0, 0))
    assert stratified.stratified_upper(split) == pytest.approx(
        bounds.upper(errors, 100, None), abs=2e-5
    )
    low, high = stratified.stratified_interval(split)
    assert high == pytest.approx(bounds.interval(errors, 100).high, abs=2e-5)
    # The lower one is not below what was found.
    assert low == pytest.approx(max(errors / 10_000, bounds.interval(errors, 100).low), abs=2e-5)


def test_one_stratum_is_the_exact_bound_of_its_rows():
    for errors, reviewed, rows in ((0, 10, 12), (3, 50, 80), (5, 100, 100_000), (0, 0, 9)):
        own = [Stratum(rows, reviewed, errors)]
        assert stratified.stratified_upper(own) == bounds.upper(errors, reviewed, rows)
        assert stratified.stratified_interval(own) == bounds.interval(errors, reviewed, rows)


def test_stratum_that_nobody_looked_at_may_be_bad_throughout_and_a_reviewed_one_is_known():
    unseen = strata((900, 100), (100, 0), (0, 0))
    alone = bounds.upper(0, 100, 900)
    assert stratified.stratified_upper(unseen) == pytest.approx(0.1 + 0.9 * alone)
    whole = strata((900, 100), (100, 100), (0, 7))
    assert stratified.stratified_upper(whole) == pytest.approx(0.007 + 0.9 * alone)
    assert stratified.stratified_interval(strata((90, 10), (90, 10), (3, 1))) == (0.04, 0.04)
    assert stratified.stratified_upper([]) == 1
    assert stratified.stratified_upper(strata((9, 9), (0, 0), (0, 0))) == 1


def test_without_an_error_the_heaviest_rows_decide():
    # Buehler's bound in closed form: bad rows lie where a row of the sample stands for most.
    # Both strata: (1 - p)^60 of the first is worth 600/60 a row, of the second 4000/40 = 100.
    found = stratified.stratified_upper(strata((600, 4000), (60, 40), (0, 0)))
    assert found == pytest.approx(4000 / 4600 * bounds.upper(0, 40, None), abs=1e-4)


def test_verdicts_hold_for_copies_outside_the_sample():
    own = Stratum(1000, 100, 2, 0, Copies(bad=98, good=400))
    assert stratified.known([own]) == (bounds.Fraction(100, 1000), 1 - bounds.Fraction(498, 1000))
    assert stratified.stratified_upper([own]) == 0.1  # more than the sample alone would say
    assert stratified.stratified_interval([own]).low == 0.1
    nearly = [Stratum(1000, 100, 0, 0, Copies(good=890))]
    assert stratified.stratified_upper(nearly) == 0.01  # less than it would


DESIGNS = {
    "one row of the heaviest": ((950, 50), (90, 1)),
    "a rare stratum in full view": ((9_000, 60), (60, 40)),
    "half and half": ((990, 100), (50, 50)),
    "three unlike": ((3_000, 700, 150), (15, 35, 50)),
    "a stratum hardly seen": ((4_000, 3_000, 500), (50, 4, 40)),
    "labels of one or two rows": ((19,) * 30 + (11,) * 20, (1,) * 30 + (2,) * 20),
    "proportionate": ((6_000, 3_000, 1_000), (60, 30, 10)),
}
LIES = ("even", "heaviest", "lightest", "second")


def rates_of(rows, reviewed, rate, lie):
    """Return the bad rows of each stratum, where the error rate of all is about so much."""
    order = sorted(range(len(rows)), key=lambda n: rows[n] / reviewed[n])
    first = {"heaviest": order[::-1], "lightest": order, "second": order[::-1][1:] + order[-1:]}
    if lie == "even":
        return [round(rate * own) for own in rows]
    left, bad = round(rate * sum(rows)), [0] * len(rows)
    for number in first[lie]:
        bad[number] = min(left, rows[number])
        left -= bad[number]
    return bad


@pytest.mark.parametrize("name", DESIGNS)
def test_bounds_hold_as_often_as_they_say_whichever_strata_the_errors_lie_in(name):
    rows, reviewed = DESIGNS[name]
    rng = np.random.default_rng(14)
    found = functools.cache(
        lambda errors: stratified.stratified_upper(strata(rows, reviewed, errors))
    )
    around = functools.cache(
        lambda errors: stratified.stratified_interval(strata(rows, reviewed, errors))
    )
    for rate in (0.01, 0.05, 0.15):
        for lie in LIES:
            bad = np.array(rates_of(rows, reviewed, rate, lie))
            true = bad.sum() / sum(rows)
            draws = rng.hypergeometric(bad, np.array(rows) - bad, reviewed, (3000, len(rows)))
            drawn, counts = np.unique(draws, axis=0, return_counts=True)
            keys = list(map(tuple, drawn.tolist()))
            assert counts @ [found(key) >= true for key in keys] >= 0.94 * 3000, (rate, lie)
            if rate == 0.05:
                held = [around(key).low <= true <= around(key).high for key in keys]
                assert counts @ held >= 0.94 * 3000, lie


@pytest.mark.parametrize("bad", [(797, 0, 1050, 46), (797, 0, 1520, 99)])
def test_bound_holds_where_errors_lie_in_the_heavier_of_strata_with_one_weight(bad):
    rows, reviewed = np.array((797, 14, 1520, 158)), (33, 11, 1, 36)  # the weights are 1, 1, 60, 1
    draws = np.random.default_rng(15).hypergeometric(bad, rows - bad, reviewed, (3000, 4))
    drawn, counts = np.unique(draws, axis=0, return_counts=True)
    found = [strata(rows.tolist(), reviewed, own) for own in drawn.tolist()]
    held = [stratified.stratified_upper(own) >= sum(bad) / rows.sum() for own in found]
    assert counts @ held >= 0.94 * 3000
