"""What a row is: opaque bytes with a parsed view, real or synthetic, kept or rejected."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

from dataaug.rows import field_paths, provenance
from dataaug.rows.labels import LabelSet, is_set, scalar
from dataaug.rows.offsets import Offsets
from dataaug.rows.provenance import AUG, ORIGIN, PSEUDO_LABELLED, SOFT
from dataaug.rows.seeds import fingerprint, fingerprint_bytes
from dataaug.rows.span_shapes import SpansFormat
from dataaug.rows.verbatim import exact

FORMAT = 1
"""Version of what rows, rejects and reports look like (docs/format.md)."""

REJECT = "_reject"
"""The key that a row in a rejects file carries besides its own."""

SELECTED = "_selected"
"""The key of a real row that was chosen to be labelled: by which strategy."""

FIELD_END = "\x03"
"""What ends a field of a text that several fields make up: no white space, and no key types it."""


@dataclass(frozen=True, slots=True)
class Schema:
    """How a row is read: which fields are its text, label, id and spans, and what the latter say.

    Each name is a key of the row, or a path (:mod:`dataaug.rows.field_paths`).

    Attributes:
        text: the field with the text.
        label: the field with the label.
        id: the field with the row's own id.
        spans: the field with character spans.
        spans_format: the shape of spans, tokens and tags; ``auto`` takes those that are sure.
        offsets: what the positions of spans count.
        keep: fields that a child takes over as they are, also where they depend on the text.
        further_texts: fields whose texts belong to the row's text too, as ``input`` and ``output``
            do to that of an instruction; a row may lack them.
    """

    text: str = "text"
    label: str = "label"
    id: str = "id"
    spans: str = "spans"
    spans_format: SpansFormat = "auto"
    offsets: Offsets = "characters"
    keep: tuple[str, ...] = ()
    further_texts: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The names of all fields that make up the text."""
        return (self.text, *self.further_texts)

    @property
    def is_plain(self) -> bool:
        """Are text, label and id one key of the row each?"""
        named = (self.text, self.label, self.id)
        return not self.further_texts and not any(map(field_paths.steps, named))

    @property
    def makes_rows(self) -> bool:
        """Can a row be made anew: are text, label and id keys, or paths of keys alone?"""
        named = (self.text, self.label, self.id)
        return not self.further_texts and all(map(field_paths.makes, named))

    def row_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return a new row of values by name; text, label and id lie where their paths lead."""
        named = (self.text, self.label, self.id)
        places = {
            field_paths.place_for({}, name) if name in named else (name,): value
            for name, value in values.items()
        }
        return field_paths.changed_fields({}, places)

    def text_of(self, fields: Mapping[str, Any]) -> str:
        """Return a row's text; of several fields, their texts with :data:`FIELD_END` in between.

        Args:
            fields: the parsed row, whose text field holds a string.

        Raises:
            TypeError: a further field holds something else than a string or null.
        """
        text: str | None = fields.get(self.text)
        if text is None:
            text = field_paths.get(fields, self.text)
        if not self.further_texts:
            return text
        texts = [text, *(field_paths.get(fields, name) for name in self.further_texts)]
        for name, value in zip(self.further_texts, texts[1:], strict=True):
            if not isinstance(value, str | None):
                raise TypeError(f"field {name!r} should be a string, found {type(value).__name__}")
        # A field that holds the sign itself must not look like two.
        return f"\n{FIELD_END}\n".join((each or "").replace(FIELD_END, "\x02") for each in texts)

    def fields_of(self, text: str) -> dict[str, str]:
        """Return the fields that make up a text, each under its name, also where that is a path."""
        return (
            {self.text: text}
            if not self.further_texts
            else dict(zip(self.texts, text_fields(text), strict=True))
        )


def text_fields(text: str) -> list[str]:
    """Return the texts of the fields that make up a row's text, a single one as it is."""
    return text.split(f"\n{FIELD_END}\n")


def shown_text(text: str, schema: Schema | None = None) -> str:
    """Return a row's text for people: of several fields, one below the other.

    Args:
        text: the text, as :meth:`Schema.text_of` gives it.
        schema: says how the fields are called, where their names are to stand in front of them.
    """
    if schema is None or not schema.further_texts:
        return text.replace(f"{FIELD_END}\n", "\n")
    return "\n".join(f"{name}: {said}" for name, said in schema.fields_of(text).items() if said)


