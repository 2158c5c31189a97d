"""The options that every verb spells the same: rows in, rows out, and what is said of the run."""

from dataclasses import dataclass
from typing import Annotated, Literal

from dataaug.cli.declared import Arg, FreeText, FreeTexts, Opt, OptionGroup, Way
from dataaug.rows.formats import FileForm, parse_types
from dataaug.rows.jsonl import OnError, Origin
from dataaug.rows.offsets import Offsets
from dataaug.rows.record import Schema
from dataaug.rows.span_shapes import SpansFormat

_FIELDS = Schema()
OnShort = Literal["fail", "keep"]


@dataclass(frozen=True, slots=True)
class RowOptions(OptionGroup):
    """Where rows come from, how they are read, and where they and what is said of them go."""

    TITLE = "Rows in and out"

    inputs: Annotated[
        list[str] | None,
        Way.ROWS,
        Arg("Files: .jsonl .csv .tsv .json .parquet .arrow; none or - is stdin."),
    ] = None
    output: Annotated[
        str, Way.OUTPUT, Opt("File to write; it appears only when it is whole.", "-o")
    ] = "-"
    from_: Annotated[
        FreeText, Opt("Format of the input, of a pipe above all. Default: by the name's ending.")
    ] = ""
    encoding: Annotated[FreeText, Opt("Of text files, as latin-1 or utf-16.")] = ""
    types: Annotated[
        FreeText, Opt("Cells of CSV that are no text: COLUMN=number|bool|json, with commas.")
    ] = ""
    rejects: Annotated[str, Way.WRITTEN, Opt("File for rejected rows with reasons.")] = ""
    report: Annotated[str, Way.WRITTEN, Opt("File for the counts of the run, as JSON.")] = ""
    seed: Annotated[int | None, Opt("Equal seeds give equal rows. Default: 0.")] = None
    text_field: Annotated[
        FreeTexts,
        Opt(
            "Field with the text, a key or a path as data.text, messages[user].content; several "
            f"make it up together. Default: {_FIELDS.text}."
        ),
    ] = None
    label_field: Annotated[FreeText, Opt("Field with the label, a key or a path.")] = _FIELDS.label
    id_field: Annotated[FreeText, Opt("Field with the row's id, a key or a path.")] = _FIELDS.id
    spans_field: Annotated[FreeText, Opt("Field with character spans.")] = _FIELDS.spans
    spans_format: Annotated[
        SpansFormat, Opt("objects, doccano, spacy, prodigy, squad, bio; auto takes what is sure.")
    ] = _FIELDS.spans_format
    offsets: Annotated[Offsets, Opt("What spans count: characters, utf16 or bytes.")] = (
        _FIELDS.offsets
    )
    keep_field: Annotated[
        FreeTexts, Opt("Field that depends on the text and is kept as it is; repeatable.")
    ] = None
    origin: Annotated[Origin, Opt("auto, or synthetic for rows that another tool made.")] = "auto"
    on_error: Annotated[OnError, Opt("fail at a bad row, or skip it and go on.")] = "fail"
    on_short: Annotated[
        OnShort, Opt("Fewer rows than asked for: fail writes FILE.short, keep FILE. Exit 5.")
    ] = "fail"
    allow_empty: Annotated[bool, Opt("No rows, in or out, are a success: exit 0.")] = False
    quiet: Annotated[bool, Opt("Say nothing but errors.", "-q")] = False
    progress: Annotated[
        bool | None,
        Opt("Default: on a terminal; elsewhere a line every 30 s.", "--progress/--no-progress"),
    ] = None

    @property
    def reading(self) -> FileForm:
        """The format and the encoding of files."""
        return FileForm(self.from_, self.encoding, parse_types(self.types))

    @property
    def schema(self) -> Schema:
        """The names of the rows' fields."""
        text, *further = self.text_field or [_FIELDS.text]
        return Schema(
            text, self.label_field, self.id_field, self.spans_field,
            self.spans_format, self.offsets, tuple(self.keep_field or ()), tuple(further),
        )  # fmt: skip
