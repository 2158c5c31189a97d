"""A classifier trained on the real rows is surer of another label than of the row's own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dataaug import plugins
from dataaug.classifiers import Classifier
from dataaug.errors import UsageError
from dataaug.filtering import MAX_GOOD_LOSS, TAIL
from dataaug.filtering.checks import Check, Fault, Mask, Rows, tails
from dataaug.filtering.checks.held_out import Judged, Row, judge
from dataaug.filtering.checks.label_sets import SetRule, judge_sets
from dataaug.filtering.checks.tails import Cut, Doubts, LossLimits
from dataaug.filtering.notes import LabelForecast, LabelNote
from dataaug.plugins import Option, Spec
from dataaug.rows.labels import several
from dataaug.rows.record import Record, shown_text

_SHOWN = 20
_LETTERS = 200
"""Letters of a suspect that are shown."""
_LOST_CAUSE = 0.25
"""Where the models contradict more than this share of a label's own real rows, they know too little
of the label to judge others by it: it is mostly the smallest class that would be wiped out."""


@dataclass(slots=True)
class _Label:
    """Judges each synthetic row by a model that has not seen its real ancestor."""

    classifier: Classifier
    limits: LossLimits
    folds: int
    min_rows: int
    verdicts: dict[int, dict[str, object]] = field(default_factory=dict)

    def observe(self, records: Sequence[Record], /) -> None:
        """Nothing to do: rows are read again when the cheap checks are done."""

    def judge(self, rows: Rows, /) -> Mask:
        """Return the rows whose label, or one of whose labels, the models contradict."""
        bad: Mask = np.zeros(len(rows), dtype=np.bool_)
        real, made = self._sort(rows)
        if several(row.label for row in (*real, *made)):
            how = SetRule(self.classifier, self.limits, self.folds, self.min_rows)
            self.verdicts = judge_sets(rows, real, made, how)
            bad[list(self.verdicts)] = True
            return bad
        counts = Counter(row.label for row in real)
        known = {name for name, count in counts.items() if count >= self.min_rows}
        unknown = Counter(row.label for row in made if row.label not in known)
        rows.notes["label"] = LabelNote(unknown)
        self._abstain(rows, counts, known, unknown)
        if len(known) < 2:
            return bad
        real = [row for row in real if row.label in known]
        made = [row for row in made if row.label in known]
        judged = judge(self.classifier, real, made, self.folds, rows.notify)
        cut, weak = self._cut(judged)
        rows.warnings += self.limits.less(sum(row.label not in weak for row in real), cut)
        rows.notes["label"] = LabelNote(unknown, _expect(rows, judged, cut, weak))
        beyond = cut(judged.doubts)
        for n, row in enumerate(judged.rows[len(real) :], len(real)):
            if beyond[n] and row.label not in weak:
                bad[row.place] = True
                self.verdicts[row.place] = _said(judged, n)
        return bad

    def _sort(self, rows: Rows) -> tuple[list[Row], list[Row]]:
        """Return the real rows with labels, and the rows to judge."""
        real, made = [], []
        for place, record in rows.alive_records():
            if record.label is None:
                continue
            row = Row(place, record.text, record.label, record.root)
            if record.is_real:
                real.append(row)
            elif rows.judged[place]:
                made.append(row)
        return real, made

    def _abstain(
        self, rows: Rows, counts: Counter[str], known: set[str], unknown: Counter[str]
    ) -> None:
        """Say for which labels nothing can be said."""
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

    def _cut(self, judged: Judged) -> tuple[Cut, set[str]]:
        """Return where to cut, and the labels that the models know too little of to judge by them.

        The real rows of these have no part in the cut: they would take the place of rows that go.
        """
        real = judged.rows[: judged.real]
        doubts = judged.of_real
        weak = _weak(real, self.limits.cut(doubts)(doubts))
        judge = np.array([row.label not in weak for row in real])
        cut = self.limits.cut(Doubts(doubts.margin[judge], doubts.ratio[judge]))
        return cut, weak | _weak(real, cut(doubts))

    def fault(self, row: int, _rows: Rows, /) -> Fault:
        """Name the label that the model is surer of."""
        return Fault("label_mismatch", self.verdicts[row])


def _said(judged: Judged, n: int) -> dict[str, object]:
    """Return how much surer of which label the model is."""
    return {
        "looks_like": judged.others[n],
        "margin": round(float(judged.doubts.margin[n]), 4),
        "times_likelier": float(f"{np.exp(judged.doubts.ratio[n]):.3g}"),
    }


def _lost(real: Sequence[Row], beyond: Mask) -> dict[str, float]:
    """Return the share of each label's rows that are beyond the cut."""
    lost = Counter(row.label for row, gone in zip(real, beyond, strict=True) if gone)
    total = Counter(row.label for row in real)
    return {label: lost[label] / total[label] for label in sorted(total)}


