"""The label check on wrong labels that were planted, side by side with cleanlab.

    pip install --target DIR --no-deps cleanlab==2.9.0 termcolor tqdm pandas python-dateutil six
    python benchmarks/label_check.py --data FOLDER --cleanlab DIR

Real rows are those of train.jsonl. The rows of test.jsonl, which no model has seen, stand in for
synthetic ones: four of five keep their label (good), one of ten has another one at random, and one
of ten the label whose real rows have the nearest mean vector (confusable). Variants of 400 real
rows by four methods are good rows too. The draws deal the test rows out anew.

cleanlab gets the probabilities of the same classifier, out of sample as here, for the real rows and
these together; rows of test.jsonl and variants that it flags are found or lost.
"""

import sys
from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from bench import parser, rows, save, table

from dataaug import plugins
from dataaug.augmentation.run import Augmentation, augment
from dataaug.classifiers import Classifier
from dataaug.embedders import shared
from dataaug.filtering.run import Filtering, filter  # noqa: A004 - the verb is called so
from dataaug.plugins import Spec
from dataaug.rows.record import Record, from_fields
from dataaug.rows.report import Report
from dataaug.rows.seeds import derive

SETS = ("banking77", "hwu64", "cr", "subj")
METHODS = ("synonym", "typo", "delete", "back-translation")
SOURCES = 400
TAILS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
FEWER = (50, 100, 300, 1_000)
NO_LIMIT = 1.0
KINDS = ("good", "variants", "random", "confusable")

Flags = Callable[[Sequence[Record], Sequence[Record]], set[str]]
"""Takes real rows and others, and returns the ids of others that it rejects."""


class Plants(NamedTuple):
    """Real rows, others, and what is known of the others by their ids."""

    real: list[Record]
    others: list[Record]
    kind: dict[str, str]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--cleanlab", type=Path, help="folder that cleanlab was installed to")
    arguments.add_argument("--draws", type=int, default=5)
    arguments.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    given = arguments.parse_args()
    figures: dict[str, float] = {}
    for name in given.sets:
        figures |= measure(name, given)
    save("label_check", figures)


def measure(name: str, given: Namespace) -> dict[str, float]:
    """Print the tables of a data set and return the figures of the check at its defaults."""
    real = [from_fields(row) for row in rows(given.data / name / "train.jsonl")]
    test = list(rows(given.data / name / "test.jsonl"))
    changed = list(variants(real, name))
    nearest = confusable(real)
    drawn = [plant(real, test, changed, nearest, seed) for seed in range(given.draws)]
    head = ("good lost", "variants lost", *METHODS, "random found", "confusable found")
    lines = {rule: pooled(drawn, flags) for rule, flags in contenders(given)}
    table((name, *head), [(rule, *shown(found)) for rule, found in lines.items()])
    trade = [(f"tail {tail}", *shown(pooled(drawn[:1], ours(tail=tail, max_good_loss=NO_LIMIT))))
             for tail in TAILS]  # fmt: skip
    table((f"{name}, no limit to the loss", *head), trade)
    table((f"{name}, fewer real rows", "draws with a verdict", "good lost", "worst draw",
           "random found", "confusable found"),
          list(fewer(real, test, nearest, given.draws)))  # fmt: skip
    return {f"{name}_{kind}": lines["dataaug"][kind] for kind in KINDS}


def variants(real: Sequence[Record], name: str) -> Iterator[Record]:
    """Yield variants of some of the rows, one by each method."""
    order = sorted(real, key=lambda row: derive(0, "variants", row.id))[:SOURCES]
    for method in METHODS:
        print(f"{name}: {method}", file=sys.stderr)
        task = Augmentation((Spec(method),), count=1)
        yield from (made for made in augment(order, task) if isinstance(made, Record)
                    and not made.is_real)  # fmt: skip


def confusable(real: Sequence[Record]) -> dict[str, str]:
    """Return for each label the one whose rows have the nearest mean vector."""
    names = sorted({str(row.label) for row in real})
    place = np.array([names.index(str(row.label)) for row in real])
    vectors = shared(Spec("sentence-transformers"))([row.text for row in real])
    means = np.stack([vectors[place == n].mean(axis=0) for n in range(len(names))])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    near = means @ means.T
    np.fill_diagonal(near, -1)
    return {name: names[n] for name, n in zip(names, near.argmax(axis=1), strict=True)}


def plant(
    real: list[Record],
    test: Sequence[dict[str, Any]],
    changed: Sequence[Record],
    nearest: dict[str, str],
    seed: int,
) -> Plants:
    """Give one row of ten a random other label, one of ten the confusable one."""
    names = sorted(nearest)
    kind: dict[str, str] = {}
    others: list[Record] = []
    order = sorted(test, key=lambda row: derive(seed, "deal", row["id"]))
    for number, row in enumerate(order):
        label, what = row["label"], "good"
        if number % 10 == 0:
            rest = [name for name in names if name != label]
            label, what = rest[derive(seed, "label", row["id"]) % len(rest)], "random"
        elif number % 10 == 1:
            label, what = nearest[label], "confusable"
        made = {"id": row["id"], "origin": "synthetic", "parent": None, "root": None,
                "method": "planted"}  # fmt: skip
        others.append(from_fields({**row, "label": label, "_aug": made}))
        kind[row["id"]] = what
    for record in changed:
        kind[record.id] = str((record.aug or {})["method"])
    return Plants(real, [*others, *changed], kind)


