"""Rows of tables of typed columns, by pyarrow."""

import datetime as dt
import io
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import IO, Any, BinaryIO

import orjson
import pyarrow as pa

from dataaug.errors import InputError
from dataaug.rows.formats import FileRow, canonical
from dataaug.rows.formats.held import BOOL, FLOAT, INT, JSON, STRING, ColumnKind, HeldLines
from dataaug.rows.spool import explained_full_folder

_CHUNK = 1 << 20
_BATCH = 1024
_JSON = "arrow.json"
"""The extension type of columns that hold JSON as text: datasets stores mixed values so."""
_ASIDE = {"__index_level_0__"}
"""pandas' own numbering of rows."""


def rows_of(batches: Iterable[pa.RecordBatch], name: str) -> Iterator[FileRow]:
    """Yield the rows of batches, numbered from 1.

    Raises:
        InputError: the file is damaged.
    """
    number = 0
    try:
        for batch in batches:
            columns = [
                (column.name, _plainly(column.type), batch.column(place).to_pylist())
                for place, column in enumerate(batch.schema)
                if column.name not in _ASIDE
            ]
            for row in range(batch.num_rows):
                number += 1
                yield _row(number, {key: (plain, values[row]) for key, plain, values in columns})
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{name}: damaged or cut off behind row {number:,}: {error}") from error


def _row(number: int, cells: dict[str, tuple[Callable[[Any], Any], Any]]) -> FileRow:
    try:
        row = {key: plain(value) for key, (plain, value) in cells.items() if value is not None}
        return FileRow(number, canonical(row))
    except (TypeError, ValueError) as error:
        shown = repr({key: value for key, (_, value) in cells.items()}).encode(errors="replace")
        return FileRow(number, shown, ("bad_cells", f"no JSON can be made of it: {error}"))


def _plainly(kind: pa.DataType) -> Callable[[Any], Any]:
    """Return what makes JSON of the values of a column."""
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == _JSON:
            return orjson.Fragment
        return _plainly(kind.storage_type)
    if pa.types.is_struct(kind):
        inner = {part.name: _plainly(part.type) for part in kind}
        return lambda value: {key: _or_null(inner[key], each) for key, each in value.items()}
    if pa.types.is_map(kind):
        plain = _plainly(kind.item_type)
        return lambda value: {str(key): _or_null(plain, each) for key, each in value}
    if isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType):
        plain = _plainly(kind.value_type)
        return lambda value: [_or_null(plain, each) for each in value]
    return _PLAIN.get(kind.id, _itself)


def _or_null(plain: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else plain(value)


def _itself(value: Any) -> Any:
    return value


def _digits(value: Decimal) -> orjson.Fragment:
    return orjson.Fragment(format(value, "f"))


def _text(value: bytes) -> str:
    return value.decode("utf-8")


def _seconds(value: dt.timedelta) -> float:
    return value.total_seconds()


_PLAIN: dict[int, Callable[[Any], Any]] = {
    pa.decimal128(1).id: _digits, pa.decimal256(1).id: _digits, pa.binary().id: _text,
    pa.large_binary().id: _text, pa.duration("s").id: _seconds,
}  # fmt: skip


@contextmanager
def seekable(stream: BinaryIO) -> Iterator[IO[bytes]]:
    """Give a stream that can be read in any order: itself, or a copy on disk.

    Raises:
        MissingError: the folder of temporary files is full.
    """
    if isinstance(stream, io.BufferedReader) and stream.seekable() and not stream.tell():
        yield stream  # not what unpacks a file, and would do so again and again
        return
    with tempfile.TemporaryFile() as copy:
        with explained_full_folder():
            shutil.copyfileobj(stream, copy, _CHUNK)
            copy.seek(0)
        yield copy


_SCALARS = {STRING: pa.string(), BOOL: pa.bool_(), INT: pa.int64(), FLOAT: pa.float64(),
            JSON: pa.json_()}  # fmt: skip


def _type_of(kind: ColumnKind) -> pa.DataType:
    """Return the type of a column; one that holds nothing but null is of strings."""
    if isinstance(kind, list):
        return pa.list_(_type_of(kind[1]))
    if isinstance(kind, dict):
        return pa.struct([(name, _type_of(inner)) for name, inner in kind.items()])
    return _SCALARS[STRING if kind is None else kind]


def table_schema(held: HeldLines) -> pa.Schema:
    """Return the columns that rows have; values of several kinds are JSON (``arrow.json``)."""
    return pa.schema([(name, _type_of(kind)) for name, kind in held.columns.items()])


def batches_of(held: HeldLines, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield rows in batches of a schema, as :func:`table_schema` gives it."""
    rows = held.rows()
    while chunk := list(itertools.islice(rows, _BATCH)):
        columns = [_column([row.get(each.name) for row in chunk], each.type) for each in schema]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    if kind != _SCALARS[JSON]:
        return pa.array(values, kind)
    texts = [None if value is None else orjson.dumps(value).decode() for value in values]
    return pa.ExtensionArray.from_storage(kind, pa.array(texts, pa.string()))
