"""Partitions of vectors: which rows need no comparison, because they can't be close.

Every row is a member of the partition of one centroid. Take a row x in the partition of centroid a
and a row y in that of b, and write margin(x) = x·(a - b), margin(y) = y·(b - a). Their sum is
(x - y)·(a - b), so it is at most ``|x - y| |a - b|`` (Cauchy and Schwarz). Rows whose product is at
least t lie at most sqrt(2 m² - 2 t) apart, where m is the greatest length of a row: for unit
vectors and t = 0.95 that is 0.3162. So one of the two has a margin of at most half of
0.3162 ``|a - b|``: it lies within 0.1581 of the border between the two partitions, and is a
*boundary row* of the other one. Comparing the members of each partition with each other and with
its boundary rows therefore misses no pair, whatever the centroids are and whichever partition a row
is a member of; bad centroids cost time only.

A product is bounded before it is computed. Rotate the rows so that the first few numbers hold most
of each (principal axes), cut x into its head x' and its tail x'', and x·y is at most
``x'·y' + |x''| |y''|`` (Cauchy and Schwarz again). Kept as one short vector, head and length of the
tail, this PCA bound is a product of short vectors, and only pairs whose bound reaches t are
computed.
"""

import dataclasses
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dataaug.embedders import VectorRows
from dataaug.search.journal import SearchJournal
from dataaug.search.threads import OrderedMap, in_threads

Vectors = npt.NDArray[np.float32]
"""Shape (rows, dimensions), as :data:`dataaug.embedders.Vectors`. What takes
:class:`~dataaug.embedders.VectorRows` reads them block by block; float16 will do as well."""
RowNumbers = npt.NDArray[np.intp]
"""Numbers of rows in a set, from 0."""
Mask = npt.NDArray[np.bool_]

_BLOCK = 2048
_EPSILON = float(np.finfo(np.float32).eps)
_PASSING = 1e-5
"""Of a product, by how much the pass over all of them goes below the margin: more than rounding."""


class _Grouped(NamedTuple):
    """Row numbers by partition, rising within each: those of one follow those of another.

    Attributes:
        rows: the numbers.
        starts: where those of each partition begin, and where the last ones end.
    """

    rows: npt.NDArray[np.int32]
    starts: RowNumbers

    def of(self, partition: int, chosen: Mask | None) -> RowNumbers:
        rows = self.rows[self.starts[partition] : self.starts[partition + 1]]
        return (rows if chosen is None else rows[chosen[rows]]).astype(np.intp)

    def sizes(self) -> RowNumbers:
        return np.diff(self.starts)


@dataclass(frozen=True, slots=True)
class PartitionedRows:
    """The rows of a set by partition: the members of each, and the rows on its boundary.

    Attributes:
        vectors: the rows, shape (n, d).
        bound_vectors: short vectors, shape (n, h); the product of two of them is no less than that
            of their rows (the PCA bound), but for rounding.
        slack: by how much rounding may take such a product below that of the rows.
        certified: rows of which it is proven that none of their close pairs is missed.
    """

    vectors: VectorRows
    bound_vectors: Vectors
    slack: float
    certified: Mask
    _members: _Grouped
    _boundary: _Grouped

    @property
    def partitions(self) -> int:
        """How many partitions there are."""
        return len(self._members.starts) - 1

    @property
    def boundary_count(self) -> int:
        """How many boundary rows the partitions have together; a row may count several times."""
        return len(self._boundary.rows)

    @property
    def products(self) -> int:
        """How many pairs of these rows are left to compare, some of them twice."""
        return int(self.weights().sum())

    def weights(self) -> RowNumbers:
        """Return how many pairs are left to compare in each partition."""
        inside, boundary = self._members.sizes(), self._boundary.sizes()
        found: RowNumbers = inside * (inside - 1) // 2 + inside * boundary
        return found

    def without_vectors(self) -> "PartitionedRows":
        """Return what finds the pairs that may be close: 400 to 500 bytes a row of 384 numbers."""
        return dataclasses.replace(self, vectors=self.vectors[:0])

    def largest_first(self) -> RowNumbers:
        """Return the numbers of the partitions, those with most members first."""
        return np.argsort(-self._members.sizes(), kind="stable")

    def members(self, partition: int, chosen: Mask | None = None) -> RowNumbers:
        """Return the chosen rows (None: all) that are members of a partition, rising."""
        return self._members.of(partition, chosen)

    def boundary_rows(self, partition: int, chosen: Mask | None = None) -> RowNumbers:
        """Return the chosen rows (None: all) of other partitions on the boundary, rising."""
        return self._boundary.of(partition, chosen)