def contenders(given: Namespace) -> Iterator[tuple[str, Flags]]:
    """Yield names and rules."""
    yield "dataaug", ours()
    yield "a margin of 0.3", ours(margin=0.3, max_good_loss=NO_LIMIT)
    yield "a plain mismatch", ours(margin=1e-6, max_good_loss=NO_LIMIT)
    if given.cleanlab is None:
        print("cleanlab is left out: --cleanlab DIR", file=sys.stderr)
        return
    sys.path.append(str(given.cleanlab))
    for way in ("prune_by_noise_rate", "confident_learning", "both"):
        yield f"cleanlab {way}", theirs(way)


def ours(**options: float) -> Flags:
    """Return the check with options."""

    def flags(real: Sequence[Record], others: Sequence[Record]) -> set[str]:
        task = Filtering((Spec("label", options),))
        outcomes = filter([*real, *others], task, report=Report("filter"))
        return {one.record.id for one in outcomes if not isinstance(one, Record)}

    return flags


def theirs(way: str) -> Flags:
    """Return cleanlab's ``find_label_issues`` on the probabilities of the same classifier."""

    def flags(real: Sequence[Record], others: Sequence[Record]) -> set[str]:
        from cleanlab.filter import find_label_issues  # noqa: PLC0415 - in a folder of its own

        every = [*real, *others]
        names = sorted({str(row.label) for row in real})
        numbers = np.array([names.index(str(row.label)) for row in every])
        issues = find_label_issues(numbers, probabilities(real, others), filter_by=way, n_jobs=1)
        return {row.id for row, bad in zip(others, issues[len(real) :], strict=True) if bad}

    return flags


def probabilities(real: Sequence[Record], others: Sequence[Record], folds: int = 5) -> Any:
    """Return the probabilities of all rows by models that have not seen them or their ancestors."""
    train: Classifier = plugins.load("classifiers", Spec("embedding", {"balanced": True}))
    every = [*real, *others]
    order = sorted(real, key=lambda row: (str(row.label), derive(0, row.id)))
    fold_of = {row.id: n % folds for n, row in enumerate(order)}
    fold = np.array([fold_of.get(row.root or "", -1) for row in every])
    found = np.zeros((len(every), len({row.label for row in real})))
    for number in range(-1, folds):
        seen = [row for row in real if fold_of[row.id] != number]
        model = train([row.text for row in seen], [str(row.label) for row in seen])
        chosen = np.flatnonzero(fold == number)
        found[chosen] = model([every[n].text for n in chosen])
    return found


def pooled(drawn: Sequence[Plants], flags: Flags) -> dict[str, float]:
    """Return the share of the rows of each kind that a rule rejects, over all draws."""
    gone: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for plants in drawn:
        rejected = flags(plants.real, plants.others)
        there.update(plants.kind.values())
        gone.update(plants.kind[name] for name in rejected)
    shares = {kind: gone[kind] / there[kind] for kind in there}
    changed = [method for method in METHODS if there[method]]
    shares["variants"] = sum(gone[m] for m in changed) / max(1, sum(there[m] for m in changed))
    return shares


def shown(found: dict[str, float]) -> list[str]:
    """Return the cells of a line in per cent."""
    kinds = ("good", "variants", *METHODS, "random", "confusable")
    return [f"{100 * found[kind]:.1f}" if kind in found else "" for kind in kinds]


def fewer(
    real: Sequence[Record],
    test: Sequence[dict[str, Any]],
    nearest: dict[str, str],
    draws: int,
) -> Iterator[tuple[object, ...]]:
    """Yield lines for smaller samples of the real rows, the labels dealt as in the whole."""
    for size in FEWER:
        kept: dict[str, list[float]] = defaultdict(list)
        for seed in range(2 * draws):
            some = sorted(real, key=lambda row: derive(seed, "some", row.id))[:size]
            found = pooled([plant(some, test, (), nearest, seed)], ours())
            if found["random"] or found["good"]:
                for kind, share in found.items():
                    kept[kind].append(100 * share)
        mean = {kind: f"{np.mean(shares):.1f}" for kind, shares in kept.items()}
        worst = f"{max(kept['good']):.1f}" if kept else ""
        yield (f"{size:,}", f"{len(kept['good'])} of {2 * draws}", mean.get("good", ""),
               worst, mean.get("random", ""), mean.get("confusable", ""))  # fmt: skip


if __name__ == "__main__":
    main()
