"""Cut the comparison of rows into tiles, and find the pairs of a tile that may be close."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dataaug.search.partitions import Mask, PartitionedRows, RowNumbers, Vectors

TILE_COLUMNS = 4096
TILE = 1 << 19
"""Products held at a time by a thread: 2 MB, which stays in its cache."""
_SHARE = 2e7
"""Pairs that a worker of an engine compares at a time: about a tenth of a second."""

BoundedPairs = tuple[RowNumbers, RowNumbers, Vectors]
"""Rows of pairs, and a bound of the product of each."""


class TooManyPairs(Exception):  # noqa: N818 - nothing went wrong: the caller goes another way
    """There are more close pairs than were asked for."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Rows of one set to compare with rows of another.

    Attributes:
        left: the one set.
        lines: its rows.
        right: the other.
        columns: its rows.
        half: they are of the same set, and each pair is looked at once.
        held: their bound vectors, which the tiles of a partition share; None where they are many.
    """

    left: PartitionedRows
    lines: RowNumbers
    right: PartitionedRows
    columns: RowNumbers
    half: bool = False
    held: Vectors | None = None

    @property
    def pairs(self) -> int:
        """How many pairs are compared."""
        lines, columns = len(self.lines), len(self.columns)
        return (
            lines * (columns - lines) + lines * (lines - 1) // 2 if self.half else lines * columns
        )


def across_partition(
    left: PartitionedRows,
    right: PartitionedRows,
    partition: int,
    ours: Mask | None,
    theirs: Mask | None,
) -> Iterator[Tile]:
    """Yield what to compare for the pairs of two sets that meet in a partition."""
    here, there = left.members(partition, ours), right.members(partition, theirs)
    yield from _cut(left, here, right, there)
    yield from _cut(left, left.boundary_rows(partition, ours), right, there)
    yield from _cut(left, here, right, right.boundary_rows(partition, theirs))


def inside_partition(
    placed: PartitionedRows, partition: int, chosen: Mask | None
) -> Iterator[Tile]:
    """Yield what to compare for the pairs of one set that meet in a partition."""
    here = placed.members(partition, chosen)
    step, held = _lines(len(here)), _held(placed, here)
    for start in range(0, len(here), step):
        end = start + step
        before = None if held is None else held[:end]
        yield Tile(placed, here[start:end], placed, here[:end], half=True, held=before)
    yield from _cut(placed, placed.boundary_rows(partition, chosen), placed, here)


def _cut(
    left: PartitionedRows, lines: RowNumbers, right: PartitionedRows, columns: RowNumbers
) -> Iterator[Tile]:
    if len(columns):
        step, held = _rows(len(columns)), _held(right, columns)
        for start in range(0, len(lines), step):
            yield Tile(left, lines[start : start + step], right, columns, held=held)


def _held(placed: PartitionedRows, columns: RowNumbers) -> Vectors | None:
    """Return bound vectors for all tiles of a partition: to copy them anew took a fifth of each."""
    return placed.bound_vectors[columns] if len(columns) <= TILE_COLUMNS else None


def _lines(columns: int) -> int:
    """Return how many members of a partition are compared with those before them at a time."""
    return max(1, min(TILE // TILE_COLUMNS, columns), TILE // max(columns, 1))


def _rows(columns: int) -> int:
    """Return how many rows are compared with so many columns at a time."""
    return max(TILE // min(columns, TILE_COLUMNS), 1)


def possible_pairs(tile: Tile, least: float) -> Iterator[BoundedPairs]:
    """Yield the pairs of a tile whose PCA bound is at or above a value, in parts."""
    floor = np.float32(least)
    bound_vectors = tile.left.bound_vectors[tile.lines]
    for first in range(0, len(tile.columns), TILE_COLUMNS):
        columns = tile.columns[first : first + TILE_COLUMNS]
        others = tile.right.bound_vectors[columns] if tile.held is None else tile.held
        with np.errstate(invalid="ignore"):  # OpenBLAS may say so of finite rows: numpy issue 24067
            bounds = bound_vectors @ others.T
        rows = np.flatnonzero(bounds.max(axis=1) >= floor)  # far faster than to compare every value
        if not len(rows):
            continue
        i, j = np.nonzero(bounds[rows] >= floor)
        found = bounds[rows[i], j]
        i, j = tile.lines[rows[i]], columns[j]
        if tile.half:
            earlier = j < i
            i, j, found = i[earlier], j[earlier], found[earlier]
        yield i, j, found


class TileRange(NamedTuple):
    """Some of the tiles of a partition: the number of the first, and of the one behind the last."""

    partition: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class InPartitions:
    """Looks for pairs of one set that may be close; a picklable task for an engine.

    Attributes:
        placed: the rows.
        least: the least bound of a pair.
    """

    placed: PartitionedRows
    least: float

    def tiles(self, share: Sequence[TileRange]) -> Iterator[Tile]:
        """Yield what is compared for a share of the work."""
        for partition, first, last in share:
            yield from itertools.islice(inside_partition(self.placed, partition, None), first, last)

    def __call__(self, share: Sequence[TileRange]) -> tuple[int, BoundedPairs | None]:
        """Return how many pairs were compared, and those that may be close; None: too many."""
        compared = count = 0
        found = []
        for tile in self.tiles(share):
            compared += tile.pairs
            for part in possible_pairs(tile, self.least):
                found.append(part)
                count += len(part[0])
                if count > TILE:
                    return 0, None
        i, j, bounds = zip(*found, strict=True) if found else ((), (), ())
        none = np.empty(0, np.intp)
        return compared, (
            np.concatenate([none, *i]),
            np.concatenate([none, *j]),
            np.concatenate([none.astype(np.float32), *bounds]),
        )


def work_shares(placed: PartitionedRows) -> Iterator[list[TileRange]]:
    """Yield all comparisons of a set in shares that take about as long as each other."""
    share: list[TileRange] = []
    size = 0.0
    weights = placed.weights()
    for partition in placed.largest_first().tolist():
        weight, count = float(weights[partition]), _tiles(placed, partition)
        runs = int(min(max(weight / _SHARE, 1), max(count, 1)))
        for number in range(runs):
            share.append(TileRange(partition, count * number // runs, count * (number + 1) // runs))
            size += weight / runs
            if size >= _SHARE:
                yield share
                share, size = [], 0.0
    if share:
        yield share


def _tiles(placed: PartitionedRows, partition: int) -> int:
    """Return how many tiles :func:`inside_partition` yields."""
    inside, boundary = len(placed.members(partition)), len(placed.boundary_rows(partition))
    return -(-inside // _lines(inside)) + (-(-boundary // _rows(inside)) if inside else 0)
