"""`augment -m typo | filter --check length --check exact | mix`, beside an old release.

The old release is a working tree of its commit that PYTHONPATH names, run in this environment, in
turns with this tree. What counts is the CPU time, of user and system, of the three commands, and
the peak memory of each. Both trees must write the same rows, or the benchmark says that they do
not. The rows are banking77's, over and over, with the number of the round behind the text. What a
row takes is the difference of two sizes (`--rows`, and a fifth of it).
"""

import hashlib
import os
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from against_release import BASE, ROOT, worktree
from bench import PYTHON, WORK, parser, rows, save, table, write

FOLDER = WORK / "pipeline"
STAGES = (
    ("augment", "-m", "typo", "{source}", "-q"),
    ("filter", "--check", "length", "--check", "exact", "-q"),
    ("mix", "--ratio", "50:50", "-q"),
)


class Passed(NamedTuple):
    """What a run through the pipe cost: CPU seconds and MB of each command, and what came out."""

    cpu: list[float]
    peak_mb: list[float]
    sha: str


def repeated(data: Path, count: int) -> Iterator[dict[str, Any]]:
    """Yield real rows; texts and ids differ from round to round."""
    every = list(rows(data / "banking77" / "train.jsonl"))
    for number in range(count):
        turn, place = divmod(number, len(every))
        row = every[place]
        mark = f" {turn}" if turn else ""
        yield {**row, "id": f"{row['id']}-{turn}", "text": row["text"] + mark}


def passed(tree: Path, source: Path) -> Passed:
    """Run the pipe on a file.

    Raises:
        RuntimeError: a command failed.
    """
    env = {**os.environ, "PYTHONPATH": str(tree), "XDG_CACHE_HOME": str(FOLDER / "cache")}
    before: Any = subprocess.DEVNULL
    started = []
    for stage in STAGES:
        args = [part.format(source=source) for part in stage]
        child = subprocess.Popen([PYTHON, "-m", "dataaug", *args], env=env, stdin=before,
                                 stdout=subprocess.PIPE)  # fmt: skip
        if started:
            before.close()
        before = child.stdout
        started.append(child)
    sha = hashlib.sha256()
    while block := before.read(1 << 20):
        sha.update(block)
    cpu, peak = [], []
    for child in started:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"exit code {child.returncode}: {child.args}")
        cpu.append(used.ru_utime + used.ru_stime)
        peak.append(used.ru_maxrss / 1024)
    return Passed(cpu, peak, sha.hexdigest())


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--base", default=BASE)
    given = arguments.parse_args()
    small, large = (write(FOLDER / f"{size}.jsonl", repeated(given.data, size))
                    for size in (given.rows // 5, given.rows))  # fmt: skip
    ratios, lines, same = [], [], True
    with worktree(given.base, FOLDER / "base") as base:
        for number in range(given.rounds):
            old, new = passed(base, large), passed(ROOT, large)
            ratios.append(sum(new.cpu) / sum(old.cpu))
            same &= old.sha == new.sha
            lines += [(f"round {number + 1}, {name}", *run.cpu, sum(run.cpu))
                      for name, run in ((given.base, old), ("today", new))]  # fmt: skip
            print(lines[-2:], flush=True)
    least = passed(ROOT, small)
    growth = [(a - b) * 2**20 / (given.rows - given.rows // 5)
              for a, b in zip(new.peak_mb, least.peak_mb, strict=True)]  # fmt: skip
    names = [stage[0] for stage in STAGES]
    table(("CPU s", *names, "all"), lines)
    table(("memory", *names), [(f"MB at {given.rows // 5:,}", *least.peak_mb),
                               (f"MB at {given.rows:,}", *new.peak_mb),
                               ("bytes a row", *growth)])  # fmt: skip
    ratio = statistics.median(ratios)
    print(f"{given.rows:,} rows: {ratio:.2f} times the CPU of {given.base} (median of "
          f"{len(ratios)}); the same bytes: {same}")  # fmt: skip
    save("pipeline", {"times_release": ratio, "bytes_a_row": max(growth), "differs": not same,
                      "rows": given.rows})  # fmt: skip
    for path in (small, large):
        path.unlink()


if __name__ == "__main__":
    main()
