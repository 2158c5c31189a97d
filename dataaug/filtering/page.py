"""The page of filter: what went, why, and what to look at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dataaug.html import page, plots
from dataaug.html.page import Markup
from dataaug.rows.reasons import REASONS
from dataaug.rows.report import Report

_BARS = 25
"""Labels on a plot; more are in the table only."""


def render(report: Report) -> str:
    """Return the report on a run of filter as a page."""
    details = report.to_row()["details"]
    return page.page(
        "dataaug filter: what was kept",
        _summary(report),
        _warnings(report),
        _by_method(report),
        _by_reason(report),
        _similarity(details.get("near-duplicate", {})),
        _label_check(details.get("label", {})),
        _suspects(details),
        page.settings(report.settings),
        version=str(report.settings.get("version", "")),
    )


def _summary(report: Report) -> Markup:
    judged = report.written_synthetic + report.rejected.total()
    share = report.written_synthetic / judged if judged else 0.0
    said = (
        f"{report.written_synthetic:,} of {judged:,} synthetic rows were kept ({share:.0%}); "
        f"{report.rejected.total():,} were rejected."
    )
    if report.rejected_by_method.get("real"):
        said = (
            f"{report.rejected.total():,} of {report.read:,} rows were rejected, "
            f"{report.rejected_by_method['real'].total():,} of them real."
        )
    counts = page.tiles(
        {
            "rows in": f"{report.read:,}",
            "real rows out": f"{report.written_real:,}",
            "synthetic rows out": f"{report.written_synthetic:,}",
            "rejected": f"{report.rejected.total():,}",
        }
    )
    word = f"{share:.0%} of synthetic rows kept" if judged else "Nothing to judge"
    return page.verdict(word, [said], more=counts)


def _warnings(report: Report) -> Markup:
    return page.section("Warnings", page.bullets(report.warnings))


def _by_method(report: Report) -> Markup:
    """Show the kept and the rejected rows of each method, by reason."""
    yields = report.yields()
    if not yields:
        return Markup()
    reasons = [reason for reason, _ in report.rejected.most_common()]
    names = sorted(yields, key=lambda name: -sum(yields[name].values()))
    rejected = {name: report.rejected_by_method.get(name, Counter()) for name in names}
    series = [("kept", [yields[name]["kept"] for name in names])]
    # Seven colours can be told apart, so the rare reasons share the last.
    shown, rest = (reasons, []) if len(reasons) <= 6 else (reasons[:5], reasons[5:])
    series += [(r, [rejected[name][r] for name in names]) for r in shown]
    if rest:
        other = [sum(rejected[name][r] for r in rest) for name in names]
        series.append(("other reasons", other))
    plot = plots.stacks("Rows of each method: kept, and rejected by reason", names[:_BARS],
                        [(said, values[:_BARS]) for said, values in series], "rows")  # fmt: skip
    rows = [
        (
            name,
            f"{yields[name]['kept']:,}",
            f"{yields[name]['rejected']:,}",
            f"{yields[name]['kept'] / sum(yields[name].values()):.0%}",
        )
        for name in names
    ]
    return page.section(
        "By method",
        page.plots(
            page.figure("Rows of each method", plot),
            page.table(("method", "kept", "rejected", "share kept"), rows),
        ),
    )


def _by_reason(report: Report) -> Markup:
    total = report.rejected.total()
    rows = [
        (
            reason,
            f"{count:,}",
            f"{count / total:.0%}",
            REASONS.get(reason, ""),
            ", ".join(report.examples.get(reason, [])[:3]),
        )
        for reason, count in report.rejected.most_common()
    ]
    return page.section(
        "Why rows were rejected",
        page.table(("reason", "rows", "share", "meaning", "for example"), rows, (3, 4)),
        page.folded("By label", _by_label(report)),
    )


def _by_label(report: Report) -> Markup:
    reasons = [reason for reason, _ in report.rejected.most_common()]
    by_label = sorted(report.rejected_by_label.items(), key=lambda pair: (-pair[1].total(), pair))
    rows = [
        (label, f"{counts.total():,}", *(f"{counts[reason]:,}" for reason in reasons))
        for label, counts in by_label
    ]
    return page.table(("label", "rejected", *reasons), rows)


def _similarity(note: Mapping[str, Any]) -> Markup:
    """Show how near the synthetic rows are to real ones, beside the thresholds."""
    if not note:
        return Markup()
    proof = page.paragraph(f"Search for near duplicates: {note['certificate']}.", "note")
    found = note.get("histogram")
    if not found:
        return page.section("Nearness to real rows", proof)
    size = len(found["to_origin"])
    step = (1.0 - found["low"]) / size
    plot = plots.histogram(
        "Similarity of synthetic rows to their own real row and to the nearest other one",
        [found["low"] + step * number for number in range(size + 1)],
        [
            ("to their own real row", "real", found["to_origin"]),
            ("to the nearest other", "made", found["to_others"]),
        ],
        "cosine similarity",
        [
            (note["origin_similarity"], "real", f"limit: {note['origin_similarity']:g}"),
            (note["similarity"], "made", f"limit: {note['similarity']:g}"),
        ],
    )
    said = (
        f"{found['rows']:,} synthetic rows as they came to this check. A row at or above its limit "
        "is a near duplicate of a real row. Edits of a row are near it by design, so it has a "
        "limit of its own."
    )
    return page.section(
        "Nearness to real rows",
        page.figure("Similarity and limits", plot, said),
        page.paragraph(f"Embedder: {note['embedder']}.", "note"),
        proof,
    )


def _label_check(note: Mapping[str, Any]) -> Markup:
    """Show how many good rows the label check is expected to lose."""
    shares: Mapping[str, float] = note.get("expected_good_loss_by_label", {})
    if not shares:
        return Markup()
    silent = set(note["not_judged"])
    order = sorted(shares, key=lambda name: (name in silent, -shares[name], name))
    shown = order[:_BARS]
    plot = plots.bars(
        "Share of good rows that the label check is expected to lose",
        shown,
        [shares[name] for name in shown],
        "share of real rows that it would reject",
        [name in silent for name in shown],
    )
    found = note["expected_found"]
    said = (
        f"About {note['expected_good_loss']:.1%} of good rows are lost, and "
        f"{note['largest_good_loss']:.1%} at most, as the check would do to real rows it has not "
        f"seen: it rejects from a margin of {note['margin']:.2f} on, or where another label is "
        f"{note['times_likelier']:g} times as likely. If real rows had wrong labels, it would find "
        f"{found['any_other_label']:.0%} of them, and {found['likeliest_other_label']:.0%} where "
        "the wrong label is the likeliest other one."
    )
    if silent:
        said += " Labels in grey are not judged: the models know too little of them."
    rows = [(name, f"{shares[name]:.1%}", "no" if name in silent else "yes") for name in order]
    return page.section(
        "What the label check costs",
        page.paragraph(said),
        page.figure("Good rows lost, by label", plot),
        page.folded("As a table", page.table(("label", "good rows lost", "judged"), rows)),
    )


def _suspects(details: Mapping[str, Any]) -> Markup:
    """List rows whose own label may be wrong: the user can mend them."""
    near = [
        (
            *_pair(item["rows"], item.get("texts", ())),
            " / ".join(str(label) for label in item["labels"]),
            f"{item['similarity']:.3f}",
        )
        for item in details.get("near-duplicate", {}).get("suspects", ())
    ]
    odd = [
        (item["id"], item.get("text", ""), item["label"], item.get("looks_like", ""),
         f"{item['margin']:.2f}")
        for item in details.get("label", {}).get("real_rows_that_look_mislabelled", ())
    ]  # fmt: skip
    equal = [tuple(pair) for pair in details.get("exact", {}).get("conflict_examples", ())]
    return page.section(
        "Labels to look at again",
        _titled("Real rows that look like another label",
                page.table(("row", "text", "label", "looks like", "margin"), odd, (1,))),
        _titled("Nearly equal rows with different labels",
                page.table(("rows", "texts", "labels", "similarity"), near, (0, 1))),
        _titled("Equal rows with different labels", page.table(("row", "equals"), equal)),
    )  # fmt: skip


def _titled(title: str, part: Markup) -> Markup:
    return page.join([page.element("h3", title), part]) if part else part


def _pair(names: Sequence[str], texts: Sequence[str]) -> tuple[str, Markup]:
    lines = page.join(page.element("div", text) for text in texts)
    return " and ".join(names), lines
