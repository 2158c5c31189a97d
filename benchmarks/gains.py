"""What each way to more train rows brings: methods by rows, sets and classifiers, over draws.

    python benchmarks/gains.py --data FOLDER --journal gains.jsonl [--draws 5] [--cpu 1800]
    python benchmarks/gains.py --journal gains.jsonl --summary  # dataaug/evidence/gains.json
    python benchmarks/gains.py --report > docs/evidence.md      # of that file

FOLDER holds SET/train.jsonl and SET/test.jsonl (text, label). A setting is a set with so many real
rows a label (``banking77:5``), in all (``cr=100``), or of a rare fifth of the labels and of the
others (``hwu64:10/25``). For each setting and draw the rows are drawn from the train part, 2,000
others of it are the pool, and each method makes a train set by the functions of dataaug. Each
classifier learns it, and its control: the real rows, repeated to the same number, under as weak a
penalty. Tested are 1,000 real rows of the test part. A journal has a line for each cell; cells that
are there are not run again, and equal train sets are fitted once.
"""

import argparse
import dataclasses
import hashlib
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from bench import rows
from gains_report import SUMMARY, page, summary

import dataaug
from dataaug import plugins
from dataaug.errors import ShortfallError, TrainingError, UsageError
from dataaug.evaluation.fit import Trainer
from dataaug.evaluation.train_sets import TrainSet, arrange, row_of, train_sets
from dataaug.plugins import Spec
from dataaug.text.normalize import normalise

Row = dict[str, Any]
SETTINGS = (
    "banking77:5", "hwu64:5", "cr=100", "subj=100", "banking77:10/25", "hwu64:10/25",
    "banking77:1", "hwu64:1", "cr=50", "subj=50", "banking77:5/25", "hwu64:5/25",
    "banking77:20", "hwu64:20", "cr=500", "subj=500",
)  # fmt: skip
TESTED, POOL = 1_000, 2_000


@dataclass(frozen=True)
class Draw:
    """What a method works with.

    Attributes:
        known: the real rows.
        pool: other real rows, without their labels.
        test: the test rows.
        rare: the rare labels of a skewed draw.
    """

    known: list[Row]
    pool: list[Row]
    test: list[Row]
    rare: frozenset[str] = frozenset()

    @cached_property
    def named(self) -> list[Row]:
        """The real rows and those of the labels' names."""
        return dataaug.generate(self.known, task="label-names").to_dicts()

    def labelled(self, **options: Any) -> list[Row]:
        """Return the pool with a teacher's labels."""
        found = dataaug.label(self.pool, train=self.known, against=self.test, **options)
        return found.to_dicts()


Method = Callable[[Draw], list[Row]]


def edited(*methods: Any, n: int = 1) -> Method:
    """Return a method that varies each row and takes out what ``filter`` would."""

    def make(draw: Draw) -> list[Row]:
        made = dataaug.augment(draw.known, methods, n=n)
        return dataaug.filter(made, checks=("length", "exact")).to_dicts()

    return make


def balanced(*makers: str) -> Method:
    """Return a method that brings all labels to the count of the largest."""

    def make(draw: Draw) -> list[Row]:
        try:
            made = dataaug.balance(draw.known, with_=makers or None)
        except ShortfallError as error:
            made = error.result
        return made.to_dicts()

    return make


METHODS: Mapping[str, Method] = {
    "nothing": lambda draw: draw.known,
    "class weights": lambda draw: draw.known,
    "label-names": lambda draw: draw.named,
    "pool, hard": lambda draw: [*draw.known, *draw.labelled()],
    "pool, soft": lambda draw: [*draw.known, *draw.labelled(soft=True)],
    "label-names + pool": lambda draw: [*draw.named, *draw.labelled(soft=True)],
    "pool, soft, 50:50": lambda draw: [*draw.known, *draw.labelled(soft=True, ratio="50:50")],
    "synonym": edited("synonym"),
    "typo": edited("typo"),
    "swap": edited("swap"),
    "delete": edited("delete"),
    "insert": edited("insert"),
    "synonym + typo": edited("synonym", "typo"),
    "delete, half the words, 4 times": edited(dataaug.method("delete", rate=0.5), n=4),
    "back-translation": edited(dataaug.method("back-translation", pivots="pt")),
    "label-names, then balance: oversample": lambda draw: balanced("oversample")(
        dataclasses.replace(draw, known=draw.named)
    ),
    "balance: label-names": balanced("label-names"),
    "balance: oversample": balanced("oversample"),
    "balance: synonym": balanced("synonym"),
    "balance: typo": balanced("typo"),
    "balance: back-translation": balanced("back-translation"),
    "balance: label-names + oversample": balanced("label-names", "oversample"),
    "balance: label-names + synonym": balanced("label-names", "synonym"),
    "balance: label-names + back-translation": balanced("label-names", "back-translation"),
    "balance": balanced(),
}


