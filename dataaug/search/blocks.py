"""Which rows are compared with which, and which of their pairs may be close: the work on cells."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dataaug.search.cells import Mask, Numbers, Places, Vectors

COLUMNS = 4096
TILE = 1 << 19
"""Products held at a time by a thread: 2 MB, which stays in its cache."""
_SHARE = 2e7
"""Pairs that a worker of an engine compares at a time: about a tenth of a second."""

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
    step = _lines(len(here))
    for start in range(0, len(here), step):
        end = start + step
        yield Tile(places, here[start:end], places, here[:end], half=True)
    yield from _cut(places, places.visitors(cell, chosen), places, here)


def _cut(left: Places, lines: Numbers, right: Places, columns: Numbers) -> Iterator[Tile]:
    if len(columns):
        step = _rows(len(columns))
        for start in range(0, len(lines), step):
            yield Tile(left, lines[start : start + step], right, columns)


def _lines(columns: int) -> int:
    """Return how many residents of a cell are compared with those before them at a time."""
    return max(1, min(TILE // COLUMNS, columns), TILE // max(columns, 1))


def _rows(columns: int) -> int:
    """Return how many rows are compared with so many columns at a time."""
    return max(TILE // min(columns, COLUMNS), 1)


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


class Run(NamedTuple):
    """Some of the tiles of a cell, the first and the one behind the last."""

    cell: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class InCells:
    """The search of cells for pairs of one set that may be close; a picklable task for an engine.

    Attributes:
        places: where the rows are.
        least: the least bound of a pair.
    """

    places: Places
    least: float

    def tiles(self, share: Sequence[Run]) -> Iterator[Tile]:
        """Yield what is compared for a share of the work."""
        for cell, first, last in share:
            yield from itertools.islice(inside_cell(self.places, cell, None), first, last)

    def __call__(self, share: Sequence[Run]) -> tuple[int, Bounds | None]:
        """Return how many pairs were compared, and those that may be close; None: too many."""
        compared = count = 0
        found = []
        for tile in self.tiles(share):
            compared += tile.pairs
            for part in candidates(tile, self.least):
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


def shares(places: Places) -> Iterator[list[Run]]:
    """Yield all work on cells in shares that take about as long as each other."""
    share: list[Run] = []
    size = 0.0
    weights = places.weights()
    for cell in places.crowd().tolist():
        weight, count = float(weights[cell]), _tiles(places, cell)
        runs = int(min(max(weight / _SHARE, 1), max(count, 1)))
        for number in range(runs):
            share.append(Run(cell, count * number // runs, count * (number + 1) // runs))
            size += weight / runs
            if size >= _SHARE:
                yield share
                share, size = [], 0.0
    if share:
        yield share


def _tiles(places: Places, cell: int) -> int:
    """Return how many tiles :func:`inside_cell` yields."""
    living, calling = len(places.residents(cell)), len(places.visitors(cell))
    return -(-living // _lines(living)) + (-(-calling // _rows(living)) if living else 0)
