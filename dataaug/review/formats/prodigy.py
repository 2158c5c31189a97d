"""Prodigy: JSONL tasks, and the answers of db-out back (accept, reject, ignore)."""

from collections.abc import Iterator
from typing import Any

from dataaug.review.formats import AnnotationFormat, JsonFormat, ToolAnswer

_META = ("key", "id", "method", "parent", "data")


def _task(row: dict[str, str]) -> dict[str, Any]:
    """Return a task, for a recipe such as ``mark`` with the ``classification`` view."""
    meta = {name: row[name] for name in _META if row[name]}
    return {"text": row["text"], "label": row["label"], "meta": meta}


def _answers(task: Any) -> Iterator[ToolAnswer]:
    who = task.get("_annotator_id") or task.get("_session_id") or ""
    yield ToolAnswer({**task["meta"], "note": task.get("note")}, task.get("answer"), str(who))


def load() -> AnnotationFormat:
    """Build the format."""
    return JsonFormat(
        _task, _answers, lambda task: "answer" in task,
        noun="task", of_ours="an answer to a task of ours", as_lines=True,
    )  # fmt: skip
