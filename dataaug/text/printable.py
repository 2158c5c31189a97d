"""Make text from data safe to show: no escape sequence, control or direction mark gets through."""

import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK = frozenset(
    chr(code)
    for first, last in (
        (0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
        (0xFE00, 0xFE0D), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF),
    )
    for code in range(first, last + 1)
)  # fmt: skip
"""Letters and marks that show nothing (Unicode's Default_Ignorable_Code_Point, as far as the
categories leave them out): fillers, and selectors that can carry a hidden text. The two selectors
that tell an emoji from a sign (FE0E, FE0F) stay."""


def safe(text: str, limit: int = 200) -> str:
    """Return text for a terminal, with control and format characters made visible.

    Args:
        text: any text.
        limit: the most characters to return; longer text ends in an ellipsis.
    """
    cut = text[:limit]
    shown = "".join(_visible(letter) for letter in cut)
    return shown + ("…" if len(text) > limit else "")


def _visible(letter: str) -> str:
    if letter == "\n":
        return "⏎"
    if letter == "\t":
        return " "
    if unicodedata.category(letter) in _HIDDEN or letter in _BLANK:
        return f"\\u{{{ord(letter):x}}}"
    return letter
