"""Rows whose fields have the names that every command reads without being told."""

from dataclasses import replace

import orjson

from dataaug.errors import InputError, UsageError
from dataaug.rows.record import Record, Schema, from_line
from dataaug.rows.verbatim import as_written

_USUAL = Schema()
_FIELDS = ("text", "label", "id", "spans")


class Renaming:
    """Gives the fields that a schema names the usual names: ``text``, ``label``, ``id``, ``spans``.

    Args:
        schema: how the rows are read.

    Attributes:
        schema: how they are read afterwards.

    Raises:
        UsageError: every field has its usual name already, or is named by a path.
    """

    def __init__(self, schema: Schema) -> None:
        if not schema.is_plain:
            raise UsageError("--rename is for fields that are keys of the row: a path, or several "
                             "text fields, have no one place")  # fmt: skip
        named = {getattr(schema, field): getattr(_USUAL, field) for field in _FIELDS}
        self._names = {own: usual for own, usual in named.items() if own != usual}
        if not self._names:
            raise UsageError("--rename: say which fields get other names, by --text-field, "
                             "--label-field or --id-field")  # fmt: skip
        self.schema = replace(schema, **{field: getattr(_USUAL, field) for field in _FIELDS})

    def __call__(self, record: Record) -> Record:
        """Return a row with the usual names; values keep their characters, and the order stays.

        Raises:
            InputError: the row has a further field of a usual name.
        """
        fields = as_written(record.line, record.fields)
        for own, usual in self._names.items():
            if usual in fields and own in fields and usual not in self._names:
                path, number = record.where
                raise InputError(
                    f"{path}:{number}: --rename: {own!r} can't be called {usual!r}, "
                    "which is the name of another field"
                )
        line = orjson.dumps({self._names.get(key, key): value for key, value in fields.items()})
        return from_line(line, self.schema, record.where)
