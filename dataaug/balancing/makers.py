"""Makers of new rows of classes: by a method of augment, by repeating real rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from dataaug import allocation
from dataaug.balancing.farthest_first import by_coverage
from dataaug.filtering.lengths import Bounds, length_fault
from dataaug.rows.derived import make_child
from dataaug.rows.record import Outcome, Record, Reject
from dataaug.rows.report import Report
from dataaug.rows.seeds import derive
from dataaug.rows.taken import Names
from dataaug.text.normalize import normalise

OVERSAMPLE = "oversample"

_LENGTHS = ("too_short", "too_long")

_BATCHES = 50
"""Rounds of asking the rows that still give something; each row's last one was in vain by then."""


@dataclass(slots=True)
class Order:
    """So many rows of one class.

    Attributes:
        label: the class.
        real: its real rows.
        count: how many rows to make.
        seen: normalised texts of the whole stream; no maker but ``oversample`` repeats one, and
            each adds its own.
        ids: ids of the whole stream; no maker gives one of them, and each adds its own.
        made: rows of the class that are there and were made before.
        bounds: how long a row may be for ``filter`` to let it pass; no maker but ``oversample``
            exceeds them.
    """

    label: str
    real: Sequence[Record]
    count: int
    seen: Names = field(default_factory=Names)
    ids: Names = field(default_factory=Names)
    made: Sequence[Record] = ()
    bounds: tuple[Bounds, ...] = ()


Maker: TypeAlias = Callable[[Sequence[Order], Report], Iterator[Outcome]]
"""Fills orders; each row that it could not make is a reject.

It adds to ``report.asked`` for every outcome that it yields.
"""

Vary: TypeAlias = Callable[[Sequence[Record], int], Sequence[Outcome]]
"""Returns so many variants of each row, or a reject in the place of one, for one row after another.

A greater number begins with the variants of a smaller one.
"""

Allowed: TypeAlias = Callable[[Record], bool]
"""May a row be varied? Evaluation rows may not."""


class _Filling:
    """An order that is filled from its rows, all of them equally often, in order of coverage."""

    def __init__(self, order: Order, allowed: Allowed, seed: int) -> None:
        self.rows = by_coverage([record for record in order.real if allowed(record)], seed)
        self.asked = [0] * len(self.rows)
        self._order = order
        self._live = list(range(len(self.rows)))
        self._left = order.count

    def batch(self) -> list[tuple[int, int]]:
        """Return the rows to ask now, and how many variants more of each."""
        if self._left <= 0 or not self._live:
            return []
        shares = allocation.shares(self._left, dict.fromkeys(self._live, 1))
        return [(row, more) for row, more in shares.items() if more]

    def take(self, row: int, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
        """Yield the new outcomes of a row; where one is none, or too long, it is asked no more."""
        self.asked[row] += len(outcomes)
        for outcome in outcomes:
            fresh = self._fresh(outcome)
            hopeless = isinstance(outcome, Reject) or (
                isinstance(fresh, Reject) and fresh.reason in _LENGTHS
            )
            if hopeless and row in self._live:
                self._live.remove(row)
            self._left -= isinstance(fresh, Record)
            yield fresh

    def _fresh(self, outcome: Outcome) -> Outcome:
        """Return an outcome, or the reject of one that is too long or repeats a row or text."""
        if isinstance(outcome, Reject):
            return outcome
        if fault := length_fault(outcome.text, self._order.bounds):
            return Reject("balance", fault.reason, outcome, fault.detail)
        if not self._order.ids.give(outcome.id):
            return Reject("balance", "same_row", outcome)
        if not self._order.seen.give(normalise(outcome.text)):
            return Reject("balance", "exact_duplicate", outcome)
        return outcome


def variants(vary: Vary, allowed: Allowed, seed: int) -> Maker:
    """Return a maker that varies real rows; each round asks the rows of all classes at once."""

    def make(orders: Sequence[Order], report: Report) -> Iterator[Outcome]:
        fillings = [_Filling(order, allowed, seed) for order in orders]
        for _ in range(_BATCHES):
            batches = [(filling, filling.batch()) for filling in fillings]
            if not any(batch for _, batch in batches):
                return
            found = _asked(vary, batches)
            for filling, batch in batches:
                for row, more in batch:
                    outcomes = found[id(filling), row][filling.asked[row] :]
                    report.asked += more
                    yield from filling.take(row, outcomes)

    return make


def _asked(
    vary: Vary, batches: Sequence[tuple[_Filling, Sequence[tuple[int, int]]]]
) -> dict[tuple[int, int], Sequence[Outcome]]:
    """Return the variants of all rows of a round, those that were made before included."""
    by_total: dict[int, list[tuple[_Filling, int]]] = {}
    for filling, batch in batches:
        for row, more in batch:
            by_total.setdefault(filling.asked[row] + more, []).append((filling, row))
    found: dict[tuple[int, int], Sequence[Outcome]] = {}
    for total, rows in by_total.items():
        outcomes = vary([filling.rows[row] for filling, row in rows], total)
        for place, (filling, row) in enumerate(rows):
            found[id(filling), row] = outcomes[place * total : (place + 1) * total]
    return found


def oversample(allowed: Allowed, seed: int) -> Maker:
    """Return a maker that repeats real rows: the control that every other maker has to beat."""

    def make(orders: Sequence[Order], report: Report) -> Iterator[Outcome]:
        for order in orders:
            rows = by_coverage([record for record in order.real if allowed(record)], seed)
            turns = [0] * len(rows)
            for number in range(order.count if rows else 0):
                place = number % len(rows)
                report.asked += 1
                copy = _copy(rows[place], turns[place], seed)
                while not order.ids.give(copy.id):
                    turns[place] += 1
                    copy = _copy(rows[place], turns[place], seed)
                turns[place] += 1
                yield copy

    return make


def _copy(parent: Record, number: int, seed: int) -> Record:
    drawn = derive(seed, parent.id, OVERSAMPLE)
    return make_child(parent, parent.text, method=OVERSAMPLE, variant=number, seed=drawn)
