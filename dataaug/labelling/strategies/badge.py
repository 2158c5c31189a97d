"""Rows whose gradients would be large and differ, drawn one after another (BADGE)."""

from collections.abc import Sequence

import numpy as np

from dataaug.labelling.strategies import PoolScores, PoolView, Strategy, scattered


def load() -> Strategy:
    """Build the strategy. It has no options.

    Ash et al. 2020, "Deep batch active learning by diverse, uncertain gradient lower bounds",
    arXiv:1906.03671: k-means++ over the gradients that the last layer would get if the likeliest
    label were right. A gradient is the product of an error and a vector, so that products of two
    gradients are those of their errors times those of their vectors, and none is written out.
    """

    def choose(view: PoolView, count: int, /) -> Sequence[int]:
        errors = view.found.copy()
        errors[np.arange(len(errors)), errors.argmax(axis=1)] -= 1
        size = (errors**2).sum(axis=1)  # the vectors have the length 1

        def distances(row: int) -> PoolScores:
            alike = (errors @ errors[row]) * (view.vectors @ view.vectors[row])
            found: PoolScores = np.maximum(size + size[row] - 2 * alike, 0)
            return found

        return scattered(int(size.argmax()), count, distances, view.random)

    return choose
