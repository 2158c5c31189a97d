"""Prodigy: JSONL tasks, and the answers of db-out back (accept, reject, ignore, or a choice)."""

from collections.abc import Iterator
from typing import Any

from dataaug.review.formats import AnnotationFormat, JsonFormat, ToolAnswer, verdict_of_choices

_META = ("key", "id", "method", "parent", "data")
_PLAIN = frozenset({"classification", "text", "html", None})
"""Views in which accept says that the row is good; in others it says that the task is done."""


def _task(row: dict[str, str]) -> dict[str, Any]:
    """Return a task, for a recipe such as ``mark`` with the ``classification`` view."""
    meta = {name: row[name] for name in _META if row[name]}
    return {"text": row["text"], "label": row["label"], "meta": meta}


def _answers(task: Any) -> Iterator[ToolAnswer]:
    who = task.get("_annotator_id") or task.get("_session_id") or ""
    verdict, reason = _said(task)
    fields = {**task["meta"], "note": task.get("note"), "reason": reason}
    yield ToolAnswer(fields, verdict, str(who), task.get("_timestamp") or 0.0)


def _said(task: dict[str, Any]) -> tuple[str, str]:
    """Return the word for the verdict, and the reasons.

    Raises:
        ValueError: nothing was chosen, or the view asks for something else.
    """
    answer, view = str(task.get("answer") or ""), task.get("_view_id")
    if answer == "ignore" or not answer:
        return answer, ""
    if "accept" in task or "options" in task:
        texts = {option["id"]: option.get("text") for option in task.get("options") or []}
        picked = [_word(each, texts.get(each)) for each in task.get("accept") or []]
        if answer != "accept" or not picked:
            raise ValueError(f"the answer is {answer!r}, and {len(picked)} options are chosen")
        return verdict_of_choices(picked)
    if view not in _PLAIN:
        raise ValueError(f"the view {view!r} asks for no verdict; use classification or choice")
    return answer, ""


def _word(option: Any, text: Any) -> str:
    """Return an option's id, or its text where the id is a number."""
    return option if isinstance(option, str) else str(text)


def load() -> AnnotationFormat:
    """Build the format."""
    return JsonFormat(
        _task, _answers, lambda task: "answer" in task,
        noun="task", of_ours="an answer to a task of ours", as_lines=True,
    )  # fmt: skip