class Record:
    """One row: the bytes it came as, its fields, and what dataaug reads from them.

    Treat it as immutable. ``line`` is what is written again, so a row that no verb changes
    leaves byte for byte as it came, whatever JSON libraries would do to its numbers or keys.

    Attributes:
        line: the row as UTF-8 JSON without its line end.
        fields: the parsed row.
        text: the text field; of several, what :meth:`Schema.text_of` makes of them.
        label: the label field as a string (a number as its JSON), or None; a list of labels as a
            :class:`~dataaug.rows.labels.LabelSet`.
        schema: which fields text, label, id and spans are.
        where: file and line number, for messages.
        is_real: is the row real, with nothing in it that a program made?
        method: the name of the method that made the row, without options; ``real`` for a real row.
    """

    __slots__ = (
        "_id", "fields", "is_real", "label", "line", "method", "schema", "text", "where",
    )  # fmt: skip

    fields: Mapping[str, Any]
    text: str
    label: str | None

    def __init__(
        self,
        line: bytes,
        fields: Mapping[str, Any],
        text: str,
        label: str | None,
        schema: Schema,
        where: tuple[str, int] = ("", 0),
    ) -> None:
        self.line = line
        self.fields = fields
        self.text = text
        self.label = label
        self.schema = schema
        self.where = where
        self._id: str | None = None
        plain = AUG not in fields and ORIGIN not in fields  # most rows: this is the hot loop
        aug = None if plain else provenance.aug_of(fields)
        self.is_real = aug is None
        self.method = "real" if aug is None else _method_name(aug)

    @classmethod
    def held(cls, line: bytes, schema: Schema, where: tuple[str, int], method: str) -> "Record":
        """Return a row that was read before; it is parsed when its fields are asked for."""
        self = cls.__new__(cls)
        self.line = line
        self.schema = schema
        self.where = where
        self._id = None
        self.is_real = method == "real"
        self.method = method
        return self

    def __getattr__(self, name: str) -> Any:
        # Only a slot that is not filled yet comes here: the row is parsed now.
        if name not in {"fields", "text", "label"}:
            raise AttributeError(name)
        self.fields = fields = orjson.loads(self.line)
        self.text = self.schema.text_of(fields)
        self.label = label_of(self.line, fields, self.schema)
        return getattr(self, name)

    def __reduce__(self) -> tuple[Any, ...]:
        # Workers get the line and parse it: cheaper than pickling the fields.
        return Record.held, (self.line, self.schema, self.where, self.method)

    def __repr__(self) -> str:
        return f"Record({self.line!r})"

    @property
    def aug(self) -> Mapping[str, Any] | None:
        """The provenance of a synthetic row (``_aug``), None for a real row."""
        found: Mapping[str, Any] | None = provenance.aug_of(self.fields)
        return found

    @property
    def has_real_text(self) -> bool:
        """Did no program make the text? That of a row with a pseudo-label is real too."""
        return self.is_real or (self.aug or {}).get("origin") == PSEUDO_LABELLED

    @property
    def soft_labels(self) -> Mapping[str, float]:
        """The weight of each label of a row with soft labels; empty for all others."""
        return (self.aug or {}).get(SOFT) or {}

    @property
    def is_selected(self) -> bool:
        """Was the row chosen to be labelled, so that it stands for no others?"""
        return self.fields.get(SELECTED) not in (None, "", False)

    @property
    def id(self) -> str:
        """The row's own id, else a hash of its content: equal rows without ids share one."""
        if self._id is None:
            self._id = self._find_id()
        return self._id

    def _find_id(self) -> str:
        if not self.is_real:
            return str(provenance.aug_of(self.fields)["id"])
        own = own_id(self.fields, self.schema, self.line)
        return own if own is not None else content_id(self.line, self.fields)

    @property
    def root(self) -> str | None:
        """The id of the real ancestor; a real row's own id; None where there is no ancestor."""
        return self.id if self.is_real else provenance.aug_of(self.fields).get("root")


def _method_name(aug: Mapping[str, Any]) -> str:
    return _short(str(aug.get("method") or "unknown"))


@functools.lru_cache(maxsize=1024)
def _short(method: str) -> str:
    """Return the name of a method without its options; only a real row is called real."""
    name = method.partition("(")[0]
    return name if name != "real" else "unknown"


def own_id(fields: Mapping[str, Any], schema: Schema, line: bytes = b"") -> str | None:
    """Return the id that the row itself carries in its id field, None if it has none.

    Args:
        fields: the parsed row.
        schema: which field is the id.
        line: the row, for ids beyond 64 bits: they are named by all their digits.
    """
    value = fields.get(schema.id)
    if value is None:
        value = field_paths.get(fields, schema.id)
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else _json(_whole(value, line, fields, schema.id))


