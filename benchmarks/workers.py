"""Two local workers against one: `augment` by synonym and by back-translation; wall and CPU time.

Whole commands in turns, start-up included; native libraries have one thread, so that one worker is
one core. A ratio means something only on a machine with two idle cores: the load is shown and kept,
and `seconds_busy` (CPU time of one worker over its wall time) says how much of a core there was.
"""

import os
import statistics
import time

from bench import DATAAUG, WORK, parser, run, save, sentences, table, write

JOBS = {
    "synonym": ["-m", "synonym"],
    "back_translation": ["-m", "back-translation", "-p", "firefox.processes=1"],
}
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=200_000, help="rows for synonym")
    arguments.add_argument("--translated", type=int, default=2_000, help="for back-translation")
    arguments.add_argument("--repeat", type=int, default=3)
    given = arguments.parse_args()
    texts = sentences(given.data, ["subj", "cr", "banking77/train"])
    sizes = {"synonym": given.rows, "back_translation": given.translated}
    figures: dict[str, float] = {}
    lines: list[tuple[object, ...]] = []
    for job, options in JOBS.items():
        size = min(sizes[job], 10 * len(texts))
        many = (
            {**texts[n % len(texts)], "id": f"r{n}"} for n in range(size)
        )  # never held: bench.py
        source = write(WORK / "workers" / f"{job}.jsonl", many)
        costs: dict[int, list[tuple[float, float, float]]] = {1: [], 2: []}
        made: dict[int, bytes] = {}
        for _ in range(given.repeat):
            for workers in (1, 2):
                out = WORK / "workers" / f"out{workers}.jsonl"
                begun = time.perf_counter()
                cost = run(*DATAAUG, "augment", *options, "--workers", str(workers), source, "-q",
                           "-o", out, **THREADS)  # fmt: skip
                costs[workers].append((time.perf_counter() - begun, cost.cpu, cost.peak_mb))
                made[workers] = out.read_bytes()
        if made[1] != made[2]:
            raise RuntimeError(f"{job}: two workers wrote other bytes than one")
        one, two = (min(costs[workers]) for workers in (1, 2))
        times = statistics.median(a[0] / b[0] for a, b in zip(costs[1], costs[2], strict=True))
        figures |= {
            f"{job}_times_one": times,
            f"{job}_cpu_of_one": two[1] / one[1],
            f"{job}_seconds_busy": one[1] / one[0],
        }
        for workers, (wall, cpu, peak), ratio in ((1, one, 1.0), (2, two, times)):
            lines.append((job, size, workers, wall, cpu, ratio, peak))
        for path in (WORK / "workers").iterdir():
            path.unlink()
    table(("method", "rows", "workers", "wall s", "CPU s", "x one", "MB (largest process)"), lines)
    load, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
    print(f"load {load:.1f} on {cores} cores; the fastest of {given.repeat}, and the median ratio")
    save("workers", figures, load=load)


if __name__ == "__main__":
    main()
