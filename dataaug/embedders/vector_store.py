"""Vectors on disk by the digest of their text: append-only files that only the owner can read.

A folder for each model (its weights, runtime, precision) holds parts: ``*.keys``, 20 bytes a text,
and ``*.vectors``, float32. They are written by whoever holds the lock on the folder of all models.
Each vector has a checksum, and damage of any of the files costs no more than the vectors that it
hit: these are made again.
"""

import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from dataaug import sessions
from dataaug.cache_limit import largest, locked, trim
from dataaug.embedders import Vectors
from dataaug.embedders.vector_part import Keys, Sums, VectorNumbers, VectorPart, sums
from dataaug.errors import MissingError

_KEY = 16
"""Bytes of a SHA-256 that are kept: among 10 million texts a collision has odds of 10^-25."""
_STEP = 1 << 14  # rows that are copied at once: 25 MB of 384 dimensions
_ABOUT = "about.json"
_NAME = re.compile(r"\d{20}-(\d+)\.keys")
_PART = 32  # bits of a row's place that say where in its part it is


def keys_of(texts: Sequence[str]) -> Keys:
    """Return the digests of texts, shape (texts, 2)."""
    found = b"".join(
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_KEY] for text in texts
    )
    return np.frombuffer(found, np.uint64).reshape(-1, 2)


