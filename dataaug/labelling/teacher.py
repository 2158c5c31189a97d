"""A teacher: a classifier of the real rows whose probabilities mean what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from dataaug.classifiers import Classifier, Model, Probabilities
from dataaug.errors import InputError
from dataaug.filtering.checks.held_out import Row, judge
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Record

_FOLDS = 5
_LEAST = 20
"""Rows that a temperature is found on, at least: of fewer it is mostly chance."""
_RANGE = (-3.0, 3.0)
"""The natural logarithms between which a temperature is looked for."""


@dataclass(frozen=True, slots=True)
class Teacher:
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

    def __call__(self, texts: Sequence[str]) -> Probabilities:
        """Return the probability of each label for each text, shape (texts, labels)."""
        return tempered(self.model(texts), self.temperature)


def tempered(found: Probabilities, temperature: float) -> Probabilities:
    """Return probabilities whose logarithms are divided by a temperature, made to add up to 1."""
    tiny = np.finfo(np.float64).tiny
    made: Probabilities = softmax(np.log(np.maximum(found, tiny)) / temperature, axis=1)
    return made


def teach(
    classifier: Classifier, train: Sequence[Record], seed: int = 0, notify: Notify = silent
) -> Teacher:
    """Train a teacher on labelled real rows, and calibrate it on rows that it has not seen.

    A classifier of few rows of many labels is far less sure than it is right, since its penalty
    holds it back. So its probabilities are scaled by a temperature, that of the least loss on the
    rows of each of five folds by the model of the others (Guo et al. 2017, arXiv:1706.04599, sec.
    4.2). A label of one row is in no fold's model and has no part in it.

    Args:
        classifier: what is trained.
        train: real rows with labels.
        seed: the classifier's.
        notify: shows the progress.

    Raises:
        InputError: there are fewer than two labels.
        TrainingError: the classifier learnt nothing.
    """
    rows = sorted(
        (Row(0, record.text, record.label or "", record.id) for record in train),
        key=lambda row: (row.label, row.text, row.root),
    )
    if len({row.label for row in rows}) < 2:
        raise InputError("the train rows have one label only: a teacher needs two")
    texts, labels = [row.text for row in rows], [row.label for row in rows]
    model = classifier(texts, labels, seed=seed, notify=notify)
    judged = judge(classifier, rows, (), _FOLDS, notify)
    temperature, used = _temperature(judged.found, judged.own)
    return Teacher(model, temperature, used)


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
