"""What evaluate found, as plain values: for the table, the JSON rows and the HTML report."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.train_sets import TrainSetKind
from dataaug.rows.summary import Summary

TestScope = Literal["whole", "clean"]
"""All test rows, or those without a near-duplicate among the real train rows."""

Metric = Literal["macro_f1", "accuracy"]

Judgement = Literal["helps", "no better than repeating", "no difference", "hurts", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Gain:
    """The paired difference of a train set's scores to another's; -1 to 1.

    Attributes:
        over: the name of the other train set.
        over_kind: what that is: ``real``, ``oversampled``, or for a left-out method ``candidate``.
        accuracy: difference in accuracy.
        macro_f1: difference in macro-F1.
        f1: difference in F1 for each label; None where the test scope has no such row.
        further: differences in the further scores of sets of labels, by name.
    """

    over: str
    over_kind: TrainSetKind
    accuracy: Interval
    macro_f1: Interval
    f1: Mapping[str, Interval | None]
    further: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of one train set on one part of the test set; 0 to 1.

    Attributes:
        train_set: its name.
        kind: what it is.
        candidate: the candidate that it belongs to, empty for the real rows.
        without: the method that was left out.
        scope: which test rows.
        train_rows: rows to train on.
        synthetic_rows: how many of them are synthetic.
        test_rows: rows of the scope.
        accuracy: share of test rows whose label was found; of sets of labels, all of them.
        macro_f1: mean F1 over the labels that occur in the scope.
        f1: F1 of each label, None where the scope has no such row.
        support: test rows of each label.
        confusion: counts by true (row) and predicted (column) label, in the order of
            ``EvaluationResult.labels``; of the first full fit. Of sets, for each label the rows
            that rightly lack it, were wrongly given it, missed it, and were rightly given it.
        gains: differences to the real rows and to the real rows repeated. For a set that leaves a
            method out: the candidate minus this set, which is what the method adds.
        further: of sets of labels ``micro_f1``, ``hamming_loss`` and ``sample_f1``; a loss is
            better where it is smaller.
    """

    train_set: str
    kind: TrainSetKind
    candidate: str
    without: str
    scope: TestScope
    train_rows: int
    synthetic_rows: int
    test_rows: int
    accuracy: Interval
    macro_f1: Interval
    f1: Mapping[str, Interval | None]
    support: Mapping[str, int]
    confusion: list[list[int]]
    gains: tuple[Gain, ...]
    further: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A point of the learning curve: means over draws of so many real rows, whole test set.

    Attributes:
        candidate: the candidate whose synthetic rows were added.
        real_rows: real rows that were kept.
        candidate_rows: mean number of rows with their synthetic descendants.
        metric: which score.
        real: the score of the real rows.
        mixed: the score of the real rows with their descendants.
        gain: the paired difference.
    """

    candidate: str
    real_rows: int
    candidate_rows: float
    metric: Metric
    real: Interval
    mixed: Interval
    gain: Interval


@dataclass(frozen=True, slots=True)
class GainVerdict:
    """Does a candidate help?

    Attributes:
        candidate: its name.
        judgement: ``helps`` if the gain's interval lies above 0 over the real rows, and over the
            same rows repeated where that control was run; ``hurts`` if it lies below 0 over both;
            ``no difference`` if it lies within the margin over the real rows; ``no better than
            repeating`` if it leaves out 0 over the real rows, but not in the same direction over
            the repeated ones; else, with fewer than three repeats, and where the classifier
            learnt nothing from it, ``cannot tell``.
        sentence: the same in words, with the numbers.
        metric: the score that it speaks of.
        gain: over the real rows, None where the classifier learnt nothing from the candidate.
        over_repeated: over the repeated real rows, None without controls.
        test_rows_needed: test rows that would tell (see ``intervals.rows_needed``), more than there
            are; None if no usual number would, or if nothing is open.
        train_rows_needed: real train rows that it would take besides; None if test rows do.
        required: the gain that was required, None if none was.
        passed: was it reached?
    """

    candidate: str
    judgement: Judgement
    sentence: str
    metric: Metric
    gain: Interval | None
    over_repeated: Interval | None
    test_rows_needed: int | None
    train_rows_needed: int | None
    required: float | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """Everything that one run of evaluate found.

    Attributes:
        verdicts: one for each candidate.
        scores: for each scope: the real rows, then each candidate with its controls.
        curve: points by candidate and size.
        labels: all labels, in the order of the confusion matrices.
        test_rows: rows of the test set.
        near_duplicates: test rows with a near-duplicate among the real train rows.
        settings: classifier, repeats, seed and so on.
        warnings: what the user should know.
    """

    verdicts: tuple[GainVerdict, ...]
    scores: tuple[Score, ...]
    curve: tuple[CurvePoint, ...]
    labels: tuple[str, ...]
    test_rows: int
    near_duplicates: int
    settings: Mapping[str, Any]
    warnings: tuple[str, ...]

    @property
    def of_sets(self) -> bool:
        """Do rows have several labels?"""
        return any(score.further for score in self.scores)

    @property
    def passed(self) -> bool:
        """Did every candidate reach what was required of it?"""
        return all(verdict.passed is not False for verdict in self.verdicts)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the result as JSON rows: verdicts, scores, points of the curve."""
        for verdict in self.verdicts:
            yield {"kind": "verdict"} | asdict(verdict)
        for score in self.scores:
            row = _scores_of(asdict(score))
            row["gains"] = tuple(map(_scores_of, row["gains"]))
            yield {"kind": "score", "train_kind": row.pop("kind"), "labels": self.labels} | row
        for point in self.curve:
            yield {"kind": "curve"} | asdict(point)


def _scores_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with the scores of sets beside the others, and accuracy by its own name."""
    further = row.pop("further")
    if not further:
        return row
    row = {"subset_accuracy" if key == "accuracy" else key: row[key] for key in row}
    row.update(further)
    return row


@dataclass(frozen=True, slots=True)
class EvaluateSummary(Summary):
    """The verdicts, for a report.

    Attributes:
        settings: classifier, repeats, seed and so on.
        test_rows: rows of the test set.
        near_duplicates: test rows with a near-duplicate among the real train rows.
        verdicts: one for each candidate.
    """

    settings: Mapping[str, Any]
    test_rows: int
    near_duplicates: int
    verdicts: tuple[GainVerdict, ...]

    @classmethod
    def of(cls, result: EvaluationResult) -> "EvaluateSummary":
        """Return what a report says of a result."""
        return cls(result.settings, result.test_rows, result.near_duplicates, result.verdicts)

    def to_row(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {
            "settings": self.settings,
            "test_rows": self.test_rows,
            "test_rows_with_a_twin_in_train": self.near_duplicates,
            "verdicts": [{"kind": "verdict"} | asdict(verdict) for verdict in self.verdicts],
        }
