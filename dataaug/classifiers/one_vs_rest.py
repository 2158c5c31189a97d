"""A model for rows of several labels: of each label one against the rest, apart from the others."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dataaug.classifiers import Ended, Estimator, Probabilities, Weights
from dataaug.rows.labels import members

Bits = npt.NDArray[np.bool_]
"""Which rows have which labels, shape (rows, labels)."""


def bits(sets: Sequence[str], labels: Sequence[str]) -> Bits:
    """Return which of some labels are in each set, shape (sets, labels)."""
    place = {label: column for column, label in enumerate(labels)}
    found = np.zeros((len(sets), len(labels)), np.bool_)
    for row, own in enumerate(sets):
        found[row, [place[label] for label in members(own) if label in place]] = True
    return found


class OneVsRest:
    """Binary relevance: an estimator for each label, which tells rows that have it from others.

    The probabilities of a row do not add up to 1. A label that all rows have, or none, is known
    without an estimator.

    Args:
        estimator: what learns two classes; a copy of it is fitted for each label.
    """

    def __init__(self, estimator: Estimator) -> None:
        self._estimator = estimator
        self._each: list[Estimator | float] = []

    def fit(self, matrix: Any, own: Bits, weights: Weights) -> Ended:
        """Train on the features of rows and say how the fits ended, taken together.

        Args:
            matrix: the features, one row each.
            own: which labels the rows have.
            weights: how much each row counts for each label, shape (rows, labels).
        """
        steps, settled, advice = 0, True, ""
        for column in range(own.shape[1]):
            here = own[:, column]
            if here.all() or not here.any():
                self._each.append(float(here[0]))
                continue
            estimator = copy.deepcopy(self._estimator)
            ended = estimator.fit(matrix, here.astype(np.intp), weights[:, column])
            steps, settled, advice = (
                max(steps, ended.steps), settled and ended.settled, ended.advice
            )  # fmt: skip
            self._each.append(estimator)
        return Ended(steps, settled, advice)

    def predict_proba(self, matrix: Any, /) -> Probabilities:
        """Return the probability of each label, shape (rows, labels)."""
        columns = [
            np.full(matrix.shape[0], each)
            if isinstance(each, float)
            else each.predict_proba(matrix)[:, 1]
            for each in self._each
        ]
        return np.column_stack(columns)


def set_weights(counts: Weights, own: Bits, *, balanced: bool) -> Weights:
    """Return how much each row counts for each label, shape (rows, labels), each of mean 1.

    Args:
        counts: how much each row counts.
        own: which labels the rows have.
        balanced: the rows that have a label weigh as much as those that lack it.
    """
    weights = np.repeat((counts / counts.mean())[:, None], own.shape[1], axis=1)
    if balanced:
        for side in (own, ~own):
            total = np.where(side, weights, 0).sum(axis=0)
            share = len(own) / 2 / np.maximum(total, np.finfo(np.float64).tiny)
            weights = np.where(side, weights * share, weights)
        weights /= weights.mean(axis=0)
    return weights
