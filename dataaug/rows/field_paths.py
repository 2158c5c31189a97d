"""Names of fields: a key of a row, or a path to what lies in its objects, lists and messages.

A path is keys and places of lists, joined by dots (``data.text``, ``turns.0.said``,
``turns.-1.said``). A role in brackets stands for a place of a list of messages: that of the last
message of the role (``messages[user].content``). A key of the row that is spelt like a path is
meant first, so that a column of any name can be named.
"""

import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

FieldPath: TypeAlias = tuple[str | int, ...]
"""Where a value stands in a row: keys and places in lists, from the outside."""

ALLOWED = (
    "a path joins keys and places of lists by dots, as data.text or messages.-1.content, and "
    "messages[user].content is the last message of a role"
)
"""What is said of paths where a name is none, or leads nowhere."""

ROLES = ("role", "from")
"""The keys under which a message says whose it is; ``from`` is ShareGPT's."""

_PART = re.compile(r"([^.\[\]]+)(?:\[([^\W\d][\w-]*)\])?")
_PLACE = re.compile(r"-?\d{1,9}")
_LOOKS_LIKE_A_PATH = re.compile(r"[.\[\]/$>]")
_LISTED = 8
_DEPTH = 8
"""How deep a row is looked into for the names of its fields."""


class Role(NamedTuple):
    """The step to the last message of a role."""

    name: str


Steps: TypeAlias = tuple[str | Role, ...]


@functools.lru_cache(maxsize=256)
def steps(name: str) -> Steps:
    """Return the steps of a path; none of a plain key, and of a name that is no path."""
    if "." not in name and "[" not in name:
        return ()
    found: list[str | Role] = []
    for part in name.split("."):
        match = _PART.fullmatch(part)
        if match is None:
            return ()
        found.append(match[1])
        if match[2]:
            found.append(Role(match[2]))
    return tuple(found)


def place_of(fields: Mapping[str, Any], name: str) -> FieldPath | None:
    """Return where a name leads in a row, None where the row has no such field."""
    if name in fields:
        return (name,)
    place: list[str | int] = []
    value: Any = fields
    for step in steps(name):
        key = _key(value, step)
        if key is None:
            return None
        place.append(key)
        value = value[key]
    return tuple(place) or None


def _key(value: Any, step: str | Role) -> str | int | None:
    """Return the key or the place that a step takes in a value, None where it leads nowhere."""
    if isinstance(value, dict):
        return step if isinstance(step, str) and step in value else None
    if not isinstance(value, list):
        return None
    if isinstance(step, Role):
        said = (n for n in reversed(range(len(value))) if role_of(value[n]) == step.name)
        return next(said, None)
    number = int(step) if _PLACE.fullmatch(step) else len(value)
    return number % len(value) if -len(value) <= number < len(value) else None


def role_of(message: Any) -> str | None:
    """Return whose a message is, None of what is no message."""
    if not isinstance(message, dict):
        return None
    return next((said for key in ROLES if isinstance(said := message.get(key), str)), None)


def value_at(value: Any, place: FieldPath) -> Any:
    """Return what lies at a place."""
    for key in place:
        value = value[key]
    return value


def get(fields: Mapping[str, Any], name: str) -> Any:
    """Return what a name leads to in a row, None where the row has no such field."""
    if name in fields:
        return fields[name]
    place = place_of(fields, name)
    return None if place is None else value_at(fields, place)


def changed_fields(fields: Mapping[str, Any], changes: Mapping[FieldPath, Any]) -> dict[str, Any]:
    """Return the fields of a row in which something changes, with the changes made.

    Args:
        fields: the row, which stays as it is.
        changes: new values by place; what a place leads through is there, or is made as an object.
    """
    if max(map(len, changes), default=1) == 1:  # most rows
        return {str(place[0]): value for place, value in changes.items()}
    return {str(key): _with(fields.get(str(key)), inside) for key, inside in _split(changes)}


def _with(value: Any, changes: Mapping[FieldPath, Any]) -> Any:
    value = changes.get((), value)
    if len(changes) == 1 and () in changes:
        return value
    copy: Any = list(value) if isinstance(value, list) else dict(value or {})
    for key, inside in _split({place: new for place, new in changes.items() if place}):
        there = copy.get(key) if isinstance(copy, dict) else copy[key]
        copy[key] = _with(there, inside)
    return copy


def _split(changes: Mapping[FieldPath, Any]) -> Iterator[tuple[str | int, dict[FieldPath, Any]]]:
    """Yield each first step of some places, with the rest of the places that begin with it."""
    found: dict[str | int, dict[FieldPath, Any]] = {}
    for place, value in changes.items():
        found.setdefault(place[0], {})[place[1:]] = value
    yield from found.items()


