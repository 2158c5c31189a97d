"""Verdicts on disk: one JSON line each, only ever appended, safe before the next row is shown."""

import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson

from dataaug.errors import InputError, MissingError
from dataaug.reviewers import Verdict

_VERSION = 1
_SAID = ("ok", "bad", "skip")


@dataclass(frozen=True, slots=True)
class Header:
    """Which sample of which data a verdict file is about: its first line.

    Attributes:
        sample: a name for the data and the way in which rows were drawn from it.
        data: a hash of all rows of the data.
        rows: synthetic rows in the data.
        seed: the seed of the sample.
        asked: the number of rows that were asked for.
        stratify: what the sample was stratified by.
    """

    data: str
    rows: int
    seed: int
    asked: int
    stratify: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """Return it as it is written."""
        return {"spotcheck": _VERSION, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A verdict with who said it, of which row, and when (seconds since 1970)."""

    key: str
    id: str
    verdict: Verdict
    reviewer: str
    time: float


@dataclass(slots=True)
class Ledger:
    """The verdicts of one file, by reviewer and row; the last one of a reviewer counts.

    Attributes:
        path: the file.
        header: what it is about; None where the file says nothing of it (a foreign file).
        entries: all verdicts in order, those that were taken back left out.
        mended: bytes of a last line that was cut off, by a crash; they are set aside.
    """

    path: Path
    header: Header | None = None
    entries: list[Entry] = field(default_factory=list)
    mended: bytes = b""
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
        whole, _, self.mended = content.rpartition(b"\n")
        for number, line in enumerate(whole.split(b"\n"), 1):
            if line.strip():
                self._take(line, number)
        return self

    def _take(self, line: bytes, number: int) -> None:
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise InputError(f"{self.path}:{number}: not JSON: {error.msg}") from error
        if not isinstance(row, dict):
            raise InputError(f"{self.path}:{number}: expected a JSON object")
        if "spotcheck" in row:
            self.header = _header(row, f"{self.path}:{number}")
        elif "undo" in row:
            self._forget(str(row["undo"]), str(row.get("reviewer", "")))
        else:
            self.entries.append(entry(row, f"{self.path}:{number}"))

    def _forget(self, key: str, reviewer: str) -> None:
        for place in range(len(self.entries) - 1, -1, -1):
            known = self.entries[place]
            if (known.key, known.reviewer) == (key, reviewer):
                del self.entries[place]
                return

    def start(self, header: Header) -> None:
        """Make the file ready to be written to: mend its end, and say what it is about.

        A last line that was cut off is moved to a file beside it (``.cut``).
        """
        if self.mended:
            with Path(f"{self.path}.cut").open("ab") as stream:
                stream.write(self.mended + b"\n")
            self._truncate()
        if self.header is None:
            self.header = header
            self._append(header.row())

    def _truncate(self) -> None:
        size = self.path.stat().st_size - len(self.mended)
        os.truncate(self.path, size)
        self.mended = b""

    def put(self, key: str, row_id: str, verdict: Verdict, reviewer: str) -> None:
        """Append a verdict; it is on the disk when this returns.

        Raises:
            MissingError: it can't be written.
        """
        said = Entry(key, row_id, verdict, reviewer, round(time.time(), 3))
        row = {name: value for name, value in asdict(verdict).items() if value not in ("", None)}
        with self._lock:
            self._append({"key": key, "id": row_id, **row, "reviewer": reviewer, "time": said.time})
            self.entries.append(said)

    def undo(self, reviewer: str) -> str | None:
        """Take the last verdict of a reviewer back, by a line of its own; return its row's key."""
        with self._lock:
            for known in reversed(self.entries):
                if known.reviewer == reviewer:
                    self._append({"undo": known.key, "reviewer": reviewer,
                                  "time": round(time.time(), 3)})  # fmt: skip
                    self._forget(known.key, reviewer)
                    return known.key
        return None

    def _append(self, row: Mapping[str, Any]) -> None:
        try:
            # Opened for each line: a second process on the same file appends behind ours.
            with self.path.open("ab", buffering=0) as stream:
                stream.write(orjson.dumps(row) + b"\n")
                os.fsync(stream.fileno())
        except OSError as error:
            raise MissingError(
                f"{self.path}: the verdict can't be written: {error.strerror}; it was not taken"
            ) from error

    def of(self, reviewer: str) -> dict[str, Verdict]:
        """Return the last verdict of a reviewer on each row."""
        return {known.key: known.verdict for known in self.entries if known.reviewer == reviewer}

    def reviewers(self) -> list[str]:
        """Return the names of all who said something, in the order in which they began."""
        return list(dict.fromkeys(known.reviewer for known in self.entries))

    def latest(self) -> Iterator[Entry]:
        """Yield the last verdict of each reviewer on each row, skipped rows left out."""
        last = {(known.reviewer, known.key): known for known in self.entries}
        return (known for known in last.values() if known.verdict.verdict != "skip")


def _header(row: Mapping[str, Any], where: str) -> Header:
    if row["spotcheck"] != _VERSION:
        raise InputError(f"{where}: written by another version of dataaug ({row['spotcheck']!r})")
    try:
        given = {name: row[name] for name in ("data", "rows", "seed", "asked")}
        return Header(**given, stratify=tuple(row.get("stratify", ())))
    except (KeyError, TypeError) as error:
        raise InputError(f"{where}: the first line should say what was sampled: {error}") from error


def entry(row: Mapping[str, Any], where: str) -> Entry:
    """Return a verdict from its parsed line.

    Raises:
        InputError: it lacks a key or says neither ok, bad nor skip.
    """
    said = row.get("verdict")
    if said not in _SAID or not isinstance(row.get("key"), str):
        raise InputError(f"{where}: expected a 'key' and a 'verdict' of {', '.join(_SAID)}")
    label = row.get("label")
    verdict = Verdict(
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
