"""Parquet, by pyarrow: a batch of rows at a time."""

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from dataaug.errors import InputError
from dataaug.rows.formats import FileRow, RowFormat
from dataaug.rows.formats.columns import batches_of, rows_of, seekable, table_schema
from dataaug.rows.formats.held import HeldLines

_BATCH = 1024


class _Parquet:
    def rows(self, stream: BinaryIO, name: str, _types: Mapping[str, str], /) -> Iterator[FileRow]:
        """Yield the rows; a missing value is a field that the row lacks."""
        with seekable(stream) as source:
            try:
                file = pq.ParquetFile(source)
            except (pa.ArrowException, OSError) as error:
                raise InputError(f"{name}: not a whole Parquet file: {error}") from error
            yield from rows_of(file.iter_batches(_BATCH), name)

    def write(self, lines: Iterable[bytes], stream: IO[bytes], /) -> str:
        """Write a column for each field that a row has."""
        held = HeldLines(lines)
        schema = table_schema(held)
        with pq.ParquetWriter(stream, schema) as writer:
            for batch in batches_of(held, schema):
                writer.write_batch(batch)
        return ""


def load() -> RowFormat:
    """Build the format. It has no options."""
    return _Parquet()
