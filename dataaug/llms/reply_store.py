"""Replies on disk: one SQLite file of plain JSON that only its owner can read."""

import itertools
import os
import socket
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import orjson

from dataaug import cache_limit
from dataaug.errors import MissingError
from dataaug.llms import Reply, tell
from dataaug.rows.files import user_cache
from dataaug.sessions import carried

_FILE = cache_limit.REPLIES
_PATIENCE = 60.0  # seconds to wait while another process writes
_TRIM = 10_000  # replies that are kept before the size of the cache is looked at again
_STALE = 3600.0  # seconds since the use of a reply was noted, after which it is noted again
_AT_ONCE = 500  # keys in one query; SQLite takes 999 in its oldest versions
_FIELDS = ("text", "finish", "fault", "detail", "model", "prompt_tokens", "completion_tokens")
# With rowids: without them a row lies in the tree of keys, and one of 1 kB took 4.9 kB there.
_REPLIES = "replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL, at REAL NOT NULL)"
_TABLES = f"""
CREATE TABLE IF NOT EXISTS {_REPLIES};
CREATE TABLE IF NOT EXISTS sums (key TEXT PRIMARY KEY, sum TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (name TEXT PRIMARY KEY, job TEXT NOT NULL);
"""
LEASE = 30.0
"""Seconds for which a claim holds that nobody renews: its process is gone, or hangs as a whole."""
_numbers = itertools.count()


_ASIDE = "replies.damaged.sqlite"
# A statement of ours that is no SQL to it (SQLITE_ERROR): its own words for the tables are damaged.
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
T = TypeVar("T")


