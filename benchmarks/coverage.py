"""How often the intervals of evaluate hold the truth, on real sets.

    python benchmarks/coverage.py --data FOLDER             # goes on where the journal ends
    python benchmarks/coverage.py --data FOLDER --minutes 0 # the tables of what is there

A draw takes N train rows and some test rows out of a set, without regard to labels. It is
evaluated by the parts of ``evaluate`` themselves: halves, fits, intervals. The truth is the mean
over all draws of the score on up to 500 rows outside the train rows. Candidates:

typo    the train rows and a misspelt variant of each: next to no gain
more    the train rows and another real row of the same label as a child of each: a large gain
none    N other rows of the set in place of the train rows: no gain, by construction

False "helps": the interval of a gain lies above its truth; for ``none`` that is above 0.

banking77 by ten intents, the other sets whole. Every draw is a line of the journal
(``benchmarks/local/coverage.jsonl``), with the parts that intervals are made of; ``settings`` names
the draws, which are taken in turns, so that a run that is stopped has some of each. Lines of other
code (this file, dataaug/evaluation, dataaug/classifiers) are left alone and not counted.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bench import HERE, WORK, parser, rows, save, table

from dataaug import plugins
from dataaug.augmentation.run import Augmentation, augment
from dataaug.evaluation.fit import Trainer, plan_fits, samples
from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.samples import Sample
from dataaug.evaluation.scores import TestSet
from dataaug.evaluation.train_sets import CandidateSet, LabelledRow, arrange, row_of, train_sets
from dataaug.plugins import Spec
from dataaug.rows.progress import silent
from dataaug.rows.record import Record, from_fields
from dataaug.rows.seeds import derive, fingerprint
from dataaug.sessions import Session, Settings

SETS = {"banking77": 10, "hwu64": 0, "cr": 0, "subj": 0}
"""Folders, and how many of their labels; 0 for all."""
DRAWS = {
    100: (250, 250, 250, 250),
    200: (250, 250, 250, 250),
    500: (75, 75, 75, 75),
    0: (110, 40, 110, 40),
}
"""Draws of the sets by number of train rows; 0 for a quarter of the set."""
TEST = {"banking77": 200, "hwu64": 600, "cr": 400, "subj": 500}
"""Test rows of a draw: a small part of the set, so that draws are nearly independent."""
BIG = 500
"""Rows that the truth is measured on in each draw."""
REPEATS = 10
METRICS = {"accuracy": 0, "macro_f1": 1}
JOURNAL = WORK / "coverage.jsonl"
CODE = fingerprint(*(
    path.read_text()
    for path in (Path(__file__), *sorted(HERE.parent.glob("dataaug/evaluation/*.py")),
                 *sorted(HERE.parent.glob("dataaug/classifiers/*.py")))
))  # fmt: skip

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """Draws of one set at one size.

    Attributes:
        name: of the set.
        size: how the tables call the number of train rows: the number, or ``quarter``.
        rows: train rows.
        draws: how many draws.
    """

    name: str
    size: str
    rows: int
    draws: int


class Pool:
    """The distinct real rows of a set, with what a draw takes of them."""

    def __init__(self, folder: Path, labels: int) -> None:
        found = {
            (row["text"], row["label"])
            for part in ("train", "test")
            for row in rows(folder / f"{part}.jsonl")
        }
        known = sorted({label for _, label in found})
        chosen = sorted(known, key=lambda label: derive(0, "coverage", label))[: labels or None]
        self.labels = tuple(sorted(chosen))
        self.records = [
            from_fields({"id": f"row-{place}", "text": text, "label": label})
            for place, (text, label) in enumerate(sorted(found))
            if label in set(chosen)
        ]

    def __len__(self) -> int:
        return len(self.records)

    def number(self, records: Sequence[Record]) -> Any:
        """Return the numbers of the labels of rows."""
        return np.array([self.labels.index(record.label or "") for record in records], np.intp)


def settings(pools: Mapping[str, Pool]) -> list[Setting]:
    return [
        Setting(name, str(size or "quarter"), size or len(pool) // 4, draws)
        for size, counts in DRAWS.items()
        for (name, pool), draws in zip(pools.items(), counts, strict=True)
    ]


def typos(train: Sequence[Record]) -> list[Record]:
    made = augment(train, Augmentation((Spec("typo"),), 1, 0))
    return [one for one in made if isinstance(one, Record)]


def child(record: Record, parent: Record) -> Record:
    aug = {"id": f"{record.id}-child", "origin": "synthetic", "parent": parent.id,
           "root": parent.root, "method": "more"}  # fmt: skip
    return from_fields({"text": record.text, "label": record.label, "_aug": aug})


def more(train: Sequence[Record], other: Sequence[Record]) -> list[Record]:
    """Return the train rows and a child of each: another row of its label, while there are some."""
    stock: dict[str, list[Record]] = defaultdict(list)
    for record in other:
        stock[record.label or ""].append(record)
    return [*train, *(
        child(own.pop(), parent) for parent in train if (own := stock[parent.label or ""])
    )]  # fmt: skip


def drawn(pool: Pool, setting: Setting, draw: int) -> Line:
    """Return what one draw found, as a line of the journal."""
    rng = np.random.default_rng(derive(0, "coverage", setting.name, setting.size, str(draw)))
    order = [pool.records[place] for place in rng.permutation(len(pool))]
    train, other, rest = (order[: setting.rows], order[setting.rows : 2 * setting.rows],
                          order[2 * setting.rows :])  # fmt: skip
    offered = {"typo": typos(train), "more": more(train, other), "none": other}
    big, test = rest[-BIG:], rest[: TEST[setting.name]]
    real = [row_of(record) for record in train]
    candidates = [arrange(name, records, real) for name, records in offered.items()]
    return {"set": setting.name, "size": setting.size, "draw": draw, "rows": setting.rows,
            "found": scored(pool, real, candidates, test, big, draw)}  # fmt: skip


def scored(
    pool: Pool,
    real: Sequence[LabelledRow],
    candidates: Sequence[CandidateSet],
    test: Sequence[Record],
    big: Sequence[Record],
    draw: int,
) -> dict[str, Line]:
    """Return estimate, interval and truth of each score and gain of a draw."""
    classifier = plugins.load("classifiers", Spec("embedding"))
    texts = [record.text for record in (*test, *big)]
    trainer = Trainer(classifier, pool.labels, texts, silent)
    planned = plan_fits(classifier, real, candidates, REPEATS, draw)
    fits = [
        trainer.fit(one, planned.fits[one.candidate])
        for one in train_sets(real, candidates, controls=False)
    ]
    known = TestSet(pool.number(test), len(pool.labels), draw)
    base, *mixed = samples(known, [[f[: len(test)] for f in one] for one in fits], planned.design)
    whole = TestSet(pool.number(big), len(pool.labels), 0)
    truths = [whole.statistic(one[0][len(test) :]) for one in fits]
    found = {"real": shown(base, base.scores(), truths[0])}
    for one, sample, truth in zip(candidates, mixed, truths[1:], strict=True):
        gain = sample.minus(base)
        found[one.name] = shown(gain, gain.intervals(), truth - truths[0])
    return found


def shown(sample: Sample, intervals: Sequence[Interval], truth: Any) -> Line:
    known, stake = sample.variances(), sample.stake()
    return {
        metric: [float(f"{value:.6g}") for value in (
            intervals[n].value, intervals[n].low, intervals[n].high, truth[n], known.test[n],
            known.train[n], known.scatter[n], stake[n])]
        for metric, n in METRICS.items()
    }  # fmt: skip


def journal() -> list[Line]:
    if not JOURNAL.exists():
        return []
    lines = JOURNAL.read_bytes().splitlines(keepends=True)
    found = [json.loads(line) for line in lines if line.endswith(b"\n")]  # a cut line is done again
    return [line for line in found if line.get("code") == CODE]


def missing(every: Sequence[Setting], done: Sequence[Line]) -> Iterator[tuple[Setting, int]]:
    """Yield the draws to do, in turns: the first of every setting, then the second."""
    there = {(line["set"], line["size"], line["draw"]) for line in done}
    todo = [
        ((draw + 0.5) / setting.draws, setting, draw)
        for setting in every
        for draw in range(setting.draws)
        if (setting.name, setting.size, draw) not in there
    ]
    for _, setting, draw in sorted(todo, key=lambda one: one[0]):
        yield setting, draw


def work(pools: Mapping[str, Pool], minutes: float) -> None:
    """Do the draws that the journal lacks, for so many CPU minutes."""
    JOURNAL.parent.mkdir(parents=True, exist_ok=True)
    if JOURNAL.exists() and (text := JOURNAL.read_bytes()) and not text.endswith(b"\n"):
        JOURNAL.write_bytes(text[: text.rfind(b"\n") + 1])
    for setting, draw in missing(settings(pools), journal()):
        if time.process_time() > 60 * minutes:
            return
        began = time.process_time()
        line = drawn(pools[setting.name], setting, draw)
        line["code"] = CODE
        line["cpu"] = round(time.process_time() - began, 2)
        with JOURNAL.open("ab") as stream:
            stream.write(json.dumps(line).encode() + b"\n")


@dataclass(frozen=True, slots=True)
class Rate:
    """Draws of one arm: how many intervals held the truth, and how wide they were.

    Attributes:
        draws: how many.
        covered: share whose interval holds the truth.
        above: share whose interval lies above the truth.
        wide: mean half-width over 1.96 standard deviations of the estimates.
        outside: intervals that leave what the score can be.
    """

    draws: int
    covered: float
    above: float
    wide: float
    outside: int


def rate(lines: Sequence[Line], arm: str, metric: str) -> Rate:
    found = np.array([line["found"][arm][metric] for line in lines])
    value, low, high, big = found[:, :4].T
    truth = 0.0 if arm == "none" else big.mean()
    least = 0.0 if arm == "real" else -1.0
    needed = 1.96 * value.std(ddof=1)
    return Rate(
        len(found),
        float(np.mean((low <= truth) & (truth <= high))),
        float(np.mean(low > truth)),
        float((high - low).mean() / 2 / needed),
        int(np.sum((low < least) | (high > 1))),
    )


def pooled(rates: Sequence[Rate]) -> Rate:
    """Return the mean of rates, weighed by draws."""
    draws = [one.draws for one in rates]
    covered, above, wide = (
        float(np.average([getattr(one, name) for one in rates], weights=draws))
        for name in ("covered", "above", "wide")
    )
    return Rate(sum(draws), covered, above, wide, sum(one.outside for one in rates))


def error(share: float, draws: int) -> float:
    """Return the standard error of a share, in percent."""
    return 100 * float(np.sqrt(max(share * (1 - share), 1 / (draws + 4)) / max(draws, 1)))


def report(lines: Sequence[Line]) -> None:
    """Print a table for each size: sets in rows, then all of them; arms pooled over metrics."""
    figures: dict[str, float] = {}
    for size in (str(size or "quarter") for size in DRAWS):
        cells = []
        by_arm: dict[str, list[Rate]] = defaultdict(list)
        for name in SETS:
            here = [one for one in lines if (one["set"], one["size"]) == (name, size)]
            if len(here) < 3:
                continue
            for arm in ("real", "typo", "more", "none"):
                for metric in METRICS:
                    found = rate(here, arm, metric)
                    by_arm[arm].append(found)
                    cells.append((name, arm, metric, *numbers(found, found.draws)))
        for arms, said in ((("real",), "scores"), (("typo", "more", "none"), "gains"),
                           (("none",), "no effect")):  # fmt: skip
            every = [one for arm in arms for one in by_arm[arm]]
            if every:
                # The arms and metrics of a draw are no draws of their own: its draws count once.
                draws = sum(one.draws for one in by_arm["real"]) // len(METRICS)
                found = pooled(every)
                cells.append(("all sets", said, "both", *numbers(found, draws)))
                figures[f"{said}, N = {size}: coverage"] = 100 * found.covered
                figures[f"{said}, N = {size}: above"] = 100 * found.above
        print(f"N = {size}")
        table(("set", "of", "metric", "draws", "cover %", "±", "above %", "±", "width / needed",
               "outside"), cells)  # fmt: skip
    save("coverage", figures, draws=len(lines), cpu=round(sum(line["cpu"] for line in lines)))


def numbers(found: Rate, draws: int) -> tuple[object, ...]:
    return (draws, f"{100 * found.covered:.1f}", f"{error(found.covered, draws):.1f}",
            f"{100 * found.above:.1f}", f"{error(found.above, draws):.1f}",
            f"{found.wide:.2f}", found.outside)  # fmt: skip


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--minutes", type=float, default=60, help="CPU minutes to spend")
    given = arguments.parse_args()
    with Session(Settings(cache=str(WORK / "vectors"))):
        if given.minutes > 0:
            pools = {name: Pool(given.data / name, labels) for name, labels in SETS.items()}
            work(pools, given.minutes)
    report(journal())


if __name__ == "__main__":
    main()
