"""What models say of the labels of rows that neither they nor their ancestors were trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataaug.classifiers import Classifier, Probabilities
from dataaug.filtering.checks import tails
from dataaug.filtering.checks.tails import Doubts
from dataaug.rows.progress import Notify
from dataaug.rows.seeds import derive


@dataclass(frozen=True, slots=True)
class Row:
    """What the label check needs of a row.

    Attributes:
        place: its number in the stream.
        text: its text.
        label: its label.
        root: the id of the real row that it descends from, its own for a real one.
    """

    place: int
    text: str
    label: str
    root: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows and what models that have not seen them or their ancestors say of them.

    Attributes:
        rows: real rows first.
        real: how many of them are real.
        doubts: one entry a row.
        others: the likeliest other label of each row.
        found: probabilities of the real rows, shape (real, labels), labels in alphabetical order.
        own: the numbers of their labels.
    """

    rows: Sequence[Row]
    real: int
    doubts: Doubts
    others: Sequence[str]
    found: Probabilities
    own: npt.NDArray[np.intp]

    @property
    def of_real(self) -> Doubts:
        """The doubts of the real rows."""
        return Doubts(self.doubts.margin[: self.real], self.doubts.ratio[: self.real])


def judge(
    classifier: Classifier, real: Sequence[Row], made: Sequence[Row], folds: int, notify: Notify
) -> Judged:
    """Train a model on the real rows outside each fold, and one on all for rows without a fold.

    Args:
        classifier: what is trained.
        real: real rows of two labels at least.
        made: further rows with these labels.
        folds: how many models are trained on a part of the real rows.
        notify: shows the progress.
    """
    every = [*real, *made]
    names = sorted({row.label for row in real})
    fold_of = deal(real, folds)
    fold = np.array([fold_of.get(row.root or "", -1) for row in every])
    doubts = Doubts(np.zeros(len(every)), np.zeros(len(every)))
    others = [""] * len(every)
    found = np.zeros((len(real), len(names)))
    for number in range(-1, folds):
        chosen = np.flatnonzero(fold == number)
        train = [row for row in real if fold_of[row.root or ""] != number]
        if not len(chosen) or len({row.label for row in train}) < 2:
            continue
        model = classifier([row.text for row in train], [row.label for row in train],
                           notify=notify)  # fmt: skip
        said = model([every[n].text for n in chosen])
        part, best = tails.doubts(said, _numbers(model.classes, [every[n] for n in chosen]))
        doubts.margin[chosen], doubts.ratio[chosen] = part.margin, part.ratio
        for n, other in zip(chosen, best, strict=True):
            others[n] = model.classes[other]
        ours = chosen < len(real)
        columns = np.array([names.index(name) for name in model.classes])
        found[np.ix_(chosen[ours], columns)] = said[ours]
        notify("label check", number + 1, folds)
    return Judged(every, len(real), doubts, others, found, _numbers(names, real))


def deal(real: Sequence[Row], folds: int) -> dict[str, int]:
    """Deal the real rows of each label out to folds, by their names and not their order.

    Equal texts are in one fold, so that no model is asked about what it has learnt by heart.

    Args:
        real: real rows.
        folds: how many folds there are.

    Returns:
        The number of the fold of each root.
    """
    fold_of: dict[str, int] = {}
    fold_of_text: dict[str, int] = {}
    names = sorted({(row.label, row.root or "", row.text) for row in real},
                   key=lambda name: (name[0], derive(0, *name[:2]), name[2]))  # fmt: skip
    for number, (_, root, text) in enumerate(names):
        fold = fold_of_text.setdefault(text, number % folds)
        fold_of.setdefault(root, fold)
    return fold_of


def _numbers(names: Sequence[str], rows: Sequence[Row]) -> npt.NDArray[np.intp]:
    """Return the places of the rows' labels among names, -1 where one is not there."""
    place = {name: number for number, name in enumerate(names)}
    return np.array([place.get(row.label, -1) for row in rows], dtype=np.intp)
