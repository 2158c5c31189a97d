"""A part of the vectors of one model on disk: vectors, and beside them their keys and checksums."""

import os
import weakref
import zlib
from itertools import pairwise
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from dataaug.embedders import Vectors

Keys = npt.NDArray[np.uint64]
VectorNumbers = npt.NDArray[np.int64]
Sums = npt.NDArray[np.uint32]

ENTRY = np.dtype([("key", np.uint64, 2), ("sum", np.uint32)])
"""What stands in the file of keys for each vector. A key of zeros is one that was dropped."""
_WIDTH = 4  # bytes of a float32


def sums(keys: Keys, vectors: Vectors) -> Sums:
    """Return the CRC-32 of each key with its vector.

    It tells any flipped bits that lie within 32 of each other, and all but one of four billion
    other damages.
    """
    firsts = keys.astype(np.uint64, copy=False)
    return np.fromiter(
        (zlib.crc32(row, zlib.crc32(key)) for key, row in zip(firsts, vectors, strict=True)),
        np.uint32,
        len(vectors),
    )


class VectorPart:
    """Two files that grow together; they can be read after their names are gone.

    A vector counts from the moment its key is there: what is longer than the other file is what a
    killed process left half-written, or damage.
    """

    def __init__(
        self, dimensions: int, keys: IO[bytes], vectors: IO[bytes], path: Path | None
    ) -> None:
        """Take two open files.

        Args:
            dimensions: the length of a vector.
            keys: the file of keys.
            vectors: the file of vectors, float32.
            path: the file of keys by name; None where both files are temporary.
        """
        self.path = path
        self._dimensions = dimensions
        self._width = dimensions * _WIDTH
        self._keys = keys
        self._vectors = vectors
        self._seen = 0
        for file in (keys, vectors):
            weakref.finalize(self, file.close)

    def close(self) -> None:
        """Close the files."""
        self._keys.close()
        self._vectors.close()

    @property
    def size(self) -> int:
        """Bytes of the vectors."""
        return os.fstat(self._vectors.fileno()).st_size

    @property
    def gone(self) -> bool:
        """Has somebody removed it? Then nothing is to be added."""
        return self.path is not None and not os.fstat(self._keys.fileno()).st_nlink

    def _count(self) -> int:
        """Return how many vectors are whole."""
        keys = os.fstat(self._keys.fileno()).st_size  # first: vectors are written before
        return min(keys // ENTRY.itemsize, self.size // self._width)

    def new(self) -> tuple[int, npt.NDArray[np.void]]:
        """Return the entries that were added since the last time, and the number of the first."""
        first = self._seen = min(self._seen, count := self._count())
        place, size = first * ENTRY.itemsize, (count - first) * ENTRY.itemsize
        found = np.frombuffer(os.pread(self._keys.fileno(), size, place), ENTRY)
        self._seen += len(found)
        return first, found

    def append(self, keys: Keys, vectors: Vectors) -> None:
        """Add vectors; the caller holds the lock."""
        count = self._count()
        os.ftruncate(self._keys.fileno(), count * ENTRY.itemsize)
        os.ftruncate(self._vectors.fileno(), count * self._width)
        entries = np.empty(len(keys), ENTRY)
        entries["key"], entries["sum"] = keys, sums(keys, vectors)
        _append(self._vectors.fileno(), vectors)
        if self.path:
            os.fsync(self._vectors.fileno())
        _append(self._keys.fileno(), entries)

    def read(self, rows: VectorNumbers) -> Vectors:
        """Return vectors, shape (rows, dimensions); zeros for those that are cut off.

        Raises:
            OSError: the disk failed. (Under a map of the file that would end the process.)
        """
        count = self._count()
        found = np.zeros((len(rows), self._dimensions), np.float32)
        if not (count and len(rows)):
            return found
        if self.path:
            os.utime(self._keys.fileno())  # says when it was used last
        known = np.where(rows < count, rows, -1)
        starts = np.flatnonzero(np.diff(known, prepend=-3) != 1)  # of rows one after another
        places = [*(starts * self._width).tolist(), found.nbytes]
        file, view = self._vectors.fileno(), found.data.cast("B")
        for (start, end), row in zip(pairwise(places), known[starts].tolist(), strict=True):
            if row >= 0:
                os.preadv(file, [view[start:end]], row * self._width)
        return found

    def drop(self, rows: VectorNumbers) -> None:
        """Forget vectors that are damaged; the caller holds the lock."""
        for row in rows.tolist():
            os.pwrite(self._keys.fileno(), bytes(ENTRY.itemsize), row * ENTRY.itemsize)


def _append(file: int, content: npt.NDArray[np.generic]) -> None:
    os.lseek(file, 0, os.SEEK_END)
    view = memoryview(content.tobytes())
    while view:
        view = view[os.write(file, view) :]
