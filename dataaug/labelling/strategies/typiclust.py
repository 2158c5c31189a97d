"""The most typical row of each large part of the pool that has no label yet (TypiClust)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dataaug.errors import UsageError
from dataaug.labelling.strategies import PoolView, Strategy, clusters

_MOST = 500
"""Clusters at most, as in the paper."""


def load(*, neighbours: int = 20) -> Strategy:
    """Build the strategy.

    Hacohen et al. 2022, "Active learning on a budget: opposite strategies suit high and low
    budgets", arXiv:2202.02794: as many clusters as there are labelled and wanted rows; of those
    with the fewest labelled rows, the largest first, the row with the nearest neighbours.

    Args:
        neighbours: rows of the cluster that a typical row is near to.

    Raises:
        UsageError: there is not one neighbour.
    """
    if neighbours < 1:
        raise UsageError("typiclust.neighbours: expected 1 or more")

    def choose(view: PoolView, count: int, /) -> Sequence[int]:
        both = np.vstack([view.vectors, view.known])
        total = min(len(view.known) + count, _MOST, len(both))
        places, _ = clusters(both, total, view.random)
        own, known = places[: len(view.vectors)], places[len(view.vectors) :]
        size, covered = (np.bincount(part, minlength=total) for part in (own, known))
        order = sorted(range(total), key=lambda n: (covered[n], -size[n], n))
        ranked = [_by_typicality(view, np.flatnonzero(own == n), neighbours) for n in order]
        turns = (part[turn] for turn in range(max(map(len, ranked)))
                 for part in ranked if turn < len(part))  # fmt: skip
        return [row for row, _ in zip(turns, range(count), strict=False)]

    return choose


def _by_typicality(view: PoolView, rows: npt.NDArray[np.intp], neighbours: int) -> list[int]:
    """Return the rows of a cluster, those with the nearest neighbours in it first."""
    if not len(rows):
        return []
    alike = np.sort(view.vectors[rows] @ view.vectors[rows].T, axis=1)[:, ::-1]
    typical = alike[:, : neighbours + 1].mean(axis=1)
    return list(map(int, rows[np.argsort(-typical, kind="stable")]))
