"""The usual teacher: a classifier of the real rows whose probabilities mean what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from dataaug.classifiers import Classifier, Model, Probabilities
from dataaug.filtering.checks.held_out import Row, judge
from dataaug.labelling.teachers import TaughtLabel
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Record

_FOLDS = 5
_LEAST = 20
"""Rows that a temperature is found on, at least: of fewer it is mostly chance."""
_RANGE = (-3.0, 3.0)
"""The natural logarithms between which a temperature is looked for."""
_MASS, _MOST = 0.95, 10
"""Labels of a soft label: the likeliest that make up this probability, so many at most."""
_UNKNOWN = (
    "too few train rows to tell how often the teacher is right: p is what the classifier has it, "
    "which is too low where labels have few rows"
)


@dataclass(frozen=True, slots=True)
class ClassifierTeacher:
    """A classifier trained on the real rows.

    Attributes:
        model: the classifier.
        temperature: what the logarithms of its probabilities are divided by; below 1 makes it
            surer.
        rows: real rows that the temperature was found on; 0: there were too few, and it is 1.
    """

    model: Model
    temperature: float
    rows: int

    @property
    def classes(self) -> list[str]:
        """The labels, in the order of the columns."""
        return self.model.classes

    @property
    def warnings(self) -> list[str]:
        """What whoever uses its probabilities has to know."""
        return [] if self.rows else [_UNKNOWN]

    def __call__(self, texts: Sequence[str]) -> Probabilities:
        """Return the probability of each label for each text, shape (texts, labels)."""
        return tempered(self.model(texts), self.temperature)

    def guesses(
        self,
        rows: Sequence[Record],
        /,
        *,
        soft: bool = False,
        sure: bool = False,  # noqa: ARG002 - its probabilities are always there
    ) -> list[TaughtLabel]:
        """Return the likeliest label of each row, and weights of others where they are wanted."""
        found = self([row.text for row in rows]) if rows else np.empty((0, len(self.classes)))
        order = np.argsort(-found, axis=1, kind="stable")
        return [
            TaughtLabel(
                self.classes[best[0]],
                as_p(each[best[0]]),
                self._soft(each, best) if soft else {},
            )
            for each, best in zip(found, order, strict=True)
        ]

    def _soft(self, found: Probabilities, order: npt.NDArray[np.intp]) -> dict[str, float]:
        """Return the likeliest labels with their weights, which add up to 1 but for rounding."""
        enough = int(np.searchsorted(np.cumsum(found[order]), _MASS)) + 1
        chosen = order[: min(enough, _MOST)]
        weights = found[chosen] / found[chosen].sum()
        pairs = zip(chosen, weights, strict=True)
        return {self.classes[n]: as_p(weight) for n, weight in pairs if as_p(weight) > 0}


def as_p(value: float) -> float:
    """Return a probability as it is written, and compared: digits behind depend on kernels."""
    return round(float(value), 4)


def tempered(found: Probabilities, temperature: float) -> Probabilities:
    """Return probabilities whose logarithms are divided by a temperature, made to add up to 1."""
    tiny = np.finfo(np.float64).tiny
    made: Probabilities = softmax(np.log(np.maximum(found, tiny)) / temperature, axis=1)
    return made


def teach(
    classifier: Classifier, train: Sequence[Record], seed: int = 0, notify: Notify = silent
) -> ClassifierTeacher:
    """Train a teacher on labelled real rows, and calibrate it on rows that it has not seen.

    A classifier of few rows of many labels is far less sure than it is right, since its penalty
    holds it back. So its probabilities are scaled by a temperature, that of the least loss on the
    rows of each of five folds by the model of the others (Guo et al. 2017, arXiv:1706.04599, sec.
    4.2). A label of one row is in no fold's model and has no part in it.

    Args:
        classifier: what is trained.
        train: real rows with labels, two of them at least.
        seed: the classifier's.
        notify: shows the progress.

    Raises:
        TrainingError: the classifier learnt nothing.
    """
    rows = sorted(
        (Row(0, record.text, record.label or "", record.id) for record in train),
        key=lambda row: (row.label, row.text, row.root),
    )
    texts, labels = [row.text for row in rows], [row.label for row in rows]
    model = classifier(texts, labels, seed=seed, notify=notify)
    judged = judge(classifier, rows, (), _FOLDS, notify)
    temperature, used = _temperature(judged.found, judged.own)
    return ClassifierTeacher(model, temperature, used)


def _temperature(found: Probabilities, own: npt.NDArray[np.intp]) -> tuple[float, int]:
    """Return the temperature of the least loss, and the number of rows that it was found on.

    Args:
        found: probabilities of the labels of each row, shape (rows, labels).
        own: the number of the label that each row has.
    """
    known = np.flatnonzero(found[np.arange(len(own)), own] > 0)
    if len(known) < _LEAST:
        return 1.0, 0
    found, own = found[known], own[known]

    def loss(power: float) -> float:
        chosen = tempered(found, float(np.exp(power)))[np.arange(len(own)), own]
        return float(-np.mean(np.log(np.maximum(chosen, np.finfo(np.float64).tiny))))

    best = minimize_scalar(loss, bounds=_RANGE, method="bounded")
    return round(float(np.exp(best.x)), 3), len(known)
