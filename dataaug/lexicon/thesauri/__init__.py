"""Thesauri: give candidates for the place of a word, its synonyms."""

from typing import Protocol


class Thesaurus(Protocol):
    """Gives synonyms of surface forms, already in the inflection of the form they replace."""

    def synonyms(self, form: str, tag: str | None = None, /) -> tuple[str, ...]:
        """Return the synonyms of a lower-case form; () if it is unknown or ambiguous.

        With a Penn Treebank tag the reading is given and only its synonyms are returned.
        """

    def longest(self, start: str, /) -> int:
        """Return how many words the longest unit that starts so has; 1 if there is none.

        ``start`` is a word, or two or three words with spaces between them.
        """

    def continues(self, word: str, /) -> bool:
        """Can this word be the second one of a unit?"""

    def __contains__(self, form: str, /) -> bool:
        """Is this form, which may have several words, a unit of the thesaurus?"""
