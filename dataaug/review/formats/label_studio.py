"""Label Studio: tasks to import, and its JSON export back (choices named verdict and reason)."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from dataaug.errors import InputError
from dataaug.review.formats import Exchange, array, entry, first, said, shown
from dataaug.review.header import Header
from dataaug.review.ledger import Entry
from dataaug.review.reviewers import Item


class _LabelStudio:
    def dumps(self, items: Sequence[Item], header: Header, /) -> bytes:
        """Return the tasks; docs/spotcheck.md has the labelling interface for them."""
        return orjson.dumps(
            [{"data": shown(item, header)} for item in items], option=orjson.OPT_INDENT_2
        )

    def owns(self, content: bytes, /) -> bool:
        """Does it hold tasks?"""
        return isinstance(first(content).get("data"), dict)

    def loads(self, content: bytes, name: str, /) -> list[Entry]:
        """Return the verdicts of all annotations that were not cancelled."""
        return [
            found
            for number, task in enumerate(array(content, name), 1)
            for found in _task(task, f"{name}: task {number}")
        ]


def _task(task: Any, where: str) -> Iterator[Entry]:
    """Yield a verdict for each annotation of a task."""
    try:
        known = task["data"]
        row = {"key": known["key"], "id": known.get("id"), "data": known.get("data")}
        annotations = task.get("annotations") or []
        for annotation in annotations:
            if annotation.get("was_cancelled"):
                continue
            answers = {part["from_name"]: _value(part["value"]) for part in annotation["result"]}
            verdict = said(answers.get("verdict"), where)
            if verdict is not None:
                by = annotation.get("completed_by")
                who = by.get("email") if isinstance(by, dict) else by
                yield entry({**row, **answers}, verdict, str(who if who is not None else ""))
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{where}: not a task of ours: {error}") from error


def _value(value: dict[str, Any]) -> str:
    found = value.get("choices") or value.get("text") or [""]
    return str(found[0] if isinstance(found, list) else found)


def load() -> Exchange:
    """Build the exchange."""
    return _LabelStudio()
