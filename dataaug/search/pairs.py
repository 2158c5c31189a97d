"""Find pairs of vectors whose product reaches a threshold, exactly: no pair is missed.

Small sets are compared in full. Large ones are cut into cells (:mod:`dataaug.search.cells`), and
the rows of a cell are compared with each other and with its visitors: a few hundredths of all
pairs. Each such comparison is a task of its own that names the pairs it finds; a pair may come out
of two.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataaug.engines import Engine
from dataaug.search import blocks
from dataaug.search.blocks import COLUMNS, TILE, Bounds, Crowded, InCells, Tile
from dataaug.search.cells import Mask, Numbers, Places, Vectors
from dataaug.search.kmeans import fit
from dataaug.search.threads import in_threads

Scores = npt.NDArray[np.float64]
Pairs = tuple[Numbers, Numbers, Scores]

Limits = Callable[[Numbers, Numbers], Scores]
"""Given the rows of pairs, the threshold of each pair."""

_FEW = 512
"""Pairs whose products are summed at a time; also 2 MB."""


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
    cells = right.crowd().tolist()
    work = (t for cell in cells for t in blocks.across_cell(left, right, cell, ours, theirs))
    yield from _found(work, wanted)


def inner(
    places: Places, wanted: Wanted, chosen: Mask | None = None, engine: Engine | None = None
) -> Iterator[Pairs]:
    """Yield the close pairs (i, j) of one set, j < i, as :func:`across` does.

    Args:
        places: where the rows are.
        wanted: what to look for.
        chosen: which rows are compared; None: all.
        engine: where heads are compared if all rows are; threads of this process if none is given.
    """
    if engine is None or chosen is not None:
        cells = places.crowd().tolist()
        parts = _found(
            (tile for cell in cells for tile in blocks.inside_cell(places, cell, chosen)), wanted
        )
    else:
        parts = _found_elsewhere(places, wanted, engine)
    for i, j, score in parts:
        yield np.maximum(i, j), np.minimum(i, j), score


def _found(work: Iterator[Tile], wanted: Wanted) -> Iterator[Pairs]:
    def compare(tile: Tile) -> tuple[Tile, list[Pairs]]:
        found = blocks.candidates(tile, wanted.threshold - tile.left.slack)
        return tile, [_sure(tile.left, tile.right, part, wanted) for part in found]

    for tile, parts in in_threads(compare, work):
        wanted.products += tile.pairs
        yield from _counted(parts, wanted)


def _found_elsewhere(places: Places, wanted: Wanted, engine: Engine) -> Iterator[Pairs]:
    """Have cells compared by an engine, a share of them at a time, and sum what may be close here.

    A worker gets heads, and neither vectors nor limits: what it returns depends on nothing but the
    cells, so a share can be done again by another one. A share in which rows crowd is done here,
    where limits keep apart what is not to be compared.
    """
    least = wanted.threshold - places.slack
    here = InCells(places, least)
    waiting: deque[list[blocks.Run]] = deque()

    def shares() -> Iterator[list[blocks.Run]]:
        for share in blocks.shares(places):
            waiting.append(share)
            yield share

    for compared, found in engine.map(InCells(places.without_vectors(), least), shares()):
        share = waiting.popleft()
        if found is None:
            yield from _found(here.tiles(share), wanted)
            continue
        wanted.products += compared
        yield from _counted([_sure(places, places, found, wanted)], wanted)


def _counted(parts: Iterable[Pairs], wanted: Wanted) -> Iterator[Pairs]:
    for part in parts:
        wanted.pairs += len(part[0])
        if wanted.most is not None and wanted.pairs > wanted.most:
            raise Crowded
        if len(part[0]):
            yield part


def _sure(left: Places, right: Places, pairs: Bounds, wanted: Wanted) -> Pairs:
    """Return those pairs whose true product reaches their limit.

    Raises:
        Crowded: there are so many candidates that computing them would take long.
    """
    i, j, bounds = pairs
    limit = np.full(len(i), wanted.threshold) if wanted.limits is None else wanted.limits(i, j)
    likely = bounds >= limit - left.slack
    i, j, limit = i[likely], j[likely], limit[likely]
    if wanted.most is not None and wanted.pairs + len(i) > wanted.most + TILE:
        raise Crowded
    score = products(left.vectors, right.vectors, i, j)
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
    for start in range(0, len(right), COLUMNS):
        tile = rows @ np.asarray(right[start : start + COLUMNS], np.float32).T
        akin = kin[0][:, None] == kin[1][None, start : start + COLUMNS]
        akin &= kin[0][:, None] >= 0
        i, j = np.nonzero(akin)
        np.maximum.at(own, i, tile[i, j])
        tile[i, j] = -1.0
        np.maximum(other, tile.max(axis=1), out=other)
    return own, other
