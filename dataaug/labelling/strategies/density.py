"""Doubtful rows that have many near ones and are unlike each other (information density)."""

from collections.abc import Sequence

import numpy as np

from dataaug.errors import UsageError
from dataaug.labelling.strategies import PoolScores, PoolView, Strategy

_TILE = 2_000
"""Rows that are compared with all at one time."""


def load(*, neighbours: int = 20) -> Strategy:
    """Build the strategy.

    Settles and Craven 2008, "An analysis of active learning strategies for sequence labeling
    tasks", doi:10.3115/1613715.1613855, eq. 13: doubt times density. Density is the mean
    similarity to the nearest rows, not to all: with many labels the latter finds the middle of
    the pool, where no label is. A row counts less the nearer it is to one that was chosen.

    Args:
        neighbours: the nearest rows that count for the density.

    Raises:
        UsageError: there is not one neighbour.
    """
    if neighbours < 1:
        raise UsageError("density.neighbours: expected 1 or more")

    def choose(view: PoolView, count: int, /) -> Sequence[int]:
        wanted = view.doubt * _density(view, neighbours)
        near = np.zeros(len(wanted))
        chosen: list[int] = []
        while len(chosen) < count:
            left = wanted * (1 - near)
            left[chosen] = -1
            chosen.append(int(left.argmax()))
            near = np.maximum(near, view.vectors @ view.vectors[chosen[-1]])
        return chosen

    return choose


def _density(view: PoolView, neighbours: int) -> PoolScores:
    """Return the mean similarity of each row to its nearest ones, itself left out."""
    count = min(neighbours + 1, len(view.vectors))
    parts = [
        np.sort(view.vectors[n : n + _TILE] @ view.vectors.T, axis=1)[:, -count:-1].mean(axis=1)
        if count > 1
        else np.ones(len(view.vectors[n : n + _TILE]))
        for n in range(0, len(view.vectors), _TILE)
    ]
    density: PoolScores = np.maximum(np.concatenate(parts), 0)
    return density
