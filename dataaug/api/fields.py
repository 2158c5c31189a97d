"""Which verbs write whole rows anew, and what they therefore refuse as the fields of a row."""

from dataaug.errors import UsageError
from dataaug.rows.record import Schema

WRITES_ROWS = ("generate",)


def refuse_what_no_new_row_has(schema: Schema, verb: str) -> None:
    """Refuse several text fields, and paths into lists.

    Raises:
        UsageError: the schema has one of them.
    """
    if schema.further_texts:
        several = ", ".join(map(repr, schema.texts))
        raise UsageError(
            f"--text-field: {verb} works on one field, found {several}: it writes the text of new "
            "rows, and not the parts of one"
        )
    if not schema.makes_rows:
        raise UsageError(
            f"--text-field and --label-field: {verb} writes new rows, which have no list or "
            f"messages to write into; name a key or a path of keys, found {schema.text!r} and "
            f"{schema.label!r}"
        )
