"""Parquet, by pyarrow: a batch of rows at a time."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from dataaug.errors import InputError
from dataaug.rows.formats import FileRow, RowFormat
from dataaug.rows.formats.columns import rows_of, seekable

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


def load() -> RowFormat:
    """Build the format. It has no options."""
    return _Parquet()
