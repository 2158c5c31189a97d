"""Hold a stream of rows on disk, so that a verb can look at all of them before it answers."""

import tempfile
from array import array
from collections.abc import Iterable, Iterator

import orjson

from dataaug.record import Record, Schema, as_label

_IN_MEMORY = 64 << 20  # bytes of rows up to which no temporary file is made
_BATCH = 1024


class Spool:
    """Rows in the order they came, kept as their lines.

    Memory: 8 bytes a row and at most 64 MiB; what is beyond lies in a temporary file that is gone
    when the process ends.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives as long as self
        self._starts = array("q", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def extend(self, records: Iterable[Record]) -> None:
        """Take further rows."""
        position = self._starts[-1]
        lines = []
        for record in records:
            line = record.line
            position += len(line)
            self._starts.append(position)
            lines.append(line)
        self._file.seek(0, 2)
        self._file.write(b"".join(lines))

    def lines(self) -> Iterator[bytes]:
        """Yield all lines in order."""
        starts = self._starts
        for first in range(0, len(self), _BATCH):
            last = min(first + _BATCH, len(self))
            offset = starts[first]
            self._file.seek(offset)
            block = self._file.read(starts[last] - offset)
            for row in range(first, last):
                yield block[starts[row] - offset : starts[row + 1] - offset]

    def records(self) -> Iterator[Record]:
        """Yield all rows in order."""
        schema = self._schema
        return (restore(line, schema, row) for row, line in enumerate(self.lines()))

    def line(self, row: int) -> bytes:
        """Return one line."""
        self._file.seek(self._starts[row])
        return self._file.read(self._starts[row + 1] - self._starts[row])

    def record(self, row: int) -> Record:
        """Return one row."""
        return restore(self.line(row), self._schema, row)


def restore(line: bytes, schema: Schema, row: int = 0) -> Record:
    """Parse a line that was read as a row before; ``row`` counts from 0."""
    fields = orjson.loads(line)
    label = as_label(fields.get(schema.label))
    return Record(line, fields, fields[schema.text], label, schema, ("row", row + 1))
