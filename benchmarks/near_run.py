"""One contender of near_duplicates.py in a process of its own.

near_run.py ours|greedy|brute VECTORS.npy ROWS THRESHOLD OUT.npz

`ours` lists all pairs, `greedy` chooses the rows that stay as `filter` does, `brute` lists all
pairs by tiles over half the matrix. Prints CPU and wall seconds of the work alone.
"""

import json
import sys
import time
from typing import Any

import numpy as np

from dataaug.search import dedup, kmeans, pairs


def first(path: str, size: int) -> Any:
    """Return the first rows of a file; mapping it would count its pages beside the copy."""
    with open(path, "rb") as stream:  # noqa: PTH123
        np.lib.format.read_magic(stream)
        shape, _, number = np.lib.format.read_array_header_1_0(stream)
        return np.fromfile(stream, number, size * shape[1]).reshape(size, shape[1])


def ours(vectors: Any, threshold: float) -> tuple[dict[str, Any], dict[str, Any]]:
    placed = kmeans.fit_partitions([vectors], threshold).place(vectors)
    query = pairs.PairQuery(threshold)
    i, j, score = pairs.gather(pairs.inner(placed, query))
    told = {
        "partitions": placed.partitions,
        "boundary_rows": placed.boundary_count,
        "compared": query.products,
    }
    return {"pairs": np.column_stack([i, j]), "score": score}, told


def keep(vectors: Any, threshold: float) -> tuple[dict[str, Any], dict[str, Any]]:
    rule = dedup.PairRule(threshold, lambda i, _: np.full(len(i), threshold))
    placed = kmeans.fit_partitions([vectors], threshold).place(vectors)
    choice = dedup.keep_first(placed, rule, most=max(1_000_000, 32 * len(vectors)))
    told = {
        "partitions": placed.partitions,
        "boundary_rows": placed.boundary_count,
        "compared": choice.products,
    }
    return {"kept": np.flatnonzero(choice.of < 0)}, told


def brute(vectors: Any, threshold: float) -> tuple[dict[str, Any], dict[str, Any]]:
    found = []
    for start in range(0, len(vectors), 1024):
        rows = vectors[start : start + 1024]
        for first in range(0, start + len(rows), 8192):
            tile = rows @ vectors[first : min(first + 8192, start + len(rows))].T
            near = np.flatnonzero(tile.max(axis=1) >= threshold - 1e-4)
            i, j = np.nonzero(tile[near] >= threshold - 1e-4)
            found.append(np.column_stack([near[i] + start, j + first]))
    both = np.concatenate(found)
    both = both[both[:, 1] < both[:, 0]]
    score = pairs.products(vectors, vectors, both[:, 0], both[:, 1])
    both, score = both[score >= threshold], score[score >= threshold]
    order = np.lexsort((both[:, 1], both[:, 0]))
    return {"pairs": both[order], "score": score[order]}, {}


def main() -> None:
    name, path, size, threshold, out = sys.argv[1:]
    vectors = first(path, int(size))
    work = {"ours": ours, "greedy": keep, "brute": brute}[name]
    wall, cpu = time.perf_counter(), time.process_time()
    result, told = work(vectors, float(threshold))
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    np.savez(out, **result)
    print(json.dumps({**spent, **told}))


if __name__ == "__main__":
    main()
