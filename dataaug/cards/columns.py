"""The columns of rows and the type of each, as Hugging Face ``datasets`` names types in a card.

A type that is missing there is guessed from the first block of 10 MB, with errors or changed values
where later rows are otherwise. Names of types: Features._to_yaml_list of datasets 5.2.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from dataaug.rows.formats.held import FLOAT, INT, JSON, STRING, ColumnKind, kind_of, merged
from dataaug.rows.provenance import AUG
from dataaug.rows.record import Record
from dataaug.rows.verbatim import exact

Feature = Mapping[str, Any]
"""A column: ``name``, and ``dtype``, ``list`` or ``struct``."""

_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[ T]\d\d(?::?\d\d(?::?\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?"
)
_DTYPES = {STRING: "string", "bool": "bool", INT: "int64", FLOAT: "float64", JSON: "json"}


class Columns:
    """The columns of rows in JSON lines.

    Attributes:
        dated: columns with a text that looks like a date. pyarrow's reader, below ``datasets``,
            makes such texts times where a block of a column holds no other, and ``string`` does not
            bring them back. As ``json`` they are read by another parser and stay as they are.
        too_big: columns with an integer beyond 64 bits, which ``datasets`` does not read.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, ColumnKind] = {}
        self.dated: set[str] = set()
        self.too_big: set[str] = set()

    def note(self, record: Record) -> None:
        """Take the fields of a row."""
        for name, value in record.fields.items():
            kind = JSON if name == AUG else kind_of(value)
            self._kinds[name] = _joined(self._kinds.get(name), kind)
            if name != AUG and name not in self.dated and _has_date(value):
                self.dated.add(name)
        whole = exact(record.line, record.fields)
        if whole is not record.fields:  # a long number is among them
            self.too_big.update(name for name, value in whole.items() if _has_too_big(value))

    def features(self) -> list[Feature]:
        """Return the columns, in the order in which they came up."""
        return [_feature(name, JSON if name in self.dated else kind)
                for name, kind in self._kinds.items()]  # fmt: skip


def _joined(one: ColumnKind, other: ColumnKind) -> ColumnKind:
    numbers = [kind for kind in (one, other) if kind in (INT, FLOAT)]
    return FLOAT if len(numbers) == 2 and one != other else merged(one, other)


def _feature(name: str, kind: ColumnKind) -> Feature:
    if isinstance(kind, dict):
        return {"name": name, "struct": _struct(kind)}
    if isinstance(kind, list):
        return {"name": name, "list": _inner(kind[1])}
    return {"name": name, "dtype": _DTYPES[kind or STRING]}


def _struct(kind: Mapping[str, ColumnKind]) -> list[Feature]:
    return [_feature(name, each) for name, each in kind.items()]


def _inner(kind: ColumnKind) -> Any:
    """Return what a list holds: the name of a type, the parts of an object, or a list."""
    if isinstance(kind, dict):
        return _struct(kind)
    return {"list": _inner(kind[1])} if isinstance(kind, list) else _DTYPES[kind or STRING]


def _has_date(value: Any) -> bool:
    if isinstance(value, str):
        return _DATE.fullmatch(value) is not None
    return any(map(_has_date, _parts(value)))


def _has_too_big(value: Any) -> bool:
    if isinstance(value, orjson.Fragment):
        return re.fullmatch(rb"-?\d+", orjson.dumps(value)) is not None
    if isinstance(value, int):
        return not -(2**63) <= value < 2**63
    return any(map(_has_too_big, _parts(value)))


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
