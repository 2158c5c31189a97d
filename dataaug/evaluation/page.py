"""The page of evaluate: does it help, by how much, where, and what speaks against it."""

from collections.abc import Mapping, Sequence

from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.label_changes import confusion, labels
from dataaug.evaluation.results import Gain, Point, Proof, Score, Verdict
from dataaug.evaluation.verdict import NAMES
from dataaug.html import page, plots
from dataaug.html.page import Markup, element
from dataaug.html.plots import Line, Span
from dataaug.rows.report import Report

_MOOD = {"helps": "good", "hurts": "bad"}
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
    return page.page(
        "dataaug evaluate: does it help?",
        *(_verdict(verdict) for verdict in proof.verdicts),
        page.section("Warnings", page.bullets(list(dict.fromkeys(report.warnings)))),
        *(_scores(proof, scope) for scope in _SCOPES),
        _methods(proof, whole),
        _curve(proof.curve),
        *(labels(proof, score) for score in whole if score.kind == "candidate"),
        *(confusion(proof, score) for score in whole if score.kind == "candidate"),
        _leaks(proof),
        page.settings({**proof.settings, "version": ""}),
        version=str(report.settings.get("version", "")),
    )


def _verdict(verdict: Verdict) -> Markup:
    said = [verdict.sentence + "."]
    if verdict.required is not None:
        outcome = "was reached" if verdict.passed else "was not reached"
        said.append(f"The required gain of {_number(verdict.required)} points {outcome}.")
    word = f"{verdict.judgement[:1].upper()}{verdict.judgement[1:]}"
    return page.verdict(word, said, _MOOD.get(verdict.judgement, ""))


def _number(value: float) -> str:
    return f"{100 * value:+.1f}"


def _between(interval: Interval) -> str:
    return f"{_number(interval.low)} to {_number(interval.high)}"


def _score(interval: Interval) -> str:
    return f"{100 * interval.value:.1f}"


def _gain(interval: Interval) -> Markup:
    """Return a difference in the colour of what is sure about it."""
    mood = "good" if interval.low > 0 else "bad" if interval.high < 0 else "muted"
    return element("b", _number(interval.value), mark=mood)


def _scores(proof: Proof, scope: str) -> Markup:
    """Show the scores of all train sets, and their differences."""
    scores = [score for score in proof.scores if score.scope == scope]
    if not scores:
        return Markup()
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
    heads = ("trained on", "rows", "synthetic", "accuracy", "macro-F1", "95 % interval")
    metric = _metric(proof)
    figures = [
        _intervals(
            _named(f"Gain in {metric}, with 95 % intervals", score, proof),
            [_span(_OVER[gain.over_kind], gain, metric) for gain in score.gains],
            f"difference in {metric}, points",
        )
        for score in scores
        if score.kind == "candidate"
    ]
    return page.section(
        f"{_SCOPES[scope]}: {scores[0].test_rows:,} rows",
        page.plots(*figures),
        page.table(heads, rows),
        page.element("h3", "Paired differences"),
        _differences(scores),
        page.paragraph("In points. A difference is sure where its interval leaves out zero; those "
                       "are in colour.", "note"),
    )  # fmt: skip


def _metric(proof: Proof) -> str:
    return NAMES[proof.verdicts[0].metric] if proof.verdicts else "macro-F1"


def _named(title: str, score: Score, proof: Proof) -> str:
    """Name the candidate where there are several."""
    return f"{title}: {score.candidate}" if len(proof.verdicts) > 1 else title


def _intervals(title: str, spans: Sequence[Span], axis: str) -> Markup:
    return page.figure(title, plots.intervals(title, spans, axis))


def _span(name: str, gain: Gain, metric: str) -> Span:
    one = gain.accuracy if metric == NAMES["accuracy"] else gain.macro_f1
    return Span(name, 100 * one.value, 100 * one.low, 100 * one.high)


def _differences(scores: Sequence[Score]) -> Markup:
    rows = [
        (
            score.train_set,
            _OVER[gain.over_kind],
            _gain(gain.macro_f1),
            _between(gain.macro_f1),
            _gain(gain.accuracy),
            _between(gain.accuracy),
        )
        for score in scores
        if score.kind != "without"
        for gain in score.gains
    ]
    heads = ("trained on", "compared", "macro-F1", "interval", "accuracy", "interval")
    return page.table(heads, rows)


def _methods(proof: Proof, whole: Sequence[Score]) -> Markup:
    """Show what each method adds: the candidate less the candidate without it."""
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
        spans = [_span(score.without, gain, metric) for score, gain in left_out]
        title = _named("What each method adds", candidate, proof)
        figures.append(_intervals(title, spans, f"{metric} with it less without it, points"))
        rows += [
            (
                _named(score.without, candidate, proof),
                f"{score.train_rows:,}",
                _gain(gain.macro_f1),
                _between(gain.macro_f1),
                _gain(gain.accuracy),
                _between(gain.accuracy),
            )
            for score, gain in left_out
        ]
    heads = ("method", "rows without it", "macro-F1", "interval", "accuracy", "interval")
    note = "The candidate less the candidate without that method's rows; below zero it does harm."
    return page.section(
        "Which method helped",
        page.plots(*figures),
        page.table(heads, rows),
        page.paragraph(note, "note") if rows else "",
    )


def _curve(curve: Sequence[Point]) -> Markup:
    """Show scores over numbers of real rows."""
    if not curve:
        return Markup()
    by_name: dict[str, list[Point]] = {}
    for point in curve:
        by_name.setdefault(point.candidate, []).append(point)
    first = next(iter(by_name.values()))
    lines = [_line("real rows only", "real", [(p.real_rows, p.real) for p in first])]
    lines += [
        _line(f"with {name}", _COLOURS[n % len(_COLOURS)], [(p.real_rows, p.mixed) for p in points])
        for n, (name, points) in enumerate(by_name.items())
    ]
    metric = NAMES[curve[0].metric]
    rows = [
        (
            f"{point.real_rows:,}",
            point.candidate,
            _score(point.real),
            _score(point.mixed),
            _gain(point.gain),
            _between(point.gain),
        )
        for point in curve
    ]
    heads = ("real rows", "with", "real only", "mixed", "gain", "interval")
    plot = plots.curves(f"{metric} over real rows", lines, "real train rows", metric)
    return page.section(
        "Learning curve", page.figure(f"{metric} over real rows", plot), page.table(heads, rows)
    )


def _line(name: str, colour: str, found: Sequence[tuple[int, Interval]]) -> Line:
    spans = [
        Span("", 100 * score.value, 100 * score.low, 100 * score.high) for _, score in found
    ]  # fmt: skip
    return Line(name, colour, [size for size, _ in found], spans)


def _leaks(proof: Proof) -> Markup:
    share = proof.twins / max(proof.test_rows, 1)
    tiles: Mapping[str, str] = {
        "test rows": f"{proof.test_rows:,}",
        "with a near-duplicate in train": f"{proof.twins:,} ({share:.1%})",
    }
    said = (
        "No test row is synthetic, or descends from a train row, and no synthetic row equals or "
        "nearly equals a test row: evaluate refuses such sets. Near-duplicates between real train "
        "and test rows are counted here; where there are any, scores without them stand above."
    )
    return page.section("Leaks and near-duplicates", page.tiles(tiles), page.paragraph(said))
