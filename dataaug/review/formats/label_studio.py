"""Label Studio: tasks to import, and its JSON export back (choices named verdict and reason).

docs/spotcheck.md has the labelling interface for the tasks.
"""

from collections.abc import Iterator
from typing import Any

from dataaug.review.formats import AnnotationFormat, JsonFormat, ToolAnswer


def _answers(task: Any) -> Iterator[ToolAnswer]:
    """Yield what each annotation says that was not cancelled."""
    known = task["data"]
    row = {"key": known["key"], "id": known.get("id"), "data": known.get("data")}
    for annotation in task.get("annotations") or []:
        if annotation.get("was_cancelled"):
            continue
        answers = {part["from_name"]: _value(part["value"]) for part in annotation["result"]}
        by = annotation.get("completed_by")
        who = by.get("email") if isinstance(by, dict) else by
        reviewer = str(who if who is not None else "")
        yield ToolAnswer({**row, **answers}, answers.get("verdict"), reviewer)


def _value(value: dict[str, Any]) -> str:
    found = value.get("choices") or value.get("text") or [""]
    return str(found[0] if isinstance(found, list) else found)


def load() -> AnnotationFormat:
    """Build the format."""
    return JsonFormat(
        lambda row: {"data": row}, _answers, lambda task: isinstance(task.get("data"), dict),
        noun="task", of_ours="a task of ours",
    )  # fmt: skip
