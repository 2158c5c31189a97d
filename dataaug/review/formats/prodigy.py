"""Prodigy: JSONL tasks, and the answers of db-out back (accept, reject, ignore)."""

from collections.abc import Sequence

import orjson

from dataaug.errors import InputError
from dataaug.review.formats import Exchange, entry, first, said, shown
from dataaug.review.header import Header
from dataaug.review.ledger import Entry
from dataaug.review.reviewers import Item


class _Prodigy:
    def dumps(self, items: Sequence[Item], header: Header, /) -> bytes:
        """Return the tasks, for a recipe such as ``mark`` with the ``classification`` view."""
        rows = []
        for item in items:
            row = shown(item, header)
            meta = {
                name: row[name] for name in ("key", "id", "method", "parent", "data") if row[name]
            }
            rows.append(orjson.dumps({"text": row["text"], "label": row["label"], "meta": meta}))
        return b"".join(row + b"\n" for row in rows)

    def owns(self, content: bytes, /) -> bool:
        """Does it hold answers?"""
        return "answer" in first(content)

    def loads(self, content: bytes, name: str, /) -> list[Entry]:
        """Return the answers."""
        found = []
        for number, line in enumerate(content.splitlines(), 1):
            where = f"{name}:{number}"
            if not line.strip():
                continue
            try:
                task = orjson.loads(line)
                row = dict(task["meta"])
                verdict = said(task.get("answer"), where)
                who = task.get("_annotator_id") or task.get("_session_id") or ""
                if verdict is not None:
                    found.append(entry({**row, "note": task.get("note")}, verdict, str(who)))
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
                raise InputError(f"{where}: not an answer to a task of ours: {error}") from error
        return found


def load() -> Exchange:
    """Build the exchange."""
    return _Prodigy()
