"""People who look at rows: where they sit, and how what they say comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from dataaug.review.header import Header
from dataaug.rows.record import Record

REASONS = {
    "wrong_label": "wrong label",
    "meaning": "meaning changed",
    "nonsense": "makes no sense",
    "unnatural": "not natural",
    "copy": "copy of another row",
    "other": "other",
}
"""Why a row is bad: what is written, and how it is said to the reviewer."""

RELABEL = "wrong_label"
"""The reason of a row whose text is good and whose label is another one."""

Said = Literal["ok", "bad", "skip"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says of a row.

    Attributes:
        verdict: ``skip`` counts as neither ok nor bad.
        reason: a key of :data:`REASONS`, or words of the reviewer's own; only of a bad row.
        label: the right label, where the reviewer knows it.
        note: anything else.
    """

    verdict: Said
    reason: str = ""
    label: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A row to be looked at. What it is there for (estimate, suspicion, test) is not told.

    Attributes:
        key: a hash of the row's text and label; verdicts are kept under it.
        record: the row.
        parent: the row it was made from, where that is in the data.
        neighbours: cosine similarity, text and label of rows that are close to it, where known.
    """

    key: str
    record: Record
    parent: Record | None = None
    neighbours: Sequence[tuple[float, str, str | None]] = ()


class Sitting(Protocol):
    """One reviewer's way through a sample; every verdict is on the disk when ``put`` returns."""

    @property
    def items(self) -> Sequence[Item]:
        """All rows to look at, in the order in which they are shown."""

    @property
    def labels(self) -> Sequence[str]:
        """The labels that the data has, sorted."""

    @property
    def about(self) -> Header:
        """Which sample of which data the rows are."""

    @property
    def decided(self) -> int:
        """How many rows have a verdict, skipped ones included."""

    @property
    def settled(self) -> str:
        """Why no further row can change the outcome; empty while it is open."""

    def verdict(self, item: Item) -> Verdict | None:
        """Return what this reviewer last said of a row."""

    def put(self, item: Item, verdict: Verdict) -> None:
        """Write a verdict to the disk; a second one takes the place of the first."""

    def undo(self) -> Item | None:
        """Take the last verdict back and return its row, None if there is none."""

    def next(self) -> Item | None:
        """Return the first row without a verdict; None when all have one or all is settled."""

    def summary(self) -> str:
        """Say in a line how it stands: errors so far and what they are worth."""


class Reviewer(Protocol):
    """Shows the rows of a sitting to a person, one at a time, until all are done or they leave."""

    def review(self, sitting: Sitting) -> None:
        """Let the person decide."""
