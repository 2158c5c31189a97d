"""Give a synthetic row the label that reviewers say is right."""

from collections.abc import Sequence

import orjson

from dataaug.rows.labels import LabelSet, value_like
from dataaug.rows.provenance import AUG, ORIGIN, flattened
from dataaug.rows.record import Record
from dataaug.rows.verbatim import edited, value_of


def relabelled(record: Record, label: str, reviewers: Sequence[str]) -> Record:
    """Return a synthetic row with another label, and who said so in its provenance.

    The label is written as a string, or as the JSON value that it spells where the old label was
    none. A set is written as a list, unless the old label was one text and the new one is, too.
    """
    name = record.schema.label
    old = record.fields.get(name)
    if isinstance(label, LabelSet):
        one = isinstance(old, str) and len(label.members) == 1
        value: object = str(label) if one else value_like(label.members, old)
    else:
        value = label if isinstance(old, (str, type(None))) else _parsed(label)
    was = value_of(record.line, name)
    note = {"label": None if was is None else orjson.Fragment(was), "reviewers": list(reviewers)}
    if ORIGIN in record.fields:
        said = flattened({**(record.aug or {}), "relabelled": note})
    else:
        aug = edited(value_of(record.line, AUG) or b"{}", {"relabelled": note})
        said = {AUG: orjson.Fragment(aug)}
    line = edited(record.line, {name: value, **said})
    return Record(line, orjson.loads(line), record.text, label, record.schema, record.where)


def _parsed(label: str) -> object:
    try:
        return orjson.loads(label)
    except orjson.JSONDecodeError:
        return label
