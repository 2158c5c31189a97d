"""Make the synthetic row that a variant of a text becomes."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from dataaug.errors import InputError
from dataaug.rows import field_paths
from dataaug.rows.field_paths import FieldPath
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
        text: the new text; of a row of several text fields that of the first.
        method: the method with its options, as ``str(spec)`` gives it.
        variant: the number of the variant.
        seed: the seed that the method was given for this row.
        edits: what leads from the parent's text to the new one, if the method works by edits.
        changed: further fields that are not the parent's (spans, language); where the text lies
            inside of an object, those that stand there are changed there.
        notes: further provenance (model, pivot, checks); a ``model`` is part of the child's id, and
            an ``origin`` is another one than synthetic.

    Raises:
        InputError: the row can't be written as JSON again.
    """
    notes = notes or {}
    maker = f"{method}@{notes['model']}" if "model" in notes else method
    made = child_id(parent, maker, variant)
    own = id_like(field_paths.get(parent.fields, parent.schema.id), made)
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
    new = _new_values(parent, {**(changed or {}), **keys_like(parent.fields, aug)}, text, own)
    fields: Mapping[str, Any] = {**parent.fields, **field_paths.changed_fields(parent.fields, new)}
    try:
        written = as_written(parent.line, parent.fields)
        if written is parent.fields:
            line = orjson.dumps(fields)
        else:
            line = orjson.dumps({**written, **field_paths.changed_fields(written, new)})
            fields = orjson.loads(line)  # without the fragments
    except (orjson.JSONEncodeError, RecursionError) as error:  # nested too deep
        file, number = parent.where
        raise InputError(f"{file}:{number}: can't be written as JSON again: {error}") from error
    label = label_of(line, fields, schema) if _reaches(new, schema.label) else parent.label
    return Record(line, fields, schema.text_of(fields), label, schema, parent.where)


def _new_values(
    parent: Record, changed: Mapping[str, Any], text: str, own: str | int
) -> dict[FieldPath, Any]:
    """Return what a child has instead of its parent's values, by place."""
    fields, schema = parent.fields, parent.schema
    new: dict[FieldPath, Any] = {field_paths.place_for(fields, schema.text): text}
    beside = field_paths.around(fields, schema.text) if field_paths.steps(schema.text) else {}
    for key, value in changed.items():
        new[beside.get(key, (key,))] = value
    if own_id(fields, schema) is not None:
        new[field_paths.place_for(fields, schema.id)] = own  # the parent's would name two rows
    return new


def _reaches(new: Mapping[FieldPath, Any], name: str) -> bool:
    """May what a name leads to be another value?"""
    return bool(field_paths.steps(name)) or (name,) in new
