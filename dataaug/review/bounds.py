"""What the errors of a sample say about all rows: exact bounds, plans, tests that stop early."""

import functools
import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from scipy import special  # a fifth of the start-up time of scipy.stats; tests compare the two

from dataaug.errors import UsageError

ALPHA, BETA = 0.05, 0.10
"""Risk of failing a set at the acceptable rate, and of passing one at the rejectable rate."""
_TIE = 1e-9  # a chance of exactly 5 % contradicts, whichever way its last digits were rounded
_LARGEST = 100_000  # rows of a plan; nobody reviews more
_CLOSE = 1e-5  # error rates that are said to a tenth of a percent


class RateInterval(NamedTuple):
    """A range of error rates, 0 to 1."""

    low: float
    high: float


def upper(errors: int, reviewed: int, rows: int | None, confidence: float = 0.95) -> float:
    """Return the largest error rate that the sample does not contradict (one-sided, exact).

    Clopper & Pearson 1934; with the number of rows, the hypergeometric one, since a sample without
    replacement of a small set says more.

    Args:
        errors: bad rows found.
        reviewed: rows reviewed.
        rows: rows of the whole set, None for a source that goes on making rows.
        confidence: 0 to 1.
    """
    if reviewed <= 0 or (errors >= reviewed and rows is None):
        return 1.0
    if rows is None:
        return float(special.betaincinv(errors + 1, reviewed - errors, confidence))
    risk = 1 - confidence + _TIE
    possible = range(errors, rows - reviewed + errors + 1)  # bad rows that there can be
    unlikely = bisect_left(
        possible, True, lo=1, key=lambda bad: _at_most(errors, rows, bad, reviewed) <= risk
    )
    return possible[unlikely - 1] / rows


def _at_most(errors: int, rows: int, bad: int, reviewed: int) -> float:
    """Return the chance of at most so many errors in a sample of rows of which some are bad.

    The hypergeometric distribution, summed over the counts that can be.
    """
    first = max(0, reviewed - (rows - bad))
    counts = np.arange(first, min(errors, bad) + 1)
    return float(
        np.exp(
            log_choices(bad, counts)
            + log_choices(rows - bad, reviewed - counts)
            - log_choices(rows, reviewed)
        ).sum()
    )


def log_choices(of: Any, some: Any) -> Any:
    """Return the logarithm of the number of ways to choose some of so many; arrays give arrays."""
    return special.gammaln(of + 1) - special.gammaln(some + 1) - special.gammaln(of - some + 1)


def lower(errors: int, reviewed: int, rows: int | None, confidence: float = 0.95) -> float:
    """Return the smallest error rate that the sample does not contradict (one-sided, exact)."""
    if reviewed <= 0:
        return 0.0
    good = upper(reviewed - errors, reviewed, rows, confidence)
    return 1 - good if rows is None else round((1 - good) * rows) / rows


def interval(errors: int, reviewed: int, rows: int | None = None) -> RateInterval:
    """Return the two-sided 95 % interval of the error rate."""
    return RateInterval(lower(errors, reviewed, rows, 0.975), upper(errors, reviewed, rows, 0.975))


@functools.cache
def review_rows_needed(errors: int, limit: float, rows: int | None = None) -> int | None:
    """Return how many rows must be reviewed so that this many errors keep the bound at the limit.

    For 5 % and 0, 1, 2, 5 errors of a large set: 59, 93, 124, 208. None where all rows are too few.
    """
    if rows is None and limit <= 0:
        return None
    low = high = errors + 1 if rows is None else min(errors + 1, rows)
    while upper(errors, high, rows) > limit:
        if high == rows:
            return None
        low, high = high + 1, 2 * high if rows is None else min(2 * high, rows)
    sizes = range(low, high)
    return low + bisect_left(sizes, True, key=lambda size: upper(errors, size, rows) <= limit)


def chance(rate: float, reviewed: int, most: int) -> float:
    """Return how likely a set with this error rate has at most so many errors in the sample."""
    return float(special.bdtr(most, reviewed, rate)) if most >= 0 else 0.0


