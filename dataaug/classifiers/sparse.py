"""Softmax regression on sparse features."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import hstack

from dataaug.classifiers import Ended, Probabilities, Weights, normalized_exp

_REST = 0.004
"""The fit ends where the gradient is this share of the first one, by the measure of the fit: 10 to
30 steps, after which the accuracy on banking77 is within 0.2 points of the limit's."""
_STEPS = 300
_MEMORY = 4
"""Steps that tell the curvature; each takes as much memory as twelve rows of scores a row."""
_DIRECTIONS, _FEWEST = 50, 5
"""Directions of the widest spread, along which the loss is steepest; they are dealt with apart.
Under 2,500 rows it is one in fifty rows: more take no steps away, and half of the time."""
_ALWAYS = 2.0
"""The value of the feature that every row has. The penalty on its weights, the intercepts, is a
quarter of that on others; a larger value costs steps."""

_Point = npt.NDArray[np.float32]
"""Weights ``X'A`` as the pair of ``A`` and of the scores ``XX'A``, shape (2, rows, classes)."""


class SparseRegression:
    """Multinomial logistic regression with an L2 penalty, the same model as scikit-learn's.

    L-BFGS (Nocedal & Wright 2006, algorithm 7.4) brings down
    ``c * sum(weight * loss) + |W|^2 / 2``.
    The best weights are sums of rows, and all steps to them are: a point is kept by what each row
    adds for each class, which are a quarter of the numbers that weights of all features are, and
    one product with the matrix and one with its transpose make a step.

    Where all rows share features, as letters and the intercept, the loss is a thousand times
    steeper in some directions than in others. The first guess of the curvature knows the steepest
    (found by a randomised singular value decomposition, Halko et al. 2011), and that classes with
    few rows have little of it; then a fit takes a quarter of the steps.
    """

    def __init__(self, c: float) -> None:
        self._c = c
        self._weights: npt.NDArray[np.float32] = np.empty((0, 0), np.float32)

    def fit(self, matrix: Any, numbers: npt.NDArray[np.intp], weights: Weights, /) -> Ended:
        """Train on sparse rows and say how the fit ended.

        Args:
            matrix: the features, shape (rows, features).
            numbers: the class of each row, 0 to classes - 1, each of them there.
            weights: how much each row counts; their mean is 1.
        """
        loss = _Loss(_with_constant(matrix), numbers, weights, self._c)
        point, steps, settled = _least(loss)
        self._weights = loss.transposed @ point[0]
        return Ended(steps, settled, "a larger c, which is a weaker penalty")

    def predict_proba(self, matrix: Any, /) -> Probabilities:
        """Return the probability of each class, shape (rows, classes)."""
        scores = matrix @ self._weights[:-1] + _ALWAYS * self._weights[-1]
        return normalized_exp(scores.astype(np.float64))


def _with_constant(matrix: Any) -> Any:
    constant = np.full((matrix.shape[0], 1), _ALWAYS, dtype=np.float32)
    return hstack([matrix, constant], format="csr", dtype=np.float32)


