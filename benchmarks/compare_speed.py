"""Time ``compare`` on 10,000 real and 10,000 synthetic rows.

    python benchmarks/compare_speed.py ../shared/data/banking77 [embedder]

The goal is under 60 seconds besides embedding and under 2 GB of memory, on 2 cores. The folder
holds a ``train.jsonl``; its rows are repeated with new ids where it has fewer than 10,000. The
synthetic rows are made by ``swap``. Without a second argument the embedder is ``hashing``, whose
own time is small; embedding by a model comes on top, for 2,000 rows a side.
"""

import resource
import sys
import time
from itertools import cycle, islice
from pathlib import Path

from dataaug import Record, Spec, from_fields, read
from dataaug.augmentation.run import Augmentation, augment
from dataaug.comparison.run import DEFAULT_MEASURES, Comparing, compare

ROWS = 10_000
GOAL = 60.0


def main(folder: str, embedder: str = "hashing") -> None:
    rows = [row for row in read(str(Path(folder) / "train.jsonl")) if isinstance(row, Record)]
    real = [
        from_fields({"id": f"{number}", "text": row.text, "label": row.label})
        for number, row in enumerate(islice(cycle(rows), ROWS))
    ]
    both = [row for row in augment(real, Augmentation((Spec("swap"),))) if isinstance(row, Record)]
    embedding = {"self-similarity", "embedding"}
    specs = tuple(
        Spec(name, {"embedder": embedder} if name in embedding else {}) for name in DEFAULT_MEASURES
    )
    started = last = time.perf_counter()

    def notify(step: str, done: int, _total: int) -> None:
        nonlocal last
        if step == "measures":
            now = time.perf_counter()
            print(f"{specs[done - 1].name:16} {now - last:6.1f} s")
            last = now

    found = compare(both, Comparing(specs), notify=notify)
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{found.real:,} real and {sum(found.synthetic.values()):,} synthetic rows, "
          f"{len(found.findings):,} numbers: {seconds:.1f} s (goal: {GOAL:.0f} besides "
          f"embedding), {time.process_time():.1f} s of CPU, {memory:,.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:3])
