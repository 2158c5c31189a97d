"""`mix` and `filter` on a million rows against orjson parse + dump of the same file; memory a row.

Whole commands in processes of their own, one after the other, round by round, start-up included. A
ratio is the median over the rounds of a command's CPU time over the floor's in the same round: on
a machine whose speed drifts, the least of each would be of different minutes. Memory is the peak of
the process at two numbers of rows.
"""

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import DATAAUG, PYTHON, WORK, parser, rows, run, save, table, write

FOLDER = WORK / "rows_speed"
OUT = FOLDER / "out.jsonl"
FLOOR = (
    "import sys, orjson\n"
    "with open(sys.argv[1], 'rb') as rows, open(sys.argv[2], 'wb') as out:\n"
    "    for line in rows: out.write(orjson.dumps(orjson.loads(line)) + b'\\n')\n"
)
COMMANDS: dict[str, list[str]] = {
    "mix": ["mix", "--ratio", "50:50"],
    "filter_length": ["filter", "--check", "length"],
    "filter_length_exact": ["filter", "--check", "length", "--check", "exact"],
}


def pairs(data: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return banking77's rows with the child that `augment -m synonym` makes of each."""
    made = FOLDER / "augmented.jsonl"
    run(*DATAAUG, "augment", data / "banking77" / "train.jsonl", "-q", "-o", made)
    found: dict[str, dict[str, Any]] = {}
    both = []
    for row in rows(made):
        if "_aug" not in row:
            found[row["id"]] = row
        else:
            both.append((found[row["_aug"]["parent"]], row))
    return both


def repeated(data: Path, count: int) -> Iterator[dict[str, Any]]:
    """Yield real rows and their children in turn; texts and ids differ from cycle to cycle."""
    both = pairs(data)
    for number in range(count // 2):
        cycle, place = divmod(number, len(both))
        real, child = both[place]
        name, mark = f"{real['id']}-{cycle}", f" {cycle}" if cycle else ""
        yield {**real, "id": name, "text": real["text"] + mark}
        aug = {**child["_aug"], "id": f"{child['_aug']['id']}{cycle}", "parent": name, "root": name}
        yield {**child, "id": name, "text": child["text"] + mark, "_aug": aug}


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--repeat", type=int, default=5)
    given = arguments.parse_args()
    sizes = (given.rows // 10, given.rows)
    files = [FOLDER / f"{size}.jsonl" for size in sizes]
    for size, path in zip(sizes, files, strict=True):
        # In a process of its own: what this one holds would count as its children's memory.
        run(PYTHON, __file__, "--make", given.data, path, str(size))
    cpu: dict[str, list[float]] = {name: [] for name in ("floor", *COMMANDS)}
    peak: dict[str, float] = {}
    for _ in range(given.repeat):
        cpu["floor"].append(run(PYTHON, "-c", FLOOR, files[1], OUT).cpu)
        for name, command in COMMANDS.items():
            cost = run(*DATAAUG, *command, files[1], "-q", "-o", OUT)
            cpu[name].append(cost.cpu)
            peak[name] = cost.peak_mb
    small = {name: run(*DATAAUG, *command, files[0], "-q", "-o", OUT).peak_mb
             for name, command in COMMANDS.items()}  # fmt: skip
    floor = min(cpu["floor"])
    growth = {n: (peak[n] - small[n]) * 2**20 / (sizes[1] - sizes[0]) for n in COMMANDS}
    ratios = {
        name: statistics.median(a / b for a, b in zip(cpu[name], cpu["floor"], strict=True))
        for name in COMMANDS
    }
    lines: list[tuple[object, ...]] = [("orjson parse + dump", floor, 1.0, "", "", "")]
    lines += [
        (name, min(cpu[name]), ratios[name], small[name], peak[name], growth[name])
        for name in COMMANDS
    ]
    table(("command", "CPU s (least)", "x floor", f"MB at {sizes[0]:,}", f"MB at {sizes[1]:,}",
           "bytes a row"), lines)  # fmt: skip
    print(f"{sizes[1]:,} rows, {files[1].stat().st_size / 1e6:,.0f} MB, {given.repeat} rounds")
    times = {f"{name}_times_floor": ratio for name, ratio in ratios.items()}
    memory = {f"{name}_bytes_a_row": growth[name] for name in COMMANDS}
    save("rows_speed", {**times, **memory}, cpu=cpu, peak_mb=peak, peak_mb_small=small)
    for path in (*files, OUT):
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        write(Path(sys.argv[3]), repeated(Path(sys.argv[2]), int(sys.argv[4])))
    else:
        main()
