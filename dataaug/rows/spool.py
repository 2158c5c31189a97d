"""Hold a stream of rows on disk, so that a verb can look at all of them before it answers."""

import itertools
import os
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, overload

from dataaug.errors import MissingError
from dataaug.rows.record import Record, Schema

_BATCH = 1024
_BLOCK = 1 << 22
"""Bytes that are read at once at most, where only some rows of them are asked for."""


class Codes(dict[str | None, int]):
    """Numbers names in the order they come up."""

    def __missing__(self, name: str | None) -> int:
        self[name] = code = len(self)
        return code


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # a full disk: what it could not take was said when it was written
        file.close()


@contextmanager
def explained_full_folder() -> Iterator[None]:
    """Name the folder for temporary files where it is full or fails.

    Raises:
        MissingError: it is, or does.
    """
    try:
        yield
    except OSError as error:
        raise MissingError(
            f"{tempfile.gettempdir()}: rows on their way can't be kept there: {error.strerror}; "
            "free it, or name another folder by TMPDIR"
        ) from error


def _read(file: int, size: int, start: int) -> bytes:
    """Return bytes of a temporary file.

    Raises:
        MissingError: the disk failed.
    """
    # Not mapped: the pages of a map would count as memory of this process.
    try:
        return os.pread(file, size, start)
    except OSError as error:
        raise MissingError(
            f"{tempfile.gettempdir()}: rows that were kept there can't be read again: "
            f"{error.strerror}; mend the disk, or name another folder by TMPDIR"
        ) from error


class Spool:
    """Rows in the order they came, kept as their lines in a temporary file.

    Memory: 12 bytes a row; the file, which the system keeps in memory as long as there is room, is
    gone when the process ends. Rows are read only when all are in.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        with explained_full_folder():
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        weakref.finalize(self, _close, self._file)
        self._starts = array("q", [0])
        self._methods = array("i")
        self._codes = Codes()
        self._flushed = False

    def __len__(self) -> int:
        return len(self._starts) - 1

    def extend(self, records: Sequence[Record]) -> None:
        """Take further rows."""
        lines = [record.line for record in records]
        ends = itertools.accumulate(map(len, lines), initial=self._starts[-1])
        self._starts.extend(itertools.islice(ends, 1, None))
        codes = self._codes
        self._methods.extend([codes[record.method] for record in records])
        with explained_full_folder():
            self._file.write(b"".join(lines))
        self._flushed = False

    def _flush(self) -> None:
        if not self._flushed:
            with explained_full_folder():
                self._file.flush()
            self._flushed = True

    def _read(self, first: int, last: int) -> bytes:
        """Return the lines of some rows, one after another."""
        self._flush()
        start = self._starts[first]
        return _read(self._file.fileno(), self._starts[last] - start, start)

    @property
    def methods(self) -> "tuple[array[int], list[str]]":
        """The code of each row's method, and what the codes stand for."""
        return self._methods, [str(name) for name in self._codes]

    def lines(self) -> Iterator[bytes]:
        """Yield all lines in order."""
        for first in range(0, len(self), _BATCH):
            last = min(first + _BATCH, len(self))
            block = self._read(first, last)
            ends = self._starts[first : last + 1]
            for start, end in itertools.pairwise(ends):
                yield block[start - ends[0] : end - ends[0]]

    def records(self) -> Iterator[Record]:
        """Yield all rows in order."""
        schema, held = self._schema, Record.held
        names = [str(name) for name in self._codes]
        for row, (line, code) in enumerate(zip(self.lines(), self._methods, strict=True), 1):
            yield held(line, schema, ("row", row), names[code])

    def record(self, row: int) -> Record:
        """Return one row."""
        return next(self.records_at([row]))

    def records_at(self, rows: Iterable[int]) -> Iterator[Record]:
        """Yield rows by their numbers, in any order; those that lie together are read at once."""
        self._flush()
        file, starts, held, schema = self._file.fileno(), self._starts, Record.held, self._schema
        names, methods = [str(name) for name in self._codes], self._methods
        stream = iter(rows)
        while some := list(itertools.islice(stream, _BATCH)):
            first, last = min(some), max(some) + 1
            begin = starts[first]
            near = last - first < 4 * len(some) and starts[last] - begin < _BLOCK
            block = self._read(first, last) if near else b""
            for row in some:
                start, end = starts[row], starts[row + 1]
                line = (
                    block[start - begin : end - begin] if near else _read(file, end - start, start)
                )
                yield held(line, schema, ("row", row + 1), names[methods[row]])


class SpooledRows(Sequence[Record]):
    """Some rows of a spool: 8 bytes a row; each is read anew whenever it is asked for.

    Rows are added before the first is read, as to the spool itself.
    """

    def __init__(self, spool: Spool, rows: "array[int] | None" = None) -> None:
        self._spool = spool
        self._rows = array("q") if rows is None else rows

    def append(self, row: int) -> None:
        """Add a row by its number in the spool."""
        self._rows.append(row)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> "SpooledRows": ...
    def __getitem__(self, place: int | slice) -> "Record | SpooledRows":
        if isinstance(place, slice):
            return SpooledRows(self._spool, self._rows[place])
        return self._spool.record(self._rows[place])

    def __iter__(self) -> Iterator[Record]:
        return self._spool.records_at(self._rows)

    def taking(self, places: Iterable[int]) -> "SpooledRows":
        """Return the rows at these places, in their order."""
        rows = self._rows
        return SpooledRows(self._spool, array("q", (rows[place] for place in places)))
