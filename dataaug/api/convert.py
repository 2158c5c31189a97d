"""``convert``: rows in another format, and back."""

from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from typing import Any, Unpack, get_args

import orjson

from dataaug import plugins
from dataaug.api import arguments, inputs
from dataaug.api.inputs import ReadingKeywords, RowsLike
from dataaug.api.results import Result
from dataaug.api.wording import for_python
from dataaug.errors import UsageError
from dataaug.plugins import Spec
from dataaug.rows.atomic import AtomicFile
from dataaug.rows.chats import OPENAI_FIELDS, ChatOrNone, to_chat
from dataaug.rows.formats import DATASETS, JSONL, FileForm
from dataaug.rows.provenance import ProvenanceForm, rewritten
from dataaug.rows.record import Outcome, Record, Reject
from dataaug.rows.renaming import Renaming
from dataaug.rows.report import Report
from dataaug.text.printable import safe


class Converted(Result[Any]):
    """Rows as they are to stand in a file."""

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dicts, as they stand in a file."""
        return [orjson.loads(record.line) for record in self.rows]

    def write_as(
        self,
        path: str | PathLike[str],
        to: str = "",
        rejects: str | PathLike[str] | None = None,
    ) -> str:
        """Write the rows in a format; the file, or the folder, appears when it is whole.

        Args:
            path: the file, or a folder that is not there yet.
            to: ``arrow``, ``csv``, ``json``, ``jsonl``, ``parquet``, or ``datasets``, a folder.
                Default: by the ending of the path.
            rejects: the file of the rejects, as JSON lines; none by default, and of a folder.

        Returns:
            What is to be said of reading it back, as the types of a CSV's columns; mostly nothing.

        Raises:
            UsageError: there is no such format, or it is read only.
            MissingError: a package is missing, or a file can't be written.
        """
        name = fspath(path)
        form = FileForm(to).of(name)
        if form == JSONL:
            self.write(path, rejects)
            return ""
        writer: Any = plugins.load("formats", Spec(form))
        if form == DATASETS:
            writer.save((record.line for record in self.rows), name)
            return ""
        if not hasattr(writer, "write"):
            raise UsageError(f"to={form!r}: is read only")
        told = []

        def put(file: AtomicFile, lines: Iterator[bytes]) -> None:
            told.append(writer.write(lines, file.stream))

        self._write(path, rejects, put)
        return "".join(told)


@for_python
def convert(
    rows: RowsLike,
    *,
    provenance: ProvenanceForm = "nested",
    chat: ChatOrNone = "",
    from_chat: ChatOrNone = "",
    answer: str = "",
    rename: bool = False,
    stream: bool = False,
    **reading: Unpack[ReadingKeywords],
) -> Converted:
    """Turn rows into tables, folders of datasets or chats, and back; nothing is lost on the way.

    ``convert(rows).write_as("rows.parquet")`` writes them. The one shape that has no place for all
    fields is ``chat="openai"``: a warning of the report names those that it leaves out.

    Args:
        rows: rows of any kind, in their order.
        provenance: ``nested`` under ``_aug`` in synthetic rows; ``flat``: plain columns, of one
            type each, in every row, for tools with columns; ``none``.
        chat: make chats of the rows: ``openai``, ``trl`` (``messages``) or ``alpaca``.
        from_chat: make rows of chats; the same names.
        answer: the field that is the answer of a chat. Default: that of the label.
        rename: call the fields that ``text_field``, ``label_field``, ``id_field`` and
            ``spans_field`` name ``text``, ``label``, ``id`` and ``spans``, as every verb reads
            them by itself.
        stream: make rows as they are read, see :meth:`Result.stream`.
        reading: how rows are read, see :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: an option has a value that is none, or there is nothing to rename.
        InputError: a row is no chat of the shape, or has a further field of a usual name.
    """
    arguments.chosen("--provenance", provenance, get_args(ProvenanceForm))
    for name, value in (("--chat", chat), ("--from-chat", from_chat)):
        arguments.chosen(name, value, get_args(ChatOrNone))
    given = inputs.of("convert", rows, reading)
    renaming = Renaming(given.schema) if rename else None
    schema = renaming.schema if renaming else given.schema
    told = answer or schema.label
    given.read_chats(from_chat, told)
    records = map(renaming, given.records()) if renaming else given.records()
    made = _converted(records, provenance, chat, told)
    if chat == "openai":
        placed = OPENAI_FIELDS | {*schema.texts, told}
        made = _naming_lost(made, placed, given.report)
    return Converted(made, given, stream=stream)


def _converted(
    records: Iterator[Record], provenance: ProvenanceForm, chat: ChatOrNone, answer: str
) -> Iterator[Outcome]:
    for record in records:
        line = rewritten(record.line, record.fields, provenance)
        other = record if line == record.line else _with(record, line, orjson.loads(line))
        made = to_chat(other, chat, answer) if chat else line
        if isinstance(made, Reject):
            yield made
        elif chat or provenance == "none":  # it counts as what it was
            yield _with(record, made, record.fields)
        else:
            yield other


def _naming_lost(
    outcomes: Iterator[Outcome], placed: frozenset[str], report: Report
) -> Iterator[Outcome]:
    """Yield outcomes, and warn at the end of the fields that no chat has a place for."""
    lost: set[str] = set()
    for outcome in outcomes:
        if isinstance(outcome, Record):
            lost |= outcome.fields.keys() - placed
        yield outcome
    if lost:
        named = ", ".join(sorted(map(safe, lost)))
        report.warn(f"--chat openai has no place for {named}; --chat trl keeps other fields")


def _with(record: Record, line: bytes, fields: Mapping[str, Any]) -> Record:
    return Record(line, fields, record.text, record.label, record.schema, record.where)
