"""The convert command."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

import orjson

from dataaug.cli.declared import FreeText, Opt
from dataaug.cli.options import with_run
from dataaug.cli.run import Run
from dataaug.errors import UsageError
from dataaug.rows.chats import MESSAGES, Chat, to_chat
from dataaug.rows.formats import FileForm, format_names
from dataaug.rows.provenance import ProvenanceForm, rewritten
from dataaug.rows.record import Outcome, Record
from dataaug.text.printable import safe

_OF_CHATS = ("--chat", "--from-chat")
ChatOrNone = Literal["openai", "trl", "alpaca", ""]


@with_run()
def convert_command(
    run: Run,
    *,
    to: Annotated[
        FreeText, Opt("Format to write. Default: by the ending of --output, else JSON lines.")
    ] = "",
    provenance: Annotated[
        ProvenanceForm, Opt("nested (_aug), flat (columns in every row, for tables) or none.")
    ] = "nested",
    chat: Annotated[ChatOrNone, Opt("Write rows as chats: openai, trl (messages) or alpaca.")] = "",
    from_chat: Annotated[ChatOrNone, Opt("Read rows that are chats: the same names.")] = "",
    answer: Annotated[
        FreeText, Opt("Field that is a chat's answer. Default: the label's.", readers=_OF_CHATS)
    ] = "",
) -> None:
    """Write rows as another format: tables, folders of datasets, chats; and read them back.

    Rows stay in their order, and all of them are there.
    """
    run.uses(*(_OF_CHATS if chat or from_chat else ()))
    if to and to not in format_names():
        raise UsageError(f"--to {safe(to)!r}: choose from {', '.join(format_names())}")
    form = FileForm(to).of(run.output)
    told = answer or run.schema.label
    run.reading = replace(run.reading, chat=from_chat, answer=told)
    lost: set[str] = set()
    records = _noted(run.input().records(), lost if chat == "openai" else set())
    run.write_as(_converted(records, provenance, chat, told), form)
    if lost := lost - {*run.schema.texts, told, MESSAGES}:
        named = ", ".join(sorted(map(safe, lost)))
        run.report.warn(f"--chat openai has no place for {named}; --chat trl keeps other fields")


def _noted(records: Iterator[Record], names: set[str]) -> Iterator[Record]:
    for record in records:
        names.update(record.fields)
        yield record


def _converted(
    records: Iterator[Record], provenance: ProvenanceForm, chat: Chat | Literal[""], answer: str
) -> Iterator[Outcome]:
    for record in records:
        line = rewritten(record.line, record.fields, provenance)
        made = to_chat(_with(record, line, orjson.loads(line)), chat, answer) if chat else line
        # The parsed view keeps its provenance, so that the row counts as what it is.
        yield _with(record, made, record.fields) if isinstance(made, bytes) else made


def _with(record: Record, line: bytes, fields: Mapping[str, Any]) -> Record:
    return Record(line, fields, record.text, record.label, record.schema, record.where)
