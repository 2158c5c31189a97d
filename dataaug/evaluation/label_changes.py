"""What a candidate changes for each label: F1 before and after, and who is confused with whom."""

from collections.abc import Sequence
from typing import Any

from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.results import EvaluationResult, Gain, Score
from dataaug.html import plots
from dataaug.html.marks import CellSpan, on_one_scale
from dataaug.html.pages import TableRows, Toned

_SHOWN = 16
"""Labels that are shown at once; the others are in a table that opens on a click."""
_GRID = 14
"""Labels of the largest confusion matrix that is drawn; larger ones become a list of pairs."""
_PAIRS = 12


def signed_points(difference: Interval) -> tuple[Toned, str]:
    """Return a difference and its interval in points.

    It is green or red where the interval leaves out 0, for then it is sure.
    """
    tone = "good" if difference.low > 0 else "bad" if difference.high < 0 else "muted"
    interval = f"{100 * difference.low:+.1f} to {100 * difference.high:+.1f}"
    return Toned(f"{100 * difference.value:+.1f}", tone), interval


def label_changes(result: EvaluationResult, score: Score) -> dict[str, Any]:
    """Return the F1 of each label before and after; nothing where there is nothing to compare."""
    real = _real(result)
    gain = next((gain for gain in score.gains if gain.over_kind == "real"), None)
    if real is None or gain is None:
        return {}
    found = _changes(real, score, gain)
    tones = [signed_points(change)[0].tone for *_, change in found]
    spans = [CellSpan(change.value, change.low, change.high, tone)
             for (*_, change), tone in zip(found, tones, strict=True)]  # fmt: skip
    rows = [
        (
            name,
            *signed_points(change),
            mark,
            f"{100 * before.value:.1f}",
            f"{100 * after.value:.1f}",
            f"{score.support[name]:,}",
        )
        for (name, before, after, change), mark in zip(
            found, on_one_scale(spans, zero=0.0), strict=True
        )
    ]
    heads = ("label", "change", "95 % interval", "", "before", "after", "test rows")
    most = ": those that changed most" if len(rows) > _SHOWN else ""
    title = _titled(f"By label{most}", result, score)
    return {"title": title, "heads": heads, "rows": rows[:_SHOWN], "every": rows}


def confusion(result: EvaluationResult, score: Score) -> dict[str, Any]:
    """Return which confusions became more or fewer; nothing where there is nothing to compare."""
    real = _real(result)
    if real is None or result.of_sets:  # of sets no label is taken for another one
        return {}
    change = [
        [after - before for before, after in zip(*rows, strict=True)]
        for rows in zip(real.confusion, score.confusion, strict=True)
    ]
    changed = any(map(any, change))
    drawn = changed and len(result.labels) <= _GRID
    plot = plots.heatmap("Change of the confusion matrix", result.labels, change) if drawn else None
    return {
        "title": _titled("Confusions that changed" if changed else "Confusions", result, score),
        "changed": changed,
        "plot": plot,
        "pairs": _pairs(result, real, score, change),
    }


def _real(result: EvaluationResult) -> Score | None:
    return next((s for s in result.scores if s.kind == "real" and s.scope == "whole"), None)


def _titled(title: str, result: EvaluationResult, score: Score) -> str:
    return f"{title}: {score.train_set}" if len(result.verdicts) > 1 else title


def _changes(
    real: Score, score: Score, gain: Gain
) -> list[tuple[str, Interval, Interval, Interval]]:
    """Return label, F1 before, after, and the difference; the largest change first."""
    found = []
    for name, change in gain.f1.items():
        before, after = real.f1.get(name), score.f1.get(name)
        if change is not None and before is not None and after is not None:
            found.append((name, before, after, change))
    return sorted(found, key=lambda row: (-abs(row[3].value), row[0]))


def _pairs(
    result: EvaluationResult, real: Score, score: Score, change: Sequence[Sequence[int]]
) -> TableRows:
    """Return the confusions that changed most; hits are not confusions."""
    found = [
        (row, column)
        for row, values in enumerate(change)
        for column, value in enumerate(values)
        if value and row != column
    ]
    found.sort(key=lambda place: (-abs(change[place[0]][place[1]]), place))
    return [
        (
            result.labels[row],
            result.labels[column],
            f"{real.confusion[row][column]:,}",
            f"{score.confusion[row][column]:,}",
            Toned(f"{change[row][column]:+,}", "bad" if change[row][column] > 0 else "good"),
        )
        for row, column in found[:_PAIRS]
    ]
