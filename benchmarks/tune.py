"""What tune chooses, against the best recipe that one could have known: regret on the test set.

    python benchmarks/tune.py --data FOLDER [--draws 1] [--settings banking77:5 cr=100]

FOLDER holds SET/train.jsonl and SET/test.jsonl (text, label). For each setting it draws labelled
rows from the train part (so many a label, ``:``, or in all, ``=``) and others as a pool, and races
the recipes with TF-IDF, without the pool and with it. Each recipe's train set is then scored on the
real test rows. Printed, means over draws: accuracy of the real rows, what the chosen recipe and the
best one add, the regret (what the best adds more), in points, and CPU seconds of the race.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import parser, rows
from pseudo_labels import Row, accuracy, draw

import dataaug
from dataaug.api import recipes
from dataaug.plugins import Spec
from dataaug.rows.record import Record, Schema


def main() -> None:
    """Print a line for each setting, draw and kind of race."""
    options = parser(__doc__)
    options.add_argument("--settings", nargs="+", default=["banking77:5", "cr=100"])
    options.add_argument("--draws", type=int, default=1)
    options.add_argument("--pool", type=int, default=1000)
    args = options.parse_args()
    for setting in args.settings:
        by_label = ":" in setting
        name, _, count = setting.replace("=", ":").partition(":")
        train, test = (list(rows(args.data / name / f"{part}.jsonl")) for part in ("train", "test"))
        for number in range(args.draws):
            drawn = draw(train, int(count), args.pool, number, by_label=by_label)
            report(f"{setting} #{number}", *drawn, test)


def report(name: str, known: Sequence[Row], others: Sequence[Row], test: Sequence[Row]) -> None:
    """Race with and without a pool, score every recipe on the test rows, and print."""
    pool = [{key: value for key, value in row.items() if key != "label"} for row in others]
    found = {each.name: scored(each, known, pool, test) for each in recipes.RECIPES
             if not each.costly}  # fmt: skip
    print(name, {key: f"{100 * (value - found['nothing']):+.1f}" for key, value in found.items()})
    with tempfile.TemporaryDirectory() as folder:
        for given in (None, pool):
            start = time.process_time()
            made = dataaug.tune(
                known, pool=given, classifier="tfidf", metric="accuracy",
                journal=Path(folder, "race"),
            )  # fmt: skip
            took = time.process_time() - start
            there = {one.recipe: found[one.recipe] for one in made.scores}
            best = max(there, key=lambda key: there[key])
            real, chosen = there["nothing"], there[made.recipe]
            print(
                f"{name}{' with a pool' if given else ''}: real rows {100 * real:.1f}, chosen "
                f"{made.recipe} {100 * (chosen - real):+.1f}, best {best} "
                f"{100 * (there[best] - real):+.1f}, regret {100 * (there[best] - chosen):.1f}, "
                f"{made.report.summary.fits} fits, {took:.0f} CPU s",
                flush=True,
            )


def scored(
    recipe: recipes.Recipe, known: Sequence[Row], pool: Sequence[Row], test: Sequence[Row]
) -> float:
    """Return the accuracy of a recipe's train set, of the real rows' where it can't be made."""
    held = [dataaug.from_fields(row) for row in known], [dataaug.from_fields(row) for row in pool]
    kitchen = recipes.Kitchen(
        Schema(), 0, held[1], Spec("auto"), 0.95, ["train.jsonl"], ["pool.jsonl"]
    )
    try:
        made = kitchen.contender(recipe, ()).make(held[0], ())
    except dataaug.DataaugError:
        made = held[0]
    return accuracy([dict(row.fields) for row in made if isinstance(row, Record)], test) / 100


if __name__ == "__main__":
    main()
