"""An embedder that embeds no text twice, and leaves large answers on the disk."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from dataaug.embedders import Embedder, VectorRows, Vectors
from dataaug.embedders.vector_part import VectorNumbers
from dataaug.embedders.vector_store import VectorStore, keys_of
from dataaug.errors import MissingError
from dataaug.rows.progress import Notify, silent

_CHUNK = 8192
"""Texts that are embedded before their vectors are written: minutes of work, and enough of them
for batches of one length."""
_HELD = 256 << 20
"""Bytes of vectors that are held in memory, unless a run says otherwise. To read more of them from
the disk, block by block, takes a search 4 to 7 % longer."""
_TRIES = 3
"""Times that vectors are read; what was computed again once is damaged again on a failing disk."""
_Embed = Callable[[Sequence[str], Notify], Vectors]


class Memo:
    """An embedder around another one, with a store of all vectors that were ever computed."""

    def __init__(self, embedder: Embedder, place: Path | None = None, memory: int = 0) -> None:
        """Wrap an embedder.

        Args:
            embedder: what embeds.
            place: the folder for vectors; None keeps them for the life of this object, on disk.
            memory: bytes that vectors of :meth:`stored` may take, 0 for 256 MB; more are read from
                the store.
        """
        self._embedder = embedder
        self._place = place if embedder.identity else None
        self._memory = memory or _HELD
        self._stores: dict[str, VectorStore] = {}

    @property
    def name(self) -> str:
        """The name of the embedder behind it."""
        return self._embedder.name

    @property
    def identity(self) -> str:
        """The identity of the embedder behind it."""
        return self._embedder.identity

    @property
    def tolerance(self) -> float:
        """The tolerance of the embedder behind it."""
        return self._embedder.tolerance

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
        return self._usual(texts, notify).all()

    def stored(self, texts: Sequence[str], notify: Notify = silent) -> VectorRows:
        """Return the texts' vectors for who reads them block by block, or some at a time.

        They are an array as long as that takes no more memory than is allowed.
        """
        if not texts:
            return self._embedder(texts)
        asked = self._usual(texts, notify)
        rows, dimensions = asked.shape
        return asked.all() if 4 * rows * dimensions <= self._memory else StoredVectors(asked)

    def exactly(self, texts: Sequence[str], /) -> Vectors:
        """Return the exact vectors, computing only those that are new."""
        if not texts:
            return self._embedder.exactly(texts)
        place = f"{self.identity}\nexact"
        return self._kept(texts, place, lambda new, _: self._embedder.exactly(new)).all()

    def _usual(self, texts: Sequence[str], notify: Notify) -> "_Asked":
        """Return texts whose vectors are kept, made by what suits their number."""
        suited = getattr(self._embedder, "suited", None)
        embed: Embedder = suited(len(texts)) if suited else self._embedder
        return self._kept(texts, f"{embed.identity}\n", embed, notify)

    def _kept(
        self,
        texts: Sequence[str],
        identity: str,
        embed: _Embed,
        notify: Notify = silent,
    ) -> "_Asked":
        """Return texts whose vectors are all kept."""
        asked = _Asked(self._store(identity), texts, embed, notify)
        asked.store.refresh()
        asked.complete(np.arange(len(texts)))
        return asked

    def _store(self, identity: str) -> VectorStore:
        if identity not in self._stores:
            self._stores[identity] = VectorStore(self._place, identity)
        return self._stores[identity]


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

    def all(self) -> Vectors:
        """Return the vectors of all texts."""
        return self.read(np.arange(len(self._texts)))

    def read(self, rows: VectorNumbers) -> Vectors:
        """Return vectors by the numbers of their texts; damaged ones are computed again.

        Raises:
            MissingError: what is read is not what was written, time and again, or can't be read.
        """
        out: Vectors = np.empty((len(rows), self.store.dimensions), np.float32)
        left = np.arange(len(rows))
        for _ in range(_TRIES):
            found = out if len(left) == len(out) else np.empty((len(left), out.shape[1]), out.dtype)
            bad = self.store.read(self.store.find(self._keys[rows[left]]), found)
            if found is not out:
                out[left] = found
            if not len(bad):
                return out
            left = left[bad]
            self.complete(rows[left])
        raise MissingError(
            "the cache of vectors gives back other bytes than were written: the disk is failing; "
            "name another folder by --cache DIR"
        )


class StoredVectors:
    """The vectors of one call, which stay in the store: what is asked for is read and checked.

    It is no map of a file: a disk that fails is an error, where it would end the process by a
    signal under a map.
    """

    def __init__(self, asked: _Asked) -> None:
        self._asked = asked
        self._reading = threading.Lock()  # what is damaged is computed by one thread

    def __len__(self) -> int:
        return self._asked.shape[0]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and dimensions."""
        return self._asked.shape

    def __getitem__(self, rows: slice | VectorNumbers, /) -> Vectors:
        """Return some vectors as an array.

        Raises:
            MissingError: the disk failed.
        """
        if isinstance(rows, slice):
            with self._reading:
                return self._asked.read(np.arange(len(self))[rows])
        each, places = np.unique(rows, return_inverse=True)  # neighbours are read at once
        with self._reading:
            return self._asked.read(each)[places]
