"""Choose partitions for rows: their centroids, and the axes of the PCA bound."""

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dataaug.embedders import VectorRows
from dataaug.errors import InputError
from dataaug.search.journal import SearchJournal
from dataaug.search.partitions import Mask, Partitions, RowNumbers, Vectors
from dataaug.search.threads import in_threads

WORTH = 2e8
"""Pairs from which on partitions pay; below there is one (measured: about 20,000 rows)."""

_BLOCK = 2048
_PER_ROOT = 3.0
"""Partitions for each root of n m / (n + m): about 2 sqrt(N) for the pairs of one set of N rows,
where placing the rows costs about what comparing them does."""
_SAMPLE = 24
"""Rows of the sample for each partition."""
_ROUNDS = 3
_FEW = 256
_HOPELESS = 0.7
"""Estimated share of the pairs that is left; above it partitions cost more than they save."""
_CROWDED = 200
"""Partitions that a row may be on the boundary of on average, which takes 1.6 kB while they are
found. Where it would be more, fewer partitions save as many pairs: 10 to 50 are usual."""
_TRIED = 4096
"""Rows by which partitions are judged, most of which these were not made from. Those that they were
made from lie near: by them 37 % of the pairs of random texts seemed left, and 93 % were."""
_SHORT = (16, 8, 4)
"""Bound vectors have one of these parts of the dimensions. Measured on MiniLM: an eighth lets too
many pairs pass, a half saves little. Hashed texts do with a sixteenth."""
_SUM = 1e6
"""Numbers of bound vectors that are multiplied in the time in which a pair that passes is summed,
by the share of the pairs that partitions leave: 2 µs, 0.03 ns and a fifteenth."""
_SLACK = 1e-4
_EPSILON = float(np.finfo(np.float32).eps)


def fit_partitions(
    sets: Sequence[VectorRows],
    threshold: float,
    count: int = 0,
    probes: int = 0,
    journal: SearchJournal | None = None,
) -> Partitions:
    """Choose partitions for the rows of one set, or for the pairs between two.

    Args:
        sets: one or two arrays of shape (rows, d); only rows of these may be placed.
        threshold: the least product of a close pair.
        count: how many partitions at most; 0: as many as pay, which may be one.
        probes: of how many partitions a row will be a boundary row at most, 0: of any number. If
            that is capped, fewer partitions pay.
        journal: has the partitions if this was done before, else takes them; None: does not.

    Raises:
        InputError: a vector holds a value that is not a number.
    """
    if journal is None:
        return _fitted(sets, threshold, count, probes)
    for part in journal.parts("fitted"):
        slack = float(part["slack"])
        return Partitions(part["centroids"], part["margins"], part.get("axes"), slack)
    found = _fitted(sets, threshold, count, probes)
    given = {"centroids": found.centroids, "margins": found.margins, "axes": found.axes}
    journal.add("fitted", slack=found.slack, **{k: v for k, v in given.items() if v is not None})
    return found


def _fitted(sets: Sequence[VectorRows], threshold: float, count: int, probes: int) -> Partitions:
    longest = max((_longest(part) for part in sets), default=0.0)
    source = max(sets, key=len)
    few = len(sets[0]) * len(sets[-1]) < WORTH / 10
    given, count = count, count or _count([len(part) for part in sets], probes)
    random = np.random.default_rng(count)
    sample = _sample(source, max(_SAMPLE * count, _BLOCK), random)
    axes = None if few and not given else _axes(sample)
    if axes is not None:  # by other rows: those that axes were made from lie along them
        axes = _quickest(_sample(source, _BLOCK, np.random.default_rng(count + 1)), axes, threshold)
    # A float32 product of d terms is off by d ulp at most; a bound vector has two more roundings.
    error = (_SLACK + 2 * source.shape[1] * _EPSILON) * max(1.0, longest**2)
    one = Partitions(_zeros(source.shape[1]), _zeros(1), axes, error)
    if count == 1 or not len(sample):
        return one
    gap = float(np.sqrt(max(0.0, 2 * longest**2 - 2 * threshold))) + 1e-5
    # A margin is the difference of two products with a vector of length 1.
    slack = 4 * source.shape[1] * _EPSILON * longest
    while count > 1:
        centroids = _centroids(sample, count, threshold, random)
        margins = (gap / 2 * _apart(centroids) + slack).astype(np.float32)
        partitions = Partitions(centroids, margins, axes, error)
        if given:
            return partitions
        others = _sample(source, _TRIED, random)
        tried = partitions.place(others)
        if tried.products >= _HOPELESS * len(others) ** 2 / 2:
            return one
        crowd = tried.boundary_count / len(others)
        if crowd <= _CROWDED:
            return partitions
        count = int(len(centroids) * _CROWDED / crowd)
    return one


