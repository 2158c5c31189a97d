"""Choose which of close rows stay: a row goes if an earlier row that stays is close to it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dataaug.engines import Engine
from dataaug.search.journal import SearchJournal
from dataaug.search.pairs import Limits, PairQuery, Pairs, Scores, across, gather, inner
from dataaug.search.partitions import Mask, PartitionedRows, RowNumbers
from dataaug.search.tiles import TooManyPairs

_CHUNK = 1 << 16
_SMALL = 1024
"""Rows all of whose pairs may always be held: half a million."""

PairProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PairRule:
    """Says which pairs of rows are close.

    Attributes:
        threshold: the least similarity of any close pair, -1 to 1.
        limits: returns the least similarity of a close pair for each pair, given its row numbers.
        tolerance: by how much the product of two vectors may differ from the exact similarity.
        exact: returns exact similarities. It is asked for pairs whose product is within the
            tolerance of their limit; None: products decide.
    """

    threshold: float
    limits: Limits
    tolerance: float = 0.0
    exact: Limits | None = None

    def query(self, most: int | None = None) -> PairQuery:
        """Return a search that leaves out no pair that may be close.

        Args:
            most: how many pairs may be found before the search gives up; None: any number.
        """
        return PairQuery(
            self.threshold - self.tolerance, lambda i, j: self.limits(i, j) - self.tolerance, most
        )

    def hits(self, pairs: Pairs) -> Pairs:
        """Return the pairs that are close, with the similarities that decided."""
        i, j, score = pairs
        limit = self.limits(i, j)
        if self.exact is not None and self.tolerance:
            doubt = np.flatnonzero(np.abs(score - limit) <= self.tolerance)
            if len(doubt):
                score = score.copy()
                score[doubt] = self.exact(i[doubt], j[doubt])
        hit = score >= limit
        return i[hit], j[hit], score[hit]


@dataclass(slots=True)
class Choice:
    """Which of n rows stay, and for which other row each of the rest goes.

    Attributes:
        of: for a row that goes, the number of the closest row that stays, the first one of several
            that are as close; -1 for a row that stays. Shape (n,).
        score: the similarity of these two rows, shape (n,); 0 for a row that stays.
        pairs: all close pairs, i > j; None where there are too many to hold.
        products: how many pairs of rows were compared.
    """

    of: RowNumbers
    score: Scores
    pairs: Pairs | None = None
    products: int = 0

    @classmethod
    def empty(cls, size: int) -> "Choice":
        """Return the choice where all rows stay."""
        return cls(np.full(size, -1, np.intp), np.zeros(size))

    def name(self, pairs: Pairs) -> None:
        """Note the closest of the kept rows of given pairs, and of those noted before."""
        i, j, score = pairs
        order = np.lexsort((j, -score, i))
        first = order[np.unique(i[order], return_index=True)[1]]
        row, kept, value = i[first], j[first], score[first]
        better = (value > self.score[row]) | (self.of[row] < 0)
        better |= (value == self.score[row]) & (kept < self.of[row])
        self.of[row[better]], self.score[row[better]] = kept[better], value[better]


def resolve(pairs: Pairs, size: int, fixed: int) -> Choice:
    """Choose the rows that stay, given all close pairs.

    Args:
        pairs: rows i > j, sorted by both.
        size: how many rows there are.
        fixed: how many rows at the start stay in any case.
    """
    stays = np.ones(size, np.bool_)
    _settle(stays, pairs, fixed)
    i, j, score = pairs
    decided = ~stays[i] & stays[j]
    choice = Choice.empty(size)
    choice.name((i[decided], j[decided], score[decided]))
    choice.pairs = pairs
    return choice


def _settle(stays: Mask, pairs: Pairs, fixed: int) -> None:
    """Go through the pairs in order; a row goes where the earlier one is still there."""
    begin = int(np.searchsorted(pairs[0], fixed))
    left = bytearray(stays)
    for start in range(begin, len(pairs[0]), _CHUNK):
        part = slice(start, start + _CHUNK)
        for row, other in zip(pairs[0][part].tolist(), pairs[1][part].tolist(), strict=True):
            if left[other]:
                left[row] = 0
    stays[:] = np.frombuffer(left, np.bool_)


def keep_first(
    placed: PartitionedRows,
    rule: PairRule,
    *,
    fixed: int = 0,
    most: int | None = None,
    engine: Engine | None = None,
    journal: SearchJournal | None = None,
    notify: PairProgress = lambda *_: None,
) -> Choice:
    """Take rows in order; a row goes if an earlier row that stays is close to it.

    Args:
        placed: the rows, those to keep first at the start.
        rule: which pairs are close.
        fixed: how many rows at the start stay in any case.
        most: how many pairs may be held. Where there are more, rows are taken in parts: what is
            kept of a part takes its near duplicates out of the next, so that groups of thousands
            are gone before their pairs are listed. The result is the same.
        engine: where rows are compared, unless there are more pairs than may be held; this process
            if none is given. What stays is decided here, in one pass over the pairs.
        journal: what was compared before, and takes what is compared now; None: nothing. Where
            there are more pairs than may be held, they are not kept.
        notify: told how many rows were compared with each other, and how many will be.
    """
    size = len(placed.vectors)
    query = rule.query(most)
    found: list[Pairs] = []
    try:
        for part in inner(placed, query, engine=engine, journal=journal):
            found.append(part)
            notify(min(query.products, placed.products), placed.products)
        choice = resolve(rule.hits(gather(found)), size, fixed)
    except TooManyPairs:
        found.clear()
        parts = _Parts(placed, rule, most or 0, np.ones(size, np.bool_), notify)
        choice = parts.choose(fixed)
        choice.products = parts.products
    choice.products += query.products
    return choice


@dataclass(slots=True)
class _Parts:
    """Rows taken in parts, because all their pairs would not fit."""

    placed: PartitionedRows
    rule: PairRule
    most: int
    stays: Mask
    notify: PairProgress
    products: int = 0

    def choose(self, fixed: int) -> Choice:
        size = len(self.stays)
        self._drop(0, fixed, size)
        self._decide(fixed, size)
        choice = Choice.empty(size)
        query = self.rule.query()
        for i, j, score in across(self.placed, self.placed, query, ~self.stays, self.stays):
            earlier = j < i
            choice.name(self.rule.hits((i[earlier], j[earlier], score[earlier])))
        self.products += query.products
        return choice

    def _those(self, begin: int, end: int) -> Mask:
        chosen = np.zeros_like(self.stays)
        chosen[begin:end] = self.stays[begin:end]
        return chosen

    def _decide(self, begin: int, end: int) -> None:
        """Decide on the rows of a range that still stay, among themselves."""
        chosen = self._those(begin, end)
        left = np.flatnonzero(chosen)
        query = self.rule.query(None if len(left) <= _SMALL else self.most)
        try:
            pairs = self.rule.hits(gather(inner(self.placed, query, chosen)))
        except TooManyPairs:
            middle = int(left[len(left) // 2])
            self._decide(begin, middle)
            self._drop(begin, middle, end)
            self._decide(middle, end)
        else:
            _settle(self.stays, pairs, 0)
            self.notify(end, len(self.stays))
        self.products += query.products

    def _drop(self, begin: int, middle: int, end: int) -> None:
        """Take out of the second part of a range what is close to a kept row of the first."""
        kept, rest = self._those(begin, middle), self._those(middle, end)
        query = self.rule.query()
        for i, j, score in across(self.placed, self.placed, query, rest, kept):
            open_ = self.stays[i]
            gone, _, _ = self.rule.hits((i[open_], j[open_], score[open_]))
            self.stays[gone] = False
        self.products += query.products
