"""Makers of new rows of classes: by a method of augment, by repeating real rows."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice
from typing import TypeAlias

from dataaug.balancing.farthest_first import MOST, by_coverage
from dataaug.filtering.lengths import Bounds, length_fault
from dataaug.rows import field_paths
from dataaug.rows.derived import make_child
from dataaug.rows.record import Outcome, Record, Reject
from dataaug.rows.report import Report
from dataaug.rows.seeds import derive
from dataaug.rows.spool import SpooledRows
from dataaug.rows.taken import Names
from dataaug.text.normalize import normalise

OVERSAMPLE = "oversample"

_LENGTHS = ("too_short", "too_long")

_BATCHES = 50
"""Rounds of asking the rows that still give something; each row's last one was in vain by then."""
_AT_ONCE = 20_000
"""Rows whose variants are made before the first of them is passed on, to bound memory."""


@dataclass(slots=True)
class Order:
    """So many rows of one class.

    Attributes:
        label: the class.
        real: its real rows.
        count: how many rows to make.
        made: its synthetic rows that are there.
        seen: normalised texts of the whole stream; no maker but ``oversample`` repeats one, and
            each adds its own.
        ids: ids of the whole stream; no maker gives one of them, and each adds its own.
        bounds: how long a row may be for ``filter`` to let it pass; no maker but ``oversample``
            exceeds them.
        classes: the real rows of every class of the stream.
    """

    label: str
    real: SpooledRows
    count: int
    made: SpooledRows
    seen: Names = field(default_factory=Names)
    ids: Names = field(default_factory=Names)
    bounds: tuple[Bounds, ...] = ()
    classes: Mapping[str, SpooledRows] = field(default_factory=dict)


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
        self.rows = _usable(order, allowed, seed)
        self.asked = array("i", bytes(4 * len(self.rows)))
        self._order = order
        self._live = bytearray(b"\x01" * len(self.rows))
        self._left = order.count

    def batch(self) -> list[tuple[int, int]]:
        """Return the rows to ask now, and how many variants more of each."""
        live = sum(self._live)
        if self._left <= 0 or not live:
            return []
        each, over = divmod(self._left, live)
        rows = enumerate(compress(range(len(self.rows)), self._live))
        asked = ((row, each + (turn < over)) for turn, row in rows)
        return list(asked if each else islice(asked, over))

    def take(self, row: int, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
        """Yield the new outcomes of a row; where one is none, or too long, it is asked no more."""
        self.asked[row] += len(outcomes)
        for outcome in outcomes:
            fresh = self._fresh(outcome)
            hopeless = isinstance(outcome, Reject) or (
                isinstance(fresh, Reject) and fresh.reason in _LENGTHS
            )
            if hopeless:
                self._live[row] = False
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


def _usable(order: Order, allowed: Allowed, seed: int, most: int = MOST) -> SpooledRows:
    """Return the rows that may be varied, the first of them in order of coverage."""
    rows = order.real.taking(n for n, record in enumerate(order.real) if allowed(record))
    return rows.taking(by_coverage(rows, seed, most))


def variants(vary: Vary, allowed: Allowed, seed: int) -> Maker:
    """Return a maker that varies real rows; each round asks the rows of all classes at once."""

    def make(orders: Sequence[Order], report: Report) -> Iterator[Outcome]:
        fillings = [_Filling(order, allowed, seed) for order in orders]
        for _ in range(_BATCHES):
            batches = [(own, row, more) for own in fillings for row, more in own.batch()]
            if not batches:
                return
            for first in range(0, len(batches), _AT_ONCE):
                part = batches[first : first + _AT_ONCE]
                found = _asked(vary, part)
                for filling, row, more in part:
                    outcomes = found[id(filling), row][filling.asked[row] :]
                    report.asked += more
                    yield from filling.take(row, outcomes)

    return make


def _asked(
    vary: Vary, batches: Sequence[tuple[_Filling, int, int]]
) -> dict[tuple[int, int], Sequence[Outcome]]:
    """Return the variants of rows, those that were made before included."""
    by_total: dict[int, list[tuple[_Filling, int]]] = {}
    for filling, row, more in batches:
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
            rows = _usable(order, allowed, seed, order.count)
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
    text = field_paths.get(parent.fields, parent.schema.text)
    return make_child(parent, text, method=OVERSAMPLE, variant=number, seed=drawn)
