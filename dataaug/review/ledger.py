"""Verdicts on disk: one JSON line each, only ever appended, safe before the next row is shown."""

import codecs
import fcntl
import os
import threading
import time
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self

import orjson

from dataaug.errors import InputError, MissingError
from dataaug.review.header import Header
from dataaug.review.items import Decision, ReviewVerdict

_SAID = ("ok", "bad", "skip")


@dataclass(frozen=True, slots=True)
class Entry:
    """A verdict with who said it, of which row, and when.

    Attributes:
        key: the row's key.
        id: the row's id, for people.
        verdict: what was said.
        reviewer: who said it.
        time: seconds since 1970; 0 if unknown.
        data: the hash of the data that the row was sampled from, where a file of another tool
            says so; empty if unknown. A ledger says it in its header.
    """

    key: str
    id: str
    verdict: ReviewVerdict
    reviewer: str
    time: float
    data: str = ""


@dataclass(slots=True)
class Ledger:
    """The verdicts of one file, by reviewer and row; the last one of a reviewer counts.

    Attributes:
        path: the file.
        header: what it is about, as said last; None where the file says nothing (a foreign file).
        entries: all verdicts in order, those that were taken back left out.
        mended: bytes of a last line that was cut off, by a crash; they are set aside.
    """

    path: Path
    header: Header | None = None
    entries: list[Entry] = field(default_factory=list)
    mended: bytes = b""
    _lines: int = 0
    _of: dict[str, dict[str, ReviewVerdict]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def read(cls, path: str) -> Self:
        """Read a verdict file; one that does not exist is empty.

        Raises:
            InputError: a line is not a verdict; the message has file and line.
        """
        self = cls(Path(path))
        try:
            content = self.path.read_bytes() if self.path.exists() else b""
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        self._learn(content)
        return self

    def _learn(self, content: bytes) -> None:
        """Take in all whole lines behind those that are known; the rest is a write cut off."""
        whole, _, rest = content.rpartition(b"\n")
        if rest and _is_whole(rest):
            whole, rest = content, b""
        for number, line in enumerate(whole.split(b"\n"), 1):
            if number > self._lines and line.strip():
                try:
                    self._take(line, number)
                except RecursionError as error:  # what can't be shown either
                    raise InputError(
                        f"{self.path}:{number}: a value is nested too deep; mend or remove the line"
                    ) from error
                self._lines = number
        self.mended = rest

    def _take(self, line: bytes, number: int) -> None:
        self._of.clear()
        try:
            row = orjson.loads(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)
        except orjson.JSONDecodeError as error:
            raise InputError(
                f"{self.path}:{number}: not JSON: {error.msg}; mend or remove the line"
            ) from error
        if not isinstance(row, dict):
            raise InputError(f"{self.path}:{number}: expected a JSON object")
        if "spotcheck" in row:
            self.header = Header.parse(row, f"{self.path}:{number}")
        elif "undo" in row:
            self._forget(str(row["undo"]), str(row.get("reviewer", "")))
        else:
            self.entries.append(parse_entry(row, f"{self.path}:{number}"))

    def _forget(self, key: str, reviewer: str) -> None:
        for place in range(len(self.entries) - 1, -1, -1):
            known = self.entries[place]
            if (known.key, known.reviewer) == (key, reviewer):
                del self.entries[place]
                return

    def start(self, header: Header) -> None:
        """Make the file ready to be written to: mend its end, and say what it is about.

        A last line that was cut off is moved to a file beside it (``.cut``), where nothing is lost.

        Raises:
            MissingError: it can't be written.
        """
        with self._locked() as (stream, before):
            if self.header != header:
                self._write(stream, before, header.row())

    def put(self, key: str, row_id: str, verdict: ReviewVerdict, reviewer: str) -> None:
        """Append a verdict; it is on the disk when this returns.

        Raises:
            MissingError: it can't be written; it does not count then.
        """
        row = {name: value for name, value in asdict(verdict).items() if value not in ("", None)}
        when = round(time.time(), 3)
        self._append({"key": key, "id": row_id, **row, "reviewer": reviewer, "time": when})

    def undo(self, reviewer: str, among: Container[str] | None = None) -> str | None:
        """Take the last verdict of a reviewer back, by a line of its own; return its row's key.

        Args:
            reviewer: whose.
            among: keys of the rows that it may be about; None is all.
        """
        with self._lock:
            for known in reversed(self.entries):
                if known.reviewer == reviewer and (among is None or known.key in among):
                    when = round(time.time(), 3)
                    self._append({"undo": known.key, "reviewer": reviewer, "time": when})
                    return known.key
        return None

    def _append(self, row: Mapping[str, Any]) -> None:
        """Write a line, see it on the disk, and take it in with all that others wrote before it."""
        with self._locked() as (stream, before):
            self._write(stream, before, row)

    @contextmanager
    def _locked(self) -> Iterator[tuple[BinaryIO, bytes]]:
        """Open and lock the file, take in what others wrote, and mend its end.

        This is done for each line: a second process writes between ours, or was killed meanwhile.
        """
        try:
            with self._lock, self.path.open("a+b", buffering=0) as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)
                stream.seek(0)
                content = stream.read()
                self._learn(content)
                if self.mended:
                    content = content[: -len(self.mended)]
                    self._put_aside(stream, len(content))
                yield stream, content
        except OSError as error:
            raise MissingError(
                f"{self.path}: the verdict can't be written: {error.strerror}; it was not taken"
            ) from error

    def _put_aside(self, stream: BinaryIO, size: int) -> None:
        """Move what stands behind so many bytes to a file beside this one."""
        with Path(f"{self.path}.cut").open("ab") as aside:
            aside.write(self.mended + b"\n")
            aside.flush()
            os.fsync(aside.fileno())
        os.ftruncate(stream.fileno(), size)
        self.mended = b""

    def _write(self, stream: BinaryIO, before: bytes, row: Mapping[str, Any]) -> None:
        line = orjson.dumps(row) + b"\n"
        if before and not before.endswith(b"\n"):
            line = b"\n" + line
        if (stream.write(line) or 0) < len(line):
            os.ftruncate(stream.fileno(), len(before))
            raise MissingError(f"{self.path}: the disk is full; the verdict was not taken")
        os.fsync(stream.fileno())
        self._learn(before + line)

    def of(self, reviewer: str) -> Mapping[str, ReviewVerdict]:
        """Return the last verdict of a reviewer on each row; kept until the next line is read."""
        with self._lock:
            if reviewer not in self._of:
                self._of[reviewer] = {known.key: known.verdict for known in self.entries
                                      if known.reviewer == reviewer}  # fmt: skip
            return self._of[reviewer]


