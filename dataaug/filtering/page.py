"""The page of filter: what went, why, and what to look at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dataaug.html import plots
from dataaug.html.pages import TableRows, render_page
from dataaug.html.svg import Plot
from dataaug.rows.reasons import REASONS
from dataaug.rows.report import Report

_BARS = 25
"""Labels on a plot; more are in the table only."""


def render(report: Report) -> str:
    """Return the report on a run of filter as a page."""
    details = report.to_row()["details"]
    near, label = details.get("near-duplicate", {}), details.get("label", {})
    reasons = [reason for reason, _ in report.rejected.most_common()]
    yields = report.yields()
    methods = sorted(yields, key=lambda name: -sum(yields[name].values()))
    losses = _by_loss(label)
    return render_page(
        "filtering/page.html.j2",
        report.settings,
        report=report,
        **_summary(report),
        methods_plot=_methods_plot(report, methods[:_BARS], reasons),
        methods=_methods(yields, methods),
        reasons=_reasons(report),
        label_heads=("label", "rejected", *reasons),
        labels=_labels(report, reasons),
        near=near,
        nearness_plot=_nearness_plot(near),
        nearness=_nearness(near),
        losses_said=_losses_said(label) if losses else "",
        losses_plot=_losses_plot(label, losses[:_BARS]),
        losses=_losses(label, losses),
        **_suspects(details),
    )


def _summary(report: Report) -> dict[str, str]:
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
    word = f"{share:.0%} of synthetic rows kept" if judged else "Nothing to judge"
    return {"word": word, "said": said}


def _methods_plot(report: Report, names: Sequence[str], reasons: Sequence[str]) -> Plot | None:
    """Return the kept and the rejected rows of each method, by reason."""
    yields = report.yields()
    rejected = {name: report.rejected_by_method.get(name, Counter()) for name in names}
    # Seven colours can be told apart, so the rare reasons share the last.
    shown, rest = (reasons, []) if len(reasons) <= 6 else (reasons[:5], reasons[5:])
    series = [("kept", [yields[name]["kept"] for name in names])]
    series += [(reason, [rejected[name][reason] for name in names]) for reason in shown]
    if rest:
        other = [sum(rejected[name][reason] for reason in rest) for name in names]
        series.append(("other reasons", other))
    title = "Rows of each method: kept, and rejected by reason"
    return plots.stacked_bars(title, names, series, "rows")


def _methods(yields: Mapping[str, Mapping[str, int]], names: Sequence[str]) -> TableRows:
    return [
        (name, f"{found['kept']:,}", f"{found['rejected']:,}",
         f"{found['kept'] / sum(found.values()):.0%}")
        for name, found in ((name, yields[name]) for name in names)
    ]  # fmt: skip


def _reasons(report: Report) -> TableRows:
    total = report.rejected.total()
    return [
        (
            reason,
            f"{count:,}",
            f"{count / total:.0%}",
            REASONS.get(reason, ""),
            ", ".join(report.examples.get(reason, [])[:3]),
        )
        for reason, count in report.rejected.most_common()
    ]


def _labels(report: Report, reasons: Sequence[str]) -> TableRows:
    by_label = sorted(report.rejected_by_label.items(), key=lambda pair: (-pair[1].total(), pair))
    return [
        (label, f"{counts.total():,}", *(f"{counts[reason]:,}" for reason in reasons))
        for label, counts in by_label
    ]


def _nearness_plot(near: Mapping[str, Any]) -> Plot | None:
    """Return how near the synthetic rows are to real ones, beside the thresholds."""
    found = near.get("histogram")
    if not found:
        return None
    size = len(found["to_origin"])
    step = (1.0 - found["low"]) / size
    return plots.histogram_plot(
        "Similarity of synthetic rows to their own real row and to the nearest other one",
        [found["low"] + step * number for number in range(size + 1)],
        [
            ("to their own real row", "real", found["to_origin"]),
            ("to the nearest other", "made", found["to_others"]),
        ],
        "cosine similarity",
        [
            (near["origin_similarity"], "real", f"limit: {near['origin_similarity']:g}"),
            (near["similarity"], "made", f"limit: {near['similarity']:g}"),
        ],
    )


def _nearness(near: Mapping[str, Any]) -> str:
    found = near.get("histogram")
    if not found:
        return ""
    return (
        f"{found['rows']:,} synthetic rows as they came to this check. A row at or above its limit "
        "is a near duplicate of a real row. Edits of a row are near it by design, so it has a "
        "limit of its own."
    )


def _by_loss(note: Mapping[str, Any]) -> list[str]:
    """Return the labels that the label check knows, first those that lose most good rows."""
    shares: Mapping[str, float] = note.get("expected_good_loss_by_label", {})
    silent = note.get("not_judged", ())
    return sorted(shares, key=lambda name: (name in silent, -shares[name], name))


def _losses_plot(note: Mapping[str, Any], names: Sequence[str]) -> Plot | None:
    return plots.bar_chart(
        "Share of good rows that the label check is expected to lose",
        names,
        [note["expected_good_loss_by_label"][name] for name in names],
        "share of real rows that it would reject",
        [name in note["not_judged"] for name in names],
    )


def _losses(note: Mapping[str, Any], names: Sequence[str]) -> TableRows:
    return [
        (name, f"{note['expected_good_loss_by_label'][name]:.1%}",
         "no" if name in note["not_judged"] else "yes")
        for name in names
    ]  # fmt: skip


def _losses_said(note: Mapping[str, Any]) -> str:
    found, what = note["expected_found"], "another label is"
    if "missing_label" in found:
        what = "the contrary of what a row says of a label is"
        wrong = (
            f"{found['missing_label']:.0%} of labels that one lacks, and "
            f"{found['added_label']:.0%} of those that it has without reason"
        )
    else:
        wrong = (
            f"{found['any_other_label']:.0%} of them, and {found['likeliest_other_label']:.0%} "
            "where the wrong label is the likeliest other one"
        )
    said = (
        f"About {note['expected_good_loss']:.1%} of good rows are lost, and "
        f"{note['largest_good_loss']:.1%} at most, as the check would do to real rows it has not "
        f"seen: it rejects from a margin of {note['margin']:.2f} on, or where {what} "
        f"{note['times_likelier']:g} times as likely. If real rows had wrong labels, it would find "
        f"{wrong}."
    )
    if note["not_judged"]:
        said += " Labels in grey are not judged: the models know too little of them."
    return said


def _suspects(details: Mapping[str, Any]) -> dict[str, TableRows]:
    """Return rows whose own label may be wrong: the user can mend them."""
    near = [
        (
            " and ".join(item["rows"]),
            list(item.get("texts", ())),
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
    return {"nearly_equal": near, "unlike_label": odd, "equal": equal}
