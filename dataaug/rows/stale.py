"""Fields that surely depend on the text, in a shape that can't be moved with it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dataaug.rows.offsets import Ruler
from dataaug.rows.tokens import located

_DEPTH = 8
"""How deep a row is looked into."""

_STEP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_FILLER = frozenset({"char", "chars", "character", "offset", "offsets", "idx", "index", "pos",
                     "position", "byte", "token", "span", "answer"})  # fmt: skip
_FIRST, _LAST = frozenset({"start", "begin", "from"}), frozenset({"end", "stop", "to"})
_LENGTH = frozenset({"length", "len", "size"})
_OF_PAIRS = frozenset({"span", "offset", "offsets", "indices", "range", "position", "loc", "location"})


def stale(fields: Mapping[str, Any], text: str, ruler: Ruler, known: frozenset[str]) -> str | None:
    """Return the name of a field that would be wrong beside another text, None if there is none.

    It is an object with a start and an end, or a pair of numbers under a name of offsets, whose
    slice of the text stands elsewhere in the row; or a list of texts that make up the text. A lone
    number and a free list never are.

    Args:
        fields: the row.
        text: its text.
        ruler: for positions in it.
        known: fields that are not looked at.
    """
    rest = {name: value for name, value in fields.items() if name not in known}
    slices = [
        (name, text[first:last])
        for name, start, end in _pairs(rest)
        if (first := ruler.character(start)) is not None
        and (last := ruler.character(end)) is not None
        and first < last
    ]
    if slices:
        held = set(_texts({name: value for name, value in fields.items() if value is not text}))
        for name, under in slices:
            if under in held and any(map(str.isalnum, under)):
                return name
    return next((name for name, value in rest.items() if _covers(value, text, 0)), None)


def _pairs(fields: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Yield a field's name and positions for each start and end in a row; an end is exclusive."""
    for name, start, end in _of_object(fields):
        yield name, start, end
    for name, value in fields.items():
        for holder in _holders(name, value, 0):
            for _, start, end in _of_object(holder) if isinstance(holder, dict) else ():
                yield name, start, end
            if isinstance(holder, list):
                yield name, holder[0], holder[1]


def _holders(name: str, value: Any, depth: int) -> Iterator[Any]:
    """Yield the objects in a value, and the pairs of numbers under a name of offsets."""
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        yield value
        for key, each in value.items():
            yield from _holders(key, each, depth + 1)
    elif isinstance(value, list):
        if len(value) == 2 and type(value[0]) is type(value[1]) is int:
            if _OF_PAIRS.intersection(_steps(name)):
                yield value
            return
        for each in value:
            if isinstance(each, list | dict):
                yield from _holders(name, each, depth + 1)


def _of_object(holder: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Yield the name, start and end that an object's own keys give; an ``offset`` has a length."""
    numbers = [(key, value) for key, value in holder.items() if type(value) is int]
    if len(numbers) < 2:
        return
    parts = {key: frozenset(_steps(key)) for key, _ in numbers}
    for key, start in numbers:
        if parts[key] & _FIRST or "offset" in parts[key] and not parts[key] & _LAST:
            for other, end in numbers:
                if parts[other] & _LAST and parts[key] & _FIRST and _alike(parts[key], parts[other]):
                    yield key, start, end
                elif parts[other] & _LENGTH:
                    yield key, start, start + end


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Do two names differ in what is first and last alone?"""
    return (one - _FIRST - _FILLER) == (other - _LAST - _FILLER)


def _steps(name: str) -> list[str]:
    return [step.lower() for step in _STEP.findall(name)]


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and depth <= _DEPTH:
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each, depth + 1)


def _covers(value: Any, text: str, depth: int) -> bool:
    """Is there a list in a value whose items make up the text?"""
    if depth > _DEPTH or not isinstance(value, list | dict):
        return False
    if isinstance(value, list) and len(value) > 1 and isinstance(value[0], str):
        return located(value, text) is not None
    values = value.values() if isinstance(value, dict) else value
    return any(_covers(each, text, depth + 1) for each in values)
