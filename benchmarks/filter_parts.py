"""Where `filter` spends its time: embedding, near-duplicate search, label check, the rest.

Default checks on banking77's 10,003 real rows and 20,000 synthetic ones (`augment -m synonym
-m typo`, cut). The parts are told apart by wrapping the product's own functions from here; a part's
time is without that of the parts inside it. Loading torch and the model counts as a part.

`--file` takes other rows (filter_large.py does); nothing is kept for the floors then.
"""

# ruff: noqa: PLC0415 - the time that imports take is part of what is measured
import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import DATAAUG, WORK, parser, rows, run, save, table, write

LOADING, EMBEDDING, SEARCH, LABEL, REST = (
    "loading the model", "embedding", "near-duplicate search", "label check", "everything else",
)  # fmt: skip


class Clock:
    """Seconds of nested parts, each without the parts inside it."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self._open: list[str] = []
        self._last = (time.perf_counter(), time.process_time())

    def _tick(self) -> None:
        now = (time.perf_counter(), time.process_time())
        if self._open:
            part = self._open[-1]
            self.wall[part] = self.wall.get(part, 0.0) + now[0] - self._last[0]
            self.cpu[part] = self.cpu.get(part, 0.0) + now[1] - self._last[1]
        self._last = now

    def enter(self, part: str) -> None:
        """Begin a part inside the one that runs."""
        self._tick()
        self._open.append(part)

    def leave(self) -> None:
        """End the part that runs; the one around it goes on."""
        self._tick()
        self._open.pop()

    def wrap(self, owner: Any, name: str, part: str) -> None:
        """Time every call of a function or method as a part."""
        inner: Callable[..., Any] = getattr(owner, name)

        def timed(*given: Any, **named: Any) -> Any:
            self.enter(part)
            try:
                return inner(*given, **named)
            finally:
                self.leave()

        setattr(owner, name, timed)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=20_000, help="synthetic rows; real: half")
    arguments.add_argument("--file", type=Path, help="rows to filter instead")
    given = arguments.parse_args()
    source = given.file or banking77(given.data, given.rows)
    clock, report, kept = filtered(source)
    parts = (LOADING, EMBEDDING, SEARCH, LABEL, REST)
    lines = [(part, clock.wall[part], clock.cpu[part], clock.cpu[part] / clock.cpu[EMBEDDING])
             for part in parts]  # fmt: skip
    table(("part", "wall s", "CPU s", "of embedding (CPU)"), lines)
    others = sum(clock.cpu[part] for part in (SEARCH, LABEL, REST)) / clock.cpu[EMBEDDING]
    print(f"{report.read_real:,} real and {report.read_synthetic:,} synthetic rows in, {kept:,} "
          f"rows out; all but loading and embedding: {others:.3f} of embedding")  # fmt: skip
    for method, counts in report.yields().items():
        why = ", ".join(f"{k} {v:,}" for k, v in report.rejected_by_method[method].items())
        print(f"  {method}: kept {counts['kept']:,}, rejected {counts['rejected']:,} ({why})")
    if given.file:
        print(json.dumps({"cpu": clock.cpu, "wall": clock.wall, "kept": kept}))
        return
    save(
        "filter_parts",
        {
            "rest_of_embedding": others,
            "search_of_embedding": clock.cpu[SEARCH] / clock.cpu[EMBEDDING],
            "label_of_embedding": clock.cpu[LABEL] / clock.cpu[EMBEDDING],
            "other_of_embedding": clock.cpu[REST] / clock.cpu[EMBEDDING],
            "rows_embedded_per_cpu_second": report.read / clock.cpu[EMBEDDING],
        },
        cpu=clock.cpu,
        wall=clock.wall,
        yields=report.yields(),
    )


def banking77(data: Path, most: int) -> Path:
    """Return a file of banking77's rows and some of their variants."""
    folder = WORK / "filter_parts"
    real = list(itertools.islice(rows(data / "banking77" / "train.jsonl"),
                                 10_003 if most >= 20_000 else most // 2))  # fmt: skip
    source = write(folder / "real.jsonl", real)
    run(*DATAAUG, "augment", source, "-m", "synonym", "-m", "typo", "--synthetic-only", "-n", "2",
        "-q", "-o", folder / "made.jsonl")  # fmt: skip
    made = list(rows(folder / "made.jsonl"))
    step = len(made) / min(most, len(made))
    cut = [made[int(n * step)] for n in range(min(most, len(made)))]
    return write(folder / "in.jsonl", [*real, *cut])


def filtered(source: Path) -> tuple[Clock, Any, int]:
    """Filter a file and return what its parts took, the report, and how many rows stayed."""
    clock = Clock()
    clock.enter(REST)
    from dataaug.embedders import minilm
    from dataaug.filtering import run as verb
    from dataaug.filtering.checks import label, near_duplicate
    from dataaug.plugins import Spec
    from dataaug.rows import jsonl
    from dataaug.rows.record import Record
    from dataaug.rows.report import Report

    model = minilm.PackagedMiniLM
    clock.wrap(minilm, "_graph", LOADING)
    clock.wrap(model, "__init__", LOADING)
    clock.wrap(model, "__call__", EMBEDDING)
    clock.wrap(near_duplicate._NearDuplicate, "judge", SEARCH)
    clock.wrap(label._Label, "judge", LABEL)
    report = Report("filter")
    task = verb.Filtering(tuple(map(Spec, verb.DEFAULT_CHECKS)))
    outcomes = verb.filter(report.reading(jsonl.read(str(source))), task, report=report)
    kept = 0
    with source.with_name("out.jsonl").open("wb") as stream:
        for outcome in outcomes:
            report.count(outcome)
            if isinstance(outcome, Record):
                kept += 1
                stream.write(outcome.line + b"\n")
    clock.leave()
    return clock, report, kept


if __name__ == "__main__":
    main()
