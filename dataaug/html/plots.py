"""The plots of the reports, each made of plain numbers and names."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, MultipleLocator

from dataaug.html.page import Markup
from dataaug.html.svg import INK, draw, short

_ROW = 24
"""Height of a row of a bar or interval plot."""
_SERIES = ("c1", "c2", "c3", "c4", "c5", "c6", "muted")


@dataclass(frozen=True, slots=True)
class Span:
    """A value with its interval."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points with intervals."""

    name: str
    colour: str
    x: Sequence[float]
    points: Sequence[Span]


def intervals(name: str, spans: Sequence[Span], axis: str) -> Markup:
    """Return values with their intervals, one below the other, beside a line at zero."""

    def paint(axes: Axes) -> None:
        axes.axvline(0, color=INK["muted"], linewidth=1)
        for row, span in enumerate(spans):
            colour = INK["good" if span.low > 0 else "bad" if span.high < 0 else "muted"]
            axes.plot([span.low, span.high], [row, row], color=colour, linewidth=2.2)
            axes.plot([span.value], [row], "o", color=colour, markersize=6.5)
        _rows(axes, [span.name for span in spans])
        axes.set_xlabel(axis)
        axes.grid(visible=False, axis="y")

    return draw(name, _height(len(spans)), paint) if spans else Markup()


def changes(
    name: str, names: Sequence[str], before: Sequence[float], after: Sequence[float],
    legend: tuple[str, str], axis: str,
) -> Markup:  # fmt: skip
    """Return pairs of bars: each name before and after."""

    def paint(axes: Axes) -> None:
        rows = np.arange(len(names))
        for shift, values, colour, said in (
            (-0.2, before, "real", legend[0]), (0.2, after, "made", legend[1])):  # fmt: skip
            axes.barh(rows + shift, values, 0.36, color=INK[colour], label=said)
        _rows(axes, names)
        axes.set_xlabel(axis)
        axes.grid(visible=False, axis="y")
        _legend(axes)

    return draw(name, _height(len(names), 30, 30), paint) if names else Markup()


