"""The page of evaluate: does it help, by how much, where, and what speaks against it."""

from collections.abc import Mapping, Sequence
from typing import Any

from dataaug.evaluation.advice import next_steps
from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.label_changes import confusion, label_changes, signed_points
from dataaug.evaluation.results import CurvePoint, EvaluationResult, Gain, GainVerdict, Score
from dataaug.evaluation.verdict import METRIC_NAMES, metric_name
from dataaug.html import plots
from dataaug.html.marks import CellPlot, CellSpan, on_one_scale
from dataaug.html.pages import TableRows, render_page
from dataaug.html.plots import Curve, IntervalMark
from dataaug.rows.report import Report

_TONE = {"helps": "good", "hurts": "bad"}
_OVER = {"real": "over real rows", "oversampled": "over repeated real rows",
         "candidate": "by this method"}  # fmt: skip
_SCOPES = {
    "whole": "Whole test set",
    "clean": "Test rows without a near-duplicate in the train rows",
}
_HEADS = ("trained on", "macro-F1", "95 % interval", "")
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
        report,
        next_steps(result, report),
        headlines=[_headline(verdict, candidates, result) for verdict in result.verdicts],
        warnings=list(dict.fromkeys(report.warnings)),
        accuracy=_accuracy(result),
        scopes=[_scope(result, scope) for scope in dict.fromkeys(s.scope for s in result.scores)],
        methods=_methods(result, whole),
        curve=_curve(result.curve),
        label_changes=[one for one in changes if one],
        confusions=[one for one in confusions if one],
        test_counts=_test_counts(result),
    )


def _headline(
    verdict: GainVerdict, candidates: Sequence[Score], result: EvaluationResult
) -> dict[str, Any]:
    said = [verdict.sentence + "."]
    if verdict.required is not None:
        outcome = "was reached" if verdict.passed else "was not reached"
        said.append(f"The required gain of {100 * verdict.required:+.1f} points {outcome}.")
    word = f"{verdict.judgement[:1].upper()}{verdict.judgement[1:]}"
    if len(result.verdicts) > 1:
        word = f"{verdict.candidate}: {verdict.judgement}"
    metric = _metric(result)
    gains = next((score.gains for score in candidates if score.candidate == verdict.candidate), ())
    title = f"Gain in {metric}, with 95 % intervals"
    plot = plots.interval_plot(
        title,
        [_mark(_OVER[gain.over_kind], gain, metric) for gain in gains],
        f"difference in {metric}, points",
    )
    tone = _TONE.get(verdict.judgement, "")
    return {"word": word, "sentences": said, "tone": tone, "caption": title, "plot": plot}


def _score(interval: Interval) -> str:
    return f"{100 * interval.value:.1f}"


def _scope(result: EvaluationResult, scope: str) -> dict[str, Any]:
    """Return the scores of all train sets on a part of the test rows, and their differences."""
    scores = [score for score in result.scores if score.scope == scope]
    marks = on_one_scale([_span(score.macro_f1) for score in scores])
    rows = [
        (
            score.train_set,
            _score(score.macro_f1),
            f"{100 * score.macro_f1.low:.1f} to {100 * score.macro_f1.high:.1f}",
            mark,
            _score(score.accuracy),
            *map(_score, score.further.values()),
            f"{score.train_rows:,}",
            f"{score.synthetic_rows:,}",
        )
        for score, mark in zip(scores, marks, strict=True)
    ]
    further = map(_FURTHER.get, scores[0].further)
    return {
        "title": f"{_SCOPES[scope]}: {scores[0].test_rows:,} rows",
        "heads": (*_HEADS, _accuracy(result), *further, "rows", "synthetic"),
        "scores": rows,
        "differences": _differences(scores, _metric(result)),
    }  # fmt: skip


def _metric(result: EvaluationResult) -> str:
    if not result.verdicts:
        return "macro-F1"
    return metric_name(result.verdicts[0].metric, sets=result.of_sets)


def _accuracy(result: EvaluationResult) -> str:
    return metric_name("accuracy", sets=result.of_sets)


def _named(title: str, score: Score, result: EvaluationResult) -> str:
    """Name the candidate where there are several."""
    return f"{title}: {score.candidate}" if len(result.verdicts) > 1 else title


def _mark(name: str, gain: Gain, metric: str) -> IntervalMark:
    one = gain.macro_f1 if metric == METRIC_NAMES["macro_f1"] else gain.accuracy
    return _percent(one, name)


def _percent(one: Interval, name: str = "") -> IntervalMark:
    return IntervalMark(name, 100 * one.value, 100 * one.low, 100 * one.high)


def _span(one: Interval, tone: str = "muted") -> CellSpan:
    return CellSpan(one.value, one.low, one.high, tone)


def _gain_marks(gains: Sequence[Gain], metric: str) -> list[CellPlot]:
    """Return plots of the gains in the score that the verdict speaks of."""
    every = [_mark("", gain, metric) for gain in gains]
    tones = ["good" if one.low > 0 else "bad" if one.high < 0 else "muted" for one in every]
    spans = [CellSpan(one.value, one.low, one.high, tone)
             for one, tone in zip(every, tones, strict=True)]  # fmt: skip
    return on_one_scale(spans, zero=0.0)


def _differences(scores: Sequence[Score], metric: str) -> TableRows:
    found = [(score, gain) for score in scores if score.kind != "without" for gain in score.gains]
    marks = _gain_marks([gain for _, gain in found], metric)
    return [
        (
            score.train_set,
            _OVER[gain.over_kind],
            *signed_points(gain.macro_f1),
            mark,
            *signed_points(gain.accuracy),
        )
        for (score, gain), mark in zip(found, marks, strict=True)
    ]


def _methods(result: EvaluationResult, whole: Sequence[Score]) -> TableRows:
    """Return what each method adds: the candidate less the candidate without it."""
    found = [(score, gain) for score in whole if score.kind == "without" for gain in score.gains]
    marks = _gain_marks([gain for _, gain in found], _metric(result))
    return [
        (
            f"{score.candidate}: {score.without}" if len(result.verdicts) > 1 else score.without,
            *signed_points(gain.macro_f1),
            mark,
            *signed_points(gain.accuracy),
            f"{score.train_rows:,}",
        )
        for (score, gain), mark in zip(found, marks, strict=True)
    ]


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
