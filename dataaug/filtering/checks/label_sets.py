"""What models say of rows of several labels: each label one against the rest."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataaug.classifiers import Classifier, Probabilities
from dataaug.classifiers.one_vs_rest import Bits, bits
from dataaug.filtering.checks import Mask, Rows
from dataaug.filtering.checks.held_out import Row, deal
from dataaug.filtering.checks.tails import Cut, Doubts, LossLimits, doubts_of
from dataaug.filtering.notes import LabelForecast, LabelNote
from dataaug.rows.labels import LabelSet, members
from dataaug.rows.progress import Notify
from dataaug.rows.record import shown_text

_SHOWN = 20
_LETTERS = 200
_LOST_CAUSE = 0.25
"""As for single labels: of a label that so many real rows would be contradicted on, nothing is
said."""
_NAMED = 5

LabelMargins = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SetRule:
    """How to judge: see :func:`dataaug.filtering.checks.label.load`."""

    classifier: Classifier
    limits: LossLimits
    folds: int
    min_rows: int


@dataclass(frozen=True, slots=True)
class JudgedSets:
    """Rows and what models that have not seen them or their ancestors say of their labels.

    Attributes:
        rows: real rows first.
        real: how many of them are real.
        names: the labels that models know.
        own: which of them each row has, shape (rows, labels).
        margins: how much surer the models are that a row should lack a label that it has, or have
            one that it lacks, than of what is there; -1 to 1, shape (rows, labels).
    """

    rows: Sequence[Row]
    real: int
    names: Sequence[str]
    own: Bits
    margins: LabelMargins

    def worst(self, judged: Mask) -> tuple[npt.NDArray[np.intp], LabelMargins]:
        """Return of each row the label that is doubted most, of those judged, and its margin."""
        margins = np.where(judged, self.margins, -1.0)
        place = margins.argmax(axis=1)
        return place, margins[np.arange(len(margins)), place]


def judge_sets(
    rows: Rows, real: Sequence[Row], made: Sequence[Row], how: SetRule
) -> dict[int, dict[str, object]]:
    """Return what is said of the rows that the models of the real rows contradict, by place.

    A row goes for the one label on which its models contradict it most, where they do so more than
    they contradict nearly all real rows on any label.
    """
    names, unknown = _known(real, made, how.min_rows)
    rows.notes["label"] = LabelNote(unknown)
    rows.warnings += _abstained(real, names, unknown, how.min_rows)
    if not names:
        return {}
    found = _judged(how, real, made, names, rows.notify)
    cut, judged = _cut(found, how.limits)
    rows.warnings += how.limits.less(len(real), cut)
    place, margin = found.worst(judged)
    beyond = cut(doubts_of(margin))
    rows.notes["label"] = LabelNote(unknown, _expect(rows, found, cut, judged))
    return {
        found.rows[n].place: _said(found, n, int(place[n]), float(margin[n]))
        for n in range(found.real, len(found.rows))
        if beyond[n]
    }


def _known(real: Sequence[Row], made: Sequence[Row], least: int) -> tuple[list[str], Counter[str]]:
    """Return the labels that enough real rows have, and lack; of others, the rows with them."""
    counts = Counter(label for row in real for label in members(row.label))
    names = sorted(n for n, count in counts.items() if least <= count <= len(real) - least)
    known = set(names)
    rest = Counter(label for row in made for label in members(row.label) if label not in known)
    return names, rest


def _abstained(
    real: Sequence[Row], names: Sequence[str], unknown: Counter[str], least: int
) -> list[str]:
    """Say of which labels nothing can be said."""
    if not names:
        return [
            f"label: not checked; it takes a label that {least} real rows have and as many lack"
        ]
    counts = Counter(label for row in real for label in members(row.label))
    shown = ", ".join(
        f"{label!r} ({counts[label]} real rows, {count:,} unchecked)"
        for label, count in unknown.most_common(_NAMED)
    )
    more = f" and {len(unknown) - _NAMED} more labels" if len(unknown) > _NAMED else ""
    said = f"label: no verdict on labels that fewer than {least} real rows have, or lack: {shown}"
    return [said + more] if unknown else []


def _judged(
    how: SetRule, real: Sequence[Row], made: Sequence[Row], names: Sequence[str], notify: Notify
) -> JudgedSets:
    """Train a model on the real rows outside each fold, and one on all for rows without a fold."""
    every = [*real, *made]
    fold_of = deal(real, how.folds)
    fold = np.array([fold_of.get(row.root or "", -1) for row in every])
    own = bits([row.label for row in every], names)
    found = np.where(own, 1.0, 0.0)  # no doubt where no model says anything
    for number in range(-1, how.folds):
        chosen = np.flatnonzero(fold == number)
        train = [row for row in real if fold_of[row.root or ""] != number]
        if not len(chosen) or len({row.label for row in train}) < 2:
            continue
        model = how.classifier(
            [row.text for row in train], [LabelSet(members(row.label)) for row in train],
            notify=notify,
        )  # fmt: skip
        said = model([every[n].text for n in chosen])
        for column, name in enumerate(names):
            if name in model.classes:
                found[chosen, column] = said[:, model.classes.index(name)]
        notify("label check", number + 1, how.folds)
    return JudgedSets(every, len(real), names, own, _margins(found, own))


def _margins(found: Probabilities, own: Bits) -> LabelMargins:
    return np.where(own, 1 - 2 * found, 2 * found - 1)


def _cut(found: JudgedSets, limits: LossLimits) -> tuple[Cut, Mask]:
    """Return where to cut, and which labels are judged: not those that the models know too little.

    These have no part in the cut: they would take the place of rows that go.
    """
    every = np.ones(len(found.names), np.bool_)
    judged = every & ~_weak(found, limits.cut(doubts_of(found.worst(every)[1][: found.real])))
    cut = limits.cut(doubts_of(found.worst(judged)[1][: found.real]))
    return cut, judged & ~_weak(found, cut)


def _weak(found: JudgedSets, cut: Cut) -> Mask:
    """Return the labels on which too many of the real rows that have them are contradicted."""
    own, margins = found.own[: found.real], found.margins[: found.real]
    beyond = cut(doubts_of(margins))
    weak = np.zeros(len(found.names), np.bool_)
    for side in (own, ~own):
        weak |= (beyond & side).sum(axis=0) > _LOST_CAUSE * side.sum(axis=0)
    return weak


def _expect(rows: Rows, found: JudgedSets, cut: Cut, judged: Mask) -> LabelForecast:
    """Return how many good rows the rule is expected to lose, as it does real ones."""
    own = found.own[: found.real]
    margin = found.worst(judged)[1][: found.real]
    beyond = cut(doubts_of(margin))
    lost = (own & beyond[:, None]).sum(axis=0) / own.sum(axis=0)
    weak = [name for name, known in zip(found.names, judged, strict=True) if not known]
    for name in weak[:_NAMED]:
        rows.warnings.append(
            f"label: no verdict on {name!r}: the models contradict too many of the real rows on it "
            "to tell good variants from bad ones"
        )
    return LabelForecast(
        margin=min(cut.margin, 1.0),
        times_likelier=float(f"{np.exp(min(cut.ratio, 30.0)):.3g}"),
        expected_good_loss=float(beyond.mean()),
        largest_good_loss=cut.most,
        expected_good_loss_by_label=dict(zip(found.names, lost.tolist(), strict=True)),
        expected_found=_planted(found, cut, judged),
        not_judged=weak,
        real_rows_that_look_mislabelled=_odd(rows, found, cut, judged),
    )


def _planted(found: JudgedSets, cut: Cut, judged: Mask) -> dict[str, float]:
    """Return the shares of wrong labels that a cut would find, had real rows one each.

    ``missing_label``: a label that a row has is taken from it; ``added_label``: one is given to it
    that it lacks, any alike.
    """
    own = found.own[: found.real, judged]
    margins = found.margins[: found.real, judged]
    if not margins.size:
        return {"missing_label": 0.0, "added_label": 0.0}
    order = np.sort(margins, axis=1)
    top = order[:, -1:]
    second = order[:, -2:-1] if margins.shape[1] > 1 else np.full_like(top, -1.0)
    rest = np.where(margins == top, second, top)
    hit = cut(doubts_of(np.maximum(rest, -margins)))
    return {
        "missing_label": float(hit[own].mean()) if own.any() else 0.0,
        "added_label": float(hit[~own].mean()) if (~own).any() else 0.0,
    }


def _odd(rows: Rows, found: JudgedSets, cut: Cut, judged: Mask) -> list[dict[str, object]]:
    """Name the real rows whose labels the models contradict most."""
    place, margin = found.worst(judged)
    order = np.argsort(-margin[: found.real], kind="stable")
    gone = order[cut(doubts_of(margin[order]))]
    return [
        {
            "id": rows.name(found.rows[n].place),
            "text": shown_text(found.rows[n].text)[:_LETTERS],
            "label": found.rows[n].label,
            **_said(found, int(n), int(place[n]), float(margin[n])),
        }
        for n in gone[:_SHOWN]
    ]


def _said(found: JudgedSets, n: int, column: int, margin: float) -> dict[str, object]:
    """Return which label should be there, or not, and how much surer the model is of that."""
    name, here = found.names[column], bool(found.own[n, column])
    own = set(members(found.rows[n].label))
    doubts: Doubts = doubts_of(np.array([margin]))
    return {
        "looks_like": LabelSet(own - {name} if here else own | {name}),
        "without" if here else "with": name,
        "margin": round(margin, 4),
        "times_likelier": float(f"{np.exp(doubts.ratio[0]):.3g}"),
    }
