"""What people have, taken as rows: files, dicts, strings, records, frames, results of verbs."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any, TypeAlias, TypedDict, Unpack, get_args

import orjson

from dataaug import __version__, plugins
from dataaug.api import arguments, fields
from dataaug.api.keywords import in_python
from dataaug.errors import UsageError
from dataaug.rows.atomic import AtomicFile
from dataaug.rows.chats import ChatOrNone
from dataaug.rows.formats import JSONL, FileForm, FileRow, parse_types
from dataaug.rows.jsonl import Ids, LabelNotes, OnError, Origin, Source
from dataaug.rows.offsets import Offsets
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Outcome, Record, Reject, Schema
from dataaug.rows.report import Report
from dataaug.rows.span_shapes import SpansFormat
from dataaug.rows.taken import Taken

RowsLike: TypeAlias = Any
"""What is taken for rows.

* The path of a file (.jsonl, .csv, .tsv, .json, .parquet, .arrow; ``.gz`` and ``.zst`` too) or of
  a folder that ``datasets`` saved, or a list of :class:`pathlib.Path`.
* An iterable of dicts, of strings (each the text of a row) or of :class:`~dataaug.Record`. A
  ``Dataset`` of the package datasets is one, and what :func:`~dataaug.read` yields.
* A pandas or polars frame; a missing value is a field that the row lacks.
* A result of another verb.

