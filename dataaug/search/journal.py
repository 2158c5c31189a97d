"""What a long search has finished, in a folder: one that was killed goes on from there.

A step of a search is a stream of results whose order and content follow from the vectors and the
settings alone. Its results lie in numbered parts, each written whole under another name first, and
each with a checksum. The parts before the first that is missing or damaged are used, and work goes
on behind them. So a search that was killed, as often as it may be, gives what any other gives.
"""

import fcntl
import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dataaug import sessions
from dataaug.embedders import VectorRows, vectors_folder
from dataaug.search.threads import in_threads

JOURNALED = 1_000_000
"""Rows from which on `filter` keeps a journal: a smaller search takes a minute or two."""
JOURNAL_FORMAT = 1
"""Of the parts, and of the order of the work that they are of."""
EACH = 64
"""Blocks of rows in a part: 50 MB of bound vectors of 384 numbers."""
BATCH = 5_000_000_000
"""Pairs whose comparison is a part: about 15 CPU seconds."""
MANY = 1 << 19
"""Pairs that may be close, of one part; after them a part ends early."""
_A_ROW = 100
"""Pairs that may be close, of a row, above which they are kept no more: 20 bytes each."""
_BLOCK = 2048

Item = tuple[npt.NDArray[Any], ...]
KeptPairs = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float32]]
"""Rows of pairs, and a bound of the product of each."""


class SearchJournal:
    """A folder with the finished parts of one search, which is this process's own for now.

    A folder that can't be written to is given up: the search goes on without it, and says so.
    """

    def __init__(self, folder: Path, lock: int, rows: int) -> None:
        """Take a folder over; :func:`journaled` makes one.

        Args:
            folder: the folder.
            lock: an open file that is locked, closed with this.
            rows: how many rows are searched.
        """
        self._folder = folder
        self._lock: int | None = lock
        self._full = False
        self._next: dict[str, int] = {}
        self.rows = rows

    @property
    def begun(self) -> bool:
        """Has an earlier run left anything?"""
        return any(self._folder.glob("*.npz"))

    def parts(self, step: str) -> Iterator[dict[str, npt.NDArray[Any]]]:
        """Yield the finished parts of a step; whatever stands behind a damaged one is removed."""
        for number in range(self._next.setdefault(step, 0), len(self._of(step))):
            try:
                with self._path(step, number).open("rb") as stream:
                    part = np.load(stream, allow_pickle=False)
                    found = {name: part[name] for name in part.files}
            except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
                break
            self._next[step] = number + 1
            yield found
        for path in self._of(step)[self._next[step] :]:
            path.unlink(missing_ok=True)

    def add(self, step: str, **arrays: npt.ArrayLike) -> None:
        """Keep the next part of a step; all that there were must have been read."""
        if self._full:
            return
        number = self._next.get(step, 0)
        path = self._path(step, number)
        partial = path.with_suffix(".partial")
        try:
            with partial.open("wb") as stream:
                np.savez(stream, allow_pickle=False, **arrays)
            partial.replace(path)
        except OSError as error:
            sessions.current().heard(
                f"{self._folder}: {error.strerror or error}; the search goes on, but could not be "
                "taken up again if it were ended"
            )
            self._full = True
            shutil.rmtree(self._folder, ignore_errors=True)  # others need the room
            return
        self._next[step] = number + 1

    def stream(self, step: str, work: Callable[[int], Iterator[Item]]) -> Iterator[Item]:
        """Yield the items of a step: those that are kept, and then those that are worked out.

        Args:
            step: its name.
            work: yields the items behind the first ones, given how many of these are done.
        """
        done = 0
        for part in self.parts(step):
            for number in range(int(part["items"])):
                yield tuple(part[f"{number}.{n}"] for n in range(int(part["columns"])))
                done += 1
        fresh: list[Item] = []
        for item in work(done):
            yield item
            fresh.append(item)
            if len(fresh) == EACH:
                self._pack(step, fresh)
                fresh = []
        if fresh:
            self._pack(step, fresh)

    def _pack(self, step: str, items: list[Item]) -> None:
        named = {f"{i}.{n}": one for i, item in enumerate(items) for n, one in enumerate(item)}
        self.add(step, items=len(items), columns=len(items[0]), **named)

    def _path(self, step: str, number: int) -> Path:
        return self._folder / f"{step}-{number:06}.npz"

    def _of(self, step: str) -> list[Path]:
        return sorted(self._folder.glob(f"{step}-*.npz"))

    def stop(self) -> None:
        """Keep nothing of what is done from now on."""
        self._full = True

    def finish(self) -> None:
        """Remove everything: the search has come to its end."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self.close()

    def close(self) -> None:
        """Leave the folder to the next run."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def searches_folder(cache: str) -> Path | None:
    """Return the folder for journals in a cache, None where nothing is kept."""
    vectors = vectors_folder(cache)
    return vectors and vectors.with_name("searches")


