"""Did it help? Train on the real rows and on each candidate, and test on real rows only."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dataaug import embedders, leakage
from dataaug.embedders.choice import choosing
from dataaug.errors import InputError, UsageError
from dataaug.evaluation.results import EvaluationResult
from dataaug.evaluation.train_sets import CandidateSet, LabelledRow, arrange, row_of
from dataaug.evaluation.trial import Evaluating, Trial
from dataaug.filtering.checks import Mask
from dataaug.rows.labels import members
from dataaug.rows.progress import Notify, silent
from dataaug.rows.record import Record
from dataaug.rows.report import Report

__all__ = ["Evaluating", "evaluate"]

_SMALL_TEST = 100
"""Test rows below which an interval is wider than most gains."""
_SHOWN = 5
_REPEATS = 3
"""Fits below which Student's quantile is 12.7: an interval that says nothing."""


def evaluate(
    train: Iterable[Record],
    candidates: Mapping[str, Iterable[Record]],
    test: Iterable[Record],
    task: Evaluating,
    *,
    report: Report | None = None,
    notify: Notify = silent,
) -> EvaluationResult:
    """Return scores, paired gains with intervals, and a verdict on each candidate.

    An interval adds up two variances: that of the choice of test rows (paired bootstrap) and that
    of the choice of train rows and the classifier's seed (see ``Sample.variances``). It speaks of
    one comparison at a time: among twenty candidates, one will seem to help by chance.

    Args:
        train: the real train rows.
        candidates: name to rows: real and synthetic ones, or synthetic ones only; then the train
            rows are added.
        test: real rows that none of them has seen.
        task: how to evaluate.
        report: takes the embedder where it is not the usual one.
        notify: shows the progress.

    Raises:
        GuardError: the test set is not real, or not unseen.
        InputError: a set is empty, has one class only, or rows without label.
    """
    leakage.check_similarity(task.similarity)
    _check_numbers(task)
    notes: list[str] = []
    train_rows = _labelled(train, "the train set", task, notes)
    test_rows = _labelled(test, "the test set", task, notes)
    offered = {name: _labelled(rows, name, task, notes) for name, rows in candidates.items()}
    synthetic = [record.id for record in train_rows if not record.is_real]
    if synthetic:
        raise InputError(
            f"the train set holds {len(synthetic):,} synthetic rows such as {synthetic[0]}: give "
            "them as a candidate, and the real rows as --train"
        )
    every = [train_rows, test_rows, *offered.values()]
    with choosing(lambda: (row.text for rows in every for row in rows), report):
        return _tried(train_rows, offered, test_rows, task, notes, notify)


def _tried(
    train_rows: Sequence[Record],
    offered: Mapping[str, Sequence[Record]],
    test_rows: Sequence[Record],
    task: Evaluating,
    notes: list[str],
    notify: Notify,
) -> EvaluationResult:
    """Return what was found of labelled rows."""
    evaluation = leakage.Evaluation(test_rows)
    _guard(evaluation, train_rows, offered, task, notify)
    clean = ~evaluation.with_near_duplicates(
        train_rows, embedders.shared(task.embedder), task.similarity, notify
    )
    real = [row_of(record) for record in train_rows]
    arranged = [arrange(name, rows, real) for name, rows in offered.items()]
    tests = [row_of(record) for record in test_rows]
    labels = _labels(real, arranged, tests)
    notes += _notes(real, arranged, tests, clean)
    if task.repeats < _REPEATS:
        notes.append(f"--repeats {task.repeats}: so few carry no interval for the choice of train "
                     f"rows, and no verdict; take {_REPEATS} or more")  # fmt: skip
    return Trial(task, real, arranged, tests, labels, clean, notify).result(notes)


def _check_numbers(task: Evaluating) -> None:
    if task.repeats < 1:
        raise UsageError(f"--repeats {task.repeats}: expected 1 or more")
    if any(size < 2 for size in task.curve):
        raise UsageError("--curve: expected numbers of real rows, 2 or more")
    if not 0 < task.margin < 1:
        raise UsageError(f"--margin {task.margin:g}: expected a share above 0 and below 1, as 0.01")


