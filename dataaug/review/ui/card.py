"""What a reviewer is shown of a row: its text and its parent's, marked where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from dataaug.review.reviewers import REASONS, Verdict
from dataaug.review.ui.shown import SHORT, Run, is_cut, pair, plain, runs
from dataaug.text.printable import safe

_NAME = 200
"""Letters of a label, a method or a note."""


@dataclass(frozen=True, slots=True)
class Near:
    """A row that is close to the one that is shown."""

    similarity: str
    label: str
    text: list[Run]


@dataclass(frozen=True, slots=True)
class Card:
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
    text: list[Run]
    parent: list[Run]
    near: list[Near]
    cut: bool


def card(
    text: str,
    label: str | None,
    method: str,
    parent: str | None,
    neighbours: Sequence[tuple[float, str, str | None]] = (),
    limit: int = SHORT,
) -> Card:
    """Return a row as it is shown.

    Args:
        text: its text.
        label: its label.
        method: what made it.
        parent: the text it was made from.
        neighbours: cosine similarity, text and label of rows that are close to it; one that
            equals the parent is not shown twice.
        limit: letters of a text that are shown, 0 for all.
    """
    old, new = pair(parent, text)
    shown, made_from = runs(new, limit), runs(old, limit)
    near = [
        Near(f"{similarity:.2f}", named(label), runs(plain(text), limit // 4))
        for similarity, text, label in neighbours
        if text != parent
    ]
    cut = any(map(is_cut, (shown, made_from, *(found.text for found in near))))
    shown = shown or [Run("same", hidden=True, text="empty")]
    return Card(named(label), safe(method, _NAME), shown, made_from, near, cut)


def named(label: str | None) -> str:
    """Return a label as it is shown."""
    return "(no label)" if label is None else safe(label, _NAME) or "(empty)"


def told(verdict: Verdict) -> str:
    """Return a verdict as it is said to the person."""
    if verdict.label is not None:
        return f"bad, the label should be {named(verdict.label)}"
    if verdict.reason:
        return f"bad, {safe(REASONS.get(verdict.reason, verdict.reason), _NAME)}"
    return verdict.verdict
