"""Train the fits of evaluate and keep what they predict for the test rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaug.classifiers import SURE, Classifier, fit_soft
from dataaug.errors import TrainingError
from dataaug.evaluation.samples import Sample
from dataaug.evaluation.scores import (
    BOOTSTRAP_SAMPLES_EACH,
    ClassNumbers,
    Design,
    TestSet,
    half_samples,
)
from dataaug.evaluation.set_scores import UNSAID, set_numbers
from dataaug.evaluation.train_sets import (
    CandidateSet,
    Keep,
    LabelledRow,
    TrainPart,
    TrainSet,
    all_but,
    jackknife_halves,
)
from dataaug.rows.labels import LabelSet, members
from dataaug.rows.progress import Notify
from dataaug.rows.seeds import derive
from dataaug.search.threads import in_threads


@dataclass(frozen=True, slots=True)
class Fit:
    """One training run: which rows it may see, and the classifier's seed."""

    keep: Keep
    seed: int


@dataclass(frozen=True, slots=True)
class FitPlan:
    """The fits of every train set, and how to read their scores.

    Attributes:
        fits: by candidate, whose controls have the same; empty name for the real rows.
        design: how to read them.
    """

    fits: Mapping[str, tuple[Fit, ...]]
    design: Design

    @property
    def count(self) -> int:
        """Fits of each train set."""
        return len(self.fits[""])


def plan_fits(
    classifier: Classifier,
    real: Sequence[LabelledRow],
    candidates: Sequence[CandidateSet],
    repeats: int,
    seed: int,
) -> FitPlan:
    """Return what is trained on each train set.

    Each is fitted once on everything, which gives the scores, and on ``repeats`` random halves of
    the rows, which tell how much the choice of train rows matters. Fitting on everything again
    would give a classifier without chance of its own the same numbers, and one that has it
    (``random``) an interval without the choice of train rows; a bootstrap of the rows would repeat
    some of them, and be mistaken for oversampling. A classifier with chance gets another seed for
    each half, so that the scatter holds both.
    """
    chance = getattr(classifier, "random", False)
    seeds = [derive(seed, "fit", str(number)) % 2**31 for number in range(repeats + 1)]
    full = Fit(all_but(frozenset()), seeds[0])
    if repeats < 2:  # one half has nothing to differ from
        repeats = 0
    own = {"": (), **{one.name: one.rows for one in candidates}}
    fits = {
        name: (
            full,
            *(
                Fit(all_but(out), seeds[number] if chance else seeds[0])
                for number, out in enumerate(jackknife_halves(real, rows, repeats, seed), 1)
            ),
        )
        for name, rows in own.items()
    }
    return FitPlan(fits, half_samples(repeats))


class Trainer:
    """Trains on rows and predicts the test rows.

    Predictions are numbers of labels, shape (test rows,). Where rows have several labels they are
    of shape (test rows, labels): 1 where a label is likelier than not, else 0.
    """

    def __init__(
        self,
        classifier: Classifier,
        labels: Sequence[str],
        texts: Sequence[str],
        notify: Notify,
        *,
        sets: bool = False,
    ) -> None:
        self._sets = sets
        self._labels = labels
        self.classifier = classifier
        self._numbers = {label: number for number, label in enumerate(labels)}
        self._texts = texts
        self._notify = notify
        self._done = 0
        self.total = 0
        self.untrained: Counter[str] = Counter()

    def expect(self, fits: int) -> None:
        """Say how many fits there will be, for the progress."""
        self.total += fits

    def predict(self, train: TrainSet, part: TrainPart, seed: int) -> ClassNumbers:
        """Return the predictions for the test rows.

        One class is always predicted. A part that keeps no row predicts nothing: the number of
        labels, or of sets :data:`~dataaug.evaluation.set_scores.UNSAID`, stands for that and is
        wrong everywhere, and ``untrained`` counts such fits.

        Args:
            train: the train set, for the count.
            part: the part of it that is trained on.
            seed: the classifier's.

        Raises:
            TrainingError: the classifier learnt nothing; it says of which train set.
        """
        labels = sorted({row.label for row in part.rows})
        if not labels:
            self.untrained[train.name] += 1
            found = self._always(None)
        elif len(labels) < 2:
            found = self._always(labels[0])
        else:
            try:
                found = self._trained(part, seed)
            except TrainingError as error:
                raise TrainingError(f"train set {train.name!r}: {error}") from error
        self._done += 1
        self._notify("training", self._done, self.total)
        return found

    def _always(self, label: str | None) -> ClassNumbers:
        """Return the same for every test row: a label, or nothing."""
        rows = len(self._texts)
        if not self._sets:
            return np.full(rows, len(self._numbers) if label is None else self._numbers[label])
        if label is None:
            return np.full((rows, len(self._labels)), UNSAID)
        return np.repeat(set_numbers([label], self._labels), rows, axis=0)

    def _trained(self, part: TrainPart, seed: int) -> ClassNumbers:
        # A solver that takes rows at random takes them by number: their order must not depend on
        # the order of a file.
        rows = sorted(part.rows, key=lambda row: (row.label, row.text))
        texts = [row.text for row in rows]
        if self._sets:
            sets = [LabelSet(members(row.label)) for row in rows]
            model = self.classifier(texts, sets, seed=seed, weight=part.weight)
        else:
            shares = [row.weights for row in rows]
            model = fit_soft(self.classifier, texts, shares, seed, part.weight)
        own = np.array([self._numbers[label] for label in model.classes], np.intp)
        if self._sets:
            said = np.zeros((len(self._texts), len(self._labels)), np.intp)
            said[:, own] = model(self._texts) >= SURE
            return said
        found: ClassNumbers = own[model(self._texts).argmax(axis=1)]
        return found

    def fit(self, train: TrainSet, fits: Sequence[Fit]) -> list[ClassNumbers]:
        """Return the predictions of each fit of a train set."""

        def one(fit: Fit) -> ClassNumbers:
            return self.predict(train, train.part(fit.keep), fit.seed)

        side_by_side = getattr(self.classifier, "one_thread", False)
        return list((in_threads if side_by_side else map)(one, fits))


def samples(
    truth: TestSet, predictions: Sequence[Sequence[ClassNumbers]], design: Design
) -> list[Sample]:
    """Return for each train set what is known of its scores; all share the bootstrap samples."""
    return [_sample(truth, fits, design) for fits in predictions]


def _sample(truth: TestSet, fits: Sequence[ClassNumbers], design: Design) -> Sample:
    values = np.array([truth.statistic(fit) for fit in fits])
    draws = truth.draws([fits[n] for n in design.headline]).mean(axis=0)
    each = truth.draws(fits, BOOTSTRAP_SAMPLES_EACH).astype(np.float32)
    return Sample(values, draws, each, truth.sizes(), design)