@dataclass(frozen=True, slots=True)
class Partitions:
    """Centroids, and how near the border between two partitions a row is a boundary row.

    Attributes:
        centroids: shape (k, d), of length 1.
        margins: the greatest margin over another centroid with which a row is on the boundary of
            that one's partition, shape (k, k).
        axes: what makes bound vectors of rows, shape (d, h); None: the rows are their own.
        slack: by how much a float32 product of two rows may differ from the true one.
    """

    centroids: Vectors
    margins: Vectors
    axes: Vectors | None
    slack: float

    def place(
        self,
        vectors: VectorRows,
        probes: int = 0,
        spread: OrderedMap = in_threads,
        journal: SearchJournal | None = None,
    ) -> PartitionedRows:
        """Return rows by partition; about 8 bytes for each time that a row is on a boundary.

        Args:
            vectors: the rows, shape (n, d).
            probes: of how many partitions a row is on the boundary at most, the nearest ones; 0:
                of all that no pair is missed by. With fewer, pairs may be missed: see
                ``PartitionedRows.certified``.
            spread: who works on the blocks of rows.
            journal: what of this was done before, and takes what is done now; None: nothing.
        """
        size, count = len(vectors), len(self.centroids)
        home = np.zeros(size, np.int32)
        wide = vectors.shape[1] if self.axes is None else self.axes.shape[1] + 1
        bound_vectors = np.empty((size, wide), np.float32)
        cut: Mask = np.zeros(size, np.bool_)
        least = np.full((count, count) if probes else (1, 1), np.inf, np.float32)
        parts = []

        task = functools.partial(self._placed, probes, self.margins.max(axis=1))

        def placed(done: int) -> Iterator[_Block]:
            return spread(task, _blocks(vectors, done))

        for place, (short, homes, rows, met, *dropped) in zip(
            range(0, size, _BLOCK),
            placed(0) if journal is None else journal.stream("placed", placed),
            strict=True,
        ):
            block = slice(place, place + _BLOCK)
            bound_vectors[block], home[block] = short, homes
            parts.append((rows + np.int32(place), met.copy()))  # no view of what a worker sent
            if probes:
                row, partition, margin = dropped
                cut[row + place] = True
                np.minimum.at(least, (homes[row], partition), margin)
        boundary = _by_partition(parts, count)
        order = np.argsort(home, kind="stable").astype(np.int32)
        members = _Grouped(order, np.searchsorted(home[order], np.arange(count + 1)))
        certified = ~cut
        if cut.any():
            lived = (home[n : n + _BLOCK] for n in range(0, size, _BLOCK))
            proven = spread(
                functools.partial(self._proven, least), zip(lived, _blocks(vectors), strict=True)
            )
            certified &= np.concatenate(list(proven))
        return PartitionedRows(vectors, bound_vectors, self.slack, certified, members, boundary)

    def _placed(self, probes: int, widest: Vectors, block: Vectors) -> "_Block":
        """Return bound vectors, partitions, boundary rows by partition, counts, and the rest."""
        rows = np.asarray(block, np.float32)
        own, row, partition, dropped = self._near(rows, probes, widest)
        met = np.bincount(partition, minlength=len(self.centroids))
        boundary = row[np.argsort(partition, kind="stable")].astype(np.int32)
        return self._bound_vectors(rows), own.astype(np.int32), boundary, met, *dropped

    def _bound_vectors(self, rows: Vectors) -> Vectors:
        """Return the first numbers of the rotated rows, and no less than the length of the rest."""
        if self.axes is None:
            return rows
        head = rows @ self.axes
        whole = np.einsum("ij,ij->i", rows, rows)
        rest = np.maximum(whole - np.einsum("ij,ij->i", head, head), 0.0)
        rest += 2 * rows.shape[1] * _EPSILON * whole  # the most that rounding can take away
        return np.column_stack([head, np.sqrt(rest)])

    def _near(
        self, rows: Vectors, probes: int, widest: Vectors
    ) -> "tuple[RowNumbers, RowNumbers, RowNumbers, _Dropped]":
        """Return the partitions of rows, boundary rows with their partitions, and those dropped.

        Args:
            rows: the rows.
            probes: of how many partitions a row is on the boundary at most, 0: of any number.
            widest: the greatest of the margins of each partition, shape (k,). One pass with it
                leaves a few partitions a row, and only those are looked at by their own margin.
        """
        lines = np.arange(len(rows))
        if len(self.centroids) == 1:
            none = lines[:0]
            return np.zeros_like(lines), none, none, (none, none, np.empty(0, np.float32))
        scores = rows @ self.centroids.T
        own = scores.argmax(axis=1)
        best = scores[lines, own]
        least = best - widest[own] - np.float32(_PASSING) * (1 + np.abs(best))
        row, partition = np.divmod(np.flatnonzero(scores >= least[:, None]), scores.shape[1])
        margin = best[row] - scores[row, partition]
        bound = self.margins[own[row], partition]
        near = (margin <= bound) & (partition != own[row])
        row, partition, margin = row[near], partition[near], margin[near]
        kept = np.ones(len(row), np.bool_)
        if probes:
            order = np.lexsort((partition, margin / bound[near], row))
            kept[order] = np.arange(len(row)) - np.searchsorted(row, row) < probes
        dropped = row[~kept], partition[~kept], margin[~kept]
        return own, row[kept], partition[kept], dropped

    def _proven(self, least: Vectors, block: tuple[npt.NDArray[np.int32], Vectors]) -> Mask:
        """Return the rows that are close to no row that was dropped from a boundary.

        A close pair x, y is missed only if y was dropped from the boundary of x's partition and x
        is not on the boundary of y's. The margins of a close pair sum to at most twice the greatest
        margin of a boundary row.

        Args:
            least: the least margin of a row of one partition that was dropped from the boundary of
                another, shape (k, k).
            block: the partitions of some of the rows, and these rows: another machine may round
                them into another partition.
        """
        own, rows = block
        scores: Vectors = np.asarray(rows, np.float32) @ self.centroids.T
        lines = np.arange(len(own))
        np.subtract(scores[lines, own][:, None], scores, out=scores)
        bounds: Vectors = self.margins[own]
        risk = (scores > bounds) & (scores + least.T[own] <= 2 * bounds)
        found: Mask = np.logical_not(np.any(risk, axis=1))
        return found