def certified_rate(passes: Callable[[float], float]) -> float:
    """Return the error rate that passes with a chance of one in ten.

    Args:
        passes: the chance that data with an error rate passes; it falls as the rate grows.
    """
    low, high = 0.0, 1.0
    while high - low > _CLOSE:
        middle = (low + high) / 2
        low, high = (middle, high) if passes(middle) > BETA else (low, middle)
    return high


class SamplingPlan(NamedTuple):
    """Review ``rows`` and pass with at most ``errors``."""

    rows: int
    errors: int


def sampling_plan(acceptable: float, rejectable: float) -> SamplingPlan:
    """Return the smallest plan that keeps both risks (alpha 5 %, beta 10 %).

    Source: two-point single sampling plans as in ISO 2859-1.

    Raises:
        UsageError: the rates are so close that nobody could review enough rows.
    """
    for errors in range(_LARGEST):
        # The fewest rows at which a set at the rejectable rate fails.
        sizes = range(errors + 1, _LARGEST)
        low = (
            errors
            + 1
            + bisect_left(sizes, True, key=lambda rows: chance(rejectable, rows, errors) <= BETA)
        )
        if chance(rejectable, low, errors) > BETA:
            break
        if chance(acceptable, low, errors) >= 1 - ALPHA:
            return SamplingPlan(low, errors)
    raise UsageError(
        f"{acceptable:.2%} and {rejectable:.2%} are too close: telling them apart takes more than "
        f"{_LARGEST:,} rows"
    )


def wald_test(errors: int, good: int, acceptable: float, rejectable: float) -> int:
    """Return what Wald's sequential probability ratio test says: 1 pass, -1 fail, 0 go on.

    Source: Wald 1945, with alpha 5 % and beta 10 %.
    """
    ratio = errors * math.log(rejectable / acceptable)
    ratio += good * math.log((1 - rejectable) / (1 - acceptable))
    if ratio >= math.log((1 - BETA) / ALPHA):
        return -1
    return 1 if ratio <= math.log(BETA / (1 - ALPHA)) else 0


def wald_pass_chance(
    rate: float, rows: int, most: int, acceptable: float, rejectable: float
) -> float:
    """Return how likely a set with this error rate passes Wald's test on at most so many rows.

    Where the test has not ended by then, at most ``most`` errors pass. Exact: the chances of all
    counts of errors at which it is still open are followed from row to row.
    """
    still, passed = {0: 1.0}, 0.0
    for seen in range(1, rows + 1):
        reached: dict[int, float] = {}
        for errors, weight in still.items():
            for found, share in ((0, 1 - rate), (1, rate)):
                reached[errors + found] = reached.get(errors + found, 0.0) + weight * share
        still = {}
        for errors, weight in reached.items():
            step = wald_test(errors, seen - errors, acceptable, rejectable)
            if step > 0:
                passed += weight
            elif not step:
                still[errors] = weight
    return passed + sum(weight for errors, weight in still.items() if errors <= most)


class Copies(NamedTuple):
    """Rows outside the sample that are copies of rows in it, and share their verdicts.

    Attributes:
        bad: copies of bad rows.
        good: copies of good rows.
        left: copies of rows without a verdict.
    """

    bad: int = 0
    good: int = 0
    left: int = 0


class Stratum(NamedTuple):
    """Rows of a stratum in the whole set, and what was found in its part of the sample.

    Attributes:
        rows: its rows in the whole set.
        reviewed: those of the sample with a verdict.
        errors: the bad ones among them.
        left: those of the sample without a verdict.
        copies: what is known of rows outside the sample.
    """

    rows: int
    reviewed: int
    errors: int
    left: int = 0
    copies: Copies = Copies()

    def filled(self, bad: bool) -> "Stratum":
        """Return it with verdicts on the rows that have none."""
        own = self.copies
        copies = Copies(own.bad + bad * own.left, own.good + (not bad) * own.left)
        return Stratum(
            self.rows, self.reviewed + self.left, self.errors + bad * self.left, 0, copies
        )

    def turned(self) -> "Stratum":
        """Return it with its good rows as bad ones, and the other way round."""
        own = self.copies
        copies = Copies(own.good, own.bad, own.left)
        return self._replace(errors=self.reviewed - self.errors, copies=copies)


