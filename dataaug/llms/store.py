"""Replies on disk: one SQLite file of plain JSON that only its owner can read."""

import itertools
import os
import socket
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson

from dataaug.errors import MissingError
from dataaug.llms import Reply
from dataaug.rows.files import user_cache

_FILE = "replies.sqlite"
_PATIENCE = 60.0  # seconds to wait while another process writes
_AT_ONCE = 500  # keys in one query; SQLite takes 999 in its oldest versions
_FIELDS = ("text", "finish", "fault", "detail", "model", "prompt_tokens", "completion_tokens")
_TABLES = """
CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL, at REAL NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL)
  WITHOUT ROWID;
"""
LEASE = 30.0
"""Seconds for which a claim holds that nobody renews: its process is gone, or hangs as a whole."""
_numbers = itertools.count()


def folder(asked: str) -> Path:
    """Return the folder of a cache: the one that was asked for, or the user's."""
    return Path(asked).expanduser() if asked else user_cache()


class Store:
    """Replies by key, and notes on models; several processes may use one file.

    Every reply is committed as it comes (a write-ahead log survives a killed process). Notes are
    committed together with the next reply, so that what was learnt from it is never there alone.
    """

    def __init__(self, place: Path) -> None:
        """Open the file, and create it and its folder if need be.

        Raises:
            MissingError: that is not possible.
        """
        self._place = place / _FILE
        self._lock = threading.RLock()
        with self._explained():
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives its log files the mode of the file that is there
            os.close(os.open(self._place, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(self._place, timeout=_PATIENCE, check_same_thread=False)
            weakref.finalize(self, self._db.close)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_TABLES)
        # One who claims: two stores of one process are two, and a process's number comes again.
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{next(_numbers)}/{time.time()}"
        self._notes: dict[str, str] = {}  # not written before a reply is: that would lock the file

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with self._lock:  # claims are renewed by a thread of their own
                yield
        except (OSError, sqlite3.Error, ValueError, TypeError) as error:  # the last two: no reply
            said = error.strerror if isinstance(error, OSError) else str(error)
            raise MissingError(
                f"the cache of replies {self._place} failed: {said}; free or mend the disk, name "
                "another folder by --cache DIR, or do without by --cache off (replies so far are "
                "kept)"
            ) from error

    def get(self, keys: Sequence[str]) -> dict[str, Reply]:
        """Return the replies that are there."""
        found: dict[str, Reply] = {}
        with self._explained():
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, reply FROM replies WHERE key IN ({marks})"
                for key, text in self._db.execute(query, some):
                    found[key] = Reply(**orjson.loads(text), key=key, cached=True)
        return found

    def put(self, key: str, reply: Reply) -> Reply:
        """Keep a reply and return the one that stands: another process may have been first."""
        text = orjson.dumps({name: getattr(reply, name) for name in _FIELDS}).decode()
        with self._explained(), self._db:
            added = self._db.execute(
                "INSERT INTO replies VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (key, text, time.time()),
            ).rowcount
            self._db.execute("DELETE FROM claims WHERE key = ?", (key,))
            notes, self._notes = self._notes, {}
            if notes:
                self._db.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?)", notes.items())
        return reply if added else self.get([key]).get(key, reply)

    def claim(self, keys: Sequence[str]) -> set[str]:
        """Claim the requests that nobody else has claimed, and return which these are.

        A claim ends with its reply, with :meth:`held`, when its process is gone from this
        machine, or :data:`LEASE` seconds after it was last renewed. Requests that have a reply by
        now are not claimed.
        """
        now = time.time()
        with self._explained(), self._db:
            self._db.execute("BEGIN IMMEDIATE")  # look and take in one: no other comes between
            held = {key: (owner, until) for key, owner, until in self._rows("claims", keys)}
            done = {key for key, *_ in self._rows("replies", keys)}
            free = [key for key in keys if key not in done and self._is_free(held.get(key), now)]
            self._db.executemany(
                "INSERT OR REPLACE INTO claims VALUES (?, ?, ?)",
                [(key, self._owner, now + LEASE) for key in free],
            )
        return set(free)

    def _rows(self, table: str, keys: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            yield from self._db.execute(f"SELECT * FROM {table} WHERE key IN ({marks})", some)

    def _is_free(self, claim: tuple[str, float] | None, now: float) -> bool:
        if claim is None or claim[0] == self._owner or not now < claim[1] <= now + LEASE:
            return True  # a lease that ends later than any can was given by a clock that was wrong
        host, number, *_ = claim[0].split("/")
        return host == socket.gethostname() and not _is_alive(int(number))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Renew the claims of this store meanwhile, and give up those that are left at the end."""
        ended = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(ended,), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join()
            with self._explained(), self._db:
                self._db.execute("DELETE FROM claims WHERE owner = ?", (self._owner,))

    def _renew(self, ended: threading.Event) -> None:
        while not ended.wait(LEASE / 3):
            # A disk that fails here fails who keeps replies as well, and they say so.
            with suppress(MissingError), self._explained(), self._db:
                until = time.time() + LEASE
                query = "UPDATE claims SET until = ? WHERE owner = ?"
                self._db.execute(query, (until, self._owner))

    def recall(self, name: str) -> str:
        """Return a note, or nothing."""
        if name in self._notes:
            return self._notes[name]
        with self._explained():
            row = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def note(self, name: str, value: str) -> None:
        """Note something; it is written together with the next reply."""
        self._notes[name] = value

    def close(self) -> None:
        """Close the file; notes without a reply are forgotten."""
        self._db.close()


def _is_alive(number: int) -> bool:
    """Is there a process of that number on this machine, as far as can be told?"""
    if os.name != "posix":  # elsewhere asking would end it
        return True
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True
