"""Rows of tables of text: a header, and a cell for each of its columns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from dataaug.errors import InputError
from dataaug.rows.formats import FileRow, Wrong, canonical
from dataaug.rows.verbatim import as_written


def header_text(line: bytes, name: str) -> str:
    """Return the first line of a table as text.

    Raises:
        InputError: it is of another encoding.
    """
    try:
        return line.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}:1: {_bad_byte(line)[1]}") from error


class TextTable:
    """The columns of a table, and what makes rows of its cells.

    Args:
        header: the names of the columns.
        name: how messages call the file.
        types: column to one of :data:`dataaug.rows.formats.TYPES`; other cells are text.

    Raises:
        InputError: a column is there twice, or a type is of none.
    """

    def __init__(self, header: Sequence[str], name: str, types: Mapping[str, str]) -> None:
        self.header = header
        self._types = types
        twice = [column for column, count in Counter(header).items() if count > 1]
        if twice:
            raise InputError(f"{name}:1: the column {twice[0]!r} stands twice; rename one of them")
        if none := [column for column in types if column not in header]:
            known = ", ".join(map(repr, header[:8]))
            raise InputError(f"{name}:1: --types {none[0]}: no such column (columns here: {known})")

    def row(self, number: int, cells: Sequence[str], raw: bytes) -> FileRow:
        """Return the row of some cells; an empty cell is a field that the row lacks.

        Args:
            number: the line of the file where it begins.
            cells: what stands between the delimiters; bytes that are no UTF-8 as surrogates.
            raw: the bytes of the file, kept where something is wrong.
        """
        if len(cells) != len(self.header):
            found = f"{len(cells)} cells where the header has {len(self.header)}"
            return FileRow(number, raw, ("bad_cells", found))
        row = {}
        for column, cell in zip(self.header, cells, strict=True):
            if cell:
                try:
                    row[column] = _value(cell, self._types.get(column))
                except ValueError:
                    return FileRow(number, raw, self._no(column, cell))
        try:
            return FileRow(number, canonical(row))
        except TypeError:  # surrogates
            return FileRow(number, raw, _bad_byte(raw))

    def _no(self, column: str, cell: str) -> Wrong:
        shown = cell[:40].encode(errors="replace").decode()
        return "bad_cells", f"column {column!r}: {shown!r} is no {self._types[column]}"


def _value(cell: str, kind: str | None) -> Any:
    """Return what a cell stands for.

    Raises:
        ValueError: it is not of the type.
    """
    if kind is None:
        return cell
    value = orjson.loads(cell)
    if type(value) in {int, float} and kind != "bool":
        return orjson.Fragment(cell.strip())  # with all its digits
    if kind == "json":
        return as_written(b'{"":%b}' % cell.encode(), {"": value})[""]
    if type(value) is bool and kind == "bool":
        return value
    raise ValueError(cell)


def _bad_byte(raw: bytes) -> Wrong:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return "bad_utf8", (
            f"byte {error.start + 1} (0x{raw[error.start]:02x}) is not valid UTF-8; --encoding "
            "names another one, as latin-1 or cp1252"
        )
    return "bad_cells", "a cell holds what is no character"
