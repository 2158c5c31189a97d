"""The page of evaluate: does it help, by how much, where, and what speaks against it."""

from collections.abc import Mapping, Sequence
from typing import Any

from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.label_changes import between, confusion, label_changes, signed
from dataaug.evaluation.results import Gain, Point, Proof, Score, Verdict
from dataaug.evaluation.verdict import NAMES
from dataaug.html import plots
from dataaug.html.pages import Rows, render_page
from dataaug.html.plots import Curve, Estimate
from dataaug.html.svg import Plot
from dataaug.rows.report import Report

_TONE = {"helps": "good", "hurts": "bad"}
_OVER = {"real": "over real rows", "oversampled": "over repeated real rows",
         "candidate": "by this method"}  # fmt: skip
_SCOPES = {
    "whole": "Whole test set",
    "clean": "Test rows without a near-duplicate in the train rows",
}
_COLOURS = ("made", "c3", "c4", "c5", "c6")


def render(proof: Proof, report: Report) -> str:
    """Return what evaluate found as a page."""
    whole = [score for score in proof.scores if score.scope == "whole"]
    candidates = [score for score in whole if score.kind == "candidate"]
    changes = (label_changes(proof, score) for score in candidates)
    confusions = (confusion(proof, score) for score in candidates)
    return render_page(
        "evaluation/page.html.j2",
        proof.settings,
        str(report.settings.get("version", "")),
        headlines=[_headline(verdict) for verdict in proof.verdicts],
        warnings=list(dict.fromkeys(report.warnings)),
        scopes=[_scope(proof, scope) for scope in dict.fromkeys(s.scope for s in proof.scores)],
        methods=_methods(proof, whole),
        curve=_curve(proof.curve),
        label_changes=[one for one in changes if one],
        confusions=[one for one in confusions if one],
        test_counts=_test_counts(proof),
    )


def _headline(verdict: Verdict) -> dict[str, Any]:
    said = [verdict.sentence + "."]
    if verdict.required is not None:
        outcome = "was reached" if verdict.passed else "was not reached"
        said.append(f"The required gain of {100 * verdict.required:+.1f} points {outcome}.")
    word = f"{verdict.judgement[:1].upper()}{verdict.judgement[1:]}"
    return {"word": word, "sentences": said, "tone": _TONE.get(verdict.judgement, "")}


def _score(interval: Interval) -> str:
    return f"{100 * interval.value:.1f}"


def _scope(proof: Proof, scope: str) -> dict[str, Any]:
    """Return the scores of all train sets on a part of the test rows, and their differences."""
    scores = [score for score in proof.scores if score.scope == scope]
    rows = [
        (
            score.train_set,
            f"{score.train_rows:,}",
            f"{score.synthetic_rows:,}",
            _score(score.accuracy),
            _score(score.macro_f1),
            f"{100 * score.macro_f1.low:.1f} to {100 * score.macro_f1.high:.1f}",
        )
        for score in scores
    ]
    metric = _metric(proof)
    figures = [
        _gains(
            _named(f"Gain in {metric}, with 95 % intervals", score, proof),
            [_estimate(_OVER[gain.over_kind], gain, metric) for gain in score.gains],
            f"difference in {metric}, points",
        )
        for score in scores
        if score.kind == "candidate"
    ]
    return {
        "title": f"{_SCOPES[scope]}: {scores[0].test_rows:,} rows",
        "figures": figures,
        "scores": rows,
        "differences": _differences(scores),
    }


def _metric(proof: Proof) -> str:
    return NAMES[proof.verdicts[0].metric] if proof.verdicts else "macro-F1"


def _named(title: str, score: Score, proof: Proof) -> str:
    """Name the candidate where there are several."""
    return f"{title}: {score.candidate}" if len(proof.verdicts) > 1 else title


def _gains(title: str, estimates: Sequence[Estimate], axis: str) -> tuple[str, Plot | None]:
    return title, plots.interval_plot(title, estimates, axis)


def _estimate(name: str, gain: Gain, metric: str) -> Estimate:
    one = gain.accuracy if metric == NAMES["accuracy"] else gain.macro_f1
    return _percent(one, name)


def _percent(one: Interval, name: str = "") -> Estimate:
    return Estimate(name, 100 * one.value, 100 * one.low, 100 * one.high)


def _differences(scores: Sequence[Score]) -> Rows:
    return [
        (
            score.train_set,
            _OVER[gain.over_kind],
            signed(gain.macro_f1),
            between(gain.macro_f1),
            signed(gain.accuracy),
            between(gain.accuracy),
        )
        for score in scores
        if score.kind != "without"
        for gain in score.gains
    ]


def _methods(proof: Proof, whole: Sequence[Score]) -> dict[str, Any]:
    """Return what each method adds: the candidate less the candidate without it."""
    metric = _metric(proof)
    figures, rows = [], []
    for candidate in (score for score in whole if score.kind == "candidate"):
        own = ("without", candidate.candidate)
        left_out = [
            (score, gain)
            for score in whole
            if (score.kind, score.candidate) == own
            for gain in score.gains
        ]
        estimates = [_estimate(score.without, gain, metric) for score, gain in left_out]
        title = _named("What each method adds", candidate, proof)
        figures.append(_gains(title, estimates, f"{metric} with it less without it, points"))
        rows += [
            (
                _named(score.without, candidate, proof),
                f"{score.train_rows:,}",
                signed(gain.macro_f1),
                between(gain.macro_f1),
                signed(gain.accuracy),
                between(gain.accuracy),
            )
            for score, gain in left_out
        ]
    return {"figures": figures, "rows": rows}


def _curve(curve: Sequence[Point]) -> dict[str, Any]:
    """Return scores over numbers of real rows."""
    if not curve:
        return {"rows": []}
    by_name: dict[str, list[Point]] = {}
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
            signed(point.gain),
            between(point.gain),
        )
        for point in curve
    ]
    metric = NAMES[curve[0].metric]
    caption = f"{metric} over real rows"
    plot = plots.line_chart(caption, curves, "real train rows", metric)
    return {"caption": caption, "plot": plot, "rows": rows}


def _line(name: str, colour: str, found: Sequence[tuple[int, Interval]]) -> Curve:
    return Curve(name, colour, [size for size, _ in found], [_percent(one) for _, one in found])


def _test_counts(proof: Proof) -> Mapping[str, str]:
    share = proof.twins / max(proof.test_rows, 1)
    return {
        "test rows": f"{proof.test_rows:,}",
        "with a near-duplicate in train": f"{proof.twins:,} ({share:.1%})",
    }
