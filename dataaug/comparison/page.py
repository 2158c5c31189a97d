"""The page of compare: in what synthetic rows are unlike real ones, and who made them so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from dataaug.comparison.findings import OFF, Finding, shown
from dataaug.comparison.measures import Histogram, Point
from dataaug.html import page, plots
from dataaug.html.page import Markup, element
from dataaug.rows.report import Report

_BARS = 25
_MOOD = {"off": "bad", "ok": "good", "unknown": "muted"}


class Compared(Protocol):
    """What compare found; :class:`dataaug.comparison.run.Comparison` is one."""

    @property
    def findings(self) -> Sequence[Finding]:
        """The numbers."""

    @property
    def real(self) -> int:
        """Real rows."""

    @property
    def synthetic(self) -> Mapping[str, int]:
        """Synthetic rows by method."""

    @property
    def broken(self) -> Sequence[str]:
        """A sentence for each limit that was not kept."""

    @property
    def histograms(self) -> Sequence[Histogram]:
        """Counts over bins."""

    @property
    def points(self) -> Sequence[Point]:
        """Rows on the map."""


def render(found: Compared, report: Report) -> str:
    """Return what compare found as a page."""
    every = [finding for finding in found.findings if finding.scope == "all"]
    return page.page(
        "dataaug compare: are synthetic rows like real ones?",
        _verdict(found, every),
        page.section("Limits that were not kept", page.bullets(found.broken)),
        page.section("Warnings", page.bullets(report.warnings)),
        _numbers(every),
        _pictures(found),
        _features(every),
        _methods(found),
        _labels(found),
        page.settings(report.settings),
        version=str(report.settings.get("version", "")),
    )


def _verdict(found: Compared, every: Sequence[Finding]) -> Markup:
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
    mood = "bad" if off or found.broken else "good" if counts["ok"] else ""
    body = [page.verdict(word, [said], mood)]
    said_off = [_capital(finding.message) for finding in every if finding.verdict == OFF]
    body.append(page.section("What is off", page.bullets(said_off)))
    return page.join(body)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _judged(finding: Finding) -> Markup:
    return element("b", finding.verdict, mark=_MOOD[finding.verdict])


def _numbers(every: Sequence[Finding]) -> Markup:
    rows = [
        (
            finding.measure,
            *(
                shown(value, finding.style)
                for value in (finding.real, finding.synthetic, finding.split_half,
                              finding.difference, finding.limit)
            ),
            _judged(finding),
            ", ".join(finding.made_by),
        )
        for finding in every
    ]  # fmt: skip
    heads = ("number", "real", "synthetic", "two halves", "difference", "limit", "verdict",
             "made by")  # fmt: skip
    note = (
        "A number is off when synthetic rows differ from real ones by more than the limit: more "
        "than halves of the real rows differ from each other, and enough to matter."
    )
    return page.section("All numbers", page.table(heads, rows), page.paragraph(note, "note"))


def _pictures(found: Compared) -> Markup:
    """Draw the map of the embeddings and the histograms."""
    sides = [
        ("real", "real", [(p.x, p.y) for p in found.points if p.method == "real"]),
        ("synthetic", "made", [(p.x, p.y) for p in found.points if p.method != "real"]),
    ]
    many = " and ".join(f"{len(places):,} {name}" for name, _, places in sides)
    return page.section(
        "Pictures",
        page.plots(
            page.figure(
                "Map of the embeddings",
                plots.points("Embeddings of real and synthetic rows, two components", sides),
                f"{many} rows by their first two principal components. Places where only one "
                "colour lies are what the other side lacks.",
            ),
            *(page.figure(_capital(one.name), _histogram(one)) for one in found.histograms),
        ),
    )


def _histogram(one: Histogram) -> Markup:
    return plots.histogram(
        f"{one.name}, real and synthetic rows",
        one.edges,
        [("real", "real", one.real), ("synthetic", "made", one.synthetic)],
        one.name,
    )


def _features(every: Sequence[Finding]) -> Markup:
    """Show the words and letters by which the detector tells the sides apart."""
    detail: Mapping[str, Any] = next(
        (finding.detail for finding in every if finding.measure == "detector.auc"), {}
    )
    parts = []
    for side in ("synthetic", "real"):
        rows = [
            (
                item["feature"],
                f"{item['share_of_real']:.1%}",
                f"{item['share_of_synthetic']:.1%}",
                f"{item['weight']:+.2f}",
            )
            for item in detail.get(side, ())
        ]
        heads = ("feature", "of real rows", "of synthetic rows", "weight")
        made = page.table(heads, rows)
        parts.append(page.figure(f"Speaks for {side}", made))
    return page.section("What gives rows away", page.plots(*parts))


def _methods(found: Compared) -> Markup:
    """Show each number beside each method."""
    cells = {(f.name, f.measure): f for f in found.findings if f.scope == "method"}
    names = sorted({name for name, _ in cells})
    numbers = list(dict.fromkeys(measure for _, measure in cells))
    rows = []
    for number in numbers:
        there = [cells.get((name, number)) for name in names]
        rows.append((number, *(_value(one) if one else "–" for one in there)))
    note = "Each method's rows alone; what is off is marked."
    made = page.table(("number", *names), rows)
    return page.section("By method", made, page.paragraph(note, "note") if made else "")


def _value(finding: Finding) -> Markup:
    said = shown(finding.synthetic, finding.style)
    if finding.verdict != OFF:
        return element("span", said)
    return element("b", said, " off", mark="bad")


def _labels(found: Compared) -> Markup:
    """Show how well synthetic rows are told from real ones in each label, and what is off there."""
    judged = [f for f in found.findings if f.scope == "label"]
    auc = sorted(
        (f for f in judged if f.measure == "detector.auc" and f.synthetic is not None),
        key=lambda f: (-(f.synthetic or 0), f.name),
    )
    plot = plots.bars(
        "Area under the ROC curve of the detector, by label",
        [f.name for f in auc[:_BARS]],
        [f.synthetic or 0.0 for f in auc[:_BARS]],
        "AUC; 0.5 is chance, 1 is always",
        [f.verdict != OFF for f in auc[:_BARS]],
        mark=0.5,
    )
    title = "Detector" + (f", the {_BARS} highest of {len(auc)} labels" if len(auc) > _BARS else "")
    return page.section(
        "By label",
        page.figure(title, plot, "Blue: off. Grey: not beyond what chance and size allow."),
        page.folded("What is off in which label", _off(judged)),
    )


def _off(judged: Sequence[Finding]) -> Markup:
    rows = [
        (f.name, f.measure, shown(f.real, f.style), shown(f.synthetic, f.style), f"{f.rows:,}")
        for f in judged
        if f.verdict == OFF
    ]
    return page.table(("label", "number", "real", "synthetic", "rows"), rows)
