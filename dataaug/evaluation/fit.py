"""Train the fits of evaluate and keep what they predict for the test rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dataaug.classifiers import Classifier
from dataaug.embedders import Notify
from dataaug.evaluation.scores import Design, Numbers, Sample, TestSet, half_samples, seeded
from dataaug.evaluation.train_sets import Candidate, Keep, Row, TrainSet, all_but, halves
from dataaug.rows.seeds import derive


@dataclass(frozen=True, slots=True)
class Fit:
    """One training run: which rows it may see, and the classifier's seed."""

    keep: Keep
    seed: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The fits of every train set, and how to read their scores."""

    fits: tuple[Fit, ...]
    design: Design


def plan(
    classifier: Classifier,
    real: Sequence[Row],
    candidates: Sequence[Candidate],
    repeats: int,
    seed: int,
) -> Plan:
    """Return what is trained on each train set.

    A classifier without chance of its own is fitted once on everything, which gives the scores,
    and on ``repeats`` random halves of the rows, which tell how much the choice of train rows
    matters. Fitting it on everything again would give the same numbers and an interval of no
    width; a bootstrap of the rows would repeat some of them, and be mistaken for oversampling.
    One with chance of its own (``random``) is fitted on everything with different seeds.
    """
    seeds = [derive(seed, "fit", str(number)) % 2**31 for number in range(repeats)]
    everything = all_but(frozenset())
    if getattr(classifier, "random", False):
        return Plan(tuple(Fit(everything, one) for one in seeds), seeded(repeats))
    full = Fit(everything, seeds[0])
    if repeats < 2:  # one half has nothing to differ from
        return Plan((full,), Design((0,), (0,), 0.0))
    parts = tuple(Fit(all_but(out), seeds[0]) for out in halves(real, candidates, repeats, seed))
    return Plan((full, *parts), half_samples(repeats))


class Trainer:
    """Trains on rows and predicts the test rows, as numbers of labels."""

    def __init__(
        self, classifier: Classifier, labels: Sequence[str], texts: Sequence[str], notify: Notify
    ) -> None:
        self._classifier = classifier
        self._numbers = {label: number for number, label in enumerate(labels)}
        self._texts = texts
        self._notify = notify
        self._done = 0
        self.total = 0

    def expect(self, fits: int) -> None:
        """Say how many fits there will be, for the progress."""
        self.total += fits

    def predict(self, rows: Sequence[Row], seed: int) -> Numbers:
        """Return the predicted label numbers of the test rows; one class is always predicted."""
        # A solver that takes rows at random takes them by number: their order must not depend on
        # the order of a file.
        rows = sorted(rows, key=lambda row: (row.label, row.text))
        labels = [row.label for row in rows]
        self._done += 1
        if len(set(labels)) < 2:
            return np.full(len(self._texts), self._numbers[labels[0]], np.intp)
        model = self._classifier([row.text for row in rows], labels, seed=seed)
        found = model(self._texts).argmax(axis=1)
        self._notify("training", self._done, self.total)
        own = np.array([self._numbers[label] for label in model.classes], np.intp)
        numbers: Numbers = own[found]
        return numbers

    def fit(self, train: TrainSet, fits: Sequence[Fit]) -> list[Numbers]:
        """Return the predictions of each fit of a train set."""
        return [self.predict(train.rows(fit.keep), fit.seed) for fit in fits]


def samples(
    truth: TestSet, predictions: Sequence[Sequence[Numbers]], design: Design
) -> list[Sample]:
    """Return for each train set what is known of its scores; all share the bootstrap samples."""
    found = []
    for fits in predictions:
        values = np.array([truth.statistic(fit) for fit in fits])
        draws = truth.draws([fits[n] for n in design.headline]).mean(axis=0)
        found.append(Sample(values, draws, len(truth.truth), design))
    return found
