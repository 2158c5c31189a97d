"""Broken JSON, read as far as it can be without making up where a text begins or ends."""

import json
import re
from collections.abc import Iterator
from typing import Any

from json_repair import repair_json

_LONGEST = 100_000
"""Characters that are mended at most: json_repair takes minutes and all memory beyond."""
_DEEPEST = 20
"""Brackets inside each other; json_repair calls itself for each and fails at some hundred."""
_OPENS, _CLOSES = re.compile(r"[\[{]"), re.compile(r"[\]}]")
_PYTHON = re.compile(r"(\{\s*['\"]\w{1,40}['\"]\s*:\s*)?\[\s*['\"]")
_ENDS = re.compile(r"\s*(?:,\s*(?=['\"])|(,\s*)?\])")
_LEFT = re.compile(r"(?:\A|[\[{,:])\s*[\"'“”‘’`]\s*\Z")
_RIGHT = re.compile(r"\s*[\"'“”‘’`]\s*(?:[\]},:]|\Z)")
_NEAR = 40
"""Characters around an item in which its quotes are looked for."""


def mended(text: str) -> Any:
    """Return the value of broken JSON that has a beginning and an end, None where there is none.

    A list as Python writes it is read by its quotes: one of them ends a text only in front of a
    comma and the next quote, or of the end. Everything else is json_repair's, whose strings count
    only where they begin and end at quotes of the reply: it cuts a text at an apostrophe.

    Args:
        text: from the first bracket to the last.
    """
    if len(text) > _LONGEST or _depth(text) > _DEEPEST:
        return None
    listed = _python_list(text)
    if listed:
        return listed
    # Several objects in a row are a list: of those json_repair would keep only the last one.
    whole = f"[{text}]" if text.startswith("{") else text
    try:
        value = repair_json(whole, return_objects=True)
    except (ValueError, RecursionError, IndexError, TypeError, AttributeError):
        return None  # a library for broken text breaks at some
    value = value[0] if whole is not text and isinstance(value, list) and len(value) == 1 else value
    return _bounded(value, text)


def _depth(text: str) -> int:
    """Return how many brackets stand inside each other at most, those in strings too."""
    depth = most = 0
    for character in text:
        if character in "[{":
            depth += 1
            most = max(most, depth)
        elif character in "]}":
            depth -= 1
    return most


def _python_list(text: str) -> list[str]:
    """Return the texts of a list of strings in either quotes, empty if it is anything else.

    An object around the list, with nothing else in it, is none.
    """
    opened = _PYTHON.match(text)
    if opened is None:
        return []
    found: list[str] = []
    place = opened.end()
    while (end := _closing(text, place)) is not None:
        quote, after = end
        found.append(_unescaped(text[place:quote]))
        if text[after - 1] == "]":
            rest = "}" if opened.group(1) else ""  # of the object around the list
            return found if text[after:].strip() == rest else []
        place = after + 1
    return []


def _closing(text: str, place: int) -> tuple[int, int] | None:
    """Return where the quote is that ends a string, and what follows behind comma or bracket."""
    quote = text[place - 1]
    at = text.find(quote, place)
    while at >= 0:
        ends = _ENDS.match(text, at + 1)
        if ends and text[at - 1] != "\\":
            return at, ends.end()
        at = text.find(quote, at + 1)
    return None


def _unescaped(text: str) -> str:
    return text.replace("\\'", "'").replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def _bounded(value: Any, text: str) -> Any:
    """Return a repaired value without the items whose texts are not between quotes."""
    if isinstance(value, list):
        return [inside for inside in value if _sound(inside, text)]
    if isinstance(value, dict):
        return {
            name: _bounded(inside, text) if isinstance(inside, list) else inside
            for name, inside in value.items()
            if isinstance(inside, list) or _sound(inside, text)
        }
    return value if _sound(value, text) else None


def _sound(value: Any, text: str) -> bool:
    return all(_quoted(said, text) for said in _strings(value))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inside in value.values() if isinstance(value, dict) else value:
            yield from _strings(inside)


def _quoted(said: str, text: str) -> bool:
    """Does a string stand between quotes somewhere in the text, as it is or escaped?"""
    forms = {said, json.dumps(said, ensure_ascii=False)[1:-1], json.dumps(said)[1:-1]}
    return any(_bounded_at(text, at, len(form)) for form in forms for at in _places(form, text))


def _places(form: str, text: str) -> Iterator[int]:
    at = text.find(form) if form else -1
    for _ in range(_NEAR):  # of a word that stands everywhere, the first places will do
        if at < 0:
            return
        yield at
        at = text.find(form, at + 1)


def _bounded_at(text: str, at: int, length: int) -> bool:
    end = at + length
    return bool(_LEFT.search(text[max(0, at - _NEAR) : at])) and bool(
        _RIGHT.match(text[end : end + _NEAR])
    )
