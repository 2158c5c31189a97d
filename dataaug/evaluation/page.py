"""The page of evaluate: does it help, by how much, where, and what speaks against it."""

from collections.abc import Mapping, Sequence
from typing import Any

from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.label_changes import confusion, label_changes, signed_points
from dataaug.evaluation.results import CurvePoint, EvaluationResult, Gain, GainVerdict, Score
from dataaug.evaluation.verdict import METRIC_NAMES, metric_name
from dataaug.html import plots
from dataaug.html.pages import TableRows, render_page
from dataaug.html.plots import Curve, IntervalMark
from dataaug.html.svg import Plot
from dataaug.rows.report import Report

_TONE = {"helps": "good", "hurts": "bad"}
_OVER = {"real": "over real rows", "oversampled": "over repeated real rows",
         "candidate": "by this method"}  # fmt: skip
_SCOPES = {
    "whole": "Whole test set",
    "clean": "Test rows without a near-duplicate in the train rows",
}
_HEADS = ("trained on", "rows", "synthetic", "macro-F1", "95 % interval")
_FURTHER = {"micro_f1": "micro-F1", "hamming_loss": "Hamming loss", "sample_f1": "sample F1"}
_COLOURS = ("made", "c3", "c4", "c5", "c6")


def render(result: EvaluationResult, report: Report) -> str:
    """Return what evaluate found as a page."""
    whole = [score for score in result.scores if score.scope == "whole"]
    candidates = [score for score in whole if score.kind == "candidate"]
    changes = (label_changes(result, score) for score in candidates)
    confusions = (confusion(result, score) for score in candidates)
    return render_page(
        "evaluation/page.html.j2",
        {**result.settings, "version": report.settings.get("version", "")},
        headlines=[_headline(verdict) for verdict in result.verdicts],
        warnings=list(dict.fromkeys(report.warnings)),
        accuracy=_accuracy(result),
        scopes=[_scope(result, scope) for scope in dict.fromkeys(s.scope for s in result.scores)],
        methods=_methods(result, whole),
        curve=_curve(result.curve),
        label_changes=[one for one in changes if one],
        confusions=[one for one in confusions if one],
        test_counts=_test_counts(result),
    )


def _headline(verdict: GainVerdict) -> dict[str, Any]:
    said = [verdict.sentence + "."]
    if verdict.required is not None:
        outcome = "was reached" if verdict.passed else "was not reached"
        said.append(f"The required gain of {100 * verdict.required:+.1f} points {outcome}.")
    word = f"{verdict.judgement[:1].upper()}{verdict.judgement[1:]}"
    return {"word": word, "sentences": said, "tone": _TONE.get(verdict.judgement, "")}


def _score(interval: Interval) -> str:
    return f"{100 * interval.value:.1f}"


def _scope(result: EvaluationResult, scope: str) -> dict[str, Any]:
    """Return the scores of all train sets on a part of the test rows, and their differences."""
    scores = [score for score in result.scores if score.scope == scope]
    rows = [
        (
            score.train_set,
            f"{score.train_rows:,}",
            f"{score.synthetic_rows:,}",
            _score(score.accuracy),
            _score(score.macro_f1),
            f"{100 * score.macro_f1.low:.1f} to {100 * score.macro_f1.high:.1f}",
            *map(_score, score.further.values()),
        )
        for score in scores
    ]
    metric = _metric(result)
    figures = [
        _gains(
            _named(f"Gain in {metric}, with 95 % intervals", score, result),
            [_mark(_OVER[gain.over_kind], gain, metric) for gain in score.gains],
            f"difference in {metric}, points",
        )
        for score in scores
        if score.kind == "candidate"
    ]
    return {
        "title": f"{_SCOPES[scope]}: {scores[0].test_rows:,} rows",
        "figures": figures,
        "heads": (
            *_HEADS[:3],
            _accuracy(result),
            *_HEADS[3:],
            *map(_FURTHER.get, scores[0].further),
        ),
        "scores": rows,
        "differences": _differences(scores),
    }


