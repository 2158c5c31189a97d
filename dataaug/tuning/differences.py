"""The mean of paired differences over folds, and how far it can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dataaug import quantiles


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """How much better one recipe is than another, on the same folds.

    Attributes:
        mean: of the differences, -1 to 1.
        error: its standard error; infinite for fewer than two folds.
        freedom: degrees of freedom of the error.
    """

    mean: float
    error: float
    freedom: int

    @property
    def interval(self) -> tuple[float, float]:
        """The interval at 95 % after Student; infinite for fewer than two folds."""
        return self.mean - self._reach(0.975), self.mean + self._reach(0.975)

    @property
    def surely_worse(self) -> bool:
        """Is the mean below 0, with 95 % confidence (one-sided)?"""
        return self.mean + self._reach(0.95) < 0

    def _reach(self, share: float) -> float:
        if self.freedom < 1:
            return float("inf")
        return quantiles.student_t(self.freedom, share) * self.error


def paired(one: Sequence[float], other: Sequence[float], held: float) -> PairedDifference:
    """Return how much better one recipe is than the other.

    The train parts of folds overlap, so that the plain standard error is too small. That of Nadeau
    & Bengio (2003, Machine Learning 52, eq. 6) adds the rows held out over those trained on:
    variance * (1 / folds + held / trained). Bouckaert & Frank (2004) found that it serves repeated
    cross-validation best.

    Args:
        one: its scores on the folds, 0 to 1.
        other: those of the other recipe on the same folds.
        held: rows held out over rows trained on.
    """
    found = np.subtract(one, other)
    if len(found) < 2:
        return PairedDifference(float(found.mean()) if len(found) else 0.0, float("inf"), 0)
    error = float(np.sqrt(found.var(ddof=1) * (1 / len(found) + held)))
    return PairedDifference(float(found.mean()), error, len(found) - 1)
