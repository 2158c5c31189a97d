"""Scores of predictions on a test set, and intervals for them and for paired differences.

A *statistic* here is a vector: accuracy, macro-F1, then the F1 of each class. Everything is
computed for the whole vector at once, so that every number in a report has an interval made in
the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.intp]
Values = npt.NDArray[np.float64]

_DRAWS = 1000
"""Bootstrap samples: the standard error that they give is then exact to about 2 %."""
_CELLS = 4_000_000
"""Row weights held at a time (16 MB as float32)."""
_NORMAL = 1.959964
_POWER = _NORMAL + 0.841621
"""Quantiles for a two-sided test at 5 % that finds the effect four times out of five."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval; scores are 0 to 1, differences -1 to 1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Design:
    """How the fits of one train set are to be read.

    Attributes:
        headline: the fits whose mean score is the estimate.
        spread: the fits whose scatter tells how much the choice of train rows, or the
            classifier's own seed, matters.
        factor: the variance of the estimate is this times the sum of squared deviations of
            ``spread``.
    """

    headline: tuple[int, ...]
    spread: tuple[int, ...]
    factor: float


def half_samples(repeats: int) -> Design:
    """Return the design of a deterministic classifier: a full fit, then fits on random halves.

    This is the delete-d jackknife with d = n / 2 (Shao & Wu 1989): the variance among fits on n - d
    of n rows, times (n - d) / d, here 1, estimates the variance that the draw of all n rows gives
    the full fit. Leaving out few rows would need a large factor, which blows up what is not smooth
    in a score (single test rows that flip); that is why d is large.
    """
    return Design((0,), tuple(range(1, repeats + 1)), 1 / max(repeats - 1, 1))


def seeded(repeats: int) -> Design:
    """Return the design of a classifier with chance of its own: full fits that differ by seed."""
    every = tuple(range(repeats))
    return Design(every, every, 1 / (repeats * max(repeats - 1, 1)))