def changed_verdicts(entries: Iterable[Entry]) -> tuple[int, int]:
    """Return how many verdicts a later one of the same reviewer replaced, and contradicted."""
    last: dict[tuple[str, str], Decision] = {}
    replaced = contradicted = 0
    for known in entries:
        said = known.verdict.verdict
        before = last.get((known.reviewer, known.key), "skip")
        last[known.reviewer, known.key] = said
        replaced += before != "skip"
        contradicted += before not in ("skip", said)
    return replaced, contradicted


def _is_whole(line: bytes) -> bool:
    """Is it an entry that lacks nothing but its line end?"""
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def parse_entry(row: Mapping[str, Any], where: str) -> Entry:
    """Return a verdict from its parsed line.

    Raises:
        InputError: it lacks a key or says neither ok, bad nor skip.
    """
    said = row.get("verdict")
    if said not in _SAID or not isinstance(row.get("key"), str):
        raise InputError(f"{where}: expected a 'key' and a 'verdict' of {', '.join(_SAID)}")
    label = row.get("label")
    verdict = ReviewVerdict(
        said,
        str(row.get("reason") or ""),
        None if label is None else str(label),
        str(row.get("note") or ""),
    )
    when = row.get("time")
    return Entry(
        row["key"],
        str(row.get("id", "")),
        verdict,
        str(row.get("reviewer") or "anonymous"),
        float(when) if isinstance(when, (int, float)) else 0.0,
    )
