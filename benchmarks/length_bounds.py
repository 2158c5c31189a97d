"""How long may a synthetic row be? What rows do for a classifier by how long they are.

    python benchmarks/length_bounds.py --data FOLDER [--seeds 10]

The real rows are short: 10 rows a label of those that have no more words than 60 % of the train
rows of banking77 or hwu64. To them come up to 10 further real rows a label, all of one length,
counted in times the 99th percentile of the first ones; the test rows are short as well. So every
row has the right label, and only the length differs. Prints the gain in accuracy, in points, over
the first rows alone: the mean of the seeds, and half of its 95 % interval; and the gain of a
thousand rows.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from random import Random
from statistics import fmean, stdev

import numpy as np

from dataaug import plugins
from dataaug.plugins import Spec

BINS = ((0, 0.5), (0.5, 1), (1, 1.25), (1.25, 1.5), (1.5, 2), (2, 3), (3, 9))
ROWS, MORE, SHARE = 10, 10, 60


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def words(row):
    return len(row["text"].split())


def accuracy(classifier, train, test):
    model = classifier([row["text"] for row in train], [row["label"] for row in train])
    said = np.array(model.classes)[model([row["text"] for row in test]).argmax(axis=1)]
    return 100 * float(np.mean(said == [row["label"] for row in test]))


def trial(classifier, train, test, seed):
    """Return the gain of each bin of lengths, for one draw of rows."""
    rng = Random(seed)
    short = np.percentile([words(row) for row in train], SHARE, method="closest_observation")
    by_label = defaultdict(list)
    for row in rng.sample(train, len(train)):
        by_label[row["label"]].append(row)
    first, rest = [], defaultdict(list)
    for label, rows in by_label.items():
        own = [row for row in rows if words(row) <= short][:ROWS]
        first += own
        rest[label] = [row for row in rows if row not in own]
    most = np.percentile([words(row) for row in first], 99, method="closest_observation")
    tested = [row for row in test if words(row) <= most]
    alone = accuracy(classifier, first, tested)
    gains, counts = {}, {}
    for low, high in BINS:
        more = []
        for rows in rest.values():
            more += [row for row in rows if low * most < words(row) <= high * most][:MORE]
        gains[low, high] = accuracy(classifier, first + more, tested) - alone
        counts[low, high] = len(more)
    return gains, counts, alone


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--classifier", default="tfidf", choices=("tfidf", "embedding"))
    given = parser.parse_args()
    for name in ("banking77", "hwu64"):
        train, test = (read(given.data / name / f"{part}.jsonl") for part in ("train", "test"))
        classifier = plugins.load("classifiers", Spec(given.classifier))
        found = [trial(classifier, train, test, seed) for seed in range(given.seeds)]
        print(f"{name}, {given.classifier}: {fmean(alone for *_, alone in found):.1f} alone")
        for low, high in BINS:
            gains = [gain[low, high] for gain, *_ in found]
            rows = fmean(count[low, high] for _, count, _ in found)
            half = 1.96 * stdev(gains) / len(gains) ** 0.5
            shown = f"{fmean(gains):+.1f} ± {half:.1f} | {1000 * fmean(gains) / max(rows, 1):+.1f}"
            print(f"| {low:g} to {high:g} times | {rows:.0f} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
