"""Scores of predictions where rows have several labels: of each one against the rest, and of sets.

The statistic is: subset accuracy, macro-F1, micro-F1, Hamming loss, sample F1, then the F1 of each
label, as Tsoumakas, Katakis & Vlahavas (Mining multi-label data, 2010) define them. Macro-F1 is the
mean over the labels that occur, as for single labels.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from dataaug.classifiers.one_vs_rest import bits
from dataaug.evaluation.intervals import Values
from dataaug.evaluation.scores import ClassNumbers, TestSet, f1_scores, rows_of_mean

UNSAID = -1
"""What stands for a label of which a fit says nothing; it is wrong, whatever the row has."""


def set_numbers(sets: Sequence[str], labels: Sequence[str]) -> ClassNumbers:
    """Return 1 where a set has a label, else 0; shape (sets, labels)."""
    return bits(sets, labels).astype(np.intp)


class SetTest(TestSet):
    """The labels of the test rows; truth and predictions are 0 or 1, of shape (rows, labels)."""

    SCORES: ClassVar[tuple[str, ...]] = (
        "accuracy", "macro_f1", "micro_f1", "hamming_loss", "sample_f1",
    )  # fmt: skip
    """``accuracy`` is that of subsets: the share of rows of which all labels are right.
    ``sample_f1`` is the mean F1 of rows, 1 where a row has no label and none is said."""

    def sizes(self) -> Values:
        """Return how many test rows, for the Hamming loss labels of rows, each rests on."""
        rows, support = len(self.truth), self.support().astype(np.float64)
        return np.array([rows, rows_of_mean(support), rows, rows * self.classes, rows, *support])

    def support(self) -> ClassNumbers:
        """Return how many test rows have each label."""
        found: ClassNumbers = self.truth.sum(axis=0)
        return found

    def _weighted(self, weights: npt.NDArray[np.float32], predicted: ClassNumbers) -> Values:
        own, said = self.truth == 1, predicted == 1
        wrong = predicted != self.truth
        right = own & said
        support, called, hits = (
            (weights @ flags.astype(np.float32)).astype(np.float64) for flags in (own, said, right)
        )
        f1, macro = f1_scores(support, called, hits)
        both = support.sum(axis=1) + called.sum(axis=1)
        micro = 2 * hits.sum(axis=1) / np.maximum(both, 1)
        each = np.stack([~wrong.any(axis=1), wrong.mean(axis=1), _row_f1(own, said, predicted)])
        subset, hamming, sample = (
            (weights @ each.T.astype(np.float32)).astype(np.float64)
            / weights.sum(axis=1, dtype=np.float64)[:, None]
        ).T
        return np.column_stack([subset, macro, micro, hamming, sample, f1])

    def confusion(self, predicted: ClassNumbers) -> list[list[int]]:
        """Return for each label: rightly lacking, wrongly given, missed, rightly given."""
        pairs = 2 * self.truth + predicted
        answered = predicted != UNSAID
        return [
            np.bincount(column[there], minlength=4).tolist()
            for column, there in zip(pairs.T, answered.T, strict=True)
        ]


def _row_f1(own: npt.NDArray[np.bool_], said: npt.NDArray[np.bool_],
            predicted: ClassNumbers) -> Values:  # fmt: skip
    size = own.sum(axis=1) + said.sum(axis=1)
    found: Values = np.where(
        size > 0, 2 * (own & said).sum(axis=1) / np.maximum(size, 1), predicted[:, 0] != UNSAID
    )
    return found
