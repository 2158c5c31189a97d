"""How people mistype: which keys lie side by side, and how words are commonly misspelt."""

import functools
from collections.abc import Mapping

from dataaug.text import tables


def neighbours() -> Mapping[str, str]:
    """Return for each small letter the letter keys that touch it on a US QWERTY keyboard."""
    return tables.pairs("dataaug.text", "keyboard")


@functools.cache
def misspellings() -> Mapping[str, tuple[str, ...]]:
    """Return for each of 993 English words in small letters one to three common misspellings."""
    known = tables.pairs("dataaug.text", "misspellings")
    return {word: tuple(wrong.split()) for word, wrong in known.items()}
