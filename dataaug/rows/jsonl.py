"""Read and write rows: the only module that knows how a row lies in a file."""

import io
import json
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, Literal, cast

import orjson

from dataaug import plugins
from dataaug.errors import InputError, UsageError
from dataaug.plugins import Spec
from dataaug.rows import field_paths, formats
from dataaug.rows.chats import from_chat
from dataaug.rows.files import FilePart, display_name, open_input
from dataaug.rows.formats import FileRow, guess
from dataaug.rows.json_errors import explain
from dataaug.rows.labels import LabelSet, is_list_as_text, scalar
from dataaug.rows.provenance import (
    AUG,
    KEYS,
    ORIGIN,
    ORIGINS,
    SOFT,
    SYNTHETIC,
    aug_of,
    keys_like,
)
from dataaug.rows.record import REJECT, Outcome, Record, Reject, Schema, label_of, own_id
from dataaug.rows.seeds import fingerprint_bytes
from dataaug.rows.verbatim import as_written, edited

_HEAD = 1 << 12
_BOM = b"\xef\xbb\xbf"
MAX_LINE = 64 << 20
"""The longest line that is read, in bytes (64 MiB)."""
_SMALL = 50_000  # ids that a set holds in a few MB
_DISTINCT = 5_000
"""Labels that are remembered; who has more of them writes no classes there."""

OnError = Literal["fail", "skip"]
Origin = Literal["auto", "synthetic"]


@dataclass(slots=True)
class Ids:
    """Notices rows that carry the same id, for 8 bytes a row.

    Attributes:
        hashes: of the ids, in the order of the rows.
    """

    hashes: "array[int]" = field(default_factory=lambda: array("q"))

    def repeated(self) -> tuple[int, list[int]]:
        """Return how many rows repeat an earlier row's id, and the first few of their numbers."""
        if len(self.hashes) <= _SMALL:
            seen: set[int] = set()
            rows = []
            for number, own in enumerate(self.hashes, 1):
                if own in seen:
                    rows.append(number)
                seen.add(own)
            return len(rows), rows[:5]
        import numpy as np  # noqa: PLC0415 - 0.1 s that small inputs need not pay

        hashes = np.frombuffer(self.hashes, dtype=np.int64)
        order = np.argsort(hashes, kind="stable")
        again = order[1:][hashes[order][1:] == hashes[order][:-1]]
        return len(again), sorted(int(row) + 1 for row in again)[:5]

    def warnings(self) -> Iterator[str]:
        """Say that rows share an id."""
        again, where = self.repeated()
        if again:
            yield (
                f"{again} rows carry an id that an earlier row has, the first of them row "
                f"{where[0]} of those with an id; give every row an id of its own"
            )


