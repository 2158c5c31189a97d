"""Labels as train rows write them, put into rows of the pool."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from dataaug.rows import field_paths
from dataaug.rows.record import Record
from dataaug.rows.verbatim import as_written

WrittenLabels = Mapping[str, bytes]
"""Label as text → the JSON of it."""


def label_values(rows: Iterable[Record]) -> WrittenLabels:
    """Return each label of rows as it stands there: a number keeps its digits."""
    found: dict[str, bytes] = {}
    for row in rows:
        if row.label is not None and row.label not in found:
            value = field_paths.get(as_written(row.line, row.fields), row.schema.label)
            found[row.label] = orjson.dumps(value)
    return found


def label_fields(record: Record, value: bytes) -> dict[str, Any]:
    """Return the fields of a row in which its label stands, be it in an object, with a label."""
    written = as_written(record.line, record.fields)
    place = field_paths.place_for(record.fields, record.schema.label)
    return field_paths.changed_fields(written, {place: orjson.Fragment(value)})
