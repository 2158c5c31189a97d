"""`filter` with default checks on 100,000 real and as many synthetic rows, and the same by hand.

By hand is what people do: `SentenceTransformer.encode` at its defaults, semhash on those vectors
(its default backend), and scikit-learn's logistic regression trained on the real ones, which judges
the synthetic ones by plain argmax. It has no check of lengths, refusals or languages, and its
classifier judges variants of the very rows that it was trained on; ours trains five, none of which
has seen the ancestors of the rows that it judges.

Rows: banking77, cr and subj with their variants by `augment` taken as real ones (labels of all
three sets, 81), and variants of these as synthetic ones. Loading libraries and models counts.
"""

# ruff: noqa: PLC0415 - the time that imports take is part of what is measured
import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import DATAAUG, HERE, PYTHON, WORK, parser, rows, run, save, table, write
from filter_parts import EMBEDDING, LABEL, LOADING, REST, SEARCH

FOLDER = WORK / "filter_large"
METHODS = ("synonym", "insert", "swap", "delete", "typo")
PEERS = WORK / "near" / "bin" / "python"


def labelled(data: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of the train files, with labels that no two sets share."""
    for name in ("banking77", "cr", "subj"):
        for number, row in enumerate(rows(data / name / "train.jsonl")):
            yield {"id": f"{name}{number}", "text": row["text"], "label": f"{name}-{row['label']}"}


def made(data: Path, most: int) -> Path:
    """Make the rows, unless that was done."""
    path = FOLDER / f"rows-{most}.jsonl"
    if path.exists():
        return path
    source = write(FOLDER / "train.jsonl", labelled(data))
    first = [word for method in METHODS for word in ("-m", method)]
    run(*DATAAUG, "augment", source, *first, "-q", "-o", FOLDER / "many.jsonl")
    real = (
        {"id": f"r{number}", "text": row["text"], "label": row["label"]}
        for number, row in enumerate(rows(FOLDER / "many.jsonl"))
    )
    write(FOLDER / "real.jsonl", itertools.islice(real, most))
    second = ["-m", "delete", "-m", "swap", "-n", "1", "--synthetic-only", "--seed", "5"]
    run(*DATAAUG, "augment", FOLDER / "real.jsonl", *second, "-q", "-o", FOLDER / "made.jsonl")
    children = list(rows(FOLDER / "made.jsonl"))
    step = len(children) / most
    write(path, itertools.chain(
        rows(FOLDER / "real.jsonl"), (children[int(n * step)] for n in range(most))
    ))  # fmt: skip
    return path


def by_hand(source: Path, vectors: Path) -> None:
    """Embed and judge the labels without dataaug; print what each part took."""
    told: dict[str, list[float]] = {}
    clock = [time.perf_counter(), time.process_time()]

    def tick(part: str) -> None:
        now = [time.perf_counter(), time.process_time()]
        told[part] = [new - old for new, old in zip(now, clock, strict=True)]
        clock[:] = now

    import numpy as np
    from sklearn.linear_model import LogisticRegression

    from dataaug.embedders import models

    model = models.open_model(models.DEFAULT_MODEL)  # a SentenceTransformer
    tick(LOADING)
    given = list(rows(source))
    found = model.encode([row["text"] for row in given], show_progress_bar=False)
    np.save(vectors, found)
    tick(EMBEDDING)
    labels = np.array([row["label"] for row in given])
    real = np.array(["_aug" not in row for row in given])
    classifier = LogisticRegression(max_iter=1000).fit(found[real], labels[real])
    odd = int((classifier.predict(found[~real]) != labels[~real]).sum())
    tick(LABEL)
    print(json.dumps({"parts": told, "odd": odd}))


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=100_000, help="of either kind")
    given = arguments.parse_args()
    source = made(given.data, given.rows)
    begun = time.perf_counter()
    cost = run(PYTHON, HERE / "filter_parts.py", "--data", given.data, "--file", source)
    ours_wall = time.perf_counter() - begun
    print(cost.out, flush=True)
    ours = json.loads(cost.out.splitlines()[-1])

    vectors = FOLDER / "vectors.npy"
    begun = time.perf_counter()
    hand = run(PYTHON, __file__, "--by-hand", source, vectors)
    told = json.loads(hand.out.splitlines()[-1])
    near = run(PEERS, HERE / "peers" / "near_peer.py", "semhash", vectors, str(2 * given.rows),
               "0.95", FOLDER / "semhash.npz")  # fmt: skip
    theirs_wall = time.perf_counter() - begun
    search = json.loads(near.out.splitlines()[-1])
    theirs = {**told["parts"], SEARCH: (search["wall"], search["cpu"])}
    lines: list[tuple[object, ...]] = [
        (part, ours["wall"][part], ours["cpu"][part], *theirs.get(part, ("", "")))
        for part in (LOADING, EMBEDDING, SEARCH, LABEL, REST)
    ]
    total = hand.cpu + near.cpu
    lines.append(("whole", ours_wall, cost.cpu, theirs_wall, total))
    table(("part", "ours: wall s", "CPU s", "by hand: wall s", "CPU s"), lines)
    print(f"{2 * given.rows:,} rows; {theirs_wall / ours_wall:.2f} times faster by the clock, "
          f"{total / cost.cpu:.2f} times less CPU; peak {cost.peak_mb:,.0f} MB against "
          f"{max(hand.peak_mb, near.peak_mb):,.0f}; rows kept: {ours['kept']:,}; labels that the "
          f"classifier by hand contradicts: {told['odd']:,}")  # fmt: skip
    save(
        "filter_large",
        {"times_by_hand": theirs_wall / ours_wall, "times_by_hand_cpu": total / cost.cpu,
         "peak_mb": cost.peak_mb},
        ours=ours, by_hand=told, semhash=search,
    )  # fmt: skip
    vectors.unlink()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--by-hand"]:
        by_hand(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