@dataclass(slots=True)
class LabelNotes:
    """Notices labels that become classes by how they are written, and not by what they are.

    Attributes:
        texts: labels that are strings, the first few thousand of them.
        others: labels that are other values, by the text that they are read as.
        composed: rows whose label is an object, or a list of lists or objects.
        sets: rows whose label is a list of labels.
        inside: labels that are strings in such lists.
        numbers: has a row a label that is no string and in no list?
        twice: what is to be said of the first object in which a key stands twice.
        unmarked: rows taken as real whose ids look like those of rows that dataaug made.
    """

    texts: set[str] = field(default_factory=set)
    others: dict[str, str] = field(default_factory=dict)
    composed: int = 0
    sets: int = 0
    inside: set[str] = field(default_factory=set)
    numbers: bool = False
    twice: str = ""
    unmarked: int = 0

    def note(self, value: Any, label: str) -> None:
        """Take a label, and the text that it is read as."""
        if isinstance(value, str):
            if len(self.texts) < _DISTINCT:
                self.texts.add(value)
        elif isinstance(label, LabelSet):
            self.sets += 1
            for each in value:
                self._note_one(each)
        elif isinstance(value, list | dict):
            self.composed += 1
        else:
            self.numbers = True
            self._note_one(value, label)

    @property
    def alone(self) -> bool:
        """Has a row one label that is in no list?"""
        return bool(self.texts) or self.numbers

    def _note_one(self, value: Any, label: str = "") -> None:
        """Take one label, alone or out of a list."""
        if isinstance(value, str):
            if len(self.inside) < _DISTINCT:
                self.inside.add(value)
        elif value is not None and len(self.others) < _DISTINCT:
            kind = _KINDS.get(type(value), "another value")
            self.others.setdefault(label or scalar(value), kind)

    def look_twice(self, line: bytes, fields: Mapping[str, Any], name: str, number: int) -> None:
        """Notice a key that stands twice in one object, in a line that may have one.

        Readers of JSON silently take the last one, or the first.
        """
        if line.count(b'":') + line.count(b'" :') <= _keys(fields):
            return
        found: list[str] = []

        def members(pairs: list[tuple[str, Any]]) -> None:
            names = [key for key, _ in pairs]
            found.extend(key for key in names if names.count(key) > 1)

        try:
            json.loads(line, object_pairs_hook=members)
        except RecursionError:
            return  # nested so deep that it is no object of anybody's making
        if found:
            self.twice = (
                f"{name}:{number}: the key {found[0][:40]!r} stands twice in one object, and the "
                "last one counts; other rows were not looked at for this"
            )

    def warnings(self) -> Iterator[str]:
        """Say what is odd about keys, and which labels are classes that nobody meant."""
        if self.twice:
            yield self.twice
        if self.sets and self.alone:
            yield (
                f"{self.sets:,} rows have a list of labels and others have one label that is no "
                "list: there it counts as the list of this one label"
            )
        both = sorted((self.texts | self.inside) & set(self.others))
        if both:
            shown = ", ".join(
                f"{label[:40]!r} is {self.others[label]} in some rows" for label in both[:5]
            )
            more = f" and {len(both) - 5:,} more" if len(both) > 5 else ""
            yield (
                f"{len(both):,} labels are a string in some rows and another value in others, and "
                f"are taken as one class: {shown}{more}; write each of them in one way"
            )
        yield from self._spellings()
        if self.unmarked:
            yield (
                f"{self.unmarked:,} rows have ids as dataaug gives them to rows that it makes, and "
                f"no {AUG}: they are taken as real. A tool on the way may have dropped it, as "
                "polars does where it comes first after row 100 (mix --provenance flat writes "
                "columns that stay); --origin synthetic marks them"
            )
        if self.composed:
            yield (
                f"{self.composed:,} rows have an object, or a list of lists or objects, as their "
                "label: each distinct one is taken as a class of its own, not as several labels; "
                "name a field with a label or a list of labels by --label-field"
            )

    def _spellings(self) -> Iterator[str]:
        """Say which numbers are several classes: pandas writes 1.0 where a column has gaps."""
        alike: dict[float, list[str]] = {}
        for label, kind in self.others.items():
            if kind == _KINDS[float]:
                alike.setdefault(float(label), []).append(label)
        several = sorted(sorted(labels) for labels in alike.values() if len(labels) > 1)
        if several:
            shown = "; ".join(" and ".join(labels[:3]) for labels in several[:5])
            more = f"; and {len(several) - 5:,} more" if len(several) > 5 else ""
            yield (
                f"{len(several):,} labels are one number in several spellings, each of which is "
                f"taken as a class of its own: {shown}{more}; write each of them in one way"
            )


