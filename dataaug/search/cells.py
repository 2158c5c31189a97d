"""Cells on the sphere: which rows need no look at each other, because they can't be close.

Every row lives in the cell of one centre. Take a row x of cell a and a row y of cell b, and write
lead(x) = x·(a - b), lead(y) = y·(b - a). Their sum is (x - y)·(a - b), so it is at most
``|x - y| |a - b|`` (Cauchy and Schwarz). Rows whose product is at least t lie at most
sqrt(2 m² - 2 t) apart, where m is the greatest length of a row: for unit vectors and t = 0.95 that
is 0.3162. So one of the two has a lead of at most half of 0.3162 ``|a - b|``: it lies within
0.1581 of the bisector of the two cells, and *visits* the other's cell. Comparing the residents of
each cell with each other and with its visitors therefore misses no pair, whatever the centres are
and whichever cell a row lives in; bad centres cost time only.

A product is bounded before it is computed. Rotate the rows so that the first few numbers hold most
of each (principal axes), cut x into its head x' and its tail x'', and x·y is at most
``x'·y' + |x''| |y''|`` (Cauchy and Schwarz again). Kept as one short vector, head and length of the
tail, that bound is a product of short vectors, and only pairs whose bound reaches t are computed.
"""

import dataclasses
import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataaug.search.threads import OrderedMap, in_threads

Vectors = npt.NDArray[np.float32]
"""Shape (rows, dimensions). Functions of this module and of :mod:`dataaug.search.pairs` also take
float16 and memory-mapped ones, and read them block by block."""
Numbers = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

