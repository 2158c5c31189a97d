"""An embedder that embeds no text twice, and gives large answers as a file."""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from dataaug import machine
from dataaug.embedders import Embedder, Vectors
from dataaug.embedders.vector_store import Keys, VectorNumbers, VectorStore, keys_of
from dataaug.errors import MissingError
from dataaug.rows.progress import Notify, silent

_CHUNK = 8192
"""Texts that are embedded before their vectors are written: minutes of work, and enough of them
for batches of one length."""
_HALF = 2.0**-10
"""The greatest change of a product of two unit vectors that are rounded to float16: each component
moves by 2^-11 of itself, on either side, and the components' products add up to 1 at most."""


class Memo:
    """An embedder around another one, with a store of all vectors that were ever computed.

    Attributes:
        tolerance: that of the embedder, and of 16-bit vectors once some were returned.
    """

    def __init__(self, embedder: Embedder, place: Path | None = None, memory: int = 0) -> None:
        """Wrap an embedder.

        Args:
            embedder: what embeds.
            place: the folder for vectors; None keeps them for the life of this object, on disk.
            memory: bytes that the vectors of one call may take, 0 for half of what is free; beyond
                that they are float16 in a memory-mapped temporary file.
        """
        self._embedder = embedder
        self._place = place if embedder.identity else None
        self._memory = memory
        self._stores: dict[str, VectorStore] = {}
        self.tolerance = embedder.tolerance

    @property
    def name(self) -> str:
        """The name of the embedder behind it."""
        return self._embedder.name

    @property
    def identity(self) -> str:
        """The identity of the embedder behind it."""
        return self._embedder.identity

    def unseen(self, texts: Sequence[str], /) -> Sequence[str]:
        """Return what the embedder behind it does not see of each text."""
        asked = getattr(self._embedder, "unseen", None)
        return [""] * len(texts) if asked is None else asked(texts)

    def close(self) -> None:
        """Close the files of vectors; a further call opens them again."""
        while self._stores:
            self._stores.popitem()[1].close()

    def __call__(self, texts: Sequence[str], /, notify: Notify = silent) -> Vectors:
        """Return the texts' vectors, computing only those that are new."""
        if not texts:
            return self._embedder(texts)
        return self._gathered(*self._kept(texts, "", self._embedder, notify))

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the exact vectors, computing only those that are new."""
        if not texts:
            return self._embedder.exactly(texts)
        return _array(*self._kept(texts, "exact", lambda new, _: self._embedder.exactly(new)))

    def _kept(
        self,
        texts: Sequence[str],
        kind: str,
        embed: Callable[[Sequence[str], Notify], Vectors],
        notify: Notify = silent,
    ) -> tuple[VectorStore, VectorNumbers]:
        """Return where the vectors of texts are, when all are there."""
        keys = keys_of(texts)
        store = self._store(kind)
        store.refresh()
        self._complete(store, keys, texts, embed, notify)
        return store, store.find(keys)

    def _store(self, kind: str) -> VectorStore:
        if kind not in self._stores:
            self._stores[kind] = VectorStore(self._place, f"{self.identity}\n{kind}")
        return self._stores[kind]

    def _complete(
        self,
        store: VectorStore,
        keys: Keys,
        texts: Sequence[str],
        embed: Callable[[Sequence[str], Notify], Vectors],
        notify: Notify,
    ) -> None:
        """Compute and keep what is not there, so that a run that is stopped goes on from there."""
        gone = np.flatnonzero(store.find(keys) < 0)
        first = np.sort(np.unique(keys[gone], axis=0, return_index=True)[1])
        places = gone[first]
        for start in range(0, len(places), _CHUNK):
            some = places[start : start + _CHUNK]
            before = len(texts) - len(places) + start

            def told(step: str, done: int, _total: int, before: int = before) -> None:
                notify(step, before + done, len(texts))

            store.add(keys[some], embed([texts[place] for place in some], told))
        if not len(places):
            notify("embedding", len(texts), len(texts))

    def _gathered(self, store: VectorStore, rows: VectorNumbers) -> Vectors:
        shape = len(rows), store.dimensions
        if 4 * shape[0] * shape[1] <= (self._memory or machine.free_memory() // 2):
            return _array(store, rows)
        with tempfile.TemporaryFile(prefix="dataaug-") as file:  # the mapping holds it open
            _reserve(file.fileno(), 2 * shape[0] * shape[1])
            halves = np.memmap(file, np.float16, "w+", shape=shape)
        store.read(rows, halves)
        self.tolerance = self._embedder.tolerance + _HALF
        return halves  # type: ignore[return-value]  # float16 by the docstring of Embedder


def _reserve(file: int, size: int) -> None:
    """Take the room now: a disk that is full later would end the process without a word."""
    try:
        os.posix_fallocate(file, 0, size)
    except OSError as error:
        raise MissingError(
            f"{tempfile.gettempdir()}: {size / 1e6:,.0f} MB of vectors can't be kept there: "
            f"{error.strerror}; free it, name another folder by TMPDIR, or give more by --memory"
        ) from error


def _array(store: VectorStore, rows: VectorNumbers) -> Vectors:
    vectors = np.empty((len(rows), store.dimensions), np.float32)
    store.read(rows, vectors)
    return vectors
