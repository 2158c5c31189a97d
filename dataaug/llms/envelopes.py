"""What JSON of a reply is an item, what is wrapping around items, and what is neither."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dataaug.llms import listed

KEY = "items"
"""The key of the list in the object that a reply is asked to be."""
TEXTS = ("text", "message", "instruction", "content", "sentence", "paraphrase")
"""Fields by which an object is an item, where who reads names no others."""

_REMARKS = frozenset({"message", "content"})
"""Of the names of texts, those that also hold what a model has to say about its list."""
_LISTS = ("items", "messages", "texts", "examples", "rows", "data", "results", "output",
          "outputs", "paraphrases", "variations", "versions", "sentences", "tasks",
          "instructions")  # fmt: skip
"""What models call the list, where an object holds several; in this order."""
_NUMBERED = re.compile(r"\D{0,40}\d{1,4}")
_SCHEMA = frozenset({
    "$schema", "$id", "$defs", "type", "properties", "items", "required", "additionalProperties",
    "minItems", "maxItems", "minLength", "maxLength", "title", "description", "enum", "strict",
    "name", "schema", "default", "pattern",
})  # fmt: skip
_KINDS = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})
_MARKS = frozenset({
    "label", "category", "class", "type", "id", "sentiment", "intent", "topic", "language", "lang",
    "role", "status", "tone", "style", "number", "index", "note",
})  # fmt: skip
"""Fields that hold no text, though they hold the only string."""
_DEEPEST = 16
"""Values in values of an item. Rows are flat; what is deeper is written to break a reader."""
_WRAPPED = 4
"""Envelopes, and strings that hold JSON, that are opened inside each other."""


@dataclass(frozen=True, slots=True)
class Form:
    """Tells items from what is around them.

    Attributes:
        key: the key of the list in the object that was asked for.
        names: the fields that make an object an item.
    """

    key: str = KEY
    names: tuple[str, ...] = TEXTS

    def unwrapped(self, value: Any, depth: int = 0) -> list[Any]:
        """Return the items of a value.

        An object with the key asked for, or with nothing but one list, one object or numbered
        entries beside plain values, is an envelope. An object that names a text is an item. A JSON
        schema is nothing: some models send it back. Of an object with several lists that have no
        name known to mean the items, nobody can say which of them was asked for: it is no item.
        """
        if depth > _WRAPPED:
            return []
        if isinstance(value, list):
            return self.kept(value, depth)
        if not isinstance(value, dict):
            return self.kept([value], depth)
        if self.key in value and not _is_schema(value.get(self.key)):
            return self._of_key(value[self.key], depth)
        if _is_schema(value):
            return self._filled_schema(value, depth)
        return self._of_object(value, depth)

    def kept(self, values: list[Any], depth: int = 0) -> list[Any]:
        """Return the items of a list: texts and objects, and those of a list that is alone in it.

        Strings that hold JSON are opened; blank strings, numbers and all else are left out.
        """
        if len(values) == 1 and isinstance(values[0], list) and depth < _WRAPPED:
            return self.kept(values[0], depth + 1)
        found: list[Any] = []
        for value in values:
            if isinstance(value, str) and value.strip():
                found += self.inside(value, depth + 1)
            elif isinstance(value, dict) and value and not _is_schema(value):
                found += [value] if _shallow(value) else []
        return found

    def inside(self, text: str, depth: int = 1) -> list[Any]:
        """Return the items of a string: those of the JSON that it holds, else the string."""
        inner = text.strip()
        if depth <= _WRAPPED and inner[:1] + inner[-1:] in {"[]", "{}"}:
            try:
                value = json.loads(inner, strict=False)
            except (ValueError, RecursionError):
                return [text]
            return self.unwrapped(value, depth) if isinstance(value, list | dict) else [text]
        return [text] if inner else []

    def _of_key(self, inside: Any, depth: int) -> list[Any]:
        if isinstance(inside, str) and len(numbered := listed.list_entries(inside, over=True)) > 1:
            return list(numbered)
        return self.kept(inside if isinstance(inside, list) else [inside], depth)

    def _filled_schema(self, value: Mapping[str, Any], depth: int) -> list[Any]:
        """Return the items that a model wrote into the schema, where it did."""
        properties = value.get("properties")
        inner = properties.get(self.key) if isinstance(properties, dict) else None
        if isinstance(inner, dict):
            inner = inner.get("items")
        return self.kept(inner, depth) if isinstance(inner, list) else []

    def _of_object(self, value: dict[str, Any], depth: int) -> list[Any]:
        named = {name for name in self.names if isinstance(value.get(name), str)}
        lists = {name: inside for name, inside in value.items() if _holds_items(inside)}
        known = [name for name in _LISTS if name in lists]
        if named - _REMARKS or (named and not known):
            return [value] if _shallow(value) else []
        if len(lists) == 1 or known:
            return self.kept(lists[known[0] if known else next(iter(lists))], depth)
        if lists:
            return []
        if value and all(_NUMBERED.fullmatch(name) for name in value):  # {"1": …, "2": …}
            return self.kept(list(value.values()), depth)
        objects = [inside for inside in value.values() if isinstance(inside, dict) and inside]
        if len(objects) == 1:
            return self.unwrapped(objects[0], depth + 1)
        return [value] if value and _shallow(value) else []


def _holds_items(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(v, str | dict) and v for v in value)


def _is_schema(value: Any) -> bool:
    """Is an object a JSON schema, with no text of its own?"""
    if not isinstance(value, dict) or not value or not set(value) <= _SCHEMA:
        return False
    kind = value.get("type")
    named = isinstance(kind, str) and kind in _KINDS
    return named or isinstance(value.get("properties"), dict) or "$schema" in value


def _shallow(value: Any) -> bool:
    """Is a value nested no deeper than a row can be?"""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return True
    return False


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, list | dict):
        values = value.values() if isinstance(value, dict) else value
        yield from (inner for inner in values if isinstance(inner, list | dict))


def text_of(item: Any, names: Sequence[str] = ()) -> str | None:
    """Return the text of an item: a string, or the field of an object that holds it.

    Args:
        item: a string or an object.
        names: the fields that may hold it, the likeliest first; else its only string does.
    """
    if isinstance(item, str):
        return item
    for name in names:
        if isinstance(item.get(name), str):
            return str(item[name])
    strings = [
        value
        for name, value in item.items()
        if isinstance(value, str) and name.lower() not in _MARKS
    ]
    return strings[0] if len(strings) == 1 else None
