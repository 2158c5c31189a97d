"""The page of filter: what went, why, and what to look at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dataaug.filtering.advice import next_steps
from dataaug.filtering.notes import FilterSummary, RejectedExample
from dataaug.html import plots
from dataaug.html.marks import CellSpan, on_one_scale
from dataaug.html.pages import TableRows, Toned, render_page
from dataaug.html.svg import Plot
from dataaug.rows.reasons import REASONS
from dataaug.rows.report import Report

_BESIDE = ("of", "times_likelier")
"""Particulars of a reject that its example shows by a text, or that say what another one says."""
_LABELS = 16
"""Labels that are shown at once; the others open on a click."""


def render(report: Report) -> str:
    """Return the report on a run of filter as a page."""
    details = report.to_row()["details"]
    near, label = details.get("near-duplicate", {}), details.get("label", {})
    reasons = [reason for reason, _ in report.rejected.most_common()]
    losses = _losses(label, _by_loss(label))
    found = report.other(FilterSummary)
    return render_page(
        "filtering/page.html.j2",
        report.settings,
        report,
        next_steps(report, label),
        **_summary(report),
        methods=_methods(report),
        reasons=_reasons(report),
        examples=_examples(found.examples if found else ()),
        cross_heads=("rejected", *reasons),
        by_method=_crossed(report.rejected_by_method, reasons),
        by_label=_crossed(report.rejected_by_label, reasons),
        near=near,
        nearness_plot=_nearness_plot(near),
        nearness=_nearness(near),
        losses_said=_losses_said(label) if losses else "",
        losses=losses[:_LABELS],
        more_losses=losses[_LABELS:],
        **_suspects(details),
    )


def _summary(report: Report) -> dict[str, str]:
    judged = report.written_synthetic + report.rejected.total()
    share = report.written_synthetic / judged if judged else 0.0
    said = (
        f"{report.written_synthetic:,} of {judged:,} synthetic rows were kept ({share:.0%}), "
        f"{report.rejected.total():,} rejected."
    )
    if report.rejected_by_method.get("real"):
        said = (
            f"{report.rejected.total():,} of {report.read:,} rows were rejected, "
            f"{report.rejected_by_method['real'].total():,} of them real."
        )
    word = f"{share:.0%} of synthetic rows kept" if judged else "Nothing to judge"
    return {"word": word, "said": said}


def _methods(report: Report) -> TableRows:
    yields = report.yields()
    names = sorted(yields, key=lambda name: (-sum(yields[name].values()), name))
    shares = [yields[name]["kept"] / sum(yields[name].values()) for name in names]
    marks = on_one_scale([CellSpan(share, 0.0, share, "real") for share in shares], ends=(0.0, 1.0))
    return [
        (
            name,
            f"{share:.0%}",
            mark,
            f"{yields[name]['kept']:,}",
            f"{yields[name]['rejected']:,}",
            ", ".join(f"{why} {count:,}" for why, count in
                      report.rejected_by_method.get(name, Counter()).most_common(3)),
        )
        for name, share, mark in zip(names, shares, marks, strict=True)
    ]  # fmt: skip


def _reasons(report: Report) -> TableRows:
    total = report.rejected.total()
    return [
        (reason, f"{count:,}", f"{count / total:.0%}", REASONS.get(reason, ""))
        for reason, count in report.rejected.most_common()
    ]


def _crossed(counts: Mapping[str, Counter[str]], reasons: Sequence[str]) -> TableRows:
    """Return how many rows of each name went for which reason, the most first."""
    most = sorted(counts.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return [
        (name, f"{found.total():,}", *(f"{found[reason]:,}" for reason in reasons))
        for name, found in most
    ]


def _examples(found: Sequence[RejectedExample]) -> list[tuple[str, TableRows]]:
    """Return a table of each reason: texts beside what they are held against, and the score."""
    tables: dict[str, list[tuple[Any, ...]]] = {}
    for one in found:
        label, method = one.record.label, one.record.method
        cells = (
            one.record.text,
            one.beside or Toned("–", "muted"),
            _score(one.detail),
            [text for text in (label, method) if text],
        )
        tables.setdefault(one.reason, []).append(cells)
    return list(tables.items())


def _score(detail: Mapping[str, Any]) -> str:
    """Return the particulars of a reject for people."""
    shown = [
        f"{name.replace('_', ' ')} {value:.3g}" if isinstance(value, float)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in detail.items()
        if name not in _BESIDE and isinstance(value, str | int | float)
    ]  # fmt: skip
    return ", ".join(shown)


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


def _losses(note: Mapping[str, Any], names: Sequence[str]) -> TableRows:
    shares = [note["expected_good_loss_by_label"][name] for name in names]
    judged = [name not in note["not_judged"] for name in names]
    tones = ["real" if there else "muted" for there in judged]
    spans = [CellSpan(share, 0.0, share, tone) for share, tone in zip(shares, tones, strict=True)]
    return [
        (name, f"{share:.1%}" if there else Toned("not judged", "muted"), mark)
        for name, share, mark, there in zip(
            names, shares, on_one_scale(spans, zero=0.0), judged, strict=True
        )
    ]


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
        said += " Some labels are not judged: the models know too little of them."
    return said


def _suspects(details: Mapping[str, Any]) -> dict[str, TableRows]:
    """Return rows whose own label may be wrong: the user can mend them."""
    near = [
        (
            list(item.get("texts", ())),
            " / ".join(str(label) for label in item["labels"]),
            f"{item['similarity']:.3f}",
            " and ".join(item["rows"]),
        )
        for item in details.get("near-duplicate", {}).get("suspects", ())
    ]
    odd = [
        (item.get("text", ""), item["label"], item.get("looks_like", ""), f"{item['margin']:.2f}",
         item["id"])
        for item in details.get("label", {}).get("real_rows_that_look_mislabelled", ())
    ]  # fmt: skip
    equal = [tuple(pair) for pair in details.get("exact", {}).get("conflict_examples", ())]
    return {"nearly_equal": near, "unlike_label": odd, "equal": equal}
