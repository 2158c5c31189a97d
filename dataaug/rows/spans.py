"""Edits of a text as character spans: recorded, applied, and carried over to other spans."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Span(NamedTuple):
    """A half-open range of character (code point) positions."""

    start: int
    end: int


class Edit(NamedTuple):
    """Replace ``text[start:end]`` by ``text``; positions are those of the original text."""

    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with the edits made; untouched parts stay as they are.

    Args:
        text: the original text.
        edits: sorted by start, apart from each other, within the text.

    Raises:
        ValueError: edits overlap, are out of order or out of range.
    """
    parts: list[str] = []
    position = 0
    for start, end, new in edits:
        if not position <= start <= end <= len(text):
            raise ValueError(f"edit {start}:{end} overlaps another or is out of range")
        parts += (text[position:start], new)
        position = end
    parts.append(text[position:])
    return "".join(parts)


def as_rows(text: str, edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Return edits as they are written into provenance: start, end, from, to."""
    return [
        {"start": start, "end": end, "from": text[start:end], "to": new}
        for start, end, new in edits
    ]


def from_rows(rows: Sequence[Mapping[str, Any]]) -> list[Edit]:
    """Read edits back from provenance, to replay them on the parent's text."""
    return [Edit(row["start"], row["end"], row["to"]) for row in rows]


def move(span: Span, edits: Sequence[Edit]) -> Span | None:
    """Return where a span of the original lies after the edits, None if an edit cuts into it.

    An insertion at a span's edge stays outside the span.
    """
    shift = 0
    for start, end, new in edits:
        if start >= span.end:
            break
        if end > span.start:
            return None
        shift += len(new) - (end - start)
    return Span(span.start + shift, span.end + shift)


def carried_over(span: Span, edits: Sequence[Edit]) -> Span | None:
    """Return where a span lies after edits, one of which may replace it as a whole.

    The new words of such an edit are the span then. None if an edit cuts into it.
    """
    whole = [edit for edit in edits if (edit.start, edit.end) == span]
    if not whole:
        return move(span, edits)
    start = span.start + sum(
        len(new) - (end - first) for first, end, new in edits if end <= span.start
    )
    return Span(start, start + len(whole[0].text))


def overlaps(start: int, end: int, spans: Sequence[Span]) -> bool:
    """Does the range share a character with one of the spans, or lie inside one of them?

    The spans are sorted and apart, so that one look decides, however long the text is.
    """
    before = bisect_left(spans, (end,))
    return before > 0 and spans[before - 1].end > start
