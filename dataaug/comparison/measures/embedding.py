"""The distance between the sets' embeddings (maximum mean discrepancy), with a permutation test."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dataaug.comparison.measures import FunctionMeasure, Measure, Measured, check_rows
from dataaug.comparison.pool import Pool, RowNumbers
from dataaug.comparison.resampling import (
    Number,
    Reading,
    SplitHalfDraw,
    Table,
    profile,
    split_half_draws,
)
from dataaug.embedders import AUTO, Vectors, embedder_spec, shared

NUMBERS = (
    Number("embedding.mmd", "the distance (MMD²) of synthetic from real rows among embeddings is "
           "{synthetic}", absolute=0.001, distance=True),
)  # fmt: skip

_SAMPLE = 500
_PERMUTATIONS = 999

_Matrix = npt.NDArray[np.float64]


def load(*, embedder: str = AUTO, model: str = "", device: str = "", rows: int = 2000) -> Measure:
    """Build the measure.

    The number is the unbiased estimate of the squared maximum mean discrepancy with a Gaussian
    kernel, whose width is the median distance between real rows (Gretton et al. 2012, JMLR 13,
    eq. 3 and §8); about 0 for rows of one distribution, and below 0 by chance. The p-value comes
    from 999 permutations of the first draw, one row of each root, so that 0.001 is the least.

    Args:
        embedder: which embedder makes the vectors; ``auto``: one that knows the languages.
        model: the embedder's model, if not its default.
        device: the embedder's device, if not its default.
        rows: how many real and how many synthetic rows are embedded at most.

    Raises:
        UsageError: ``rows`` is not 1 or more.
    """
    check_rows("embedding", rows)

    def measure(pool: Pool, /) -> Measured:
        pool = pool.subset(rows)
        vectors = shared(embedder_spec(embedder, model, device))(pool.texts, pool.notify)
        kernel = _kernel(vectors, _width(vectors[pool.places(real=True)][:_SAMPLE]))

        def of(draw: SplitHalfDraw) -> Table:
            one, two, three = draw
            within = [_within(kernel, rows) for rows in draw]
            return np.array(
                [
                    [0.0],
                    [within[0] + within[1] - 2 * _across(kernel, one, two)],
                    [within[0] + within[2] - 2 * _across(kernel, one, three)],
                ]
            )

        readings = [_distance(reading) for reading in profile(pool, NUMBERS, of, cap=_SAMPLE)]
        return Measured([_tested(pool, kernel, reading) for reading in readings])

    return FunctionMeasure(NUMBERS, measure)


def _distance(reading: Reading) -> Reading:
    """Turn the reading of a table with the distances (0, to other half, to synthetic) round."""
    if reading.real is None:
        return reading
    return replace(reading, real=None, split_half=2 * reading.real)


def _squares(vectors: Vectors) -> _Matrix:
    """Return squared distances of all pairs, shape (rows, rows)."""
    wide = vectors.astype(np.float64)
    norms = (wide * wide).sum(axis=1)
    found = norms[:, None] + norms[None, :] - 2 * wide @ wide.T
    squares: _Matrix = np.maximum(found, 0.0)
    return squares


def _width(vectors: Vectors) -> float:
    """Return the median distance between rows; 1 where most rows are equal."""
    pairs = _squares(vectors)[np.triu_indices(len(vectors), 1)]
    median = float(np.sqrt(np.median(pairs))) if len(pairs) else 0.0
    return median if median > 1e-3 else 1.0


def _kernel(vectors: Vectors, width: float) -> _Matrix:
    """Return the kernel of all pairs; 8 bytes a pair, so the rows must be capped."""
    found: _Matrix = np.exp(-_squares(vectors) / (2 * width * width))
    return found


def _within(kernel: _Matrix, rows: RowNumbers) -> float:
    """Return the mean kernel of pairs of distinct rows."""
    part = kernel[np.ix_(rows, rows)]
    return float((part.sum() - np.trace(part)) / (len(rows) * (len(rows) - 1)))


def _across(kernel: _Matrix, one: RowNumbers, two: RowNumbers) -> float:
    """Return the mean kernel of pairs of a row of each sample."""
    return float(kernel[np.ix_(one, two)].mean())


def _tested(pool: Pool, kernel: _Matrix, reading: Reading) -> Reading:
    """Add the p-value of a permutation test."""
    if reading.synthetic is None:
        return reading
    draw = split_half_draws(pool, reading.scope, cap=_SAMPLE)[0]
    # Siblings are alike whatever the method does; a permutation of rows would take them for proof.
    _, firsts = np.unique(pool.roots[draw.synthetic], return_index=True)
    both = np.concatenate([draw.real[np.sort(firsts)], draw.synthetic[np.sort(firsts)]])
    if len(both) < 4:
        return reading
    p = _p_value(pool, kernel[np.ix_(both, both)], str(reading.scope))
    return replace(reading, detail={"p": p}, note=f"permutation test: p = {p:.3f}")


def _p_value(pool: Pool, kernel: _Matrix, name: str) -> float:
    """Return how often a permutation of the rows is as far apart as the rows are.

    Args:
        pool: the source of random numbers.
        kernel: of as many real rows and then synthetic ones, shape (2 n, 2 n); its diagonal is
            overwritten.
        name: what the random numbers follow from.
    """
    np.fill_diagonal(kernel, 0.0)
    size = len(kernel) // 2
    random = pool.random("permutations", name)
    signs = np.repeat([1.0, -1.0], size)
    every = np.stack([signs, *(random.permutation(signs) for _ in range(_PERMUTATIONS))])
    # u K u is the sum over pairs on one side less that over pairs across; with the sum over all
    # pairs it gives both, and MMD² from them.
    inside = np.einsum("ij,ij->i", every @ kernel, every)
    total = kernel.sum()
    same = (total + inside) / 2
    found = same / (size * (size - 1)) - (total - same) / (size * size)
    # Sums in another order differ in the last bits: ties are ties.
    return float((found >= found[0] - 1e-12).mean())