def _sum(key: str, reply: str) -> str:
    """Return the checksum of an entry, which tells a flipped bit in either."""
    return blake2b(f"{key}\0{reply}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _is_damage(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    """Is it the file, and not the disk? Of damaged words Python says so without a code."""
    wordless = isinstance(error, sqlite3.OperationalError | UnicodeDecodeError)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT if wordless else 0)
    return code & 0xFF in _DAMAGED


def replies_folder(asked: str) -> Path:
    """Return the folder of a cache: the one that was asked for, or the user's."""
    return Path(asked).expanduser() if asked else user_cache()


class ReplyStore:
    """Replies by key, and notes on models; several processes may use one file.

    Every reply is committed as it comes (a write-ahead log survives a killed process). Notes are
    committed together with the next reply, so that what was learnt from it is never there alone.
    An entry has a checksum: one that is damaged is as if it was not there. A file that is no
    database any more is moved aside, and what can be read of it is kept. The column ``at`` says
    when an entry was used last: :mod:`dataaug.cache_limit` removes the oldest ones.
    """

    def __init__(self, place: Path) -> None:
        """Open the file, and create it and its folder if need be.

        Raises:
            MissingError: that is not possible.
        """
        self._place = place / _FILE
        self._lock = threading.RLock()
        # One who claims: two stores of one process are two, and a process's number comes again.
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{next(_numbers)}/{time.time()}"
        self._db: sqlite3.Connection | None = None
        self._said = False
        self._notes: dict[str, str] = {}  # not written before a reply is: that would lock the file
        with self._explained():
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tried(lambda db: db.execute("SELECT count(*) FROM sums").fetchone())
        self._put = 0
        self._trim()

    def _trim(self) -> None:
        with self._explained():
            cache_limit.trim(self._place.parent)

    def _opened(self) -> sqlite3.Connection:
        # SQLite gives its log files the mode of the file that is there
        os.close(os.open(self._place, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(self._place, timeout=_PATIENCE, check_same_thread=False)
        weakref.finalize(self, db.close)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        old = not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'sums'").fetchone()
        db.executescript(_TABLES)
        _give_rowids(db)
        if old:  # a file of before there were checksums
            with db:
                every = db.execute("SELECT key, reply FROM replies").fetchall()
                db.executemany(
                    "INSERT OR IGNORE INTO sums VALUES (?, ?)",
                    ((key, _sum(key, reply)) for key, reply in every),
                )
        return db

    def _tried(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with the database, and once more where it had to be mended first."""
        with self._explained():
            try:
                self._db = self._db or self._opened()
                return work(self._db)
            except (sqlite3.Error, UnicodeDecodeError) as error:
                if not _is_damage(error):
                    raise
            return work(self._mended())

    def _mended(self) -> sqlite3.Connection:
        """Move a damaged file aside, and begin a new one with what can be read of it."""
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None
        for ending in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                aside = self._place.with_name(_ASIDE + ending)
                self._place.with_name(_FILE + ending).replace(aside)
        tell(
            f"the cache of replies {self._place} was damaged; it lies in {_ASIDE} beside it, and "
            "what can't be read of it is asked again"
        )
        self._db = self._opened()
        entries = _salvaged(self._place.with_name(_ASIDE))
        with self._db:
            self._db.executemany("INSERT OR IGNORE INTO replies VALUES (?, ?, ?)", entries)
            self._db.executemany(
                "INSERT OR IGNORE INTO sums VALUES (?, ?)",
                ((key, _sum(key, reply)) for key, reply, _ in entries),
            )
        return self._db

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with self._lock:  # claims are renewed by a thread of their own
                yield
        except (OSError, sqlite3.Error) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            raise MissingError(
                f"the cache of replies {self._place} failed: {said}; free or mend the disk, name "
                "another folder by --cache DIR, or do without by --cache off (replies so far are "
                "kept)"
            ) from error

    def get(self, keys: Sequence[str]) -> dict[str, Reply]:
        """Return the replies that are there and whole."""
        found: dict[str, Reply] = {}
        old: list[tuple[float, str]] = []
        now = time.time()
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            for key, text, own, at in self._tried(lambda db, some=some: _some(db, some)):  # type: ignore[misc]
                reply = _reply(key, text, own)
                if reply is None:
                    self._drop(key)
                else:
                    found[key] = reply
                    old += [(now, key)] if not now - _STALE < _number(at) <= now else []
        with suppress(MissingError):  # a disk that is full can be read from
            self._note_use(old)
        return found

    def _note_use(self, used: list[tuple[float, str]]) -> None:
        def work(db: sqlite3.Connection) -> None:
            with db:
                db.executemany("UPDATE replies SET at = ? WHERE key = ?", used)

        if used:
            self._tried(work)

    def _drop(self, key: str) -> None:
        """Forget an entry that is damaged."""

        def work(db: sqlite3.Connection) -> None:
            with db:
                db.execute("DELETE FROM replies WHERE key = ?", (key,))
                db.execute("DELETE FROM sums WHERE key = ?", (key,))

        self._tried(work)
        if self._said:
            return
        self._said = True
        tell(f"the cache of replies {self._place} has damaged entries; they are asked again")
        # Where an entry is damaged a tree may be: what it hides could neither be read nor kept.
        if self._tried(lambda db: db.execute("PRAGMA integrity_check(1)").fetchone()) != ("ok",):
            with self._explained():
                self._mended()

    def check(self) -> tuple[int, int]:
        """Drop what is damaged, and return how many entries there were and how many of them were.

        Raises:
            MissingError: the disk failed.
        """
        keys = self._tried(lambda db: [key for (key,) in db.execute("SELECT key FROM replies")])
        return len(keys), len(keys) - len(self.get(keys))

    def put(self, key: str, reply: Reply) -> Reply:
        """Keep a reply and return the one that stands: another process may have been first."""
        text = orjson.dumps({name: getattr(reply, name) for name in _FIELDS}).decode()

        def work(db: sqlite3.Connection) -> int:
            with db:
                added = db.execute(
                    "INSERT INTO replies VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (key, text, time.time()),
                ).rowcount
                if added:
                    db.execute("INSERT OR REPLACE INTO sums VALUES (?, ?)", (key, _sum(key, text)))
                db.execute("DELETE FROM claims WHERE key = ?", (key,))
                if self._notes:
                    notes = self._notes.items()
                    db.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?)", notes)
            return added

        added = self._tried(work)
        self._notes = {}
        self._put += added
        if added and not self._put % _TRIM:
            self._trim()
        stands = reply if added else self.get([key]).get(key)
        if stands is None:  # there is something under the key that can neither be read nor removed
            with self._explained():
                work(self._mended())
        return stands or reply

    def claim(self, keys: Sequence[str]) -> set[str]:
        """Claim the requests that nobody else has claimed, and return which these are.

        A claim ends with its reply, with :meth:`held`, when its process is gone from this
        machine, or :data:`LEASE` seconds after it was last renewed. Requests that have a reply by
        now are not claimed.
        """
        now = time.time()

        def work(db: sqlite3.Connection) -> list[str]:
            with db:
                db.execute("BEGIN IMMEDIATE")  # look and take in one: no other comes between
                held = {key: (owner, end) for key, owner, end in _rows(db, "claims", keys)}
                done = {key for key, *_ in _rows(db, "replies", keys)}
                free = [k for k in keys if k not in done and self._is_free(held.get(k), now)]
                db.executemany(
                    "INSERT OR REPLACE INTO claims VALUES (?, ?, ?)",
                    [(key, self._owner, now + LEASE) for key in free],
                )
            return free

        return set(self._tried(work))

    def _is_free(self, claim: tuple[str, float] | None, now: float) -> bool:
        if claim is None or claim[0] == self._owner or not now < claim[1] <= now + LEASE:
            return True  # a lease that ends later than any can was given by a clock that was wrong
        host, number, *_ = claim[0].split("/")
        return host == socket.gethostname() and not _is_alive(int(number))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Renew the claims of this store meanwhile, and give up those that are left at the end."""
        ended = threading.Event()
        renewing = threading.Thread(target=carried(self._renew), args=(ended,), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join()
            self._written("DELETE FROM claims WHERE owner = ?", (self._owner,))

    def _renew(self, ended: threading.Event) -> None:
        while not ended.wait(LEASE / 3):
            # A disk that fails here fails who keeps replies as well, and they say so.
            with suppress(MissingError):
                self._written(
                    "UPDATE claims SET until = ? WHERE owner = ?",
                    (time.time() + LEASE, self._owner),
                )

    def _written(self, query: str, values: tuple[Any, ...]) -> None:
        def work(db: sqlite3.Connection) -> None:
            with db:
                db.execute(query, values)

        self._tried(work)

    def recall(self, name: str) -> str:
        """Return a note, or nothing."""
        if name in self._notes:
            return self._notes[name]
        query = "SELECT value FROM notes WHERE name = ?"
        row = self._tried(lambda db: db.execute(query, (name,)).fetchone())
        return str(row[0]) if row else ""

    def note(self, name: str, value: str) -> None:
        """Note something; it is written together with the next reply."""
        self._notes[name] = value

    def jobs(self) -> dict[str, str]:
        """Return the batches on their way, by name, the oldest first."""
        query = "SELECT name, job FROM jobs ORDER BY rowid"
        return dict(self._tried(lambda db: db.execute(query).fetchall()))

    def keep_job(self, name: str, job: str) -> None:
        """Keep what has to be known of a batch, in place of what was kept under its name."""
        query = "INSERT INTO jobs VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET job = excluded.job"
        self._written(query, (name, job))

    def drop_job(self, name: str) -> None:
        """Forget a batch: all that came of it is kept."""
        self._written("DELETE FROM jobs WHERE name = ?", (name,))

    def close(self) -> None:
        """Close the file; notes without a reply are forgotten."""
        if self._db is not None:
            self._db.close()
            self._db = None


def _give_rowids(db: sqlite3.Connection) -> None:
    """Copy the replies of an older file to a table with rowids, in one step for all processes.

    Where that can't be done now (a full disk, another process at work) the old table goes on.
    """
    made = "SELECT sql FROM sqlite_master WHERE name = 'replies'"
    if "WITHOUT ROWID" not in db.execute(made).fetchone()[0]:
        return
    with suppress(sqlite3.OperationalError), db:
        db.execute("BEGIN IMMEDIATE")
        if "WITHOUT ROWID" in db.execute(made).fetchone()[0]:  # nobody was quicker
            db.execute("ALTER TABLE replies RENAME TO without_rowids")
            db.execute(f"CREATE TABLE {_REPLIES}")
            db.execute("INSERT INTO replies SELECT key, reply, at FROM without_rowids")
            db.execute("DROP TABLE without_rowids")


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


def _rows(db: sqlite3.Connection, table: str, keys: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        yield from db.execute(f"SELECT * FROM {table} WHERE key IN ({marks})", some)


def _number(at: Any) -> float:
    return at if isinstance(at, float) else 0.0  # damaged


def _some(db: sqlite3.Connection, keys: Sequence[str]) -> list[tuple[Any, Any, Any, Any]]:
    marks = ",".join("?" * len(keys))
    found = db.execute(
        "SELECT CAST(replies.key AS BLOB), CAST(reply AS BLOB), CAST(sum AS BLOB), at FROM replies "
        f"LEFT JOIN sums USING (key) WHERE replies.key IN ({marks})",
        keys,
    ).fetchall()
    return [(_key(key), text, own, at) for key, text, own, at in found]


def _key(stored: Any) -> str:
    """Return a key as text; of a damaged one what can be read, which is nobody's key."""
    return stored.decode(errors="replace") if isinstance(stored, bytes) else str(stored)


def _reply(key: str, text: Any, own: Any) -> Reply | None:
    """Return the reply of an entry, None where it is damaged."""
    try:
        written = text.decode()
        if own != _sum(key, written).encode():
            return None
        return Reply(**orjson.loads(written), key=key, cached=True)
    except (ValueError, TypeError, AttributeError):
        return None


def _salvaged(aside: Path) -> list[tuple[str, str, float]]:
    """Return the entries of a damaged file that can be read and are whole, from both its ends."""
    found: dict[str, tuple[str, str, float]] = {}
    with suppress(sqlite3.Error), sqlite3.connect(aside) as db:
        for order in ("ASC", "DESC"):
            with suppress(sqlite3.Error, UnicodeDecodeError):
                for stored, text, own, at in db.execute(
                    "SELECT CAST(replies.key AS BLOB), CAST(reply AS BLOB), CAST(sum AS BLOB), at "
                    f"FROM replies LEFT JOIN sums USING (key) ORDER BY replies.key {order}"
                ):
                    key = _key(stored)
                    if _reply(key, text, own) is not None:
                        found[key] = (key, text.decode(), float(at))
    with suppress(sqlite3.Error):
        db.close()
    return list(found.values())
