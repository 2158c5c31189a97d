"""Read replies whose items are texts or objects: what every task that writes lists needs."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dataaug import replies
from dataaug.llms import Reply
from dataaug.tasks import Candidate, Dropped, Item

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


def read(reply: Reply, fields: Callable[[Any, int], Mapping[str, Any] | str]) -> list[Item]:
    """Return the items of a reply.

    Args:
        reply: one without a fault.
        fields: turns an item (a string or object) and its place into the fields of a row, or says
            what it lacks.
    """
    parsed = replies.items(reply, KEY)
    notes = {"repaired": True} if parsed.repaired else {}
    found: list[Item] = []
    for place, item in enumerate(parsed.items):
        made = fields(item, place)
        if isinstance(made, str):
            found.append(Dropped("schema", made, str(item), place))
        else:
            found.append(Candidate(made, place, notes))
    if parsed.cut and found:
        found.append(Dropped("truncated", "the reply ends in this item", "", len(found)))
    return found


_NUMBER = re.compile(r"\s*(?:\(?(\d{1,3})[.):]|#(\d{1,3}):?)\s+")
_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«\s*([^«»]+?)\s*»')


def clean(text: str, place: int) -> str:
    """Return a text without the number of its place and the quotes around it."""
    found = _NUMBER.match(text)
    if found and int(found.group(1) or found.group(2)) == place + 1:
        text = text[found.end() :]
    text = text.strip()
    quoted = _QUOTED.fullmatch(text)
    return next(filter(None, quoted.groups())).strip() if quoted else text


def text_of(item: Any, names: Sequence[str]) -> str | None:
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
    strings = [value for value in item.values() if isinstance(value, str)]
    return strings[0] if len(strings) == 1 else None
