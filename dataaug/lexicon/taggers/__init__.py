"""Part-of-speech taggers, for words whose sense depends on it."""

from collections.abc import Sequence
from typing import Protocol


class Tagger(Protocol):
    """Tags the words of texts: a batch in, a batch out, in the same order."""

    def __call__(self, texts: Sequence[str], /) -> Sequence[dict[int, str]]:
        """Return, for each text, the Penn Treebank tag of the word that starts at a position."""


def locate(text: str, tokens: Sequence[tuple[str, str]]) -> dict[int, str]:
    """Find tokens that a tagger returned without positions; those not found are left out."""
    tags = {}
    position = 0
    for token, tag in tokens:
        start = text.find(token, position)
        if start >= 0:
            tags[start] = tag
            position = start + len(token)
    return tags
