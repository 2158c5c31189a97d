"""Hashed character n-grams: no model, the same everywhere, sees spelling and not meaning."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer

from dataaug.embedders import Embedder, Vectors
from dataaug.errors import UsageError
from dataaug.rows.progress import Notify, silent

_MOST = 1 << 20
"""Dimensions at most: vectors are arrays of all of them."""


class _Hashing:
    identity = ""
    tolerance = 0.0

    def __init__(self, dimensions: int) -> None:
        self.name = f"hashing-{dimensions}"
        self._vectorizer = HashingVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), n_features=dimensions, norm="l2"
        )

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors; an empty text has the zero vector."""
        if not texts:
            return np.empty((0, self._vectorizer.n_features), np.float32)
        vectors = self._vectorizer.transform(texts)
        notify("embedding", len(texts), len(texts))
        return np.asarray(vectors.toarray(), dtype=np.float32)

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the same vectors: each depends on its text alone."""
        return self(texts)

    def unseen(self, texts: Sequence[str], /) -> Sequence[str]:
        """Return nothing: all characters count."""
        return [""] * len(texts)


def load(*, dimensions: int = 512) -> Embedder:
    """Build the embedder.

    Args:
        dimensions: the length of a vector, 1 to 1,048,576.

    Raises:
        UsageError: it is none of these.
    """
    if not 1 <= dimensions <= _MOST:
        raise UsageError(f"hashing.dimensions: expected 1 to {_MOST:,}")
    return _Hashing(dimensions)
