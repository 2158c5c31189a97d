"""Texts of equal words in which names or numbers changed places: Oslo to Rome, Rome to Oslo.

An embedder hardly sees the order of words, so such texts have a cosine near 1. What may change
places are numbers, names, and words behind a preposition that gives a direction.
"""

from typing import NamedTuple

from dataaug.text import protection
from dataaug.text.segments import plain_word, terms
from dataaug.text.tables import word_set as listed


class Places(NamedTuple):
    """Which words of a text stand where. Each attribute is a hash, equal for equal texts.

    Attributes:
        words: all words, in any order.
        frames: the word before each number, name or other word that may change places.
        fillers: the same, each with the number, name or word that stands behind it.
    """

    words: int
    frames: int
    fillers: int

    def exchanged(self, other: "Places") -> bool:
        """Are these equal words, of which some have changed places?"""
        alike = self.words == other.words and self.frames == other.frames
        return alike and self.fillers != other.fillers


def places(text: str) -> Places:
    """Return what stands where in a text.

    The numbers are Python's hashes, which hold in one process only.
    """
    words, directions = terms(text), listed("dataaug.text", "directions")
    names = {term for name in protection.names_in(text) for term in terms(plain_word(name))}
    pairs, before, last = [], "", ""
    for word in words:
        moves = word in names or any(map(str.isdigit, word))
        if moves or (last in directions and word not in directions):
            pairs.append((before, word))
            before = "#" if moves else word
        else:
            before = word
        last = word
    frames = sorted(frame for frame, _ in pairs)
    return Places(hash(tuple(sorted(words))), hash(tuple(frames)), hash(tuple(sorted(pairs))))
