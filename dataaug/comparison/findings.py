"""Give verdicts on what was measured: what is off, which method made it, which limit is broken."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dataaug import quantiles
from dataaug.comparison.resampling import EVERYTHING, SPLIT_HALVES, Number, Reading
from dataaug.errors import UsageError

ALIASES = {"auc": "detector.auc", "mmd": "embedding.mmd"}
"""Short names of numbers for limits."""

OFF_LIMIT = "off"
"""The limit on how many numbers of all rows may be off."""

_LEVEL = 0.05
"""The chance that alike sets have any number called off."""

_TOGETHER = "no method is off in this way by itself, only all of them together"

FindingVerdict = Literal["ok", "off", "evened", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One number of one group of rows, and whether it is off.

    Attributes:
        measure: ``measure.number``.
        scope: ``all``, ``label``, ``method``, or ``without`` (all methods but one).
        name: the label or method; empty for ``all``.
        real: the number of the real rows; None for a distance.
        synthetic: the number of the synthetic rows, or their distance from the real ones.
        split_half: what two halves of the real rows give: their typical (root mean square)
            difference, or their distance.
        difference: synthetic less real; of a distance, less that of the halves.
        limit: the difference from which on it is off.
        verdict: ``evened`` where the labels have other proportions because the synthetic rows
            bring them closer to equally many rows, as ``balance`` does: that is no fault.
            ``unknown`` where there are too few rows, or the number is not defined.
        message: one plain sentence.
        made_by: the methods that are off in the same way on their own; for ``all`` only.
        style: ``number`` or ``share``.
        rows: rows in each of the samples that were compared.
        detail: particulars of the measure, plain JSON.
    """

    measure: str
    scope: str
    name: str
    real: float | None
    synthetic: float | None
    split_half: float | None
    difference: float | None
    limit: float | None
    verdict: FindingVerdict
    message: str
    made_by: tuple[str, ...] = ()
    style: str = "number"
    rows: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)

    def to_row(self) -> dict[str, Any]:
        """Return the finding as plain JSON data."""
        return {
            "measure": self.measure,
            "scope": self.scope,
            "label": self.name if self.scope == "label" else None,
            "method": self.name if self.scope in {"method", "without"} else None,
            "real": _rounded(self.real),
            "synthetic": _rounded(self.synthetic),
            "split_half": _rounded(self.split_half),
            "difference": _rounded(self.difference),
            "limit": _rounded(self.limit),
            "verdict": self.verdict,
            "made_by": list(self.made_by),
            "message": self.message,
            "rows": self.rows,
            "detail": dict(self.detail),
        }


def parse_limits(given: Sequence[str]) -> dict[str, float]:
    """Read limits of the form ``name=value``.

    Raises:
        UsageError: one is not of that form.
    """
    limits = {}
    for limit in given:
        name, _, value = limit.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if math.isnan(number):
            raise UsageError(f"--fail-above {limit!r}: expected KEY=NUMBER, as in auc=0.8")
        limits[name] = number
    return limits


def check_limits(numbers: Sequence[Number], limits: Mapping[str, float]) -> None:
    """See to it that every limit names a number that will be measured.

    Raises:
        UsageError: one does not.
    """
    known = [number.name for number in numbers]
    short = [name for name, full in ALIASES.items() if full in known]
    for name in limits:
        if ALIASES.get(name, name) not in known and name != OFF_LIMIT:
            choices = ", ".join([OFF_LIMIT, *short, *known])
            raise UsageError(f"--fail-above {name}: no such number; choose from {choices}")


def judge_readings(readings: Sequence[Reading]) -> list[Finding]:
    """Return a finding for each reading, with its verdict.

    For a number that is off over all rows, the finding names the methods whose rows alone are off
    in the same direction (``made_by``), and its sentence the methods without which nothing is off.

    Args:
        readings: all numbers of all scopes; how many there are decides how strict the limits are.
    """
    t_of = {whole: _quantile(readings, whole=whole) for whole in (True, False)}
    limits = {
        id(reading): _limit(reading, t_of[reading.scope == EVERYTHING]) for reading in readings
    }
    off = {id(reading): _is_off(reading, limits[id(reading)]) for reading in readings}
    several = len({r.scope.name for r in readings if r.scope.kind == "method"}) > 1
    beside: dict[str, list[Reading]] = {}
    for reading in readings:
        beside.setdefault(reading.number.name, []).append(reading)
    found = []
    for reading in readings:
        bad = off[id(reading)]
        others = beside[reading.number.name] if bad and reading.scope == EVERYTHING else []
        attributed_to = [
            o.scope.name
            for o in others
            if o.scope.kind == "method" and off[id(o)] and _same_way(o, reading)
        ]
        resolved_without = [
            o.scope.name for o in others if o.scope.kind == "without" and not off[id(o)]
        ]
        alone = bool(attributed_to) or not (others and several)
        told = reading if alone else _add_note(reading, _TOGETHER)
        found.append(_finding(told, limits[id(reading)], bad, attributed_to, resolved_without))
    return found


