"""A table with tabs and a header; a line is a row unless its quotes say otherwise."""

import csv
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from dataaug.errors import InputError
from dataaug.rows.formats import FileRow, RowFormat
from dataaug.rows.formats.cells import TextTable, header_text

_QUOTED = re.compile(r'"((?:[^"]|"")*)"', re.DOTALL)


class _Tsv:
    def rows(self, stream: BinaryIO, name: str, types: Mapping[str, str], /) -> Iterator[FileRow]:
        """Yield the rows, by the number of the line where they begin; blank lines are none.

        Some tools quote cells as CSV does and others write quotes as they are. A line with a quote
        that is not closed goes on in the next one, unless that has as many tabs as the header: so a
        stray quote never swallows rows.

        Raises:
            InputError: the header is of another encoding, or a quote is open at the end.
        """
        first = header_text(stream.readline(), name).rstrip("\r\n")
        if not first:
            return
        table = TextTable(list(map(_bare, first.split("\t"))), name, types)
        width = len(table.header)
        began, held = 2, b""
        for number, line in enumerate(stream, 2):
            if held and width > 1 and line.count(b"\t") == width - 1:
                yield _row(table, began, held)
                held = b""
            began, held = began if held else number, held + line
            if _goes_on(held, width):
                continue
            if held.strip(b"\r\n"):
                yield _row(table, began, held)
            held = b""
        if b"\n" in held.rstrip(b"\r\n"):
            raise InputError(f"{name}:{began}: a quote is opened here and never closed")
        if held:
            yield _row(table, began, held)


def _goes_on(held: bytes, width: int) -> bool:
    """May a quote be open at the end of a line?"""
    cells = held.split(b"\t")
    return held.count(b'"') % 2 == 1 and (len(cells) < width or cells[-1].startswith(b'"'))


def _row(table: TextTable, number: int, held: bytes) -> FileRow:
    raw = held.rstrip(b"\r\n")
    return table.row(number, _cells(raw, len(table.header)), raw)


def _cells(raw: bytes, width: int) -> list[str]:
    """Return the cells of a row; quotes around a cell are its, where that makes sense."""
    text = raw.decode("utf-8", "surrogateescape")
    parts = text.split("\t")
    if len(parts) > width and '"' in text:  # tabs inside quotes
        quoted = next(csv.reader(text.splitlines(keepends=True), delimiter="\t"))
        parts = quoted if len(quoted) == width else parts
    return [_bare(part) for part in parts]


def _bare(cell: str) -> str:
    found = _QUOTED.fullmatch(cell)
    return found[1].replace('""', '"') if found else cell


def load() -> RowFormat:
    """Build the format. It has no options."""
    return _Tsv()
