"""Classifiers: learn labels from texts, for the label check and for evaluate."""

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

    def __init__(self, features: Any, estimator: Any) -> None:
        self._features = features
        self._estimator = estimator
        self.classes: list[str] = [str(name) for name in estimator.classes_]

    def __call__(self, texts: Sequence[str], /) -> Probabilities:
        """Return the probability of each class for each text."""
        if not texts:
            return np.empty((0, len(self.classes)))
        found: Probabilities = self._estimator.predict_proba(self._features(texts))
        return found.astype(np.float64)
