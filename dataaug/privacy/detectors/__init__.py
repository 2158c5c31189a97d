"""Detectors: find personal data in texts."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol


class Entity(NamedTuple):
    """A stretch of personal data.

    Attributes:
        start: where it begins, in characters.
        end: where it ends, exclusive.
        kind: what it is, in capitals: ``NAME``, ``EMAIL``, ``PHONE``, ``IBAN`` …
    """

    start: int
    end: int
    kind: str


class Detector(Protocol):
    """Finds personal data: a batch in, a batch out, in the same order.

    The entities of a text are sorted and do not overlap. What is found depends on the text alone.
    """

    def __call__(self, texts: Sequence[str], /) -> Sequence[Sequence[Entity]]:
        """Return the entities of each text."""


def without_overlaps(found: Iterable[Entity]) -> list[Entity]:
    """Return entities that do not overlap: of those that do, the longest; of these the first."""
    kept: list[Entity] = []
    for entity in sorted(found, key=lambda e: (e.start - e.end, e.start, e.kind)):
        if entity.start < entity.end and all(
            entity.end <= other.start or other.end <= entity.start for other in kept
        ):
            kept.append(entity)
    return sorted(kept)
