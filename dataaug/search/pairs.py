"""Find pairs of vectors whose product reaches a threshold, exactly: no pair is missed.

Small sets are compared in full. Large ones are cut into partitions
(:mod:`dataaug.search.partitions`), and the rows of a partition are compared with each other and
with the rows on its boundary: a few hundredths of all pairs. Each such comparison is a task of its
own that names the pairs it finds; a pair may come out of two.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataaug.embedders import VectorRows
from dataaug.engines import Engine
from dataaug.search import tiles
from dataaug.search.journal import ComparedTiles, SearchJournal
from dataaug.search.kmeans import fit_partitions
from dataaug.search.partitions import Mask, PartitionedRows, RowNumbers, Vectors
from dataaug.search.threads import in_threads
from dataaug.search.tiles import TILE, TILE_COLUMNS, BoundedPairs, InPartitions, Tile, TooManyPairs

Scores = npt.NDArray[np.float64]
Pairs = tuple[RowNumbers, RowNumbers, Scores]

Limits = Callable[[RowNumbers, RowNumbers], Scores]
"""Given the rows of pairs, the threshold of each pair."""

_FEW = 512
"""Pairs whose products are summed at a time; also 2 MB."""


@dataclass(slots=True)
class PairQuery:
    """A search for close pairs: what is looked for, and how much was compared so far.

    Attributes:
        threshold: the least product of a pair, at least that of the partitions.
        limits: the thresholds of single pairs, none below ``threshold``.
        most: the number of found pairs above which the search gives up with :class:`TooManyPairs`.
        products: pairs that were compared so far.
        pairs: pairs that were found so far, some of them twice.
    """

    threshold: float
    limits: Limits | None = None
    most: int | None = None
    products: int = 0
    pairs: int = 0


def close_pairs(left: VectorRows, right: VectorRows, threshold: float) -> Pairs:
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
    partitions = fit_partitions([left, right], threshold)
    return gather(across(partitions.place(left), partitions.place(right), PairQuery(threshold)))


def inner_pairs(vectors: VectorRows, threshold: float) -> Pairs:
    """Return all pairs (i, j) of rows of one set with j < i, as :func:`close_pairs` does."""
    if not len(vectors):
        return gather([])
    return gather(inner(fit_partitions([vectors], threshold).place(vectors), PairQuery(threshold)))


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
    left: PartitionedRows,
    right: PartitionedRows,
    query: PairQuery,
    ours: Mask | None = None,
    theirs: Mask | None = None,
) -> Iterator[Pairs]:
    """Yield the close pairs (i, j) of two sets in parts; a pair may come in two of them.

    Args:
        left: the rows of the first set; both sets must be placed by the same partitions.
        right: the rows of the second set.
        query: what to look for.
        ours: which rows of the first set are compared; None: all.
        theirs: the same for the second.

    Raises:
        TooManyPairs: there are too many.
    """
    partitions = right.largest_first().tolist()
    work = (
        t
        for partition in partitions
        for t in tiles.across_partition(left, right, partition, ours, theirs)
    )
    yield from _found(work, query)


def inner(
    placed: PartitionedRows,
    query: PairQuery,
    chosen: Mask | None = None,
    engine: Engine | None = None,
    journal: SearchJournal | None = None,
) -> Iterator[Pairs]:
    """Yield the close pairs (i, j) of one set, j < i, as :func:`across` does.

    Args:
        placed: the rows.
        query: what to look for.
        chosen: which rows are compared; None: all.
        engine: where bound vectors are compared if all rows are; threads of this process if none
            is given.
        journal: what of this was done before, and takes what is done now, if all rows are compared
            in this process; None: nothing.
    """
    if engine is None or chosen is not None:
        numbers = placed.largest_first().tolist()
        work = (t for n in numbers for t in tiles.inside_partition(placed, n, chosen))
        if journal is None or chosen is not None:
            parts = _found(work, query)
        else:
            parts = _resumed(placed, work, query, journal)
    else:
        parts = _found_elsewhere(placed, query, engine)
    for i, j, score in parts:
        yield np.maximum(i, j), np.minimum(i, j), score


def _found(
    work: Iterator[Tile], query: PairQuery, notes: ComparedTiles | None = None
) -> Iterator[Pairs]:
    def compare(tile: Tile) -> tuple[Tile, list[BoundedPairs] | None, list[Pairs]]:
        sure: list[Pairs] = []
        likely: list[BoundedPairs] | None = None if notes is None else []
        for part in tiles.possible_pairs(tile, query.threshold - tile.left.slack):
            sure.append(_sure(tile.left, tile.right, part, query))
            if likely is not None:
                likely = [*likely, part] if sum(len(one[0]) for one in likely) < TILE else None
        return tile, likely, sure

    for tile, likely, parts in in_threads(compare, work):
        query.products += tile.pairs
        if notes is not None:
            notes.note(tile.pairs, likely)
        yield from _counted(parts, query)


def _resumed(
    placed: PartitionedRows, work: Iterator[Tile], query: PairQuery, journal: SearchJournal
) -> Iterator[Pairs]:
    """Yield the pairs of the tiles that were compared before, and then those of the others."""
    notes = ComparedTiles(journal)

    def sure(candidates: BoundedPairs) -> Pairs:
        return _sure(placed, placed, candidates, query)

    for compared, (i, j, bounds) in notes.before():
        query.products += compared
        starts = range(0, len(i), TILE_COLUMNS)
        some = (slice(n, n + TILE_COLUMNS) for n in starts)
        candidates = ((i[part], j[part], bounds[part]) for part in some)
        yield from _counted(in_threads(sure, candidates), query)
    yield from _found(itertools.islice(work, notes.done, None), query, notes)
    notes.flush()


def _found_elsewhere(placed: PartitionedRows, query: PairQuery, engine: Engine) -> Iterator[Pairs]:
    """Have partitions compared by an engine, a share of the work at a time.

    A worker gets bound vectors, and neither vectors nor limits: what it returns depends on nothing
    but the partitions, so that a share can be done again by another worker. The products of the
    pairs that may be close are summed here. A share with too many of them is done here as a whole,
    where limits keep apart what is not to be compared.
    """
    least = query.threshold - placed.slack
    here = InPartitions(placed, least)
    waiting: deque[list[tiles.TileRange]] = deque()

    def work_shares() -> Iterator[list[tiles.TileRange]]:
        for share in tiles.work_shares(placed):
            waiting.append(share)
            yield share

    for compared, found in engine.map(InPartitions(placed.without_vectors(), least), work_shares()):
        share = waiting.popleft()
        if found is None:
            yield from _found(here.tiles(share), query)
            continue
        query.products += compared
        yield from _counted([_sure(placed, placed, found, query)], query)


def _counted(parts: Iterable[Pairs], query: PairQuery) -> Iterator[Pairs]:
    for part in parts:
        query.pairs += len(part[0])
        if query.most is not None and query.pairs > query.most:
            raise TooManyPairs
        if len(part[0]):
            yield part


def _sure(
    left: PartitionedRows, right: PartitionedRows, pairs: BoundedPairs, query: PairQuery
) -> Pairs:
    """Return those pairs whose true product reaches their limit.

    Raises:
        TooManyPairs: there are so many candidates that computing them would take long.
    """
    i, j, bounds = pairs
    limit = np.full(len(i), query.threshold) if query.limits is None else query.limits(i, j)
    likely = bounds >= limit - left.slack
    i, j, limit = i[likely], j[likely], limit[likely]
    if query.most is not None and query.pairs + len(i) > query.most + TILE:
        raise TooManyPairs
    score = products(left.vectors, right.vectors, i, j)
    near = score >= limit
    return i[near], j[near], score[near]


def products(left: VectorRows, right: VectorRows, i: RowNumbers, j: RowNumbers) -> Scores:
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


def nearest_by_lineage(
    left: Vectors,
    right: VectorRows,
    lineages: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    among: RowNumbers | None = None,
) -> tuple[Vectors, Vectors]:
    """Return each row's greatest product with rows of its own lineage, and with others.

    Args:
        left: unit vectors, shape (n, d).
        right: unit vectors, shape (k, d).
        lineages: a number for the lineage of each row, shapes (n,) and (m,): rows of one were
            made from the same real row. Negative: no lineage.
        among: the numbers of the m rows of ``right`` that are looked at; None: all.

    Returns:
        Two arrays of shape (n,); -1 where there is no such row.
    """
    own, other = (np.full(len(left), -1.0, np.float32) for _ in range(2))
    rows = np.asarray(left, np.float32)
    among = np.arange(len(right)) if among is None else among
    for start in range(0, len(among), TILE_COLUMNS):
        tile = rows @ np.asarray(right[among[start : start + TILE_COLUMNS]], np.float32).T
        related = lineages[0][:, None] == lineages[1][None, start : start + TILE_COLUMNS]
        related &= lineages[0][:, None] >= 0
        i, j = np.nonzero(related)
        np.maximum.at(own, i, tile[i, j])
        tile[i, j] = -1.0
        np.maximum(other, tile.max(axis=1), out=other)
    return own, other
