"""Logistic regression on TF-IDF of words and of character n-grams; no model to load."""

from collections.abc import Sequence

from dataaug.classifiers import Classifier, Model, check_penalty, distinct, fit_model
from dataaug.classifiers.grams import Grams
from dataaug.classifiers.sparse import SparseRegression
from dataaug.rows.progress import Notify, silent


class _Tfidf:
    one_thread = True
    """A fit uses one thread: several may be done side by side."""

    def __init__(self, c: float, balanced: bool, grams: Grams) -> None:
        self._c = c
        self._balanced = balanced
        self._grams = grams

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
        """Train on texts and their labels and return the model."""
        del seed  # the least of a convex loss is where it is
        rows = distinct(texts, labels, weights)
        estimator = SparseRegression(self._c * weight * rows.copies)
        # A text with a soft label is several rows, and counts once among the texts with a word.
        features = self._grams.fitted(list(dict.fromkeys(rows.texts)))
        matrix = features(rows.texts)
        model = fit_model("tfidf", features, estimator, matrix, rows, self._balanced)
        notify("training", len(texts), len(texts))
        return model


def load(*, c: float = 10.0, balanced: bool = False, characters: bool = True) -> Classifier:
    """Build the classifier.

    Args:
        c: inverse strength of the L2 penalty.
        balanced: weigh every class alike, however few rows it has.
        characters: use character 2- to 4-grams besides words and pairs of words.

    Raises:
        UsageError: ``c`` is not above 0.
    """
    check_penalty("tfidf.c", c)
    return _Tfidf(c, balanced, Grams(characters=characters))