_BLOCK = 2048
_EPSILON = float(np.finfo(np.float32).eps)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the rows of a set are: each lives in one cell and visits those near it.

    Attributes:
        vectors: the rows, shape (n, d).
        heads: short vectors whose products are not below those of the rows, shape (n, h).
        slack: how far below rounding may take them.
        certified: rows of which it is proven that no close pair is missed.
    """

    vectors: Vectors
    heads: Vectors
    slack: float
    certified: Mask
    _residents: npt.NDArray[np.int32]
    _starts: Numbers
    _visits: npt.NDArray[np.int32]
    _marks: Numbers

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(self._starts) - 1

    @property
    def visits(self) -> int:
        """How many visits there are."""
        return len(self._visits)

    @property
    def products(self) -> int:
        """How many pairs of these rows are left to compare, some of them twice."""
        return int(self.weights().sum())

    def weights(self) -> Numbers:
        """Return how many pairs are left to compare in each cell."""
        living, calling = np.diff(self._starts), np.diff(self._marks)
        found: Numbers = living * (living - 1) // 2 + living * calling
        return found

    def without_vectors(self) -> "Places":
        """Return what finds the pairs that may be close: 400 to 500 bytes a row of 384 numbers."""
        return dataclasses.replace(self, vectors=self.vectors[:0])

    def crowd(self) -> Numbers:
        """Return the cells, those with most residents first."""
        return np.argsort(-np.diff(self._starts), kind="stable")

    def residents(self, cell: int, chosen: Mask | None = None) -> Numbers:
        """Return the chosen rows that live in a cell, ascending."""
        return _those(self._residents[self._starts[cell] : self._starts[cell + 1]], chosen)

    def visitors(self, cell: int, chosen: Mask | None = None) -> Numbers:
        """Return the chosen rows that visit a cell, ascending."""
        return _those(self._visits[self._marks[cell] : self._marks[cell + 1]], chosen)


def _those(rows: npt.NDArray[np.int32], chosen: Mask | None) -> Numbers:
    return (rows if chosen is None else rows[chosen[rows]]).astype(np.intp)


@dataclass(frozen=True, slots=True)
class Cells:
    """Centres, and how far a row may lead before it need not visit.

    Attributes:
        centres: shape (k, d), of length 1.
        leads: the greatest lead over another centre with which a row visits, shape (k, k).
        axes: what makes heads of rows, shape (d, h); None: the rows are their own heads.
        slack: how far a float32 product of two rows may lie beside the true one.
    """

    centres: Vectors
    leads: Vectors
    axes: Vectors | None
    slack: float

    def place(self, vectors: Vectors, probes: int = 0, spread: OrderedMap = in_threads) -> Places:
        """Return where rows live and which cells they visit; about 8 bytes a visit.

        Args:
            vectors: the rows.
            probes: how many cells a row visits at most, the nearest; 0: all it has to.
            spread: who works on the blocks of rows.
        """
        size, count = len(vectors), len(self.centres)
        home = np.zeros(size, np.int32)
        wide = vectors.shape[1] if self.axes is None else self.axes.shape[1] + 1
        heads = np.empty((size, wide), np.float32)
        cut: Mask = np.zeros(size, np.bool_)
        least = np.full((count, count) if probes else (1, 1), np.inf, np.float32)
        parts = []

        task = functools.partial(self._visits, probes)
        for place, (head, homes, rows, met, dropped) in zip(
            range(0, size, _BLOCK), spread(task, _blocks(vectors)), strict=True
        ):
            block = slice(place, place + _BLOCK)
            heads[block], home[block] = head, homes
            parts.append((rows + np.int32(place), met.copy()))  # no view of what a worker sent
            if probes:
                row, cell, lead = dropped
                cut[row + place] = True
                np.minimum.at(least, (homes[row], cell), lead)
        visits, marks = _by_cell(parts, count)
        order = np.argsort(home, kind="stable").astype(np.int32)
        starts = np.searchsorted(home[order], np.arange(count + 1))
        certified = ~cut
        if cut.any():
            lived = (home[n : n + _BLOCK] for n in range(0, size, _BLOCK))
            proven = spread(
                functools.partial(self._proven, least), zip(lived, _blocks(vectors), strict=True)
            )
            certified &= np.concatenate(list(proven))
        return Places(vectors, heads, self.slack, certified, order, starts, visits, marks)

    def _visits(self, probes: int, block: Vectors) -> "_Block":
        """Return the heads of rows, homes, visitors by cell, how many each has, what was cut."""
        rows = np.asarray(block, np.float32)
        own, row, cell, dropped = self._near(rows, probes)
        met = np.bincount(cell, minlength=len(self.centres))
        visitors = row[np.argsort(cell, kind="stable")].astype(np.int32)
        return self._heads(rows), own.astype(np.int32), visitors, met, dropped

    def _heads(self, rows: Vectors) -> Vectors:
        """Return the first numbers of the rotated rows, and no less than the length of the rest."""
        if self.axes is None:
            return rows
        head = rows @ self.axes
        whole = np.einsum("ij,ij->i", rows, rows)
        rest = np.maximum(whole - np.einsum("ij,ij->i", head, head), 0.0)
        rest += 2 * rows.shape[1] * _EPSILON * whole  # the most that rounding can take away
        return np.column_stack([head, np.sqrt(rest)])

    def _near(self, rows: Vectors, probes: int) -> "tuple[Numbers, Numbers, Numbers, _Dropped]":
        """Return the homes of a block of rows, rows and cells of its visits, and of those cut."""
        lines = np.arange(len(rows))
        if len(self.centres) == 1:
            none = lines[:0]
            return np.zeros_like(lines), none, none, (none, none, np.empty(0, np.float32))
        scores = rows @ self.centres.T
        own = scores.argmax(axis=1)
        np.subtract(scores[lines, own][:, None], scores, out=scores)
        bounds = self.leads[own]
        near = scores <= bounds
        near[lines, own] = False
        over = np.flatnonzero(near.sum(axis=1) > probes) if probes else lines[:0]
        far = np.where(near[over], scores[over] / bounds[over], np.inf)
        rank = far.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
        row, cell = np.nonzero((rank >= probes) & near[over])
        row = over[row]
        near[row, cell] = False
        visitor, visited = np.nonzero(near)
        return own, visitor, visited, (row, cell, scores[row, cell])

    def _proven(self, least: Vectors, block: tuple[npt.NDArray[np.int32], Vectors]) -> Mask:
        """Return the rows that no row with a cut visit can be close to.

        A pair x, y is missed only if y's visit to the cell of x was cut and x does not visit that
        of y. The leads of a close pair sum to at most twice the bound for a visit.

        Args:
            least: the least lead of a cut visit from a cell to another, shape (k, k).
            block: homes of some of the rows, and these: another machine may round them elsewhere.
        """
        own, rows = block
        scores: Vectors = np.asarray(rows, np.float32) @ self.centres.T
        lines = np.arange(len(own))
        np.subtract(scores[lines, own][:, None], scores, out=scores)
        bounds: Vectors = self.leads[own]
        risk = (scores > bounds) & (scores + least.T[own] <= 2 * bounds)
        found: Mask = np.logical_not(np.any(risk, axis=1))
        return found


_Dropped = tuple[Numbers, Numbers, Vectors]
"""Rows, cells and leads of visits that are not made."""

_Block = tuple[Vectors, npt.NDArray[np.int32], npt.NDArray[np.int32], Numbers, _Dropped]


def _blocks(vectors: Vectors) -> Iterator[Vectors]:
    """Yield the rows by blocks; those of a mapped file are read by whoever gets the block."""
    return (np.asarray(vectors[n : n + _BLOCK]) for n in range(0, len(vectors), _BLOCK))


def _by_cell(
    parts: list[tuple[npt.NDArray[np.int32], Numbers]], count: int
) -> tuple[npt.NDArray[np.int32], Numbers]:
    """Return the visits of all blocks by cell, and where each cell's begin; frees the blocks."""
    marks = np.zeros(count + 1, np.intp)
    for _, met in parts:
        marks[1:] += met
    np.cumsum(marks, out=marks)
    visits = np.empty(marks[-1], np.int32)
    filled = marks[:-1].copy()
    parts.reverse()
    while parts:
        rows, met = parts.pop()
        ahead = np.cumsum(met) - met
        visits[np.repeat(filled - ahead, met) + np.arange(len(rows))] = rows
        filled += met
    return visits, marks
