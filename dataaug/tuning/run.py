"""Tune: race recipes over folds of the train rows, and make the train set of the one that wins."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from dataaug import __version__, embedders, plugins
from dataaug.embedders import AUTO
from dataaug.embedders.choice import choosing, resolved
from dataaug.errors import DataaugError, InputError, MissingError, ShortfallError, UsageError
from dataaug.evaluation.fit import Trainer
from dataaug.evaluation.results import Metric
from dataaug.evaluation.scores import TestSet
from dataaug.evaluation.train_sets import TrainSet, row_of
from dataaug.leakage import check_similarity
from dataaug.plugins import Spec
from dataaug.rows.labels import several
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Outcome, Record
from dataaug.rows.report import Report
from dataaug.rows.seeds import fingerprint
from dataaug.rows.summary import Summary
from dataaug.search import NEAR_DUPLICATE
from dataaug.splitting import grouped
from dataaug.tuning import FOLDS, MOST_ROUNDS, UNCHANGED, race
from dataaug.tuning.folds import Fold, folds_of
from dataaug.tuning.journal import Journal
from dataaug.tuning.prior import Prior
from dataaug.tuning.race import Race

State = Literal["chosen", "kept", "raced out", "left out"]
_UNTESTED = "no fold has rows to test it on"


@dataclass(frozen=True, slots=True)
class Tuning:
    """How to tune.

    Attributes:
        classifier: what is trained.
        metric: what the race is about.
        fits: scores that are looked at, at most; None for no limit.
        budget: seconds that the search may take; None for no limit.
        journal: the file that keeps the scores, empty for none.
        embedder: what finds near-duplicates.
        similarity: cosine similarity from which on two rows stay in one fold, above 0, at most 1.
        seed: the seed of the run.
    """

    classifier: Spec
    metric: Metric = "macro_f1"
    fits: int | None = None
    budget: float | None = None
    journal: str = ""
    embedder: Spec = field(default_factory=lambda: Spec(AUTO))
    similarity: float = NEAR_DUPLICATE
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Contender:
    """A recipe in a race.

    Attributes:
        name: its name.
        commands: what makes the same of the train set's files.
        key: what its rows follow from besides the train rows, for the journal.
        classifier: what learns them.
        prior: what it brought elsewhere.
        make: makes a train set of train rows; of a fold it is given the rows held out, too, whose
            texts no row may have.
    """

    name: str
    commands: tuple[str, ...]
    key: str
    classifier: Spec
    prior: Prior
    make: Callable[[Sequence[Record], Sequence[Record]], Sequence[Outcome]]


@dataclass(frozen=True, slots=True)
class RecipeScore:
    """What a race said of a recipe; scores are 0 to 1, and None where there are none.

    Attributes:
        recipe: its name.
        state: ``chosen``; ``kept`` to the end; ``raced out``; or ``left out`` of the race.
        fits: folds that it was scored on.
        score: the mean over these folds.
        gain: the mean of the paired differences over doing nothing.
        low: the lower end of its 95 % interval.
        high: the upper end.
        expected: the gain that is expected of it, after the folds and what it brought elsewhere.
        note: why it was left out.
    """

    recipe: str
    state: State
    fits: int = 0
    score: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    expected: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TuneSummary(Summary):
    """What a race came to.

    Attributes:
        recipe: the one that was chosen.
        commands: what makes the same train set; none for doing nothing.
        recipes: all of them, the simplest one first.
        fits: scores that were looked at.
        rounds: folds that all recipes then in the race were scored on.
        cut: why the race ended before its time, empty where it did not.
        classifier: what was trained, with its options.
        trained: the same with the options that belong to the recipe.
        metric: what the scores are.
    """

    recipe: str
    commands: list[str]
    recipes: list[RecipeScore]
    fits: int
    rounds: int
    cut: str
    classifier: str
    trained: str
    metric: str


def parse_budget(text: str) -> float:
    """Return seconds: ``90s``, ``10m`` or ``1.5h``.

    Raises:
        UsageError: it is none of these.
    """
    units = {"s": 1, "m": 60, "h": 3600}
    try:
        found = float(text[:-1]) * units[text[-1:]]
    except (ValueError, KeyError):
        found = 0.0
    if not 0 < found < float("inf"):
        raise UsageError(f"--budget {text!r}: expected a time such as 90s, 10m or 1h")
    return found


def tune(
    records: Iterable[Record],
    contenders: Callable[[Sequence[Record]], Sequence[Contender]],
    task: Tuning,
    *,
    report: Report | None = None,
    notify: Notify = silent,
) -> Iterator[Outcome]:
    """Yield the train set of the recipe that wins, then its rejects.

    The rows are dealt out to five folds, twice; relatives and near-duplicates stay in one fold.
    Each recipe makes a train set of the rows outside a fold, a classifier learns it, and is tested
    on the real rows of the fold. Nothing else is read: no test set has a part in the search.

    Args:
        records: real rows with labels.
        contenders: gives the recipes for the rows, the simplest one first, which is doing nothing.
        task: how to tune.
        report: takes what became of each recipe.
        notify: shows the progress.

    Raises:
        InputError: a row is synthetic or has no label, or there are too few rows for folds; or a
            row of the pool is none of a pool.
        TrainingError: the classifier learns nothing from the rows as they are.
        UsageError: a number is out of range, or a row has a list of labels.
    """
    check_similarity(task.similarity)
    start = time.monotonic()
    report = report or Report("tune")
    journal = Journal(task.journal)
    rows = _checked(records)
    every = contenders(rows)
    with choosing(lambda: (row.text for row in rows), report):
        folds = _folds(rows, task, notify)
        reasons = _idle(rows, every, report)
        there = {one.name: one for one in every if one.name not in reasons}
        scores = _Scores(folds, there, task, journal, notify)
        held = 1 / (FOLDS - 1)
        clock = _Clock(task, start)
        priors = {name: one.prior for name, one in there.items()}
        found = race.run(priors, len(folds), held, scores, clock)
    reasons |= scores.reasons
    winner = there[found.chosen]
    report.note("tune", TuneSummary(
        winner.name, list(winner.commands), [_told(one.name, found, reasons) for one in every],
        clock.fits, found.rounds, found.cut, str(task.classifier), str(winner.classifier),
        task.metric,
    ))  # fmt: skip
    for said in _warnings(found, len(folds)):
        report.warn(said)
    outcomes = winner.make(rows, ())
    report.asked += len(outcomes) - len(rows)
    yield from outcomes


def _checked(records: Iterable[Record]) -> list[Record]:
    rows = list(records)
    if several(record.label for record in rows):
        raise UsageError("tune: recipes are told apart by one label a row, and rows have a list of "
                         "labels; name a field with one label by --label-field")  # fmt: skip
    for record in rows:
        file, line = record.where
        if not record.is_real:
            raise InputError(f"{file}:{line}: a synthetic row: recipes are tried on real rows only")
        if record.label is None:
            raise InputError(
                f"{file}:{line}: no label in field {record.schema.label!r}; name it by "
                "--label-field, or leave such rows out"
            )
    return rows


def _folds(rows: Sequence[Record], task: Tuning, notify: Notify) -> list[Fold]:
    """Return the folds of all rounds.

    Raises:
        InputError: there are none.
    """
    embed = embedders.shared(resolved(task.embedder))
    groups = grouped(rows, embed, task.similarity, notify, Counter())
    found = folds_of(rows, groups, FOLDS, MOST_ROUNDS, task.seed)
    if len(groups) < FOLDS or len({row.label for row in rows}) < 2:
        raise InputError(
            f"{len(rows):,} rows in {len(groups):,} groups of relatives and near-duplicates can't "
            f"be dealt out to {FOLDS} folds with two labels outside each: tune needs more rows"
        )
    return found


def _idle(rows: Sequence[Record], every: Iterable[Contender], report: Report) -> dict[str, str]:
    """Return the recipes that have no part in the race, with the reason: they make nothing new.

    Raises:
        InputError: a row of the pool has a label or is synthetic: it is none of a pool.
    """
    seen: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for one in every:
        try:
            made = [each for each in one.make(rows, ()) if isinstance(each, Record)]
        except DataaugError as error:
            if isinstance(error, InputError):
                raise
            reasons[one.name] = str(error)
            if isinstance(error, MissingError | ShortfallError):
                report.warn(f"{one.name} was left out of the race: {error}")
            continue
        name = seen.setdefault(fingerprint(_digest(made), str(one.classifier)), one.name)
        if name != one.name:
            reasons[one.name] = "no new row" if name == UNCHANGED else f"the same rows as {name}"
    return reasons


def _digest(rows: Iterable[Record]) -> str:
    """Return a name for what a classifier learns of rows, in any order."""
    return fingerprint(*sorted(
        fingerprint(row.text, row.label or "", str(sorted(row.soft_labels.items())))
        for row in rows
    ))  # fmt: skip


class _Clock:
    """Counts the scores of a race, and says when it is to end."""

    def __init__(self, task: Tuning, start: float) -> None:
        self._task = task
        self._start = start
        self.fits = 0

    def __call__(self) -> str:
        """Return why no further score is to be looked at, empty where one is."""
        most, budget = self._task.fits, self._task.budget
        if most is not None and self.fits >= most:
            return f"--fits {most:,} were done"
        if budget is not None and time.monotonic() - self._start >= budget:
            return f"--budget: {budget:g} seconds were over"
        self.fits += 1
        return ""


class _Scores:
    """Scores of recipes in rounds, taken from the journal where it has them."""

    def __init__(
        self,
        folds: Sequence[Fold],
        contenders: Mapping[str, Contender],
        task: Tuning,
        journal: Journal,
        notify: Notify,
    ) -> None:
        self._folds = folds
        self._contenders = contenders
        self._task = task
        self._journal = journal
        self._notify = notify
        self._parts = [
            (_digest(fold.train), _ids(fold.train), _ids(fold.held), _digest(fold.held))
            for fold in folds
        ]
        # Those of train parts too: a label of one row is not tested on, and may be predicted.
        self._labels = sorted(
            {row.label or "" for fold in folds for row in (*fold.train, *fold.held)}
        )
        self._embedder = _chosen_embedder(task.classifier)
        self._done = 0
        self.reasons: dict[str, str] = {}

    def __call__(self, name: str, number: int) -> float | None:
        """Return the score of a recipe in a round, None where it can't be made there."""
        one = self._contenders[name]
        of = (__version__, str(one.classifier), self._embedder, str(self._task.seed), one.key)
        key = fingerprint(*of, *self._parts[number])
        found = self._journal.get(key)
        if found is None:
            try:
                found = self._fitted(one, self._folds[number])
            except DataaugError as error:
                if name == UNCHANGED:
                    raise
                self.reasons[name] = str(error)
                return None
            self._journal.put(key, name, found)
        self._done += 1
        self._notify("fits", self._done, len(self._contenders) * len(self._folds))
        return found[self._task.metric]

    def _fitted(self, one: Contender, fold: Fold) -> dict[str, float]:
        made = one.make(fold.train, fold.held)
        rows = tuple(row_of(each) for each in made if isinstance(each, Record))
        learns = plugins.load("classifiers", one.classifier)
        trainer = Trainer(learns, self._labels, [row.text for row in fold.held], silent)
        own = TrainSet(one.name, "candidate", one.name, "", rows, rows)
        predicted = trainer.predict(own, own.part(lambda _: True), self._task.seed)
        truth = np.array([self._labels.index(row.label or "") for row in fold.held], np.intp)
        found = TestSet(truth, len(self._labels), self._task.seed).statistic(predicted)
        return {"accuracy": float(found[0]), "macro_f1": float(found[1])}


