"""Texts a second by each runtime, against ``SentenceTransformer.encode`` at its defaults.

    python benchmarks/embedding.py --data DATA [--rows 20000] [--runtimes torch,openvino]

Sentences of mixed length (banking77, NTREX, subj, cr) and the packaged all-MiniLM-L6-v2. Runs are
interleaved in slices, so that whatever else the machine does meets all of them alike. Then each
runtime's pairs at or above 0.95 are found as the product finds them: by its vectors where they are
sure, by exact ones within the tolerance of 0.95. They must be the pairs of ``encode``'s
vectors. ``encode`` with one thread tells what batches bring from what threads that wait for each
other cost: little on an idle machine, most of it on a busy one. Last the limits: the rate of matrix
products of this model's shapes, and the tokenizer's share.
"""

# ruff: noqa: PLC0415 - the libraries are imported after the arguments are read
import functools
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from bench import parser, save, sentences, table

SETS = ("banking77/train", "banking77/test", "ntrex", "subj", "cr")
THRESHOLD = 0.95
SLICES = 8
PRODUCTS = 50
ENCODE, ALONE = "encode", "encode, one thread"
FLOP_A_TOKEN = 2 * 6 * 12 * 384**2
"""Of six layers: four products of 384 × 384 and two of 384 × 1,536, two operations each."""

Pairs = set[tuple[int, int]]


class Clock:
    """Wall and CPU seconds of something that is done in parts."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __call__(self, work: Callable[[], Any]) -> Any:
        """Do a part of the work and return what it makes."""
        before = time.perf_counter(), time.process_time()
        made = work()
        self.wall += time.perf_counter() - before[0]
        self.cpu += time.process_time() - before[1]
        return made


def pairs(vectors: Any, floor: float) -> dict[tuple[int, int], float]:
    """Return the pairs at or above a floor, with their products in float64."""
    found = {}
    for start in range(0, len(vectors), 1024):
        block = vectors[start : start + 1024]
        tile = block @ vectors[: start + 1024].T
        for i, j in np.argwhere(tile >= floor - 1e-4):
            if j < i + start:
                value = float(block[i].astype(np.float64) @ vectors[j].astype(np.float64))
                if value >= floor:
                    found[int(i) + start, int(j)] = value
    return found


def decided(embed: Any, vectors: Any, texts: Sequence[str]) -> tuple[Pairs, int]:
    """Return the near duplicates, and how many pairs the exact vectors had to decide."""
    near = pairs(vectors, THRESHOLD - embed.tolerance)
    doubtful = [pair for pair, value in near.items() if value < THRESHOLD + embed.tolerance]
    rows = sorted({row for pair in doubtful for row in pair})
    exact = dict(zip(rows, embed.exactly([texts[row] for row in rows]), strict=True))
    sure = set(near) - set(doubtful)
    agreed = {
        (i, j) for i, j in doubtful
        if exact[i].astype(np.float64) @ exact[j].astype(np.float64) >= THRESHOLD
    }  # fmt: skip
    return sure | agreed, len(doubtful)


def encoded(peer: Any, texts: Sequence[str], threads: int) -> Any:
    """Embed by the library's call with a number of threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return peer.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    finally:
        torch.set_num_threads(before)


def multiply(clock: Clock) -> None:
    """Time products of the model's shapes by torch, one thread, of a GFLOP each."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    one, other = torch.randn(1024, 384), torch.randn(384, 1536)
    one @ other
    clock(lambda: [one @ other for _ in range(PRODUCTS)])
    torch.set_num_threads(before)


def opened(runtimes: Sequence[str]) -> dict[str, Any]:
    """Return the embedders that are compared, by runtime and precision."""
    from dataaug import plugins
    from dataaug.embedders import sentence_transformers

    precisions = ("float32", "bfloat16")[: 1 + sentence_transformers.has_bfloat16()]
    return {
        f"{runtime} {precision}": plugins.load(
            "embedders",
            plugins.Spec("sentence-transformers", {"runtime": runtime, "precision": precision}),
        )
        for runtime in runtimes
        for precision in precisions
    }


def measured(
    peer: Any, runs: dict[str, Any], texts: Sequence[str]
) -> tuple[dict[str, Clock], dict[str, Any], Clock]:
    """Embed by everything, slice by slice; return seconds and vectors by name.

    Between the slices bare products are timed: the speed of the machine drifts.
    """
    import torch

    threads = torch.get_num_threads()
    ways: dict[str, Callable[[Sequence[str]], Any]] = {
        ENCODE: lambda some: encoded(peer, some, threads),
        ALONE: lambda some: encoded(peer, some, 1),
        **runs,
    }
    clocks, bare = {name: Clock() for name in ways}, Clock()
    vectors: dict[str, list[Any]] = {name: [] for name in ways}
    for way in ways.values():
        way(texts[:64])
    # Equal slices: encode sorts by length inside a slice, as it does inside a whole.
    for part in np.array_split(np.arange(len(texts)), SLICES):
        some = [texts[row] for row in part]
        for name, way in ways.items():
            vectors[name].append(clocks[name](functools.partial(way, some)))
        multiply(bare)
    return clocks, {name: np.concatenate(parts) for name, parts in vectors.items()}, bare


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--runtimes", default="torch,openvino")
    given = arguments.parse_args()
    texts = [row["text"] for row in sentences(given.data, SETS, given.rows)]

    from dataaug import machine
    from dataaug.embedders import models

    peer = models.open_model(models.DEFAULT_MODEL)
    runs = opened(given.runtimes.split(","))
    clocks, vectors, bare = measured(peer, runs, texts)
    tokenizing = Clock()
    tokens = sum(map(len, tokenizing(lambda: peer.tokenizer(texts, truncation=True).input_ids)))
    flops = SLICES * PRODUCTS * 2 * 1024 * 384 * 1536 / bare.cpu
    reachable = flops / FLOP_A_TOKEN * len(texts) / tokens
    base = clocks[ENCODE]
    reference = set(pairs(vectors[ENCODE], THRESHOLD))
    lines, figures, agree = [], {}, True
    for name, clock in clocks.items():
        found, doubtful = (
            decided(runs[name], vectors[name], texts) if name in runs
            else (set(pairs(vectors[name], THRESHOLD)), 0)
        )  # fmt: skip
        agree &= found == reference
        rate = len(texts) / clock.cpu
        lines.append((name, len(texts) / clock.wall, rate, base.wall / clock.wall,
                      base.cpu / clock.cpu, rate / reachable, len(found), doubtful))  # fmt: skip
        key = name.replace(", ", "_").replace(" ", "_")
        figures[f"{key}_times_encode"] = base.wall / clock.wall
        figures[f"{key}_times_encode_cpu"] = base.cpu / clock.cpu
    table(("run", "texts/s", "per CPU-s", "× encode", "× in CPU", "of the limit", "pairs ≥ 0.95",
           "decided exactly"), lines)  # fmt: skip
    print(f"{len(texts):,} texts of {tokens / len(texts):.1f} tokens, {machine.threads()} "
          f"processors, load {os.getloadavg()[0]:.1f}; limit: float32 products of this model at "
          f"{flops / 1e9:.0f} GFLOP a CPU second are {reachable:.0f} texts; the tokenizer takes "
          f"{tokenizing.cpu / len(texts) * 1e6:.0f} µs of CPU a text; same pairs everywhere: "
          f"{agree}")  # fmt: skip
    shown = [list(map(str, line)) for line in lines]
    save("embedding", {**figures, "pairs_agree": float(agree)}, lines=shown)


if __name__ == "__main__":
    main()
