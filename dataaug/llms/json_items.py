"""Ask for a list of items as JSON, and read them out of a reply; none that was cut off counts."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from json_repair import repair_json

from dataaug.llms import Reply

KEY = "items"
"""The key of the list in the object that a reply is asked to be."""


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
_BETWEEN = re.compile(r"[\s,]*")
_NUMBERED = re.compile(r"\D*\d+")
_LINE = re.compile(r"\s*(?:\(?\d{1,3}[.):]|[-*•])\s+(\S.*?)\s*\Z")
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»", "「": "」", "`": "`"}
_REFUSES = re.compile(
    r"[\s\"'*]*(?:i(?:['’]m| am)? (?:sorry|unable|afraid)|sorry|"
    r"i (?:can(?:no|['’])t|won['’]t|will not)|"
    r"as an ai|es tut mir leid|tut mir leid|leider|ich kann|lo siento|no puedo|(?:je suis )?désolé|"
    r"je ne peux|mi dispiace|não posso|desculp|抱歉|对不起|很抱歉|我无法|我不能|申し訳)",
    re.IGNORECASE,
)


def items(reply: Reply, key: str = KEY) -> Parsed:
    """Return the items of a reply: from JSON, however it is wrapped, or from a numbered list.

    JSON is read item by item and reading stops at the first item that is not whole. Broken JSON is
    repaired only where the model says that it was done and no item could be read; a numbered list
    is looked for only where there is no JSON. What a model writes instead of an answer (a refusal)
    has no items.

    Args:
        reply: what came back; one with a fault has no items.
        key: the key of the list in the object that the schema asked for.
    """
    if reply.fault:
        return Parsed([])
    text = _without_thought(reply.text)
    over = reply.finish == "stop"
    found, whole = _scan(text, key)
    if found:
        return Parsed(found, cut=not (whole and over))
    refused = _REFUSES.match(text) is not None
    if over and not refused and (mended := _mended(text, key)):
        return Parsed(mended, repaired=True)
    if not refused and not _START.search(text):
        return Parsed(_listed(text, over=over), cut=not over)
    return Parsed([], cut=not over)


def _without_thought(text: str) -> str:
    """Return what follows the model's thinking; some templates leave out where it starts."""
    shown, count = _THOUGHT.subn("", text)
    return shown if count else _THOUGHT_END.sub("", text, count=1)


def _scan(text: str, key: str) -> tuple[list[Any], bool]:
    """Return the items of the first list, or of the objects in a row, and if they were whole."""
    found: list[Any] = []
    place = 0
    while start := _START.search(text, place):
        if start.group() == "[":
            listed, end, whole = _elements(text, start.end())
            if listed or not whole:
                return found + listed, whole
            place = end
            continue
        try:
            value, place = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            listed, whole = _open_envelope(text, start.start(), key)
            return found + listed, whole
        found += _unwrapped(value, key)
    return found, True


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
        found += _kept([value])
        place = end


_BLANK = re.compile(r"\s*")


def _after(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place


def _open_envelope(text: str, place: int, key: str) -> tuple[list[Any], bool]:
    """Return the items in an object that doesn't end, if it is the one around the list."""
    opened = re.compile(rf'"{re.escape(key)}"\s*:\s*\[').search(text, place)
    if opened is None:
        return [], False
    return _elements(text, opened.end())[0], False


def _unwrapped(value: Any, key: str) -> list[Any]:
    """Return the items in an object around a list; any other object is an item itself."""
    if isinstance(value, list):
        return _kept(value)
    if not isinstance(value, dict):
        return _kept([value])
    if key in value:
        inside = value[key]
        return _kept(inside if isinstance(inside, list) else [inside])
    values = list(value.values())
    if len(values) == 1 and isinstance(values[0], list):
        return _kept(values[0])
    if value and all(_NUMBERED.fullmatch(name) for name in value):  # {"1": …, "2": …}
        return _kept(values)
    return [value] if value else []


def _kept(values: list[Any]) -> list[Any]:
    return [v for v in values if (isinstance(v, str) and v.strip()) or (isinstance(v, dict) and v)]


def _mended(text: str, key: str) -> list[Any]:
    """Return the items of broken JSON that has a beginning and an end."""
    start = _START.search(text) or re.search(r"[\[{](?=\s*['“])", text)
    end = max(text.rfind("]"), text.rfind("}"))
    if start is None or end < start.start():
        return []
    return _unwrapped(repair_json(text[start.start() : end + 1], return_objects=True), key)


def _listed(text: str, *, over: bool) -> list[Any]:
    """Return the entries of a numbered or bulleted list, the last one only if the reply is over."""
    lines = text.rstrip().split("\n")
    if not over:
        lines = lines[:-1]
    return [entry for entry in _entries(lines) if entry]


def _entries(lines: list[str]) -> Iterator[str]:
    for line in lines:
        match = _LINE.match(line)
        if match:
            entry = match.group(1).strip("*").strip()
            quoted = len(entry) > 1 and _QUOTES.get(entry[0]) == entry[-1]
            yield entry[1:-1].strip() if quoted else entry
