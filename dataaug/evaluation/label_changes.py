"""What a candidate changes for each label: F1 before and after, and who is confused with whom."""

from collections.abc import Sequence

from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.results import Gain, Proof, Score
from dataaug.html import page, plots
from dataaug.html.page import Markup, element

_BARS = 16
_GRID = 14
"""Labels of the largest confusion matrix that is drawn; larger ones become a list of pairs."""
_PAIRS = 20


def _real(proof: Proof) -> Score | None:
    return next((s for s in proof.scores if s.kind == "real" and s.scope == "whole"), None)


def _titled(title: str, proof: Proof, score: Score) -> str:
    return f"{title}: {score.train_set}" if len(proof.verdicts) > 1 else title


def labels(proof: Proof, score: Score) -> Markup:
    """Show the F1 of each label before and after."""
    real = _real(proof)
    gain = next((gain for gain in score.gains if gain.over_kind == "real"), None)
    if real is None or gain is None:
        return Markup()
    rows = _changes(real, score, gain)
    shown = rows[:_BARS]
    plot = plots.changes(
        "F1 of each label, trained on real rows and on the candidate",
        [row[0] for row in shown],
        [100 * row[1].value for row in shown],
        [100 * row[2].value for row in shown],
        ("real rows", "candidate"),
        "F1",
    )
    title = "F1 by label"
    if len(rows) > _BARS:
        title = f"F1 of the {_BARS} labels of {len(rows)} that changed most"
    cells = [
        (
            name,
            f"{score.support[name]:,}",
            f"{100 * before.value:.1f}",
            f"{100 * after.value:.1f}",
            _gain(change),
            f"{100 * change.low:+.1f} to {100 * change.high:+.1f}",
        )
        for name, before, after, change in rows
    ]
    heads = ("label", "test rows", "before", "after", "change", "95 % interval")
    made = page.table(heads, cells)
    return page.section(
        _titled("By label", proof, score),
        page.figure(title, plot),
        made if len(cells) <= _BARS else page.folded(f"All {len(cells)} labels", made),
    )


def _gain(change: Interval) -> Markup:
    mood = "good" if change.low > 0 else "bad" if change.high < 0 else "muted"
    return element("b", f"{100 * change.value:+.1f}", mark=mood)


def _changes(
    real: Score, score: Score, gain: Gain
) -> list[tuple[str, Interval, Interval, Interval]]:
    """Return label, F1 before, after, and the difference; the largest change first."""
    found = []
    for name, change in gain.f1.items():
        before, after = real.f1.get(name), score.f1.get(name)
        if change is not None and before is not None and after is not None:
            found.append((name, before, after, change))
    return sorted(found, key=lambda row: (-abs(row[3].value), row[0]))


def confusion(proof: Proof, score: Score) -> Markup:
    """Show which confusions became more or fewer."""
    real = _real(proof)
    if real is None:
        return Markup()
    change = [
        [after - before for before, after in zip(*rows, strict=True)]
        for rows in zip(real.confusion, score.confusion, strict=True)
    ]
    if not any(map(any, change)):
        return page.section(_titled("Confusions", proof, score),
                            page.paragraph("No test row is predicted otherwise."))  # fmt: skip
    pairs = _pairs(proof, real, score, change)
    title = _titled("Confusions that changed", proof, score)
    heads = ("true label", "predicted as", "before", "after", "change")
    if len(proof.labels) > _GRID:
        note = f"The {len(pairs)} confusions that changed most, in test rows."
        return page.section(title, page.table(heads, pairs), page.paragraph(note, "note"))
    plot = plots.heat("Change of the confusion matrix", proof.labels, change)
    note = (
        "Test rows more or fewer than with the real rows only. Blue is better (more on the "
        "diagonal, fewer beside it), orange is worse."
    )
    return page.section(
        title,
        page.figure("Candidate less real rows", plot, note),
        page.folded("As a table", page.table(heads, pairs)),
    )


def _pairs(
    proof: Proof, real: Score, score: Score, change: Sequence[Sequence[int]]
) -> list[tuple[str, str, str, str, Markup]]:
    """Return the confusions that changed most; hits are not confusions."""
    found = [
        (row, column)
        for row, values in enumerate(change)
        for column, value in enumerate(values)
        if value and row != column
    ]
    found.sort(key=lambda place: (-abs(change[place[0]][place[1]]), place))
    return [
        (
            proof.labels[row],
            proof.labels[column],
            f"{real.confusion[row][column]:,}",
            f"{score.confusion[row][column]:,}",
            element(
                "b",
                f"{change[row][column]:+,}",
                mark="bad" if change[row][column] > 0 else "good",
            ),
        )
        for row, column in found[:_PAIRS]
    ]