def _same_way(one: Reading, two: Reading) -> bool:
    return (one.difference or 0) * (two.difference or 0) > 0


def _add_note(reading: Reading, note: str) -> Reading:
    return replace(reading, note="; ".join(filter(None, (note, reading.note))))


def _quantile(readings: Sequence[Reading], *, whole: bool) -> float:
    """Return t: half of the level goes to numbers of all rows, half to those of labels and methods.

    So many labels do not blunt what is said of all rows. Both sides count: hence a further half.
    Student's t, as the spread is known from 30 draws only.
    """
    taken = sum(r.difference is not None and (r.scope == EVERYTHING) == whole for r in readings)
    return quantiles.student_t(SPLIT_HALVES - 1, 1 - _LEVEL / 4 / max(1, taken))


def _limit(reading: Reading, times: float) -> float | None:
    """Return the difference from which on a number is off."""
    if reading.difference is None:
        return None
    number = reading.number
    floor = max(number.absolute, number.relative * abs(reading.real or 0.0))
    return max(floor, times * reading.spread)


def _is_off(reading: Reading, limit: float | None) -> bool:
    if limit is None or reading.difference is None or reading.evens:
        return False
    far = reading.difference if reading.number.distance else abs(reading.difference)
    return far > limit


def _finding(
    reading: Reading,
    limit: float | None,
    off: bool,
    attributed_to: list[str],
    resolved_without: list[str],
) -> Finding:
    verdict: FindingVerdict = "unknown" if limit is None else "off" if off else "ok"
    if reading.evens and limit is not None and (reading.difference or 0) > limit:
        verdict = "evened"
    return Finding(
        reading.number.name, reading.scope.kind, reading.scope.name, reading.real,
        reading.synthetic, reading.split_half, reading.difference, limit, verdict,
        _message(reading, attributed_to, resolved_without), tuple(attributed_to),
        reading.number.style, reading.rows, reading.detail or {},
    )  # fmt: skip


def format_value(value: float | None, style: str) -> str:
    """Write a number for people: three digits that count, or per cent."""
    if value is None:
        return "–"
    if style == "share":
        return f"{value:.1%}"
    return f"{value:.4f}" if abs(value) < 0.1 else f"{value:.3g}"


def _message(reading: Reading, attributed_to: list[str], resolved_without: list[str]) -> str:
    """Say it in one sentence."""
    where = "" if reading.scope == EVERYTHING else f"{reading.scope}: "
    if reading.synthetic is None:
        return f"{where}{reading.number.name}: {reading.note}"
    style = reading.number.style
    said = reading.number.said.format(
        synthetic=format_value(reading.synthetic, style), real=format_value(reading.real, style)
    )
    halves = "two halves of the real rows give" if reading.number.distance else (
        "two halves of the real rows differ by")  # fmt: skip
    parts = [f"{where}{said} ({halves} {format_value(reading.split_half, style)})"]
    if attributed_to:
        parts.append(f"made by {', '.join(attributed_to)}")
    if resolved_without and len(resolved_without) < len(attributed_to) + 1:
        parts.append(f"gone without {' or without '.join(resolved_without)}")
    if reading.note:
        parts.append(reading.note)
    return "; ".join(parts)


def broken_limits(
    findings: Sequence[Finding], numbers: Sequence[Number], limits: Mapping[str, float]
) -> list[str]:
    """Return a sentence for each limit that is not kept; unknown values do not keep one."""
    every = {f.measure: f for f in findings if f.scope == "all"}
    known = {number.name: number for number in numbers}
    broken = []
    for name, limit in limits.items():
        if name == OFF_LIMIT:
            off = [f.measure for f in every.values() if f.verdict == "off"]
            if len(off) > limit:
                broken.append(f"{len(off)} numbers are off, above {limit:g}: {', '.join(off)}")
            continue
        full = ALIASES.get(name, name)
        finding = every.get(full)
        value = None if finding is None else (
            finding.synthetic if known[full].distance else finding.difference)  # fmt: skip
        if value is None:
            broken.append(f"{full} could not be measured, so that it is unknown if it is above "
                          f"{limit:g}")  # fmt: skip
        elif abs(value) > limit:
            what = full if known[full].distance else f"the difference in {full}"
            broken.append(f"{what} is {abs(value):.4g}, above {limit:g}")
    return broken


def _rounded(value: float | None) -> float | None:
    """Six digits: more would show how sums were ordered, not how rows are."""
    return None if value is None else float(f"{value:.6g}")
