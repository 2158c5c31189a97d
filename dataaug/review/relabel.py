"""Give a synthetic row the label that reviewers say is right."""

from collections.abc import Sequence

import orjson

from dataaug.rows.record import AUG, Record


def relabelled(record: Record, label: str, reviewers: Sequence[str]) -> Record:
    """Return a synthetic row with another label, and who said so in its provenance.

    The label is written as a string, or as the JSON value that it spells where the old label was
    none.
    """
    name = record.schema.label
    value = label if isinstance(record.fields.get(name), (str, type(None))) else _parsed(label)
    note = {"label": record.fields.get(name), "reviewers": list(reviewers)}
    fields = {**record.fields, name: value, AUG: {**(record.aug or {}), "relabelled": note}}
    return Record(orjson.dumps(fields), fields, record.text, label, record.schema, record.where)


def _parsed(label: str) -> object:
    try:
        return orjson.loads(label)
    except orjson.JSONDecodeError:
        return label
