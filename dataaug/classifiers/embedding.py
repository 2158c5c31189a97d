"""Logistic regression on sentence embeddings."""

from collections.abc import Sequence

from dataaug.classifiers import Classifier, Model, distinct, fit_model
from dataaug.classifiers.softmax import SoftmaxRegression
from dataaug.embedders import AUTO, embedder_spec, shared
from dataaug.rows.progress import Notify, silent


def load(
    *,
    c: float = 10.0,
    balanced: bool = False,
    embedder: str = AUTO,
    model: str = "",
    device: str = "",
) -> Classifier:
    """Build the classifier.

    Args:
        c: inverse strength of the L2 penalty; 10 suits unit vectors of a few hundred dimensions.
        balanced: weigh every class alike, however few rows it has.
        embedder: which embedder makes the vectors; ``auto``: one that knows the languages.
        model: the embedder's model, if not its default.
        device: the embedder's device, if not its default.
    """
    spec = embedder_spec(embedder, model, device)

    def train(
        texts: Sequence[str],
        labels: Sequence[str],
        /,
        seed: int = 0,
        notify: Notify = silent,
        weight: float = 1.0,
        weights: Sequence[float] | None = None,
    ) -> Model:
        del seed  # the least of a convex loss is where it is
        embed = shared(spec)  # not before: what ``auto`` stands for follows from all rows
        rows = distinct(texts, labels, weights)
        estimator = SoftmaxRegression(c * weight * rows.copies)
        return fit_model("embedding", embed, estimator, embed(rows.texts, notify), rows, balanced)

    return train