def _apart(centroids: Vectors) -> npt.NDArray[np.float64]:
    """Return how far centroids lie from each other, shape (k, k)."""
    wide = centroids.astype(np.float64)
    squares = (wide**2).sum(axis=1)
    found = squares[:, None] + squares - 2 * wide @ wide.T
    return np.asarray(np.sqrt(np.maximum(found, 0.0) + 1e-12))


def _count(sizes: Sequence[int], probes: int) -> int:
    one, other = sizes[0], sizes[-1]
    per_root = _PER_ROOT / 2 if probes else _PER_ROOT
    pairs = one * other / (2 if len(sizes) == 1 else 1)
    return round(per_root * (one * other / (one + other)) ** 0.5) if pairs >= WORTH else 1


def _zeros(wide: int) -> Vectors:
    return np.zeros((1, wide), np.float32)


def _sample(vectors: VectorRows, most: int, random: np.random.Generator) -> Vectors:
    rows = np.sort(random.choice(len(vectors), min(most, len(vectors)), replace=False))
    return np.asarray(vectors[rows], np.float32)


def _axes(sample: Vectors) -> Vectors | None:
    """Return the axes along which the rows are longest, shape (d, d / 4); None if d is below 4."""
    short = sample.shape[1] // min(_SHORT)
    if short < 1:
        return None
    wide = sample[:: max(1, len(sample) // _BLOCK)].astype(np.float64)
    found: Vectors = np.linalg.eigh(wide.T @ wide)[1][:, : -short - 1 : -1].astype(np.float32)
    return found


def _quickest(rows: Vectors, axes: Vectors, threshold: float) -> Vectors:
    """Return the first of the axes, so many that the search is quickest.

    Short bound vectors are multiplied in less time, and let more pairs pass.
    """
    whole = np.einsum("ij,ij->i", rows, rows)

    def cost(count: int) -> float:
        head = rows @ axes[:, :count]
        tail = np.sqrt(np.maximum(whole - np.einsum("ij,ij->i", head, head), 0.0))
        passing = np.count_nonzero(head @ head.T + np.outer(tail, tail) >= threshold - _SLACK)
        others = passing - len(rows)  # each row passes with itself
        return count + _SUM * others / max(1, len(rows)) ** 2

    counts = [max(1, rows.shape[1] // part) for part in _SHORT]
    return np.ascontiguousarray(axes[:, : min(counts, key=cost)])


def _longest(vectors: VectorRows) -> float:
    """Return the greatest length of a row.

    Raises:
        InputError: a value is not a number.
    """

    def squares(start: int) -> tuple[int, float]:
        part = np.asarray(vectors[start : start + _BLOCK], np.float32)
        found = np.einsum("ij,ij->i", part, part)
        bad = np.flatnonzero(~np.isfinite(found))
        return (start + int(bad[0]) if len(bad) else -1), float(found.max(initial=0.0))

    longest = 0.0
    for row, square in in_threads(squares, range(0, len(vectors), _BLOCK)):
        if row >= 0:
            raise InputError(f"vector {row} holds a value that is not a number, or is too long")
        longest = max(longest, square)
    return float(np.sqrt(longest)) * (1 + 1e-5)


def _centroids(
    sample: Vectors, count: int, threshold: float, random: np.random.Generator
) -> Vectors:
    """Return centroids by a few rounds of spherical k-means; fewer where rows crowd.

    No two rows to begin with are close to each other: where near-duplicates crowd, every row would
    be on the boundary of every partition, and nothing would be saved.
    """
    first = _unit(sample[random.permutation(len(sample))[: 2 * count]])
    apart: Mask = np.ones(len(first), np.bool_)
    for start in range(0, len(first), _FEW):
        for row, near in enumerate(first[start : start + _FEW] @ first.T >= threshold, start):
            if apart[row]:
                apart[row + 1 :] &= ~near[row + 1 :]
    centroids = first[apart][:count]
    for _ in range(_ROUNDS):
        nearest = functools.partial(_nearest, sample, centroids)
        home = np.concatenate(list(in_threads(nearest, range(0, len(sample), _BLOCK))))
        order = np.argsort(home, kind="stable")
        lived, starts = np.unique(home[order], return_index=True)
        centroids = _unit(np.add.reduceat(sample[order], starts, axis=0)[: len(lived)])
    return centroids


def _nearest(rows: Vectors, centroids: Vectors, start: int) -> RowNumbers:
    near: RowNumbers = np.argmax(rows[start : start + _BLOCK] @ centroids.T, axis=1)
    return near


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Vectors = vectors / np.maximum(norms, np.float32(1e-12))
    return found
