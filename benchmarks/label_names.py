"""What label names teach: accuracy with a row of each label's name, and with rows repeated.

    python benchmarks/label_names.py --data FOLDER [--draws 4]

FOLDER holds SET/train.jsonl and SET/test.jsonl (text, label). For each set and number of real rows
a label it draws train rows, fits TF-IDF with logistic regression (C = 10) on them, on them and
what ``generate --task label-names`` makes of them, and on them twice (the control), and prints the
accuracy on the real test rows: mean over draws, in points.
"""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from bench import parser, rows
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

import dataaug
from dataaug.errors import UsageError

Row = dict[str, Any]


def main() -> None:
    """Print a line for each set and number of rows."""
    options = parser(__doc__)
    options.add_argument("--sets", nargs="+", default=["banking77", "hwu64", "cr", "subj"])
    options.add_argument("--rows", nargs="+", type=int, default=[1, 5, 20])
    options.add_argument("--draws", type=int, default=4)
    args = options.parse_args()
    print(f"{'set':12}{'rows a label':>13}{'real':>8}{'names':>8}{'twice':>8}")
    for name in args.sets:
        train, test = (list(rows(args.data / name / f"{part}.jsonl")) for part in ("train", "test"))
        for count in args.rows:
            drawn = [gains(draw(train, count, number), test) for number in range(args.draws)]
            real, names, twice = np.mean(drawn, axis=0)
            print(f"{name:12}{count:13}{real:8.2f}{names:+8.2f}{twice:+8.2f}", flush=True)


def draw(train: Sequence[Row], count: int, number: int) -> list[Row]:
    """Return so many rows of each label."""
    shuffled = random.Random(number).sample(train, len(train))
    left: dict[str, int] = {}
    found = []
    for row in shuffled:
        left[row["label"]] = left.get(row["label"], count) - 1
        if left[row["label"]] >= 0:
            found.append(row)
    return found


def gains(train: Sequence[Row], test: Sequence[Row]) -> tuple[float, float, float]:
    """Return the accuracy on real rows, and what names and repetition add."""
    real = accuracy(train, test)
    try:
        named = dataaug.generate(train, task="label-names").to_dicts()
    except UsageError:  # they say nothing, and the tool refuses them
        named = list(train)
    return real, accuracy(named, test) - real, accuracy([*train, *train], test) - real


def accuracy(train: Sequence[Row], test: Sequence[Row]) -> float:
    """Return the share of test rows that a light classifier gets right, in percent."""
    words = TfidfVectorizer(sublinear_tf=True)
    vectors = words.fit_transform([row["text"] for row in train])
    model = LogisticRegression(C=10, max_iter=500).fit(vectors, [row["label"] for row in train])
    found = model.predict(words.transform([row["text"] for row in test]))
    return 100 * float(np.mean(found == [row["label"] for row in test]))


if __name__ == "__main__":
    main()
