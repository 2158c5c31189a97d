"""Softmax regression on dense vectors; its stopping rule knows no number of classes."""

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from dataaug.classifiers import Ended, Probabilities, Weights, normalized_exp
from dataaug.classifiers.lbfgs import least
from dataaug.errors import TrainingError

_REST = 0.003
"""The fit ends where the gradient is this share of the first one: 5 to 40 steps, after which the
accuracy on banking77, hwu64, cr and subj is within 0.2 points of the limit's."""
_STEPS = 500
"""Where a fit ends that has not come to rest by then."""
_FLOOR = 1e-6
"""The least variance that a direction is given, for single precision to bear it; unit vectors have
a variance of 1 in all directions together."""

_LARGE = 50_000_000
"""Products of a step from which on they are shared among threads. Fewer are done before the threads
that wait for the next ones have stopped burning their time: 5 of 6 CPU seconds for 351 rows."""

_Array = npt.NDArray[np.float64]


@functools.cache
def _libraries() -> Any:
    """Return what sets the threads of numpy's products; to find them takes two milliseconds."""
    return ThreadpoolController()


class SoftmaxRegression:
    """Multinomial logistic regression with an L2 penalty, the same model as scikit-learn's.

    L-BFGS brings down ``mean(weight * loss) + |W|^2 / (2 c rows)``; intercepts bear no penalty.

    scikit-learn ends a fit where the largest entry of the gradient is below a fixed number. Entries
    are in proportion to the share of their class, so that with many classes this may hold before
    the first step. Here the intercepts start at the logarithms of the shares, the weights of a
    class are counted in units of ``1 / sqrt(share)``, and directions in units in which the vectors
    have a variance of 1. The squared length of the first gradient is then the spread of the
    classes' mean vectors, whatever the number of classes and their balance; and the loss is about
    as steep in all directions, so that a fit takes half the steps.
    """

    def __init__(self, c: float) -> None:
        self.c = c
        self._weights: _Array = np.empty((0, 0))
        self._intercepts: _Array = np.empty(0)

    def fit(self, matrix: Any, numbers: npt.NDArray[np.intp], weights: Weights, /) -> Ended:
        """Train on vectors and say how the fit ended.

        Args:
            matrix: one vector a row, shape (rows, dimensions).
            numbers: the class of each row, 0 to classes - 1, each of them there.
            weights: how much each row counts; their mean is 1.

        Raises:
            TrainingError: a vector has an entry that is not finite.
        """
        work = len(matrix) * matrix.shape[1] * (int(numbers.max()) + 1)
        with _libraries().limit(limits=None if work > _LARGE else 1, user_api="blas"):
            return self._fit(np.asarray(matrix, dtype=np.float32), numbers, weights)

    def _fit(self, matrix: Any, numbers: npt.NDArray[np.intp], weights: Weights) -> Ended:
        if not np.isfinite(matrix).all():
            raise TrainingError("the vectors of some texts are not finite numbers; try another "
                                "model of the embedder")  # fmt: skip
        # The best weights are sums of rows, so that no more directions than rows are needed.
        basis = np.linalg.qr(matrix.T)[0] if len(matrix) < matrix.shape[1] else None
        if basis is not None:
            matrix = matrix @ basis
        # With two classes scikit-learn has one vector of weights: the difference of these two,
        # whose square is twice the sum of theirs.
        twice = 2 if int(numbers.max()) == 1 else 1
        loss = _Loss(matrix, numbers, weights, twice / (self.c * len(numbers)))
        start = loss.start()
        loss(start)
        goal = _REST * loss.slope
        point, steps = least(loss, start, lambda: loss.slope <= goal, _STEPS)
        self._weights, self._intercepts = loss.weights(point)
        if basis is not None:
            self._weights = basis @ self._weights
        return Ended(steps, loss.slope <= goal, "a larger c, which is a weaker penalty")

    def predict_proba(self, matrix: Any, /) -> Probabilities:
        """Return the probability of each class, shape (rows, classes)."""
        found: Probabilities = normalized_exp(matrix @ self._weights + self._intercepts)
        return found


def _root(spread: _Array, least: float) -> npt.NDArray[np.floating]:
    """Return the Cholesky factor of a spread in which each direction has a variance.

    Args:
        spread: of float32 rows, so that a variance of 0 may be some 1e-6 below it.
        least: what is added to each variance, above 0; more where that is not enough.
    """
    while True:
        try:
            return np.linalg.cholesky(spread + least * np.eye(len(spread)))
        except np.linalg.LinAlgError:
            least *= 10


class _Loss:
    """The loss and its gradient at a point: weights and intercepts in the units of the fit."""

    def __init__(
        self, matrix: Any, numbers: npt.NDArray[np.intp], weights: Weights, penalty: float
    ) -> None:
        self._matrix = matrix
        self._places = (np.arange(len(numbers)), numbers)
        self._each = (weights / weights.sum()).astype(np.float32)
        self._shares = np.bincount(numbers, weights=self._each)
        self._units = 1 / np.sqrt(self._shares)
        self._penalty = penalty
        self._mean = (self._each @ matrix).astype(np.float64)
        spread = (matrix * self._each[:, None]).T @ matrix - np.outer(self._mean, self._mean)
        # By the penalty a direction of no variance has some, in the loss of a class of mean share.
        least = max(penalty * len(self._shares), _FLOOR)
        turn = np.linalg.inv(_root(spread, least)).T
        self._turn = turn.astype(np.float32)
        self.slope = 0.0
        """The length of the gradient where the loss was last asked for."""

    def start(self) -> _Array:
        """Return the point at which every row has the shares of the classes."""
        found = np.zeros((len(self._mean) + 1, len(self._shares)))
        found[-1] = np.log(self._shares) / self._units
        return found.ravel()

    def weights(self, point: _Array) -> tuple[_Array, _Array]:
        """Return the weights at a point, shape (dimensions, classes), and the intercepts."""
        inside = point.reshape(-1, len(self._units)) * self._units
        weights = (self._turn @ inside[:-1].astype(np.float32)).astype(np.float64)
        return weights, inside[-1] - self._mean @ weights

    def __call__(self, point: _Array) -> tuple[float, _Array]:
        """Return the loss and its gradient at a point."""
        weights, intercepts = self.weights(point)
        scores = self._matrix @ weights.astype(np.float32) + intercepts.astype(np.float32)
        scores -= scores.max(axis=1, keepdims=True)
        own = scores[self._places]
        np.exp(scores, out=scores)
        total = scores.sum(axis=1)
        value = float(np.dot(self._each, np.log(total) - own))
        scores *= (self._each / total)[:, None]
        scores[self._places] -= self._each
        level = scores.sum(axis=0, dtype=np.float64)
        slopes = self._matrix.T @ scores + self._penalty * weights - np.outer(self._mean, level)
        found = np.vstack([self._turn.T @ slopes.astype(np.float32), level]) * self._units
        self.slope = float(np.linalg.norm(found))
        return value + self._penalty / 2 * float(np.sum(weights**2)), found.ravel()
