"""Words a row: their mean and their spread."""

import numpy as np

from dataaug.comparison.measures import FunctionMeasure, Histogram, Measure, Measured
from dataaug.comparison.pool import Pool
from dataaug.comparison.resampling import Number, each, profile

NUMBERS = (
    Number("length.words", "synthetic rows have {synthetic} words on average, real ones {real}",
           relative=0.05),
    Number("length.spread", "the standard deviation of words a row is {synthetic} in synthetic "
           "rows and {real} in real ones", relative=0.1, absolute=0.2),
)  # fmt: skip

_BINS = 30


def load() -> Measure:
    """Build the measure. Generated rows tend to be of one length; real ones are not."""

    def measure(pool: Pool, /) -> Measured:
        sizes = pool.words.sizes.astype(np.float64)
        readings = profile(
            pool,
            NUMBERS,
            lambda draw: each(
                draw, lambda rows: float(sizes[rows].mean()), lambda rows: float(sizes[rows].std())
            ),
        )
        return Measured(readings, (_histogram(pool),))

    return FunctionMeasure(NUMBERS, measure)


def _histogram(pool: Pool) -> Histogram:
    sizes = pool.words.sizes
    # The longest one in a hundred would squeeze all others into a few bins: the last bin has them.
    top = max(1, int(np.quantile(sizes, 0.99))) if len(sizes) else 1
    edges = np.arange(0, top + 2, max(1, -(-top // _BINS)))
    counts = [
        np.histogram(np.minimum(sizes[pool.real == real], edges[-1]), edges)[0]
        for real in (True, False)
    ]
    return Histogram("words a row", tuple(edges.tolist()), *(tuple(c.tolist()) for c in counts))
