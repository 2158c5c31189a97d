"""A classifier trained on the real rows is surer of another label than of the row's own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dataaug import plugins
from dataaug.classifiers import Classifier, Model, Probabilities
from dataaug.errors import UsageError
from dataaug.filtering.checks import Check, Fault, Mask, Rows
from dataaug.plugins import Option, Spec
from dataaug.rows.record import Record
from dataaug.rows.seeds import derive

_SHOWN = 20
_LETTERS = 200
"""Letters of a suspect that are shown."""
_LOST_CAUSE = 0.25
"""Where the models contradict more than this share of a label's own real rows, they know too little
of the label to judge others by it: it is mostly the smallest class that would be wiped out."""


@dataclass(frozen=True, slots=True)
class _Row:
    """What the check needs of a row."""

    place: int
    text: str
    label: str
    root: str | None


@dataclass(slots=True)
class _Label:
    """Judges each synthetic row by a model that has not seen its real ancestor."""

    classifier: Classifier
    margin: float
    max_good_loss: float
    folds: int
    min_rows: int
    verdicts: dict[int, tuple[str, float]] = field(default_factory=dict)

    def observe(self, records: Sequence[Record], /) -> None:
        """Nothing to do: rows are read again when the cheap checks are done."""

    def judge(self, rows: Rows, /) -> Mask:
        """Return the rows whose label the models of the real rows contradict."""
        bad: Mask = np.zeros(len(rows), dtype=np.bool_)
        real, made = self._sort(rows)
        counts = Counter(row.label for row in real)
        known = {name for name, count in counts.items() if count >= self.min_rows}
        self._abstain(rows, counts, known, made)
        if len(known) < 2:
            return bad
        real = [row for row in real if row.label in known]
        made = [row for row in made if row.label in known]
        fold_of = self._folds(real)
        margins, best = self._margins(rows, real, made, fold_of)
        limit = self._limit(margins[: len(real)])
        weak = self._expect(rows, real, margins[: len(real)], best, limit)
        for row, margin, other in zip(made, margins[len(real) :], best[len(real) :], strict=True):
            if margin > limit and row.label not in weak:
                bad[row.place] = True
                self.verdicts[row.place] = (other, float(margin))
        return bad

    def _sort(self, rows: Rows) -> tuple[list[_Row], list[_Row]]:
        """Return the real rows with labels, and the rows to judge."""
        real, made = [], []
        for place, record in rows.alive_records():
            if record.label is None:
                continue
            row = _Row(place, record.text, record.label, record.root)
            if record.is_real:
                real.append(row)
            elif rows.judged[place]:
                made.append(row)
        return real, made

    def _abstain(
        self, rows: Rows, counts: Counter[str], known: set[str], made: Sequence[_Row]
    ) -> None:
        """Say for which labels nothing can be said."""
        unknown = Counter(row.label for row in made if row.label not in known)
        if len(known) < 2:
            rows.warnings.append(
                f"label: not checked; it takes two labels with {self.min_rows} real rows each, "
                f"and there are {len(known)}"
            )
        elif unknown:
            shown = ", ".join(
                f"{label!r} ({counts[label]} real rows, {count:,} unchecked)"
                for label, count in unknown.most_common(5)
            )
            more = f" and {len(unknown) - 5} more labels" if len(unknown) > 5 else ""
            rows.warnings.append(
                f"label: no verdict where fewer than {self.min_rows} real rows carry the label: "
                f"{shown}{more}"
            )
        rows.notes["label"] = {"abstained": dict(unknown), "margin": self.margin}

    def _folds(self, real: Sequence[_Row]) -> dict[str, int]:
        """Deal the real rows of each label out to folds, by their names and not their order."""
        fold_of: dict[str, int] = {}
        names = sorted({(row.label, row.root or "") for row in real},
                       key=lambda pair: (pair[0], derive(0, *pair)))  # fmt: skip
        for number, (_, root) in enumerate(names):
            fold_of.setdefault(root, number % self.folds)
        return fold_of

    def _margins(
        self, rows: Rows, real: list[_Row], made: list[_Row], fold_of: dict[str, int]
    ) -> tuple[npt.NDArray[np.float64], list[str]]:
        """Return p(best other label) - p(label) for real and made rows, and the other label."""
        every = real + made
        margins = np.zeros(len(every))
        best = [""] * len(every)
        fold = np.array([fold_of.get(row.root or "", -1) for row in every])
        for number in range(-1, self.folds):
            chosen = np.flatnonzero(fold == number)
            if not len(chosen):
                continue
            train = [row for row in real if fold_of[row.root or ""] != number]
            if len({row.label for row in train}) < 2:
                continue
            model = self.classifier([row.text for row in train], [row.label for row in train],
                                    notify=rows.notify)  # fmt: skip
            judged = [every[n] for n in chosen]
            for n, margin, other in zip(chosen, *_compare(model, judged), strict=True):
                margins[n], best[n] = margin, other
            rows.notify("label check", number + 1, self.folds)
        return margins, best

    def _limit(self, real: npt.NDArray[np.float64]) -> float:
        """Return the margin to reject at: higher where it would cost too many good rows."""
        if self.max_good_loss < 0:
            return self.margin
        allowed = float(np.quantile(real, 1 - self.max_good_loss, method="higher"))
        return max(self.margin, allowed)

    def _expect(
        self,
        rows: Rows,
        real: Sequence[_Row],
        margins: npt.NDArray[np.float64],
        best: Sequence[str],
        limit: float,
    ) -> set[str]:
        """Report how many good rows the rule is expected to lose, as it does real ones.

        Returns the labels that the models know too little of to judge by them.
        """
        lost = Counter(row.label for row, m in zip(real, margins, strict=True) if m > limit)
        total = Counter(row.label for row in real)
        share = {label: lost[label] / total[label] for label in sorted(total)}
        weak = {label for label in share if share[label] > _LOST_CAUSE}
        judged = sum(total[label] for label in share if label not in weak)
        note: dict[str, Any] = rows.notes["label"]
        note |= {
            "margin": limit,
            "expected_good_loss": sum(lost[label] for label in share if label not in weak)
            / max(judged, 1),
            "expected_good_loss_by_label": share,
            "not_judged": sorted(weak),
            "real_rows_that_look_mislabelled": _odd(rows, real, margins, best, limit),
        }
        for label in sorted(weak)[:5]:
            rows.warnings.append(
                f"label: no verdict on {label!r}: the models contradict {lost[label]} of its "
                f"{total[label]} real rows, so they can't tell good variants from bad ones"
            )
        return weak

    def fault(self, row: int, _rows: Rows, /) -> Fault:
        """Name the label that the model is surer of."""
        other, margin = self.verdicts[row]
        return Fault("label_mismatch", {"looks_like": other, "margin": round(margin, 4)})


def _odd(
    rows: Rows,
    real: Sequence[_Row],
    margins: npt.NDArray[np.float64],
    best: Sequence[str],
    limit: float,
) -> list[dict[str, object]]:
    """Name the real rows whose labels the models contradict most."""
    return [
        {
            "id": rows.name(real[n].place),
            "text": real[n].text[:_LETTERS],
            "label": real[n].label,
            "looks_like": best[n],
            "margin": round(float(margins[n]), 4),
        }
        for n in np.argsort(-margins, kind="stable")[:_SHOWN]
        if margins[n] > limit
    ]


def _compare(model: Model, rows: Sequence[_Row]) -> tuple[npt.NDArray[np.float64], list[str]]:
    found: Probabilities = model([row.text for row in rows])
    column = {name: n for n, name in enumerate(model.classes)}
    own = np.array([column.get(row.label, -1) for row in rows])
    lines = np.arange(len(rows))
    mine = np.where(own >= 0, found[lines, own], 0.0)
    others = found.copy()
    others[lines[own >= 0], own[own >= 0]] = -1.0
    best = others.argmax(axis=1)
    return others[lines, best] - mine, [model.classes[n] for n in best]


def load(
    *,
    classifier: str = "embedding",
    margin: float = 0.3,
    max_good_loss: float = -1.0,
    folds: int = 5,
    min_rows: int = 5,
    model: str = "",
) -> Check:
    """Build the check.

    A plain mismatch (margin 0) throws away 7 to 13 % of the good rows of banking77; at 0.3 it is
    2 to 3 %, for 4 points fewer of the wrong labels found.

    Args:
        classifier: ``embedding`` or ``tfidf``.
        margin: reject where p(other) - p(label) is above this, 0 to 1.
        max_good_loss: the share of good rows that may be lost, estimated on the real rows; the
            margin rises until that holds. Negative: no limit.
        folds: models to train; each judges the descendants of the real rows it has not seen.
        min_rows: real rows a label needs before anything is said about it.
        model: the embedding model, if not the default.

    Raises:
        UsageError: a number is out of range.
    """
    if not 0 <= margin < 1 or max_good_loss > 1 or folds < 2 or min_rows < 2:
        raise UsageError(
            "label: expected margin from 0 to below 1, max_good_loss at most 1, folds and "
            "min_rows at least 2"
        )
    given: dict[str, Option] = {"balanced": True}  # a rare label must not look like a common one
    if model:
        given["model"] = model
    return _Label(
        plugins.load("classifiers", Spec(classifier, given)), margin, max_good_loss, folds, min_rows
    )