def _labelled(
    records: Iterable[Record], what: str, task: Evaluating, notes: list[str]
) -> list[Record]:
    """Return the rows that have a label.

    Raises:
        InputError: one has none, or there are no rows.
    """
    rows = list(records)
    found = [record for record in rows if record.label is not None]
    if len(found) < len(rows):
        if not task.skip_unlabelled:
            file, line = next(record.where for record in rows if record.label is None)
            name = rows[0].schema.label
            raise InputError(f"{file}:{line}: no label in field {name!r}; name it by --label-field "
                             "(--on-error skip leaves such rows out)")  # fmt: skip
        notes.append(f"{len(rows) - len(found):,} rows of {what} have no label and were left out")
    if not found:
        raise InputError(f"{what} has no rows")
    return found


def _guard(
    evaluation: leakage.Evaluation,
    train: Sequence[Record],
    candidates: Mapping[str, Sequence[Record]],
    task: Evaluating,
    notify: Notify,
) -> None:
    """Refuse what would make the scores worthless.

    Raises:
        GuardError: the test set holds synthetic rows or chosen ones, shares rows with a train set,
            or a candidate holds copies of test rows.
    """
    leakage.refuse_synthetic(evaluation.records, "the test set")
    if not task.allow_selected:
        leakage.refuse_selected(evaluation.records, "the test set")
    leakage.refuse_relatives(train, evaluation, "the train set")
    for name, rows in candidates.items():
        leakage.refuse_relatives(rows, evaluation, name)
    own = {(record.id, record.text) for record in train}
    embed = embedders.shared(task.embedder)
    for name, rows in candidates.items():
        new = [record for record in rows if (record.id, record.text) not in own]
        clashes = evaluation.copies(new, embed, task.similarity, notify)
        if clashes:
            raise leakage.guard_error(
                clashes,
                f"rows of {name} equal or nearly equal test rows",
                "take them out with dataaug filter --against TEST",
            )


def _labels(
    real: Sequence[LabelledRow], candidates: Sequence[CandidateSet], test: Sequence[LabelledRow]
) -> tuple[str, ...]:
    """Return all labels in order.

    Raises:
        InputError: the train set has one class only.
    """
    known = {row.label for row in real}
    if len(known) < 2:
        raise InputError(f"the train set has one class only ({next(iter(known))!r}): "
                         "a classifier needs two")  # fmt: skip
    every = [*real, *test, *(row for one in candidates for row in one.rows)]
    return tuple(sorted(_labels_of(every)))


def _labels_of(rows: Iterable[LabelledRow]) -> set[str]:
    return {label for row in rows for own in (row.label, *dict(row.soft)) for label in members(own)}


def _notes(
    real: Sequence[LabelledRow],
    candidates: Sequence[CandidateSet],
    test: Sequence[LabelledRow],
    clean: Mask,
) -> Iterator[str]:
    """Yield what the user should know about the sets."""
    trained, tested = _labels_of(real), _labels_of(test)
    unseen, untested = sorted(tested - trained), sorted(trained - tested)
    if unseen:
        yield f"no real train row has the test label {_list(unseen)}: without help its F1 is 0"
    if untested:
        yield f"no test row has the label {_list(untested)}: nothing can be said of it"
    counts = Counter(label for row in real for label in members(row.label))
    single = sorted(label for label, n in counts.items() if n == 1)
    if single:
        yield f"one real train row only, so the interval can't show its weight: {_list(single)}"
    if len(test) < _SMALL_TEST:
        yield f"{len(test):,} test rows: only large gains can be seen"
    if not clean.all():
        yield (f"{int((~clean).sum()):,} of {len(clean):,} test rows nearly equal a real train "
               "row: the clean part shows the scores without them")  # fmt: skip
    for one in candidates:
        yield from _candidate_notes(one)


def _candidate_notes(one: CandidateSet) -> Iterator[str]:
    if not one.synthetic and not one.unknown:
        yield f"{one.name} has no synthetic rows: there is nothing to gain"
    if one.unknown:
        yield (f"{one.name} has {one.unknown:,} rows without _aug that train does not have; "
               "they count as real (--origin synthetic if a program made them)")  # fmt: skip
    if one.left_out:
        yield f"{one.name} lacks {one.left_out:,} of the real train rows"


def _list(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return ", ".join(map(repr, labels[:_SHOWN])) + more
