"""``split``: a real test set, held out before anything is made of the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Unpack

from dataaug import splitting
from dataaug.api import inputs, specs
from dataaug.api.inputs import ReadingKeywords, RowsLike
from dataaug.api.results import Result
from dataaug.api.specs import Named
from dataaug.api.wording import for_python
from dataaug.rows.report import Report
from dataaug.search import NEAR_DUPLICATE
from dataaug.splitting import SplitSummary


@dataclass(frozen=True, slots=True)
class Split:
    """Both parts of a split: ``train, test = split(rows)``.

    Attributes:
        train: the rows to make more of, and to train on.
        test: real rows that share no row, relative or near-duplicate with them.
        report: what the run counted and found.
    """

    train: Result[SplitSummary]
    test: Result[SplitSummary]
    report: Report[SplitSummary]

    def __iter__(self) -> Iterator[Result[SplitSummary]]:
        return iter((self.train, self.test))


@for_python
def split(
    rows: RowsLike,
    *,
    test: float | str = 0.2,
    stratify: bool = True,
    similarity: float = NEAR_DUPLICATE,
    embedder: Named | None = None,
    seed: int = 0,
    **reading: Unpack[ReadingKeywords],
) -> Split:
    """Hold out a real test set; rows with a common root and near-duplicates stay on one side.

    Args:
        rows: real rows.
        test: the share of rows to hold out, above 0 and below 1, or a whole number of rows.
        stratify: keep the label proportions in both parts.
        similarity: cosine similarity from which on two rows stay on one side, 0 to 1.
        embedder: what finds near-duplicates. Default: one that knows the languages of the rows.
        seed: equal seeds give equal parts.
        reading: how rows are read, see :class:`~dataaug.api.inputs.ReadingKeywords`.

    Raises:
        UsageError: an option has a value that is none.
        GuardError: there are synthetic rows.
        InputError: there are fewer than two rows, or fewer than ``test`` asks for.
    """
    given = inputs.of("split", rows, reading)
    task = splitting.Splitting(
        splitting.parse_test(str(test)), stratify, similarity, specs.embedder(embedder),
        seed,
    )  # fmt: skip
    parts = splitting.split(given.records(), task, report=given.report, notify=given.notify)
    return Split(Result(parts.train, given), Result(parts.test, given), given.report)
