"""L-BFGS, for who can't afford the half CPU second that ``import scipy.optimize`` takes.

The steps are those of scipy's L-BFGS-B without bounds: ten pairs, a first guess of the curvature
from the last of them, and the line search of Moré & Thuente (1994, ACM TOMS 20:286-307).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_MEMORY = 10
_ENOUGH, _FLATTER = 1e-3, 0.9
"""A step ends where the loss has come down by this share of what the first slope promised, and the
slope is at most this share of the first one."""
_TRIES = 50

Point = npt.NDArray[np.float64]


class _At(NamedTuple):
    """The loss along a line: how far, the value, the slope there."""

    step: float
    value: float
    slope: float

    def less(self, slope: float) -> "_At":
        """Return the same of the loss less a line of this slope."""
        return _At(self.step, self.value - slope * self.step, self.slope - slope)


def least(
    loss: Callable[[Point], tuple[float, Point]],
    start: Point,
    rests: Callable[[], bool],
    steps: int,
) -> tuple[Point, int]:
    """Return a point of little loss and the steps to it.

    Args:
        loss: point → the loss and its gradient.
        start: where to begin.
        rests: is the point at which the loss was last asked for good enough?
        steps: the most steps.
    """
    point, (value, gradient) = start, loss(start)
    known: list[tuple[Point, Point, float]] = []
    for step in range(steps):
        way = _way(gradient, known)
        slope = float(gradient @ way)
        found = _searched(loss, point, way, _At(0.0, value, slope), first=not known)
        if found is None:
            return point, step
        there, value, bent = found[0], found[1], found[2] - gradient
        moved = there - point
        if (curvature := float(moved @ bent)) > np.finfo(np.float64).eps * -float(gradient @ moved):
            known = [*known, (moved, bent, curvature)][-_MEMORY:]
        point, gradient = there, found[2]
        if rests():
            return point, step + 1
    return point, steps


def _way(gradient: Point, known: list[tuple[Point, Point, float]]) -> Point:
    """Return the direction of the next step (Nocedal & Wright 2006, algorithm 7.4)."""
    found, shares = -gradient, []
    for moved, bent, curvature in reversed(known):
        shares.append(float(moved @ found) / curvature)
        found -= shares[-1] * bent
    if known:
        _, bent, curvature = known[-1]
        found *= curvature / float(bent @ bent)
    for (moved, bent, curvature), share in zip(known, reversed(shares), strict=True):
        found += (share - float(bent @ found) / curvature) * moved
    return found


def _searched(
    loss: Callable[[Point], tuple[float, Point]], point: Point, way: Point, start: _At, first: bool
) -> tuple[Point, float, Point] | None:
    """Return a point along a way with its loss and gradient; None where none is lower."""
    if start.slope >= 0:
        return None
    length = min(1.0, 1 / math.sqrt(float(way @ way))) if first else 1.0
    promised = _ENOUGH * start.slope
    best = other = start
    enclosed, early = False, True
    widths = math.inf, math.inf
    for _ in range(_TRIES):
        there = point + length * way
        value, gradient = loss(there)
        now = _At(length, value, float(gradient @ way))
        enough = value <= start.value + promised * length
        if enough and abs(now.slope) <= _FLATTER * -start.slope:
            return there, value, gradient
        early = early and not (enough and now.slope >= 0)
        three = best, other, now
        if early and value <= best.value and not enough:
            three = best.less(promised), other.less(promised), now.less(promised)
        try:
            length, side, enclosed = _next(*three, enclosed)
        except ZeroDivisionError:  # two of them are one: the loss is as low as its digits tell
            return None
        best, other = ((best, now), (now, best), (now, other))[side]
        if enclosed:
            width = abs(other.step - best.step)
            if width >= 0.66 * widths[0]:
                length = best.step + (other.step - best.step) / 2
            widths = widths[1], width
    return None


def _next(best: _At, other: _At, now: _At, enclosed: bool) -> tuple[float, int, bool]:
    """Return the next length, which pair of points encloses it then, and whether they do.

    The pairs are (best, now), (now, best) and (now, other). The four cases are those of section 4.
    """
    cubic = _cubic(best, now)
    turns = now.slope * best.slope < 0
    if now.value > best.value:
        slope = (best.value - now.value) / (now.step - best.step) + best.slope
        square = best.step + best.slope / slope / 2 * (now.step - best.step)
        near = abs(cubic - best.step) < abs(square - best.step)
        return cubic if near else cubic + (square - cubic) / 2, 0, True
    square = now.step + now.slope / (now.slope - best.slope) * (best.step - now.step)
    if turns:
        far = abs(cubic - now.step) > abs(square - now.step)
        return cubic if far else square, 1, True
    most = now.step + 4 * (now.step - best.step)
    if abs(now.slope) >= abs(best.slope):
        return _cubic(other, now) if enclosed else most, 2, enclosed
    beyond = (cubic - now.step) * (now.step - best.step) > 0
    cubic = cubic if beyond else most
    if not enclosed:
        far = abs(cubic - now.step) > abs(square - now.step)
        nearest = now.step + 1.1 * (now.step - best.step) if best.step else 0.0
        return min(max(cubic if far else square, nearest), most), 2, False
    near = abs(cubic - now.step) < abs(square - now.step)
    limit = now.step + 0.66 * (other.step - now.step)
    found = cubic if near else square
    return (min if now.step > best.step else max)(limit, found), 2, True


def _cubic(one: _At, two: _At) -> float:
    """Return where the cubic through two points with their slopes is lowest."""
    theta = 3 * (one.value - two.value) / (two.step - one.step) + one.slope + two.slope
    inner = max(theta * theta - one.slope * two.slope, 0.0)
    root = math.copysign(math.sqrt(inner), two.step - one.step)
    below = two.slope - one.slope + 2 * root
    return two.step - (two.slope + root - theta) / below * (two.step - one.step)
