"""The page of compare: in what synthetic rows are unlike real ones, and who made them so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dataaug.comparison.findings import Finding, format_value
from dataaug.comparison.measures import Histogram, MapPoint
from dataaug.comparison.run import Comparison
from dataaug.html import plots
from dataaug.html.pages import Cell, TableRows, Toned, render_page
from dataaug.html.svg import Plot
from dataaug.rows.report import Report

_BARS = 25
"""Labels on a plot; more are in the table only."""
_TONE = {"off": "bad", "ok": "good", "unknown": "muted"}


def render(found: Comparison, report: Report) -> str:
    """Return what compare found as a page."""
    every = [finding for finding in found.findings if finding.scope == "all"]
    methods = [finding for finding in found.findings if finding.scope == "method"]
    labels = [finding for finding in found.findings if finding.scope == "label"]
    names = sorted({finding.name for finding in methods})
    return render_page(
        "comparison/page.html.j2",
        report.settings,
        **_summary(found, every),
        off=[_capital(finding.message) for finding in every if finding.verdict == "off"],
        broken=found.broken,
        warnings=report.warnings,
        numbers=_numbers(every),
        **_map(found.points),
        histograms=[(_capital(one.name), _histogram(one)) for one in found.histograms],
        features=_features(every),
        method_heads=("number", *names),
        methods=_methods(methods, names),
        **_detector(labels),
        labels=_labels(labels),
    )


def _summary(found: Comparison, every: Sequence[Finding]) -> dict[str, str]:
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
    if counts["unknown"]:
        said += f" {counts['unknown']} numbers could not be judged."
    tone = "bad" if off or found.broken else "good" if counts["ok"] else ""
    return {"word": word, "said": said, "tone": tone}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _numbers(every: Sequence[Finding]) -> TableRows:
    return [
        (
            finding.measure,
            *(
                format_value(value, finding.style)
                for value in (finding.real, finding.synthetic, finding.split_half,
                              finding.difference, finding.limit)
            ),
            Toned(finding.verdict, _TONE[finding.verdict]),
            ", ".join(finding.made_by),
        )
        for finding in every
    ]  # fmt: skip


def _map(points: Sequence[MapPoint]) -> dict[str, Any]:
    """Return the map of the embeddings, and how many rows of each side it shows."""
    sides = [
        ("real", "real", [(p.x, p.y) for p in points if p.method == "real"]),
        ("synthetic", "made", [(p.x, p.y) for p in points if p.method != "real"]),
    ]
    title = "Embeddings of real and synthetic rows, two components"
    many = " and ".join(f"{len(places):,} {name}" for name, _, places in sides)
    return {"map_plot": plots.scatter_plot(title, sides), "map_said": many}


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


def _detector(labels: Sequence[Finding]) -> dict[str, Any]:
    """Return how well synthetic rows are told from real ones in each label."""
    auc = sorted(
        (f for f in labels if f.measure == "detector.auc" and f.synthetic is not None),
        key=lambda f: (-(f.synthetic or 0), f.name),
    )
    top = auc[:_BARS]
    plot = plots.bar_chart(
        "Area under the ROC curve of the detector, by label",
        [f.name for f in top],
        [f.synthetic or 0.0 for f in top],
        "AUC; 0.5 is chance, 1 is always",
        [f.verdict != "off" for f in top],
        start=0.5,
    )
    more = f", the {_BARS} highest of {len(auc)} labels" if len(auc) > _BARS else ""
    return {"detector_plot": plot, "detector_caption": f"Detector{more}"}


def _labels(labels: Sequence[Finding]) -> TableRows:
    return [
        (
            f.name,
            f.measure,
            format_value(f.real, f.style),
            format_value(f.synthetic, f.style),
            f"{f.rows:,}",
        )
        for f in labels
        if f.verdict == "off"
    ]
