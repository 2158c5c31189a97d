"""Source rows without what is personal: all that a model, a cache or a log gets to see of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from dataaug.privacy.detectors import Detector, Entity, without_overlaps
from dataaug.privacy.leaks import Leaks
from dataaug.privacy.masks import mask
from dataaug.rows import field_paths
from dataaug.rows.record import Record, from_line, own_id
from dataaug.rows.seeds import fingerprint
from dataaug.rows.verbatim import as_written
from dataaug.text.segments import standing_alone


@dataclass(frozen=True, slots=True)
class MaskedRow:
    """A row to rewrite, masked.

    Attributes:
        row: the row with placeholders for its personal data, its label and its id, no more.
        values: what the placeholders stand for.
        kept: further fields that go over to the new row.
    """

    row: Record
    values: Mapping[str, str]
    kept: Mapping[str, Any]


def mask_rows(
    rows: Sequence[Record], detect: Detector, fields: Sequence[str], keep: Sequence[str]
) -> tuple[list[MaskedRow], Leaks]:
    """Return the rows masked, and the personal data of all of them.

    A name that is found in one row is masked in all. A row's own id names it in provenance, unless
    it is personal itself; a hash of the masked row takes its place then, as in rows without an id,
    where the usual hash would be one of the text.

    Args:
        rows: real rows.
        detect: finds personal data in texts.
        fields: further fields whose values are personal, and are masked where the text has them.
        keep: further fields that go over to the new rows.
    """
    texts = [record.text for record in rows]
    leaks = Leaks()
    found = []
    for record, entities in zip(rows, detect(texts), strict=True):
        values = list(_values(record, fields))
        for value, kind in values:
            leaks.add(value, kind)
        every = without_overlaps([*entities, *_spans(record.text, values)])
        for entity in every:
            leaks.add(record.text[entity.start : entity.end], entity.kind)
        found.append((record, every))
    sources: list[MaskedRow] = []
    taken: set[str] = set()
    for record, entities in found:
        known = [Entity(*span, "NAME") for span in leaks.names_in(record.text)]
        text, values_ = mask(record.text, without_overlaps([*entities, *known]))
        leaks.allow(text)
        own = _harmless(record, leaks, fields)
        name = _unused(own or fingerprint("masked", text, record.label or ""), taken)
        written = as_written(record.line, record.fields)
        kept = {key: written[key] for key in keep if key in written}
        sources.append(MaskedRow(_stand_in(record, name, text), values_, kept))
    return sources, leaks


def _stand_in(record: Record, name: str, text: str) -> Record:
    schema = record.schema
    fields: dict[str, Any] = {schema.id: name, schema.text: text}
    if field_paths.place_of(record.fields, schema.label):
        written = as_written(record.line, record.fields)
        fields[schema.label] = field_paths.get(written, schema.label)
    return from_line(orjson.dumps(fields), schema)


def _harmless(record: Record, leaks: Leaks, fields: Sequence[str]) -> str | None:
    """Return a row's own id, if it has one that is not personal."""
    own = own_id(record.fields, record.schema, record.line)
    personal = own is None or record.schema.id in fields or bool(leaks.find(own))
    return None if personal else own


def _unused(name: str, taken: set[str]) -> str:
    """Return a name, with a number where another row has it."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    taken.add(found)
    return found


def _values(record: Record, fields: Sequence[str]) -> list[tuple[str, str]]:
    """Return the values of a row's personal fields, with their kinds."""
    found = []
    for name in fields:
        value = record.fields.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            found.append((str(value).strip(), _kind(name)))
    return found


def _kind(name: str) -> str:
    """Return the kind that a field's name stands for: ``email`` EMAIL, ``full_name`` NAME."""
    letters = re.sub(r"[^A-Za-z]", "", name).upper()[:20]
    for kind in ("EMAIL", "PHONE", "IBAN", "NAME", "ADDRESS"):
        if kind in letters:
            return kind
    return letters if len(letters) > 1 else "FIELD"


def _spans(text: str, values: Sequence[tuple[str, str]]) -> list[Entity]:
    """Return where the values stand in a text, in any case; words of names stand alone too."""
    found = []
    for value, kind in values:
        parts = [value, *(value.split() if kind == "NAME" else ())]
        for part in parts:
            matches = standing_alone([part]).finditer(text) if len(part) > 1 else ()
            found += [Entity(*match.span(), kind) for match in matches]
    return found