def _chosen_embedder(classifier: Spec) -> str:
    """Return what a classifier embeds with where its options leave that open; else nothing."""
    named = classifier.options.get("embedder", AUTO)
    asks = named == AUTO and "embedder" in plugins.options("classifiers", classifier.name)
    return str(resolved(Spec(AUTO))) if asks else ""


def _ids(rows: Sequence[Record]) -> str:
    return fingerprint(*(row.id for row in rows))


def _told(name: str, found: Race, reasons: Mapping[str, str]) -> RecipeScore:
    """Return what became of a recipe."""
    scores = found.scores.get(name, [])
    state: State = "raced out" if name in found.out else "kept"
    state = "chosen" if name == found.chosen else state
    if name in reasons or not scores:
        state = "chosen" if state == "chosen" else "left out"
        return RecipeScore(name, state, note=reasons.get(name, found.cut or _UNTESTED))
    over = found.over(name, UNCHANGED)
    low, high = over.interval if over.freedom else (-1.0, 1.0)
    mean, gain, low, high, expected = (
        round(value, 6)
        for value in (sum(scores) / len(scores), over.mean, low, high, found.expected(name))
    )
    return RecipeScore(name, state, len(scores), mean, gain, low, high, expected)


def _warnings(found: Race, folds: int) -> Iterator[str]:
    if folds < FOLDS:
        yield (
            f"hardly a label has two rows: only {folds} folds have rows to test on, and the choice "
            "rests on what recipes brought on other sets (docs/tune.md)"
        )
    if not found.cut:
        return
    yield f"the race was cut off in round {found.rounds + 1} of {MOST_ROUNDS}: {found.cut}"
    if found.rounds < FOLDS:
        yield (
            f"too little is known to change anything: a choice needs {FOLDS} rounds, in which each "
            "row is held out once; give it more, and a journal goes on where it stopped"
        )