def label_of(line: bytes, fields: Mapping[str, Any], schema: Schema) -> str | None:
    """Return a row's label as text: all digits of a number, a list as the set of its labels."""
    value = fields.get(schema.label)
    if value is None:
        value = field_paths.get(fields, schema.label)
    if value is None or isinstance(value, str):
        return value
    return as_label(_whole(value, line, fields, schema.label))


def _whole(value: Any, line: bytes, fields: Mapping[str, Any], name: str) -> Any:
    """Return a value as it was before 64 bits rounded it."""
    return value if isinstance(value, int) else field_paths.get(exact(line, fields), name)


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def content_id(line: bytes, fields: Mapping[str, Any]) -> str:
    """Return a hash of the row's content that key order, spacing and spelling do not change."""
    try:
        content = provenance.in_one_form(exact(line, fields))
        return fingerprint_bytes(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
    except orjson.JSONEncodeError:  # nested deeper than orjson writes: the bytes name it as well
        return fingerprint_bytes(line)


def as_label(value: Any) -> str | None:
    """Return a label as text: strings as they are, None as None, other values as their JSON.

    A list of labels is their set; None among them is no label, and one of lists or objects is none
    of labels: it is taken as its JSON.
    """
    if value is None or isinstance(value, str):
        return value
    if is_set(value):
        return LabelSet(scalar(each) for each in value if each is not None)
    return _json(value)


def label_names(labels: Iterable[str | None]) -> dict[str | None, str]:
    """Return what a report calls each label, in the order of these names.

    Rows without a label are called ``None``, or ``(no label)`` where a label has that name.
    """
    named = set(labels)
    lacking = "(no label)" if "None" in named else "None"
    names = {label: lacking if label is None else label for label in named}
    return dict(sorted(names.items(), key=lambda item: (item[1], item[0] is None)))


def from_fields(
    fields: Mapping[str, Any],
    schema: Schema | None = None,
    where: tuple[str, int] = ("", 0),
) -> Record:
    """Build a record from a parsed row, as a Python caller or a generator has it.

    Raises:
        TypeError: the text field is missing or not a string, or a value is not JSON.
    """
    schema = schema or Schema()
    text = field_paths.get(fields, schema.text)
    if not isinstance(text, str):
        raise TypeError(f"field {schema.text!r} should be a string, found {type(text).__name__}")
    label = as_label(field_paths.get(fields, schema.label))
    return Record(orjson.dumps(fields), fields, schema.text_of(fields), label, schema, where)


def from_line(line: bytes, schema: Schema, where: tuple[str, int] = ("", 0)) -> Record:
    """Build a record of a line whose text field is known to be a string."""
    fields = orjson.loads(line)
    text, label = schema.text_of(fields), label_of(line, fields, schema)
    return Record(line, fields, text, label, schema, where)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row, or a row that was asked for, that goes no further, and why.

    ``reason`` is a word of the fixed vocabulary in :mod:`dataaug.rows.reasons`; ``detail`` says the
    particulars (the kept row and the score, the bound that was passed). ``raw`` holds the bytes
    of an input line that could not be parsed; ``record`` is None then.
    """

    stage: str
    reason: str
    record: Record | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes | None = None
    where: tuple[str, int] = ("", 0)

    def __reduce__(self) -> tuple[Any, ...]:
        # Dataclasses with frozen slots are pickled field by field, by Python.
        detail = dict(self.detail)
        return Reject, (self.stage, self.reason, self.record, detail, self.raw, self.where)


class Batch(list[Record]):
    """Rows that go to a worker together: pickled as columns, not one by one."""

    def __reduce__(self) -> tuple[Any, ...]:
        schema = self[0].schema if self else Schema()
        if any(row.schema is not schema for row in self):  # rows of a Python caller
            return Batch, (list(self),)
        rows = [(row.line, *row.where, row.method) for row in self]
        return _unpacked, (schema, *map(list, zip(*rows, strict=True)))


def _unpacked(schema: Schema, *columns: Sequence[Any]) -> Batch:
    return Batch(
        Record.held(line, schema, (file, number), method)
        for line, file, number, method in zip(*columns, strict=True)
    )


Outcome: TypeAlias = Record | Reject


def child_id(parent: Record, method: str, variant: int) -> str:
    """Return the id of a variant: a hash of parent, method and number, so that reruns agree.

    The parent's text is part of it: rows that share an id by mistake still have distinct children.
    """
    return fingerprint(parent.id, parent.text, method, str(variant))
