"""Which of a row's texts each of its variants varies: of several fields, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dataaug.augmentation.methods import Request
from dataaug.rows import field_paths
from dataaug.rows.annotations import Annotations
from dataaug.rows.mentions import LabelledSpan, mentions_of
from dataaug.rows.record import Record
from dataaug.rows.seeds import derive
from dataaug.rows.spans import Span, overlaps
from dataaug.rows.text_views import text_views
from dataaug.text.protection import Protector, merge


@dataclass(slots=True)
class VariedText:
    """A text of a row that is to be varied.

    Attributes:
        view: the row, read as if that were its whole text.
        own: what of the row depends on it.
        guard: spans that no edit touches.
        mentions: spans that another one of their label may replace.
        pool: label to the mentions of the whole input.
        name: the field, where provenance has to say it: several are named, or a path.
        taken: texts that are there already.
    """

    view: Record
    own: Annotations
    guard: tuple[Span, ...]
    name: str
    mentions: tuple[LabelledSpan, ...] = ()
    pool: Mapping[str, Sequence[str]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def request(self, count: int, seed: int) -> Request:
        """Return what a method is asked of the text."""
        view, own = self.view, self.own
        return Request(
            view.text, count, seed, self.guard, self.taken, view.label, own.spans,
            self.mentions, self.pool,
        )  # fmt: skip

    @property
    def noted(self) -> dict[str, str]:
        """What provenance and rejects say of it."""
        return {"text_field": self.name} if self.name else {}


class Turn(NamedTuple):
    """A text, and what one method is asked of it."""

    text: VariedText
    request: Request


def varied_texts(
    record: Record, protector: Protector, pool: Mapping[str, Sequence[str]] | None = None
) -> list[VariedText]:
    """Return the texts of a row: one, or of several fields those that say something.

    Args:
        record: the row.
        protector: finds what no edit may touch.
        pool: label to the mentions of the whole input, where a method takes them.
    """
    schema = record.schema
    noted = schema.further_texts or field_paths.steps(schema.text)
    return [
        VariedText(
            view,
            own,
            protector(view.text, own.spans),
            view.schema.text if noted else "",
            _replaceable(view.text, own, protector) if pool else (),
            pool or {},
        )
        for view, own in text_views(record)
    ]


def _replaceable(text: str, own: Annotations, protector: Protector) -> tuple[LabelledSpan, ...]:
    """Return the mentions of a text, without those in which a pattern of the user's matches."""
    asked = merge(protector.asked(text))
    return tuple(
        mention for mention in mentions_of(text, own) if not overlaps(*mention.span, asked)
    )


def text_turns(
    record: Record, texts: Sequence[VariedText], method: str, count: int, seed: int
) -> list[Turn]:
    """Return which texts take turns in the variants of a row by one method, in their order.

    Variant k is the next one of text k modulo the number of turns. The seed draws who comes first,
    so that over many rows each field is varied equally often, and more variants begin with fewer.

    Args:
        record: the row.
        texts: its texts.
        method: the method with its options.
        count: variants of the row.
        seed: the seed of the run.
    """
    drawn = derive(seed, record.id, method)
    if len(texts) == 1 and not record.schema.further_texts:
        return [Turn(texts[0], texts[0].request(count, drawn))]
    first = drawn % len(texts)
    found = []
    for place, text in enumerate((*texts[first:], *texts[:first])):
        share = (count - place + len(texts) - 1) // len(texts)
        own_seed = derive(seed, record.id, method, text.name)
        found.append(Turn(text, text.request(share, own_seed)))
    return found[:count]
