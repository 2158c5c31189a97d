"""The middle row of each cluster of the doubtful rows: doubtful, and spread out."""

from collections.abc import Sequence

import numpy as np

from dataaug.errors import UsageError
from dataaug.labelling.strategies import PoolView, Strategy, clusters

_LEAST = 1e-6
"""Added to a weight, so that rows without any doubt may be clustered too."""


def load(*, factor: int = 10) -> Strategy:
    """Build the strategy.

    Zhdanov 2019, "Diverse mini-batch active learning", arXiv:1901.05954: of the most doubtful rows
    by margin, so many times as are wanted, k-means weighted by the doubt; of each cluster the row
    nearest to its mean.

    Args:
        factor: doubtful rows for each that is wanted; 10 as in the paper.

    Raises:
        UsageError: there is less than one.
    """
    if factor < 1:
        raise UsageError("diverse.factor: expected 1 or more")

    def choose(view: PoolView, count: int, /) -> Sequence[int]:
        doubt = view.doubt
        rows = np.argsort(-doubt, kind="stable")[: factor * count]
        places, means = clusters(view.vectors[rows], count, view.random, doubt[rows] + _LEAST)
        chosen = []
        for number in range(count):
            own = np.flatnonzero(places == number)
            if len(own):
                chosen.append(
                    int(rows[own[int((view.vectors[rows[own]] @ means[number]).argmax())]])
                )
        rest = [int(row) for row in rows if int(row) not in set(chosen)]
        return chosen + rest[: count - len(chosen)]

    return choose
