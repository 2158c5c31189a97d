"""The page of compare: in what synthetic rows are unlike real ones, and who made them so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dataaug.comparison.advice import next_steps
from dataaug.comparison.findings import Finding, FindingVerdict, format_value
from dataaug.comparison.measures import Histogram
from dataaug.comparison.run import Comparison
from dataaug.html import plots
from dataaug.html.marks import CellSpan, on_one_scale
from dataaug.html.pages import Cell, TableRows, Toned, render_page
from dataaug.html.svg import Plot
from dataaug.rows.report import Report

_LABELS = 16
"""Labels that are shown at once; the others open on a click."""
_TONE: dict[FindingVerdict, str] = {
    "off": "bad",
    "ok": "good",
    "evened": "good",
    "unknown": "muted",
}
_AUC = "detector.auc"
_REACH = (-3.0, 3.0)
"""The scale of differences, in units of their limits; larger ones stand at its ends."""


def render(found: Comparison, report: Report) -> str:
    """Return what compare found as a page."""
    every = [finding for finding in found.findings if finding.scope == "all"]
    methods = [finding for finding in found.findings if finding.scope == "method"]
    labels = [finding for finding in found.findings if finding.scope == "label"]
    names = sorted({finding.name for finding in methods})
    return render_page(
        "comparison/page.html.j2",
        report.settings,
        report,
        next_steps(found, report),
        **_summary(found, every),
        evened=[_capital(finding.message) for finding in every if finding.verdict == "evened"],
        off=[_capital(finding.message) for finding in every if finding.verdict == "off"],
        broken=found.broken,
        warnings=report.warnings,
        numbers=_numbers(every),
        histograms=[(_capital(one.name), _histogram(one)) for one in found.histograms],
        features=_features(every),
        method_heads=("number", *names),
        methods=_methods(methods, names) if len(names) > 1 else (),
        **_labels(labels),
    )


def _summary(found: Comparison, every: Sequence[Finding]) -> dict[str, Any]:
    counts = Counter(finding.verdict for finding in every)
    off = counts["off"]
    word = f"{off} of {len(every)} numbers off" if off else "Nothing off"
    if not off and counts["unknown"] == len(every):
        word = "Cannot tell"
    said = (
        f"{found.real:,} real rows beside {sum(found.synthetic.values()):,} synthetic ones ("
        + ", ".join(f"{name} {count:,}" for name, count in found.synthetic.items())
        + ")."
    )
    tone = "bad" if off or found.broken else "good" if counts["ok"] else ""
    tiles = {name: f"{counts[name]}" for name in _TONE if counts[name]}
    return {"word": word, "said": said, "tone": tone, "counts": tiles}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _numbers(every: Sequence[Finding]) -> TableRows:
    marks = on_one_scale([_spread(finding) for finding in every], ends=_REACH, zero=0.0)
    return [
        (
            finding.measure,
            Toned(finding.verdict, _TONE[finding.verdict]),
            format_value(finding.real, finding.style),
            format_value(finding.synthetic, finding.style),
            "" if finding.limit is None else mark,
            *(
                format_value(value, finding.style)
                for value in (finding.difference, finding.limit, finding.split_half)
            ),
            ", ".join(finding.made_by),
        )
        for finding, mark in zip(every, marks, strict=True)
    ]


def _histogram(one: Histogram) -> Plot | None:
    return plots.histogram_plot(
        f"{one.name}, real and synthetic rows",
        one.edges,
        [("real", "real", one.real), ("synthetic", "made", one.synthetic)],
        one.name,
    )


def _features(every: Sequence[Finding]) -> dict[str, TableRows]:
    """Return the words and letters by which the detector tells the sides apart."""
    detail: Mapping[str, Any] = next(
        (finding.detail for finding in every if finding.measure == "detector.auc"), {}
    )
    return {
        side: [
            (
                item["feature"],
                f"{item['share_of_real']:.1%}",
                f"{item['share_of_synthetic']:.1%}",
                f"{item['weight']:+.2f}",
            )
            for item in detail.get(side, ())
        ]
        for side in ("synthetic", "real")
    }


def _methods(found: Sequence[Finding], names: Sequence[str]) -> TableRows:
    """Return each number beside each method."""
    cells = {(finding.name, finding.measure): _value(finding) for finding in found}
    numbers = dict.fromkeys(finding.measure for finding in found)
    return [(n, *(cells.get((name, n), "–") for name in names)) for n in numbers]


def _value(finding: Finding) -> Cell:
    said = format_value(finding.synthetic, finding.style)
    return Toned(f"{said} off", "bad") if finding.verdict == "off" else said


def _labels(found: Sequence[Finding]) -> dict[str, Any]:
    """Return the labels by how well a model tells their rows apart, and what is off in each."""
    off: dict[str, list[str]] = {}
    for each in found:
        said = off.setdefault(each.name, [])
        if each.verdict == "off":
            real = "" if each.real is None else f" (real {format_value(each.real, each.style)})"
            said.append(f"{each.measure} {format_value(each.synthetic, each.style)}{real}")
    auc = {f.name: f for f in found if f.measure == _AUC and f.synthetic is not None}
    names = sorted(off, key=lambda name: (name not in auc, -len(off[name]), name))
    marks = dict(zip(auc, on_one_scale([_spread(f) for f in auc.values()], ends=_REACH, zero=0),
                     strict=True))  # fmt: skip
    rows = [
        (
            name,
            format_value(auc[name].synthetic, "number") if name in auc else "–",
            marks.get(name, ""),
            str(len(off[name])),
            "; ".join(off[name]),
        )
        for name in names
    ]
    return {"labels": rows[:_LABELS], "more_labels": rows[_LABELS:]}


def _spread(finding: Finding) -> CellSpan:
    """Return a difference in units of its limit: what is off leaves the line from -1 to 1."""
    far = (finding.difference or 0.0) / (finding.limit or 1.0)
    tone = {"off": "bad", "ok": "real"}.get(finding.verdict, "muted")
    return CellSpan(far, -1.0, 1.0, tone)
