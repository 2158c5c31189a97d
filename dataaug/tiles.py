"""Which rows are compared with which, and which of their pairs may be close: the work on cells."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dataaug.cells import Mask, Numbers, Places, Vectors

COLUMNS = 4096
TILE = 1 << 19
"""Products held at a time by a thread: 2 MB, which stays in its cache."""
_SHARE = 2e7
"""Pairs that a worker of an engine compares at a time: about 50 milliseconds."""

Bounds = tuple[Numbers, Numbers, Vectors]
"""Rows of pairs, and a bound of the product of each."""


class Crowded(Exception):  # noqa: N818 - it says what the rows are, nothing went wrong
    """There are more close pairs than were asked for."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Rows of one set to compare with rows of another; ``half``: of the same, each pair once."""

    left: Places
    lines: Numbers
    right: Places
    columns: Numbers
    half: bool = False

    @property
    def pairs(self) -> int:
        """How many pairs are compared."""
        lines, columns = len(self.lines), len(self.columns)
        return (
            lines * (columns - lines) + lines * (lines - 1) // 2 if self.half else lines * columns
        )


def across_cell(
    left: Places, right: Places, cell: int, ours: Mask | None, theirs: Mask | None
) -> Iterator[Tile]:
    """Yield what to compare for the pairs of two sets that meet in a cell."""
    here, there = left.residents(cell, ours), right.residents(cell, theirs)
    yield from _cut(left, here, right, there)
    yield from _cut(left, left.visitors(cell, ours), right, there)
    yield from _cut(left, here, right, right.visitors(cell, theirs))


def inside_cell(places: Places, cell: int, chosen: Mask | None) -> Iterator[Tile]:
    """Yield what to compare for the pairs of one set that meet in a cell."""
    here = places.residents(cell, chosen)
    step = max(1, min(TILE // COLUMNS, len(here)), TILE // max(len(here), 1))
    for start in range(0, len(here), step):
        end = start + step
        yield Tile(places, here[start:end], places, here[:end], half=True)
    yield from _cut(places, places.visitors(cell, chosen), places, here)


def _cut(left: Places, lines: Numbers, right: Places, columns: Numbers) -> Iterator[Tile]:
    if len(columns):
        step = max(TILE // min(len(columns), COLUMNS), 1)
        for start in range(0, len(lines), step):
            yield Tile(left, lines[start : start + step], right, columns)


def candidates(tile: Tile, least: float) -> Iterator[Bounds]:
    """Yield the pairs of a tile whose bound is at or above a value, in parts."""
    floor = np.float32(least)
    heads = tile.left.heads[tile.lines]
    for first in range(0, len(tile.columns), COLUMNS):
        columns = tile.columns[first : first + COLUMNS]
        bounds = heads @ tile.right.heads[columns].T
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


@dataclass(frozen=True, slots=True)
class InCells:
    """The search of cells for pairs of one set that may be close; a picklable task for an engine.

    Attributes:
        places: where the rows are.
        least: the least bound of a pair.
        most: pairs of a share of cells from which on it gives up.
    """

    places: Places
    least: float
    most: int | None

    def __call__(self, cells: Sequence[int]) -> tuple[int, list[Bounds]]:
        """Return how many pairs of the cells were compared, and those that may be close.

        Raises:
            Crowded: there are too many.
        """
        compared = count = 0
        found = []
        for tile in itertools.chain.from_iterable(
            inside_cell(self.places, cell, None) for cell in cells
        ):
            compared += tile.pairs
            for part in candidates(tile, self.least):
                count += len(part[0])
                if self.most is not None and count > self.most + TILE:
                    raise Crowded
                found.append(part)
        return compared, [_joined(found)] if found else []


def _joined(parts: Sequence[Bounds]) -> Bounds:
    i, j, bounds = (np.concatenate(column) for column in zip(*parts, strict=True))
    return i, j, bounds


def shares(places: Places) -> Iterator[list[int]]:
    """Yield all cells in groups that take about as long as each other."""
    share: list[int] = []
    size = 0.0
    weights = places.weights()
    for cell in places.crowd().tolist():
        share.append(cell)
        size += weights[cell]
        if size >= _SHARE:
            yield share
            share, size = [], 0.0
    if share:
        yield share
