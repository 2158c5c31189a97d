"""Small plots in the cells of a table: a value with its interval, on the scale of its column."""

from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH = 120.0
"""Of a cell's plot, in CSS pixels; parts.html.j2 has its height."""
_EDGE = 4.0
"""Pixels that stay free on both sides, so that a dot at an end is whole."""


@dataclass(frozen=True, slots=True)
class CellSpan:
    """A value with its interval.

    Attributes:
        value: where the dot stands.
        low: the interval's lower end.
        high: its upper end.
        tone: ``good``, ``bad``, ``muted`` or ``real``.
    """

    value: float
    low: float
    high: float
    tone: str = "muted"


@dataclass(frozen=True, slots=True)
class CellPlot:
    """A cell's plot, laid out; the numbers that it shows stand in cells beside it.

    Attributes:
        at: the pixel of the value.
        low: the pixel of the interval's lower end.
        high: the pixel of its upper end.
        zero: the pixel of the line that values are read against, None where there is none.
        tone: the class of its colour.
    """

    at: float
    low: float
    high: float
    zero: float | None
    tone: str


def on_one_scale(
    spans: Sequence[CellSpan], *, zero: float | None = None, ends: tuple[float, float] | None = None
) -> list[CellPlot]:
    """Lay out the cells of a column.

    Args:
        spans: the values from top to bottom.
        zero: what they are read against: it is on the scale, and a line stands there.
        ends: the scale; what lies beyond it stands at its end. By default all have room.
    """
    if not spans:
        return []
    beside = [] if zero is None else [zero]
    low, high = ends or (
        min(*(span.low for span in spans), *(span.value for span in spans), *beside),
        max(*(span.high for span in spans), *(span.value for span in spans), *beside),
    )
    reach = (high - low) or 1.0

    def place(value: float) -> float:
        share = min(max((value - low) / reach, 0.0), 1.0)
        return round(_EDGE + share * (_WIDTH - 2 * _EDGE), 1)

    line = None if zero is None else place(zero)
    return [
        CellPlot(place(one.value), place(one.low), place(one.high), line, one.tone) for one in spans
    ]
