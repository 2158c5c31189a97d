"""Strategies: which rows of a pool a person is asked about, since their labels teach most.

A survey: Settles 2009, "Active learning literature survey". What each brings is measured by
``benchmarks/active.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dataaug.classifiers import Probabilities
from dataaug.embedders import Vectors

PoolScores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PoolView:
    """What a strategy knows when it chooses.

    Attributes:
        vectors: of the rows of the pool, unit length, shape (rows, dimensions).
        found: the probability of each label for each row, shape (rows, labels).
        known: vectors of the rows that have labels, shape (labelled rows, dimensions).
        random: where chance comes from.
    """

    vectors: Vectors
    found: Probabilities
    known: Vectors
    random: np.random.Generator

    @property
    def doubt(self) -> PoolScores:
        """1 less the margin of the likeliest label over the next, 0 to 1, for each row."""
        best = np.sort(self.found, axis=1)
        doubt: PoolScores = 1 - (best[:, -1] - best[:, -2])
        return doubt


class Strategy(Protocol):
    """Chooses rows whose labels would teach most, all of a round at once."""

    def __call__(self, view: PoolView, count: int, /) -> Sequence[int]:
        """Return the numbers of as many different rows, the most wanted first.

        Args:
            view: what is known; it has at least ``count`` rows.
            count: how many, 1 or more.
        """


_STEPS = 10
"""Steps of k-means: later ones move few rows."""


def scattered(
    first: int, count: int, distances: Callable[[int], PoolScores], random: np.random.Generator
) -> list[int]:
    """Return different rows that lie far apart, by the seeding of k-means++.

    Arthur and Vassilvitskii 2007, "k-means++: the advantages of careful seeding": each row is
    drawn with a probability in proportion to the squared distance to the nearest one so far.

    Args:
        first: the row to begin with.
        count: how many rows, at most as many as there are.
        distances: the squared distance of each row to one of them, 0 or more.
        random: where chance comes from.
    """
    chosen, far = [first], distances(first)
    while len(chosen) < count:
        far = np.minimum(far, distances(chosen[-1]))
        far[chosen] = 0
        if not far.any():  # all others are copies of chosen ones
            left = sorted(set(range(len(far))) - set(chosen))
            return chosen + left[: count - len(chosen)]
        chosen.append(int(random.choice(len(far), p=far / far.sum())))
    return chosen


def clusters(
    vectors: Vectors, count: int, random: np.random.Generator, weights: PoolScores | None = None
) -> tuple[npt.NDArray[np.intp], Vectors]:
    """Return the number of the cluster of each vector, and the clusters' means, by k-means.

    A cluster that lost all its rows keeps its mean and has none.

    Args:
        vectors: of length 1, shape (rows, dimensions).
        count: clusters, at most as many as there are rows.
        random: where chance comes from.
        weights: how much each vector counts, above 0; None: all alike.
    """
    counts = np.ones(len(vectors)) if weights is None else weights
    weighted = vectors * counts[:, None].astype(np.float32)

    def distances(row: int) -> PoolScores:
        far: PoolScores = counts * np.maximum(2 - 2 * (vectors @ vectors[row]), 0)
        return far

    means = vectors[scattered(int(random.integers(len(vectors))), count, distances, random)]
    places = np.zeros(len(vectors), np.intp)
    for _ in range(_STEPS):
        places = np.argmax(vectors @ means.T - (means**2).sum(axis=1) / 2, axis=1)
        total = np.bincount(places, counts, minlength=count).astype(np.float32)
        sums = np.zeros_like(means)
        np.add.at(sums, places, weighted)
        lived = total > 0
        means[lived] = sums[lived] / total[lived, None]
    return places, means
