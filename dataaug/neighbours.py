"""Find pairs of vectors whose product reaches a threshold, exactly: no pair is missed.

Small sets are compared in full. Large ones are cut into cells (:mod:`dataaug.cells`), and the rows
of a cell are compared with each other and with its visitors: a few hundredths of all pairs. Each
such comparison is a task of its own that names the pairs it finds; a pair may come out of two.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataaug.cells import Mask, Numbers, Places, Vectors
from dataaug.centres import fit
from dataaug.threads import in_threads

Scores = npt.NDArray[np.float64]
Pairs = tuple[Numbers, Numbers, Scores]

Limits = Callable[[Numbers, Numbers], Scores]
"""Given the rows of pairs, the threshold of each pair."""

_COLUMNS = 4096
_TILE = 1 << 19
"""Products held at a time by a thread: 2 MB, which stays in its cache."""
_FEW = 512
"""Pairs whose products are summed at a time; also 2 MB."""


class Crowded(Exception):  # noqa: N818 - it says what the rows are, nothing went wrong
    """There are more close pairs than were asked for."""


@dataclass(slots=True)
class Wanted:
    """What pairs are looked for, and what it took.

    Attributes:
        threshold: the least product of a pair, at least that of the cells.
        limits: the thresholds of single pairs, none below ``threshold``.
        most: pairs from which on the search gives up with :class:`Crowded`.
        products: pairs that were compared so far.
        pairs: pairs that were found so far, some of them twice.
    """

    threshold: float
    limits: Limits | None = None
    most: int | None = None
    products: int = 0
    pairs: int = 0


def close_pairs(left: Vectors, right: Vectors, threshold: float) -> Pairs:
    """Return all pairs (i, j) whose product ``left[i] · right[j]`` is at or above a threshold.

    The products that are returned are summed in float64 in a fixed order, so that neither the shape
    of a tile nor the library behind the matrix product decides about a pair near the threshold.

    Args:
        left: unit vectors, shape (n, d).
        right: unit vectors, shape (m, d).
        threshold: cosine similarity, -1 to 1.

    Returns:
        Row numbers in ``left``, row numbers in ``right``, and similarities; sorted by both numbers.
    """
    if not (len(left) and len(right)):
        return gather([])
    cells = fit([left, right], threshold)
    return gather(across(cells.place(left), cells.place(right), Wanted(threshold)))


def inner_pairs(vectors: Vectors, threshold: float) -> Pairs:
    """Return all pairs (i, j) of rows of one set with j < i, as :func:`close_pairs` does."""
    if not len(vectors):
        return gather([])
    return gather(inner(fit([vectors], threshold).place(vectors), Wanted(threshold)))


def gather(parts: Iterable[Pairs]) -> Pairs:
    """Return the pairs of all parts, each once, sorted by both numbers."""
    found = list(parts)
    if not found:
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float64)
    i, j, score = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((j, i))
    i, j, score = i[order], j[order], score[order]
    new = np.ones(len(i), np.bool_)
    new[1:] = (i[1:] != i[:-1]) | (j[1:] != j[:-1])
    return i[new], j[new], score[new]


@dataclass(frozen=True, slots=True)
class _Task:
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


def across(
    left: Places,
    right: Places,
    wanted: Wanted,
    ours: Mask | None = None,
    theirs: Mask | None = None,
) -> Iterator[Pairs]:
    """Yield the close pairs (i, j) of two sets in parts; a pair may come in two of them.

    Args:
        left: where the rows of the first set are; both sets must be placed by the same cells.
        right: where the rows of the second set are.
        wanted: what to look for.
        ours: which rows of the first set are compared; None: all.
        theirs: the same for the second.

    Raises:
        Crowded: there are too many.
    """

    def tasks() -> Iterator[_Task]:
        for cell in right.crowd().tolist():
            here, there = left.residents(cell, ours), right.residents(cell, theirs)
            yield from _cut(left, here, right, there)
            yield from _cut(left, left.visitors(cell, ours), right, there)
            yield from _cut(left, here, right, right.visitors(cell, theirs))

    yield from _found(tasks(), wanted)


def inner(places: Places, wanted: Wanted, chosen: Mask | None = None) -> Iterator[Pairs]:
    """Yield the close pairs (i, j) of one set, j < i, as :func:`across` does."""

    def tasks() -> Iterator[_Task]:
        for cell in places.crowd().tolist():
            here = places.residents(cell, chosen)
            step = max(1, min(_TILE // _COLUMNS, len(here)), _TILE // max(len(here), 1))
            for start in range(0, len(here), step):
                end = start + step
                yield _Task(places, here[start:end], places, here[:end], half=True)
            yield from _cut(places, places.visitors(cell, chosen), places, here)

    for i, j, score in _found(tasks(), wanted):
        yield np.maximum(i, j), np.minimum(i, j), score


def _cut(left: Places, lines: Numbers, right: Places, columns: Numbers) -> Iterator[_Task]:
    if len(columns):
        step = max(_TILE // min(len(columns), _COLUMNS), 1)
        for start in range(0, len(lines), step):
            yield _Task(left, lines[start : start + step], right, columns)


def _found(tasks: Iterator[_Task], wanted: Wanted) -> Iterator[Pairs]:
    for task, parts in in_threads(lambda task: (task, _compare(task, wanted)), tasks):
        wanted.products += task.pairs
        for part in parts:
            wanted.pairs += len(part[0])
            if wanted.most is not None and wanted.pairs > wanted.most:
                raise Crowded
            yield part


def _compare(task: _Task, wanted: Wanted) -> list[Pairs]:
    """Return the close pairs of a task."""
    floor = np.float32(wanted.threshold - task.left.slack)
    heads = task.left.heads[task.lines]
    found = []
    for first in range(0, len(task.columns), _COLUMNS):
        columns = task.columns[first : first + _COLUMNS]
        tile = heads @ task.right.heads[columns].T
        rows = np.flatnonzero(tile.max(axis=1) >= floor)  # far faster than to compare every value
        if not len(rows):
            continue
        i, j = np.nonzero(tile[rows] >= floor)
        bounds = tile[rows[i], j]
        i, j = task.lines[rows[i]], columns[j]
        if task.half:
            earlier = j < i
            i, j, bounds = i[earlier], j[earlier], bounds[earlier]
        found.append(_sure(task, (i, j, bounds), wanted))
    return [part for part in found if len(part[0])]


def _sure(task: _Task, pairs: tuple[Numbers, Numbers, Vectors], wanted: Wanted) -> Pairs:
    """Return those pairs whose true product reaches their limit.

    Raises:
        Crowded: there are so many candidates that computing them would take long.
    """
    i, j, bounds = pairs
    limit = np.full(len(i), wanted.threshold) if wanted.limits is None else wanted.limits(i, j)
    likely = bounds >= limit - task.left.slack
    i, j, limit = i[likely], j[likely], limit[likely]
    if wanted.most is not None and wanted.pairs + len(i) > wanted.most + _TILE:
        raise Crowded
    score = products(task.left.vectors, task.right.vectors, i, j)
    near = score >= limit
    return i[near], j[near], score[near]


def products(left: Vectors, right: Vectors, i: Numbers, j: Numbers) -> Scores:
    """Return the similarities of given pairs, summed in float64 in a fixed order.

    The products of float32 numbers are exact in float64, and numpy adds the numbers of a row
    pairwise in an order that depends on their count alone.
    """
    score = np.empty(len(i), np.float64)
    for start in range(0, len(i), _FEW):
        part = slice(start, start + _FEW)
        terms = left[i[part]].astype(np.float64)
        terms *= right[j[part]]
        terms.sum(axis=1, out=score[part])
    return score


def nearest(
    left: Vectors, right: Vectors, kin: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
) -> tuple[Vectors, Vectors]:
    """Return each row's greatest product with rows of its own family, and with others.

    Args:
        left: unit vectors, shape (n, d).
        right: unit vectors, shape (m, d).
        kin: the families of both; a negative number is no family.

    Returns:
        Two arrays of shape (n,); -1 where there is no such row.
    """
    own, other = (np.full(len(left), -1.0, np.float32) for _ in range(2))
    rows = np.asarray(left, np.float32)
    for start in range(0, len(right), _COLUMNS):
        tile = rows @ np.asarray(right[start : start + _COLUMNS], np.float32).T
        akin = kin[0][:, None] == kin[1][None, start : start + _COLUMNS]
        akin &= kin[0][:, None] >= 0
        i, j = np.nonzero(akin)
        np.maximum.at(own, i, tile[i, j])
        tile[i, j] = -1.0
        np.maximum(other, tile.max(axis=1), out=other)
    return own, other
