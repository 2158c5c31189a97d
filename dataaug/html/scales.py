"""Axes: places for values, round numbers beside the ticks; and the room that text takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal
from unicodedata import combining, east_asian_width

from dataaug.text.printable import safe

Style = Literal["number", "whole", "share"]
"""How tick labels are written; a share of 1 is shown in per cent."""

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""What is round: these times a power of ten."""
_NARROW, _BROAD = "ijlrtfI.,:;!|'()[] -", "mwMW@%—…+−=<>~#&^"
_EM = 11.0
"""Font size in plots, in pixels."""
_ROOM = 250.0
"""Pixels that tick labels may take together where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a plot.

    Attributes:
        low: the value at its start: the left end, or the bottom.
        high: the value at its end, which may be the smaller one.
        ticks: values that are labelled, with their labels.
        title: what is measured.
        bare: without grid and line.
        log: equal ratios are equally far apart; both ends are above 0.
        upright: tick labels are written upwards, since they are long.
    """

    low: float
    high: float
    ticks: Sequence[tuple[float, str]] = ()
    title: str = ""
    bare: bool = False
    log: bool = False
    upright: bool = False

    def place(self, value: float) -> float:
        """Return where on the axis a value lies, 0 to 1 from its start to its end."""
        low, high, value = (
            (math.log(one) if self.log else one) for one in (self.low, self.high, value)
        )
        return (value - low) / (high - low)

    @property
    def room(self) -> float:
        """Pixels that its longest tick label takes."""
        return max((text_width(label) for _, label in self.ticks), default=0.0)


def numeric(
    low: float, high: float, title: str, most: int = 8, style: Style = "number",
    room: float = _ROOM,
) -> Axis:  # fmt: skip
    """Return an axis over a range of numbers.

    Args:
        low: the value at its start.
        high: the value at its end; one more than ``low`` if it is not above it.
        title: what is measured.
        most: steps between ticks at most.
        style: how tick labels are written.
        room: pixels that all tick labels may take together; there are fewer ticks if they need it.
    """
    high = high if low < high else low + 1.0
    axis = Axis(low, high, _ticks(low, high, most, style), title)
    fits = most == 1 or axis.room * len(axis.ticks) <= room
    return axis if fits else numeric(low, high, title, most - 1, style, room)


def _ticks(low: float, high: float, most: int, style: Style) -> list[tuple[float, str]]:
    step = _step((high - low) / most, whole=style == "whole")
    shown = 100 * step if style == "share" else step
    digits = next((d for d in range(12) if math.isclose(round(shown, d), shown)), 12)
    form = f",.{digits}%" if style == "share" else f",.{digits}f"
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [(n * step, format(n * step, form).replace("-", "−")) for n in numbers]


def _step(least: float, *, whole: bool) -> float:
    """Return the smallest round number that is at least so large."""
    least = max(least, 1.0) if whole else least
    power = 10.0 ** math.floor(math.log10(least))
    found = (step * power for step in _STEPS if not whole or (step * power).is_integer())
    return next(step for step in found if step >= least * (1 - 1e-9))


def categories(names: Sequence[str]) -> Axis:
    """Return an upright axis of names, the first on top, one unit apart from each other."""
    ticks = [(float(row), short(name)) for row, name in enumerate(names)]
    return Axis(len(names) - 0.5, -0.5, ticks, bare=True)


def at_values(values: Sequence[float], title: str) -> Axis:
    """Return an axis labelled at given positive values; logarithmic where they are far apart."""
    low, high = min(values), max(values)
    log = all(two / one > 1.3 for one, two in pairwise(values))
    ticks = [(value, f"{value:,.0f}") for value in values]
    if log:
        margin = (high / low) ** 0.05 if low < high else 1.5
        return Axis(low / margin, high * margin, ticks, title, log=True)
    return replace(padded(low, high, title), ticks=ticks)


def padded(low: float, high: float, title: str, room: float = _ROOM) -> Axis:
    """Return an axis over a range of numbers with some room beyond both ends."""
    margin = 0.05 * (high - low)
    return numeric(low - margin, high + margin, title, room=room)


def short(text: str, width: int = 24) -> str:
    """Return text for a plot: safe, on one line, and no wider than so many letters."""
    kept: list[str] = []
    taken = 0
    for letter in safe(text, 4 * width):
        taken += 2 if east_asian_width(letter) in "WF" else 0 if combining(letter) else 1
        if taken > width or len(kept) > 2 * width:
            return "".join(kept).rstrip() + "…"
        kept.append(letter)
    return "".join(kept)


def text_width(text: str) -> float:
    """Return about how many pixels text takes in a plot; the browser's font is not known here.

    The shares of an em are those of DejaVu Sans, which is wider than most.
    """
    return _EM * sum(map(_ems, text))


def _ems(letter: str) -> float:
    if combining(letter):
        return 0.0
    if east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.4
    return 1.0 if letter in _BROAD else 0.78 if letter.isupper() else 0.63
