"""What a position in a text counts: characters here, in other tools UTF-16 units or bytes."""

from bisect import bisect_left
from itertools import accumulate
from typing import Literal

Offsets = Literal["characters", "utf16", "bytes"]
"""Characters are code points; JavaScript and Java count UTF-16 units, Go and Rust UTF-8 bytes."""

UNITS: dict[Offsets, str] = {
    "characters": "characters (code points)",
    "utf16": "UTF-16 units",
    "bytes": "bytes of UTF-8",
}


class Ruler:
    """Turns the positions of one text into characters and back.

    Args:
        text: the text.
        unit: what the positions of its row count.
    """

    def __init__(self, text: str, unit: Offsets) -> None:
        self._last = len(text)
        self._edges: list[int] | None = None
        if unit != "characters" and not text.isascii():
            code = "utf-16-le" if unit == "utf16" else "utf-8"
            size = 2 if unit == "utf16" else 1
            widths = (len(sign.encode(code, "surrogatepass")) // size for sign in text)
            self._edges = list(accumulate(widths, initial=0))

    def character(self, position: int) -> int | None:
        """Return a position in characters, None where it is outside the text or inside one."""
        if self._edges is None:
            return position if 0 <= position <= self._last else None
        found = bisect_left(self._edges, position)
        there = found < len(self._edges) and self._edges[found] == position
        return found if there else None

    def position(self, character: int) -> int:
        """Return a position in characters as the row counts it."""
        return character if self._edges is None else self._edges[character]


def unit_of(text: str, start: int, said: str) -> Offsets | None:
    """Return the unit in which a position is where the text says something, None for none."""
    for unit in UNITS:
        first = Ruler(text, unit).character(start)
        if first is not None and text.startswith(said, first):
            return unit
    return None
