"""What unlabelled rows bring a light classifier when a teacher labels them.

    python benchmarks/pseudo_labels.py --data FOLDER [--draws 3] [--pool 2000]

FOLDER holds SET/train.jsonl and SET/test.jsonl (text, label). For each setting it draws labelled
rows from the train part (so many a label, or so many in all), takes others of it as the pool,
without their labels, and trains TF-IDF with logistic regression (``tfidf``) on the labelled rows,
on them repeated as often as the pool would make them (the control), and on them with the rows that
``label`` makes of the pool, hard and soft, and with its limits. Printed: accuracy on the real test
rows, mean over draws, in points; the last columns are the share of pseudo-labels that are right,
and what ``label`` expected of it.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bench import parser, rows

import dataaug
from dataaug import plugins
from dataaug.classifiers import Classifier, fit_soft
from dataaug.plugins import Spec

Row = dict[str, Any]
LIGHT = Spec("tfidf")
SETTINGS = ("banking77:5", "hwu64:5", "cr=50", "cr=100", "subj=50", "subj=100")
"""Set and rows a label (``:``) or in all (``=``)."""
WAYS: Mapping[str, Mapping[str, Any]] = {
    "hard": {},
    "soft": {"soft": True},
    "p >= 0.5": {"at_least": 0.5},
    "p >= 0.8": {"at_least": 0.8},
}
"""Options of ``label``."""


def main() -> None:
    """Print a line for each setting."""
    options = parser(__doc__)
    options.add_argument("--settings", nargs="+", default=SETTINGS)
    options.add_argument("--draws", type=int, default=3)
    options.add_argument("--pool", type=int, default=2_000)
    options.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    args = options.parse_args()
    heads = ["real", "repeated", *args.ways, "right", "expected"]
    print(f"{'setting':14}" + "".join(f"{head:>10}" for head in heads))
    for setting in args.settings:
        name, by_label, count = setting.partition(":" if ":" in setting else "=")
        train, test = (list(rows(args.data / name / f"{part}.jsonl")) for part in ("train", "test"))
        drawn = []
        for number in range(args.draws):
            known, pool = draw(train, int(count), args.pool, number, by_label=by_label == ":")
            drawn.append(scores(known, pool, test, args.ways))
        mean = np.mean(drawn, axis=0)
        gains = [f"{gain:+10.2f}" for gain in mean[1:-2] - mean[0]]
        cells = [f"{mean[0]:10.2f}", *gains, *(f"{share:10.1f}" for share in mean[-2:])]
        print(f"{setting:14}" + "".join(cells), flush=True)


def draw(
    train: Sequence[Row], count: int, size: int, number: int, *, by_label: bool
) -> tuple[list[Row], list[Row]]:
    """Return labelled rows, so many of each label or in all, and other rows as a pool."""
    shuffled = random.Random(number).sample(train, len(train))
    left: dict[str, int] = {}
    known, pool = [], []
    for row in shuffled:
        kind = row["label"] if by_label else ""
        left[kind] = left.get(kind, count) - 1
        (known if left[kind] >= 0 else pool).append(row)
    return known, pool[:size]


def scores(
    known: Sequence[Row], pool: Sequence[Row], test: Sequence[Row], ways: Sequence[str]
) -> list[float]:
    """Return accuracies in percent: real, repeated, each way; then labels right, and expected."""
    times = 1 + round(len(pool) / len(known))
    found = [accuracy(known, test), accuracy(list(known) * times, test)]
    bare = [{key: value for key, value in row.items() if key != "label"} for row in pool]
    truth = {row["id"]: row["label"] for row in pool}
    told = (0.0, 0.0)
    for way in ways:
        made = dataaug.label(bare, train=known, **WAYS[way])
        found.append(accuracy([*known, *made.to_dicts()], test))
        if way == ways[0]:
            right = np.mean([truth[row.root or ""] == row.label for row in made])
            told = 100 * float(right), 100 * made.report.summary.expected_right
    return [*found, *told]


def accuracy(train: Sequence[Row], test: Sequence[Row], spec: Spec = LIGHT) -> float:
    """Return the share of test rows that a classifier gets right, in percent."""
    light: Classifier = plugins.load("classifiers", spec)
    labels = [row.get("_aug", {}).get("labels") or {row["label"]: 1.0} for row in train]
    copies = len(train) / len({(row["text"], row["label"]) for row in train})
    model = fit_soft(light, [row["text"] for row in train], labels, weight=1 / copies)
    found = model([row["text"] for row in test]).argmax(axis=1)
    return 100 * float(np.mean([model.classes[n] == row["label"] for n, row in
                                zip(found, test, strict=True)]))  # fmt: skip


if __name__ == "__main__":
    main()
