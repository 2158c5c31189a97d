"""Hold rows on disk while the columns of all of them, and the type of each, are found."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from dataaug.rows.spool import explained_full_folder
from dataaug.rows.verbatim import as_written, exact

STRING, BOOL, INT, FLOAT, JSON = "string", "bool", "int", "float", "json"
"""What a column holds: one of these, ``["list", inner]``, or ``{"name": inner}`` of objects."""

ColumnKind = Any


class HeldLines:
    """Rows as lines of JSON, and what their columns hold.

    Attributes:
        columns: name to kind, in the order in which they come up; None where no row has a value.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.columns: dict[str, ColumnKind] = {}
        with explained_full_folder():
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        for line in lines:
            with explained_full_folder():
                self._file.write(line + b"\n")
            for name, value in exact(line, orjson.loads(line)).items():
                self.columns[name] = merged(self.columns.get(name), kind_of(value))

    def rows(self, *, spelt: bool = False) -> Iterator[Mapping[str, Any]]:
        """Yield the fields of all rows.

        Args:
            spelt: every number that JSON could spell otherwise is a fragment of JSON; else only
                those that 64 bits would round.
        """
        read = as_written if spelt else exact
        self._file.seek(0)
        with self._file as file:
            yield from (read(line, orjson.loads(line)) for line in file)


def kind_of(value: Any) -> ColumnKind:
    """Return what a value is, None for null."""
    if isinstance(value, list):
        inner: ColumnKind = None
        for each in value:
            inner = merged(inner, kind_of(each))
        return JSON if inner == JSON else ["list", inner]
    if isinstance(value, dict):
        parts = {name: kind_of(each) for name, each in value.items()}
        return parts if parts and JSON not in parts.values() else JSON
    if isinstance(value, int) and not isinstance(value, bool):
        return INT if -(2**63) <= value < 2**63 else JSON
    kinds = {str: STRING, bool: BOOL, float: FLOAT, type(None): None}
    return kinds.get(type(value), JSON)


def merged(one: ColumnKind, other: ColumnKind) -> ColumnKind:
    """Return what a column holds that has values of both kinds: JSON where they differ."""
    if one is None or one == other:
        return other
    if other is None:
        return one
    if isinstance(one, list) and isinstance(other, list):
        inner = merged(one[1], other[1])
        return JSON if inner == JSON else ["list", inner]
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        parts = {name: merged(one[name], other[name]) for name in one}
        return JSON if JSON in parts.values() else parts
    return JSON
