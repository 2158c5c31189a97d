"""Give a synthetic row the label that reviewers say is right."""

from collections.abc import Sequence

import orjson

from dataaug.rows.provenance import AUG, ORIGIN, SOFT, flattened
from dataaug.rows.record import Record
from dataaug.rows.verbatim import edited, value_of


def relabelled(record: Record, label: str, reviewers: Sequence[str]) -> Record:
    """Return a synthetic row with another label, and who said so in its provenance.

    The label is written as a string, or as the JSON value that it spells where the old label was
    none. Soft labels go: the reviewers are sure.
    """
    name = record.schema.label
    value = label if isinstance(record.fields.get(name), (str, type(None))) else _parsed(label)
    was = value_of(record.line, name)
    note = {"label": None if was is None else orjson.Fragment(was), "reviewers": list(reviewers)}
    if ORIGIN in record.fields:
        told = {key: value for key, value in (record.aug or {}).items() if key != SOFT}
        said = flattened({**told, "relabelled": note})
    else:
        aug = edited(value_of(record.line, AUG) or b"{}", {"relabelled": note}, without={SOFT})
        said = {AUG: orjson.Fragment(aug)}
    line = edited(record.line, {name: value, **said})
    return Record(line, orjson.loads(line), record.text, label, record.schema, record.where)


def _parsed(label: str) -> object:
    try:
        return orjson.loads(label)
    except orjson.JSONDecodeError:
        return label
