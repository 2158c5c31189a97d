"""Turn the items of replies, texts or objects, into candidates: for tasks that write lists."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dataaug.generation.tasks import CandidateRow, Dropped, ReplyItem
from dataaug.llms import Reply, json_items
from dataaug.llms.envelopes import TEXTS


def read_items(
    reply: Reply,
    fields: Callable[[Any, int], Mapping[str, Any] | Dropped | str],
    names: Sequence[str] = TEXTS,
) -> list[ReplyItem]:
    """Return the items of a reply.

    Args:
        reply: one without a fault.
        fields: turns an item (a string or object) and its place into the fields of a row, or says
            what it lacks, or why it is no row.
        names: the fields that make an object an item.
    """
    parsed = json_items.items(reply, names=names)
    notes = {"repaired": True} if parsed.repaired else {}
    found: list[ReplyItem] = []
    for place, item in enumerate(parsed.items):
        made = fields(item, place)
        if isinstance(made, Dropped):
            found.append(replace(made, item=place))
        elif isinstance(made, str):
            found.append(Dropped("schema", made, str(item), place))
        else:
            found.append(CandidateRow(made, place, notes))
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


def other_label(item: Any, names: Sequence[str], spoken: str) -> str:
    """Return the label that an item carries, if that is another one than it was asked for.

    Args:
        item: a string, which carries none, or an object.
        names: the fields that may hold a label.
        spoken: the label that was asked for, as one would say it; a longer or shorter name of it
            ("refund request" for "refund") is the same.
    """
    wanted = _plain(spoken)
    for name in names:
        value = item.get(name) if isinstance(item, dict) else None
        if isinstance(value, str) and (found := _plain(value)):
            return "" if f" {found} " in f" {wanted} " or f" {wanted} " in f" {found} " else value
    return ""


def _plain(label: str) -> str:
    return " ".join(re.findall(r"\w+", label.replace("_", " ").lower()))
