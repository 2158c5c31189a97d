"""Make the synthetic row that a variant of a text becomes."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from dataaug.errors import InputError
from dataaug.rows.provenance import SYNTHETIC, keys_like
from dataaug.rows.record import Record, child_id, label_of, own_id
from dataaug.rows.spans import Edit, as_rows
from dataaug.rows.verbatim import as_written


def id_like(other: object, name: str) -> str | int:
    """Return a fingerprint as an id of the type of another one, since a column has one type.

    Args:
        other: an id, as it stands in a row.
        name: 16 hexadecimal digits; beside an integer they become one of 63 bits.
    """
    return int(name, 16) >> 1 if type(other) is int else name


def make_child(
    parent: Record,
    text: str,
    *,
    method: str,
    variant: int,
    seed: int,
    edits: Sequence[Edit] | None = None,
    changed: Mapping[str, Any] | None = None,
    notes: Mapping[str, Any] | None = None,
) -> Record:
    """Return a synthetic row with another text, and the parent's other fields as they are.

    Args:
        parent: the row that it is made from.
        text: the new text.
        method: the method with its options, as ``str(spec)`` gives it.
        variant: the number of the variant.
        seed: the seed that the method was given for this row.
        edits: what leads from the parent's text to the new one, if the method works by edits.
        changed: further fields that are not the parent's (spans, language).
        notes: further provenance (model, pivot, checks); a ``model`` is part of the child's id, and
            an ``origin`` is another one than synthetic.

    Raises:
        InputError: the row can't be written as JSON again.
    """
    notes = notes or {}
    maker = f"{method}@{notes['model']}" if "model" in notes else method
    own = id_like(parent.fields.get(parent.schema.id), child_id(parent, maker, variant))
    name = str(own)
    aug: dict[str, Any] = {
        "id": name,
        "origin": SYNTHETIC,
        "parent": parent.id,
        "root": parent.root,
        "method": method,
        "variant": variant,
        "seed": seed,
        **notes,
    }
    if edits is not None:
        aug["edits"] = as_rows(parent.text, edits)
    schema = parent.schema
    new = {schema.text: text, **(changed or {}), **keys_like(parent.fields, aug)}
    if own_id(parent.fields, schema) is not None:
        new[schema.id] = own  # a copy of the parent's id would name two rows
    fields: Mapping[str, Any] = {**parent.fields, **new}
    try:
        written = as_written(parent.line, parent.fields)
        if written is parent.fields:
            line = orjson.dumps(fields)
        else:
            line = orjson.dumps({**written, **new})
            fields = orjson.loads(line)  # without the fragments
    except (orjson.JSONEncodeError, RecursionError) as error:  # nested too deep
        file, number = parent.where
        raise InputError(f"{file}:{number}: can't be written as JSON again: {error}") from error
    label = label_of(line, fields, schema) if schema.label in new else parent.label
    return Record(line, fields, text, label, schema, parent.where)
