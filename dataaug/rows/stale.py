"""Fields that surely depend on the text, in a shape that can't be moved with it."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import product
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
_OF_PAIRS = frozenset({
    "span", "spans", "offset", "offsets", "indices", "range", "ranges", "pos", "position",
    "positions", "loc", "location",
})  # fmt: skip


def stale(
    fields: Mapping[str, Any], text: str, ruler: Ruler, known: Set[str], label: str
) -> str | None:
    """Return the name of a field that would be wrong beside another text, None if there is none.

    It is an object with a start and an end, or a pair of numbers under a name of offsets, whose
    slice of the text stands elsewhere in the row; or a list of texts that make up the text. A lone
    number and a free list never are.

    Args:
        fields: the row without its text.
        text: the text.
        ruler: for positions in it.
        known: fields that are not looked at.
        label: the field with the label, which may be several words of a short text.
    """
    rest = {name: value for name, value in fields.items() if name not in known}
    pairs = list(_pairs(rest))
    held = set(_texts(fields)) if pairs else set()
    for name, start, end in pairs:
        first, last = ruler.character(start), ruler.character(end)
        if first is not None and last is not None and first <= last:
            under = {text[first:last], text[first : last + 1]}  # some tools count the end in
            if any(map(str.isalnum, text[first : last + 1])) and under & held:
                return name
    return next((n for n, value in rest.items() if n != label and _covers(value, text, 0)), None)


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
    if depth > _DEPTH or not isinstance(value, dict | list):
        return
    if isinstance(value, dict) or _pair(name, value):
        yield value
    inside = value.items() if isinstance(value, dict) else ((name, each) for each in value)
    for key, each in inside:
        yield from _holders(key, each, depth + 1)


def _pair(name: str, value: Sequence[Any]) -> bool:
    numbers = len(value) == 2 and type(value[0]) is type(value[1]) is int
    return numbers and not _OF_PAIRS.isdisjoint(_steps(name))


def _of_object(holder: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Yield the name, start and end that an object's own keys give; an ``offset`` has a length."""
    numbers = [(frozenset(_steps(key)), key, value)
               for key, value in holder.items() if type(value) is int]  # fmt: skip
    firsts = [number for number in numbers if number[0] & {*_FIRST, "offset"}]
    lasts = [number for number in numbers if number[0] & {*_LAST, *_LENGTH}]
    for (one, key, start), (other, _, end) in product(firsts, lasts):
        if one & _FIRST and other & _LAST and _alike(one, other):
            yield key, start, end
        elif other & _LENGTH and not one & _LAST:
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
        return located([str(each).casefold() for each in value], text.casefold()) is not None
    values = value.values() if isinstance(value, dict) else value
    return any(_covers(each, text, depth + 1) for each in values)
