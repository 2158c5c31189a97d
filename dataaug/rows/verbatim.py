"""Rows as they are written: numbers keep their characters, and what is not changed its bytes."""

import json
import re
from collections.abc import Callable, Container, Iterator, Mapping
from decimal import Decimal
from typing import Any

import orjson

_RESPELT = re.compile(rb"[:\[,]\s*-?(?:\d{16,}|\d+[.eE]|(?<=-)0)")
"""A number that a JSON library may spell otherwise (1.10, 1E5, -0) or round (beyond 64 bits)."""
_ROUNDED = re.compile(rb"\d[\d.]{15}|\d[eE][-+]?\d{3}")
"""What may be a number that 64 bits round; fewer than 16 digits always come back from a float."""
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]', re.DOTALL)
_BLANKS = re.compile(rb"\s*")
_OPENS, _CLOSES = (b"{", b"["), (b"}", b"]")


def as_written(line: bytes, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row's fields so that orjson writes its numbers with the very characters they have.

    Args:
        line: the row.
        fields: the parsed row, which is returned where it has no number that could change, and
            where it is nested too deep to be written again.
    """
    return _parsed(line, fields, _spelt) if _RESPELT.search(line) else fields


def exact(line: bytes, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row's fields with the whole value of each number, however it is spelt.

    A number that 64 bits hold is the int or float that orjson reads (1.10 is 1.1); another one is a
    fragment of JSON with all its digits. So rows of equal values, and no others, are written alike.

    Args:
        line: the row.
        fields: the parsed row, which is returned where 64 bits hold all its numbers, and where it
            is nested too deep to be written again.
    """
    return _parsed(line, fields, _whole) if _ROUNDED.search(line) else fields


def _parsed(
    line: bytes, fields: Mapping[str, Any], number: Callable[[str], Any]
) -> Mapping[str, Any]:
    try:
        found: dict[str, Any] = json.loads(line, parse_int=number, parse_float=number)
    except RecursionError:
        return fields
    return found


def _spelt(spelt: str) -> Any:
    """Return a number as orjson reads it, or its characters where orjson would write others."""
    value = orjson.loads(spelt)
    return value if orjson.dumps(value) == spelt.encode() else orjson.Fragment(spelt)


def _whole(spelt: str) -> Any:
    """Return a number as orjson reads it, or all its digits where that would round it."""
    value, given = orjson.loads(spelt), Decimal(spelt)
    if isinstance(value, int) or given == Decimal(repr(value)):
        return value
    sign, digits, power = given.as_tuple()
    kept = "".join(map(str, digits)).rstrip("0")
    zeros = int(power) + len(digits) - len(kept)
    tail = "0" * zeros if 0 <= zeros < 64 else f"e{zeros}"
    return orjson.Fragment(f"{'-' * sign}{kept}{tail}")


def edited(line: bytes, changes: Mapping[str, Any], *, without: Container[str] = ()) -> bytes:
    """Return a row with other values of some keys; all else keeps its bytes.

    Args:
        line: a JSON object.
        changes: new values; keys that the row lacks are put behind the others. Of a key that stands
            there twice the last one counts, as readers of JSON have it.
        without: keys to leave out.

    Raises:
        orjson.JSONEncodeError: a new value can't be written as JSON.
    """
    members = list(_members(line))
    last = {name: number for number, (name, *_) in enumerate(members)}
    parts = []
    for number, (name, start, value, end) in enumerate(members):
        if name in without:
            continue
        if name in changes and last[name] == number:
            parts.append(line[start:value] + orjson.dumps(changes[name]))
        else:
            parts.append(line[start:end])
    parts += [
        orjson.dumps({name: value})[1:-1] for name, value in changes.items() if name not in last
    ]
    first = members[0][1] if members else line.index(b"{") + 1
    return line[:first] + b",".join(parts) + line[line.rindex(b"}") :]


def value_of(line: bytes, key: str) -> bytes | None:
    """Return the bytes of the value of a key of a JSON object, None where it has no such key."""
    found = None
    for name, _, value, end in _members(line):
        if name == key:
            found = line[value:end].strip()
    return found


def _members(line: bytes) -> Iterator[tuple[str, int, int, int]]:
    """Yield key, begin, begin of the value and end of each member of a JSON object."""
    depth, start, value, name = 0, 0, 0, None
    for token in _TOKEN.finditer(line):
        found = token.group()
        if found in _CLOSES:
            depth -= 1
        if name is not None and (depth == 0 or (depth == 1 and found == b",")):
            yield name, start, value, token.start()
            name, start = None, token.end()
        elif depth == 1 and name is None and found.startswith(b'"'):
            name = orjson.loads(found)
        elif depth == 1 and found == b":":
            value = token.end() + len(_BLANKS.match(line, token.end())[0])  # type: ignore[index]
        if found in _OPENS:
            depth += 1
            start = token.end() if depth == 1 else start