def _weak(real: Sequence[Row], beyond: Mask) -> set[str]:
    return {label for label, share in _lost(real, beyond).items() if share > _LOST_CAUSE}


def _expect(rows: Rows, judged: Judged, cut: Cut, weak: set[str]) -> LabelForecast:
    """Return how many good rows the rule is expected to lose, as it does real ones."""
    real = judged.rows[: judged.real]
    beyond = cut(judged.of_real)
    share = _lost(real, beyond)
    total = Counter(row.label for row in real)
    count = sum(total[label] for label in share if label not in weak)
    judge = np.array([row.label not in weak for row in real])
    anywhere, near = tails.planted(judged.found[judge], judged.own[judge], cut)
    forecast = LabelForecast(
        margin=min(cut.margin, 1.0),
        times_likelier=float(f"{np.exp(min(cut.ratio, 30.0)):.3g}"),
        expected_good_loss=int(beyond[judge].sum()) / max(count, 1),
        largest_good_loss=cut.most,
        expected_good_loss_by_label=share,
        expected_found={"any_other_label": anywhere, "likeliest_other_label": near},
        not_judged=sorted(weak),
        real_rows_that_look_mislabelled=_odd(rows, judged, beyond),
    )
    for label in sorted(weak)[:5]:
        lost = round(share[label] * total[label])
        rows.warnings.append(
            f"label: no verdict on {label!r}: the models contradict {lost} of its {total[label]} "
            "real rows, so they can't tell good variants from bad ones"
        )
    return forecast


def _odd(rows: Rows, judged: Judged, beyond: Mask) -> list[dict[str, object]]:
    """Name the real rows whose labels the models contradict most."""
    order = np.argsort(-judged.of_real.margin, kind="stable")
    return [
        {
            "id": rows.name(judged.rows[n].place),
            "text": shown_text(judged.rows[n].text)[:_LETTERS],
            "label": judged.rows[n].label,
            **_said(judged, int(n)),
        }
        for n in order[beyond[order]][:_SHOWN]
    ]


def load(
    *,
    classifier: str = "embedding",
    tail: float = TAIL,
    margin: float = 0.0,
    max_good_loss: float = MAX_GOOD_LOSS,
    folds: int = 5,
    min_rows: int = 5,
    model: str = "",
) -> Check:
    """Build the check.

    A plain mismatch throws away 7 to 18 % of the good rows of banking77 and cr. How sure of another
    label a model has to be depends on the data; so rows go that contradict it more than nearly all
    real rows do, which it has not seen either (docs/checks.md has what that finds). Where rows have
    several labels, each is judged one against the rest, also those that a row lacks.

    Args:
        classifier: ``embedding`` or ``tfidf``.
        tail: the share of good rows to give up, 0 to 1: rows go where p(other) - p(label) or
            p(other) / p(label) is as large as for this share of the real rows.
        margin: a fixed limit of p(other) - p(label) instead, 0 to 1; 0: none.
        max_good_loss: the share of good rows that is not exceeded, 0 to 1, with 95 % confidence;
            fewer rows go where that takes it, or none.
        folds: models to train; each judges the descendants of the real rows it has not seen.
        min_rows: real rows a label needs before anything is said about it.
        model: the embedding model, if not the default.

    Raises:
        UsageError: a number is out of range.
    """
    if not (0 <= margin < 1 and 0 <= tail < 1 and 0 <= max_good_loss <= 1):
        raise UsageError(
            "label: expected margin and tail from 0 to below 1, and max_good_loss from 0 to 1"
        )
    if folds < 2 or min_rows < 2:
        raise UsageError("label: expected folds and min_rows of 2 or more")
    given: dict[str, Option] = {"balanced": True}  # a rare label must not look like a common one
    if model:
        given["model"] = model
    return _Label(
        plugins.load("classifiers", Spec(classifier, given)),
        LossLimits(tail, margin, max_good_loss), folds, min_rows,
    )  # fmt: skip
