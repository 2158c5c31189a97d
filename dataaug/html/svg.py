"""Lay out a plot: its axes, grid, legend and shapes, as data that a template writes as SVG."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dataaug.html.scales import Axis, short, text_width

WIDTH = 360
"""Width of every plot in CSS pixels: on a phone it needs to shrink only a little."""

_LINE, _KEY, _GAP = 18.0, 14.0, 14.0
"""Of a legend: height of a line, width of a colour's sign, space between entries."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An element of an ``svg``.

    Attributes:
        tag: its name.
        attributes: names and values; ``class`` holds names of style.css.
        text: what it says.
        hint: what a pointer on it shows.
    """

    tag: str
    attributes: dict[str, str | float]
    text: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot that is laid out.

    Attributes:
        name: what it shows, for those who can't see it.
        description: the values, for the same.
        width: in CSS pixels.
        height: in CSS pixels.
        shapes: all that is drawn, the hindmost first.
    """

    name: str
    description: str
    width: float
    height: float
    shapes: list[Shape]


@dataclass(frozen=True, slots=True)
class LegendKey:
    """An entry of a legend.

    Attributes:
        name: what it explains.
        colour: the class of its colour.
        kind: its line: ``line`` or ``dashed``.
    """

    name: str
    colour: str
    kind: str = "line"


class Frame:
    """The area within the axes: places in it are pixels of the plot."""

    def __init__(self, x: Axis, y: Axis, top: float, height: float) -> None:
        self._x, self._y = x, y
        self.top, self.bottom = top, top + height
        self.left = y.room + 7 + (_LINE if y.title else 0)
        self.right = WIDTH - 16.0

    def x(self, value: float) -> float:
        """Return the pixel of a value, from the left."""
        return self.left + self._x.place(value) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return the pixel of a value, from the top."""
        return self.bottom - self._y.place(value) * (self.bottom - self.top)


Paint = Callable[[Frame], Iterable[Shape]]


def layout(
    name: str, height: float, x: Axis, y: Axis, paint: Paint,
    *, legend: Sequence[LegendKey] = (), description: str = "",
) -> Plot:  # fmt: skip
    """Return a plot.

    Args:
        name: what it shows.
        height: of the area within the axes, in CSS pixels; the width is always the same.
        x: the axis from left to right.
        y: the axis from bottom to top.
        paint: returns what is drawn in the frame.
        legend: it stands above, where it hides nothing.
        description: the values that are shown, in words.
    """
    keys, top = _legend(legend)
    frame = Frame(x, y, top, height)
    below, end = _below(frame, x)
    shapes = [*keys, *_left(frame, y), *below, *paint(frame)]
    return Plot(name, description, WIDTH, end, shapes)


def path(kind: str, places: Iterable[tuple[float, float]], hint: str = "") -> Shape:
    """Return a line through places."""
    return Shape("path", {"class": kind, "d": "M" + "L".join(
        f"{_short(x)} {_short(y)}" for x, y in places)}, hint=hint)  # fmt: skip


def rect(kind: str, left: float, top: float, right: float, bottom: float, hint: str = "") -> Shape:
    """Return a filled rectangle."""
    size = {"width": _short(right - left), "height": _short(bottom - top)}
    return Shape("rect", {"class": kind, "x": _short(left), "y": _short(top), **size}, hint=hint)


def dot(kind: str, x: float, y: float, radius: float, hint: str = "") -> Shape:
    """Return a filled circle."""
    return Shape("circle", {"class": kind, "cx": _short(x), "cy": _short(y), "r": radius},
                 hint=hint)  # fmt: skip


def text(said: str, x: float, y: float, kind: str = "", *, upright: bool = False) -> Shape:
    """Return text whose base line begins at a place, or ends or centres there by its class."""
    place: dict[str, str | float] = {"x": _short(x), "y": _short(y)}
    if upright:
        place["transform"] = f"rotate(-90 {_short(x)} {_short(y)})"
    return Shape("text", {"class": kind, **place} if kind else place, said)


def _short(pixels: float) -> str:
    """Return a coordinate; a tenth of a pixel can't be seen."""
    return f"{pixels:.1f}".removesuffix(".0")


def _left(frame: Frame, axis: Axis) -> Iterable[Shape]:
    """Yield the upright axis."""
    for value, label in axis.ticks:
        at = frame.y(value)
        if not axis.bare:
            yield path("grid", [(frame.left, at), (frame.right, at)])
        yield text(label, frame.left - 5, at + 4, "end" if axis.bare else "axis end")
    if not axis.bare:
        yield path("spine", [(frame.left, frame.top), (frame.left, frame.bottom)])
    if axis.title:
        middle = (frame.top + frame.bottom) / 2
        yield text(axis.title, 11, middle, "axis middle", upright=True)


def _below(frame: Frame, axis: Axis) -> tuple[list[Shape], float]:
    """Return the level axis, and where it ends."""
    found = []
    for value, label in axis.ticks:
        at = frame.x(value)
        if not axis.bare:
            found.append(path("grid", [(at, frame.top), (at, frame.bottom)]))
        found.append(text(label, at + 4, frame.bottom + 6, "end", upright=True) if axis.upright
                     else text(label, at, frame.bottom + 15, "axis middle"))  # fmt: skip
    if not axis.bare:
        found.append(path("spine", [(frame.left, frame.bottom), (frame.right, frame.bottom)]))
    end = frame.bottom + 4 + (axis.room + 6 if axis.upright else 16 if axis.ticks else 0)
    if axis.title:
        end += 14
        half = text_width(axis.title) / 2
        middle = max(half, min((frame.left + frame.right) / 2, WIDTH - half))
        found.append(text(axis.title, middle, end - 2, "axis middle"))
    return found, end + 2


def _legend(keys: Sequence[LegendKey]) -> tuple[list[Shape], float]:
    """Return the legend, and where it ends."""
    found: list[Shape] = []
    x, y = 0.0, 0.0
    for key in keys:
        said = short(key.name, 30)
        wide = _KEY + 6 + text_width(said)
        if x and x + wide > WIDTH:
            x, y = 0.0, y + _LINE
        found += [_sign(key, x, y + 7), text(said, x + _KEY + 6, y + 11)]
        x += wide + _GAP
    return found, y + _LINE + 6 if keys else 6.0


def _sign(key: LegendKey, x: float, y: float) -> Shape:
    kind = key.colour if key.kind == "line" else f"{key.kind} {key.colour}"
    return path(kind, [(x, y), (x + _KEY, y)])
