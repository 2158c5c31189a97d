"""The plots of the reports, each made of plain numbers and names; None where nothing is to show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dataaug.html.scales import Axis, at_values, categories, numeric, padded
from dataaug.html.svg import (
    WIDTH,
    Frame,
    LegendKey,
    Plot,
    Shape,
    dot,
    layout,
    path,
    rect,
    text,
)

_ROW = 24.0
"""Height of a row of an interval plot, in pixels."""
_MOST = 40
"""Values that a description names: it is read aloud, and tables hold them all."""


@dataclass(frozen=True, slots=True)
class IntervalMark:
    """A value with its interval."""

    name: str
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return name, value and interval."""
        return f"{self.name} {self.value:.1f} ({self.low:.1f} to {self.high:.1f})".strip()


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points with intervals."""

    name: str
    colour: str
    x: Sequence[float]
    points: Sequence[IntervalMark]


def interval_plot(name: str, estimates: Sequence[IntervalMark], axis: str) -> Plot | None:
    """Return values with their intervals, one below the other, beside a line at zero."""
    if not estimates:
        return None
    names = categories([one.name for one in estimates])
    x = padded(min(0.0, *(one.low for one in estimates)),
               max(0.0, *(one.high for one in estimates)), axis, _beside(names))  # fmt: skip

    def paint(frame: Frame) -> Iterable[Shape]:
        yield path("zero", [(frame.x(0), frame.top), (frame.x(0), frame.bottom)])
        for row, one in enumerate(estimates):
            colour = "good" if one.low > 0 else "bad" if one.high < 0 else "muted"
            at = frame.y(row)
            yield path(f"span {colour}", [(frame.x(one.low), at), (frame.x(one.high), at)])
            yield dot(colour, frame.x(one.value), at, 3.5, str(one))

    return layout(name, _ROW * len(estimates), x, names, paint, description=_said(estimates))


def histogram_plot(
    name: str, edges: Sequence[float], sides: Sequence[tuple[str, str, Sequence[int]]], axis: str,
    marks: Sequence[tuple[float, str, str]] = (),
) -> Plot | None:  # fmt: skip
    """Return histograms over the same bins, as shares of each side.

    Args:
        name: what it shows.
        edges: the bins' borders.
        sides: name, colour and counts of each.
        axis: what is measured.
        marks: values to point out, with a colour and a name.
    """
    if not any(sum(counts) for *_, counts in sides):
        return None
    shares = [[count / max(sum(counts), 1) for count in counts] for *_, counts in sides]

    def paint(frame: Frame) -> Iterable[Shape]:
        for (_, colour, _), heights in zip(sides, shares, strict=True):
            steps = [(frame.x(edge), frame.y(height))
                     for pair, height in zip(pairwise(edges), heights, strict=True)
                     for edge in pair]  # fmt: skip
            foot = [(frame.x(edges[-1]), frame.bottom), (frame.x(edges[0]), frame.bottom)]
            yield path(f"band {colour}", [*steps, *foot])
            yield path(colour, [foot[1], *steps, foot[0]])
        for value, colour, _ in marks:
            yield path(f"dashed {colour}", [(frame.x(value), frame.top),
                                            (frame.x(value), frame.bottom)])  # fmt: skip

    y = numeric(0, 1.05 * max(map(max, shares)), "share of rows", 4, "share")
    x = padded(edges[0], edges[-1], axis, _beside(y))
    keys = [LegendKey(said, colour) for said, colour, _ in sides]
    keys += [LegendKey(said, colour, "dashed") for _, colour, said in marks]
    told = _said(f"{said} {sum(counts):,} rows" for said, _, counts in sides)
    return layout(name, 160, x, y, paint, legend=keys, description=told)


def heatmap(name: str, names: Sequence[str], change: Sequence[Sequence[int]]) -> Plot | None:
    """Return the change of a confusion matrix: more in one colour, fewer in the other.

    Args:
        name: what it shows.
        names: the labels, in the order of the matrix.
        change: differences of counts by true (row) and predicted (column) label.
    """
    most = max((abs(value) for row in change for value in row), default=0)
    if not most:
        return None

    def paint(frame: Frame) -> Iterable[Shape]:
        for row, values in enumerate(change):
            for column, value in enumerate(values):
                yield from _tile(frame, row, column, value, value / most)

    y = replace(categories(names), title="true")
    x = Axis(-0.5, len(names) - 0.5, y.ticks, "predicted", bare=True, upright=True)
    told = _said(f"{names[row]} predicted as {names[column]} {value:+d}"
                 for row, values in enumerate(change)
                 for column, value in enumerate(values) if value)  # fmt: skip
    return layout(name, 26 * len(names), x, y, paint, description=told)


def _tile(frame: Frame, row: int, column: int, value: int, strength: float) -> Iterable[Shape]:
    """Yield a cell of a heat map; hits that grow and confusions that shrink are good."""
    colour = ("c1" if (value > 0) == (row == column) else "c2") if value else "empty"
    found = rect(colour, frame.x(column - 0.47), frame.y(row - 0.47),
                 frame.x(column + 0.47), frame.y(row + 0.47))  # fmt: skip
    found.attributes["fill-opacity"] = f"{0.15 + 0.4 * abs(strength) if value else 0.35:.2f}"
    yield found
    if value:
        yield text(f"{value:+d}", frame.x(column), frame.y(row) + 4, "middle")


def line_chart(name: str, curves: Sequence[Curve], axis: str, score: str) -> Plot | None:
    """Return lines with intervals; sizes that are far apart stand on a logarithmic axis.

    Args:
        name: what it shows.
        curves: their values are scores in per cent.
        axis: what the sizes are, all of them above 0.
        score: what the values are.
    """
    if not curves:
        return None
    every = [point for curve in curves for point in curve.points]
    # With few draws an interval leaves the range that a score can have.
    low, high = min(point.low for point in every), max(point.high for point in every)
    margin = 0.05 * (high - low)
    y = numeric(max(low - margin, 0), min(high + margin, 100), score)
    x = at_values(sorted({size for curve in curves for size in curve.x}), axis)

    def paint(frame: Frame) -> Iterable[Shape]:
        for curve in curves:
            sizes = [frame.x(size) for size in curve.x]
            lows = [frame.y(max(point.low, y.low)) for point in curve.points]
            highs = [frame.y(min(point.high, y.high)) for point in curve.points]
            places = [(at, frame.y(point.value))
                      for at, point in zip(sizes, curve.points, strict=True)]  # fmt: skip
            border = [*zip(sizes, highs, strict=True), *reversed([*zip(sizes, lows, strict=True)])]
            yield path(f"band {curve.colour}", border)
            yield path(curve.colour, places)
            yield from (dot(curve.colour, *at, 2.5, f"{curve.name}: {point}")
                        for at, point in zip(places, curve.points, strict=True))  # fmt: skip

    told = _said(f"{curve.name}, {size:,.0f}: {point}" for curve in curves
                 for size, point in zip(curve.x, curve.points, strict=True))  # fmt: skip
    keys = [LegendKey(curve.name, curve.colour) for curve in curves]
    return layout(name, 190, x, y, paint, legend=keys, description=told)


def _beside(axis: Axis) -> float:
    """Return how many pixels tick labels may take on the axis below an upright one."""
    return 0.8 * (WIDTH - 40 - axis.room)


def _said(values: Iterable[object]) -> str:
    found = list(map(str, values))
    return "; ".join(found[:_MOST]) + (" …" if len(found) > _MOST else "")
