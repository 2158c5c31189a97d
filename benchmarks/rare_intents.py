"""What a language model's rows do for rare intents, against copies and names of labels.

    python benchmarks/rare_intents.py --data FOLDER --model FILE.gguf [--draws 3] [--work FOLDER]

FOLDER holds banking77/train.jsonl and test.jsonl. A draw takes twenty intents, of which the rare
ones have five real rows and the others twenty. ``balance`` fills the rare ones by each maker, and
``filter`` judges what came; ``generate`` makes twice as many, so that three ways to come to the
same number can be compared: the first ones, those that are chosen by a classifier of the real rows
(right, but not among the surest third; then farthest first, away from the real rows), and all.
Prints macro-F1 on the real test rows of the rare intents and accuracy on all twenty, each as gain
over the real rows, paired over draws. Replies are kept in the work folder, so that the same command
goes on where it was stopped, and draws that are done cost nothing.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from bench import WORK, parser, rows, write
from sklearn.metrics import f1_score

import dataaug as da
from dataaug import embedders, plugins
from dataaug.errors import ShortfallError
from dataaug.plugins import Spec

Row = dict[str, Any]
SETS = {"banking77": "online banking", "hwu64": "commands to a voice assistant"}
CLASSIFIERS = ("tfidf", "embedding")
INTENTS, MANY, FEW = 20, 20, 5


def main() -> None:
    """Make the rows, draw by draw, and print a line for each way and classifier."""
    options = parser(__doc__)
    options.add_argument("--model", required=True)
    options.add_argument("--set", default="banking77", choices=sorted(SETS))
    options.add_argument("--draws", type=int, default=3)
    options.add_argument("--rare", type=int, default=2, help="intents with five rows")
    options.add_argument("--more", type=int, default=5, help="rows that each of them gets")
    options.add_argument("--work", type=Path, default=WORK / "rare_intents")
    given = options.parse_args()
    found: list[dict[tuple[str, str], tuple[float, float]]] = []
    with da.session(model=given.model, cache=str(given.work / "cache")):
        for number in range(given.draws):
            draw = Draw(given, number)
            sets = draw.train_sets()
            kept = {name: len(made) - len(draw.train) for name, made in sets.items()}
            print(f"draw {number}: rare {', '.join(draw.rare)}; rows beside the real ones: {kept}",
                  flush=True)  # fmt: skip
            found.append({
                (name, classifier): draw.scores(made, classifier)
                for name, made in sets.items() for classifier in CLASSIFIERS
            })  # fmt: skip
            table(found)


def table(found: Sequence[dict[tuple[str, str], tuple[float, float]]]) -> None:
    """Print the gains over the real rows, the mean of the draws and each of them."""
    for name, classifier in found[0]:
        each = np.array([
            np.subtract(draw[name, classifier], draw["real", classifier]) for draw in found
        ])  # fmt: skip
        rare, every = each.mean(axis=0)
        if name == "real":
            rare, every = np.mean([draw[name, classifier] for draw in found], axis=0)
        said = " ".join(f"{value:+.1f}" for value in each[:, 0])
        print(f"| {name} | {classifier} | {rare:+.1f} ({said}) | {every:+.1f} |", flush=True)


class Draw:
    """One draw of intents and rows, and the train sets that are made of it."""

    def __init__(self, given: Any, number: int) -> None:
        self._given, self._number = given, number
        chance = random.Random(number)
        every = [list(rows(given.data / given.set / f"{part}.jsonl")) for part in ("train", "test")]
        names = sorted({row["label"] for row in every[0]})
        chosen = chance.sample(names, INTENTS)
        self.rare = sorted(chosen[: given.rare])
        left = {name: FEW if name in self.rare else MANY for name in chosen}
        self.train: list[Row] = []
        for row in chance.sample(every[0], len(every[0])):
            left[row["label"]] = left.get(row["label"], 0) - 1
            if left[row["label"]] >= 0:
                self.train.append(row)
        self.test = [row for row in every[1] if row["label"] in chosen]

    def train_sets(self) -> dict[str, list[Row]]:
        """Return each train set: the real rows, and what is put beside them."""
        more = self._given.more
        double = self._kept(self._made("generate", 2 * more), 2 * more)
        return {
            "real": self.train,
            "oversample": [*self.train, *self._made("oversample", more)],
            "label-names": [*self.train, *self._named()],
            "paraphrase": [*self.train, *self._kept(self._made("paraphrase", more), more)],
            "generate": [*self.train, *first(double, more)],
            "generate and names": [*self.train, *self._named(), *first(double, more - 1)],
            "generate, chosen": [*self.train, *self._chosen(double, more)],
            "generate, all of twice": [*self.train, *double],
        }

    def _made(self, maker: str, more: int) -> list[Row]:
        """Return the synthetic rows of a maker, as it gives them; they are kept in a file."""
        file = self._given.work / f"{self._given.set}.{self._number}.{maker}.jsonl"
        if not file.exists():
            options = {"generate": {"items": 5}, "paraphrase": {"items": 1}}.get(maker, {})
            try:
                found = da.balance(
                    self.train, labels=dict.fromkeys(self.rare, FEW + more),
                    with_=Spec(maker, options), against=self.test, domain=SETS[self._given.set],
                    seed=self._number, max_ratio=10,
                )  # fmt: skip
            except ShortfallError as error:  # fewer than asked for are a result too
                found = error.result
            write(file, [row for row in found.to_dicts() if "_aug" in row])
        return list(rows(file))

    def _named(self) -> list[Row]:
        found = da.generate(self.train, task="label-names").to_dicts()
        return [row for row in found if "_aug" in row and row["label"] in self.rare]

    def _kept(self, made: Sequence[Row], most: int) -> list[Row]:
        """Return the rows that ``filter`` lets pass, of each label so many at most."""
        found = da.filter([*self.train, *made], against=self.test).to_dicts()
        return first([row for row in found if "_aug" in row], most)

    def _chosen(self, made: Sequence[Row], most: int) -> list[Row]:
        """Return the rows that a classifier of the real rows has right, though not too easily."""
        if not made:
            return []
        texts = [row["text"] for row in made]
        embed = embedders.shared(Spec("auto"))
        real, new = embed([row["text"] for row in self.train]), embed(texts)
        classifier = plugins.load("classifiers", Spec("embedding"))
        labels = [row["label"] for row in self.train]
        model = classifier([row["text"] for row in self.train], labels, seed=0)
        p = model(texts)
        chosen = []
        for label in self.rare:
            column = model.classes.index(label)
            own = [n for n, row in enumerate(made) if row["label"] == label]
            right = [n for n in own if p[n].argmax() == column]
            easy = sorted(right, key=lambda n: -p[n, column])[: len(right) // 3]
            left = [n for n in right if n not in easy]
            nearest = {n: float((real @ new[n]).max()) for n in own}
            while left and sum(row["label"] == label for row in chosen) < most:
                best = min(left, key=nearest.__getitem__)
                left.remove(best)
                chosen.append(made[best])
                nearest = {n: max(s, float(new[n] @ new[best])) for n, s in nearest.items()}
        return chosen

    def scores(self, train: Sequence[Row], classifier: str) -> tuple[float, float]:
        """Return macro-F1 of the rare intents and accuracy on all, both in points."""
        made = plugins.load("classifiers", Spec(classifier))
        model = made([row["text"] for row in train], [row["label"] for row in train], seed=0)
        own = [row["label"] for row in self.test]
        found = [model.classes[n] for n in model([row["text"] for row in self.test]).argmax(axis=1)]
        f1 = f1_score(own, found, labels=self.rare, average="macro", zero_division=0)
        return 100 * f1, 100 * float(np.mean([a == b for a, b in zip(own, found, strict=True)]))


def first(made: Sequence[Row], most: int) -> list[Row]:
    """Return the first rows of each label, so many at most."""
    left: dict[str, int] = {}
    found = []
    for row in made:
        left[row["label"]] = left.get(row["label"], most) - 1
        if left[row["label"]] >= 0:
            found.append(row)
    return found


if __name__ == "__main__":
    main()
