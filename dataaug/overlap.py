"""How much two texts have in common by words: ROUGE-L, and the longest run of equal words."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from rapidfuzz.distance import LCSseq

_WORD = re.compile(r"[^\W_]+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
"""Scripts without blanks between words: each character counts as a word."""


def tokens(text: str) -> list[str]:
    """Return the words of a text in small letters, without punctuation."""
    text = text.casefold()
    if _WIDE.search(text):
        text = _WIDE.sub(r" \g<0> ", text)
    return _WORD.findall(text)


def rouge_l(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the F-measure of the longest common subsequence of two lists of words, 0 to 1.

    Source: Lin 2004; Self-Instruct (Wang et al. 2022) takes 0.7 for too similar.
    """
    if not one or not other:
        return 0.0
    return 2 * LCSseq.similarity(one, other) / (len(one) + len(other))


def longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest run of words that two lists share."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.find_longest_match().size
