"""Bytes a row of every verb: the greatest memory of a process at two numbers of rows.

    python benchmarks/memory.py [VERB…] [ROWS ROWS]

Rows are made up: 12 words of 5,000, a label of 20, and half of them synthetic where the verb needs
such. Memory is VmHWM of a process that does nothing else, so it holds Python and libraries as well;
what a row takes is the difference between the two numbers of rows, by their difference.
"""

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson

FEW, MANY = 10_000, 100_000
HASHING = ("--embedder", "hashing")
CASES: dict[str, tuple[str, ...]] = {
    "augment": ("augment", "real", "-m", "typo", "-o", "rows.out"),
    "balance": ("balance", "mixed", "--with", "oversample", "-o", "rows.out"),
    "filter": ("filter", "mixed", "--check", "length", "--check", "exact", "-o", "rows.out"),
    "filter near-duplicate": ("filter", "mixed", "--check", "near-duplicate", "-p",
                              "near-duplicate.embedder=hashing", "-o", "rows.out"),
    "mix": ("mix", "real", "made", "--size", "{half}", "-o", "rows.out"),
    "split": ("split", "real", "--test", "0.1", "--test-out", "test.out", "-o", "rows.out",
              *HASHING),
    "spotcheck": ("spotcheck", "mixed", "--review", "file", "--sample", "sample.out"),
    "spotcheck --real": ("spotcheck", "made", "--real", "real", "--review", "file",
                         "--sample", "sample.out"),
    "compare": ("compare", "real", "made", "-o", "rows.out", *HASHING),
    "compare length": ("compare", "real", "made", "--measure", "length", "-o", "rows.out"),
    "evaluate": ("evaluate", "--train", "real", "--test", "test", "mixed", "--classifier", "tfidf",
                 "--repeats", "3", "-o", "rows.out", *HASHING),
    "generate": ("generate", "--label", "a={rows}", "--llm", "replay", "--model", "answers",
                 "-o", "rows.out"),
}  # fmt: skip
FEWER = {"evaluate": (1_000, 4_000), "generate": (1_000, 5_000)}
"""Numbers of rows of what takes long."""
_CHILD = """
import sys
from dataaug.cli.app import main
code = 0
try:
    main()
except SystemExit as left:
    code = left.code
peak = next(l.split()[1] for l in open("/proc/self/status") if l.startswith("VmHWM"))
print(peak, code, file=open("peak", "w"))
"""


def _write(folder: Path, rows: int) -> None:
    chance = random.Random(rows)
    words = [f"{chance.choice('bcdfgklmnprst')}{chance.choice('aeiou')}{n}" for n in range(5_000)]
    real, made = (folder / "real").open("wb"), (folder / "made").open("wb")
    with real, made, (folder / "mixed").open("wb") as mixed:
        for number in range(rows):
            row: dict[str, object] = {
                "id": f"r{number}", "text": " ".join(chance.choices(words, k=12)),
                "label": f"label {chance.randrange(20)}",
            }  # fmt: skip
            line = orjson.dumps(row) + b"\n"
            told = orjson.dumps(row | {"_aug": {"id": f"r{number}", "origin": "synthetic"}}) + b"\n"
            real.write(line)
            made.write(told)
            mixed.write(told if number % 2 else line)
    with (folder / "test").open("wb") as test, (folder / "answers").open("wb") as answers:
        for number in range(min(rows, 5_000)):
            texts = [" ".join(chance.choices(words, k=12)).capitalize() + "." for _ in range(10)]
            row = {"id": f"t{number}", "text": texts[0], "label": f"label {number % 20}"}
            test.write(orjson.dumps(row) + b"\n" if number < 500 else b"")
            answers.write(orjson.dumps({"text": orjson.dumps({"items": texts}).decode()}) + b"\n")


def _peak(case: tuple[str, ...], rows: int) -> int:
    """Return the greatest memory of a command in bytes."""
    with tempfile.TemporaryDirectory() as home:
        _write(Path(home), rows)
        args = [part.format(half=rows // 2, rows=rows) for part in case]
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, *args, "-q"], cwd=home, check=False,
            env=os.environ | {"XDG_CACHE_HOME": home, "OMP_NUM_THREADS": "1"}, capture_output=True,
        )  # fmt: skip
        said = Path(home, "peak")
        if not said.exists() or said.read_text().split()[1] not in {"0", "None"}:
            raise SystemExit(f"{' '.join(args)}: {done.stderr.decode()}")
        return int(said.read_text().split()[0]) << 10


def main() -> None:
    """Print the table."""
    sizes = tuple(int(each) for each in sys.argv[1:] if each.isdecimal())
    print("| verb | rows | MB | rows | MB | bytes a row |\n|---|---|---|---|---|---|")
    for name in [each for each in sys.argv[1:] if not each.isdecimal()] or CASES:
        few, many = sizes or FEWER.get(name, (FEW, MANY))
        low, high = (_peak(CASES[name], rows) for rows in (few, many))
        row = (high - low) / (many - few)
        cells = (name, f"{few:,}", f"{low / 1e6:.0f}", f"{many:,}", f"{high / 1e6:.0f}")
        print(f"| {' | '.join(cells)} | {row:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
