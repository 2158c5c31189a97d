"""Vectors on disk by the digest of their text: append-only files that only the owner can read.

A folder for each model (its weights, runtime, precision) holds ``keys``, 16 bytes a text, and
``vectors``, float32. Both are written by whoever holds the lock on ``keys``: first the vectors,
which are forced to the disk, then their keys. A vector counts from the moment its key is there, so
what a killed process leaves half-written is cut off by the next one that writes.
"""

import fcntl
import hashlib
import json
import os
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from dataaug.embedders import Vectors
from dataaug.errors import MissingError

Keys = npt.NDArray[np.uint64]
VectorNumbers = npt.NDArray[np.int64]

_KEY = 16
"""Bytes of a SHA-256 that are kept: among 10 million texts a collision has odds of 10^-25."""
_WIDTH = 4  # bytes of a float32
_STEP = 1 << 14  # rows that are copied at once: 25 MB of 384 dimensions
_ABOUT = "about.json"


def keys_of(texts: Sequence[str]) -> Keys:
    """Return the digests of texts, shape (texts, 2)."""
    found = b"".join(
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_KEY] for text in texts
    )
    return np.frombuffer(found, np.uint64).reshape(-1, 2)


class VectorStore:
    """The vectors of one model. It takes 24 bytes of memory a text; vectors stay in the file.

    Attributes:
        dimensions: the length of a vector, 0 where there is none yet.
    """

    def __init__(self, place: Path | None, identity: str) -> None:
        """Open the files of a model, and create them if need be.

        Args:
            place: the folder of all models; None keeps the vectors as long as this object lives.
            identity: names the model and whatever else its vectors depend on.

        Raises:
            MissingError: that is not possible.
        """
        self._identity = identity
        self._folder = place and place / hashlib.sha256(identity.encode()).hexdigest()[:16]
        self._keys: Keys = np.empty((0, 2), np.uint64)
        self._order: VectorNumbers = np.empty(0, np.int64)
        self.dimensions = 0
        with self._explained():
            self._index, self._values = (self._opened(name) for name in ("keys", "vectors"))
            about = self._folder and self._folder / _ABOUT
            if about and about.exists():
                self.dimensions = int(json.loads(about.read_bytes())["dimensions"])

    def _opened(self, name: str) -> IO[bytes]:
        if self._folder is None:
            found: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed below
        else:
            for folder in (*reversed(self._folder.parents), self._folder):
                folder.mkdir(mode=0o700, exist_ok=True)  # of ``parents`` only the last has a mode
            number = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
            found = os.fdopen(number, "r+b", buffering=0)
        weakref.finalize(self, found.close)
        return found

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, KeyError) as error:
            said = getattr(error, "strerror", None) or f"it is damaged ({error})"
            if self._folder is None:
                raise MissingError(
                    f"{tempfile.gettempdir()}: vectors can't be kept there: {said}; free it, or "
                    "name another folder by TMPDIR"
                ) from error
            raise MissingError(
                f"the cache of vectors {self._folder} failed: {said}; free or mend the disk, name "
                "another folder by --cache DIR, or do without by --cache off (vectors so far are "
                "kept)"
            ) from error

    def __len__(self) -> int:
        return len(self._keys)

    def close(self) -> None:
        """Close the files; vectors without a folder are gone then."""
        self._index.close()
        self._values.close()

    def refresh(self) -> None:
        """Look at what this and other processes have added since the last time."""
        with self._explained():
            size = os.fstat(self._index.fileno()).st_size // _KEY * _KEY
            new = os.pread(self._index.fileno(), size - self._keys.nbytes, self._keys.nbytes)
        if new:
            self._keys = np.concatenate([self._keys, np.frombuffer(new, np.uint64).reshape(-1, 2)])
            self._order = np.argsort(self._keys[:, 0], kind="stable")

    def find(self, keys: Keys) -> VectorNumbers:
        """Return the row of each key, -1 where it is not there."""
        rows = np.full(len(keys), -1, np.int64)
        place = np.searchsorted(self._keys[:, 0], keys[:, 0], sorter=self._order)
        left = np.flatnonzero(place < len(self._keys))
        while len(left):  # once, but for texts whose keys share their first half
            row = self._order[place[left]]
            same = self._keys[row] == keys[left]
            rows[left[same.all(axis=1)]] = row[same.all(axis=1)]
            left = left[same[:, 0] & ~same[:, 1]]
            place[left] += 1
            left = left[place[left] < len(self._keys)]
        return rows

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Keep vectors; what another process has added meanwhile is not added again.

        Raises:
            MissingError: the disk is full or failed.
        """
        with self._explained():
            fcntl.flock(self._index, fcntl.LOCK_EX)  # a process that dies lets go of it
            try:
                self._describe(vectors.shape[1])
                self._cut()
                self.refresh()
                new = self.find(keys) < 0
                _append(self._values.fileno(), vectors[new].astype(np.float32, copy=False))
                if self._folder:
                    os.fsync(self._values.fileno())
                _append(self._index.fileno(), keys[new])
            finally:
                fcntl.flock(self._index, fcntl.LOCK_UN)
        self.refresh()

    def _describe(self, dimensions: int) -> None:
        """Write down once what the vectors are, under the lock."""
        if self._folder and not self.dimensions:
            made = self._folder / f"{_ABOUT}.partial"
            made.touch(mode=0o600)
            made.write_text(json.dumps({"identity": self._identity, "dimensions": dimensions}))
            made.replace(self._folder / _ABOUT)
        self.dimensions = dimensions

    def _cut(self) -> None:
        """Cut off what a killed process has not written to its end."""
        width = self.dimensions * _WIDTH
        keys, values = self._index.fileno(), self._values.fileno()
        count = min(os.fstat(keys).st_size // _KEY, os.fstat(values).st_size // width)
        os.ftruncate(keys, count * _KEY)
        os.ftruncate(values, count * width)

    def read(self, rows: VectorNumbers, out: npt.NDArray[np.floating]) -> None:
        """Copy vectors into an array of shape (rows, dimensions)."""
        with self._explained():
            kept = np.memmap(
                self._values, np.float32, "r", shape=(len(self._keys), self.dimensions)
            )
        for start in range(0, len(rows), _STEP):
            out[start : start + _STEP] = kept[rows[start : start + _STEP]]


def _append(file: int, content: npt.NDArray[np.generic]) -> None:
    os.lseek(file, 0, os.SEEK_END)
    view = memoryview(content.tobytes())
    while view:
        view = view[os.write(file, view) :]
