"""JSONL for an editor or a script: fill in verdict, reason, right_label and note."""

from collections.abc import Sequence

import orjson

from dataaug.errors import InputError
from dataaug.review.formats import Exchange, entry, first, said, shown
from dataaug.review.header import Header
from dataaug.review.ledger import Entry
from dataaug.review.reviewers import Item

_ANSWERS = ("verdict", "reason", "right_label", "note", "reviewer")


class _Jsonl:
    def dumps(self, items: Sequence[Item], header: Header, /) -> bytes:
        """Return a line with the seed of the sample and the hash of the data, then the rows."""
        rows = [header.row() | {"sample": True}]
        rows += [{**shown(item, header), **dict.fromkeys(_ANSWERS, "")} for item in items]
        return b"".join(orjson.dumps(row) + b"\n" for row in rows)

    def owns(self, content: bytes, /) -> bool:
        """Does it begin as such a sample does?"""
        row = first(content)
        return "sample" in row or {"text", "verdict", "right_label"} <= row.keys()

    def loads(self, content: bytes, name: str, /) -> list[Entry]:
        """Return the verdicts that were filled in."""
        found = []
        for number, line in enumerate(content.splitlines(), 1):
            where = f"{name}:{number}"
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
                verdict = None if "sample" in row else said(row["verdict"], where)
                if verdict is not None:
                    found.append(entry(row, verdict, str(row.get("reviewer") or "")))
            except (orjson.JSONDecodeError, KeyError, TypeError) as error:
                raise InputError(f"{where}: not a row of a sample: {error}") from error
        return found


def load() -> Exchange:
    """Build the exchange."""
    return _Jsonl()
