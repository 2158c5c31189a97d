"""Where a row says what made it, in two forms: nested under ``_aug``, or flat in plain columns.

A real row has no ``_aug``, or one that says nothing. The flat form is for tools with columns: it
stands in every row, and each column has one type.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import orjson

from dataaug.rows.verbatim import as_written, edited

ProvenanceForm = Literal["nested", "flat", "none"]

AUG = "_aug"
"""The key of the nested form; only rows of which a program made something carry it."""
SYNTHETIC = "synthetic"
"""The origin of a row whose text a program made."""
PSEUDO_LABELLED = "pseudo-labelled"
"""The origin of a row whose text is real and whose label a program made (Lee 2013, "Pseudo-Label:
the simple and efficient semi-supervised learning method for deep neural networks")."""
ORIGINS = (SYNTHETIC, PSEUDO_LABELLED)
SOFT = "labels"
"""The key under ``_aug`` for soft labels: label to weight."""
ORIGIN = "aug_origin"
"""The column that tells a row of the flat form: ``real``, or one of :data:`ORIGINS`."""
_ORIGIN = ORIGIN.encode()
_TEXTS = ("id", "parent", "root", "method")
_NUMBERS = ("variant", "seed")
_EDITS, _NOTES = "aug_edits", "aug_notes"
_COLUMNS = (ORIGIN, *(f"aug_{name}" for name in (*_TEXTS, *_NUMBERS)), _EDITS, _NOTES)
KEYS = frozenset({AUG, *_COLUMNS})
"""All keys that provenance may stand under."""
_NONE = -1
"""What stands in a column of numbers for none: variants and seeds begin at 0."""


def says_nothing(aug: Any) -> bool:
    """Is it what tools put under the key in a real row, for want of a value?

    That is null (datasets, pandas, polars, duckdb), an empty text (miller, any CSV) or an object of
    which every value is null (tools with columns of a fixed shape).
    """
    if type(aug) is dict and aug:
        return aug.get("origin") is None and all(value is None for value in aug.values())
    return aug is None or aug == ""


def aug_of(fields: Mapping[str, Any]) -> Any:
    """Return the provenance of a parsed row in the nested form, None for a real row; unchecked.

    Raises:
        ValueError: a column of the flat form holds something else than what is written there.
    """
    aug = fields.get(AUG)
    if aug is not None and not says_nothing(aug):
        return aug
    return None if fields.get(ORIGIN) in (None, "", "real") else _from_flat(fields, orjson.loads)


def _from_flat(fields: Mapping[str, Any], parse: Callable[[str], Any]) -> dict[str, Any]:
    """Return the nested form of a synthetic row's columns; ``parse`` reads JSON in a cell."""
    names = ("id", "origin", *_TEXTS[1:])
    aug = {name: fields.get(f"aug_{name}") or None for name in names}
    for name in _NUMBERS:
        number = int(fields.get(f"aug_{name}") or 0)
        if number != _NONE:
            aug[name] = number
    for name, key in ((_NOTES, None), (_EDITS, "edits")):
        value = fields.get(name)
        if value:
            found = parse(value) if isinstance(value, str) else value
            aug |= {key: found} if key else dict(found)
    return aug


def flattened(aug: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the columns of the flat form; a real row has them too, and they say so.

    Texts are "" and numbers -1 where there is none.

    Args:
        aug: the nested form, None for a real row.
    """
    told = dict(aug or {})
    columns: dict[str, Any] = {ORIGIN: told.pop("origin", SYNTHETIC if aug else "real")}
    columns |= {f"aug_{name}": told.pop(name, None) or "" for name in _TEXTS}
    for name in _NUMBERS:
        known = type(told.get(name)) is int and told[name] >= 0
        columns[f"aug_{name}"] = told.pop(name) if known else _NONE
    edits = told.pop("edits", None)
    columns[_EDITS] = "" if edits is None else orjson.dumps(edits).decode()
    columns[_NOTES] = orjson.dumps(told).decode() if told else ""
    return columns


def keys_like(fields: Mapping[str, Any], aug: Mapping[str, Any]) -> dict[str, Any]:
    """Return a synthetic row's provenance as keys, in the form that another row has."""
    return flattened(aug) if ORIGIN in fields else {AUG: aug}


def in_one_form(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row's fields with nested provenance, a real row's with none."""
    if KEYS.isdisjoint(fields):
        return fields
    bare = {name: value for name, value in fields.items() if name not in KEYS}
    aug = aug_of(fields)
    return bare if aug is None else {**bare, AUG: aug}


def may_be_flat(line: bytes) -> bool:
    """Could a row have columns of the flat form, as far as its bytes tell without parsing them?"""
    return _ORIGIN in line or b"\\" in line  # an escape may spell any letter of a key


def rewritten(line: bytes, fields: Mapping[str, Any], form: ProvenanceForm) -> bytes:
    """Return a row with its provenance in a form; all else keeps its bytes.

    Args:
        line: the row.
        fields: the parsed row.
        form: ``nested`` and ``none`` leave a real row alone that has no columns of the flat form.
    """
    has_flat = ORIGIN in fields
    if form == "nested" and not has_flat:
        return line
    if form == "none":
        return line if KEYS.isdisjoint(fields) else edited(line, {}, without=KEYS)
    aug = aug_of(fields)
    if form == "nested":
        nested = {} if aug is None else {AUG: _from_flat(fields, _as_spelt)}
        return edited(line, nested, without=KEYS - nested.keys())
    if has_flat:
        return line
    told = None if aug is None else as_written(line, fields)[AUG]
    return edited(line, flattened(told), without={AUG})


def _as_spelt(text: str) -> Any:
    """Return what JSON says, with its numbers as they are spelt."""
    return as_written(text.encode(), orjson.loads(text))
