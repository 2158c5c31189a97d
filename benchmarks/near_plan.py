"""Near duplicates of ten million rows, simulated: what each step costs, on one machine and on Ray.

Nothing of that size is computed. Partitions are fitted in the number that so many rows get, and a
sample of the rows is placed among them. How many pairs are left to compare follows without bias: a
pair of rows is compared or not whatever other rows there are, so the sample's count grows as
N (N - 1). The same is done for a size that was measured (`near_duplicates.py --scale`), and must
give its number.

Rates (placing, comparing, summing, sorting) are measured here on real work of this machine. The
steps on Ray are put together from them: blocks and shares go to whichever worker is free, what
travels goes through the one link of the machine that drives, which also sums what comes back.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from bench import WORK, parser, save, table

from dataaug.search import dedup, kmeans, pairs, tiles
from dataaug.search.partitions import PartitionedRows
from dataaug.search.threads import in_threads

THRESHOLD = 0.95
KNOWN = 1_000_000
PROBES = 100_000
PAIR = 24
"""Bytes of a pair that was found: two numbers of 8 bytes and its product."""
FOUND = 20
"""Bytes of a possible pair that comes back: two numbers and a bound."""


class Rates(NamedTuple):
    """What a second of one processor does.

    Attributes:
        measure: rows whose length is taken.
        compare: pairs of bound vectors.
        sums: pairs of rows whose product is summed in 64 bits.
        sort: pairs that are sorted and decided on.
    """

    measure: float
    compare: float
    sums: float
    sort: float


class Sketch(NamedTuple):
    """What so many rows would cost.

    Attributes:
        partitions: how many.
        fit: CPU seconds for the centroids.
        place: CPU seconds for placing all rows.
        products: pairs to compare.
        boundaries: of how many partitions a row is on the boundary.
    """

    partitions: int
    fit: float
    place: float
    products: float
    boundaries: float


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of some work, and its result."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def sketch(vectors: Any, size: int) -> Sketch:
    """Fit the partitions of a size, place a sample among them, and scale up."""
    count = kmeans._count([size], 0)
    fit, partitions = timed(lambda: kmeans.fit_partitions([vectors], THRESHOLD, count))
    chosen = np.random.default_rng(1).choice(len(vectors), PROBES, replace=False)
    sample = np.asarray(vectors[np.sort(chosen)], np.float32)
    place, placed = timed(lambda: partitions.place(sample))
    grown = size * (size - 1) / (PROBES * (PROBES - 1))
    return Sketch(placed.partitions, fit, place * size / PROBES, placed.products * grown,
                  placed.boundary_count / PROBES)  # fmt: skip


def rates(vectors: Any) -> tuple[Rates, float, float]:
    """Measure the rates; also return pairs that are found, of a row, and possible ones by chance.

    Pairs that are found are planted: rows and their copies, as many for each row of any set. What
    passes the bound and is no pair is chance: as many of all pairs that are compared.
    """
    measure, _ = timed(lambda: kmeans._longest(vectors))
    placed: PartitionedRows = kmeans.fit_partitions([vectors], THRESHOLD).place(vectors)
    shares = list(tiles.work_shares(placed))[::20]
    task = tiles.InPartitions(placed.without_vectors(), THRESHOLD - placed.slack)
    compare, done = timed(lambda: list(in_threads(task, shares)))
    compared = sum(number for number, _ in done)
    i, j = (np.concatenate([found[n] for _, found in done if found]) for n in (0, 1))
    sums, score = timed(lambda: pairs.products(vectors, vectors, i, j))
    near = float((score >= THRESHOLD).mean())
    rng = np.random.default_rng(2)
    ends = np.sort(rng.integers(0, len(vectors), (2, 5_000_000)), axis=0)
    listed = [(ends[1], ends[0], np.full(ends.shape[1], 0.96))]
    sort, _ = timed(lambda: dedup.resolve(pairs.gather(listed), len(vectors), 0))
    of_a_row = len(i) * placed.products / compared / len(vectors)
    rows = len(vectors)
    measured = Rates(rows / measure, compared / compare, len(i) / sums, ends.shape[1] / sort)
    return measured, near * of_a_row, (1 - near) * len(i) / compared


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--cache", type=Path, default=WORK / "near_vectors",
                           help="where near_duplicates.py --scale left its vectors")  # fmt: skip
    arguments.add_argument("--rows", type=int, default=10_000_000)
    arguments.add_argument("--cores", type=int, default=8, help="of each machine")
    arguments.add_argument("--gigabit", type=float, default=10.0, help="of each machine's link")
    given = arguments.parse_args()
    vectors = np.load(given.cache / f"mixture-{KNOWN}.npy", mmap_mode="r")
    size, wide = given.rows, vectors.shape[1]
    rate, pairs, chance = rates(vectors)
    print("a CPU second:", ", ".join(f"{k} {v:,.0f}" for k, v in rate._asdict().items()))
    known, plan = sketch(vectors, KNOWN), sketch(vectors, size)
    table(
        ("rows", "partitions", "boundaries a row", "compared", "share", "place CPU s",
         "compare CPU s"),
        [(f"{rows:,}", one.partitions, one.boundaries, one.products,
          one.products / (rows * rows / 2), one.place, one.products / rate.compare)
         for rows, one in ((KNOWN, known), (size, plan))],
    )  # fmt: skip
    compare = plan.products / rate.compare
    possible = size * pairs + chance * plan.products
    sums, sort = possible / rate.sums, size * pairs / rate.sort
    short = 4 * (wide // 4 + 1) + 4 + 1  # with the number of the partition, and whether certified
    held = size * (short + 4 * plan.boundaries)
    listed = 4 * size * pairs * PAIR
    print(f"measure {size / rate.measure:,.0f}, fit {plan.fit:,.0f}, sums {sums:,.0f}, sort and "
          f"decide {sort:,.0f} CPU s; {size * pairs:,.0f} pairs, {possible:,.0f} possible ones; "
          f"vectors on disk {2 * wide * size / 1e9:.1f} GB")  # fmt: skip
    second = given.gigabit * 1e9 / 8
    lines = []
    for nodes in (1, 2, 4, 8, 16):
        workers = nodes * given.cores
        place, search = plan.place / workers, compare / workers  # tens of thousands of equal tasks
        alone = (size / rate.measure + plan.fit) / given.cores + sort
        if nodes == 1:  # threads, which also sum what they find
            steps = (alone, place, 0.0, search + sums / workers)
            there = held + size * 4 * plan.boundaries + listed
        else:
            away = (nodes - 1) / nodes
            out = away * size * (2 * wide + short) / second
            back = away * possible * FOUND / second
            # One thread takes what comes and sums it while the others compare.
            steps = (alone, max(place, out), (nodes - 1) * held / second,
                     max(search, sums, back))  # fmt: skip
            there = 2 * held + size * 4 * plan.boundaries + listed
        lines.append((nodes, workers, *steps, sum(steps) / 60, there / 1e9,
                      held / 1e9 if nodes > 1 else 0.0))  # fmt: skip
    table(("machines", "processors", "one machine s", "place s", "ship s", "compare s", "minutes",
           "GB there", "GB elsewhere"), lines)  # fmt: skip
    save("near_plan", {
        "predicted_of_known": known.products,
        "minutes_on_one": lines[0][6], "minutes_on_eight": lines[3][6],
        "gb_on_one": lines[0][7],
    }, rates=rate._asdict(), lines=lines)  # fmt: skip


if __name__ == "__main__":
    main()
