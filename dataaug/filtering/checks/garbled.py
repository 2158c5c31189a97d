"""Text that was decoded by a wrong encoding, or lost characters on the way: ``cafÃ©``, ``caf�``.

ftfy tells: where it can turn a text back into what it was, the text is garbled. So is one with the
replacement character or a control character, which no keyboard types.
"""

import re

from dataaug.filtering.checks import Check, Fault
from dataaug.filtering.checks.by_row import ByRow, CandidateText, Single

_LOST = re.compile(r"[\ufffd\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
"""The replacement character, and control characters but for blanks and ends of lines (U+0085)."""
_AROUND = 20


def garbled(text: str) -> str:
    """Return the place in a text that is garbled with what is around it, or nothing."""
    found = _LOST.search(text)
    place = found.start() if found else _first_garbled(text)
    return "" if place is None else text[max(0, place - _AROUND) : place + _AROUND]


def _judge(candidate: CandidateText) -> Fault | None:
    found = garbled(candidate.text)
    return Fault("garbled", {"found": found}) if found else None


def _first_garbled(text: str) -> int | None:
    """Return where a text begins to be another one for ftfy, None where it is whole."""
    if text.isascii():
        return None
    import ftfy  # noqa: PLC0415 - its tables take 20 ms, which English need not pay

    mended = ftfy.fix_encoding(text)
    if mended == text:
        return None
    pairs = zip(text, mended, strict=False)
    return next((n for n, (one, other) in enumerate(pairs) if one != other), len(mended))


def load() -> Check:
    """Build the check. It has no options."""
    return ByRow("garbled", Single(_judge))