class VectorStore:
    """The vectors of one model. It takes 36 bytes of memory a text; vectors stay in the files.

    A part that is removed for want of room can be read as long as this object lives.

    Attributes:
        dimensions: the length of a vector, 0 where there is none yet.
    """

    def __init__(self, place: Path | None, identity: str, name: str = "") -> None:
        """Open the files of a model, and create its folder if need be.

        Args:
            place: the folder of all models; None keeps the vectors as long as this object lives.
            identity: names the model and whatever else its vectors depend on.
            name: that of the model's folder, if it is not to be made of the identity.

        Raises:
            MissingError: that is not possible.
        """
        self._identity = identity
        self._place = place
        self._folder = place and place / (name or _digest(identity))
        self._parts: list[VectorPart] = []
        self._names: set[str] = set()
        self._keys: Keys = np.empty((0, 2), np.uint64)
        self._sums: Sums = np.empty(0, np.uint32)
        self._places: VectorNumbers = np.empty(0, np.int64)
        self._order: VectorNumbers = np.empty(0, np.int64)
        self._said = False
        self.dimensions = 0
        self.refresh()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or str(error)
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
        return int(np.count_nonzero(self._keys.any(axis=1)))

    def close(self) -> None:
        """Close the files; vectors without a folder are gone then."""
        for part in self._parts:
            part.close()

    def refresh(self) -> None:
        """Look at what this and other processes have added since the last time."""
        with self._explained():
            self._look_for_parts()
            for number, part in enumerate(self._parts):
                first, new = part.new()
                if len(new):
                    self._keys = np.concatenate([self._keys, new["key"]])
                    self._sums = np.concatenate([self._sums, new["sum"]])
                    places = np.arange(first, first + len(new)) + (number << _PART)
                    self._places = np.concatenate([self._places, places])
        if len(self._order) != len(self._keys):
            self._sort()

    def _sort(self) -> None:
        self._order = np.argsort(self._keys[:, 0], kind="stable")

    def _look_for_parts(self) -> None:
        if self._folder is None:
            return
        _make(self._folder)
        for name in sorted({path.name for path in self._folder.iterdir()} - self._names):
            found = _NAME.fullmatch(name)
            if found and int(found[1]):
                with suppress(FileNotFoundError):  # it was removed for want of room, just now
                    self._take(name, int(found[1]), os.O_RDWR)

    def _take(self, name: str, dimensions: int, flags: int) -> None:
        """Open a part."""
        if self._folder is None:
            keys, vectors = _unnamed(), _unnamed()
            self._parts.append(VectorPart(dimensions, keys, vectors, None))
        else:
            path = self._folder / name
            keys = _file(path, flags)
            try:
                vectors = _file(path.with_suffix(".vectors"), flags)
            except OSError:
                keys.close()
                raise
            self._parts.append(VectorPart(dimensions, keys, vectors, path))
            self._names.add(name)
        self.dimensions = dimensions

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
            with locked(self._place):
                self.refresh()
                new = self.find(keys) < 0
                part, begun = self._growing(vectors.shape[1])
                part.append(keys[new], vectors[new].astype(np.float32, copy=False))
            if begun and self._place:
                trim(self._place.parent)
        self.refresh()

    def _growing(self, dimensions: int) -> tuple[VectorPart, bool]:
        """Return the part that vectors are added to, and whether it was begun for that."""
        if self._parts:
            last = self._parts[-1]
            most = largest(self._place.parent) if self._place else 0
            if not last.gone and (last.size < most or not self._place):
                return last, False
        if self._folder:
            _describe(self._folder / _ABOUT, self._identity, dimensions)
        name = f"{time.time_ns():020}-{dimensions}.keys"
        self._take(name, dimensions, os.O_RDWR | os.O_CREAT)
        return self._parts[-1], True

    def read(self, rows: VectorNumbers, out: npt.NDArray[np.floating]) -> VectorNumbers:
        """Copy vectors into an array of shape (rows, dimensions).

        Returns:
            The places in ``rows`` of those that are damaged; their rows are found no more.
        """
        damaged = [np.empty(0, np.int64)]
        for start in range(0, len(rows), _STEP):
            some = rows[start : start + _STEP]
            with self._explained():
                found = self._vectors(self._places[some])
            bad = np.flatnonzero(sums(self._keys[some], found) != self._sums[some])
            out[start : start + _STEP] = found
            damaged.append(start + bad)
        gone = np.concatenate(damaged)
        if len(gone):
            self._drop(np.unique(rows[gone]))
        return gone

    def _vectors(self, places: VectorNumbers) -> Vectors:
        parts, rows = places >> _PART, places & ((1 << _PART) - 1)
        numbers = np.unique(parts).tolist()
        if len(numbers) == 1:
            return self._parts[int(numbers[0])].read(rows)
        found: Vectors = np.empty((len(places), self.dimensions), np.float32)
        for number in numbers:
            mine = parts == number
            found[mine] = self._parts[number].read(rows[mine])
        return found

    def _drop(self, rows: VectorNumbers) -> None:
        """Forget what is damaged, and say so once."""
        with self._explained(), locked(self._place):
            places = self._places[rows]
            for number, part in enumerate(self._parts):
                part.drop(places[places >> _PART == number] & ((1 << _PART) - 1))
        self._keys[rows] = 0
        self._sort()
        if not self._said:
            sessions.current().heard(
                f"the cache of vectors {self._folder} has damaged entries; they are computed again"
            )
        self._said = True

    def check(self) -> tuple[int, int]:
        """Drop what is damaged; return how many vectors there were and how many of them were."""
        rows = np.flatnonzero(self._keys.any(axis=1))
        damaged = 0
        for start in range(0, len(rows), _STEP):
            some = rows[start : start + _STEP]
            damaged += len(self.read(some, np.empty((len(some), self.dimensions), np.float32)))
        return len(rows), damaged


def check_vectors(place: Path) -> tuple[int, int]:
    """Drop the damaged vectors of all models; return how many vectors and damaged ones there were.

    Args:
        place: the folder of all models.
    """
    found = [(0, 0)]
    for folder in sorted(place.iterdir()) if place.is_dir() else ():
        if folder.is_dir():
            store = VectorStore(place, "", folder.name)
            found.append(store.check())
            store.close()
    return sum(count for count, _ in found), sum(damaged for _, damaged in found)


def _digest(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


def _make(folder: Path) -> None:
    for one in (*reversed(folder.parents), folder):
        one.mkdir(mode=0o700, exist_ok=True)  # of ``parents`` only the last has a mode


def _file(path: Path, flags: int) -> IO[bytes]:
    return os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)


def _unnamed() -> IO[bytes]:
    return tempfile.TemporaryFile(buffering=0)


def _describe(about: Path, identity: str, dimensions: int) -> None:
    """Write down what the vectors are, for people; nothing reads it to use them."""
    made = about.with_suffix(".partial")
    made.touch(mode=0o600)
    made.write_text(json.dumps({"identity": identity, "dimensions": dimensions}))
    made.replace(about)
