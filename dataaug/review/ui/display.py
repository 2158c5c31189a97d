"""What a reviewer is shown of a row: its text and its parent's, marked where they differ."""

from dataclasses import dataclass

from dataaug.review.items import BAD_REASONS, ReviewItem, ReviewVerdict
from dataaug.review.ui.shown import SHORT, Stretch, is_cut, marked_pair, stretches, unmarked
from dataaug.rows.record import shown_text
from dataaug.text.printable import safe

_NAME = 200
"""Letters of a label, a method or a note."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row that is close to the one that is shown."""

    similarity: str
    label: str
    text: list[Stretch]


@dataclass(frozen=True, slots=True)
class DisplayItem:
    """One row as it is shown; everything in it is safe to show.

    Attributes:
        label: its label.
        method: what made it.
        text: its text.
        parent: the text it was made from, empty if there is none.
        near: rows that are close to it.
        cut: is something of a text left out?
    """

    label: str
    method: str
    text: list[Stretch]
    parent: list[Stretch]
    near: list[Neighbour]
    cut: bool


def display_item(item: ReviewItem, limit: int = SHORT) -> DisplayItem:
    """Return a row as it is shown; a neighbour that equals the parent is not shown twice.

    Args:
        item: the row, its parent and its neighbours.
        limit: characters of a text that are shown, 0 for all.
    """
    record, parent = item.record, item.parent.text if item.parent else None
    old, new = marked_pair(
        None if parent is None else shown_text(parent, record.schema),
        shown_text(record.text, record.schema),
    )
    shown, made_from = stretches(new, limit), stretches(old, limit)
    near = [
        Neighbour(
            f"{similarity:.2f}",
            shown_label(label),
            stretches(unmarked(shown_text(text, record.schema)), limit // 4),
        )
        for similarity, text, label in item.neighbours
        if text != parent
    ]
    cut = any(map(is_cut, (shown, made_from, *(found.text for found in near))))
    shown = shown or [Stretch("same", hidden=True, text="empty")]
    method = safe(record.method, _NAME)
    return DisplayItem(shown_label(record.label), method, shown, made_from, near, cut)


def shown_label(label: str | None) -> str:
    """Return a label as it is shown."""
    return "(no label)" if label is None else safe(label, _NAME) or "(empty)"


def verdict_text(verdict: ReviewVerdict) -> str:
    """Return a verdict as it is said to the person."""
    if verdict.label is not None:
        return f"bad, the label should be {shown_label(verdict.label)}"
    if verdict.reason:
        return f"bad, {safe(BAD_REASONS.get(verdict.reason, verdict.reason), _NAME)}"
    return verdict.verdict
