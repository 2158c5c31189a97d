"""CPU seconds of ``evaluate --classifier tfidf`` with 77 classes, beside those of an old release.

    python benchmarks/many_classes.py --data FOLDER [--share X] [--base COMMIT]

The train rows are those of banking77, the candidate has half as many variants of two methods
besides, the same bytes for both. ``evaluate`` runs with all
controls and five repeats, once for each release, a working tree of whose commit PYTHONPATH names.
The guard's vectors are those of ``--embedder hashing``, so that no model has a part in the time.
``--share`` takes a part of the train and test rows. Scores must be within 0.2 points.
"""

import argparse
import json
import tempfile
from pathlib import Path

from against_release import BASE, ROOT, worktree
from bench import PYTHON, Cost, run, save

GOAL, POINTS = 1 / 4, 0.2


def _part(data: Path, share: float, folder: Path) -> tuple[Path, Path]:
    """Write a part of the train and of the test rows: every n-th of them."""
    files = []
    for name in ("train", "test"):
        lines = (data / "banking77" / f"{name}.jsonl").read_text().splitlines(keepends=True)
        wanted = round(share * len(lines))
        chosen = [lines[n * len(lines) // wanted] for n in range(wanted)]
        files.append(folder / f"{name}.jsonl")
        files[-1].write_text("".join(chosen))
    return files[0], files[1]


def _dataaug(tree: Path, folder: Path, *args: str | Path) -> Cost:
    env = {"PYTHONPATH": str(tree), "XDG_CACHE_HOME": str(folder / f"cache-{tree.name}"),
           "PYTHONDONTWRITEBYTECODE": "", "PYTHONSAFEPATH": "1"}  # fmt: skip
    return run(PYTHON, "-m", "dataaug", *args, **env)


def _scores(path: Path) -> dict[str, float]:
    """Return accuracy and macro-F1 by train set, in points."""
    found = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        for score in ("accuracy", "macro_f1"):
            if "train_set" in row and isinstance(row.get(score), dict):
                found[f"{row['train_set']} {row.get('scope')} {score}"] = 100 * row[score]["value"]
    return found


def main() -> None:
    """Print the table and keep the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder that has banking77/")
    parser.add_argument("--share", type=float, default=1.0, help="of the rows, above 0 up to 1")
    parser.add_argument("--base", default=BASE, help="the commit of the old release")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, worktree(given.base, Path(name) / "old") as old:
        folder = Path(name)
        train, test = _part(given.data, given.share, folder)
        made, clean, mixed = (folder / f"{each}.jsonl" for each in ("made", "clean", "mixed"))
        _dataaug(old, folder, "augment", train, "-m", "synonym", "-m", "typo", "-o", made)
        guard = ("--check", "length", "--against", test, "--embedder", "hashing")
        _dataaug(ROOT, folder, "filter", made, *guard, "-o", clean)
        _dataaug(old, folder, "mix", clean, "--ratio", "2:1", "-o", mixed)
        costs, scores = [], []
        for tree in (ROOT, old):
            out = folder / f"{tree.name}.jsonl"
            costs.append(_dataaug(
                tree, folder, "evaluate", "--train", train, "--candidate", mixed, "--test", test,
                "--classifier", "tfidf", "--repeats", "5", "--embedder", "hashing", "-o", out,
            ))  # fmt: skip
            scores.append(_scores(out))
            print(f"{tree.name}: {costs[-1].cpu:.1f} CPU s, {costs[-1].peak_mb:.0f} MB", flush=True)
    apart = [abs(scores[0][key] - value) for key, value in scores[1].items()]
    ratio = costs[0].cpu / costs[1].cpu
    print(f"ratio {ratio:.3f} (goal {GOAL}); {len(apart)} scores, at most {max(apart):.2f} points "
          f"apart (goal {POINTS})")  # fmt: skip
    if given.share == 1:
        save("many_classes", {"ratio": ratio, "points": max(apart)}, base=given.base)


if __name__ == "__main__":
    main()
