"""EDA's table 2 (Wei & Zou 2019) with TF-IDF and logistic regression: what is gained, and by what.

Every arm trains on the same draws of real train rows and is tested on the same real test rows.
Differences are paired; their 95 % intervals add the variance of the test rows (bootstrap) to that
of the draws (``dataaug/evaluation/samples.py``). Texts are made from the drawn train rows alone.

The controls tell new text from regularisation: the drawn rows repeated to the size of the other
arm, and the drawn rows once with C scaled to match (16 variants a row weigh as much as 17 times C).
``RECIPE`` was chosen by draws from the train files of cr and subj, tested on their other train
rows, before a test file was opened.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bench import parser, save, table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from dataaug import leakage
from dataaug.augmentation.eda import EDA, auto, eda_settings
from dataaug.augmentation.run import Augmentation, augment
from dataaug.evaluation.fit import samples
from dataaug.evaluation.intervals import Interval, Variances
from dataaug.evaluation.samples import Sample
from dataaug.evaluation.scores import Design, TestSet
from dataaug.evaluation.train_sets import LabelledRow, repeat_rows, row_of
from dataaug.plugins import Spec
from dataaug.rows import jsonl
from dataaug.rows.record import Record
from dataaug.rows.seeds import derive

SIZES = (500, 2000)
C = 10.0
RECIPE = (Spec("delete", {"rate": 0.5}),)
BASE = "real rows"
MINE = "recipe"


class Arm(NamedTuple):
    """What to train on, made of the drawn rows and a seed, and the C to train with."""

    rows: Callable[[Sequence[Record], int], list[LabelledRow]]
    c: float = C


def once(real: Sequence[Record], _: int) -> list[LabelledRow]:
    return [row_of(record) for record in real]


def eda(real: Sequence[Record], seed: int) -> list[LabelledRow]:
    """Add what ``augment --auto`` makes: four operations, alpha and variants by EDA's table 3."""
    task, records = auto(real, [Spec(name) for name in EDA], seed=seed)
    return made(records, task)


def recipe(real: Sequence[Record], seed: int) -> list[LabelledRow]:
    """Add what the recipe makes: as many variants as EDA recommends for so many rows."""
    return made(real, Augmentation(RECIPE, eda_settings(len(real))[1], seed))


def made(real: Sequence[Record], task: Augmentation) -> list[LabelledRow]:
    return [row_of(one) for one in augment(real, task) if isinstance(one, Record)]


def repeated(arm: Callable[[Sequence[Record], int], list[LabelledRow]]) -> Arm:
    """Return the control of an arm: the real rows repeated until each label has as many rows."""
    return Arm(lambda real, seed: repeat_rows(once(real, seed), arm(real, seed)))


def arms(size: int) -> dict[str, Arm]:
    scale = 1 + eda_settings(size)[1]
    return {
        BASE: Arm(once),
        f"real rows, C x {scale}": Arm(once, C * scale),
        "EDA (augment --auto)": Arm(eda),
        "real rows repeated, as EDA": repeated(eda),
        MINE: Arm(recipe),
        "real rows repeated, as recipe": repeated(recipe),
    }


def read(path: Path) -> list[Record]:
    records = [row for row in jsonl.read(str(path)) if isinstance(row, Record)]
    leakage.refuse_synthetic(records, str(path))
    return records


def drawn(train: Sequence[Record], size: int, seed: int) -> list[Record]:
    order = sorted(train, key=lambda record: derive(seed, "eda_table", record.id))
    return list(islice(order, size))


def predict(arm: Arm, real: Sequence[Record], seed: int, texts: Sequence[str]) -> Sequence[str]:
    rows = arm.rows(real, seed)
    words = TfidfVectorizer(ngram_range=(1, 2))
    model = LogisticRegression(C=arm.c, solver="liblinear", tol=1e-3, random_state=0)
    model.fit(words.fit_transform([row.text for row in rows]), [row.label for row in rows])
    found: Sequence[str] = model.predict(words.transform(texts))
    return found


def measure(folder: Path, size: int, seeds: int) -> dict[str, Sample]:
    """Return what is known of each arm's scores on one data set."""
    train, test = read(folder / "train.jsonl"), read(folder / "test.jsonl")
    labels = sorted({record.label or "" for record in (*train, *test)})
    number = {label: place for place, label in enumerate(labels)}
    truth = TestSet(np.array([number[r.label or ""] for r in test], np.intp), len(labels), 0)
    texts = [record.text for record in test]
    predictions = []
    for arm in arms(size).values():
        fits = []
        for seed in range(seeds):
            found = predict(arm, drawn(train, size, seed), seed, texts)
            fits.append(np.array([number[label] for label in found], np.intp))
        predictions.append(fits)
    every = tuple(range(seeds))
    design = Design(every, every, 1 / seeds)  # the mean of draws, which are taken as independent
    return dict(zip(arms(size), samples(truth, predictions, design), strict=True))


def mean(differences: Sequence[Sample]) -> Interval:
    """Return the mean accuracy difference over data sets, with the variances of both kinds."""
    parts = [one.variances().only(0) for one in differences]
    test, train, scatter = (
        np.sum([getattr(part, name) for part in parts], axis=0) / len(parts) ** 2
        for name in ("test", "train", "scatter")
    )
    rows = np.sum([part.rows for part in parts], axis=0)
    whole = Variances(test, rows, train, scatter, sum(part.freedom for part in parts))
    reach = float((np.sqrt(test + train) * whole.quantile())[0])
    value = float(np.mean([one.value[0] for one in differences]))
    return Interval(value, value - reach, value + reach)


def shown(one: Interval) -> str:
    return f"{100 * one.value:+.2f} ({100 * one.low:+.2f} to {100 * one.high:+.2f})"


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--sets", default="cr,subj", help="names of folders, with commas")
    arguments.add_argument("--seeds", type=int, default=5)
    given = arguments.parse_args()
    sets = given.sets.split(",")
    figures: dict[str, float] = {}
    notes: dict[str, dict[str, str]] = defaultdict(dict)
    for size in SIZES:
        began = time.process_time()
        found = {name: measure(given.data / name, size, given.seeds) for name in sets}
        lines = []
        for arm in arms(size):
            scores = [found[name][arm] for name in sets]
            gains = [found[name][arm].minus(found[name][BASE]) for name in sets]
            whole = [*(gain.intervals()[0] for gain in gains), mean(gains)]
            accuracy = [f"{100 * score.value[0]:.1f}" for score in scores]
            lines.append((arm, *accuracy, *("" if arm == BASE else shown(one) for one in whole)))
            key = f"{arm}, N={size}"
            figures[key] = 100 * whole[-1].value
            notes["gains"][key] = shown(whole[-1])
        for other in [arm for arm in arms(size) if arm not in {BASE, MINE}]:
            over = [found[name][MINE].minus(found[name][other]) for name in sets]
            cells = [*(one.intervals()[0] for one in over), mean(over)]
            lines.append((f"recipe - {other}", *("" for _ in sets), *map(shown, cells)))
            notes["recipe over"][f"{other}, N={size}"] = shown(cells[-1])
        print(f"N = {size}, {given.seeds} seeds, {time.process_time() - began:.0f} CPU s")
        table(("accuracy, gain in points", *sets, *(f"gain {name}" for name in sets), "mean gain"),
              lines)  # fmt: skip
    save("eda_table", figures, sets=sets, seeds=given.seeds,
         recipe=[str(spec) for spec in RECIPE], **notes)  # fmt: skip


if __name__ == "__main__":
    main()
