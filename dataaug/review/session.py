"""A review session: one reviewer's way through a sample, with every verdict on the disk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dataaug.review.header import Header
from dataaug.review.items import ReviewItem, ReviewVerdict
from dataaug.review.ledger import Ledger
from dataaug.review.page_facts import PageFacts


@dataclass
class ReviewSession:
    """The rows that a reviewer is shown and the verdicts on them, which are kept in a ledger.

    A session over a ledger that has verdicts already goes on where the earlier one stopped. Rows
    that were skipped then come again, after the others: without them an outcome that they can
    change would stay open for ever.

    Attributes:
        items: the rows, in the order in which they are shown.
        labels: the labels of the data, sorted.
        ledger: takes the verdicts.
        reviewer: whose they are.
        settled: says why no further row can change the outcome; empty while one can.
        summary: says in a line how it stands: errors so far and what they are worth.
        about: which sample of which data the rows are.
        beside: what a page says beside the rows.
    """

    items: Sequence[ReviewItem]
    labels: Sequence[str]
    ledger: Ledger
    reviewer: str
    settled: Callable[[], str]
    summary: Callable[[], str]
    about: Header
    beside: PageFacts = field(default_factory=PageFacts, kw_only=True)
    _by_key: dict[str, ReviewItem] = field(init=False)
    _again: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self._by_key = {item.key: item for item in self.items}
        said = self.ledger.of(self.reviewer)
        self._again = {key for key, verdict in said.items() if verdict.verdict == "skip"}

    title = "dataaug spotcheck"
    """What stands above the rows."""

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self.items)

    def place(self, item: ReviewItem) -> int:
        """Return the number of a row, from 1."""
        return 1 + next(n for n, other in enumerate(self.items) if other.key == item.key)

    def of_key(self, key: object) -> ReviewItem | None:
        """Return the row with a key, None if there is none."""
        return self._by_key.get(key) if isinstance(key, str) else None

    def extend(self, items: Sequence[ReviewItem]) -> None:
        """Take further rows, which come after the others."""
        self.items = [*self.items, *items]
        self._by_key |= {item.key: item for item in items}

    @property
    def decided(self) -> int:
        """How many rows have a verdict, skipped ones included."""
        return sum(self.verdict(item) is not None for item in self.items)

    def verdict(self, item: ReviewItem) -> ReviewVerdict | None:
        """Return what this reviewer last said of a row; None if it is to be asked for again."""
        if item.key in self._again:
            return None
        return self.ledger.of(self.reviewer).get(item.key)

    def put(self, item: ReviewItem, verdict: ReviewVerdict) -> None:
        """Write a verdict to the disk, where it is when this returns; a second one replaces it.

        Raises:
            MissingError: it can't be written; it does not count then.
        """
        if item.key in self._again:  # else undo would bring the skipping back, not the question
            self.ledger.undo(self.reviewer, {item.key})
            self._again.discard(item.key)
        self.ledger.put(item.key, item.record.id, verdict, self.reviewer)

    def undo(self) -> ReviewItem | None:
        """Take the last verdict back and return its row, None if there is none."""
        key = self.ledger.undo(self.reviewer, self._by_key)
        if key is None:
            return None
        self._again.discard(key)
        return self._by_key.get(key)

    def next(self) -> ReviewItem | None:
        """Return the first row without a verdict; None when all have one or all is settled."""
        if self.settled():
            return None
        left = (item for item in self.items if self.verdict(item) is None)
        return min(left, key=lambda item: item.key in self._again, default=None)
