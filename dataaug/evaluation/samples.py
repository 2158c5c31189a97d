"""What is known of a score, or of the difference of two: the estimate and its variances."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataaug.evaluation.intervals import (
    Interval,
    Values,
    Variances,
    effective_rows,
    pair_variance,
    wilson,
)
from dataaug.evaluation.scores import Design

_STAKE = 1.5
"""The variance from the train rows goes with this power of what is at stake: with its square if all
test rows in dispute moved together, with the first power if each moved for itself."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of the statistic of one train set, or of the difference of two.

    Attributes:
        fits: the statistic of each fit, shape (fits, statistics).
        draws: of the mean of the headline fits, by bootstrap sample, shape (draws, statistics).
        each: of each fit, over fewer bootstrap samples, shape (fits, draws, statistics).
        sizes: test rows that each statistic rests on, shape (statistics,).
        design: how to read the fits.
    """

    fits: Values
    draws: Values
    each: npt.NDArray[np.float32]
    sizes: Values
    design: Design

    @property
    def rows(self) -> int:
        """Test rows."""
        return int(self.sizes[0])

    @property
    def value(self) -> Values:
        """The estimate."""
        mean: Values = self.fits[list(self.design.headline)].mean(axis=0)
        return mean

    def minus(self, other: "Sample") -> "Sample":
        """Return the paired difference: fit by fit and bootstrap sample by bootstrap sample."""
        return Sample(
            self.fits - other.fits,
            self.draws - other.draws,
            self.each - other.each,
            self.sizes,
            self.design,
        )

    def variances(self) -> "Variances":
        """Return what the test rows and the train rows add to the variance of each statistic.

        **Test rows.** The variance over bootstrap samples. It has a floor,
        :func:`dataaug.evaluation.intervals.pair_variance` of the rows that the statistic rests on.

        **Train rows.** The scatter of the fits holds three things, and one belongs here. Each fit
        errs on other test rows, so a part of the scatter is chance of the test rows that the first
        variance has already (the interaction of readers and cases in the analysis of variance of
        Dorfman, Berbaum & Metz 1992); the bootstrap tells how large it is, namely the variance
        among the fits' deviations from their own values. And fits on half the rows disagree on
        more test rows than fits on all, so that more is at stake for them. What is at stake is
        the variance of one fit over bootstrap samples, which is the share of test rows in dispute;
        the rest is scaled by its ratio, where it is below 1. Both are measured by
        ``benchmarks/coverage.py``.
        """
        drawn = _variance(self.draws, axis=0)
        spread = list(self.design.spread)
        if len(spread) < 2:
            nothing = np.zeros_like(drawn)
            return Variances(drawn, self.sizes, nothing, nothing, 0)
        scatter = _variance(self.fits[spread], axis=0)
        off = self.each[spread] - self.fits[spread][:, None]
        doubled = _mean(_variance(off, axis=0), axis=0)
        factor = self.design.factor * self.stake() ** _STAKE
        train = factor * np.maximum(scatter - doubled, 0)
        return Variances(drawn, self.sizes, train, factor * scatter, len(spread) - 1)

    def stake(self) -> Values:
        """Return the share of what the scatter's fits have at stake that the estimate's have.

        The ratio of the variances of one fit over bootstrap samples, 1 where it is above. One
        discordant pair more on either side keeps fits that agree everywhere from seeming sure.
        """
        each = _variance(self.each, axis=1)
        own, others = (
            each[list(fits)].mean(axis=0) for fits in (self.design.headline, self.design.spread)
        )
        more = pair_variance(self.sizes)
        found: Values = np.minimum((own + more) / (others + more), 1)
        return found

    def intervals(self) -> list[Interval]:
        """Return a difference with its 95 % interval for each statistic, within -1 to 1."""
        known = self.variances()
        reach = known.quantile() * np.sqrt(known.test + known.train)
        return [
            Interval(float(v), float(max(v - r, -1)), float(min(v + r, 1)))
            for v, r in zip(self.value, reach, strict=True)
        ]

    def scores(self) -> list[Interval]:
        """Return a score with its 95 % interval for each statistic, within 0 to 1."""
        known, value = self.variances(), self.value
        with np.errstate(invalid="ignore"):
            rows = effective_rows(value, known.drawn, known.rows)
        low, high = wilson(value, rows, known.train, known.quantile())
        return [
            Interval(float(v), float(a), float(b)) for v, a, b in zip(value, low, high, strict=True)
        ]


def _mean(values: npt.NDArray[np.floating], axis: int) -> Values:
    """Return the mean over the values that are not NaN, NaN where there are none."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        found: Values = np.where(there, values, 0).sum(axis=axis) / there.sum(axis=axis)
    return found


def _variance(values: npt.NDArray[np.floating], axis: int) -> Values:
    """Return the variance over the values that are not NaN, NaN where there are none."""
    count = (~np.isnan(values)).sum(axis=axis)
    around = values - np.expand_dims(_mean(values, axis), axis)
    found: Values = np.nansum(around**2, axis=axis) / np.maximum(count - 1, 1)
    return np.where(count > 0, found, np.nan)
