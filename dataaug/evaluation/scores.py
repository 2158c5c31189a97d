"""Scores of predictions on a test set, over all its rows and over bootstrap samples of them.

A *statistic* here is a vector: accuracy, macro-F1, then the F1 of each class. Everything is
computed for the whole vector at once, so that every number in a report has an interval made in
the same way. Rows of several labels have further scores (:mod:`dataaug.evaluation.set_scores`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from dataaug.evaluation.intervals import Values

ClassNumbers = npt.NDArray[np.intp]

BOOTSTRAP_SAMPLES = 1000
"""Bootstrap samples: the standard error that they give is then exact to about 2 %."""
BOOTSTRAP_SAMPLES_EACH = 200
"""Bootstrap samples of each single fit, whose variances are averaged over fits."""
_CELLS = 4_000_000
"""Row weights held at a time (16 MB as float32)."""


@dataclass(frozen=True, slots=True)
class Design:
    """How the fits of one train set are to be read.

    Attributes:
        headline: the fits whose mean score is the estimate.
        spread: the fits whose scatter tells how much the choice of train rows, and the
            classifier's own seed, matters; fewer than two tell nothing.
        factor: the variance that this choice gives the estimate is this times the variance among
            the fits of ``spread``, before :meth:`Sample.variances` mends it.
    """

    headline: tuple[int, ...]
    spread: tuple[int, ...]
    factor: float


def half_samples(repeats: int) -> Design:
    """Return the design of an evaluation: a full fit, then fits on random halves of the rows.

    This is the delete-d jackknife with d = n / 2 (Shao & Wu 1989): the variance among fits on n - d
    of n rows, times (n - d) / d, here 1, estimates the variance that the draw of all n rows gives
    the full fit. Leaving out few rows would need a large factor, which blows up what is not smooth
    in a score (single test rows that flip): at d = n / 5 and d = n / 10 the variance came out
    larger than at n / 2, and with more noise.
    """
    return Design((0,), tuple(range(1, repeats + 1)), 1.0)


def draws_of(size: int, rows: int, draws: int) -> Design:
    """Return the design of a point of the learning curve: the mean of fits on so many rows each.

    A fit on k of N rows varies by A (1 - k / N) for given rows, where A is the variance over all
    draws of k rows. The mean of R such fits then varies by A k / N + A (1 - k / N) / R over draws
    of the N rows too, which is the variance among the fits times k / (N - k) + 1 / R. Beyond N / 2
    that factor blows up as for a jackknife that leaves few rows out, and the halves of the whole
    set tell: their variance is A / 2 at N / 2, hence A (N / k) / N times N at k, so that the factor
    is 1 + (N / k - 1) / R.

    Args:
        size: k, the rows of a fit.
        rows: N, the rows that there are.
        draws: R. The fits are numbered so: first the draws, then halves of the whole set.
    """
    own = tuple(range(draws))
    if 2 * size <= rows:
        return Design(own, own, size / (rows - size) + 1 / draws)
    return Design(own, tuple(range(draws, 2 * draws)), 1 + (rows / size - 1) / draws)


def f1_scores(support: Values, called: Values, right: Values) -> tuple[Values, Values]:
    """Return the F1 of each class, NaN where it does not occur, and the mean of those that do.

    Args:
        support: rows of each class, shape (draws, classes).
        called: rows that were said to be of it.
        right: those of them that are.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = np.where(support > 0, 2 * right / (support + called), np.nan)
    return f1, np.nansum(f1, axis=1) / np.maximum((support > 0).sum(axis=1), 1)


def rows_of_mean(support: Values) -> float:
    """Return the rows of a plain share with the variance of a mean over classes of so many rows.

    None, where no row is of a class.
    """
    there = support[support > 0]
    return float(len(there) ** 2 / (1 / there).sum()) if len(there) else 0.0


class TestSet:
    """The true classes of the test rows, and the bootstrap samples that all train sets share.

    Args:
        truth: class numbers of the test rows.
        classes: how many classes there are; predictions are numbers below it, or it itself for a
            fit that predicts nothing, which is wrong everywhere.
        seed: of the bootstrap.
    """

    __test__ = False  # not a test case, whatever pytest thinks of the name

    SCORES: ClassVar[tuple[str, ...]] = ("accuracy", "macro_f1")
    """What stands in a statistic before the F1 of the classes."""

    def __init__(self, truth: ClassNumbers, classes: int, seed: int) -> None:
        self.truth = truth
        self.classes = classes
        self._seed = seed

    def statistic(self, predicted: ClassNumbers) -> Values:
        """Return the statistic of one fit, shape (scores + classes,)."""
        ones = np.ones((1, len(self.truth)), np.float32)
        found: Values = self._weighted(ones, predicted)[0]
        return found

    def sizes(self) -> Values:
        """Return how many test rows each statistic rests on, shape (scores + classes,).

        For macro-F1 the rows of a plain share with the variance of a mean over classes: of k
        classes with n rows each k**2 / sum(1 / n).
        """
        support = self.support().astype(np.float64)
        return np.array([len(self.truth), rows_of_mean(support), *support])

    def support(self) -> ClassNumbers:
        """Return how many test rows each class has, shape (classes,)."""
        return np.bincount(self.truth, minlength=self.classes)

    def draws(self, fits: Sequence[ClassNumbers], count: int = BOOTSTRAP_SAMPLES) -> Values:
        """Return the bootstrap statistics of each fit, shape (fits, count, scores + classes).

        Every fit sees the same samples of test rows, so differences between fits are paired.
        """
        rows = len(self.truth)
        rng = np.random.default_rng(self._seed)
        found = np.empty((len(fits), count, len(self.SCORES) + self.classes))
        step = max(1, min(count, _CELLS // max(rows, 1)))
        for start in range(0, count, step):
            part = min(step, count - start)
            taken = rng.integers(0, rows, (part, rows))
            taken += np.arange(part)[:, None] * rows
            counts = np.bincount(taken.ravel(), minlength=part * rows)
            weights = counts.reshape(part, rows).astype(np.float32)
            for number, predicted in enumerate(fits):
                found[number, start : start + part] = self._weighted(weights, predicted)
        return found

    def _weighted(self, weights: npt.NDArray[np.float32], predicted: ClassNumbers) -> Values:
        """Return the statistic for each row of weights, shape (draws, scores + classes).

        A class without a test row in a sample has no F1 there (NaN) and is left out of its mean:
        macro-F1 is the mean over the classes that occur among the true labels.
        """
        hit = predicted == self.truth
        support, called, right = (
            counts.astype(np.float64)  # whole numbers, which float32 holds exactly up to 2**24
            for counts in (
                weights @ self._flags(self.truth),
                weights @ self._flags(predicted),
                weights[:, hit] @ self._flags(self.truth[hit]),
            )
        )
        f1, macro = f1_scores(support, called, right)
        accuracy = right.sum(axis=1) / support.sum(axis=1)
        return np.column_stack([accuracy, macro, f1])

    def _flags(self, numbers: ClassNumbers) -> npt.NDArray[np.float32]:
        return np.eye(self.classes + 1, self.classes, dtype=np.float32)[numbers]

    def confusion(self, predicted: ClassNumbers) -> list[list[int]]:
        """Return counts of test rows by true class (row) and predicted class (column)."""
        answered = predicted < self.classes
        cells = self.truth[answered] * self.classes + predicted[answered]
        counts = np.bincount(cells, minlength=self.classes**2)
        return [[int(n) for n in row] for row in counts.reshape(self.classes, self.classes)]
