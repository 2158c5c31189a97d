"""Mentions: spans of a text that have a label, and those of each label in many rows."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dataaug.rows.annotations import Annotations
from dataaug.rows.record import Record
from dataaug.rows.spans import Span
from dataaug.rows.text_views import text_views


class LabelledSpan(NamedTuple):
    """A span of a text in whose place another one of its label may stand.

    Attributes:
        span: where it lies.
        label: its label; of a span that several fields of the row have, all that they call it.
    """

    span: Span
    label: str


def mentions_of(text: str, own: Annotations) -> tuple[LabelledSpan, ...]:
    """Return the mentions of a text, in their order.

    A span is none that has no label, shares characters with another one, is blank at an end, or is
    not made up by tokens cut at blanks where the row has tokens.

    Args:
        text: the text.
        own: its spans, tokens and tags.
    """
    return () if own.fault else tuple(_mentions(text, own))


def _mentions(text: str, own: Annotations) -> Iterator[LabelledSpan]:
    labels: dict[Span, set[str]] = {}
    by_tags = [found for tokens in own.tokens for found in tokens.mentions()]
    for span, label in [*((mark.span, mark.label) for mark in own.marks), *by_tags]:
        labels.setdefault(span, set()).add(label)
    spans, reach = sorted(labels), 0
    for number, span in enumerate(spans):
        words = text[slice(*span)]
        behind = spans[number + 1].start if number + 1 < len(spans) else len(text)
        apart = reach <= span.start and span.end <= behind
        named = words and words == words.strip() and "" not in labels[span]
        if apart and named and all(tokens.cuts(text, span) for tokens in own.tokens):
            yield LabelledSpan(span, ", ".join(sorted(labels[span])))
        reach = max(reach, span.end)


class MentionPool:
    """The texts of the mentions of many rows, noted one row after another in any order."""

    def __init__(self) -> None:
        self._texts: dict[str, set[str]] = {}

    def note(self, record: Record) -> None:
        """Take the mentions of a row."""
        for view, own in text_views(record):
            for span, label in mentions_of(view.text, own):
                self._texts.setdefault(label, set()).add(view.text[slice(*span)])

    def by_label(self) -> Mapping[str, tuple[str, ...]]:
        """Return the different texts of each label, sorted.

        One that differs from another by a capital in front alone is left out: it began a sentence.
        """
        return {
            label: tuple(
                text for text in sorted(texts)
                if (small := text[:1].lower() + text[1:]) == text or small not in texts
            )
            for label, texts in sorted(self._texts.items())
        }  # fmt: skip