def place_for(fields: Mapping[str, Any], name: str) -> FieldPath:
    """Return where a field lies, or is to be put where the row lacks it.

    A path of keys whose objects are not there yet, or can take one more key, is put inside of
    them; any other name is a key of the row.
    """
    place = (name,) if name in fields else place_of(fields, name)
    if place is not None:
        return place
    keys, value = steps(name), cast("Any", fields)
    for key in keys[:-1]:
        value = value.get(key, {}) if isinstance(value, dict) else None
    inside = isinstance(value, dict) and all(isinstance(key, str) for key in keys)
    return keys if keys and inside else (name,)  # type: ignore[return-value]


def makes(name: str) -> bool:
    """Can a row be made that has this field: a plain key, or a path of keys alone?"""
    return not any(isinstance(step, Role) or _PLACE.fullmatch(step) for step in steps(name))


def around(fields: Mapping[str, Any], name: str) -> dict[str, FieldPath]:
    """Return the places of the fields that stand around a text, by their keys.

    They are those of the object that holds the text and of each object around that; of two with one
    key it is the nearer to the text. Of a text that is a plain field they are the row's other ones.
    """
    place = place_of(fields, name) or ()
    found: dict[str, FieldPath] = {}
    for depth, key in enumerate(place):
        holder = value_at(fields, place[:depth])
        if isinstance(holder, dict):
            found |= {each: (*place[:depth], each) for each in holder if each != key}
    return found


def spelt(place: FieldPath) -> str:
    """Return a place as a name."""
    return ".".join(map(str, place))


def last_key(name: str) -> str:
    """Return the key that a name ends in."""
    found = steps(name)
    return str(found[-1]) if found and isinstance(found[-1], str) else name


def field_names(value: Any, before: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the names of all fields in a row, those inside of its objects and messages too."""
    if isinstance(value, dict):
        inside: list[tuple[str, Any]] = [
            (f"{before}.{key}" if before else str(key), each) for key, each in value.items()
        ]
    else:
        inside = _in_list(value, before)
    for name, each in inside:
        deeper = depth < _DEPTH and bool(each) and not name.startswith("_")
        if deeper and (isinstance(each, dict) or _in_list(each, name)):
            yield from field_names(each, name, depth + 1)
        else:
            yield name


def _in_list(value: Any, before: str) -> list[tuple[str, Any]]:
    """Return the objects of a list by name: the last of each role, or else the first one.

    Objects with numbers are spans more often than what a text stands in, and are left out.
    """
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return []
    by_role = {role: each for each in value if (role := role_of(each))}
    if by_role:
        return [
            (f"{before}[{role}]", {key: said for key, said in each.items() if key not in ROLES})
            for role, each in by_role.items()
        ]
    kinds = set(map(type, value[0].values()))
    return [(f"{before}.0", value[0])] if str in kinds and int not in kinds else []


def listed_names(fields: Mapping[str, Any]) -> str:
    """Return the first names of the fields in a row, for a message."""
    return ", ".join(map(repr, itertools.islice(field_names(fields), _LISTED))) or "none"


def naming_advice(fields: Mapping[str, Any], name: str) -> str:
    """Return how to name the text of a row that has none under a name, for a message."""
    said = shape_advice(fields) or "name it by --text-field"
    return f"{said}; {ALLOWED}" if _LOOKS_LIKE_A_PATH.search(name) else said


def shape_advice(fields: Mapping[str, Any]) -> str:
    """Return what may be named as the text of a row of a usual shape, empty for another shape.

    The shapes are chats (``messages``, ``conversations``), a ``text`` inside of an object,
    preference pairs (``prompt``, ``chosen``, ``rejected``), instructions and pairs of sentences.
    """
    inside = [
        name for name in field_names(fields) if name.endswith(("].content", "].value", ".text"))
    ]
    if inside:
        asked = [name for name in inside if "[user]" in name or "[human]" in name]
        return f'name one of its texts, as --text-field "{(asked or inside)[0]}"'
    for shape in _SHAPES:
        texts = [name for name in shape if isinstance(fields.get(name), str)]
        if len(texts) > 1:
            shown = " ".join(f'--text-field "{name}"' for name in texts)
            return f"name one of its texts or several, as {shown}"
    return ""


_SHAPES: Sequence[tuple[str, ...]] = (
    ("prompt", "chosen", "rejected"), ("instruction", "input", "output"),
    ("premise", "hypothesis"), ("sentence1", "sentence2"), ("question", "answer"),
    ("prompt", "completion"), ("prompt", "response"),
)  # fmt: skip
