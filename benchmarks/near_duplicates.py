"""Near duplicates of given vectors: dataaug's partitions, semhash, flat faiss, tiled brute force.

Real sentences of banking77, cr, ntrex (English) and subj, and their copies by `dataaug augment`
with five methods, embedded by the default embedder once (`--cache` keeps the vectors). All pairs
from 0.95 on; recall is counted against brute force. semhash lists no pairs, so the rows that it
keeps are looked at: how many near duplicates are left among them.

`--scale` measures growth up to a million vectors and skips the peers: x = a + u b + 0.3 (c - d)
of the real vectors, drawn anew for each row, u up to 0.5, of length 1; a fifth of the rows are
instead earlier ones moved by 0.02 to 0.25 (c - d), which leaves them at .93 to 1 of it.
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from bench import DATAAUG, HERE, PYTHON, WORK, parser, rows, run, save, sentences, table, write

THRESHOLD = "0.95"
METHODS = ("synonym", "insert", "swap", "delete", "typo")
SIZES = (30_000, 60_000, 120_000, 250_000, 1_000_000)
PEERS_ROWS = 100_000
PEERS = WORK / "near" / "bin" / "python"


def vectors_of(data: Path, folder: Path) -> Path:
    """Embed the sentences and their copies, unless that was done."""
    path = folder / "real.npy"
    if not path.exists():
        source = write(folder / "real.jsonl", sentences(data, ("banking77", "cr", "ntrex", "subj")))
        asked = [word for method in METHODS for word in ("-m", method)]
        run(*DATAAUG, "augment", source, *asked, "-q", "-o", folder / "all.jsonl")
        run(PYTHON, HERE / "near_duplicates.py", "--data", data, "--cache", folder, "--embed")
    return path


def embed(folder: Path) -> None:
    from dataaug import embedders  # noqa: PLC0415 - the peers' turn needs no torch
    from dataaug.plugins import Spec  # noqa: PLC0415

    texts = [row["text"] for row in rows(folder / "all.jsonl")]
    found = embedders.shared(Spec("sentence-transformers"))(texts)
    np.save(folder / "real.npy", np.asarray(found, np.float32))


def mixture(folder: Path, size: int) -> Path:
    """Make vectors that lie as real ones do; a file of another size is made anew.

    The file has its name when it is whole; one that was ended is gone on with.
    """
    path = folder / f"mixture-{size}.npy"
    if path.exists():
        return path
    real = np.load(folder / "real.npy")
    rng = np.random.default_rng(7)
    part = path.with_suffix(".partial")
    shape = (size, real.shape[1])
    out = np.lib.format.open_memmap(part, "r+" if part.exists() else "w+", np.float32, shape)
    for start in range(0, size, 50_000):
        count = min(50_000, size - start)
        drawn = [rng.integers(0, len(real), count) for _ in range(4)]
        share = rng.uniform(0, 0.5, (count, 1)).astype(np.float32)
        again = rng.random(count) < 0.2 if start else np.zeros(count, np.bool_)
        few = int(again.sum())
        earlier = np.sort(rng.integers(0, max(start, 1), few))
        further = [rng.integers(0, len(real), few) for _ in range(2)]
        moved = rng.uniform(0.02, 0.25, (few, 1)).astype(np.float32)
        if out[start + count : start + count + 1].any():  # the next block was begun: this is whole
            continue
        one, other, third, fourth = (real[rows] for rows in drawn)
        made = _unit(one + share * other + np.float32(0.3) * (third - fourth))
        third, fourth = (real[rows] for rows in further)
        made[again] = _unit(out[earlier] + moved * (third - fourth))
        out[start : start + count] = made
    out.flush()
    part.rename(path)
    return path


def _unit(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def contender(name: str, path: Path, size: int, out: Path) -> dict[str, Any]:
    """Run a contender and return what it measured, its peak memory, and its result."""
    peer = name in ("faiss", "semhash")
    script = HERE / "peers" / "near_peer.py" if peer else HERE / "near_run.py"
    cost = run(PEERS if peer else PYTHON, script, name, path, str(size), THRESHOLD, out)
    return {**json.loads(cost.out.splitlines()[-1]), "peak_mb": cost.peak_mb}


def left(kept: Any, pairs: Any) -> tuple[int, int]:
    """Return how many pairs have both rows kept, and how many rows went without a kept match."""
    stays = np.zeros(int(max(pairs.max(initial=0), kept.max(initial=0))) + 1, np.bool_)
    stays[kept] = True
    both = int((stays[pairs[:, 0]] & stays[pairs[:, 1]]).sum())
    covered = stays.copy()
    for one, other in (pairs.T, pairs.T[::-1]):
        covered[one[stays[other]]] = True
    return both, int((~covered).sum())


def peers(path: Path, folder: Path, most: int) -> None:
    """Compare everything on the first of the real vectors."""
    size = min(len(np.load(path, mmap_mode="r")), most)
    told: dict[str, dict[str, Any]] = {}
    found: dict[str, Any] = {}
    for name in ("ours", "greedy", "faiss", "semhash", "brute"):
        told[name] = contender(name, path, size, folder / f"{name}.npz")
        found[name] = np.load(folder / f"{name}.npz")
        print(f"{name}: {told[name]}", flush=True)
    true = found["brute"]["pairs"]
    keys = true[:, 0] * size + true[:, 1]
    recall = {
        name: float(np.isin(keys, pairs[:, 0] * size + pairs[:, 1]).mean())
        for name, pairs in ((name, found[name]["pairs"]) for name in ("ours", "faiss"))
    }
    equal = all(
        np.array_equal(found["ours"][key], found["brute"][key]) for key in ("pairs", "score")
    )
    lost = {name: left(found[name]["kept"], true) for name in ("greedy", "semhash")}
    base = told["ours"]["cpu"]
    greedy = told["greedy"]["cpu"]
    table(
        ("contender", "CPU s", "wall s", "peak MB", "x our CPU", "recall", "pairs left", "lost"),
        [
            ("dataaug, all pairs", base, told["ours"]["wall"], told["ours"]["peak_mb"], 1.0,
             recall["ours"], "", ""),
            ("dataaug, greedy", greedy, told["greedy"]["wall"], told["greedy"]["peak_mb"],
             greedy / base, "", *lost["greedy"]),
            ("semhash 0.5.0", told["semhash"]["cpu"], told["semhash"]["wall"],
             told["semhash"]["peak_mb"], told["semhash"]["cpu"] / greedy, "", *lost["semhash"]),
            ("faiss IndexFlatIP", told["faiss"]["cpu"], told["faiss"]["wall"],
             told["faiss"]["peak_mb"], told["faiss"]["cpu"] / base, recall["faiss"], "", ""),
            ("tiled brute force", told["brute"]["cpu"], told["brute"]["wall"],
             told["brute"]["peak_mb"], told["brute"]["cpu"] / base, 1.0, "", ""),
        ],
    )  # fmt: skip
    share = told["ours"]["compared"] / (size * (size - 1) / 2)
    print(
        f"{size:,} vectors, {len(true):,} pairs from {THRESHOLD} on, "
        f"{told['ours']['partitions']} partitions, {share:.2%} of all pairs compared; "
        f"the same pairs and scores as brute force: {equal}"
    )
    save("near_duplicates", {
        "times_semhash": told["semhash"]["cpu"] / greedy,
        "times_faiss": told["faiss"]["cpu"] / base,
        "times_brute": told["brute"]["cpu"] / base,
        "recall": recall["ours"],
        "differs_from_brute": float(not equal),
        "pairs_left": lost["greedy"][0],
        "rows_lost": lost["greedy"][1],
        "share_compared": share,
        "peak_mb": told["ours"]["peak_mb"],
    }, told=told)  # fmt: skip


def scale(folder: Path, most: int) -> None:
    """Measure growth on the mixture."""
    path = mixture(folder, max(size for size in SIZES if size <= most))
    told = {}
    for size in SIZES:
        if size > most:
            continue
        cost = contender("greedy", path, size, folder / "scale.npz")
        pairs = size * (size - 1) / 2
        told[size] = (cost["cpu"], cost["wall"], cost["peak_mb"], cost["partitions"],
                      cost["boundary_rows"] / size, cost["compared"] / pairs)  # fmt: skip
        print(f"{size:,}: {cost}", flush=True)
    table(
        ("rows", "CPU s", "wall s", "peak MB", "partitions", "boundaries a row", "share compared"),
        [(f"{size:,}", *line) for size, line in told.items()],
    )
    first, last = min(told), max(told)
    slope = math.log(told[last][0] / told[first][0]) / math.log(last / first)
    print(f"CPU time grows as N^{slope:.2f} from {first:,} to {last:,} rows")
    save(
        "near_scale",
        {"exponent": slope, "wall_minutes": told[last][1] / 60, "peak_mb": told[last][2],
         "rows": float(last)},
        told=told,
    )  # fmt: skip


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--cache", type=Path, default=WORK / "near_vectors")
    arguments.add_argument("--scale", action="store_true", help="growth instead of peers")
    arguments.add_argument("--most", type=int, default=0, help="rows, if not all")
    arguments.add_argument("--embed", action="store_true", help="what the script calls itself with")
    given = arguments.parse_args()
    if given.embed:
        embed(given.cache)
        return
    path = vectors_of(given.data, given.cache)
    if given.scale:
        scale(given.cache, given.most or SIZES[-1])
    else:
        peers(path, given.cache, given.most or PEERS_ROWS)


if __name__ == "__main__":
    main()
