"""Ask for a list of items as JSON, and read them out of a reply; none that was cut off counts."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dataaug.llms import Reply, envelopes, listed
from dataaug.llms.envelopes import KEY, TEXTS
from dataaug.llms.mending import mended


def schema(item: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Return the JSON schema of a reply with ``count`` items."""
    return {
        "type": "object",
        "properties": {
            KEY: {"type": "array", "items": dict(item), "minItems": count, "maxItems": count}
        },
        "required": [KEY],
        "additionalProperties": False,
    }


class Parsed(NamedTuple):
    """What a reply held.

    Attributes:
        items: strings and objects, as they came; blank strings and all else are left out.
        cut: did the reply stop before its list did? What was incomplete is not among the items.
        repaired: was the JSON broken and mended? Worth noting in provenance.
    """

    items: list[Any]
    cut: bool = False
    repaired: bool = False


_DECODER = json.JSONDecoder(strict=False)  # models write line breaks inside strings
_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"\A.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_START = re.compile(r'[\[{](?=\s*["\[{\]}])')
_BROKEN = re.compile(r"[\[{](?=\s*['“])")
_TRIED = 16
"""Brackets at which an object is looked for: behind so many that open none there is none."""
_WRAPPED = 4
"""Objects and lists inside each other that objects are looked for in."""
_BETWEEN = re.compile(r"[\s,]*")
_BLANK = re.compile(r"\s*")
_REFUSES = re.compile(
    r"[\s\"'*]*(?:i(?:['’]m| am)? (?:sorry|unable|afraid)|sorry|"
    r"i (?:can(?:no|['’])t|won['’]t|will not)|"
    r"as an ai|es tut mir leid|tut mir leid|leider|ich kann|lo siento|no puedo|(?:je suis )?désolé|"
    r"je ne peux|mi dispiace|não posso|desculp|抱歉|对不起|很抱歉|我无法|我不能|申し訳)",
    re.IGNORECASE,
)


def items(reply: Reply, key: str = KEY, names: Sequence[str] = TEXTS) -> Parsed:
    """Return the items of a reply: from JSON, however it is wrapped, or from a numbered list.

    JSON is read item by item and reading stops at the first item that is not whole. Broken JSON is
    repaired only where the model says that it was done and no item could be read; a numbered list
    is looked for only where there is no JSON. What a model writes instead of an answer (a refusal)
    has no items. No reply raises: one that can't be read has no items.

    Args:
        reply: what came back; one with a fault has no items.
        key: the key of the list in the object that the schema asked for.
        names: the fields that make an object an item, and no envelope around items.
    """
    if reply.fault:
        return Parsed([])
    text = _without_thought(reply.text)
    over = reply.finish == "stop"
    form = envelopes.Form(key, tuple(names))
    found, whole = _scan(text, form)
    if found:
        return Parsed(found, cut=not (whole and over))
    refused = _REFUSES.match(text) is not None
    if over and not refused and (repaired := _mended(text, form)):
        return Parsed(repaired, repaired=True)
    if not refused and not _START.search(text):
        return Parsed(list(listed.list_entries(text, over=over)), cut=not over)
    return Parsed([], cut=not over)


def objects(reply: Reply) -> list[dict[str, Any]]:
    """Return the objects of a reply that is to be one, those inside others behind the outer ones.

    No envelope is told from what is in it: who reads knows the keys that it asked for. Broken JSON
    is mended where the model says that it was done and no object could be read. No reply raises.
    """
    if reply.fault:
        return []
    text = _without_thought(reply.text)
    quoted = _whole_string(text)
    text = text if quoted is None else quoted
    found: list[dict[str, Any]] = []
    place = 0
    for _ in range(_TRIED):
        if (start := text.find("{", place)) < 0:
            break
        try:
            value, place = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            place = start + 1
            continue
        found += _objects_in(value)
    first, last = text.find("{"), text.rfind("}")
    if not found and reply.finish == "stop" and 0 <= first < last:
        found = _objects_in(mended(text[first : last + 1]))
    return found


def _objects_in(value: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    level = [value]
    for _ in range(_WRAPPED):
        found += [each for each in level if isinstance(each, dict)]
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return found


def _without_thought(text: str) -> str:
    """Return what follows the model's thinking; some templates leave out where it starts."""
    shown, count = _THOUGHT.subn("", text)
    return shown if count else _THOUGHT_END.sub("", text, count=1)


def _scan(text: str, form: envelopes.Form) -> tuple[list[Any], bool]:
    """Return the items of all lists and objects in a reply, and if the last one was whole."""
    quoted = _whole_string(text)
    if quoted is not None:
        return form.inside(quoted), True
    found: list[Any] = []
    place = 0
    while start := _START.search(text, place):
        if start.group() == "[":
            values, place, whole = _elements(text, start.end())
            found += form.kept(values)
            if not whole:
                return found, False
            continue
        try:
            value, place = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            values, whole = _open_envelope(text, start.start(), form.key)
            return found + form.kept(values), whole
        found += form.unwrapped(value)
    return found, True


def _whole_string(text: str) -> str | None:
    """Return what a reply says that is one JSON string."""
    text = text.strip()
    if not (text.startswith('"') and text.endswith('"')):
        return None
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _elements(text: str, place: int) -> tuple[list[Any], int, bool]:
    """Return the whole elements of a list that begins at a place, where it ended, and if it did."""
    found: list[Any] = []
    while True:
        place = _after(_BETWEEN, text, place)
        if text.startswith("]", place):
            return found, place + 1, True
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            return found, place, False
        after = _after(_BLANK, text, end)
        following = text[after : after + 1]  # no copy of the rest: replies may be long
        if following not in {",", "]"} and not (isinstance(value, dict) and following in {"{", ""}):
            return found, place, False  # a quote inside a string ends it too early
        found.append(value)
        place = end


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


def _open_envelope(text: str, place: int, key: str) -> tuple[list[Any], bool]:
    """Return the values in an object that doesn't end, if it is the one around the list."""
    opened = re.compile(rf'"{re.escape(key)}"\s*:\s*\[').search(text, place)
    if opened is None:
        return [], False
    return _elements(text, opened.end())[0], False


def _mended(text: str, form: envelopes.Form) -> list[Any]:
    """Return the items of broken JSON that has a beginning and an end."""
    start = _START.search(text) or _BROKEN.search(text)
    end = max(text.rfind("]"), text.rfind("}"))
    if start is None or end < start.start():
        return []
    value = mended(text[start.start() : end + 1])
    return form.kept(value) if isinstance(value, list) else form.unwrapped(value)