@contextmanager
def journaled(home: Path, vectors: VectorRows, settings: str) -> Iterator[SearchJournal | None]:
    """Have the journal of a search in a block; where that ends without an error, it is removed.

    None where another process is at the same search, and where the folder can't be used.

    Args:
        home: the folder of all journals.
        vectors: what is searched; all of it is read once, for its digest.
        settings: whatever else its parts depend on.
    """
    journal = _opened(home / _digest(vectors, settings)[:32], len(vectors))
    try:
        yield journal
    except BaseException:
        if journal is not None:
            journal.close()
        raise
    if journal is not None:
        journal.finish()


def _opened(folder: Path, rows: int) -> SearchJournal | None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        sessions.current().heard(
            f"{folder}: {error.strerror}; the search can't be taken up again if it is ended"
        )
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    journal = SearchJournal(folder, lock, rows)
    if journal.begun:
        sessions.current().heard("near-duplicate: a search that was ended is taken up again")
    return journal


def _digest(vectors: VectorRows, settings: str) -> str:
    def of_block(start: int) -> bytes:
        block = np.ascontiguousarray(vectors[start : start + _BLOCK])
        return hashlib.sha256(block.data).digest()

    found = hashlib.sha256(f"{JOURNAL_FORMAT} {vectors.shape} {settings}\n".encode())
    for digest in in_threads(of_block, range(0, len(vectors), _BLOCK)):
        found.update(digest)
    return found.hexdigest()


@dataclass(slots=True)
class ComparedTiles:
    """Tiles that were compared, in their order, and the pairs of them that may be close.

    What may be close depends on vectors alone. What else keeps rows apart is asked again when a
    part is read, so that a journal need not know of it.
    """

    journal: SearchJournal
    done: int = 0
    kept: int = 0
    _tiles: int = 0
    _products: int = 0
    _pairs: int = 0
    _found: list[KeptPairs] = field(default_factory=list)

    def before(self) -> Iterator[tuple[int, KeptPairs]]:
        """Yield how many pairs were compared in a part, and those that may be close."""
        for part in self.journal.parts("compared"):
            self.done += int(part["tiles"])
            self.kept += len(part["i"])
            yield int(part["products"]), (part["i"], part["j"], part["bounds"])

    def note(self, products: int, found: list[KeptPairs] | None) -> None:
        """Take what was found in the next tile; None where it is too much to be kept."""
        if found is None or self.kept > _A_ROW * self.journal.rows:
            self.journal.stop()
            return
        self._tiles += 1
        self._products += products
        self._pairs += sum(len(i) for i, _, _ in found)
        self._found += found
        if self._products >= BATCH or self._pairs >= MANY:
            self.flush()

    def flush(self) -> None:
        """Write down what was taken."""
        if not self._tiles:
            return
        none = np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float32)
        i, j, bounds = (np.concatenate(column) for column in zip(none, *self._found, strict=True))
        tiles, products = self._tiles, self._products
        self.journal.add("compared", tiles=tiles, products=products, i=i, j=j, bounds=bounds)
        self.kept += self._pairs
        self._tiles = self._products = self._pairs = 0
        self._found = []
