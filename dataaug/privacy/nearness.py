"""How near a rewritten text is to the source rows, beside how near those are to each other.

The idea is that of the distance to the closest record (DCR) in SDMetrics, with ROUGE-L of words as
the measure.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Indel

from dataaug.text.rouge import Vocabulary

_SAMPLE = 1000
"""Source rows whose nearness to their nearest other one is the yardstick."""
_USUAL = 0.95
"""The share of them that are no nearer than what counts as near for real rows."""


class Nearest(NamedTuple):
    """The source row that a text is nearest to.

    Attributes:
        similarity: ROUGE-L, 0 to 1.
        nearer: is it nearer than 95 % of the source rows are to any other source row?
    """

    similarity: float
    nearer: bool


class Nearness:
    """Compares texts with the source rows, both masked: fakes in common say nothing."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._vocabulary = Vocabulary()
        self._spelt = [self._vocabulary.spell(text) for text in sources]
        self._usual = self._among_real()

    def _among_real(self) -> float:
        """Return how near a source row is to its nearest other one, at the 95th percentile."""
        step = max(1, -(-len(self._spelt) // _SAMPLE))
        nearest = [
            _nearest(self._spelt[place], self._spelt[:place] + self._spelt[place + 1 :])
            for place in range(0, len(self._spelt), step)
        ]
        return float(np.quantile(nearest, _USUAL)) if nearest else 0.0

    def of(self, text: str) -> Nearest:
        """Return how near a text is to the nearest source row."""
        similarity = round(_nearest(self._vocabulary.spell(text), self._spelt), 4)
        return Nearest(similarity, similarity > self._usual)


def _nearest(spelt: str, others: Sequence[str]) -> float:
    if not others:
        return 0.0
    return float(process.extractOne(spelt, others, scorer=Indel.normalized_similarity)[1])


def same_words(one: str, other: str) -> bool:
    """Do two texts hold the same words in the same order?"""
    vocabulary = Vocabulary()
    return vocabulary.spell(one) == vocabulary.spell(other)
