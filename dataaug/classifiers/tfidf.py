"""Logistic regression on TF-IDF of words and of character n-grams; no model to load."""

from collections.abc import Sequence

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from dataaug.classifiers import Classifier, Fitted, Model
from dataaug.embedders import Notify, silent


def load(*, c: float = 10.0, characters: bool = True) -> Classifier:
    """Build the classifier.

    Args:
        c: inverse strength of the L2 penalty.
        characters: use character 2- to 4-grams besides words and pairs of words.
    """

    def train(
        texts: Sequence[str], labels: Sequence[str], /, seed: int = 0, notify: Notify = silent
    ) -> Model:
        parts = [("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True))]
        if characters:
            grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
            parts.append(("characters", grams))
        features = FeatureUnion(parts)
        estimator = LogisticRegression(C=c, max_iter=300, random_state=seed)
        estimator.fit(features.fit_transform(texts), labels)
        notify("training", len(texts), len(texts))
        return Fitted(features.transform, estimator)

    return train
