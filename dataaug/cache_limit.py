"""The limit of what is kept between runs: of replies and vectors, those used least recently go.

The limit belongs to a cache and not to a run, so that all processes that use one agree on it.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dataaug.errors import MissingError, UsageError
from dataaug.machine import memory_size

DEFAULT_LIMIT = 10_000_000_000
"""Bytes of replies and vectors in a cache of which nothing else was said."""
REPLIES = "replies.sqlite"
_SEARCHES = "searches"
_VECTORS = "vectors"
_LIMIT = "size.txt"
_LOCK = "lock"
_LARGE = 1 << 30
"""Bytes of a part of vectors where there is no limit."""
_MINUTE = 60.0


def limit(home: Path) -> int:
    """Return the limit of a cache in bytes, 0 where it has none."""
    try:
        return _bytes((home / _LIMIT).read_text(encoding="ascii"))
    except (OSError, ValueError, UsageError):  # none was set, or it is damaged
        return DEFAULT_LIMIT


def set_limit(home: Path, size: str) -> None:
    """Set the limit of a cache, and remove what is too much.

    Args:
        home: the folder of the cache.
        size: as ``20GB``; ``off`` or ``0`` for none.

    Raises:
        UsageError: it is no size.
        MissingError: it can't be written.
    """
    _bytes(size)
    made = home / f"{_LIMIT}.{os.getpid()}.partial"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        made.write_text(f"{size.strip()}\n", encoding="ascii")
        made.replace(home / _LIMIT)
    except OSError as error:
        raise MissingError(f"{home / _LIMIT}: cannot be written: {error.strerror}") from error
    trim(home)
    _compact(home / REPLIES)


def _bytes(size: str) -> int:
    return 0 if size.strip().lower() in {"off", "0"} else memory_size(size, "--cache-size")


def largest(home: Path) -> int:
    """Return the bytes that a part of vectors may grow to: what is removed at once."""
    return limit(home) // 64 or _LARGE


@contextmanager
def locked(vectors: Path | None) -> Iterator[None]:
    """Hold the lock on a folder of vectors; None needs none. A process that dies lets go of it."""
    if vectors is None:
        yield
        return
    vectors.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = os.open(vectors / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


class _Entry(NamedTuple):
    """Something that goes as a whole: when it was used last, its bytes, and how to remove it."""

    used: float
    size: int
    remove: Callable[[], None]


def trim(home: Path) -> None:
    """Remove what was used least recently, if there is more than the limit of the cache allows.

    A tenth more is removed, so that it is not to be done again at once. What replies have taken
    in their file is taken by later ones. Files that a process
    reads are there for it until it closes them.

    Raises:
        OSError: something can't be removed.
    """
    most = limit(home)
    if not most or not home.is_dir():
        return
    replies = home / REPLIES
    if _kept(home) <= most:  # the usual case, which needs no lock
        return
    with locked(home / _VECTORS):
        files = list(_files(home))
        over = _kept(home) - most + most // 10
        for entry in sorted([*files, *_replies(replies)], key=lambda entry: entry.used):
            if over <= 0:
                break
            entry.remove()
            over -= entry.size


def _kept(home: Path) -> int:
    return sum(entry.size for entry in _files(home)) + _size(home / REPLIES)


def _files(home: Path) -> Iterator[_Entry]:
    """Yield the parts of vectors, searches, and damaged files that were moved aside."""
    together: dict[Path, list[Path]] = {}
    for path in [*home.glob(f"{_VECTORS}/*/*"), *home.glob("replies.damaged.*")]:
        if path.name != "about.json" and path.is_file():
            together.setdefault(path.with_suffix(""), []).append(path)
    for paths in together.values():
        paths.sort()  # keys first: a vector counts as long as its key is there
        with suppress(FileNotFoundError):  # another process moves or clears it
            found = [path.stat() for path in paths]
            used = max(one.st_mtime for one in found)
            size = sum(one.st_size for one in found)
            yield _Entry(used, size, partial(_unlink, paths))
    for folder in home.glob(f"{_SEARCHES}/*"):
        with suppress(FileNotFoundError):  # its search has come to its end
            found = [path.stat() for path in folder.iterdir()]
            used = max((one.st_mtime for one in found), default=0.0)
            size = sum(one.st_size for one in found)
            yield _Entry(used, size, partial(shutil.rmtree, folder, ignore_errors=True))


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _connected(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=10)


def _size(file: Path) -> int:
    """Return the bytes of replies that are in use; what was removed leaves room in the file."""
    with suppress(sqlite3.Error), closing(_connected(file)) as db:
        names = "page_count", "freelist_count", "page_size"
        pages, free, size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
        return int((pages - free) * size)
    return 0


def _replies(file: Path) -> Iterator[_Entry]:
    """Yield the replies that were used last in the same minute, together."""
    query = (
        "SELECT CAST(at / ? AS INTEGER), SUM(LENGTH(CAST(reply AS BLOB))) FROM replies GROUP BY 1"
    )
    with suppress(sqlite3.Error), closing(_connected(file)) as db:  # who uses it says and mends it
        found = db.execute(query, (_MINUTE,)).fetchall()
        taken = _size(file) / max(1, sum(size for _, size in found))  # room for a byte of text
        for minute, size in found:
            end = (minute + 1) * _MINUTE
            yield _Entry(end, int(size * taken), partial(_forget, file, end))


def _forget(file: Path, end: float) -> None:
    with suppress(sqlite3.Error), closing(_connected(file)) as db, db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM sums WHERE key IN (SELECT key FROM replies WHERE at < ?)", (end,))
        db.execute("DELETE FROM replies WHERE at < ?", (end,))


def _compact(file: Path) -> None:
    """Give the room of removed replies back to the disk; while others use the file it is kept."""
    with suppress(sqlite3.Error), closing(_connected(file)) as db:
        db.execute("VACUUM")
