"""Logistic regression on sentence embeddings."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dataaug.classifiers import Classifier, Model, check_penalty, distinct, fit_model
from dataaug.classifiers.softmax import SoftmaxRegression
from dataaug.embedders import AUTO, Embedder, Vectors, embedder_spec, shared
from dataaug.rows.progress import Notify, silent

_KEPT = 64 << 20
"""Bytes of vectors that are kept in memory."""


class _Remembering:
    """An embedder that has the vectors of texts it was asked for at hand.

    Fits of folds and of halves ask for the same ones, time and again, and to find one among those
    on the disk, and to see that it is sound, takes longer than all else that is done with it.

    Args:
        embed: what makes vectors.
        known: text to vector; this adds to it.
    """

    def __init__(self, embed: Embedder, known: dict[str, Any]) -> None:
        self._embed = embed
        self._known = known

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors."""
        known = self._known
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            vectors = self._embed(new, notify)
            if (len(known) + len(new)) * vectors[0].nbytes > _KEPT:
                return self._embed(texts, notify)
            known.update(zip(new, vectors, strict=True))
        notify("embedding", len(texts), len(texts))
        return np.array([known[text] for text in texts], np.float32)


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

    Raises:
        UsageError: ``c`` is not above 0.
    """
    check_penalty("embedding.c", c)
    spec = embedder_spec(embedder, model, device)
    known: dict[str, Any] = {}

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
        embed = _Remembering(
            shared(spec), known
        )  # not before: what ``auto`` stands for follows from all rows
        rows = distinct(texts, labels, weights)
        estimator = SoftmaxRegression(c * weight * rows.copies)
        return fit_model("embedding", embed, estimator, embed(rows.texts, notify), rows, balanced)

    return train