class Estimate(NamedTuple):
    """The error rate of the whole set, and the rows of a simple sample worth as much.

    Attributes:
        rate: exact, so that 5 of 100 is not above 0.05.
        reviewed: effective rows.
    """

    rate: Fraction
    reviewed: float


def weighted(strata: Sequence[Stratum]) -> Estimate:
    """Return the error rate of the whole set: the mean of the strata's rates by their rows.

    The effective sample (Korn & Graubard 1998) is as many rows as would give the rate's variance in
    a simple sample; it is never larger than the sample. Without errors it follows from the weights
    alone (Kish 1965). A bound on it would not hold: where the strata are not sampled alike one more
    error may make the sample look larger, and the bound smaller.
    """
    seen = [stratum for stratum in strata if stratum.reviewed]
    total = sum(stratum.rows for stratum in seen)
    if not total:
        return Estimate(Fraction(0), 0.0)
    reviewed = sum(stratum.reviewed for stratum in seen)
    if len(seen) == 1:
        return Estimate(Fraction(seen[0].errors, reviewed), reviewed)
    rate = sum(
        (Fraction(stratum.rows * stratum.errors, total * stratum.reviewed) for stratum in seen),
        Fraction(0),
    )
    size = reviewed**2 / sum(own.reviewed * _weight(own, total, reviewed) ** 2 for own in seen)
    variance = sum(
        (own.rows / total) ** 2 * _spread(own.errors / own.reviewed) / (own.reviewed - 1)
        for own in seen if own.reviewed > 1
    )  # fmt: skip
    if variance and all(own.reviewed > 1 for own in seen):  # one row tells nothing of the spread
        size = _spread(float(rate)) / variance
    return Estimate(rate, min(size, reviewed))


def _weight(stratum: Stratum, total: int, reviewed: int) -> float:
    """Return how many rows each reviewed row stands for, as a multiple of the mean."""
    return stratum.rows / stratum.reviewed * reviewed / total


def _spread(rate: float) -> float:
    return rate * (1 - rate)


class Corrected(NamedTuple):
    """An error rate without the reviewer's own errors, and its 95 % interval."""

    rate: float
    low: float
    high: float


def corrected(rate: float, reviewed: float, found: tuple[int, int], passed: tuple[int, int]
              ) -> Corrected | None:  # fmt: skip
    """Return the error rate that is left when the reviewer's own errors are taken off.

    Source: Rogan & Gladen 1978, with the variance of all three shares. The interval adds a half to
    the counts of the gold items: a perfect reviewer of few of them is not certain to be perfect.

    Args:
        rate: the share of rows that the reviewer called bad.
        reviewed: how many rows that is of; of a weighted sample the effective ones.
        found: bad gold items that were called bad, of how many.
        passed: good gold items that were called ok, of how many.

    Returns:
        None where the gold items say nothing (none, or no better than chance).
    """
    if not (found[1] and passed[1] and reviewed):
        return None
    sees, spares = found[0] / found[1], passed[0] / passed[1]
    gain = sees + spares - 1
    if gain <= 0:
        return None
    true = min(1.0, max(0.0, (rate + spares - 1) / gain))
    unsure_sees, unsure_spares = ((own + 0.5) / (of + 1) for own, of in (found, passed))
    unsure_rate = (rate * reviewed + 0.5) / (reviewed + 1)
    variance = _spread(unsure_rate) / reviewed
    variance += _spread(unsure_sees) / (found[1] + 1) * true**2
    variance += _spread(unsure_spares) / (passed[1] + 1) * (1 - true) ** 2
    half = float(special.ndtri(0.975)) * math.sqrt(variance) / gain
    return Corrected(true, max(0.0, true - half), min(1.0, true + half))
