"""Pseudo-labels: a classifier of the real rows labels unlabelled real rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dataaug import allocation, plugins
from dataaug.classifiers import Probabilities
from dataaug.embedders import AUTO
from dataaug.embedders.choice import choosing
from dataaug.errors import UsageError
from dataaug.labelling import TEACHER
from dataaug.labelling.pool import Guard, labelled, sorted_pool
from dataaug.labelling.teacher import Teacher, teach
from dataaug.labelling.written import WrittenLabels, label_fields, label_values
from dataaug.leakage import Evaluation, check_similarity, watch_train
from dataaug.plugins import Spec
from dataaug.rows import field_paths
from dataaug.rows.derived import make_child
from dataaug.rows.progress import Notify, silent
from dataaug.rows.provenance import PSEUDO_LABELLED, SOFT
from dataaug.rows.record import Outcome, Record, Reject, from_line
from dataaug.rows.report import Report
from dataaug.rows.seeds import derive
from dataaug.rows.summary import Summary
from dataaug.search import NEAR_DUPLICATE

METHOD = "pseudo-label"
"""What stands as the method of a row with a pseudo-label."""
_MASS, _MOST = 0.95, 10
"""Labels of a soft label: the likeliest that make up this probability, so many at most."""


@dataclass(frozen=True, slots=True)
class Labelling:
    """How to label.

    Attributes:
        teacher: the classifier that labels.
        soft: keep the probabilities of further labels.
        ratio: the share of train rows in train and labelled rows together, 0 to 1; None: no limit.
        at_least: rows whose likeliest label is less probable go no further, 0 to 1.
        embedder: what finds copies of evaluation rows.
        similarity: cosine similarity from which on a row is a copy, above 0, at most 1.
        skip: set pool rows with a label aside, and leave train rows without one out.
        seed: the seed of the run.
    """

    teacher: Spec = field(default_factory=lambda: Spec(TEACHER))
    soft: bool = False
    ratio: float | None = None
    at_least: float = 0.0
    embedder: Spec = field(default_factory=lambda: Spec(AUTO))
    similarity: float = NEAR_DUPLICATE
    skip: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LabelSummary(Summary):
    """What a teacher made of a pool.

    Attributes:
        teacher: the classifier with its options.
        train_rows: real rows that it learnt from.
        temperature: what its probabilities were scaled by.
        calibrated_on: train rows that the temperature was found on; 0: too few, and probabilities
            are as the classifier has them.
        expected_right: the share of the written labels that should be right, the mean of their
            probabilities; None where no row was written.
        labels: rows written of each label.
    """

    teacher: str
    train_rows: int
    temperature: float
    calibrated_on: int
    expected_right: float | None
    labels: dict[str, int]


def label(
    pool: Iterable[Record],
    train: Iterable[Record],
    task: Labelling,
    *,
    against: Sequence[Record] = (),
    report: Report | None = None,
    notify: Notify = silent,
) -> Iterator[Outcome]:
    """Yield the rows of a pool with the labels of a teacher, then a reject for each other one.

    What is written follows from the rows, not from their order.

    Args:
        pool: real rows without labels.
        train: real rows with labels.
        task: how to label.
        against: evaluation rows; no pool row that copies one is labelled.
        report: takes what the teacher made of the pool.
        notify: shows the progress.

    Raises:
        InputError: a pool row is synthetic or has a label, or train rows have fewer than two.
        GuardError: a train row is an evaluation row.
        TrainingError: the teacher learnt nothing.
        UsageError: a number is out of range.
    """
    check_numbers(task)
    report = report or Report("label")
    evaluation = Evaluation(against)
    known = labelled(watch_train(train, evaluation, "the train set"), skip=task.skip)
    held = list(pool)
    every = [known, held, against]
    with choosing(lambda: (row.text for rows in every for row in rows), report):
        guard = Guard(evaluation, task.embedder, task.similarity)
        rows, rejects = sorted_pool(held, known, guard, skip=task.skip, notify=notify)
        teacher = teach(plugins.load("classifiers", task.teacher), known, task.seed, notify)
        found = teacher([record.text for record in rows])
    best = np.argmax(found, axis=1) if rows else np.empty(0, np.intp)
    reasons = _left_out(rows, found, best, len(known), task)
    kept = [n for n, reason in enumerate(reasons) if not reason]
    _note(report, task, teacher, len(known), (found, best, kept))
    written = label_values(known)
    for n in kept:
        yield _made(rows[n], found[n], teacher, task, written)
    for n, reason in enumerate(reasons):
        if reason:
            said = {"label": teacher.classes[best[n]], "p": _p(found[n, best[n]])}
            rejects.append(Reject("label", reason, rows[n], said))
    yield from rejects


def check_numbers(task: Labelling) -> None:
    """Refuse numbers that mean nothing.

    Raises:
        UsageError: one is out of range.
    """
    check_similarity(task.similarity)
    if not 0 <= task.at_least <= 1:
        raise UsageError(f"--at-least {task.at_least:g}: expected a probability, 0 to 1")
    if task.ratio == 0:
        raise UsageError("--ratio: the share of real rows is 0, and there are train rows")


def _left_out(
    rows: Sequence[Record],
    found: Probabilities,
    best: npt.NDArray[np.intp],
    train: int,
    task: Labelling,
) -> list[str]:
    """Return for each row the reason why it is left out, empty where it is not.

    Of each label the surest rows stay, so many that the labels keep their proportions.

    Args:
        rows: the rows.
        found: the probabilities of their labels, shape (rows, labels).
        best: the number of the likeliest one.
        train: how many train rows there are.
        task: how to label.
    """
    sure = [_p(found[n, best[n]]) for n in range(len(rows))]
    reasons = ["unsure" if p < task.at_least else "" for p in sure]
    if task.ratio is None:
        return reasons
    left = [n for n, reason in enumerate(reasons) if not reason]
    counts = Counter(int(best[n]) for n in left)
    wanted = min(len(left), round(train * (1 - task.ratio) / task.ratio))
    quota = allocation.shares(wanted, counts, caps=counts) if left else {}
    order = sorted(left, key=lambda n: (-sure[n], derive(task.seed, "label", rows[n].id), n))
    taken: Counter[int] = Counter()
    for n in order:
        taken[int(best[n])] += 1
        if taken[int(best[n])] > quota[int(best[n])]:
            reasons[n] = "over_ratio"
    return reasons


def _p(value: float) -> float:
    """Return a probability as it is written, and compared: digits behind depend on kernels."""
    return round(float(value), 4)


def _made(
    record: Record,
    found: Probabilities,
    teacher: Teacher,
    task: Labelling,
    written: WrittenLabels,
) -> Record:
    """Return a pool row with its pseudo-label.

    Args:
        record: the row.
        found: the probability of each label.
        teacher: what found them.
        task: how to label.
        written: each label as it stands in train rows.
    """
    order = np.argsort(-found, kind="stable")
    label = written[teacher.classes[order[0]]]
    notes: dict[str, Any] = {
        "origin": PSEUDO_LABELLED, "teacher": str(task.teacher), "p": _p(found[order[0]]),
    }  # fmt: skip
    if task.soft:
        notes[SOFT] = _soft(found, order, teacher.classes)
    text = record.text  # of several fields that of the first, which stays as it is
    if record.schema.further_texts:
        text = field_paths.get(record.fields, record.schema.text) or ""
    child = make_child(
        record, text, method=METHOD, variant=0, seed=task.seed,
        changed=label_fields(record, label), notes=notes,
    )  # fmt: skip
    return from_line(child.line, record.schema, record.where)  # without the fragment


def _soft(
    found: Probabilities, order: npt.NDArray[np.intp], classes: Sequence[str]
) -> dict[str, float]:
    """Return the likeliest labels with their weights, which add up to 1 but for rounding."""
    enough = int(np.searchsorted(np.cumsum(found[order]), _MASS)) + 1
    chosen = order[: min(enough, _MOST)]
    weights = found[chosen] / found[chosen].sum()
    pairs = zip(chosen, weights, strict=True)
    return {classes[n]: _p(weight) for n, weight in pairs if _p(weight) > 0}


def _note(
    report: Report,
    task: Labelling,
    teacher: Teacher,
    train: int,
    said: tuple[Probabilities, npt.NDArray[np.intp], Sequence[int]],
) -> None:
    found, best, kept = said
    right = float(np.mean([found[n, best[n]] for n in kept])) if kept else None
    counts = Counter(teacher.classes[best[n]] for n in kept)
    report.note("label", LabelSummary(
        str(task.teacher), train, teacher.temperature, teacher.rows,
        None if right is None else _p(right), dict(sorted(counts.items())),
    ))  # fmt: skip
    if not teacher.rows:
        report.warn(
            "too few train rows to tell how often the teacher is right: p is what the "
            "classifier has it, which is too low where labels have few rows"
        )
    lacking = sorted(set(teacher.classes) - set(counts))
    if lacking and kept:
        shown = ", ".join(map(repr, lacking[:5])) + (" …" if len(lacking) > 5 else "")
        report.warn(f"no row was given {len(lacking):,} of the labels: {shown}")
