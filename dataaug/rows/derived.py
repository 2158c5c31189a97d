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
    maker = f"{method}@{notes['model']}" if notes and "model" in notes else method
    own = id_like(
        field_paths.get(parent.fields, parent.schema.id), child_id(parent, maker, variant)
    )
    aug = _provenance(parent, str(own), method, variant, seed, notes or {})
    if edits is not None:
        aug["edits"] = as_rows(parent.text, edits)
    schema = parent.schema
    values = {**(changed or {}), **keys_like(parent.fields, aug)}
    new = _new_fields(parent, parent.fields, values, text, own)
    fields: Mapping[str, Any] = {**parent.fields, **new}
    try:
        written = as_written(parent.line, parent.fields)
        if written is parent.fields:
            line = orjson.dumps(fields)
        else:
            line = orjson.dumps({**written, **_new_fields(parent, written, values, text, own)})
            fields = orjson.loads(line)  # without the fragments
    except (orjson.JSONEncodeError, RecursionError) as error:  # nested too deep
        file, number = parent.where
        raise InputError(f"{file}:{number}: can't be written as JSON again: {error}") from error
    reached = schema.label in new or field_paths.steps(schema.label)
    label = label_of(line, fields, schema) if reached else parent.label
    return Record(line, fields, schema.text_of(fields), label, schema, parent.where)


def _provenance(
    parent: Record, name: str, method: str, variant: int, seed: int, notes: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": name,
        "origin": SYNTHETIC,
        "parent": parent.id,
        "root": parent.root,
        "method": method,
        "variant": variant,
        "seed": seed,
        **notes,
    }


def _new_fields(
    parent: Record, fields: Mapping[str, Any], changed: Mapping[str, Any], text: str, own: str | int
) -> dict[str, Any]:
    """Return the fields in which a child is unlike its parent.

    Args:
        parent: the row that it is made from.
        fields: the parent's fields, be it with its numbers as they are spelt.
        changed: further fields that are not the parent's.
        text: the child's text.
        own: the child's id, if its parent has one of its own: the parent's would name two rows.
    """
    schema, steps = parent.schema, field_paths.steps
    named = own_id(parent.fields, schema) is not None
    if not steps(schema.text) and not steps(schema.id):  # most rows
        found = {schema.text: text, **changed}
        return {**found, schema.id: own} if named else found
    new: dict[FieldPath, Any] = {field_paths.place_for(fields, schema.text): text}
    beside = field_paths.around(fields, schema.text) if steps(schema.text) else {}
    for key, value in changed.items():
        new[beside.get(key, (key,))] = value
    if named:
        new[field_paths.place_for(fields, schema.id)] = own
    return field_paths.changed_fields(fields, new)