LIGHT = {"delete, half the words, 4 times", "pool, soft, 50:50"}
"""Methods that only ``tfidf`` is trained for, to save time."""


def fitting(method: str, setting: str, classifier: str) -> bool:
    """Is a method one for a setting? Balancing is for skewed draws, and only it."""
    skewed = "/" in setting
    if method in LIGHT and classifier != "tfidf":
        return False
    if method == "class weights" and classifier == "finetune":
        return False
    if "balance" in method:
        return skewed or (method == "balance: oversample" and "=" in setting)
    return method in {"nothing", "class weights", "label-names"} or not skewed


class Journal:
    """Cells and fits that are done: one JSON line each, only ever appended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines = list(rows(path)) if path.exists() else []
        self.cells = {tuple(line["cell"]) for line in self.lines if "cell" in line}
        self.fits = {line["fit"]: line["score"] for line in self.lines if "fit" in line}

    def put(self, **line: Any) -> None:
        """Append a line."""
        self.lines.append(line)
        if "cell" in line:
            self.cells.add(tuple(line["cell"]))
        else:
            self.fits[line["fit"]] = line["score"]
        with self._path.open("ab") as stream:
            stream.write(orjson.dumps(line) + b"\n")


class Scorer:
    """Fits train sets of one setting and draw with one classifier."""

    def __init__(self, journal: Journal, draw: Draw, classifier: str, seed: int) -> None:
        self._journal = journal
        self._draw = draw
        self._labels = sorted({row["label"] for part in (draw.known, draw.test) for row in part})
        self._classifier = classifier
        self._seed = seed
        self._truth = [row["label"] for row in draw.test]

    def cell(self, made: Sequence[Row], options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the scores of a train set and of its control."""
        real = [row_of(dataaug.from_fields(row)) for row in self._draw.known]
        one = arrange("made", [dataaug.from_fields(row) for row in made], real)
        first, *controls = train_sets(real, [one], controls=True)[1:]
        score, control = (self._score(each, options) for each in (first, controls[0]))
        return {"rows": len(made), "score": score, "control": control}

    def _score(self, train: TrainSet, options: Mapping[str, Any]) -> list[float]:
        """Return accuracy in percent: of all test rows, and of those of rare labels."""
        part = train.part(lambda _: True)
        spec = Spec(self._classifier, {**TUNING.get(self._classifier, {}), **options})
        said = sorted((row.text, row.label, row.weights) for row in part.rows)
        told = [str(spec), part.weight, said, [row["id"] for row in self._draw.test], self._seed]
        key = hashlib.sha256(orjson.dumps(told)).hexdigest()[:16]
        if key not in self._journal.fits:
            learner = plugins.load("classifiers", spec)
            trainer = Trainer(learner, self._labels, [row["text"] for row in self._draw.test],
                              lambda *_: None)  # fmt: skip
            found = trainer.predict(train, part, self._seed)
            right = np.array([self._labels[n] == label
                              for n, label in zip(found, self._truth, strict=True)])  # fmt: skip
            rare = np.array([label in self._draw.rare for label in self._truth])
            score = [float(right.mean()), float(right[rare].mean()) if rare.any() else 0.0]
            self._journal.put(fit=key, score=[round(100 * each, 3) for each in score])
        return list(self._journal.fits[key])


TUNING: dict[str, dict[str, Any]] = {}
"""Options of classifiers; those of ``finetune`` follow from the command line."""


