"""Bring texts that differ in looks only into one form, to find exact duplicates."""

import re
import unicodedata
from hashlib import blake2b

from dataaug.rows.record import FIELD_END

_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
_END = " .!?…"
_NOTHING = re.compile(
    r"[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    r"|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"  # a joiner makes one emoji of several
)
"""Signs that show nothing: soft hyphens, zero-width signs, marks of direction and of byte order."""


def normalise(text: str) -> str:
    """Return a text in the form that is equal for all texts that differ from it in looks only.

    Unicode compatibility forms, case, runs of white space, typographic quotes and dashes, signs
    that show nothing, and punctuation at the end do not count. A text of nothing but punctuation
    keeps it. Of a text that several fields make up, each field is brought into that form.
    """
    if FIELD_END in text:
        return FIELD_END.join(map(normalise, text.split(FIELD_END)))
    if not text.isascii():
        text = _NOTHING.sub("", unicodedata.normalize("NFKC", text)).translate(_QUOTES)
    if "  " not in text and text.isprintable():  # no white space but single blanks: half the time
        text = text.casefold().strip(" ")
    else:
        text = " ".join(text.casefold().split())
    return text.rstrip(_END) or text


def digest(text: str) -> bytes:
    """Return 8 bytes that name a normalised text."""
    return blake2b(normalise(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()
