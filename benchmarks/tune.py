"""What tune chooses, against the best recipe that one could have known: regret on the test set.

    python benchmarks/tune.py --data FOLDER [--draws 5] [--settings banking77:5 cr=100]
        [--keep FILE]

FOLDER holds SET/train.jsonl and SET/test.jsonl (text, label). For each setting it draws labelled
rows from the train part (so many a label, ``:``, or in all, ``=``) and others as a pool, and races
the recipes with TF-IDF, without the pool and with it. Each recipe's train set is then scored on the
real test rows. Printed for each draw: accuracy of the real rows, what the chosen recipe and the
best one add, the regret (what the best adds more), in points, and CPU seconds of the race; then,
over the draws of a setting, the regret against the recipe that is best in their mean. ``--keep``
appends all scores to a file, and what it holds is not run again.
"""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import parser, rows
from pseudo_labels import Row, accuracy, draw

import dataaug
from dataaug.api import recipes
from dataaug.plugins import Spec
from dataaug.rows.record import Record, Schema

SETTINGS = (
    "banking77:1", "banking77:5", "banking77:20", "hwu64:1", "hwu64:5", "hwu64:20",
    "cr=50", "cr=500", "cr=2000", "subj=50", "subj=500", "subj=2000",
)  # fmt: skip
LIGHT = Spec("tfidf")


def main() -> None:
    """Print a line for each setting, draw and kind of race, and one for each setting."""
    options = parser(__doc__)
    options.add_argument("--settings", nargs="+", default=SETTINGS)
    options.add_argument("--draws", type=int, default=5)
    options.add_argument("--pool", type=int, default=1000)
    options.add_argument("--keep", type=Path, help="a file for all scores")
    args = options.parse_args()
    kept = [json.loads(line) for line in _lines(args.keep)]
    there = {(found["setting"], found["draw"]) for found in kept}
    wanted = [(setting, number) for number in range(args.draws) for setting in args.settings]
    for setting, number in wanted:
        if (setting, number) not in there:
            drawn = _drawn(args.data, setting, number, args.pool)
            found = [{"setting": setting, "draw": number, **one} for one in _raced(*drawn)]
            print(*map(_told, found), sep="\n", flush=True)
            _keep(args.keep, found)
            kept += found
    for setting in args.settings:
        for pooled in (False, True):
            one = [f for f in kept if f["setting"] == setting and f["pool"] == pooled]
            if one:
                print(_summed(setting, one))


def _lines(path: Path | None) -> list[str]:
    return path.read_text().splitlines() if path and path.exists() else []


def _keep(path: Path | None, found: Sequence[Mapping[str, Any]]) -> None:
    if path:
        with path.open("a") as file:
            file.writelines(json.dumps(one) + "\n" for one in found)


def _drawn(
    folder: Path, setting: str, number: int, size: int
) -> tuple[list[Row], list[Row], list[Row]]:
    """Return labelled rows, rows for a pool and test rows."""
    name, _, count = setting.replace("=", ":").partition(":")
    train, test = (list(rows(folder / name / f"{part}.jsonl")) for part in ("train", "test"))
    return *draw(train, int(count), size, number, by_label=":" in setting), test


def _raced(
    known: Sequence[Row], others: Sequence[Row], test: Sequence[Row]
) -> Iterator[dict[str, Any]]:
    """Race with and without a pool, and score every recipe on the test rows."""
    pool = [{key: value for key, value in row.items() if key != "label"} for row in others]
    found = {each.name: scored(each, known, pool, test) for each in recipes.RECIPES
             if not (each.costly or each.asks_model)}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for given in (None, pool):
            start = time.process_time()
            made = dataaug.tune(
                known, pool=given, classifier=LIGHT, metric="accuracy",
                journal=Path(folder, "race"),
            )  # fmt: skip
            told = {one.recipe: asdict(one) | {"test": found[one.recipe]} for one in made.scores}
            yield {
                "pool": given is not None, "chosen": made.recipe, "recipes": told,
                "fits": made.report.summary.fits, "cpu": time.process_time() - start,
            }  # fmt: skip


def _told(found: Mapping[str, Any]) -> str:
    test = {name: one["test"] for name, one in found["recipes"].items()}
    best, real = max(test, key=lambda key: test[key]), test["nothing"]
    chosen = test[found["chosen"]]
    return (
        f"{found['setting']} #{found['draw']}{' with a pool' if found['pool'] else ''}: real rows "
        f"{100 * real:.1f}, chosen {found['chosen']} {100 * (chosen - real):+.1f}, best {best} "
        f"{100 * (test[best] - real):+.1f}, regret {100 * (test[best] - chosen):.1f}, "
        f"{found['fits']} fits, {found['cpu']:.0f} CPU s"
    )


def _summed(setting: str, draws: Sequence[Mapping[str, Any]]) -> str:
    """Return the regret of a setting: against the recipe with the best mean of the draws."""
    names = [name for name in draws[0]["recipes"] if all(name in one["recipes"] for one in draws)]
    means = {name: _mean([one["recipes"][name]["test"] for one in draws]) for name in names}
    best = max(means, key=lambda key: means[key])
    chosen = _mean([one["recipes"][one["chosen"]]["test"] for one in draws])
    picked = ", ".join(f"{n} {c}" for n, c in Counter(one["chosen"] for one in draws).most_common())
    cpu = _mean([one["cpu"] for one in draws])
    return (
        f"| {setting}{' + pool' * draws[0]['pool']} | {100 * means['nothing']:.1f} | "
        f"{best} {100 * (means[best] - means['nothing']):+.1f} | "
        f"{100 * (chosen - means['nothing']):+.1f} | {100 * (means[best] - chosen):.1f} | "
        f"{picked} | {cpu:.0f} |"
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def scored(
    recipe: recipes.Recipe, known: Sequence[Row], pool: Sequence[Row], test: Sequence[Row]
) -> float:
    """Return the accuracy of a recipe's train set, of the real rows' where it can't be made."""
    held = [dataaug.from_fields(row) for row in known], [dataaug.from_fields(row) for row in pool]
    kitchen = recipes.Kitchen(
        Schema(), 0, held[1], Spec("auto"), 0.95, ["train.jsonl"], ["pool.jsonl"], classifier=LIGHT
    )
    one = kitchen.contender(recipe, Counter(row["label"] for row in known))
    try:
        made = one.make(held[0], ())
    except dataaug.DataaugError:
        made = held[0]
    train = [dict(row.fields) for row in made if isinstance(row, Record)]
    return accuracy(train, test, one.classifier) / 100


if __name__ == "__main__":
    main()
