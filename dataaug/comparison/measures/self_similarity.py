"""How near each row has its nearest neighbour within its own set, by embedding."""

import numpy as np

from dataaug.comparison.measures import FunctionMeasure, Measure, Measured, check_rows
from dataaug.comparison.pool import Pool, RowNumbers
from dataaug.comparison.resampling import Number, each, profile
from dataaug.embedders import AUTO, embedder_spec, shared

NUMBERS = (
    Number("self-similarity.nearest", "the nearest neighbour of a synthetic row among as many "
           "synthetic rows has cosine similarity {synthetic} on average, that of a real row "
           "among real ones {real}", absolute=0.02),
)  # fmt: skip

_SAMPLE = 1_000
"""Rows in a sample: a nearest neighbour among a thousand, whatever the size of the data."""


def load(*, embedder: str = AUTO, model: str = "", device: str = "", rows: int = 2000) -> Measure:
    """Build the measure. Samples are of equal size, as neighbours come nearer the more there are.

    Args:
        embedder: which embedder makes the vectors; ``auto``: one that knows the languages.
        model: the embedder's model, if not its default.
        device: the embedder's device, if not its default.
        rows: how many real and how many synthetic rows are embedded at most.

    Raises:
        UsageError: ``rows`` is not 1 or more.
    """
    check_rows("self-similarity", rows)

    def measure(pool: Pool, /) -> Measured:
        pool = pool.subset(rows)
        vectors = shared(embedder_spec(embedder, model, device))(pool.texts, pool.notify)

        similarity = vectors @ vectors.T
        np.fill_diagonal(similarity, -1.0)

        def nearest(chosen: RowNumbers) -> float:
            part = similarity[np.ix_(chosen, chosen)]
            return float(part.max(axis=1).mean(dtype=np.float64))

        readings = profile(pool, NUMBERS, lambda draw: each(draw, nearest), cap=_SAMPLE)
        return Measured(readings)

    return FunctionMeasure(NUMBERS, measure)
