"""Make text from data safe to show: no escape sequence, control or direction mark gets through."""

import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


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
    if unicodedata.category(letter) in _HIDDEN:
        return f"\\u{{{ord(letter):x}}}"
    return letter