def _keys(value: Any) -> int:
    """Return how many keys all objects of a value have."""
    count, inner = 0, [value]
    while inner:
        here = inner.pop()
        if type(here) is dict:
            count += len(here)
            inner.extend(here.values())
        elif type(here) is list:
            inner.extend(here)
    return count


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from and how to read them.

    Attributes:
        paths: files, read one after another; ``-`` is stdin.
        schema: the names of the fields.
        on_error: ``fail`` raises at the first bad row, ``skip`` yields it as a reject.
        origin: ``auto`` takes rows without ``_aug`` as real; ``synthetic`` marks them as synthetic.
        ids: notes the rows' own ids.
        labels: notes labels that are no strings.
        span: read only the rows whose first byte lies in this range of the bytes of all files;
            they are files of JSON lines.
        reading: the format and the encoding of the files.
        counts: gets the rows of each file, when its last one was read.
    """

    paths: tuple[str, ...] = ("-",)
    schema: Schema = field(default_factory=Schema)
    on_error: OnError = "fail"
    origin: Origin = "auto"
    ids: Ids = field(default_factory=Ids)
    labels: LabelNotes = field(default_factory=LabelNotes)
    span: tuple[int, int] | None = None
    reading: formats.FileForm = field(default_factory=formats.FileForm)
    counts: dict[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Outcome]:
        if self.paths.count("-") > 1:
            raise UsageError("stdin ('-') can be read only once")
        if self.span is not None:
            yield from self._part(self.span)
            return
        for path in self.paths:
            form, parts = self.reading.of(path), [path]
            if form == formats.DATASETS:
                form, parts = plugins.load("formats", Spec(form)).parts(path)
            for part in parts:
                yield from self._file(part, form)

    def _part(self, span: tuple[int, int]) -> Iterator[Outcome]:
        """Read the rows of a part of the bytes of all files."""
        position = 0
        for path in self.paths:
            with open_input(path) as stream:
                part = FilePart(stream, position, span)
                skipped = part.skip()
                yield from self.rows(part, display_name(path), skipped)
                position = part.position
                if position >= span[1]:
                    return

    def _file(self, path: str, form: str) -> Iterator[Outcome]:
        """Read the rows of a file of a format.

        Raises:
            InputError: it is of another one.
        """
        name = display_name(path)
        encoding = "" if form in formats.BINARY else self.reading.encoding
        with open_input(path, encoding) as stream:
            head = stream.peek(_HEAD)  # type: ignore[attr-defined]
            found = guess.looks_like(head)
            if form == "json" and found and found[1] == formats.JSONL:
                form = formats.JSONL  # many name their JSON lines so
            if wrong := guess.said(name, form, head):
                raise InputError(wrong)
            if form == formats.JSONL and not self.reading.chat:
                yield from self.rows(stream, name)
                return
            count = 0
            for row in self._lines(stream, name, form):
                count += 1
                yield from self.row(row, name)
            self.counts[name] = count

    def row(self, row: FileRow, name: str) -> Iterator[Outcome]:
        """Read a row that is no line of a file of JSON lines, or is a chat.

        Args:
            row: the row as a line of JSON.
            name: how messages call its file.
        """
        number, line, wrong = self._of_chat(row)
        if wrong:
            yield self.fault(line, name, number, *wrong)
        else:
            yield from self.rows(io.BytesIO(line), name, number - 1)

    def _lines(self, stream: BinaryIO, name: str, form: str) -> Iterator[FileRow]:
        if form != formats.JSONL:
            reader = plugins.load("formats", Spec(form))
            return cast("Iterator[FileRow]", reader.rows(stream, name, self.reading.types))
        return (FileRow(number, line) for number, line in enumerate(stream, 1) if line.strip())

    def _of_chat(self, row: FileRow) -> FileRow:
        """Return the row that a chat stands for; a row of no JSON is left to who reads it."""
        reading = self.reading
        if not reading.chat or row.wrong:
            return row
        try:
            fields = orjson.loads(row.line)
            if type(fields) is not dict:
                return row
            written = as_written(row.line, fields)
            found = from_chat(written, reading.chat, reading.answer, self.schema.text)
        except orjson.JSONDecodeError:
            return row
        except ValueError as error:
            return FileRow(row.number, row.line, ("missing_text", str(error)))
        return FileRow(row.number, orjson.dumps(found))

    def rows(  # noqa: C901 - the hot loop
        self, stream: "IO[bytes] | FilePart", name: str, number: int = 0
    ) -> Iterator[Outcome]:
        """Read rows from an open binary stream.

        Args:
            stream: the rows.
            name: how messages call it.
            number: lines that were read before.
        """
        loads, note, texts = orjson.loads, self.ids.hashes.append, self.labels.texts
        schema = self.schema
        text_field, label_field, id_field = schema.text, schema.label, schema.id
        real, labels, single = self.origin == "auto", self.labels, schema.is_plain
        others = number  # lines that are no rows, those before these included
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            line = line.rstrip(b"\r\n")
            if number == 1:
                line = line.removeprefix(_BOM)
            try:
                fields = loads(line)
            except orjson.JSONDecodeError as error:
                if len(line) > MAX_LINE:
                    _skip_line(stream)
                if line.strip():
                    yield self.fault(line, name, number, *explain(line, error, MAX_LINE))
                else:
                    others += 1
                continue
            if type(fields) is not dict:
                yield self._parse(line, fields, name, number)
                continue
            own, aug = fields.get(id_field), fields.get(AUG)
            flat = type(own) is not list and type(own) is not dict
            if flat and own is not None and own != "":
                note(hash(own if type(own) is str else own_id(fields, schema, line)))
                if type(own) is str and len(own) == 16 and real and KEYS.isdisjoint(fields):
                    labels.unmarked += _MADE.fullmatch(own) is not None
            # dataaug writes no key twice, and its rows have objects in them that cost a closer look
            if (
                not labels.twice
                and aug is None
                and line.count(b'":') + line.count(b'" :') > len(fields)
            ):
                labels.look_twice(line, fields, name, number)
            text, label = fields.get(text_field), fields.get(label_field)
            plain = label is None or type(label) is str
            if label is not None and plain and label not in texts:
                if label[:1] == "[" and is_list_as_text(label):
                    plain = False  # told when the row is looked at closely
                elif len(texts) < _DISTINCT:
                    texts.add(label)
            sound = _sound(aug) if aug is not None else real and ORIGIN not in fields
            if sound and plain and flat and single and type(text) is str:
                yield Record(line, fields, text, label, schema, (name, number))
            else:
                yield self._parse(line, fields, name, number)
        self.counts[name] = number - others

    def _parse(self, line: bytes, fields: Any, name: str, number: int) -> Outcome:
        """Check a parsed line and make a record of it."""
        if type(fields) is not dict:
            found = _KINDS.get(type(fields), "another value")
            return self.fault(
                line, name, number, "not_an_object", f"expected a JSON object, found {found}"
            )
        schema = self.schema
        odd = _without_text(fields, schema)
        if odd is not None:
            return self.fault(line, name, number, *_text_fault(fields, odd))
        bad = self._bad_name(line, fields)
        if bad:
            return self.fault(line, name, number, *bad)
        label = label_of(line, fields, schema)
        if label is not None:
            self.labels.note(field_paths.get(fields, schema.label), label)
        try:
            aug = aug_of(fields)
        except (TypeError, ValueError) as error:
            said = f"the columns of provenance ({ORIGIN} …) can't be read: {error}"
            return self.fault(line, name, number, "bad_provenance", said)
        if wrong := aug is not None and _provenance_fault(aug):
            return self.fault(line, name, number, "bad_provenance", wrong)
        if aug is None and self.origin == "synthetic":
            keys = keys_like(fields, foreign_provenance(line))
            plain = AUG not in fields and ORIGIN not in fields
            line = _with_key(line, AUG, keys[AUG]) if plain else edited(line, keys)
            fields = {**fields, **keys}
        return Record(line, fields, schema.text_of(fields), label, schema, (name, number))

    def _bad_name(self, line: bytes, fields: Mapping[str, Any]) -> tuple[str, str] | None:
        """Note an id that was not noted yet; say what of a row can't be taken as a name."""
        schema = self.schema
        try:
            own = None
            if schema.id not in fields or type(fields[schema.id]) in _COMPOSED:
                own = own_id(fields, schema, line)
            if own is not None:
                self.ids.hashes.append(hash(own))
        except orjson.JSONEncodeError:
            return "bad_id", _deep(schema.id, "--id-field")
        try:
            label_of(line, fields, schema)
        except orjson.JSONEncodeError:
            return "bad_label", _deep(schema.label, "--label-field")
        label = field_paths.get(fields, schema.label)
        if isinstance(label, str) and is_list_as_text(label):
            return "bad_label", _LIST_AS_TEXT.format(schema.label)
        return None

    def fault(self, line: bytes, name: str, number: int, reason: str, message: str) -> Reject:
        """Raise at a bad row, or turn it into a reject that keeps its bytes.

        Raises:
            InputError: ``on_error`` is ``fail``.
        """
        if self.on_error == "fail":
            raise InputError(
                f"{name}:{number}: {message} (--on-error skip sets such rows aside and goes on)"
            )
        return Reject("read", reason, None, {"message": message}, line, (name, number))


