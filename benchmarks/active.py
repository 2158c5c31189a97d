"""What the labels of chosen rows bring, against those of as many rows at random.

    python benchmarks/active.py --data FOLDER [--draws 3] [--ask 150] [--rounds 5]

FOLDER holds SET/train.jsonl and SET/test.jsonl (text, label). For each set and number of labelled
rows a label it draws these from the train part, takes 3,000 others as the pool, and has each
strategy choose rows in rounds; their real labels are the answers. Printed: accuracy of the
``embedding`` classifier on the labelled rows, and the gain of those that were asked for, mean over
draws, in points. ``random`` is the control, the mean of three choices a draw.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from bench import parser, rows

from dataaug import plugins
from dataaug.classifiers.softmax import SoftmaxRegression
from dataaug.embedders import shared
from dataaug.labelling.strategies import PoolView
from dataaug.plugins import Spec

SETS = ("banking77", "hwu64", "cr", "subj")
CONTROLS = 3


class Part(NamedTuple):
    """Vectors of texts, and the numbers of their labels."""

    vectors: Any
    labels: Any


def main() -> None:
    """Print a line for each set and number of labelled rows."""
    options = parser(__doc__)
    options.add_argument("--sets", nargs="+", default=SETS)
    options.add_argument("--rows", nargs="+", type=int, default=[1, 5, 10])
    options.add_argument("--strategies", nargs="+", default=plugins.names("strategies"))
    options.add_argument("--draws", type=int, default=3)
    options.add_argument("--ask", type=int, default=150)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--pool", type=int, default=3_000)
    args = options.parse_args()
    print(f"{'set':10}{'rows':>5}{'real':>8}{'random':>10}"
          + "".join(f"{name:>10}" for name in args.strategies))  # fmt: skip
    for name in args.sets:
        parts = [list(rows(args.data / name / f"{part}.jsonl")) for part in ("train", "test")]
        names = sorted({row["label"] for part in parts for row in part})
        train, test = (embedded(part, names) for part in parts)
        for count in args.rows:
            drawn = [gains(train, test, count, draw, args) for draw in range(args.draws)]
            real, *found = np.mean(drawn, axis=0)
            cells = "".join(f"{gain:+10.2f}" for gain in found)
            print(f"{name:10}{count:5}{real:8.2f}{cells}", flush=True)


def embedded(given: Sequence[dict[str, Any]], names: Sequence[str]) -> Part:
    """Return the vectors and labels of rows."""
    numbers = np.array([names.index(row["label"]) for row in given])
    return Part(shared(Spec("sentence-transformers"))([row["text"] for row in given]), numbers)


def gains(train: Part, test: Part, count: int, draw: int, args: Any) -> list[float]:
    """Return the accuracy on labelled rows in percent, and the gains of random and chosen ones."""
    order = np.random.default_rng(draw).permutation(len(train.labels))
    seen: dict[int, int] = {}
    known, rest = [], []
    for row in order.tolist():
        label = int(train.labels[row])
        seen[label] = seen.get(label, 0) + 1
        (known if seen[label] <= count else rest).append(row)
    pool = np.array(rest[: args.pool])
    real = accuracy(train, known, test)
    control = []
    for number in range(CONTROLS):
        some = np.random.default_rng([draw, number]).permutation(pool)[: args.ask]
        control.append(accuracy(train, known + some.tolist(), test))
    found = [
        accuracy(train, known + chosen(train, known, pool, name, draw, args), test)
        for name in args.strategies
    ]
    return [real, float(np.mean(control)) - real, *(value - real for value in found)]


def chosen(train: Part, known: list[int], pool: Any, name: str, draw: int, args: Any) -> list[int]:
    """Return the rows that a strategy asks for, round by round."""
    strategy = plugins.load("strategies", Spec(name))
    random, asked = np.random.default_rng([draw, 99]), []
    for _ in range(args.rounds):
        view = PoolView(
            train.vectors[pool], probabilities(train, known + asked, train.vectors[pool]),
            train.vectors[known + asked], random,
        )  # fmt: skip
        picked = list(strategy(view, args.ask // args.rounds))
        asked += pool[picked].tolist()
        pool = np.delete(pool, picked)
    return asked


def probabilities(train: Part, known: Sequence[int], vectors: Any) -> Any:
    """Return the probability of each label that is known, by the ``embedding`` classifier."""
    labels, numbers = np.unique(train.labels[known], return_inverse=True)
    model = SoftmaxRegression(10.0)
    model.fit(train.vectors[known], numbers, np.ones(len(known)))
    found = np.zeros((len(vectors), int(train.labels.max()) + 1))
    found[:, labels] = model.predict_proba(vectors)
    return found


def accuracy(train: Part, known: Sequence[int], test: Part) -> float:
    """Return the share of test rows that the classifier gets right, in percent."""
    found = probabilities(train, known, test.vectors).argmax(axis=1)
    return 100 * float(np.mean(found == test.labels))


if __name__ == "__main__":
    main()
