"""Intervals at 95 %: for differences, for scores between 0 and 1, and what would narrow them."""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataaug import quantiles

Values = npt.NDArray[np.float64]

_NORMAL = 1.959964
_POWER = 0.841621
"""Quantile of the normal distribution for a test that finds the effect four times out of five."""
_ENDLESS = 2**40
"""More rows than anyone has."""
_PRIOR = _NORMAL**2
"""Errors, or hits if these are fewer, from which on the bootstrap variance of a score outweighs
that of a share; as many as Wilson's interval adds rows."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval; scores are 0 to 1, differences -1 to 1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Variances:
    """What adds up to the variance of an estimate, for each statistic.

    Attributes:
        drawn: from the choice of test rows, over bootstrap samples of them.
        rows: the test rows that the statistic rests on.
        train: from the choice of train rows and the classifier's seed.
        scatter: what ``train`` was made of, before the chance of test rows was taken out of it:
            its own error goes with this.
        freedom: degrees of freedom of ``scatter``; 0 where nothing is known of it.
    """

    drawn: Values
    rows: Values
    train: Values
    scatter: Values
    freedom: int

    @property
    def test(self) -> Values:
        """From the choice of test rows, and not below that of :func:`pair_variance`."""
        found: Values = np.maximum(self.drawn, pair_variance(self.rows))
        return found

    def only(self, column: int) -> "Variances":
        """Return those of one statistic."""
        one = slice(column, column + 1)
        return Variances(
            self.drawn[one], self.rows[one], self.train[one], self.scatter[one], self.freedom
        )

    def at(self, test: float, train: float) -> Values:
        """Return the variance on so many times the test rows and so many times the train rows.

        What was measured falls as 1 / rows, and the floor under it as 1 / rows**2.
        """
        found: Values = (
            np.maximum(self.drawn / test, pair_variance(self.rows * test)) + self.train / train
        )
        return found

    def quantile(self) -> Values:
        """Return the 97.5 % quantile of Student's t for the sum of the variances.

        Degrees of freedom after Welch and Satterthwaite: the test rows' variance is known well,
        that of a few fits is not. With nothing known of the fits it is the normal quantile.
        """
        if self.freedom < 1:
            return np.full(len(self.test), _NORMAL)
        share = (self.test + self.train) / np.maximum(self.scatter, 1e-12)
        freedom = np.clip(self.freedom * share**2, self.freedom, 1e9)
        found = [quantiles.student_t(each, 0.975) for each in freedom.ravel().tolist()]
        return np.reshape(found, freedom.shape)


def pair_variance(rows: Values) -> Values:
    """Return the variance that one discordant pair more gives a difference on so many test rows.

    As in the interval of Agresti & Min (2005): on few rows, equal predictions prove little.
    """
    found: Values = 1 / (rows + 2) ** 2
    return found


def effective_rows(value: Values, variance: Values, sizes: Values) -> Values:
    """Return the rows of a plain share that would be as uncertain as a score, for each score.

    From the bootstrap variance, where there are errors enough to know it. With few the bootstrap
    knows nothing (20 of 20 right vary by 0), and the rows that the score rests on count.

    Args:
        value: the scores, 0 to 1.
        variance: over bootstrap samples of test rows.
        sizes: the rows that each rests on.
    """
    share = value * (1 - value)
    few = sizes * np.minimum(value, 1 - value)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(share > 0, variance / share, 0.0)
    found: Values = (few + _PRIOR) / (few * ratio + _PRIOR / np.maximum(sizes, 1))
    return found


def wilson(value: Values, rows: Values, train: Values, quantile: Values) -> tuple[Values, Values]:
    """Return both ends of an interval for scores, within 0 to 1.

    Wilson (1927) takes all p whose distance to the score is at most q standard errors *at p*. Here
    the variance from the train rows is a part of it: all p with
    ``(value - p)**2 <= q**2 * (p * (1 - p) / rows + train)``.
    """
    square = quantile**2
    middle = (value + square / (2 * rows)) / (1 + square / rows)
    room = middle**2 - (value**2 - square * train) / (1 + square / rows)
    reach = np.sqrt(np.maximum(room, 0))
    return np.clip(middle - reach, 0, value), np.clip(middle + reach, value, 1)


@dataclass(frozen=True, slots=True)
class Need:
    """Rows that would settle a difference; None where that is no way to settle it.

    Attributes:
        test: test rows.
        train: real train rows, where test rows alone would not do.
    """

    test: int | None
    train: int | None


def rows_needed(value: float, known: Variances, margin: float, rows: tuple[int, int]) -> Need:
    """Return how many rows would settle a difference whose interval holds 0.

    If the true difference is the one that was seen, its interval must leave out 0 in four runs of
    five (a two-sided test at 5 % with 80 % power) or lie within the margin. The first needs a
    standard error of ``abs(value) / (quantile + 0.84)``, the second one of
    ``(margin - abs(value)) / quantile``; the larger of them is the easier to reach. More test rows
    shrink the first variance, more train rows the second; see :meth:`Variances.at`.

    Args:
        value: the difference.
        known: its variances, for this statistic alone.
        margin: within plus and minus this a difference is none.
        rows: test rows and real train rows that there are.
    """
    quantile = float(known.quantile()[0])
    error = max(abs(value) / (quantile + _POWER), (margin - abs(value)) / quantile)
    if error <= 0:
        return Need(None, None)
    alone = error**2 > float(known.train[0])  # test rows alone will do

    def told(count: int) -> bool:
        times = count / rows[0]
        return float(known.at(times, 1 if alone else times)[0]) <= error**2

    more = range(rows[0] + 1, _ENDLESS)
    test = more[bisect_left(more, True, hi=len(more) - 1, key=told)]
    train = max(-(-rows[1] * test // rows[0]), rows[1] + 1)
    return Need(test, None if alone else train)
