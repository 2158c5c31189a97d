"""Classifiers: learn labels from texts, for the label check and for evaluate."""

import inspect
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from dataaug.errors import TrainingError, UsageError
from dataaug.rows.labels import members, several
from dataaug.rows.progress import Notify, silent

Probabilities = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float64]

_SETTLED, _STOPPED = 0.001, 0.25
"""The least part of the loss of the class shares that a fit takes away, if it came to rest and if
it was stopped. Little is all there is where labels hardly show in the texts or the penalty is
strong; a fit that ended before its first step takes nothing."""


SURE = 0.5
"""The probability from which on a row of several labels is said to have one."""
_TINY, _EPS = np.finfo(np.float64).tiny, np.finfo(np.float64).eps


def check_penalty(option: str, c: float) -> None:
    """Refuse an inverse strength of a penalty that is none.

    Raises:
        UsageError: it is not above 0, or not finite.
    """
    if not 0 < c < math.inf:
        raise UsageError(f"{option} {c:g}: expected a number above 0")


class Model(Protocol):
    """A trained classifier.

    Of rows with several labels each, it tells every label by itself: the probabilities of a text
    do not add up to 1.
    """

    classes: list[str]

    def __call__(self, texts: Sequence[str], /) -> Probabilities:
        """Return the probability of each class for each text, shape (texts, classes)."""


class Classifier(Protocol):
    """Something that can be trained.

    It proves after each fit that it learnt (:func:`prove`), and raises ``TrainingError`` if not.

    One that depends on the seed (a network that is fine-tuned) has an attribute ``random`` that is
    true; without it, equal rows give equal models, and ``evaluate`` varies the rows. One whose
    fits use one thread each, and may be done side by side, has an attribute ``one_thread``.
    """

    def __call__(
        self,
        texts: Sequence[str],
        labels: Sequence[str],
        /,
        seed: int = 0,
        notify: Notify = silent,
        weight: float = 1.0,
        weights: Sequence[float] | None = None,
    ) -> Model:
        """Train on texts and their labels (two classes at least) and return the model.

        Where one is a :class:`~dataaug.rows.labels.LabelSet`, all are sets, and classes are their
        members; who can't learn that raises ``UsageError``.

        ``weight``, above 0, is that of each row against a penalty on the model's size: k copies
        of every row with a weight of 1 / k give the model of the rows alone. What has no penalty
        does not read it.

        ``weights``, above 0, say how much each row counts; None: all alike. A text with a soft
        label is a row for each of its labels, whose weights add up to 1. It is given only where
        there are such, so that a classifier of another package may lack it
        (:func:`fit_soft`).
        """


SoftLabel: TypeAlias = Mapping[str, float]
"""Label to weight, above 0; the weights add up to 1."""