def stacks(
    name: str, names: Sequence[str], series: Sequence[tuple[str, Sequence[int]]], axis: str
) -> Markup:
    """Return bars made of parts; the first series is what was kept."""

    def paint(axes: Axes) -> None:
        start = np.zeros(len(names))
        for number, (said, values) in enumerate(series):
            colour = INK[_SERIES[min(number, len(_SERIES) - 1)]]
            axes.barh(range(len(names)), values, 0.6, left=start, color=colour, label=said)
            start = start + np.array(values)
        _rows(axes, names)
        axes.set_xlabel(axis)
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        _legend(axes)

    rows = 22 * -(-len(series) // 2)
    return draw(name, _height(len(names), 28, rows), paint) if names else Markup()


def bars(
    name: str, names: Sequence[str], values: Sequence[float], axis: str,
    faint: Sequence[bool] = (), mark: float | None = None,
) -> Markup:  # fmt: skip
    """Return bars with their values behind them.

    Args:
        name: what it shows.
        names: what the bars stand for.
        values: shares from 0 to 1.
        axis: what is measured.
        faint: bars that count for less.
        mark: where bars begin, if not at 0.
    """
    start = mark or 0.0

    def paint(axes: Axes) -> None:
        pale = faint or [False] * len(names)
        colours = [INK["muted" if dim else "c1"] for dim in pale]
        axes.barh(range(len(names)), [v - start for v in values], 0.6, left=start, color=colours)
        for row, value in enumerate(values):
            said = f"{value:.2f}" if mark is not None else f"{value:.1%}"
            axes.annotate(said, (max(value, start), row), (5, 0), textcoords="offset points",
                          va="center")  # fmt: skip
        _rows(axes, names)
        if mark is None:
            top = max(*values, 0.05)
            axes.set_xlim(0, 1.22 * top)
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
            axes.xaxis.set_major_locator(MaxNLocator(5))
        else:
            axes.set_xlim(min(mark, *values), 1.08)
            axes.xaxis.set_major_locator(MultipleLocator(0.1))
        axes.set_xlabel(axis)
        axes.grid(visible=False, axis="y")

    return draw(name, _height(len(names)), paint) if names else Markup()


def histogram(
    name: str, edges: Sequence[float], sides: Sequence[tuple[str, str, Sequence[int]]], axis: str,
    marks: Sequence[tuple[float, str, str]] = (),
) -> Markup:  # fmt: skip
    """Return histograms over the same bins, as shares of each side.

    Args:
        name: what it shows.
        edges: the bins' borders.
        sides: name, colour and counts of each.
        axis: what is measured.
        marks: values to point out, with a colour and a name.
    """

    def paint(axes: Axes) -> None:
        for said, colour, counts in sides:
            share = np.array(counts) / max(sum(counts), 1)
            axes.stairs(share, edges, color=INK[colour], linewidth=1.8, label=said)
            axes.stairs(share, edges, color=INK[colour], alpha=0.22, fill=True)
        for value, colour, said in marks:
            axes.axvline(value, color=INK[colour], linewidth=1.6, linestyle="--", label=said)
        axes.set_xlabel(axis)
        axes.set_ylabel("share of rows")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.set_ylim(bottom=0)
        _legend(axes)

    return draw(name, 250, paint) if sum(sum(counts) for *_, counts in sides) else Markup()


def points(name: str, groups: Sequence[tuple[str, str, Sequence[tuple[float, float]]]]) -> Markup:
    """Return points on a plane; the axes have no unit and are not labelled."""

    def paint(axes: Axes) -> None:
        for number, (said, colour, places) in enumerate(groups):
            x, y = zip(*places, strict=True)
            axes.plot(x, y, "o" if number == 0 else "D", color=INK[colour], label=said,
                      markersize=4 if number == 0 else 3.6, alpha=0.6, markeredgewidth=0,
                      linestyle="none")  # fmt: skip
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[["left", "bottom"]].set_visible(False)
        _legend(axes)

    there = [group for group in groups if group[2]]
    return draw(name, 340, paint) if there else Markup()


def heat(name: str, names: Sequence[str], change: Sequence[Sequence[int]]) -> Markup:
    """Return the change of a confusion matrix: more in one colour, fewer in the other."""
    most = max((abs(value) for row in change for value in row), default=0)

    def paint(axes: Axes) -> None:
        for row, values in enumerate(change):
            for column, value in enumerate(values):
                right = (value > 0) == (row == column)
                colour = ("c1" if right else "c2") if value else "line"
                strength = 0.15 + 0.4 * abs(value) / most if value else 0.35
                axes.bar(column, 0.94, 0.94, row - 0.47, color=INK[colour], alpha=strength)
                if value:
                    axes.annotate(f"{value:+d}", (column, row), ha="center", va="center",
                                  fontsize=10)  # fmt: skip
        _rows(axes, names)
        axes.set_xticks(range(len(names)), [short(one, 22) for one in names], rotation=90)
        axes.set(xlim=(-0.5, len(names) - 0.5), xlabel="predicted", ylabel="true")
        axes.tick_params(length=0, labelsize=10)
        axes.tick_params(axis="x", labelcolor=INK["ink"])
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.grid(visible=False)

    return draw(name, 150 + 26 * len(names), paint) if most else Markup()


def curves(name: str, lines: Sequence[Line], axis: str, score: str) -> Markup:
    """Return lines with intervals over a logarithmic axis."""

    def paint(axes: Axes) -> None:
        for line in lines:
            values = [point.value for point in line.points]
            low, high = ([getattr(p, side) for p in line.points] for side in ("low", "high"))
            axes.fill_between(line.x, low, high, color=INK[line.colour], alpha=0.15, linewidth=0)
            axes.plot(line.x, values, "o-", color=INK[line.colour], label=short(line.name, 30),
                      markersize=5)  # fmt: skip
        sizes = sorted({x for line in lines for x in line.x})
        if all(b / a > 1.3 for a, b in pairwise(sizes)):
            axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{size:,.0f}" for size in sizes])
        axes.minorticks_off()
        # With few draws an interval leaves the range that a score can have.
        bottom, top = axes.get_ylim()
        axes.set(xlabel=axis, ylabel=score, ylim=(max(bottom, 0), min(top, 100)))
        _legend(axes)

    return draw(name, 280, paint) if lines else Markup()


def _rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows, the first on top."""
    axes.set_yticks(range(len(names)), [short(name) for name in names])
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)


def _legend(axes: Axes) -> None:
    """Put the legend above the plot, where it hides nothing."""
    handles, names = axes.get_legend_handles_labels()
    axes.figure.legend(handles, names, loc="outside upper left", ncols=2, borderaxespad=0.2,
                       handlelength=1.2, columnspacing=1.2)  # fmt: skip


def _height(rows: int, each: float = _ROW, extra: float = 0) -> float:
    return 56 + each * rows + extra
