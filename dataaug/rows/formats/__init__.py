"""Row files of other formats: each row becomes one line of JSON, and keeps those bytes from there.

A format's name is the ending of its files; ``datasets`` is a folder. JSON lines are no format of
this folder: :mod:`dataaug.rows.jsonl` reads them as they are.
"""

import codecs
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple, Protocol

import orjson

from dataaug import plugins
from dataaug.errors import UsageError
from dataaug.rows.chats import ChatOrNone

JSONL = "jsonl"
"""The name of the format that needs no reader."""

DATASETS = "datasets"
"""The name of the format that is a folder."""

BINARY = frozenset({"parquet", "arrow"})
"""Formats that are no text, and have no encoding."""

_PACKED = {".gz", ".zst"}
Wrong = tuple[str, str]
"""A word of :mod:`dataaug.rows.reasons`, and what is to be said of it."""


class FileRow(NamedTuple):
    """A row of a file as a line of JSON.

    Attributes:
        number: the line of the file where it begins, or the number of the row, from 1.
        line: the JSON; the bytes of the file where something is wrong.
        wrong: what is wrong with the row, None where nothing is.
    """

    number: int
    line: bytes
    wrong: Wrong | None = None


@dataclass(frozen=True, slots=True)
class FileForm:
    """How files that are not JSON lines are to be read.

    Attributes:
        form: the format, by name; empty: by the ending of each file's name.
        encoding: of text files, a name that Python knows; empty: UTF-8.
        types: column to ``number``, ``bool`` or ``json``, of formats whose cells are text.
        chat: the shape of rows that are chats; empty: they are rows.
        answer: the field that the answer of a chat becomes.
    """

    form: str = ""
    encoding: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    chat: ChatOrNone = ""
    answer: str = "label"

    def __post_init__(self) -> None:
        if self.form and self.form not in format_names():
            raise UsageError(f"--from {self.form!r}: choose from {', '.join(format_names())}")
        _demand_encoding(self.encoding)

    def of(self, path: str) -> str:
        """Return the name of a file's format."""
        if self.form:
            return self.form
        if os.path.isdir(path):  # noqa: PTH112 - of a name that is too long, Path.is_dir raises
            return DATASETS
        endings = [part[1:].lower() for part in Path(path).suffixes if part not in _PACKED]
        name = endings[-1] if endings else JSONL
        return name if name != JSONL and name in _by_ending() else JSONL


def format_names() -> list[str]:
    """Return the names of all formats, JSON lines among them."""
    return sorted({JSONL, *plugins.names("formats")})


def _by_ending() -> set[str]:
    return set(plugins.names("formats")) - {DATASETS}


def parse_types(given: str) -> dict[str, str]:
    """Return column to type of ``id=number,flags=json``.

    Raises:
        UsageError: it is not of that form.
    """
    pairs = [part.strip().rpartition("=") for part in given.split(",") if part.strip()]
    if all(name and kind in TYPES for name, _, kind in pairs):
        return {name: kind for name, _, kind in pairs}
    raise UsageError(f"--types {given!r}: expected COLUMN=TYPE,… with {', '.join(TYPES)}")


TYPES = ("number", "bool", "json")
"""What a cell may be besides text."""


def _demand_encoding(name: str) -> None:
    try:
        known = not name or codecs.lookup(name)._is_text_encoding
    except LookupError:
        known = False
    if not known:
        raise UsageError(f"--encoding {name!r}: Python knows no such encoding of texts")


class RowFormat(Protocol):
    """What reads the files of a format."""

    def rows(self, stream: BinaryIO, name: str, types: Mapping[str, str], /) -> Iterator[FileRow]:
        """Yield the rows of an open file, one after another.

        Args:
            stream: the bytes; those of text formats are UTF-8.
            name: how messages call the file.
            types: column to one of :data:`TYPES`, where cells are text.

        Raises:
            InputError: it is no such file, or is cut off.
        """


class FormatWriter(Protocol):
    """What writes files of a format."""

    def write(self, lines: Iterable[bytes], stream: IO[bytes], /) -> str:
        """Write rows, a line of JSON each, and return what is to be said of reading them back.

        Raises:
            OSError: the disk is full or failed.
        """


class Folder(Protocol):
    """What finds the files of a format that is a folder, and saves rows as one."""

    def save(self, lines: Iterable[bytes], path: str, /) -> None:
        """Save rows, a line of JSON each, as a folder that is not there yet.

        Raises:
            MissingError: that failed, or a package is missing.
        """

    def parts(self, path: str, /) -> tuple[str, list[str]]:
        """Return the format of the files that are its rows, and their paths.

        Raises:
            InputError: it is no such folder.
        """


def canonical(row: Mapping[str, Any]) -> bytes:
    """Return a row as one line of JSON, without the fields that have no value.

    Raises:
        TypeError: it has a value that JSON has no form for.
    """
    return orjson.dumps({key: value for key, value in row.items() if value is not None})
