"""What checks note beside their verdicts: a type for each, and the summary of a run of filter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from dataaug.rows.record import Record
from dataaug.rows.summary import Summary, plain_data

Note: TypeAlias = Summary | Mapping[str, Any]
"""What a check notes for the report; a check of another package may note any mapping of JSON."""

N = TypeVar("N", bound=Summary)


@dataclass(frozen=True, slots=True)
class RowNote(Summary):
    """What a check of one row at a time notes.

    Attributes:
        real_rows: real rows that were looked at.
        real_rows_with_fault: those of them that have what the check looks for.
        muted: were they so many that the check rejected nothing?
        examples: ids of the first ten of them.
    """

    real_rows: int
    real_rows_with_fault: int
    muted: bool
    examples: list[str]


@dataclass(frozen=True, slots=True)
class LengthNote(Summary):
    """What the check ``length`` notes.

    Attributes:
        bounds: for ``characters`` and ``words``, the least and the most; -1 is no limit.
        learned: were bounds taken from the lengths of the real rows?
    """

    bounds: dict[str, list[int]]
    learned: bool


@dataclass(frozen=True, slots=True)
class ExactNote(Summary):
    """What the check ``exact`` notes.

    Attributes:
        real_rows_repeated: real rows whose text an earlier row has.
        label_conflicts: rows whose text an earlier row has with another label.
        conflict_examples: the first ten of these: the id of the row, and that of the earlier one.
    """

    real_rows_repeated: int
    label_conflicts: int
    conflict_examples: list[list[str]]


@dataclass(frozen=True, slots=True)
class NearDuplicateNote(Summary):
    """What the check ``near-duplicate`` notes.

    Attributes:
        embedder: what made the vectors, with its options.
        similarity: the cosine similarity from which on a row goes.
        origin_similarity: the same for rows of one root.
        real_pairs: pairs of real rows that near; None where they were too many to count.
        label_conflicts: near pairs whose labels differ.
        suspects: the nearest of these: ``rows`` (ids), ``texts``, ``labels``, ``similarity``.
        search: ``rows`` and ``pairs`` there were, pairs ``compared``, ``cells`` of the search,
            and ``certified_rows``, which surely missed no near-duplicate.
        histogram: ``rows`` synthetic rows counted by their similarity ``to_origin`` and
            ``to_others``, in equal bins from ``low`` to 1; empty without real or synthetic rows.
        certificate: what is proven about the search, in a sentence.
    """

    embedder: str
    similarity: float
    origin_similarity: float
    real_pairs: int | None
    label_conflicts: int
    suspects: list[dict[str, Any]]
    search: dict[str, int]
    histogram: dict[str, Any]
    certificate: str


@dataclass(frozen=True, slots=True)
class LabelForecast:
    """What the check ``label`` is expected to do, by what it would do to real rows.

    Shares are from 0 to 1.

    Attributes:
        margin: rows go whose label is less likely than another one by this much.
        times_likelier: or that have a label so many times as likely as their own.
        expected_good_loss: the share of good rows that is lost.
        largest_good_loss: the share that is not exceeded, with 95 % confidence.
        expected_good_loss_by_label: the share of each label's good rows that would be lost.
        expected_found: the share of wrong labels that is found: where a wrong label is
            ``any_other_label``, and where it is the ``likeliest_other_label``; of sets of labels,
            of those with a ``missing_label`` or an ``added_label``.
        not_judged: labels of which the models know too little.
        real_rows_that_look_mislabelled: the real rows that the models contradict most: ``id``,
            ``text``, ``label``, ``looks_like``, ``margin`` and ``times_likelier``.
    """

    margin: float
    times_likelier: float
    expected_good_loss: float
    largest_good_loss: float
    expected_good_loss_by_label: dict[str, float]
    expected_found: dict[str, float]
    not_judged: list[str]
    real_rows_that_look_mislabelled: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class LabelNote(Summary):
    """What the check ``label`` notes.

    Attributes:
        abstained: labels with too few real rows to judge by, and how many rows carry each.
        forecast: what the check is expected to do; None where it judged nothing.
    """

    abstained: dict[str, int]
    forecast: LabelForecast | None = None

    def to_row(self) -> dict[str, Any]:
        """Return it as plain JSON data, all in one object."""
        return {"abstained": plain_data(self.abstained), **(plain_data(self.forecast) or {})}


@dataclass(frozen=True, slots=True)
class JudgeNote(Summary):
    """What the check ``judge`` notes.

    Attributes:
        least: rows go that have a grade below this.
        graded: rows that a language model graded.
        not_graded: rows that have no grade, by the reason; all but ``over_budget`` stay.
        examples: the first ten of these: ``id``, ``reason``, and in ``detail`` the beginning of
            what came.
        grades: for each grade that was asked for, how many rows got which.
        real_rows: real rows that were graded to try the model.
        real_rows_called_bad: those of them that would have gone.
        real_examples: ids of the first ten of them.
        muted: were they so many that the check rejected nothing?
    """

    least: int
    graded: int
    not_graded: dict[str, int]
    examples: list[dict[str, str]]
    grades: dict[str, dict[str, int]]
    real_rows: int
    real_rows_called_bad: int
    real_examples: list[str]
    muted: bool


@dataclass(frozen=True, slots=True)
class AgainstNote(Summary):
    """What the comparison with evaluation rows notes.

    Attributes:
        evaluation_rows: how many there are.
        similarity: the cosine similarity from which on a row counts as a copy.
        rejected: rows that were rejected for it.
        real_rows_that_collide: real rows that are copies and stay: ``row``, ``of`` (the id of the
            evaluation row), ``kind`` and ``score``.
    """

    evaluation_rows: int
    similarity: float
    rejected: int
    real_rows_that_collide: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RejectedExample:
    """A rejected row, to look at.

    Attributes:
        reason: a word of :mod:`dataaug.rows.reasons`.
        record: the row.
        detail: the particulars of its reject.
        beside: the text of the row that it is too near to, else of its parent; empty where neither
            is among the rows of the run.
    """

    reason: str
    record: Record
    detail: Mapping[str, Any]
    beside: str = ""


@dataclass(frozen=True, slots=True)
class FilterSummary(Summary):
    """What the checks of a run of filter noted.

    Attributes:
        notes: what each check noted, by its name; ``against`` is the comparison with evaluation
            rows.
        examples: rejected rows for a page; none where none is made of the run.
    """

    notes: Mapping[str, Note]
    examples: Sequence[RejectedExample] = ()

    def entries(self, name: str) -> dict[str, Any]:
        """Return what each check noted; each has an entry of its own."""
        del name
        return {check: plain_data(note) for check, note in self.notes.items()}

    @property
    def near_duplicate(self) -> NearDuplicateNote | None:
        """What ``near-duplicate`` noted; None where it was not made."""
        return self._of("near-duplicate", NearDuplicateNote)

    @property
    def label(self) -> LabelNote | None:
        """What ``label`` noted; None where it was not made."""
        return self._of("label", LabelNote)

    @property
    def judge(self) -> JudgeNote | None:
        """What ``judge`` noted; None where it was not made."""
        return self._of("judge", JudgeNote)

    @property
    def exact(self) -> ExactNote | None:
        """What ``exact`` noted; None where it was not made."""
        return self._of("exact", ExactNote)

    @property
    def length(self) -> LengthNote | None:
        """What ``length`` noted; None where it was not made."""
        return self._of("length", LengthNote)

    @property
    def against(self) -> AgainstNote | None:
        """What the comparison with evaluation rows noted; None where there were none."""
        return self._of("against", AgainstNote)

    def row(self, check: str) -> RowNote | None:
        """Return what a check of one row at a time noted, as ``language``; None without one."""
        return self._of(check, RowNote)

    def _of(self, check: str, kind: type[N]) -> N | None:
        note = self.notes.get(check)
        return note if isinstance(note, kind) else None
