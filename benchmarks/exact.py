"""Exact duplicates of a million rows: `filter --check exact` against datatrove's exact pipeline.

Whole commands in turns, one process each, start-up included: JSONL in, JSONL out. Every fifth row
repeats an earlier text. dataaug compares normalised texts and keeps the bytes of its rows;
datatrove compares texts as they are and writes documents of its own shape.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import DATAAUG, HERE, WORK, parser, rows, run, save, sentences, table, write

FOLDER = WORK / "exact"
OUT = FOLDER / "out.jsonl"
PEER = WORK / "datatrove" / "bin" / "python"


def repeated(data: Path, count: int) -> Iterator[dict[str, Any]]:
    """Yield rows of which every fifth has the text of the row four before it."""
    texts = sentences(data, ["subj", "cr", "banking77/train"])
    before: list[str] = []
    for number in range(count):
        text = f"{texts[number % len(texts)]['text']} {number // len(texts)}"
        if number % 5 == 4:
            text = before[-4]
        before = [*before[-4:], text]
        yield {"id": f"r{number}", "text": text, "label": "a"}


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--repeat", type=int, default=2)
    given = arguments.parse_args()
    source = write(FOLDER / "in" / "rows.jsonl", repeated(given.data, given.rows))
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    kept = there = 0
    for _ in range(given.repeat):
        cost = run(
            *DATAAUG, "filter", "--check", "exact", "--include-real", source, "-q", "-o", OUT
        )
        ours.append((cost.cpu, cost.peak_mb))
        kept = sum(1 for _ in rows(OUT))
        home = FOLDER / "datatrove"
        shutil.rmtree(home, ignore_errors=True)
        cost = run(PEER, HERE / "peers" / "datatrove_exact.py", source, home)
        theirs.append((cost.cpu, cost.peak_mb))
        there = sum(1 for path in sorted((home / "out").glob("*.jsonl")) for _ in rows(path))
    best, peer = min(ours), min(theirs)
    table(
        ("command", "CPU s", "MB", "rows kept"),
        [("dataaug filter --check exact", *best, kept), ("datatrove", *peer, there)],
    )
    print(f"{given.rows:,} rows; {peer[0] / best[0]:.2f} times less CPU than datatrove")
    save("exact", {"times_datatrove": peer[0] / best[0], "kept_of_datatrove": kept / there},
         cpu={"dataaug": ours, "datatrove": theirs})  # fmt: skip
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    main()
