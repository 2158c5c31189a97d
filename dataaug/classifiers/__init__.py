"""Classifiers: learn labels from texts, for the label check and for evaluate."""

import warnings
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from dataaug.embedders import Notify, silent

Probabilities = npt.NDArray[np.float64]


class Model(Protocol):
    """A trained classifier."""

    classes: list[str]

    def __call__(self, texts: Sequence[str], /) -> Probabilities:
        """Return the probability of each class for each text, shape (texts, classes)."""


class Classifier(Protocol):
    """Something that can be trained.

    One that depends on the seed (a network that is fine-tuned) has an attribute ``random`` that is
    true; without it, equal rows give equal models, and ``evaluate`` varies the rows.
    """

    def __call__(
        self, texts: Sequence[str], labels: Sequence[str], /, seed: int = 0, notify: Notify = silent
    ) -> Model:
        """Train on texts and their labels (two classes at least) and return the model."""


class Fitted:
    """A model of any scikit-learn estimator behind a function that makes features of texts."""

    def __init__(self, features: Any, estimator: Any, classes: list[str]) -> None:
        self._features = features
        self._estimator = estimator
        self.classes = classes

    def __call__(self, texts: Sequence[str], /) -> Probabilities:
        """Return the probability of each class for each text."""
        if not texts:
            return np.empty((0, len(self.classes)))
        found: Probabilities = self._estimator.predict_proba(self._features(texts))
        return found.astype(np.float64)


def fit(features: Any, estimator: Any, matrix: Any, labels: Sequence[str]) -> Fitted:
    """Train an estimator on the features of texts and return the model.

    Args:
        features: a function from texts to features, for the model to use later.
        estimator: what is trained.
        matrix: the features of the texts, one row each.
        labels: their labels.
    """
    names = sorted(set(labels))
    numbers = {name: number for number, name in enumerate(names)}
    with warnings.catch_warnings():
        # Many classes on few rows, and a fit that stops at its limit of steps, are what they are.
        warnings.filterwarnings("ignore", message=".*(?:max_iter|failed to converge).*")
        warnings.filterwarnings("ignore", message=".*number of unique classes.*")
        # Numbers, since numpy would cut a zero character off the end of a label.
        estimator.fit(matrix, [numbers[label] for label in labels])
    return Fitted(features, estimator, [names[number] for number in estimator.classes_])
