"""Thesauri: give candidates for the place of a word, its synonyms."""

from collections.abc import Mapping
from typing import Protocol


class Thesaurus(Protocol):
    """Gives synonyms of surface forms, already in the inflection of the form they replace."""

    def synonyms(self, form: str, tag: str | None = None, /) -> tuple[str, ...]:
        """Return the synonyms of a lower-case form; () if it is unknown or ambiguous.

        With a Penn Treebank tag the reading is given and only its synonyms are returned.
        """

    def units(self, word: str, /) -> Mapping[str, int]:
        """Return the second words of the units that start with a word.

        Each has the number of words of the longest of these units.
        """

    def __contains__(self, form: str, /) -> bool:
        """Is this form, which may have several words, a unit of the thesaurus?"""