def fit_soft(
    classifier: Classifier,
    texts: Sequence[str],
    labels: Sequence[SoftLabel],
    seed: int = 0,
    weight: float = 1.0,
    notify: Notify = silent,
) -> Model:
    """Train on texts of which some may have soft labels.

    The loss of a row is the weighted mean of that of its labels, which is the cross-entropy of the
    soft label (Hinton et al. 2015, arXiv:1503.02531, eq. 1 at a temperature of 1). A classifier
    that takes no weights learns the heaviest label of each row.

    Args:
        classifier: what is trained.
        texts: the texts.
        labels: of each text; one label has the weight 1.
        seed: the classifier's.
        weight: of each text against a penalty, see :class:`Classifier`.
        notify: shows the progress.
    """
    soft = any(len(each) > 1 for each in labels)
    if not soft or "weights" not in inspect.signature(classifier).parameters:
        hard = [max(each, key=lambda label: (each[label], label)) for each in labels]
        return classifier(texts, hard, seed=seed, notify=notify, weight=weight)
    rows = [(text, *pair) for text, each in zip(texts, labels, strict=True)
            for pair in sorted(each.items())]  # fmt: skip
    found, names, weights = zip(*rows, strict=True)
    return classifier(found, names, seed=seed, notify=notify, weight=weight, weights=weights)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a fit ended.

    Attributes:
        steps: steps that it took.
        settled: whether it came to rest at the least loss, penalty included. False where it was
            stopped: at a limit of steps, or after as many epochs as asked for.
        advice: what a user may try where it learnt nothing.
    """

    steps: int
    settled: bool
    advice: str


class Fits(Protocol):
    """What was fitted on a matrix."""

    def predict_proba(self, matrix: Any, /) -> Probabilities:
        """Return the probability of each class, shape (rows, classes)."""


class Estimator(Fits, Protocol):
    """What learns numbers of classes from a matrix."""

    def fit(self, matrix: Any, numbers: npt.NDArray[np.intp], weights: Weights, /) -> Ended:
        """Train on rows, the numbers of their classes (0, 1, ...) and weights of mean 1."""


class Fitted:
    """A model of an estimator behind a function that makes features of texts."""

    def __init__(self, name: str, features: Any, estimator: Fits, classes: list[str]) -> None:
        self._name = name
        self._features = features
        self._estimator = estimator
        self.classes = classes

    def __call__(self, texts: Sequence[str], /) -> Probabilities:
        """Return the probability of each class for each text."""
        if not texts:
            return np.empty((0, len(self.classes)))
        found = self._estimator.predict_proba(self._features(texts)).astype(np.float64)
        return finite(self._name, found)


def normalized_exp(scores: Probabilities) -> Probabilities:
    """Return probabilities in proportion to the exponentials of scores, shape (rows, classes)."""
    found: Probabilities = np.exp(scores - scores.max(axis=1, keepdims=True))
    found /= found.sum(axis=1, keepdims=True)
    return found


def finite(name: str, found: Probabilities) -> Probabilities:
    """Return a classifier's probabilities if they are numbers.

    Raises:
        TrainingError: one is infinite or not a number.
    """
    rows = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(rows):
        raise TrainingError(
            f"{name}: the probabilities of {len(rows):,} of {len(found):,} texts are not finite "
            "numbers; the weights of its model have gone astray, or those it started from had; "
            "try another model"
        )
    return found


def prove(
    name: str,
    ended: Ended,
    found: Probabilities,
    numbers: npt.NDArray[np.intp],
    weights: Weights,
) -> None:
    """Make sure that a fit learnt something of the rows it was trained on.

    Its loss, the weighted mean of -log p(label), must be below the one that the weighted shares of
    the classes give: by a quarter if it was stopped, by a thousandth if it came to rest.

    Args:
        name: the classifier, for the message.
        ended: how the fit ended.
        found: the model's probabilities for the rows that it was trained on.
        numbers: the classes of these rows.
        weights: how much each row counted; their mean is 1.

    Raises:
        TrainingError: it learnt nothing, or a probability is not a finite number.
    """
    finite(name, found)
    shares = np.bincount(numbers, weights=weights) / weights.sum()
    chance = float(-np.sum(shares * np.log(shares)))
    own = np.maximum(found[np.arange(len(numbers)), numbers], _TINY)
    loss = float(np.average(-np.log(own), weights=weights))
    right = float(np.average(found.argmax(axis=1) == numbers, weights=weights))
    _require(name, ended, (loss, chance), right, (len(numbers), len(shares)))


def prove_sets(
    name: str, ended: Ended, found: Probabilities, own: npt.NDArray[np.bool_], weights: Weights
) -> None:
    """Make sure, as :func:`prove` does, that fits of sets of labels learnt something.

    Losses are added up over labels: one that hardly shows in the texts is no fault of the others.

    Args:
        name: the classifier, for the message.
        ended: how the fits ended.
        found: probabilities for the rows that were trained on, shape (rows, labels).
        own: which labels they have, shape (rows, labels).
        weights: how much each counted for each label, shape (rows, labels); means are 1.

    Raises:
        TrainingError: they learnt nothing, or a probability is not a finite number.
    """
    finite(name, found)
    shares = np.clip(np.average(own, axis=0, weights=weights), _TINY, 1 - _EPS)
    chance = float(-np.sum(shares * np.log(shares) + (1 - shares) * np.log1p(-shares)))
    mine = np.maximum(np.where(own, found, 1 - found), _TINY)
    loss = float(np.sum(np.average(-np.log(mine), axis=0, weights=weights)))
    right = float(np.mean(((found >= SURE) == own).all(axis=1)))
    _require(name, ended, (loss, chance), right, own.shape)


def _require(
    name: str, ended: Ended, losses: tuple[float, float], right: float, size: tuple[int, ...]
) -> None:
    """Refuse a loss that is hardly below that of the shares of the labels alone."""
    loss, chance = losses
    if loss <= (1 - (_SETTLED if ended.settled else _STOPPED)) * chance:
        return
    raise TrainingError(
        f"{name}: the classifier learnt nothing from {size[0]:,} rows with {size[1]} "
        f"labels: after {ended.steps} steps its loss on these rows is {loss:.3f}, where the shares "
        f"of the labels alone give {chance:.3f}, and it is right on {right:.1%} of them; see "
        f"whether the texts say anything of their labels, and try {ended.advice}"
    )


@dataclass(frozen=True, slots=True)
class Distinct:
    """Rows with each pair of text and label once, in the order in which they came first.

    Attributes:
        texts: the texts.
        labels: their labels.
        counts: how often each pair came, or the sum of its weights; float64.
    """

    texts: list[str]
    labels: list[str]
    counts: Weights

    @property
    def copies(self) -> float:
        """The mean number of copies of a row; below 1 where rows have weights below it."""
        return float(self.counts.mean())


def distinct(
    texts: Sequence[str], labels: Sequence[str], weights: Sequence[float] | None = None
) -> Distinct:
    """Return rows with each pair of text and label once.

    Fitting these by their counts is fitting all rows, with less work; and copies of every row then
    give the same model to the last bit, which they would not where a feature or a solver counts
    rows.

    Args:
        texts: the texts.
        labels: their labels.
        weights: how much each row counts; None: 1.
    """
    counts: dict[tuple[str, str], float] = defaultdict(float)
    for pair, count in zip(zip(texts, labels, strict=True), weights or repeat(1.0), strict=False):
        counts[pair] += count
    return Distinct(
        [text for text, _ in counts],
        [label for _, label in counts],
        np.array(list(counts.values()), np.float64),
    )


def fit_model(
    name: str,
    features: Any,
    estimator: Estimator,
    matrix: Any,
    rows: Distinct,
    balanced: bool = False,
) -> Fitted:
    """Train an estimator on the features of texts and return the model.

    Args:
        name: the classifier, for messages.
        features: a function from texts to features, for the model to use later.
        estimator: what is trained.
        matrix: the features of the texts, one row each.
        rows: the texts, their labels and how much each counts.
        balanced: weigh every class alike, however few rows it has.

    Raises:
        TrainingError: the fit learnt nothing.
    """
    if several(rows.labels):
        return _fit_sets(name, features, estimator, matrix, rows, balanced)
    # Numbers, since numpy would cut a zero character off the end of a label.
    names = sorted(set(rows.labels))
    place = {label: number for number, label in enumerate(names)}
    numbers = np.array([place[label] for label in rows.labels], dtype=np.intp)
    weights = rows.counts / rows.counts.mean()
    if balanced:
        weights = weights * (len(numbers) / len(names) / np.bincount(numbers, weights)[numbers])
    ended = estimator.fit(matrix, numbers, weights)
    prove(name, ended, estimator.predict_proba(matrix), numbers, weights)
    return Fitted(name, features, estimator, names)


def _fit_sets(
    name: str, features: Any, estimator: Estimator, matrix: Any, rows: Distinct, balanced: bool
) -> Fitted:
    """Train copies of an estimator on sets of labels, as :func:`fit_model` does on labels."""
    from dataaug.classifiers.one_vs_rest import OneVsRest, bits, set_weights  # noqa: PLC0415

    names = sorted({label for own in rows.labels for label in members(own)})
    own = bits(rows.labels, names)
    weights = set_weights(rows.counts, own, balanced=balanced)
    each = OneVsRest(estimator)
    ended = each.fit(matrix, own, weights)
    prove_sets(name, ended, each.predict_proba(matrix), own, weights)
    return Fitted(name, features, each, names)
