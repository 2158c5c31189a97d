"""Make the synthetic row that a variant of a text becomes."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from dataaug.errors import InputError
from dataaug.rows.record import AUG, Record, child_id, own_id
from dataaug.rows.spans import Edit, Span, as_rows, move
from dataaug.rows.verbatim import as_written


def spans_of(record: Record) -> list[Span] | None:
    """Return the character spans of a row, None if they are not inside its text.

    A row without a spans field has none. Each entry is an object with ``start`` and ``end``,
    the end exclusive.
    """
    found = record.fields.get(record.schema.spans)
    if found is None:
        return []
    if not isinstance(found, list):
        return None
    spans = []
    for entry in found:
        if not isinstance(entry, dict):
            return None
        start, end = entry.get("start"), entry.get("end")
        if type(start) is not int or type(end) is not int:
            return None
        if not 0 <= start <= end <= len(record.text):
            return None
        spans.append(Span(start, end))
    return spans


def moved_spans(
    record: Record, spans: Sequence[Span], edits: Sequence[Edit], text: str
) -> list[dict[str, Any]] | None:
    """Return the row's spans as they lie in the new text, None if one of them is lost.

    Every span is verified: the characters under it are the same before and after.
    """
    moved = []
    written = as_written(record.line, record.fields)[record.schema.spans]
    for entry, span in zip(written, spans, strict=True):
        new = move(span, edits)
        if new is None or text[new.start : new.end] != record.text[span.start : span.end]:
            return None
        moved.append({**entry, "start": new.start, "end": new.end})
    return moved


def placed_spans(
    record: Record, spans: Sequence[Span], placed: Sequence[Span], text: str
) -> list[dict[str, Any]] | None:
    """Return the row's spans where a method has found them again, None if one is out of place.

    An entry that also holds the span's text gets the new one.
    """
    moved = []
    written = as_written(record.line, record.fields)[record.schema.spans]
    for entry, old, new in zip(written, spans, placed, strict=True):
        if not 0 <= new.start < new.end <= len(text):
            return None
        before, after = record.text[slice(*old)], text[slice(*new)]
        said = {key: after for key, value in entry.items() if value == before}
        moved.append({**entry, **said, "start": new.start, "end": new.end})
    return moved


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
        notes: further provenance (model, pivot, checks); a ``model`` is part of the child's id.

    Raises:
        InputError: the row can't be written as JSON again.
    """
    notes = notes or {}
    maker = f"{method}@{notes['model']}" if "model" in notes else method
    name = child_id(parent, maker, variant)
    aug: dict[str, Any] = {
        "id": name,
        "origin": "synthetic",
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
    new = {schema.text: text, **(changed or {}), AUG: aug}
    if own_id(parent.fields, schema) is not None:
        new[schema.id] = name  # a copy of the parent's id would name two rows
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
    return Record(line, fields, text, parent.label, schema, parent.where)
