"""A reviewer's way through a sample, with every verdict on the disk."""

from collections.abc import Callable, Sequence

from dataaug.review.header import Header
from dataaug.review.ledger import Ledger
from dataaug.review.reviewers import Item, Verdict

Told = Callable[[], str]


class LedgerSitting:
    """A sitting over a ledger: opening the same ledger again goes on where it stopped.

    Rows that were skipped in an earlier sitting come again, after the others: without them an
    outcome that they can change would stay open for ever.

    Args:
        items: the rows, in the order in which they are shown.
        labels: the labels of the data.
        ledger: takes the verdicts.
        reviewer: whose they are.
        settled: says why the outcome can't change any more, empty while it can.
        summary: says how it stands.
        about: which sample of which data the rows are.
    """

    def __init__(
        self,
        items: Sequence[Item],
        labels: Sequence[str],
        ledger: Ledger,
        reviewer: str,
        settled: Told,
        summary: Told,
        about: Header,
    ) -> None:
        self._items = tuple(items)
        self._about = about
        self._labels = tuple(labels)
        self._ledger = ledger
        self._reviewer = reviewer
        self._settled = settled
        self._summary = summary
        self._by_key = {item.key: item for item in items}
        self._again = {key for key, said in ledger.of(reviewer).items() if said.verdict == "skip"}

    @property
    def items(self) -> Sequence[Item]:
        """All rows to look at, in the order in which they are shown."""
        return self._items

    @property
    def labels(self) -> Sequence[str]:
        """The labels that the data has, sorted."""
        return self._labels

    @property
    def about(self) -> Header:
        """Which sample of which data the rows are."""
        return self._about

    @property
    def decided(self) -> int:
        """How many rows have a verdict, skipped ones included."""
        return sum(self.verdict(item) is not None for item in self._items)

    @property
    def settled(self) -> str:
        """Why no further row can change the outcome; empty while it is open."""
        return self._settled()

    def verdict(self, item: Item) -> Verdict | None:
        """Return what this reviewer last said of a row; None if it is to be asked for again."""
        if item.key in self._again:
            return None
        return self._ledger.of(self._reviewer).get(item.key)

    def put(self, item: Item, verdict: Verdict) -> None:
        """Write a verdict to the disk; a second one takes the place of the first."""
        if item.key in self._again:  # else undo would bring the skipping back, not the question
            self._ledger.undo(self._reviewer, {item.key})
            self._again.discard(item.key)
        self._ledger.put(item.key, item.record.id, verdict, self._reviewer)

    def undo(self) -> Item | None:
        """Take the last verdict back and return its row, None if there is none."""
        key = self._ledger.undo(self._reviewer, self._by_key)
        if key is None:
            return None
        self._again.discard(key)
        return self._by_key.get(key)

    def next(self) -> Item | None:
        """Return the first row without a verdict; None when all have one or all is settled."""
        if self.settled:
            return None
        left = (item for item in self._items if self.verdict(item) is None)
        return min(left, key=lambda item: item.key in self._again, default=None)

    def summary(self) -> str:
        """Say in a line how it stands: errors so far and what they are worth."""
        return self._summary()
