"""What the errors of two strata say of all rows, as sharp where the strata differ as may be.

The bound of :mod:`dataaug.review.stratified` depends on the weighted sum of errors alone, so that
it gains nothing where errors lie in one stratum. Here the outcomes of a sample are ordered by a
bound that is only likely, and the order is made exact as Buehler (1957) has it.
"""

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from dataaug.review import stratified
from dataaug.review.bounds import RateInterval, Stratum, log_choices
from dataaug.review.stratified import Array

_Counts = NDArray[np.int64]
_Sizes = tuple[tuple[int, int], tuple[int, int]]

_TIE = 1e-9  # a chance of exactly 5 % contradicts, and equal bounds are equal
_FINE = 5e-5
"""Share of all rows to which the bound is found; it is never too low."""
_FIRST, _MORE = 33, 6
"""Places that are looked at first, and in each stretch between two that may hold a worse one."""


def two_strata_upper(strata: Sequence[Stratum], confidence: float = 0.95) -> float:
    """Return the largest error rate of all rows that the sample does not contradict (one-sided).

    An outcome is as bad as its likely bound: the mean of the strata's rates, each with half an
    error more (Jeffreys), plus the normal quantile times the error of that mean. The result is the
    largest rate at which an outcome no worse than the one found has a chance of more than 1 -
    ``confidence``, whichever stratum the errors lie in (Buehler 1957; Kabaila & Lloyd 2003 order
    by likely bounds). The chances are exact (hypergeometric), so that it holds whatever tells the
    strata apart; further errors never lower it.

    Args:
        strata: two strata of the whole set; of other numbers it is the bound for any.
        confidence: above 0.5, below 1.
    """
    unsure = sorted(own for own in strata if 0 < own.reviewed < own.rows)
    if len(unsure) != 2 or len(strata) != 2:
        return stratified.stratified_upper(strata, confidence)
    least, most = stratified.known(strata)
    one, other = unsure
    sizes = (one.rows, one.reviewed), (other.rows, other.reviewed)
    bad = _most_bad(sizes, (one.errors, other.errors), confidence)
    return min(max(bad / (one.rows + other.rows), float(least)), float(most))


def two_strata_interval(strata: Sequence[Stratum]) -> RateInterval:
    """Return the two-sided 95 % interval of the error rate."""
    if len(strata) != 2:
        return stratified.stratified_interval(strata)
    low = 1 - two_strata_upper([own.turned() for own in strata], 0.975)
    least, most = map(float, stratified.known(strata))
    return RateInterval(min(max(low, least), most), two_strata_upper(strata, 0.975))


@functools.lru_cache(maxsize=4096)
def _most_bad(sizes: _Sizes, errors: tuple[int, int], confidence: float) -> int:
    """Return the most bad rows that the sample does not contradict.

    For each number of bad rows in one stratum the most are looked for that the other may have;
    these fall, so that two places say how much there may be between them. A stretch is looked at
    more closely until no more than a share of :data:`_FINE` can hide in it.
    """
    within, risk = _no_worse(sizes, errors, confidence), 1 - confidence + _TIE
    (first, _), (second, _) = sizes
    slack = int(_FINE * (first + second))
    places = np.unique(np.linspace(0, first, _FIRST).round().astype(np.int64))
    none, every = np.full(len(places), -1), np.full(len(places), second)
    others = _most_beside(sizes, within, places, (none, every), risk)
    while True:
        best = int((places + others)[others >= 0].max())
        hidden = np.where(others[:-1] >= 0, places[1:] - 1 + others[:-1], -1)
        hidden[np.diff(places) < 2] = -1
        wide = np.flatnonzero(hidden > best + slack)
        if not len(wide):
            return max(best, int(hidden.max(initial=-1)))
        inside = [np.linspace(places[n], places[n + 1], _MORE)[1:-1] for n in wide]
        new = np.setdiff1d(np.concatenate(inside).round().astype(np.int64), places)
        at = np.searchsorted(places, new)
        found = _most_beside(sizes, within, new, (others[at], others[at - 1]), risk)
        places, others = np.insert(places, at, new), np.insert(others, at, found)


def _no_worse(sizes: _Sizes, errors: tuple[int, int], confidence: float) -> _Counts:
    """Return which outcomes are no worse than the one found.

    Returns:
        For each count of errors in the first stratum the largest one in the other, -1 for none,
        shape (reviewed + 1,). It falls: an outcome with fewer errors in both is never worse.
    """
    total, quantile = sizes[0][0] + sizes[1][0], float(special.ndtri(confidence))
    means, spreads = [], []
    for rows, reviewed in sizes:
        rate = (np.arange(reviewed + 1) + 0.5) / (reviewed + 1)
        means.append(rows / total * rate)
        spreads.append((rows / total) ** 2 * rate * (1 - rate) / (reviewed + 2))

    def likely(own: int) -> Array:
        bound: Array = means[0][own] + means[1] + quantile * np.sqrt(spreads[0][own] + spreads[1])
        return bound

    worst = max(likely(own)[: errors[1] + 1].max() for own in range(errors[0] + 1)) + _TIE
    first = []
    for own in range(sizes[0][1] + 1):
        worse = likely(own) > worst
        first.append(int(worse.argmax()) - 1 if worse.any() else sizes[1][1])
    found: _Counts = np.minimum.accumulate(np.array(first))
    return found


def _most_beside(
    sizes: _Sizes, within: _Counts, bad: _Counts, between: tuple[_Counts, _Counts], risk: float
) -> _Counts:
    """Return how many rows of the second stratum may be bad, for numbers of bad rows in the first.

    -1 where even none is too many: then there are too many in the first stratum alone.

    Args:
        sizes: rows and reviewed rows of the strata.
        within: the outcomes that count, see :func:`_no_worse`.
        bad: numbers of bad rows in the first stratum.
        between: the least and the most that can be the answer, for each.
        risk: the chance that contradicts.
    """
    within = within[within >= 0]
    weights = _chances(*sizes[0], bad, len(within) - 1)
    low, high = between
    while (low < high).any():
        middle = (low + high + 1) // 2
        below = _at_most(*sizes[1], np.maximum(middle, 0), within)
        fits = (middle < 0) | ((weights * below).sum(axis=1) > risk)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle - 1)
    return low


def _at_most(rows: int, reviewed: int, bad: _Counts, errors: _Counts) -> Array:
    """Return the chances of at most so many errors, shape (numbers of bad rows, errors).

    Summed from the end that is nearer: of few errors or of few good rows.
    """
    good = reviewed - errors - 1
    if good.max() < errors.max():
        above = np.cumsum(_chances(rows, reviewed, rows - bad, max(int(good.max()), 0)), axis=1)
        return np.where(good >= 0, 1 - above[:, np.maximum(good, 0)], 1.0)
    found: Array = np.cumsum(_chances(rows, reviewed, bad, int(errors.max())), axis=1)[:, errors]
    return found


def _chances(rows: int, reviewed: int, bad: _Counts, most: int) -> Array:
    """Return the chances of 0 to so many errors, hypergeometric, shape (numbers of bad rows, …)."""
    counts, numbers = np.arange(most + 1)[None, :], bad[:, None]
    possible = (counts <= numbers) & (reviewed - counts <= rows - numbers)
    some = np.clip(counts, np.maximum(0, reviewed - rows + numbers), numbers)
    logs = log_choices(numbers, some) + log_choices(rows - numbers, reviewed - some)
    return np.where(possible, np.exp(logs - log_choices(rows, reviewed)), 0.0)