_Dropped = tuple[RowNumbers, RowNumbers, Vectors]
"""Rows, the partitions that they are near to without being boundary rows, and their margins."""

_Block = tuple[npt.NDArray[Any], ...]
"""Of a block of rows: bound vectors, partitions, boundary rows by partition, how many each
partition has of them, and the three columns of those that were dropped."""


def _blocks(vectors: VectorRows, done: int = 0) -> Iterator[Vectors]:
    """Yield the rows by blocks, but for those that are done."""
    starts = range(done * _BLOCK, len(vectors), _BLOCK)
    return (np.asarray(vectors[n : n + _BLOCK]) for n in starts)


def _by_partition(parts: list[tuple[npt.NDArray[np.int32], RowNumbers]], count: int) -> _Grouped:
    """Return the boundary rows of all blocks by partition, of which there are ``count``.

    Args:
        parts: boundary rows of a block by partition, and how many each partition has; emptied, so
            that the memory is free before the last block is copied.
        count: how many partitions there are.
    """
    starts = np.zeros(count + 1, np.intp)
    for _, met in parts:
        starts[1:] += met
    np.cumsum(starts, out=starts)
    boundary = np.empty(starts[-1], np.int32)
    filled = starts[:-1].copy()
    parts.reverse()
    while parts:
        rows, met = parts.pop()
        ahead = np.cumsum(met) - met
        boundary[np.repeat(filled - ahead, met) + np.arange(len(rows))] = rows
        filled += met
    return _Grouped(boundary, starts)
