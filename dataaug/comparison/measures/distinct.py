"""Distinct pairs and triples of words among equally many (distinct-2 and distinct-3)."""

import numpy as np

from dataaug.comparison.measures import FunctionMeasure, Measure, Measured
from dataaug.comparison.pool import Pool, Ragged
from dataaug.comparison.resampling import Number, SplitHalfDraw, Table, profile

_SAID = ("of equally many {what} of words, {{synthetic}} are distinct in synthetic rows and "
         "{{real}} in real ones")  # fmt: skip
NUMBERS = (
    Number("distinct.2", _SAID.format(what="pairs"), "share", relative=0.05, absolute=0.01),
    Number("distinct.3", _SAID.format(what="triples"), "share", relative=0.05, absolute=0.01),
)


def load() -> Measure:
    """Build the measure.

    distinct-n is the number of distinct n-grams over the number of all (Li et al. 2016,
    arXiv:1510.03055). It falls with the number of words, so samples are cut to equal numbers of
    n-grams. distinct-1 is ``vocabulary.ratio``. Several variants of one row lower it, as they
    share most of their n-grams.
    """

    def measure(pool: Pool, /) -> Measured:
        grams = [_grams(pool.words, size) for size in (2, 3)]

        def of(draw: SplitHalfDraw) -> Table:
            return np.array([_ratios(draw, gram) for gram in grams]).T

        return Measured(profile(pool, NUMBERS, of))

    return FunctionMeasure(NUMBERS, measure)


def _grams(words: Ragged, size: int) -> Ragged:
    """Number the n-grams of each row."""
    rows = np.repeat(np.arange(len(words.sizes)), words.sizes)
    length = len(words.values) - size + 1
    if length <= 0:
        return Ragged(words.values[:0], np.zeros(len(words.starts), dtype=np.int64))
    code = words.values[:length]
    for step in range(1, size):
        # Numbered anew at each step, the pairs of code and next word stay far below 2**63.
        pairs = code * (words.values.max() + 1) + words.values[step : step + length]
        code = np.unique(pairs, return_inverse=True)[1]
    inside = rows[:length] == rows[size - 1 :]
    sizes = np.maximum(words.sizes - size + 1, 0)
    return Ragged(code[inside].astype(np.int64), np.concatenate([[0], np.cumsum(sizes)]))


def _ratios(draw: SplitHalfDraw, grams: Ragged) -> list[float]:
    samples = [grams.take(rows) for rows in draw]
    size = min(map(len, samples))
    if not size:
        return [float("nan")] * 3
    return [len(np.unique(sample[:size])) / size for sample in samples]
