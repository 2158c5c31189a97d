"""The columns of Parquet files, as Hugging Face ``datasets`` names their types in a card."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataaug.cards.columns import Feature
from dataaug.errors import InputError

_OWN = b"huggingface"
"""The key under which ``datasets`` keeps types in a file: names of classes, images."""
_SAME = (
    "string", "large_string", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16",
    "uint32", "uint64", "timestamp[s]", "timestamp[ms]", "timestamp[us]", "timestamp[ns]",
)  # fmt: skip
_DTYPES = {name: name for name in _SAME} | {
    "double": "float64", "float": "float32", "date32[day]": "date32",
    "extension<arrow.json>": "json",
}  # fmt: skip


def typed_features(paths: Iterable[str]) -> list[Feature]:
    """Return the columns of all files; none where they say their types better themselves.

    A file without a column that another one has stops ``load_dataset``, unless the card names it.

    Raises:
        InputError: one is no Parquet file, or a column is of two types.
    """
    found: dict[str, Feature] = {}
    for path in paths:
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{path}: not a whole Parquet file: {error}") from error
        if _OWN in (schema.metadata or {}):
            return []
        try:
            features = list(map(_feature, schema))
        except KeyError:  # a type that is not in the table
            return []
        for feature in features:
            if found.setdefault(feature["name"], feature) != feature:
                raise InputError(f"{path}: column {feature['name']!r}: another type than in the "
                                 "files before; dataaug convert makes one file of all")  # fmt: skip
    return list(found.values())


def _feature(column: pa.Field) -> Feature:
    """Return a column.

    Raises:
        KeyError: its type has no name here.
    """
    if pa.types.is_struct(column.type):
        return {"name": column.name, "struct": list(map(_feature, column.type))}
    if pa.types.is_list(column.type):
        return {"name": column.name, "list": _inner(column.type.value_type)}
    return {"name": column.name, "dtype": _DTYPES[str(column.type)]}


def _inner(kind: pa.DataType) -> Any:
    """Return what a list holds, see :data:`Feature`."""
    if pa.types.is_struct(kind):
        return list(map(_feature, kind))
    return {"list": _inner(kind.value_type)} if pa.types.is_list(kind) else _DTYPES[str(kind)]
