"""Turn the items of replies, texts or objects, into candidates: for tasks that write lists."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dataaug.generation.tasks import Candidate, Dropped, Item
from dataaug.llms import Reply, json_items


def read(reply: Reply, fields: Callable[[Any, int], Mapping[str, Any] | str]) -> list[Item]:
    """Return the items of a reply.

    Args:
        reply: one without a fault.
        fields: turns an item (a string or object) and its place into the fields of a row, or says
            what it lacks.
    """
    parsed = json_items.items(reply)
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
