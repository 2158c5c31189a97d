"""Logistic regression on TF-IDF of words and of character n-grams; no model to load."""

import gc
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from dataaug.classifiers import Classifier, Model, distinct, fit_model
from dataaug.classifiers.sparse import SparseRegression
from dataaug.errors import TrainingError
from dataaug.rows.progress import Notify, silent
from dataaug.text.segments import features, plain_word


def load(*, c: float = 10.0, balanced: bool = False, characters: bool = True) -> Classifier:
    """Build the classifier.

    Args:
        c: inverse strength of the L2 penalty.
        balanced: weigh every class alike, however few rows it has.
        characters: use character 2- to 4-grams besides words and pairs of words.
    """

    def train(
        texts: Sequence[str],
        labels: Sequence[str],
        /,
        seed: int = 0,
        notify: Notify = silent,
        weight: float = 1.0,
        weights: Sequence[float] | None = None,
    ) -> Model:
        union = _features(texts, characters=characters)
        rows = distinct(texts, labels, weights)
        estimator = SparseRegression(c * weight * rows.copies, seed)
        # A text with a soft label is several rows, and counts once among the texts with a word.
        place = {text: row for row, text in enumerate(dict.fromkeys(rows.texts))}
        matrix = union.fit_transform(list(place))[[place[text] for text in rows.texts]]
        gc.collect(1)  # scikit-learn leaves a second vocabulary in a cycle; it is young still
        model = fit_model("tfidf", union.transform, estimator, matrix, rows, balanced)
        notify("training", len(texts), len(texts))
        return model

    return train


def _features(texts: Sequence[str], *, characters: bool) -> FeatureUnion:
    """Return what makes features of texts; a part that these texts leave empty can't be fitted.

    Raises:
        TrainingError: no part is left.
    """
    shape = {"sublinear_tf": True, "dtype": np.float32, "strip_accents": plain_word}  # NFD as NFC
    parts = []
    if any(map(features, texts)):
        words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=None, tokenizer=features, **shape)
        parts.append(("words", words))
    if characters and any(text.strip() for text in texts):
        grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), **shape)
        parts.append(("characters", grams))
    if not parts:
        raise TrainingError(f"tfidf: none of {len(texts):,} texts has a word of two letters; "
                            "try --classifier embedding")  # fmt: skip
    return FeatureUnion(parts)
