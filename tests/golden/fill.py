"""Fill in the verdicts of a sample, as a person does in another tool: ``fill FILE key=value …``.

bad=N: the first N rows are bad, the others good. left=N: the last N have no verdict. reviewer=NAME.
reason=…, right_label=…, note=…: of the bad rows. to=FILE: where the filled file goes. word=…: what
stands for a good row, where a tool allows several. parted=semicolon: CSV as some spreadsheets save
it.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Answer = dict[str, str]
Answers = Callable[[int], Answer | None]


def fill(path: str, *settings: str) -> None:
    """Fill in one file, whatever its format."""
    asked = dict(setting.split("=", 1) for setting in settings)
    content = Path(path).read_bytes()
    filled = _csv(content, asked) if content.startswith(b"\xef\xbb\xbf") else _json(content, asked)
    Path(asked.get("to", path)).write_bytes(filled)


def _answers(count: int, asked: Answer) -> Answers:
    bad, left = int(asked.get("bad", 0)), int(asked.get("left", 0))
    said = {key: asked[key] for key in ("reason", "right_label", "note") if key in asked}

    def answer(number: int) -> Answer | None:
        if number >= count - left:
            return None
        return {"verdict": "bad", **said} if number < bad else {"verdict": asked.get("word", "ok")}

    return answer


def _csv(content: bytes, asked: Answer) -> bytes:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    answer = _answers(len(rows), asked)
    for number, row in enumerate(rows):
        if found := answer(number):
            row.update(found, reviewer=asked.get("reviewer", ""))
    out = io.StringIO(newline="")
    parted = ";" if asked.get("parted") == "semicolon" else ","
    writer = csv.DictWriter(out, list(rows[0]), delimiter=parted, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _json(content: bytes, asked: Answer) -> bytes:
    if content.startswith(b"["):
        rows = json.loads(content)
        _each(rows, asked)
        return json.dumps(rows, ensure_ascii=False, indent=1).encode()
    rows = [json.loads(line) for line in content.splitlines()]
    _each([row for row in rows if "spotcheck" not in row], asked)
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _each(rows: Sequence[dict[str, Any]], asked: Answer) -> None:
    answer, who = _answers(len(rows), asked), asked.get("reviewer", "")
    for number, row in enumerate(rows):
        if found := answer(number):
            _put(row, found, who)


def _put(row: dict[str, Any], found: Answer, who: str) -> None:
    if "responses" in row:  # Argilla
        row["responses"] = {
            question: [{"value": value, "user_id": who, "status": "submitted"}]
            for question, value in found.items()
        }
    elif "meta" in row:  # Prodigy
        row["answer"] = {"ok": "accept", "bad": "reject"}.get(found["verdict"], "ignore")
        row["_annotator_id"] = who
    elif isinstance(row.get("data"), dict):  # Label Studio
        result = [
            {"from_name": name, "value": {"choices": [value]}} for name, value in found.items()
        ]
        row["annotations"] = [{"result": result, "completed_by": {"email": who}}]
    else:
        row.update(found, reviewer=who)
