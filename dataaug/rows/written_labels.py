"""Labels as real rows write them, put into rows that have none."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from dataaug.rows import field_paths
from dataaug.rows.record import Record
from dataaug.rows.verbatim import as_written

WrittenLabels = Mapping[str, bytes]
"""Label as text → the JSON of it."""


def label_values(rows: Iterable[Record]) -> WrittenLabels:
    """Return each label of rows as it stands there: a number keeps its digits.

    Where it is written in several ways, as 1 and "1", it is the most frequent one, whatever the
    order of the rows.
    """
    found: dict[str, Counter[bytes]] = defaultdict(Counter)
    for row in rows:
        if row.label is not None:
            value = field_paths.get(as_written(row.line, row.fields), row.schema.label)
            found[row.label][orjson.dumps(value)] += 1
    return {label: max(ways, key=lambda way: (ways[way], way)) for label, ways in found.items()}


def label_value(written: WrittenLabels, label: str) -> Any:
    """Return a label as rows write it, for JSON; one that no row has as its text."""
    return orjson.Fragment(written[label]) if label in written else label


def label_fields(record: Record, value: bytes) -> dict[str, Any]:
    """Return the fields of a row in which its label stands, be it in an object, with a label."""
    written = as_written(record.line, record.fields)
    place = field_paths.place_for(record.fields, record.schema.label)
    return field_paths.changed_fields(written, {place: orjson.Fragment(value)})
