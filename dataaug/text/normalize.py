"""What two texts have in common that differ only in looks."""

import unicodedata
from hashlib import blake2b

_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
_END = " .!?…"


def normalise(text: str) -> str:
    """Return what two texts have in common that differ only in looks.

    Unicode compatibility forms, case, runs of white space, typographic quotes and dashes, and
    punctuation at the end do not count.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    if "  " not in text and text.isprintable():  # no white space but single blanks: half the time
        return text.casefold().lstrip(" ").rstrip(_END)
    return " ".join(text.casefold().split()).rstrip(_END)


def digest(text: str) -> bytes:
    """Return 8 bytes that name a normalised text."""
    return blake2b(normalise(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()
