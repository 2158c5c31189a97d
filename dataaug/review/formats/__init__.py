"""Exchanges: a sample out to a labelling tool or a spreadsheet, and its verdicts back."""

from collections.abc import Sequence
from typing import Any, Protocol

import orjson

from dataaug.errors import InputError
from dataaug.review.header import Header
from dataaug.review.ledger import Entry
from dataaug.review.reviewers import Item, Said, Verdict


class Exchange(Protocol):
    """One tool's file format, both ways."""

    def dumps(self, items: Sequence[Item], header: Header, /) -> bytes:
        """Return the file that the tool imports: rows to look at, none of them with a verdict."""

    def owns(self, content: bytes, /) -> bool:
        """Does a file look like an export of the tool?"""

    def loads(self, content: bytes, name: str, /) -> list[Entry]:
        """Return the verdicts in a file that the tool exported; rows without one are left out.

        Raises:
            InputError: it is not such a file; the message begins with ``name``.
        """


def shown(item: Item, header: Header) -> dict[str, str]:
    """Return what every tool shows of a row, as text; and of which data it is, by a hash."""
    record = item.record
    return {
        "key": item.key,
        "id": record.id,
        "text": record.text,
        "label": "" if record.label is None else record.label,
        "method": record.method,
        "parent": item.parent.text if item.parent else "",
        "data": header.data,
    }


def first(content: bytes) -> dict[str, Any]:
    """Return the first object of a JSON array or of JSON lines, empty if it is neither."""
    try:
        start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
        found = orjson.loads(content if start.startswith(b"[") else start.partition(b"\n")[0])
    except orjson.JSONDecodeError:
        return {}
    found = found[0] if isinstance(found, list) and found else found
    return found if isinstance(found, dict) else {}


def header_of(content: bytes, name: str) -> Header | None:
    """Return what a file says of the sample that it holds, None if it says nothing.

    Raises:
        InputError: it says something that is no such header.
    """
    row = first(content)
    return Header.parse(row, f"{name}:1") if "spotcheck" in row else None


def array(content: bytes, name: str) -> list[Any]:
    """Return the entries of a JSON array.

    Raises:
        InputError: it is none.
    """
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{name}: not JSON: {error.msg}") from error
    if not isinstance(found, list):
        raise InputError(f"{name}: expected a JSON array")
    return found


_WORDS: dict[str, Said] = {
    "ok": "ok", "accept": "ok", "good": "ok", "pass": "ok", "yes": "ok", "y": "ok", "true": "ok",
    "bad": "bad", "reject": "bad", "fail": "bad", "no": "bad", "n": "bad", "false": "bad",
    "skip": "skip", "ignore": "skip",
}  # fmt: skip
"""No numbers: to the reviewers a 1 is the key of a bad row, to others it may be a good one."""


def said(word: Any, where: str) -> Said | None:
    """Return the verdict that a word means, None for an empty one.

    Raises:
        InputError: it means none.
    """
    text = str("" if word is None else word).strip().casefold()
    if not text:
        return None
    if text not in _WORDS:
        raise InputError(f"{where}: {text[:40]!r} is no verdict: write ok, bad or skip")
    return _WORDS[text]


def entry(row: dict[str, Any], verdict: Said, reviewer: str) -> Entry:
    """Return a verdict from its parts: key, id, reason, right_label, note, data."""
    label = row.get("right_label")
    return Entry(
        str(row["key"]),
        str(row.get("id") or ""),
        Verdict(
            verdict,
            str(row.get("reason") or ""),
            str(label) if label not in (None, "") else None,
            str(row.get("note") or ""),
        ),
        reviewer or "anonymous",
        0.0,
        str(row.get("data") or ""),
    )
