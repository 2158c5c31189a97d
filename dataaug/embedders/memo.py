"""An embedder that embeds no text twice, and gives large answers as a file."""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from dataaug import machine
from dataaug.embedders import Embedder, Vectors
from dataaug.embedders.vector_part import VectorNumbers
from dataaug.embedders.vector_store import VectorStore, keys_of
from dataaug.errors import MissingError
from dataaug.rows.progress import Notify, silent

_CHUNK = 8192
"""Texts that are embedded before their vectors are written: minutes of work, and enough of them
for batches of one length."""
_HALF = 2.0**-10
"""The greatest change of a product of two unit vectors that are rounded to float16: each component
moves by 2^-11 of itself, on either side, and the components' products add up to 1 at most."""
_TRIES = 3
"""Times that vectors are read; what was computed again once is damaged again on a failing disk."""
_Embed = Callable[[Sequence[str], Notify], Vectors]
_Out = TypeVar("_Out", bound=npt.NDArray[np.floating])


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
        return self._gathered(self._kept(texts, "", self._embedder, notify))

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the exact vectors, computing only those that are new."""
        if not texts:
            return self._embedder.exactly(texts)
        asked = self._kept(texts, "exact", lambda new, _: self._embedder.exactly(new))
        return asked.fill(np.empty(asked.shape, np.float32))

    def _kept(
        self,
        texts: Sequence[str],
        kind: str,
        embed: _Embed,
        notify: Notify = silent,
    ) -> "_Asked":
        """Return texts whose vectors are all kept."""
        asked = _Asked(self._store(kind), texts, embed, notify)
        asked.store.refresh()
        asked.complete(np.arange(len(texts)))
        return asked

    def _store(self, kind: str) -> VectorStore:
        if kind not in self._stores:
            self._stores[kind] = VectorStore(self._place, f"{self.identity}\n{kind}")
        return self._stores[kind]

    def _gathered(self, asked: "_Asked") -> Vectors:
        rows, dimensions = asked.shape
        if 4 * rows * dimensions <= (self._memory or machine.free_memory() // 2):
            return asked.fill(np.empty(asked.shape, np.float32))
        with tempfile.TemporaryFile(prefix="dataaug-") as file:  # the mapping holds it open
            _reserve(file.fileno(), 2 * rows * dimensions)
            halves = np.memmap(file, np.float16, "w+", shape=asked.shape)
        self.tolerance = self._embedder.tolerance + _HALF
        asked.fill(halves)
        return halves  # type: ignore[return-value]  # float16 by Embedder's docstring


class _Asked:
    """Texts of one call, and the store that is to have their vectors."""

    def __init__(
        self, store: VectorStore, texts: Sequence[str], embed: _Embed, notify: Notify
    ) -> None:
        self.store = store
        self._texts = texts
        self._keys = keys_of(texts)
        self._embed = embed
        self._notify = notify

    @property
    def shape(self) -> tuple[int, int]:
        """Texts and dimensions."""
        return len(self._texts), self.store.dimensions

    def complete(self, asked: VectorNumbers) -> None:
        """Compute and keep what is not there, so that a run that is stopped goes on from there."""
        keys, whole = self._keys[asked], len(self._texts)
        gone = np.flatnonzero(self.store.find(keys) < 0)
        first = np.sort(np.unique(keys[gone], axis=0, return_index=True)[1])
        places = asked[gone[first]]
        for start in range(0, len(places), _CHUNK):
            some = places[start : start + _CHUNK]
            before = whole - len(places) + start

            def told(step: str, done: int, _total: int, before: int = before) -> None:
                self._notify(step, before + done, whole)

            vectors = self._embed([self._texts[place] for place in some], told)
            self.store.add(self._keys[some], vectors)
        if not len(places):
            self._notify("embedding", whole, whole)

    def fill(self, out: _Out) -> _Out:
        """Copy the vectors to an array; damaged ones are computed again.

        Raises:
            MissingError: what is read is not what was written, time and again.
        """
        left = np.arange(len(out))
        for _ in range(_TRIES):
            found = out if len(left) == len(out) else np.empty((len(left), out.shape[1]), out.dtype)
            bad = self.store.read(self.store.find(self._keys[left]), found)
            if found is not out:
                out[left] = found
            if not len(bad):
                return out
            left = left[bad]
            self.complete(left)
        raise MissingError(
            "the cache of vectors gives back other bytes than were written: the disk is failing; "
            "name another folder by --cache DIR"
        )


def _reserve(file: int, size: int) -> None:
    """Take the room now: a disk that is full later would end the process without a word."""
    try:
        os.posix_fallocate(file, 0, size)
    except OSError as error:
        raise MissingError(
            f"{tempfile.gettempdir()}: {size / 1e6:,.0f} MB of vectors can't be kept there: "
            f"{error.strerror}; free it, name another folder by TMPDIR, or give more by --memory"
        ) from error