_KINDS: dict[type, str] = {
    list: "an array", str: "a string", int: "a number", float: "a number",
    bool: "true or false", type(None): "null", dict: "an object",
}  # fmt: skip


_COMPOSED = (list, dict)
_MADE = re.compile(r"(?=.*[a-f])(?=.*\d)[0-9a-f]{16}")
"""An id of :func:`~dataaug.rows.seeds.fingerprint`; one of digits alone is somebody else's."""


_LIST_AS_TEXT = (
    "field {0!r} holds a list of labels as a text; a list of JSON is wanted. In a cell of CSV, "
    "--types {0}=json reads one that is JSON; pandas keeps lists by to_parquet or to_json"
)


def _deep(name: str, option: str) -> str:
    return f"field {name!r} is nested too deep to be a name; name another one by {option}"


def _without_text(fields: Mapping[str, Any], schema: Schema) -> str | None:
    """Return the text field that holds no string; further ones may be missing or null."""
    if type(field_paths.get(fields, schema.text)) is not str:
        return schema.text
    further = ((name, field_paths.get(fields, name)) for name in schema.further_texts)
    return next((name for name, value in further if not isinstance(value, str | None)), None)


def _text_fault(fields: Mapping[str, Any], name: str) -> tuple[str, str]:
    place = field_paths.place_of(fields, name)
    if place is None:
        there, advice = field_paths.listed_names(fields), field_paths.naming_advice(fields, name)
        return "missing_text", f"no field {name!r} (fields here: {there}); {advice}"
    value = field_paths.value_at(fields, place)
    found = _KINDS.get(type(value), "another value")
    advice = field_paths.shape_advice(fields) if type(value) in _COMPOSED else ""
    said = f"field {name!r} should be a string, found {found}"
    return "bad_text", f"{said}; {advice}" if advice else said


