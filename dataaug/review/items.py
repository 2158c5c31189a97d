"""What is reviewed and what is said of it: rows as review items, and verdicts on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dataaug.rows.record import Record

BAD_REASONS = {
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

Decision = Literal["ok", "bad", "skip"]


@dataclass(frozen=True, slots=True)
class ReviewVerdict:
    """What a reviewer says of a row.

    Attributes:
        verdict: ``skip`` counts as neither ok nor bad.
        reason: a key of :data:`BAD_REASONS`, or words of the reviewer's own; only of a bad row.
        label: the right label, where the reviewer knows it.
        note: anything else.
    """

    verdict: Decision
    reason: str = ""
    label: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A row to be looked at. What it is there for (estimate, suspicion, test) is not told.

    Attributes:
        key: a hash of the row's text and label; verdicts are kept under it.
        record: the row.
        parent: the row it was made from, where that is in the data.
        neighbours: cosine similarity, text and label of rows that are close to it, where known.
        suggested: of a row whose label is asked for, the likeliest labels, on keys; its own first.
    """

    key: str
    record: Record
    parent: Record | None = None
    neighbours: Sequence[tuple[float, str, str | None]] = ()
    suggested: Sequence[str] = ()

    def labelled(self, label: str) -> ReviewVerdict:
        """Return the verdict that gives the row a label: ok where it is the one that it has."""
        own = label == self.record.label
        return ReviewVerdict("ok") if own else ReviewVerdict("bad", RELABEL, label)