def _metric(result: EvaluationResult) -> str:
    if not result.verdicts:
        return "macro-F1"
    return metric_name(result.verdicts[0].metric, sets=result.of_sets)


def _accuracy(result: EvaluationResult) -> str:
    return metric_name("accuracy", sets=result.of_sets)


def _named(title: str, score: Score, result: EvaluationResult) -> str:
    """Name the candidate where there are several."""
    return f"{title}: {score.candidate}" if len(result.verdicts) > 1 else title


def _gains(title: str, estimates: Sequence[IntervalMark], axis: str) -> tuple[str, Plot | None]:
    return title, plots.interval_plot(title, estimates, axis)


def _mark(name: str, gain: Gain, metric: str) -> IntervalMark:
    one = gain.macro_f1 if metric == METRIC_NAMES["macro_f1"] else gain.accuracy
    return _percent(one, name)


def _percent(one: Interval, name: str = "") -> IntervalMark:
    return IntervalMark(name, 100 * one.value, 100 * one.low, 100 * one.high)


def _differences(scores: Sequence[Score]) -> TableRows:
    return [
        (
            score.train_set,
            _OVER[gain.over_kind],
            *signed_points(gain.macro_f1),
            *signed_points(gain.accuracy),
        )
        for score in scores
        if score.kind != "without"
        for gain in score.gains
    ]


def _methods(result: EvaluationResult, whole: Sequence[Score]) -> dict[str, Any]:
    """Return what each method adds: the candidate less the candidate without it."""
    metric = _metric(result)
    figures, rows = [], []
    for candidate in (score for score in whole if score.kind == "candidate"):
        own = ("without", candidate.candidate)
        left_out = [
            (score, gain)
            for score in whole
            if (score.kind, score.candidate) == own
            for gain in score.gains
        ]
        estimates = [_mark(score.without, gain, metric) for score, gain in left_out]
        title = _named("What each method adds", candidate, result)
        figures.append(_gains(title, estimates, f"{metric} with it less without it, points"))
        rows += [
            (
                _named(score.without, candidate, result),
                f"{score.train_rows:,}",
                *signed_points(gain.macro_f1),
                *signed_points(gain.accuracy),
            )
            for score, gain in left_out
        ]
    return {"figures": figures, "rows": rows}


def _curve(curve: Sequence[CurvePoint]) -> dict[str, Any]:
    """Return scores over numbers of real rows."""
    if not curve:
        return {"rows": []}
    by_name: dict[str, list[CurvePoint]] = {}
    for point in curve:
        by_name.setdefault(point.candidate, []).append(point)
    first = next(iter(by_name.values()))
    curves = [_line("real rows only", "real", [(p.real_rows, p.real) for p in first])]
    curves += [
        _line(f"with {name}", _COLOURS[n % len(_COLOURS)], [(p.real_rows, p.mixed) for p in points])
        for n, (name, points) in enumerate(by_name.items())
    ]
    rows = [
        (
            f"{point.real_rows:,}",
            point.candidate,
            _score(point.real),
            _score(point.mixed),
            *signed_points(point.gain),
        )
        for point in curve
    ]
    metric = METRIC_NAMES[curve[0].metric]
    caption = f"{metric} over real rows"
    plot = plots.line_chart(caption, curves, "real train rows", metric)
    return {"caption": caption, "plot": plot, "rows": rows}


def _line(name: str, colour: str, found: Sequence[tuple[int, Interval]]) -> Curve:
    return Curve(name, colour, [size for size, _ in found], [_percent(one) for _, one in found])


def _test_counts(result: EvaluationResult) -> Mapping[str, str]:
    share = result.near_duplicates / max(result.test_rows, 1)
    return {
        "test rows": f"{result.test_rows:,}",
        "with a near-duplicate in train": f"{result.near_duplicates:,} ({share:.1%})",
    }
