"""JSONL for an editor or a script: fill in verdict, reason, right_label and note."""

from collections.abc import Iterator
from typing import Any

from dataaug.review.formats import ANSWERS, AnnotationFormat, JsonFormat, ToolAnswer
from dataaug.review.header import Header


def _head(header: Header) -> list[dict[str, Any]]:
    """Return the first line: the seed of the sample and the hash of the data."""
    return [header.row() | {"sample": True}]


def _answers(row: Any) -> Iterator[ToolAnswer]:
    if "sample" not in row:
        yield ToolAnswer(row, row["verdict"], str(row.get("reviewer") or ""))


def _is_ours(row: dict[str, Any]) -> bool:
    return "sample" in row or {"text", "verdict", "right_label"} <= row.keys()


def load() -> AnnotationFormat:
    """Build the format."""
    return JsonFormat(
        lambda row: {**row, **dict.fromkeys(ANSWERS, "")}, _answers, _is_ours,
        noun="row", of_ours="a row of a sample", head=_head, as_lines=True,
    )  # fmt: skip
