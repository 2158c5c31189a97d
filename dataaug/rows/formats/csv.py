"""CSV with a header; cells in double quotes may hold delimiters and line ends."""

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, BinaryIO, cast

import orjson

from dataaug.errors import InputError
from dataaug.rows.formats import FileRow, RowFormat
from dataaug.rows.formats.cells import TextTable, header_text
from dataaug.rows.formats.held import STRING, HeldLines
from dataaug.rows.provenance import KEYS

_LONGEST = 1 << 26
"""Letters of a cell; Python's own limit is 131,072."""
_DECLARED = re.compile(r'"?sep=(.)"?\r?\n', re.ASCII)
"""The line by which Excel is told the delimiter, and which programs put above the header for it."""


class _Lines:
    """The lines of a file as the parser takes them, and the bytes of those of the last row."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.taken: list[bytes] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._stream.readline()
        if not line:
            raise StopIteration
        self.taken.append(line)
        return line.decode("utf-8", "surrogateescape")


class _Csv:
    def rows(self, stream: BinaryIO, name: str, types: Mapping[str, str], /) -> Iterator[FileRow]:
        """Yield the rows, by the number of the line where they begin; blank lines are none."""
        csv.field_size_limit(_LONGEST)
        first = header_text(stream.readline(), name)
        lines = _Lines(stream)
        declared = _DECLARED.fullmatch(first)
        first = header_text(stream.readline(), name) if declared else first
        parted = declared[1] if declared else max(",;\t", key=first.count)
        header = _header(first, lines, parted, name)
        if header is None:
            return
        table = TextTable(header, name, types)
        reader = csv.reader(lines, delimiter=parted, strict=True)
        number = 3 if declared else 2
        while True:
            number, lines.taken = number + len(lines.taken), []
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raw = b"".join(lines.taken).rstrip(b"\r\n")
                if "unexpected end" in str(error):
                    raise InputError(_unclosed(name, number)) from error
                yield FileRow(number, raw, ("bad_cells", f"not CSV: {error}"))
                continue
            if cells:
                yield table.row(number, cells, b"".join(lines.taken).rstrip(b"\r\n"))

    def write(self, lines: Iterable[bytes], stream: IO[bytes], /) -> str:
        """Write all columns of all rows, in the order in which they come up."""
        held = HeldLines(lines)
        kinds = {name: _kind(kind) for name, kind in held.columns.items()}
        text = io.TextIOWrapper(cast("BinaryIO", stream), "utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(kinds)
        texts, empty = [name for name, kind in kinds.items() if not kind and name not in KEYS], 0
        for fields in held.rows(spelt=True):
            empty += sum(fields.get(name) == "" for name in texts)
            writer.writerow([_cell(fields.get(name), kind) for name, kind in kinds.items()])
        text.detach()
        types = ",".join(f"{name}={kind}" for name, kind in kinds.items() if kind)
        told = [f"--types {types} reads its columns back as they were"] if types else []
        told += [f"{empty:,} empty texts are read back as fields that are not there"] * (empty > 0)
        return "; ".join(told)


def _kind(kind: Any) -> str:
    """Return the type of a column's cells, empty for text."""
    return {STRING: "", "bool": "bool", "int": "number", "float": "number"}.get(kind, "json") if (
        isinstance(kind, str)) else "json"  # fmt: skip


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return ""
    return str(value) if not kind else orjson.dumps(value).decode()


def _header(first: str, lines: _Lines, parted: str, name: str) -> list[str] | None:
    """Return the names of the columns; None where there is no line at all."""
    try:
        every = itertools.chain([first] if first else [], lines)
        return next(csv.reader(every, delimiter=parted, strict=True), None)
    except csv.Error as error:
        raise InputError(f"{name}:1: the header is not CSV: {error}") from error


def _unclosed(name: str, number: int) -> str:
    return (
        f"{name}:{number}: a cell in the row that begins here opens a quote that is never closed; "
        'double the quotes inside cells (""), or put the cell into quotes'
    )


def load() -> RowFormat:
    """Build the format. It has no options."""
    return _Csv()
