"""Arrow's own files, both of the forms that they have, by pyarrow."""

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, BinaryIO

import pyarrow as pa

from dataaug.errors import InputError
from dataaug.rows.formats import FileRow, RowFormat
from dataaug.rows.formats.columns import batches_of, rows_of, seekable, table_schema
from dataaug.rows.formats.held import HeldLines

_FILE = b"ARROW1"


class _Arrow:
    def rows(self, stream: BinaryIO, name: str, _types: Mapping[str, str], /) -> Iterator[FileRow]:
        """Yield the rows; a missing value is a field that the row lacks."""
        with seekable(stream) as source:
            is_file = source.read(len(_FILE)) == _FILE
            source.seek(0)
            try:
                batches = _of_file(source) if is_file else iter(pa.ipc.open_stream(source))
            except (pa.ArrowException, OSError) as error:
                raise InputError(f"{name}: not a whole Arrow file: {error}") from error
            yield from rows_of(batches, name)

    def write(self, lines: Iterable[bytes], stream: IO[bytes], /) -> str:
        """Write a stream, which Arrow's readers and datasets take."""
        held = HeldLines(lines)
        schema = table_schema(held)
        with pa.ipc.new_stream(stream, schema) as writer:
            for batch in batches_of(held, schema):
                writer.write_batch(batch)
        return ""


def _of_file(source: IO[bytes]) -> Iterator[pa.RecordBatch]:
    reader = pa.ipc.open_file(source)
    return (reader.get_batch(number) for number in range(reader.num_record_batches))


def load() -> RowFormat:
    """Build the format. It has no options."""
    return _Arrow()