class _Loss:
    """The loss at a point, its gradient, and a guess of its curvature."""

    def __init__(
        self, matrix: Any, numbers: npt.NDArray[np.intp], weights: Weights, c: float
    ) -> None:
        self._matrix, self.transposed = matrix, matrix.T.tocsr()
        self._own = (np.arange(len(numbers)), numbers)
        self._each = weights.astype(np.float32)
        shares = np.bincount(numbers, weights=weights) / weights.sum()
        self.shape = (2, len(numbers), len(shares))
        # With two classes scikit-learn has one vector of weights: the difference of these two,
        # whose square is twice the sum of theirs.
        self._penalty = (2 if len(shares) == 2 else 1) / c
        self._units = (shares.mean() / shares).astype(np.float32)
        self._curve(1 / len(shares))

    def _curve(self, share: float) -> None:
        """Find the directions of the widest spread, which are (A, XX'A) as points are."""
        rows = self._matrix.shape[0]
        count = min(_DIRECTIONS, max(_FEWEST, rows // 50), rows)
        basis = np.random.default_rng(0).standard_normal((rows, min(count + 8, rows)), np.float32)
        for _ in range(2):
            basis = np.linalg.qr(self._matrix @ (self.transposed @ basis))[0]
        down = self.transposed @ basis
        spread, turn = np.linalg.eigh(down.T @ down)
        spread, turn = spread[::-1][:count], turn[:, ::-1][:, :count]
        kept = spread > 1e-5 * spread[0]
        turn = turn[:, kept] / np.sqrt(spread[kept])
        steep = share * spread[kept] + self._penalty
        self._least = float(steep[-1])
        self._along = np.stack([basis @ turn, self._matrix @ (down @ turn)])
        self._less = (self._least / steep - 1)[:, None].astype(np.float32)

    def __call__(self, point: _Point) -> tuple[float, _Point]:
        """Return the loss and, for each row and class, how it goes with the score."""
        found = point[1] - point[1].max(axis=1, keepdims=True)
        own = found[self._own]
        np.exp(found, out=found)
        total = found.sum(axis=1)
        value = float(np.dot(self._each, (np.log(total) - own).astype(np.float64)))
        found *= (self._each / total)[:, None]
        found[self._own] -= self._each
        return value + self._penalty / 2 * _inner(point, point), found

    def gradient(self, point: _Point, slopes: npt.NDArray[np.float32]) -> _Point:
        """Return the gradient, given how the loss goes with the scores."""
        found = self._penalty * point
        found[0] += slopes
        found[1] += self._matrix @ (self.transposed @ slopes)
        return found

    def guess(self, gradient: _Point) -> _Point:
        """Return the gradient over the guessed curvature."""
        parts = self._less * (self._along[0].T @ gradient[1])
        found: _Point = (gradient + self._along @ parts) * (self._units / self._least)
        return found


def _inner(one: _Point, other: _Point) -> float:
    """Return the inner product of the weights of two points."""
    return float(np.vdot(one[0], other[1]))


def _least(loss: _Loss) -> tuple[_Point, int, bool]:
    """Return the point of the least loss, the steps to it, and whether the fit came to rest."""
    point = np.zeros(loss.shape, np.float32)
    value, slopes = loss(point)
    gradient = loss.gradient(point, slopes)
    goal = _REST**2 * _inner(gradient, loss.guess(gradient))
    known: list[tuple[_Point, _Point, float]] = []
    for step in range(_STEPS):
        if _inner(gradient, loss.guess(gradient)) <= goal:
            return point, step, True
        way = _way(gradient, known, loss.guess)
        slope, length = _inner(gradient, way), 1.0
        while True:
            there = point - length * way
            value_there, slopes = loss(there)
            if value_there <= value - 1e-4 * length * slope:
                break
            length /= 2
            if length < 1e-4:  # as low as single precision tells
                return point, step, True
        gradient_there = loss.gradient(there, slopes)
        moved, bent = there - point, gradient_there - gradient
        if (curvature := _inner(moved, bent)) > 0:
            known = [*known, (moved, bent, 1 / curvature)][-_MEMORY:]
        point, value, gradient = there, value_there, gradient_there
    return point, _STEPS, False


def _way(
    gradient: _Point,
    known: list[tuple[_Point, _Point, float]],
    guess: Callable[[_Point], _Point],
) -> _Point:
    """Return the direction of the next step, negated: the two loops of L-BFGS."""
    found, shares = gradient.copy(), []
    for moved, bent, ratio in reversed(known):
        shares.append(ratio * _inner(moved, found))
        found -= np.float32(shares[-1]) * bent
    found = guess(found)
    if known:
        moved, bent, ratio = known[-1]
        found *= np.float32(1 / (ratio * _inner(guess(bent), bent)))
    for (moved, bent, ratio), share in zip(known, reversed(shares), strict=True):
        found += np.float32(share - ratio * _inner(bent, found)) * moved
    return found
