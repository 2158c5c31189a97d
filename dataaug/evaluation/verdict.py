"""Say in one sentence what a comparison of train sets shows, and what it would take to tell."""

from dataaug.evaluation.results import Judgement, Metric, Verdict
from dataaug.evaluation.scores import Interval, Sample, rows_needed

NAMES: dict[Metric, str] = {"macro_f1": "macro-F1", "accuracy": "accuracy"}
COLUMNS: dict[Metric, int] = {"accuracy": 0, "macro_f1": 1}
"""Where a score stands in a statistic (see :mod:`dataaug.evaluation.scores`)."""

_BEYOND = 1_000_000
"""Test rows that nobody will label: a gain that takes more is none."""
_NOTHING = 5e-4
"""A difference below what is shown (0.05 points)."""


def points(interval: Interval) -> str:
    """Return a difference in points with its interval, as people read it."""
    return (f"{100 * interval.value:+.1f} points (95 % interval {100 * interval.low:+.1f} to "
            f"{100 * interval.high:+.1f})")  # fmt: skip


def judge(
    candidate: str,
    metric: Metric,
    over_real: Sample,
    over_repeated: Sample | None,
    required: float | None,
) -> Verdict:
    """Return the verdict on a candidate.

    To help, it must beat the real rows, and the same rows repeated to its size where that control
    was run: more copies alone make a classifier trust its rows more, and that is no merit of the
    new texts. A required gain is held to both in the same way.
    """
    column = COLUMNS[metric]
    gain = over_real.intervals()[column]
    control = over_repeated.intervals()[column] if over_repeated else None
    lows = [gain.low] + ([control.low] if control else [])
    judgement: Judgement = "cannot tell"
    if min(lows) > 0:
        judgement = "helps"
    elif gain.high < 0:
        judgement = "hurts"
    open_ = over_repeated if over_repeated and gain.low > 0 else over_real
    needed = _needed(open_, column) if judgement == "cannot tell" else None
    passed = None if required is None else min(lows) > required
    sentence = _sentence(candidate, judgement, metric, gain, control, over_real.rows)
    if judgement == "cannot tell":
        sentence += "; " + _advice(open_, column, needed)
    return Verdict(candidate, judgement, sentence, metric, gain, control, needed, required, passed)


def _needed(sample: Sample, column: int) -> int | None:
    test, fit = sample.variances()
    value = float(sample.value[column])
    return rows_needed(value, float(test[column]), float(fit[column]), sample.rows)


def _sentence(
    candidate: str,
    judgement: Judgement,
    metric: Metric,
    gain: Interval,
    control: Interval | None,
    rows: int,
) -> str:
    said = f"{candidate} {judgement}" if judgement != "cannot tell" else f"{candidate}: cannot tell"
    if judgement == "cannot tell":
        said += " at this size"
    said += f": {NAMES[metric]} {points(gain)} over the real rows"
    if control is not None:
        said += f", {points(control)} over the real rows repeated as often"
    return said + f", on {rows:,} real test rows"


def _advice(sample: Sample, column: int, needed: int | None) -> str:
    """Say what would settle the matter."""
    if abs(float(sample.value[column])) < _NOTHING or (needed or 0) > _BEYOND:
        return "the difference is so near zero that no usual number of test rows would tell"
    if needed is None:
        spread = 100 * float(sample.variances()[1][column]) ** 0.5
        return (
            f"more test rows alone would not tell, for the gain varies by {spread:.1f} points "
            "(standard error) with the choice of train rows or seeds; more real train rows would"
        )
    more = max(needed, sample.rows)
    return f"about {_rounded(more)} test rows would tell, if the gain is what it seems"


def _rounded(rows: int) -> str:
    """Return a number with two digits that count; more would pretend to know."""
    size = 10 ** max(len(str(rows)) - 2, 0)
    return f"{-(-rows // size) * size:,}"
