"""Train on every set of rows, score every fit, and put the scores side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from dataaug import plugins
from dataaug.embedders import AUTO
from dataaug.embedders.choice import resolved
from dataaug.errors import TrainingError
from dataaug.evaluation import MARGIN, REPEATS
from dataaug.evaluation.fit import FitPlan, Trainer, plan_fits, samples
from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.results import (
    CurvePoint,
    EvaluationResult,
    Gain,
    GainVerdict,
    Metric,
    Score,
    TestScope,
)
from dataaug.evaluation.samples import Sample
from dataaug.evaluation.scores import ClassNumbers, TestSet, draws_of
from dataaug.evaluation.set_scores import SetTest, set_numbers
from dataaug.evaluation.train_sets import (
    CandidateSet,
    LabelledRow,
    TrainPart,
    TrainSet,
    draw_order,
    train_sets,
    within,
)
from dataaug.evaluation.verdict import SCORE_COLUMNS, Standard, judge_gain, untaught
from dataaug.filtering.checks import Mask
from dataaug.plugins import Spec
from dataaug.rows.labels import several
from dataaug.rows.progress import Notify
from dataaug.rows.seeds import derive
from dataaug.search import NEAR_DUPLICATE


@dataclass(frozen=True, slots=True)
class Evaluating:
    """How to evaluate.

    Attributes:
        classifier: what is trained.
        embedder: what finds near-duplicates between the sets; ``auto``: one that knows the
            languages of all of them.
        similarity: the cosine similarity from which on two rows are near-duplicates.
        repeats: fits on random halves of the train rows; the variance that they tell has one degree
            of freedom less, and fewer than three carry no interval.
        curve: numbers of real rows for the learning curve.
        metric: the score that the verdict speaks of.
        margin: a difference whose interval lies within plus and minus this is none.
        require_gain: what the gain's interval must lie above, as a share (0.01 is one point).
        controls: train on the repeated real rows and without each method, too.
        skip_unlabelled: leave rows without a label out; else they are an error.
        allow_selected: test on rows that were chosen to be labelled, too.
        seed: the seed of the run.
    """

    classifier: Spec = field(default_factory=lambda: Spec("embedding"))
    embedder: Spec = field(default_factory=lambda: Spec(AUTO))
    similarity: float = NEAR_DUPLICATE
    repeats: int = REPEATS
    curve: tuple[int, ...] = ()
    metric: Metric = "macro_f1"
    margin: float = MARGIN
    require_gain: float | None = None
    controls: bool = True
    skip_unlabelled: bool = False
    allow_selected: bool = False
    seed: int = 0


class _Scores(NamedTuple):
    """A statistic, by the names of what stands in it."""

    accuracy: Interval
    macro_f1: Interval
    f1: dict[str, Interval | None]
    further: dict[str, Interval]


class Trial:
    """One evaluation of rows that have passed the guard."""

    def __init__(
        self,
        task: Evaluating,
        real: Sequence[LabelledRow],
        candidates: Sequence[CandidateSet],
        test: Sequence[LabelledRow],
        labels: tuple[str, ...],
        clean: Mask,
        notify: Notify,
    ) -> None:
        self.task = task
        self.real = real
        self.candidates = candidates
        self.labels = labels
        self.clean = clean
        everywhere = (*real, *test, *(row for one in candidates for row in one.rows))
        self.sets_of_labels = several(row.label for row in everywhere)
        number = {label: n for n, label in enumerate(labels)}
        self.truth = (
            set_numbers([row.label for row in test], labels)
            if self.sets_of_labels
            else np.array([number[row.label] for row in test], np.intp)
        )
        classifier = plugins.load("classifiers", task.classifier)
        self.sets = train_sets(real, candidates, controls=task.controls)
        self.plan: FitPlan = plan_fits(classifier, real, candidates, task.repeats, task.seed)
        self.trainer = Trainer(classifier, labels, [row.text for row in test], notify,
                               sets=self.sets_of_labels)  # fmt: skip
        self.sizes = sorted({size for size in task.curve if size < len(real)})
        self.trainer.expect(len(self.sets) * self.plan.count)
        self.trainer.expect(len(self.sizes) * task.repeats * (1 + len(candidates)))
        self.untaught: dict[str, str] = {}
        self.left_out: list[str] = []

    def result(self, notes: Sequence[str]) -> EvaluationResult:
        """Train everything and return what was found.

        Raises:
            TrainingError: the classifier learnt nothing from the real rows.
        """
        predictions = self._predictions()
        scopes: list[tuple[TestScope, Mask]] = [("whole", np.ones(len(self.truth), np.bool_))]
        if not self.clean.all() and self.clean.any():
            scopes.append(("clean", self.clean))
        scores: list[Score] = []
        verdicts: list[GainVerdict] = []
        for scope, rows in scopes:
            found = self._samples(predictions, rows)
            scores += self._scores(scope, rows, predictions, found)
            if scope == "whole":
                verdicts = [self._verdict(one.name, found) for one in self.candidates]
        curve = tuple(self._curve(predictions))
        return EvaluationResult(
            tuple(verdicts),
            tuple(scores),
            curve,
            self.labels,
            len(self.truth),
            int((~self.clean).sum()),
            self._settings(),
            (*notes, *self._notes()),
        )

    def _predictions(self) -> list[list[ClassNumbers]]:
        """Return what each fit of each set predicts, and take out the sets that teach nothing.

        A candidate goes with all its sets if it teaches nothing, or its repeated control does; a
        set without a method goes alone. The others are judged none the less.
        """
        found: list[tuple[TrainSet, list[ClassNumbers]]] = []
        for one in self.sets:
            if one.candidate in self.untaught:
                continue
            try:
                found.append((one, self.trainer.fit(one, self.plan.fits[one.candidate])))
            except TrainingError as error:
                if one.kind == "real":
                    raise
                if one.kind == "without":
                    self.left_out.append(f"{error}; there are no scores of this set")
                else:
                    self.untaught[one.candidate] = str(error)
        found = [(one, fits) for one, fits in found if one.candidate not in self.untaught]
        self.sets = [one for one, _ in found]
        return [fits for _, fits in found]

    def _verdict(self, name: str, found: Sequence[Sample]) -> GainVerdict:
        task = self.task
        standard = Standard(task.metric, task.margin, task.require_gain, len(self.real),
                            self.sets_of_labels)  # fmt: skip
        if name in self.untaught:
            return untaught(name, self.untaught[name], standard)
        return judge_gain(name, *self._gains(found, name), standard)

    def _notes(self) -> Iterator[str]:
        """Yield what the user should know about the fits."""
        skipped = sorted(set(self.task.curve) - set(self.sizes))
        if skipped:
            yield (f"--curve {', '.join(map(str, skipped))}: there are only "
                   f"{len(self.real):,} real train rows")  # fmt: skip
        taught = [one.name for one in self.candidates if any(row.taught for row in one.rows)]
        if self.sizes and taught:
            yield (f"--curve is without the pseudo-labelled rows of {', '.join(taught)}: all train "
                   "rows have taught their teacher")  # fmt: skip
        yield from self.left_out
        for name, count in self.trainer.untrained.items():
            yield (f"{count} of the fits on parts of {name} had no row to train on: what predicts "
                   "nothing counts as wrong everywhere")  # fmt: skip

    def _settings(self) -> dict[str, Any]:
        task = self.task
        # Elsewhere than on a processor equal seeds give other weights: who reads this has to know.
        device = getattr(self.trainer.classifier, "device", "")
        return {
            "classifier": str(task.classifier),
            **({"device": device} if device else {}),
            "embedder": str(resolved(task.embedder)),
            "similarity": task.similarity,
            "repeats": task.repeats,
            "fits": self.plan.count,
            "metric": task.metric,
            "margin": task.margin,
            "seed": task.seed,
            "train_rows_added": [one.name for one in self.candidates if one.added],
        }

    def _samples(self, predictions: Sequence[Sequence[ClassNumbers]], rows: Mask) -> list[Sample]:
        truth = self._truth(rows)
        part = [[fit[rows] for fit in fits] for fits in predictions]
        return samples(truth, part, self.plan.design)

    def _truth(self, rows: Mask) -> TestSet:
        seed = derive(self.task.seed, "bootstrap")
        kind = SetTest if self.sets_of_labels else TestSet
        return kind(self.truth[rows], len(self.labels), seed)

    def _gains(self, found: Sequence[Sample], name: str) -> tuple[Sample, Sample | None]:
        """Return a candidate's difference to the real rows, and to the repeated ones."""
        own = {one.kind: n for n, one in enumerate(self.sets) if one.candidate == name}
        mixed = found[own["candidate"]]
        repeated = own.get("oversampled")
        return mixed.minus(found[0]), None if repeated is None else mixed.minus(found[repeated])

    def _scores(
        self,
        scope: TestScope,
        rows: Mask,
        predictions: Sequence[Sequence[ClassNumbers]],
        found: Sequence[Sample],
    ) -> Iterator[Score]:
        truth = self._truth(rows)
        support = truth.support().tolist()
        full = self.plan.fits[""][0].keep
        for n, one in enumerate(self.sets):
            there = one.part(full).rows
            values = self._named(found[n].scores())
            yield Score(
                one.name,
                one.kind,
                one.candidate,
                one.method,
                scope,
                len(there),
                sum(row.method != "real" for row in there),
                len(truth.truth),
                values.accuracy,
                values.macro_f1,
                values.f1,
                dict(zip(self.labels, support, strict=True)),
                truth.confusion(predictions[n][0][rows]),
                tuple(self._differences(n, found)),
                values.further,
            )

    def _differences(self, n: int, found: Sequence[Sample]) -> Iterator[Gain]:
        """Yield what is worth comparing: see ``Score.gains``."""
        one = self.sets[n]
        for m, other in enumerate(self.sets):
            same = other.candidate == one.candidate and one.candidate != ""
            if one.kind != "without" and m != n and (
                other.kind == "real" or (one.kind == "candidate" and same
                                         and other.kind == "oversampled")
            ):  # fmt: skip
                yield self._gain(other, found[n].minus(found[m]))
            elif one.kind == "without" and same and other.kind == "candidate":
                yield self._gain(other, found[m].minus(found[n]))

    def _gain(self, over: TrainSet, difference: Sample) -> Gain:
        values = self._named(difference.intervals())
        return Gain(
            over.name, over.kind, values.accuracy, values.macro_f1, values.f1, values.further
        )

    def _named(self, values: Sequence[Interval]) -> "_Scores":
        """Return the scores of a statistic by their names."""
        names = (SetTest if self.sets_of_labels else TestSet).SCORES
        each = {
            label: None if np.isnan(value.value) else value
            for label, value in zip(self.labels, values[len(names) :], strict=True)
        }
        first = zip(names[2:], values[2:], strict=False)
        return _Scores(values[0], values[1], each, dict(first))

    def _curve(self, predictions: Sequence[Sequence[ClassNumbers]]) -> Iterator[CurvePoint]:
        """Yield the learning curve: the mean over draws of real rows, and its interval."""
        if not self.sizes:
            return
        draws = range(max(self.task.repeats, 1))
        orders = [draw_order(self.real, self.task.seed, draw) for draw in draws]
        truth = self._truth(np.ones(len(self.truth), np.bool_))
        shown = [n for n, one in enumerate(self.sets) if one.kind in {"real", "candidate"}]
        column = SCORE_COLUMNS[self.task.metric]
        for size in self.sizes:
            keeps = [within(frozenset(order[:size])) for order in orders]
            parts = {n: [self.sets[n].part(keep) for keep in keeps] for n in shown}
            drawn = {n: self._drawn(self.sets[n], parts[n], size) for n in shown}
            if not drawn[0]:
                continue
            fits = {n: own + list(predictions[n][1:]) for n, own in drawn.items() if own}
            design = draws_of(size, len(self.real), len(draws))
            base, *others = samples(truth, list(fits.values()), design)
            for n, mixed in zip(list(fits)[1:], others, strict=True):
                yield CurvePoint(
                    self.sets[n].candidate,
                    size,
                    float(np.mean([len(part.rows) for part in parts[n]])),
                    self.task.metric,
                    base.scores()[column],
                    mixed.scores()[column],
                    mixed.minus(base).intervals()[column],
                )

    def _drawn(self, train: TrainSet, parts: Sequence[TrainPart], size: int) -> list[ClassNumbers]:
        """Return the predictions of the fits on parts of a set, none if one teaches nothing."""
        fits = self.plan.fits[""]
        seeds = [fits[n % len(fits)].seed for n in range(len(parts))]
        try:
            return [
                self.trainer.predict(train, part, seed)
                for part, seed in zip(parts, seeds, strict=True)
            ]
        except TrainingError as error:
            self.left_out.append(f"--curve {size}: {error}; there is no such point")
            return []
