"""Argilla: records with fields and metadata as JSON, and their responses back."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from dataaug.errors import InputError
from dataaug.review.formats import Exchange, array, entry, first, said, shown
from dataaug.review.header import Header
from dataaug.review.ledger import Entry
from dataaug.review.reviewers import Item

_FIELDS = ("text", "label", "parent")


class _Argilla:
    def dumps(self, items: Sequence[Item], header: Header, /) -> bytes:
        """Return the records, as ``Dataset.records.from_json`` reads them."""
        rows = []
        for item in items:
            row = shown(item, header)
            fields = {name: row.pop(name) for name in _FIELDS}
            rows.append({"id": row["key"], "fields": fields, "metadata": row,
                         "suggestions": {}, "responses": {}, "vectors": {}})  # fmt: skip
        return orjson.dumps(rows, option=orjson.OPT_INDENT_2)

    def owns(self, content: bytes, /) -> bool:
        """Does it hold records?"""
        return {"fields", "responses"} <= first(content).keys()

    def loads(self, content: bytes, name: str, /) -> list[Entry]:
        """Return the responses that were submitted, as ``Dataset.records.to_json`` writes them."""
        return [
            found
            for number, record in enumerate(array(content, name), 1)
            for found in _record(record, f"{name}: record {number}")
        ]


def _record(record: Any, where: str) -> Iterator[Entry]:
    """Yield a verdict for each reviewer of a record."""
    try:
        known = record["metadata"]
        row = {"key": record["id"], "id": known.get("id"), "data": known.get("data")}
        by_user: dict[str, dict[str, Any]] = {}
        for question, responses in (record.get("responses") or {}).items():
            for response in responses:
                if response.get("status", "submitted") == "submitted":
                    user = str(response.get("user_id") or "")
                    by_user.setdefault(user, {})[question] = response["value"]
        for user, answers in by_user.items():
            verdict = said(answers.get("verdict"), where)
            if verdict is not None:
                yield entry({**row, **answers}, verdict, user)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{where}: not a record of ours: {error}") from error


def load() -> Exchange:
    """Build the exchange."""
    return _Argilla()
