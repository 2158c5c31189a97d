"""The words of a text, as copies and the novelty of rows are measured by."""

import re

_WORD = re.compile(r"[^\W_]+")
_WIDE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts without blanks between words: each character counts as a word."""


def tokens(text: str) -> list[str]:
    """Return the words of a text in small letters, without punctuation."""
    text = text.casefold()
    if _WIDE.search(text):
        text = _WIDE.sub(r" \g<0> ", text)
    return _WORD.findall(text)