class TestSet:
    """The true classes of the test rows, and the bootstrap samples that all train sets share.

    Args:
        truth: class numbers of the test rows.
        classes: how many classes there are; predictions are numbers below it.
        seed: of the bootstrap.
    """

    __test__ = False  # not a test case, whatever pytest thinks of the name

    def __init__(self, truth: Numbers, classes: int, seed: int) -> None:
        self.truth = truth
        self.classes = classes
        self._seed = seed

    def statistic(self, predicted: Numbers) -> Values:
        """Return the statistic of one fit, shape (2 + classes,)."""
        ones = np.ones((1, len(self.truth)), np.float32)
        found: Values = self._weighted(ones, predicted)[0]
        return found

    def draws(self, fits: Sequence[Numbers]) -> Values:
        """Return the bootstrap statistics of each fit, shape (fits, draws, 2 + classes).

        Every fit sees the same samples of test rows, so differences between fits are paired.
        """
        rows = len(self.truth)
        rng = np.random.default_rng(self._seed)
        found = np.empty((len(fits), _DRAWS, 2 + self.classes))
        step = max(1, min(_DRAWS, _CELLS // max(rows, 1)))
        for start in range(0, _DRAWS, step):
            count = min(step, _DRAWS - start)
            taken = rng.integers(0, rows, (count, rows))
            taken += np.arange(count)[:, None] * rows
            counts = np.bincount(taken.ravel(), minlength=count * rows)
            weights = counts.reshape(count, rows).astype(np.float32)
            for number, predicted in enumerate(fits):
                found[number, start : start + count] = self._weighted(weights, predicted)
        return found

    def _weighted(self, weights: npt.NDArray[np.float32], predicted: Numbers) -> Values:
        """Return the statistic for each row of weights, shape (draws, 2 + classes).

        A class without a test row in a sample has no F1 there (NaN) and is left out of its mean:
        macro-F1 is the mean over the classes that occur among the true labels.
        """
        hit = predicted == self.truth
        support = weights @ self._flags(self.truth)
        called = weights @ self._flags(predicted)
        right = weights[:, hit] @ self._flags(self.truth[hit])
        with np.errstate(invalid="ignore", divide="ignore"):
            f1 = np.where(support > 0, 2 * right / (support + called), np.nan)
        there = np.maximum((support > 0).sum(axis=1), 1)
        macro = np.nansum(f1, axis=1) / there
        accuracy = right.sum(axis=1) / weights.sum(axis=1)
        return np.column_stack([accuracy, macro, f1]).astype(np.float64)

    def _flags(self, numbers: Numbers) -> npt.NDArray[np.float32]:
        return np.eye(self.classes, dtype=np.float32)[numbers]

    def confusion(self, predicted: Numbers) -> list[list[int]]:
        """Return counts of test rows by true class (row) and predicted class (column)."""
        cells = self.truth * self.classes + predicted
        counts = np.bincount(cells, minlength=self.classes**2)
        return [[int(n) for n in row] for row in counts.reshape(self.classes, self.classes)]


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of the statistic of one train set: its fits, and bootstrap samples.

    Attributes:
        fits: shape (fits, statistics).
        draws: of the mean of the headline fits, shape (draws, statistics).
        rows: test rows.
        design: how to read the fits.
    """

    fits: Values
    draws: Values
    rows: int
    design: Design

    @property
    def value(self) -> Values:
        """The estimate."""
        mean: Values = self.fits[list(self.design.headline)].mean(axis=0)
        return mean

    def minus(self, other: "Sample") -> "Sample":
        """Return the paired difference: fit by fit and bootstrap sample by bootstrap sample."""
        return Sample(self.fits - other.fits, self.draws - other.draws, self.rows, self.design)

    def variances(self) -> tuple[Values, Values]:
        """Return the variance from the test rows and that from the fits, for each statistic.

        The first has a floor of 1 / (rows + 2)**2, what one discordant pair more gives in the
        interval of Agresti & Min (2005): on few rows, equal predictions prove little.
        """
        with np.errstate(invalid="ignore"):
            test = _nan_var(self.draws)
        scatter = self.fits[list(self.design.spread)]
        around = scatter - scatter.mean(axis=0)
        return (
            np.maximum(test, 1 / (self.rows + 2) ** 2),
            self.design.factor * (around**2).sum(axis=0),
        )

    def intervals(self) -> list[Interval]:
        """Return the estimate with its 95 % interval for each statistic.

        The two variances add up; the quantile is Student's with Welch-Satterthwaite degrees of
        freedom, since the variance of a few fits is itself uncertain.
        """
        test, fit = self.variances()
        reach = np.sqrt(test + fit) * quantile(test, fit, len(self.design.spread) - 1)
        return [
            Interval(float(v), float(v - r), float(v + r))
            for v, r in zip(self.value, reach, strict=True)
        ]


def _nan_var(draws: Values) -> Values:
    """Return the variance of each column over the values that are not NaN."""
    there = ~np.isnan(draws)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, draws, 0).sum(axis=0) / count
    squares = np.where(there, (draws - mean) ** 2, 0).sum(axis=0)
    found: Values = squares / np.maximum(count - 1, 1)
    return found


def quantile(test: Values, fit: Values, freedom: int) -> Values:
    """Return the 97.5 % quantile of Student's t for a sum of two variances.

    Args:
        test: variance known well (no limit on its degrees of freedom).
        fit: variance estimated with ``freedom`` degrees of freedom.
        freedom: fits less one; at 0 nothing is known of ``fit`` and the normal quantile is taken.
    """
    from scipy.stats import t  # noqa: PLC0415 - slow to load, and only the report needs it

    if freedom < 1:
        return np.full(len(test), _NORMAL)
    with np.errstate(divide="ignore"):
        degrees = freedom * ((test + fit) / fit) ** 2
    found: Values = t.ppf(0.975, np.minimum(degrees, 1e9))
    return found


def rows_needed(value: float, test: float, fit: float, rows: int) -> int | None:
    """Return how many test rows would show a difference of this size, None if none would.

    Solves ``(1.96 + 0.84)**2 * (test * rows / n + fit) = value**2`` for n: a two-sided test at
    5 % with 80 % power, if the true difference is the one that was seen. More test rows shrink
    only the first variance.
    """
    room = (value / _POWER) ** 2 - fit
    return int(np.ceil(rows * test / room)) if room > 0 else None
