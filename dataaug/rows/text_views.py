"""A row whose text several fields make up, taken once for each of them."""

from dataclasses import replace

from dataaug.rows import field_paths
from dataaug.rows.annotations import Annotations, annotations_of
from dataaug.rows.record import Outcome, Record, Reject


def text_views(record: Record) -> list[tuple[Record, Annotations]]:
    """Return a row as it is with each field of its text as its whole text, and what depends on it.

    A field that is missing or empty is left out, unless it is the first. What depends on the text
    of one field (spans, tokens) belongs to the first one that it fits, and is kept beside others.

    Args:
        record: the row; of a row with one text field the only view is the row itself.
    """
    schema = record.schema
    if not schema.further_texts:
        return [(record, annotations_of(record))]
    found: list[tuple[Record, Annotations]] = []
    keep = schema.keep
    for number, name in enumerate(schema.texts):
        text = field_paths.get(record.fields, name)
        if not text and number:
            continue
        narrow = replace(schema, text=name, further_texts=(), keep=keep)
        view = Record(record.line, record.fields, text, record.label, narrow, record.where)
        own = annotations_of(view)
        found.append((view, own))
        around = field_paths.around(view.fields, name)
        keep += tuple(field_paths.spelt(around.get(key, (key,))) for key in own.fields)
    return found


def seen_whole(outcome: Outcome, record: Record) -> Outcome:
    """Return the child of a view of a row, with the text that all fields of the row make up.

    A reject stays as it is.
    """
    schema = record.schema
    if isinstance(outcome, Reject) or outcome.schema is schema:
        return outcome
    text = schema.text_of(outcome.fields)
    return Record(outcome.line, outcome.fields, text, outcome.label, schema, outcome.where)
