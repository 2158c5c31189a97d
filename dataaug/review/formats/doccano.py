"""doccano: JSONL for text classification, and the labels ok, bad, skip (and reasons) back.

doccano exports a file for each annotator, called by their name; so is the reviewer. It replaces the
key ``id`` of what is imported by a number of its own, takes the key ``data`` for the text, whatever
column is named for that (1.8.4), and shows other keys as metadata.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from dataaug.review.formats import AnnotationFormat, JsonFormat, ToolAnswer, verdict_of_choices
from dataaug.review.header import Header
from dataaug.review.items import ReviewItem
from dataaug.review.ledger import Entry

_OF_ALL = "all"
"""The name of the file of a project whose annotators share their labels."""


_RENAMED = {"id": "row_id", "label": "row_label", "data": "row_data"}


def _document(row: dict[str, str]) -> dict[str, Any]:
    return {_RENAMED.get(name, name): value for name, value in row.items()} | {"label": []}


def _answers(document: Any) -> Iterator[ToolAnswer]:
    labels = document["label"]
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise ValueError("expected 'label' as a list of names")
    verdict, reason = verdict_of_choices(labels)
    notes = document.get("Comments") or document.get("comments")
    given = {name: document.get(other) for name, other in _RENAMED.items()}
    row = {**document, **given, "reason": reason, "note": notes}
    yield ToolAnswer(row, verdict, "")


_JSON = JsonFormat(
    _document, _answers, lambda row: {"key", "row_label", "label"} <= row.keys(),
    noun="document", of_ours="a document of ours", as_lines=True,
)  # fmt: skip


class _Doccano:
    def dumps(self, items: Sequence[ReviewItem], header: Header, /) -> bytes:
        """Return the file that doccano imports, in the format JSONL."""
        return _JSON.dumps(items, header)

    def owns(self, content: bytes, /) -> bool:
        """Does a file look like an export of doccano?"""
        return _JSON.owns(content)

    def loads(self, content: bytes, name: str, /) -> list[Entry]:
        """Return the verdicts of a file, which bears the name of its annotator."""
        who = PurePath(name).stem
        entries = _JSON.loads(content, name)
        return entries if who == _OF_ALL else [replace(each, reviewer=who) for each in entries]


def load() -> AnnotationFormat:
    """Build the format."""
    return _Doccano()
