"""How often a language model's labels are right, beside those of the usual teacher.

    python benchmarks/llm_teacher.py --data FOLDER --model FILE.gguf [--sets cr subj] [--rows 60]

FOLDER holds SET/train.jsonl and SET/test.jsonl. ``label --teacher llm`` labels test rows by
``--train`` train rows (those whose lines hash lowest), and so does the teacher ``embedding``.
Prints for each the rows that got a label, the share of them that is right, and the share that
should be by what the run says of itself. Replies are kept in the work folder, so that the same
command goes on where it was stopped.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from bench import WORK, parser

import dataaug as da
from dataaug.plugins import Option, Spec

SETS = ("cr", "subj", "banking77")


def main() -> None:
    """Print a line for each set and teacher."""
    options = parser(__doc__)
    options.add_argument("--model", required=True)
    options.add_argument("--sets", nargs="+", default=list(SETS))
    options.add_argument("--rows", type=int, default=60)
    options.add_argument("--train", type=int, default=100)
    options.add_argument("--calibrate", type=int, default=20)
    options.add_argument("--shots", type=int, default=4)
    options.add_argument("--offered", type=int, default=20)
    options.add_argument("--work", type=Path, default=WORK / "llm_teacher")
    given = options.parse_args()
    wanted: dict[str, Option] = {
        name: getattr(given, name) for name in ("calibrate", "shots", "offered")
    }
    print("| set | teacher | rows with a label | right | expected |")
    with da.session(model=given.model, cache=str(given.work)):
        for name in given.sets:
            train = lowest(given.data / name / "train.jsonl", given.train)
            test = lowest(given.data / name / "test.jsonl", given.rows)
            for teacher in (Spec("embedding"), Spec("llm", wanted)):
                pool = [{"id": row["id"], "text": row["text"]} for row in test]
                found = da.label(pool, train=train, teacher=teacher)
                right = {row["id"]: row["label"] for row in test}
                good = sum(right[row.aug["parent"]] == row.label for row in found)
                hoped = found.report.summary.expected_right
                said = "" if hoped is None else f"{hoped:.0%}"
                print(f"| {name} | {teacher.name} | {len(found.rows)} of {len(test)} |"
                      f" {good / max(1, len(found.rows)):.0%} | {said} |", flush=True)  # fmt: skip


def lowest(path: Path, count: int) -> list[dict[str, Any]]:
    """Return the rows of a file whose lines hash lowest: the same ones on every machine."""
    lines = path.read_text().splitlines(keepends=True)
    lines.sort(key=lambda line: hashlib.sha256(line.encode()).digest())
    return [json.loads(line) for line in lines[:count]]


if __name__ == "__main__":
    main()
