"""Say in one sentence what a comparison of train sets shows, and what it would take to tell."""

from dataclasses import dataclass

from dataaug.evaluation.intervals import Interval, Need, rows_needed
from dataaug.evaluation.results import GainVerdict, Judgement, Metric
from dataaug.evaluation.samples import Sample

METRIC_NAMES: dict[Metric, str] = {"macro_f1": "macro-F1", "accuracy": "accuracy"}
SCORE_COLUMNS: dict[Metric, int] = {"accuracy": 0, "macro_f1": 1}
"""Where a score stands in a statistic (see :mod:`dataaug.evaluation.scores`)."""


def metric_name(metric: Metric, *, sets: bool) -> str:
    """Return what a score is called; that of whole sets of labels is subset accuracy."""
    return "subset accuracy" if sets and metric == "accuracy" else METRIC_NAMES[metric]


_BEYOND = 1_000_000
"""Rows that nobody will label: a difference that takes more can't be told."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What a candidate is held to.

    Attributes:
        metric: the score that the verdict speaks of.
        margin: a difference whose interval lies within plus and minus this is none.
        required: what a gain's interval must lie above; None if nothing is required.
        train_rows: real rows that were trained on.
        sets: do rows have several labels?
    """

    metric: Metric
    margin: float
    required: float | None
    train_rows: int
    sets: bool = False


def in_points(interval: Interval) -> str:
    """Return a difference in points with its interval, as people read it."""
    return (f"{_plain(interval)} (95 % interval {100 * interval.low:+.1f} to "
            f"{100 * interval.high:+.1f})")  # fmt: skip


def _plain(interval: Interval) -> str:
    return f"{100 * interval.value:+.1f} points"


def judge_gain(
    candidate: str, over_real: Sample, over_repeated: Sample | None, standard: Standard
) -> GainVerdict:
    """Return the verdict on a candidate.

    To help or to hurt, it must differ from the real rows, and in the same direction from the same
    rows repeated to its size where that control was run: more copies alone may change a
    classifier, and that is neither merit nor fault of the new texts. A required gain is held to
    both in the same way. Fewer than three repeats carry no interval, and no verdict rests on them.
    """
    column = SCORE_COLUMNS[standard.metric]
    gain = over_real.intervals()[column]
    control = over_repeated.intervals()[column] if over_repeated else None
    both = [gain, control] if control else [gain]
    carried = over_real.variances().freedom >= 2
    judgement = _judgement(both, standard.margin) if carried else "cannot tell"
    open_ = judgement == "cannot tell" and carried  # then the gain over the real rows is not sure
    need = _need(over_real, standard) if open_ else Need(None, None)
    required = standard.required
    return GainVerdict(
        candidate,
        judgement,
        _sentence(candidate, judgement, over_real.rows, both, standard, carried=carried)
        + _rest(judgement, over_real, need, carried=carried),
        standard.metric,
        gain,
        control,
        need.test,
        need.train,
        required,
        None if required is None else carried and min(one.low for one in both) > required,
    )


def untaught(candidate: str, why: str, standard: Standard) -> GainVerdict:
    """Return the verdict on a candidate that the classifier learnt nothing from: there is none.

    Args:
        candidate: its name.
        why: what the classifier said, and of which of the candidate's train sets.
        standard: what it is held to.
    """
    return GainVerdict(
        candidate,
        "cannot tell",
        f"{candidate} cannot be told from the real rows: the classifier learnt nothing from it; "
        f"{why}",
        standard.metric,
        None,
        None,
        None,
        None,
        standard.required,
        None if standard.required is None else False,
    )


def _judgement(both: list[Interval], margin: float) -> Judgement:
    gain = both[0]
    if min(one.low for one in both) > 0:
        return "helps"
    if max(one.high for one in both) < 0:
        return "hurts"
    if -margin <= gain.low and gain.high <= margin:
        return "no difference"
    if gain.low > 0 or gain.high < 0:
        return "no better than repeating"
    return "cannot tell"


def _need(sample: Sample, standard: Standard) -> Need:
    column = SCORE_COLUMNS[standard.metric]
    found = rows_needed(
        float(sample.value[column]),
        sample.variances().only(column),
        standard.margin,
        (sample.rows, standard.train_rows),
    )
    return found if max(found.test or 0, found.train or 0) <= _BEYOND else Need(None, None)


def _sentence(
    candidate: str,
    judgement: Judgement,
    rows: int,
    both: list[Interval],
    standard: Standard,
    *,
    carried: bool,
) -> str:
    gain, *control = both
    widest = 100 * max(abs(gain.low), abs(gain.high))
    said = {
        "helps": "helps",
        "hurts": "hurts",
        "no better than repeating": "is no better than repeating the real rows"
        + (", and worse than the real rows alone" if gain.high < 0 else ""),
        "no difference": f"makes no difference beyond ±{widest:.1f} points",
        "cannot tell": "cannot be told from the real rows",
    }[judgement]
    shown = in_points if carried else _plain
    name = metric_name(standard.metric, sets=standard.sets)
    found = f"{candidate} {said}: {name} {shown(gain)} over the real rows"
    for repeated in control:
        found += f", {shown(repeated)} over the real rows repeated as often"
    return found + f", on {rows:,} real test rows"


def _rest(judgement: Judgement, over_real: Sample, need: Need, *, carried: bool) -> str:
    """Say what would settle the matter."""
    if not carried:
        count = "two repeats carry" if over_real.design.spread else "one repeat carries"
        return f"; {count} no interval for the choice of train rows: take --repeats 3 or more"
    if judgement != "cannot tell":
        return ""
    if need.test is not None and need.train is not None:
        return (f"; about {_rounded(need.train)} real train rows and {_rounded(need.test)} test "
                "rows would tell, more test rows alone would not")  # fmt: skip
    if need.test is not None:
        return f"; about {_rounded(need.test)} test rows would tell"
    return "; no usual number of rows would tell"


def _rounded(rows: int) -> str:
    """Return a number with two digits that count, rounded up; more would pretend to know."""
    size = 10 ** max(len(str(rows)) - 2, 0)
    return f"{-(-rows // size) * size:,}"
