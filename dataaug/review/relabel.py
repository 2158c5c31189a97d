"""Give a synthetic row the label that reviewers say is right."""

from collections.abc import Sequence

import orjson

from dataaug.rows import field_paths
from dataaug.rows.labels import LabelSet, value_like
from dataaug.rows.provenance import AUG, ORIGIN, SOFT, flattened
from dataaug.rows.record import Record
from dataaug.rows.verbatim import as_written, edited, value_of


def relabelled(record: Record, label: str, reviewers: Sequence[str]) -> Record:
    """Return a synthetic row with another label, and who said so in its provenance.

    The label is written as a string, or as the JSON value that it spells where the old label was
    none. A set is written as a list, unless the old label was one text and the new one is, too.
    Soft labels go: the reviewers are sure.
    """
    place = field_paths.place_for(record.fields, record.schema.label)
    old = field_paths.get(record.fields, record.schema.label)
    if isinstance(label, LabelSet):
        one = isinstance(old, str) and len(label.members) == 1
        value: object = str(label) if one else value_like(label.members, old)
    else:
        value = label if isinstance(old, (str, type(None))) else _parsed(label)
    written = as_written(record.line, record.fields)
    note = {"label": field_paths.get(written, record.schema.label), "reviewers": list(reviewers)}
    if ORIGIN in record.fields:
        told = {key: value for key, value in (record.aug or {}).items() if key != SOFT}
        said = flattened({**told, "relabelled": note})
    else:
        aug = edited(value_of(record.line, AUG) or b"{}", {"relabelled": note}, without={SOFT})
        said = {AUG: orjson.Fragment(aug)}
    line = edited(record.line, {**field_paths.changed_fields(written, {place: value}), **said})
    return Record(line, orjson.loads(line), record.text, label, record.schema, record.where)


def _parsed(label: str) -> object:
    try:
        return orjson.loads(label)
    except orjson.JSONDecodeError:
        return label