def drawn(data: Path, setting: str, number: int) -> Draw:
    """Return the rows of a draw."""
    name, _, counts = setting.replace("=", ":").partition(":")
    few, _, most = counts.partition("/")
    train, test = (list(rows(data / name / f"{part}.jsonl")) for part in ("train", "test"))
    size = min(POOL, len(train) // 2)  # the same in all draws, so that it is embedded once
    mixed = random.Random(0).sample(train, len(train))
    pool = [{key: row[key] for key in row if key != "label"} for row in mixed[:size]]
    rng = random.Random(number)
    shuffled = rng.sample(mixed[size:], len(train) - size)
    labels = sorted({row["label"] for row in train})
    rare = frozenset(rng.sample(labels, len(labels) // 5)) if most else frozenset()
    left: dict[str, int] = {}
    known = []
    for row in shuffled:
        kind = "" if "=" in setting else row["label"]
        left[kind] = left.get(kind, int(most if most and kind not in rare else few)) - 1
        if left[kind] >= 0:
            known.append(row)
    tested = random.Random(0).sample(test, TESTED)
    seen = {normalise(row["text"]) for row in tested}  # a set may hold a row in both of its parts
    return Draw([row for row in known if normalise(row["text"]) not in seen], pool, tested, rare)


def run(args: Any, journal: Journal) -> None:
    """Run the cells that are missing, draw by draw, until the CPU seconds are over."""
    for number in range(args.draws):
        for setting in args.settings:
            todo = [
                (method, classifier) for method in args.methods for classifier in args.classifiers
                if fitting(method, setting, classifier)
                and (setting, number, method, classifier) not in journal.cells
            ]  # fmt: skip
            if not todo:
                continue
            draw = drawn(args.data, setting, number)
            scorers = {name: Scorer(journal, draw, name, number) for name in args.classifiers}
            made: dict[str, list[Row] | None] = {}
            for method, classifier in todo:
                if time.process_time() > args.cpu:
                    print(f"{args.cpu:g} CPU seconds are over", file=sys.stderr)
                    return
                start = time.process_time()
                cell = [setting, number, method, classifier]
                try:
                    if method not in made:
                        made[method] = METHODS[method](draw)
                    options = {"balanced": True} if method == "class weights" else {}
                    found = scorers[classifier].cell(made[method] or [], options)
                except (UsageError, TrainingError) as error:  # names that say nothing
                    found = {"refused": str(error)}
                journal.put(cell=cell, **found)
                print(f"{time.process_time() - start:6.1f} s  {cell} {found}", file=sys.stderr)


def main() -> None:
    """Run cells, or write what is known of them."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--data", type=Path)
    options.add_argument("--journal", type=Path)
    options.add_argument("--settings", nargs="+", default=SETTINGS)
    options.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    options.add_argument("--classifiers", nargs="+", default=["tfidf", "embedding"])
    options.add_argument("--draws", type=int, default=5)
    options.add_argument("--cpu", type=float, default=1800, help="CPU seconds of this run")
    options.add_argument("--model", default="", help="folder of the model of finetune")
    options.add_argument("--epochs", type=int, default=20, help="of finetune")
    options.add_argument("--summary", action="store_true", help="write the summary of the journal")
    options.add_argument("--date", default=time.strftime("%Y-%m-%d"), help="of the summary")
    options.add_argument("--scope", default="", help="what the page says was run")
    options.add_argument("--not-run", default="", help="what the page says was not run")
    options.add_argument("--report", action="store_true", help="print the page of the summary")
    args = options.parse_args()
    if args.report:
        print(page(orjson.loads(SUMMARY.read_bytes())), end="")
        return
    journal = Journal(args.journal)
    if args.summary:
        about = {"date": args.date, "version": dataaug.__version__, "tested": TESTED,
                 "scope": args.scope, "not_run": args.not_run}  # fmt: skip
        SUMMARY.write_bytes(summary(journal.lines, about))
        return
    TUNING["finetune"] = {"model": args.model, "epochs": args.epochs, "rate": 1e-4}
    run(args, journal)


if __name__ == "__main__":
    main()
