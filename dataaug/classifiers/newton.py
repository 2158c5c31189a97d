"""Logistic regression of two classes on sparse rows, by Newton's steps."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import hstack

_REST = 1e-3
"""The fit ends where the gradient is this share of the first one."""
_STEPS = 50
_ROUGH = 0.1
"""A step is good enough where what is left of its equations is this share of what there was."""

_Numbers = npt.NDArray[np.float64]


def two_classes(matrix: Any, second: npt.NDArray[np.bool_], c: float) -> tuple[_Numbers, float]:
    """Return the weights of features that speak for the second class, and the intercept.

    They are the least of ``c * sum(log(1 + exp(-side * score))) + |w|^2 / 2``, which scikit-learn's
    liblinear brings down too; the intercept bears the penalty as there. Its steps are Newton's,
    each by conjugate gradients (Nocedal & Wright 2006, algorithm 7.1), in the span of the rows,
    which has fewer numbers than there are features.

    Args:
        matrix: the features, shape (rows, features).
        second: which rows are of the second class.
        c: inverse strength of the penalty.
    """
    rows = hstack([matrix, np.ones((matrix.shape[0], 1))], format="csr")
    back = rows.T.tocsr()
    sides = np.where(second, 1.0, -1.0)
    shares, scores = np.zeros(len(sides)), np.zeros(len(sides))  # weights are back @ shares
    first = 0.0
    for _ in range(_STEPS):
        missing = 1 / (1 + np.exp(sides * scores))
        slopes = shares - c * sides * missing
        slopes_scores = rows @ (back @ slopes)
        length = float(slopes @ slopes_scores)
        first = first or length
        if length <= _REST**2 * first:
            break
        curves = c * missing * (1 - missing)
        step, step_scores = _step(rows, back, curves, slopes, slopes_scores)
        size = _size(c, sides, (shares, scores), (step, step_scores), float(slopes @ step_scores))
        shares, scores = shares + size * step, scores + size * step_scores
        if not size:
            break
    weights: _Numbers = back @ shares
    return weights[:-1], float(weights[-1])


def _step(
    rows: Any, back: Any, curves: _Numbers, slopes: _Numbers, slopes_scores: _Numbers
) -> tuple[_Numbers, _Numbers]:
    """Return Newton's step and what it does to the scores."""
    step, step_scores = np.zeros(len(curves)), np.zeros(len(curves))
    left, left_scores = -slopes, -slopes_scores
    way, way_scores = left, left_scores
    size = first = float(left @ left_scores)
    while size > _ROUGH**2 * first:
        bent = curves * way_scores
        bent, bent_scores = way + bent, way_scores + rows @ (back @ bent)
        much = size / float(way @ bent_scores)
        step, step_scores = step + much * way, step_scores + much * way_scores
        left, left_scores = left - much * bent, left_scores - much * bent_scores
        before, size = size, float(left @ left_scores)
        way, way_scores = (
            left + size / before * way, left_scores + size / before * way_scores
        )  # fmt: skip
    return step, step_scores


def _size(
    c: float,
    sides: _Numbers,
    point: tuple[_Numbers, _Numbers],
    step: tuple[_Numbers, _Numbers],
    slope: float,
) -> float:
    """Return how much of a step to take: 1, a half ...; 0 where the loss comes down by none."""

    def loss(size: float) -> float:
        shares, scores = (one + size * other for one, other in zip(point, step, strict=True))
        return c * float(np.logaddexp(0, -sides * scores).sum()) + float(shares @ scores) / 2

    now, size = loss(0.0), 1.0
    while size > 1e-6:
        if loss(size) <= now + 1e-4 * size * slope:
            return size
        size /= 2
    return 0.0
