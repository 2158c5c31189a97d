"""Argilla: records with fields and metadata as JSON, and their responses back."""

from collections.abc import Iterator
from typing import Any

from dataaug.review.formats import AnnotationFormat, JsonFormat, ToolAnswer

_FIELDS = ("text", "label", "parent")


def _record(row: dict[str, str]) -> dict[str, Any]:
    """Return a record, as ``Dataset.records.from_json`` reads it."""
    fields = {name: row.pop(name) for name in _FIELDS}
    return {"id": row["key"], "fields": fields, "metadata": row, "suggestions": {},
            "responses": {}, "vectors": {}}  # fmt: skip


def _answers(record: Any) -> Iterator[ToolAnswer]:
    """Yield what was submitted by each reviewer.

    ``Dataset.records.to_json`` writes no status of a response, so that drafts and answers that were
    taken back look like submitted ones; docs/spotcheck.md has an export with it.

    Raises:
        ValueError: a pending record has responses without a status.
    """
    known = record["metadata"]
    row = {"key": record["id"], "id": known.get("id"), "data": known.get("data")}
    by_user: dict[str, dict[str, Any]] = {}
    for question, responses in (record.get("responses") or {}).items():
        for response in responses:
            status = response.get("status")
            if status is None and record.get("status") == "pending":
                raise ValueError(
                    "it is pending, and the export does not say whether its answers were "
                    "submitted, drafts or discarded; docs/spotcheck.md has an export that does"
                )
            if status not in {None, "submitted", "draft", "discarded"}:
                raise ValueError(f"a response has the status {status!r}")
            if status in {None, "submitted"}:
                user = str(response.get("user_id") or "")
                by_user.setdefault(user, {})[question] = response["value"]
    for user, answers in by_user.items():
        yield ToolAnswer({**row, **answers}, answers.get("verdict"), user)


def load() -> AnnotationFormat:
    """Build the format."""
    return JsonFormat(
        _record, _answers, lambda record: {"fields", "responses"} <= record.keys(),
        noun="record", of_ours="a record of ours",
    )  # fmt: skip
