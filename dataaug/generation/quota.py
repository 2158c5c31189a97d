"""How far a group has come: its rows, its yield, and how many requests it still needs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dataaug.generation.tasks import Ask, RowGroup, Task
from dataaug.rows.record import Record
from dataaug.text.rouge import Known

FLOOR = 0.05
"""A group is given up when its last requests gave less than one row in twenty items."""
_WINDOW = 16
"""Requests by which the yield is judged; a group that saturates gives less and less."""

_PRIOR = 20
"""Items that are taken to have become rows beside those that were seen: after a few unlucky replies
one more round costs less than requests too many."""


_GOOD = 0.6
"""The share from which on no request is sent that would not be needed if all items became rows:
then a round more is seldom needed, and no request is sent in vain."""


@dataclass(slots=True)
class Making:
    """One group on its way.

    Attributes:
        group: what is wanted.
        known: the rows made so far, so that no later one repeats them.
        rows: the accepted rows, in the order of requests and items.
        gave: for each request, how many items it was asked for and how many rows it gave.
        reasons: why items were rejected, for each request.
        end: why no more requests are made: ``done``, ``saturated``, ``over_budget``, ``dry_run``;
            empty while there are more to come.
    """

    group: RowGroup
    known: Known
    rows: list[Record] = field(default_factory=list)
    gave: list[tuple[int, int]] = field(default_factory=list)
    reasons: list[Counter[str]] = field(default_factory=list)
    end: str = ""

    @property
    def missing(self) -> int:
        """Rows that are still wanted."""
        return self.group.wanted - len(self.rows)

    def asks(self, task: Task, most: int) -> list[Ask]:
        """Return the next requests: as many as its yield lets expect to be needed, at most so many.

        Where few items became rows it asks at most as often as it has asked before, so that a
        model that refuses everything is found out before it is paid for.
        """
        share = self._share()
        most = min(most, max(2, len(self.gave)) if self.gave else most)
        asks: list[Ask] = []
        expected = 0.0
        while expected < self.missing and len(asks) < most:
            ask = task.ask(self.group, len(self.gave) + len(asks))
            asks.append(ask)
            expected += ask.items * share
        return asks

    def _share(self) -> float:
        """Return the share of items that are expected to become rows, by those that did lately."""
        items, rows = _sums(self.gave[-_WINDOW:])
        share = (rows + _PRIOR) / (items + _PRIOR)
        return 1.0 if share >= _GOOD else max(FLOOR, share)

    def settle(self) -> None:
        """Notice that there are enough rows, or that there is no hope of more."""
        if self.end:
            return
        if self.missing <= 0:
            self.end = "done"
        elif len(self.gave) >= self.group.patience:
            items, rows = _sums(self.gave[-self.group.patience :])
            if rows < FLOOR * items:
                self.end = self._why()

    def _why(self) -> str:
        last = sum(self.reasons[-self.group.patience :], Counter())
        most = max(last, key=lambda reason: last[reason], default="")
        return "saturated" if most in {"near_duplicate", "exact_duplicate"} else most or "no_items"

    def rejected(self) -> Counter[str]:
        """Return how many items were rejected, by reason."""
        return sum(self.reasons, Counter())


def _sums(gave: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(items for items, _ in gave), sum(rows for _, rows in gave)


@dataclass(slots=True)
class Turns:
    """Yields rows of the groups in turns: the first of each, then the second of each.

    So each prefix of the output is balanced, and asking for more of each begins with the same rows.
    """

    makings: Sequence[Making]
    _turn: int = 0
    _at: int = 0

    def ready(self) -> Iterator[Record]:
        """Yield the rows whose turn has come."""
        while any(making.group.wanted > self._turn for making in self.makings):
            while self._at < len(self.makings):
                making = self.makings[self._at]
                if self._turn < len(making.rows):
                    yield making.rows[self._turn]
                elif not making.end:
                    return
                self._at += 1
            self._at = 0
            self._turn += 1
