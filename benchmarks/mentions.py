"""What mention replacement teaches a small tagger: F1 of exact spans, and with rows repeated.

    python benchmarks/mentions.py --data FOLDER [--rows 64 128 512] [--draws 5] [--test 1500]

FOLDER holds restaurant8k/train.jsonl and test.jsonl (text, spans). For each number of real rows it
draws train rows and fits a tagger on them, on them with variants of ``augment -m mention`` (1 and 3
of each row), and on them two and four times (the controls). It prints F1 on real test rows in
points, mean over the draws, and what each adds to the real rows, and to as many rows without
anything new, with a 95 % interval (Student's t over the draws' paired differences). A span is right
where start, end and label are.

The tagger is a logistic regression for each token (BIO tags; C = 10) on the token's word in small
letters, its shape, prefix and suffix of three letters, the same words and shapes of two neighbours
on each side, and the tag before it, decoded greedily.
"""

import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from bench import parser, rows
from scipy.stats import t
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

import dataaug

Row = dict[str, Any]
Found = set[tuple[int, int, str]]
_TOKEN = re.compile(r"\w+|[^\w\s]")


def main() -> None:
    """Print a line for each number of rows and way of training."""
    options = parser(__doc__)
    options.add_argument("--rows", nargs="+", type=int, default=[64, 128, 512])
    options.add_argument("--draws", type=int, default=5)
    options.add_argument("--test", type=int, default=1500)
    args = options.parse_args()
    train, test = (
        list(rows(args.data / "restaurant8k" / f"{part}.jsonl")) for part in ("train", "test")
    )
    test = random.Random(0).sample(test, args.test)
    print(f"{'rows':>5}  {'trained on':22}{'F1':>6}   {'over real rows':25}over repeated ones")
    for count in args.rows:
        found: dict[str, list[float]] = {}
        for number in range(args.draws):
            drawn = random.Random(number).sample(train, count)
            for name, make in WAYS.items():
                found.setdefault(name, []).append(100 * f1(make(drawn, number), test))
        for name, values in found.items():
            bases = [found[base] for base in ("real rows", CONTROLS.get(name, "")) if base in found]
            gains = [gain(np.subtract(values, base)) for base in bases if base is not values]
            print(f"{count:5}  {name:22}{np.mean(values):6.2f}   {''.join(gains)}", flush=True)


def gain(gains: "np.ndarray") -> str:
    """Return the mean of paired differences and its interval, in points."""
    half = t.ppf(0.975, len(gains) - 1) * gains.std(ddof=1) / len(gains) ** 0.5
    interval = f"{gains.mean() - half:+.2f} to {gains.mean() + half:+.2f}"
    return f"{gains.mean():+.2f}  {interval}".ljust(25)


def with_mentions(drawn: Sequence[Row], seed: int, variants: int) -> list[Row]:
    """Return the rows and what mention replacement makes of them."""
    return dataaug.augment(drawn, "mention", n=variants, task="extraction", seed=seed).to_dicts()


WAYS: dict[str, Callable[[Sequence[Row], int], Sequence[Row]]] = {
    "real rows": lambda drawn, _: drawn,
    "twice": lambda drawn, _: [*drawn] * 2,
    "and 1 variant each": lambda drawn, seed: with_mentions(drawn, seed, 1),
    "four times": lambda drawn, _: [*drawn] * 4,
    "and 3 variants each": lambda drawn, seed: with_mentions(drawn, seed, 3),
}

CONTROLS = {"and 1 variant each": "twice", "and 3 variants each": "four times"}
"""What has as many rows as a way of training, without anything new."""


def f1(train: Sequence[Row], test: Sequence[Row]) -> float:
    """Return F1 of exact spans, micro-averaged, of a tagger on test rows."""
    right = given = wanted = 0
    for found, row in zip(tagged(train, test), test, strict=True):
        gold = spans(row)
        right, given, wanted = right + len(found & gold), given + len(found), wanted + len(gold)
    return 2 * right / (given + wanted)


def spans(row: Row) -> Found:
    """Return the spans of a row."""
    return {(span["start"], span["end"], span["label"]) for span in row["spans"]}


def tokens(text: str) -> list[tuple[int, int]]:
    """Return where the words and signs of a text lie."""
    return [found.span() for found in _TOKEN.finditer(text)]


def tags(row: Row) -> list[str]:
    """Return the BIO tags of the tokens of a row."""
    made = []
    for start, end in tokens(row["text"]):
        inside = [span for span in row["spans"] if span["start"] < end and start < span["end"]]
        first = inside and start <= inside[0]["start"]
        made.append(f"{'B' if first else 'I'}-{inside[0]['label']}" if inside else "O")
    return made


def features(text: str) -> list[dict[str, Any]]:
    """Return the features of each token of a text, without the tag before it."""
    words = [text[slice(*place)] for place in tokens(text)]
    shapes = [re.sub(r"[a-z]+", "x", re.sub(r"[A-Z]", "X", re.sub(r"\d", "0", w))) for w in words]
    made = []
    for number, word in enumerate(words):
        small = word.lower()
        found = {"prefix": small[:3], "suffix": small[-3:]}
        for step in range(-2, 3):
            place = number + step
            there = 0 <= place < len(words)
            found[f"word{step}"] = words[place].lower() if there else "<end>"
            found[f"shape{step}"] = shapes[place] if there else "<end>"
        made.append(found)
    return made


def tagged(train: Sequence[Row], test: Sequence[Row]) -> list[Found]:
    """Fit the tagger and return the spans that it finds in test rows."""
    given, gold = [], []
    for row in train:
        own = tags(row)
        for found, before in zip(features(row["text"]), ["<start>", *own], strict=False):
            given.append(found | {"before": before})
        gold += own
    vectors = DictVectorizer()
    model = LogisticRegression(C=10, max_iter=300).fit(vectors.fit_transform(given), gold)
    weights = dict(zip(vectors.get_feature_names_out(), model.coef_.T, strict=True))
    nothing = np.zeros(len(model.classes_))
    return [
        _decoded(row["text"], weights, model.intercept_, model.classes_, nothing) for row in test
    ]


def _decoded(
    text: str, weights: dict[str, Any], start: Any, classes: Sequence[str], nothing: Any
) -> Found:
    before, found = "<start>", []
    for (first, end), own in zip(tokens(text), features(text), strict=True):
        names = [f"{key}={value}" for key, value in own.items()] + [f"before={before}"]
        before = classes[int(np.argmax(start + sum(weights.get(name, nothing) for name in names)))]
        if before == "O":
            continue
        label = before[2:]
        goes_on = found and before[0] == "I" and found[-1][2] == label
        if goes_on and not text[found[-1][1] : first].strip():
            found[-1] = (found[-1][0], end, label)
        else:
            found.append((first, end, label))
    return set(found)


if __name__ == "__main__":
    main()
