"""A JSON array of objects, however it is laid out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, BinaryIO

import orjson

from dataaug.errors import InputError
from dataaug.rows.formats import FileRow, RowFormat
from dataaug.rows.json_errors import explain

_CHUNK = 1 << 20
_LONGEST = 1 << 28
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_BLANKS = re.compile(rb'("(?:[^"\\]|\\.)*")|\s+', re.DOTALL)


class _Json:
    def rows(self, stream: BinaryIO, name: str, _types: Mapping[str, str], /) -> Iterator[FileRow]:
        """Yield the objects, without the blanks between their parts and with all else as it is."""
        for number, element in enumerate(_elements(stream, name), 1):
            try:
                orjson.loads(element)
            except orjson.JSONDecodeError as error:
                yield FileRow(number, element, explain(element, error, _LONGEST))
            else:
                yield FileRow(number, _BLANKS.sub(rb"\1", element))

    def write(self, lines: Iterable[bytes], stream: IO[bytes], /) -> str:
        """Write an array, a row on each line."""
        before = b"[\n"
        for line in lines:
            stream.write(before + line)
            before = b",\n"
        stream.write(b"\n]\n" if before == b",\n" else b"[]\n")
        return ""


def _elements(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield what stands between the commas of an array."""
    held = stream.read(_CHUNK).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not held:
        return
    if not held.startswith(b"["):
        raise InputError(f"{name}: expected a JSON array, which begins with [")
    start, place, depth = 1, 1, 0
    while True:
        cuts, place, depth = _cuts(held, place, depth)
        for cut in cuts:
            if element := held[start:cut].strip():
                yield element
            start = cut + 1
        if depth < 0:
            _demand_end(stream, held[place:], name)
            return
        more = stream.read(max(_CHUNK, len(held) - start))
        if not more or len(held) - start > _LONGEST:
            raise InputError(f"{name}: the array has no end (cut off, or a quote is not closed)")
        held, start, place = held[start:] + more, 0, place - start


def _cuts(held: bytes, place: int, depth: int) -> tuple[list[int], int, int]:
    """Return where elements end, how far was read, and how many brackets are open there.

    Args:
        held: bytes of the array.
        place: where to go on.
        depth: the brackets that are open there, without the array's own; -1 is behind its end.
    """
    cuts = []
    for token in _TOKEN.finditer(held, place):
        if b'"' in held[place : token.start()]:
            break  # of a string whose end is not here yet
        sign, place = held[token.start() : token.start() + 1], token.end()
        depth += (sign in b"[{") - (sign in b"]}")
        if depth < 0 or (depth == 0 and sign == b","):
            cuts.append(token.start())
        if depth < 0:
            break
    return cuts, place, depth


def _demand_end(stream: BinaryIO, rest: bytes, name: str) -> None:
    while rest:
        if found := rest.strip():
            shown = found[:40].decode(errors="replace")
            raise InputError(f"{name}: something stands behind the end of the array: {shown!r}")
        rest = stream.read(_CHUNK)


def load() -> RowFormat:
    """Build the format. It has no options."""
    return _Json()
