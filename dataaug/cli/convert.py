"""The convert command."""

from typing import Annotated

from dataaug.cli.declared import FreeText, Opt
from dataaug.cli.options import with_run
from dataaug.cli.run import Run
from dataaug.errors import UsageError
from dataaug.rows.chats import ChatOrNone
from dataaug.rows.formats import FileForm, format_names
from dataaug.rows.provenance import ProvenanceForm
from dataaug.text.printable import safe

_OF_CHATS = ("--chat", "--from-chat")


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
    rename: Annotated[
        bool, Opt("Call fields text, label and id, as --text-field and its like name them.")
    ] = False,
) -> None:
    r"""Write rows as another format: tables, folders of datasets, chats; and read them back.

    Rows stay in their order, and nothing of them is lost; --chat openai, whose files take no other
    fields, names those that it leaves out.

    Examples:
        dataaug convert mixed.jsonl -o mixed.parquet
        dataaug convert tickets.csv --text-field Message --label-field Topic \
            --rename -o data.jsonl
        dataaug convert mixed.jsonl --chat openai -o chat.jsonl
    """
    from dataaug.api.convert import convert

    run.uses(*(_OF_CHATS if chat or from_chat else ()))
    if to and to not in format_names():
        raise UsageError(f"--to {safe(to)!r}: choose from {', '.join(format_names())}")
    form = FileForm(to).of(run.output)
    made = convert(
        run.input(),
        provenance=provenance,
        chat=chat,
        from_chat=from_chat,
        answer=answer,
        rename=rename,
        stream=True,
    )
    run.write_as(made.stream(), form)
