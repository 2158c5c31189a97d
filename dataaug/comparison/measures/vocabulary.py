"""How many distinct words there are among equally many words, and how fast new ones come."""

import numpy as np
import numpy.typing as npt

from dataaug.comparison.measures import FunctionMeasure, Measure, Measured
from dataaug.comparison.pool import Pool
from dataaug.comparison.resampling import Number, SplitHalfDraw, Table, profile

NUMBERS = (
    Number("vocabulary.ratio", "among equally many words, {synthetic} of those of synthetic rows "
           "are distinct and {real} of those of real rows", "share", relative=0.05),
    Number("vocabulary.growth", "the vocabulary of synthetic rows grows with text to the power "
           "{synthetic}, that of real ones {real}", relative=0.05, absolute=0.02),
)  # fmt: skip


def load() -> Measure:
    """Build the measure.

    ``ratio`` is the type-token ratio over all words of a sample (also called distinct-1). As it
    falls with the number of words, every sample is cut to the same number. ``growth`` is the
    exponent of Heaps' law, V(n) = K n^b (Heaps 1978), between half of the words and all of them,
    where the vocabulary of a random half is its expectation (rarefaction, Hurlbert 1971). English
    prose has 0.4 to 0.6, repeated templates come near 0.
    """

    def measure(pool: Pool, /) -> Measured:
        def of(draw: SplitHalfDraw) -> Table:
            samples = [pool.words.take(rows) for rows in draw]
            size = min(map(len, samples))
            return np.array([_numbers(sample[:size]) for sample in samples])

        return Measured(profile(pool, NUMBERS, of))

    return FunctionMeasure(NUMBERS, measure)


def _numbers(words: npt.NDArray[np.int64]) -> tuple[float, float]:
    if len(words) < 2:
        return float("nan"), float("nan")
    _, counts = np.unique(words, return_counts=True)
    # Of a random half of the words, a word that occurs c times is missing with probability 2^-c.
    half = float(np.sum(1 - 0.5**counts))
    return len(counts) / len(words), float(np.log2(len(counts) / half))