def _sound(aug: Any) -> bool:
    """Is a row's provenance whole? It is asked of every synthetic row."""
    if type(aug) is not dict:
        return False
    get = aug.get
    return (
        type(get("id")) is str
        and get("origin") == SYNTHETIC
        and type(get("parent")) in _NAME
        and type(get("root")) in _NAME
        and type(get("method")) in _NAME
        and SOFT not in aug
    )


_NAME = (str, type(None))


def _provenance_fault(aug: Any) -> str | None:
    if type(aug) is not dict:
        found = _KINDS.get(type(aug))
        hint = f"; where it is JSON in a cell, --types {AUG}=json reads it" * (found == "a string")
        return f"the reserved key {AUG!r} should be an object, found {found}{hint}"
    get = aug.get
    if type(get("id")) is not str or get("origin") not in ORIGINS:
        return f"{AUG!r} should hold a string 'id' and 'origin': 'synthetic'"
    for key in ("parent", "root", "method"):
        found = get(key)
        if found is not None and type(found) is not str:
            return f"{AUG!r} should hold a string or null as {key!r}"
    if get(SOFT) is not None and not _are_weights(get(SOFT)):
        return f"{AUG!r} should hold numbers above 0, at most 1, by label as {SOFT!r}"
    return None


def _are_weights(soft: Any) -> bool:
    return type(soft) is dict and bool(soft) and all(
        type(weight) in {int, float} and 0 < weight <= 1 for weight in soft.values()
    )  # fmt: skip


def _skip_line(stream: "IO[bytes] | FilePart") -> None:
    """Read on to the end of a line that is over the limit, without keeping it."""
    while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
        pass


def foreign_provenance(line: bytes) -> dict[str, Any]:
    """Return the provenance of a row that another tool made and that says nothing of itself."""
    name = fingerprint_bytes(line)
    return {"id": name, "origin": "synthetic", "parent": None, "root": None, "method": "foreign"}


def reject_line(reject: Reject) -> bytes:
    """Serialise a reject: the row as it came, with ``_reject`` added to it.

    A line that is not valid UTF-8 is kept as Base64.
    """
    note: dict[str, Any] = {"stage": reject.stage, "reason": reject.reason,
        "detail": dict(reject.detail)}  # fmt: skip
    record = reject.record
    if record is None:
        note["file"], note["line"] = reject.where
        raw = reject.raw or b""
        return orjson.dumps({**_raw_field(raw), REJECT: note})
    if REJECT in record.fields:  # the row has been rejected before: the last reason counts
        return edited(record.line, {REJECT: note})
    return _with_key(record.line, REJECT, note)


def _with_key(line: bytes, key: str, value: Mapping[str, Any]) -> bytes:
    """Add a key behind the others of a row and leave its other bytes as they are."""
    body = line.rstrip()[:-1].rstrip()
    comma = b"" if body.endswith(b"{") else b","
    return b'%b%b"%b":%b}' % (body, comma, key.encode(), orjson.dumps(value))


def _raw_field(raw: bytes) -> dict[str, str]:
    try:
        return {"raw": raw.decode("utf-8")}
    except UnicodeDecodeError:
        import base64  # noqa: PLC0415 - only for damaged input

        return {"raw_base64": base64.b64encode(raw).decode("ascii")}


def read(
    *paths: str,
    schema: Schema | None = None,
    on_error: OnError = "fail",
    origin: Origin = "auto",
) -> Iterator[Outcome]:
    """Read rows of JSONL files (``.gz`` and ``.zst`` too); ``-`` or no path is stdin.

    Raises:
        InputError: a row can't be used and ``on_error`` is ``fail``; the message has file and line.
    """
    yield from Source(paths or ("-",), schema or Schema(), on_error, origin)


def write(outcomes: Iterable[Outcome], rows: IO[bytes], rejects: IO[bytes] | None = None) -> None:
    """Write records to one stream and rejects, if wanted, to another, a line each."""
    put = rows.write
    for outcome in outcomes:
        if isinstance(outcome, Record):
            put(outcome.line + b"\n")
        elif rejects is not None:
            rejects.write(reject_line(outcome) + b"\n")


def record_lines(records: Sequence[Record]) -> list[bytes]:
    """Return the records' lines, as they would be written."""
    return [record.line for record in records]
