"""Label Studio: tasks to import, and its exports back (choices named verdict and reason).

JSON and JSON_MIN are read here, CSV and TSV by the format ``csv``. docs/spotcheck.md has the
labelling interface for the tasks.
"""

from collections.abc import Iterator
from typing import Any

from dataaug.review.formats import ANSWERS, AnnotationFormat, JsonFormat, ToolAnswer


def _answers(task: Any) -> Iterator[ToolAnswer]:
    """Yield what each annotation says that was not cancelled; drafts are none."""
    if not isinstance(task["data"], dict):
        yield _flat(task)
        return
    known = task["data"]
    row = {"key": known["key"], "id": known.get("id"), "data": known.get("data")}
    for annotation in task.get("annotations") or []:
        if annotation.get("was_cancelled"):
            continue
        answers: dict[str, list[Any]] = {}
        for part in annotation["result"]:
            answers.setdefault(part["from_name"], []).append(part["value"])
        if answers and "verdict" not in answers:
            raise ValueError(f"an annotation answers {', '.join(answers)}, and no 'verdict'")
        said = {name: answers.get(name) for name in ANSWERS}
        by = annotation.get("completed_by")
        who = by.get("email") or by.get("id") if isinstance(by, dict) else by
        yield ToolAnswer({**row, **said}, said["verdict"], _name(who), _when(annotation))


def _flat(row: dict[str, Any]) -> ToolAnswer:
    """Return an annotation of JSON_MIN; its ``id`` is the task's number and not the row's."""
    return ToolAnswer(
        {**row, "id": ""}, row.get("verdict"), _name(row.get("annotator")), _when(row)
    )


def _name(who: Any) -> str:
    return "" if who is None else str(who)


def _when(said: dict[str, Any]) -> str:
    return str(said.get("updated_at") or said.get("created_at") or "")


def _is_ours(task: dict[str, Any]) -> bool:
    return isinstance(task.get("data"), dict) or {"annotation_id", "key", "data"} <= task.keys()


def load() -> AnnotationFormat:
    """Build the format."""
    return JsonFormat(
        lambda row: {"data": row}, _answers, _is_ours, noun="task", of_ours="a task of ours"
    )