Dates and times become ISO 8601 texts, values of numpy become numbers and lists, NaN becomes null.
"""


class ReadingKeywords(TypedDict, total=False):
    """How rows are read: the keywords that every verb takes.

    Attributes:
        text_field: the field with the text. Default: ``text``. It is a key, or a path as
            ``data.text`` or ``messages[user].content``; several make up a text together:
            ``["instruction", "input", "output"]``.
        label_field: the field with the label, a key or a path. Default: ``label``.
        id_field: the field with the row's id, a key or a path. Default: ``id``.
        spans_field: the field with character spans. Default: ``spans``.
        spans_format: the shape of spans, tokens and tags, as ``spacy``. Default: ``auto``, those
            that are sure.
        offsets: what spans count: ``characters`` (the default), ``utf16`` or ``bytes``.
        keep_field: fields that a child takes over as they are, though they may depend on the text.
        from_: the format of the rows' files: ``csv``, ``json``, ``jsonl`` … Default: by the ending.
        encoding: of text files, as ``latin-1``. Default: UTF-8.
        types: cells of CSV that are no text, as ``id=number,tags=json``.
        on_error: ``fail`` raises at the first bad row, ``skip`` sets it aside as a reject.
        origin: ``auto`` takes rows without ``_aug`` as real, ``synthetic`` marks them as synthetic.
            Records say themselves what they are.
        report: counts the run; a new one by default.
        notify: is told of the progress of slow steps.
    """

    text_field: str | Iterable[str]
    label_field: str
    id_field: str
    spans_field: str
    spans_format: SpansFormat
    offsets: Offsets
    keep_field: str | Iterable[str]
    from_: str
    encoding: str
    types: str
    on_error: OnError
    origin: Origin
    report: Report
    notify: Notify


def unnoted(_record: Record) -> None:
    """Take note of nothing."""


class Input:
    """The rows of a run and what is noted about it; a verb makes one of what it is given.

    Args:
        verb: the name of the verb, for the report.
        rows: what is taken for rows.
        reading: how.

    Attributes:
        schema: which fields text, label, id and spans are.
        report: what the run counts.
        notify: is told of the progress of slow steps.
        aside: rows that could not be read.
        skips: are bad rows set aside, and the others used?
        tells_ids: is it worth a warning that rows share an id?
        counts: does a result count what the verb yields? Who writes rows as they come does it.
    """

    tells_ids = True
    counts = True

    def __init__(self, verb: str, rows: RowsLike, **reading: Unpack[ReadingKeywords]) -> None:
        self._rows = rows
        self._names_text = "text_field" in reading
        text, *further = arguments.as_strings("text_field", reading.get("text_field")) or ("text",)
        self.schema = Schema(
            text,
            reading.get("label_field", "label"),
            reading.get("id_field", "id"),
            reading.get("spans_field", "spans"),
            _choice("spans_format", reading, get_args(SpansFormat)),
            _choice("offsets", reading, get_args(Offsets)),
            arguments.as_strings("keep_field", reading.get("keep_field", ())),
            tuple(further),
        )
        self._reading = FileForm(
            reading.get("from_", ""),
            reading.get("encoding", ""),
            parse_types(reading.get("types", "")),
        )
        self._on_error: OnError = _choice("on_error", reading, ("fail", "skip"))
        self.skips = self._on_error == "skip"
        self._origin: Origin = _choice("origin", reading, ("auto", "synthetic"))
        self._ids, self._labels = Ids(), LabelNotes()
        self.report = reading.get("report") or Report(verb, {"version": __version__})
        self.report.wording = in_python
        self.notify = reading.get("notify", silent)
        self.aside: list[Reject] = []

    @property
    def paths(self) -> tuple[str, ...]:
        """The files of the rows; none where they are given otherwise."""
        return self.paths_beside(self._rows)

    def paths_beside(self, rows: RowsLike) -> tuple[str, ...]:
        """Return the files of other rows; none where they are given otherwise."""
        return _paths(rows)

    def records(self, *further: tuple[RowsLike, Origin]) -> Iterator[Record]:
        """Yield the rows; those that can't be read are counted and set aside.

        Args:
            further: more rows that are passed on, and how to take them; None is no rows.

        Raises:
            InputError: a row can't be used and ``on_error`` is ``fail``.
        """
        for rows, origin in ((self._rows, self._origin), *further):
            if rows is not None:
                outcomes = self._outcomes(rows, "rows", origin)
                yield from self.report.reading(outcomes, self.aside.append)
        told = self._ids.warnings() if self.tells_ids else ()
        for said in (*told, *self._labels.warnings()):
            self.report.warn(said)

    def named(self) -> dict[str, Iterator[Record]]:
        """Return several sets of rows by name, where they were given so; else ``candidate`` is all.

        Each is counted as it is read.
        """
        sets = self._rows if isinstance(self._rows, Mapping) else {"candidate": self._rows}
        return {
            str(name): self.report.reading(
                self._outcomes(rows, str(name), self._origin), self.aside.append
            )
            for name, rows in sets.items()
        }

    def ahead(
        self, *, stream: bool = False, note: Callable[[Record], None] = unnoted
    ) -> tuple[Iterator[Record], Taken | None]:
        """Return the rows, and the ids and texts that are there in all of them.

        Args:
            stream: rows may be endless: what is there is not known, and None.
            note: is shown each row of the whole input before this returns, unless they may be
                endless.
        """
        if stream:
            return self.records(), None
        there, held = Taken(), list(self.records())
        for record in held:
            there.note(record)
            note(record)
        return iter(held), there

    def beside(self, rows: RowsLike, name: str, origin: Origin = "auto") -> Iterator[Record]:
        """Yield rows that are looked at but not passed on; None is no rows.

        Args:
            rows: what is taken for rows.
            name: how messages call them, as ``against``.
            origin: how they are taken.
        """
        lost = 0
        for outcome in () if rows is None else self._outcomes(rows, name, origin):
            if isinstance(outcome, Record):
                yield outcome
            else:
                lost += 1
        if lost:
            self.report.warn(f"{name}: {lost:,} rows can't be read and were left out")

    def put_beside(self, _name: str, path: str, content: bytes) -> None:
        """Write a file that is no row of the run.

        Raises:
            MissingError: it can't be written.
        """
        file = AtomicFile(path)
        try:
            file.write(content)
            file.commit()
        finally:
            file.discard()  # does nothing to a file that has its name

    def evaluation(self, rows: RowsLike, name: str = "against") -> tuple[Record, ...]:
        """Return evaluation rows; None is no rows.

        Raises:
            GuardError: a row is synthetic.
        """
        if rows is None:
            return ()
        from dataaug import leakage  # noqa: PLC0415 - numpy, for those who need it

        found = tuple(self.beside(rows, name))
        leakage.refuse_synthetic(found, "the evaluation set")
        return found

    def _outcomes(self, rows: RowsLike, name: str, origin: Origin) -> Iterator[Outcome]:
        paths = _paths(rows)
        form = self._reading if name == "rows" else replace(self._reading, form="")
        source = Source(
            paths, self.schema, self._on_error, origin, self._ids, self._labels, reading=form,
            counts=self.report.inputs,
        )  # fmt: skip
        if paths:
            yield from source
            return
        number = 0
        for number, value in enumerate(_values(rows, name), 1):
            if isinstance(value, Record) and self._reads_otherwise(value):
                yield from source.row(FileRow(number, value.line), name)
            elif isinstance(value, Record) or (isinstance(value, Reject) and value.stage == "read"):
                yield value
            elif not isinstance(value, Reject):  # another verb's are in its report
                yield self._outcome(source, value, name, number)
        self.report.inputs[name] = number

    def _reads_otherwise(self, record: Record) -> bool:
        """Is the text of a record made up by other fields than are named here? Is it a chat?"""
        if self._reading.chat or record.schema.further_texts != self.schema.further_texts:
            return True
        return self._names_text and record.schema.text != self.schema.text

    def read_chats(self, chat: ChatOrNone, answer: str) -> None:
        """Take the rows as chats of a shape, whose answer becomes a field; empty: they are none."""
        self._reading = replace(self._reading, chat=chat, answer=answer)

    def _outcome(self, source: Source, value: Any, name: str, number: int) -> Outcome:
        try:
            line = _line(value, self.schema.text)
        except (TypeError, ValueError) as error:
            shown = repr(value).encode(errors="replace")
            said = f"no JSON can be made of it: {error}"
            return source.fault(shown, name, number, "bad_json", said)
        (outcome,) = source.row(FileRow(number, line), name)
        return outcome


def of(verb: str, rows: RowsLike, reading: ReadingKeywords) -> Input:
    """Return the input that a verb reads: one that is given as it is, or one made of rows.

    Raises:
        TypeError: there is no such keyword.
        UsageError: several text fields are named, and the verb works on one field.
    """
    for name in reading:
        if name not in ReadingKeywords.__annotations__:
            raise TypeError(f"{verb}() got an unexpected keyword argument {name!r}")
    given = rows if isinstance(rows, Input) else Input(verb, rows, **reading)
    if verb in fields.WRITES_ROWS:
        fields.refuse_what_no_new_row_has(given.schema, verb)
    return given


def _choice(name: str, reading: Mapping[str, Any], known: tuple[str, ...]) -> Any:
    given = reading.get(name, known[0])
    if given not in known:
        raise UsageError(f"{name}={given!r}: choose from {', '.join(known)}")
    return given


def _paths(rows: RowsLike) -> tuple[str, ...]:
    """Return the files that are meant, nothing where rows themselves are given."""
    if isinstance(rows, str | os.PathLike):
        return (os.fspath(rows),)
    if not isinstance(rows, list | tuple):
        return ()
    if rows and all(isinstance(each, os.PathLike) for each in rows):
        return tuple(map(os.fspath, rows))
    if rows and all(isinstance(each, str) and _names_a_file(each) for each in rows):
        raise UsageError(f"{rows[0]!r}: a list of strings is a list of texts; for files, give "
                         "pathlib.Path objects")  # fmt: skip
    return ()


def _names_a_file(text: str) -> bool:
    ending = PurePath(text.removesuffix(".gz").removesuffix(".zst")).suffix
    return bool(ending) and ending[1:] in {JSONL, *plugins.names("formats")}


def _values(rows: RowsLike, name: str) -> Iterable[Any]:
    """Return an iterable of rows: dicts, strings or records.

    Raises:
        UsageError: it can't be taken for rows.
    """
    if hasattr(rows, "lazy") and hasattr(rows, "collect"):  # a query of polars
        rows = rows.collect()
    if hasattr(rows, "iter_rows"):  # polars
        return map(_there, rows.iter_rows(named=True))
    if hasattr(rows, "itertuples"):  # pandas
        return _of_pandas(rows)
    if isinstance(rows, Mapping) or not isinstance(rows, Iterable):
        raise UsageError(
            f"{name}: expected the path of a file of rows, an iterable of dicts, strings or "
            f"records, a frame or a result, found {type(rows).__name__}"
        )
    return rows


def _line(value: Any, text_field: str) -> bytes:
    """Return a row as JSON.

    Raises:
        TypeError: it has a value that JSON has no form for.
        ValueError: it holds itself.
    """
    if isinstance(value, str):
        value = {text_field: value}
    try:
        return orjson.dumps(value, _plain, orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError as error:
        if "64-bit" not in str(error):
            raise
        return json.dumps(value, default=_plain, allow_nan=False).encode()


def _plain(value: Any) -> Any:
    """Return a value that JSON has no form for as one that it has.

    Raises:
        TypeError: nothing is known that says the same.
    """
    if hasattr(value, "isoformat"):  # a timestamp of pandas
        return value.isoformat()
    if hasattr(value, "tolist"):  # an array of objects, a number of numpy
        return value.tolist()
    raise TypeError(f"a value is of the type {type(value).__name__}")


def _there(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without the fields that have no value."""
    return {key: value for key, value in row.items() if value is not None}


def _of_pandas(frame: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a pandas frame; a missing value is a field that the row lacks."""
    columns = list(map(str, frame.columns))
    lacking = frame.isna().itertuples(index=False, name=None)
    values = frame.astype(object).itertuples(index=False, name=None)
    for row, gaps in zip(values, lacking, strict=True):
        cells = zip(columns, row, gaps, strict=True)
        yield {key: value for key, value, gap in cells if not gap}
