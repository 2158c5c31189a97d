"""Pseudo-labels: a teacher who knows the labelled real rows labels unlabelled real rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from dataaug import allocation, llms, plugins
from dataaug.embedders import AUTO
from dataaug.embedders.choice import choosing
from dataaug.errors import UsageError
from dataaug.labelling import TEACHER
from dataaug.labelling.pool import Guard, labelled, sorted_pool
from dataaug.labelling.teacher import as_p, teach
from dataaug.labelling.teachers import TaughtLabel, Teacher, TeacherMaker
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
from dataaug.rows.written_labels import WrittenLabels, label_fields, label_values
from dataaug.search import NEAR_DUPLICATE

METHOD = "pseudo-label"
"""What stands as the method of a row with a pseudo-label."""
TEACHERS = "teachers"
"""The kind of teachers that are no classifiers."""


@dataclass(frozen=True, slots=True)
class Labelling:
    """How to label.

    Attributes:
        teacher: the classifier that labels, or one of the kind ``teachers``.
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
        teacher: the classifier or other teacher with its options.
        train_rows: real rows that it learnt from.
        temperature: what its probabilities were scaled by.
        calibrated_on: train rows by which it is known how often the teacher is right; 0: none, and
            probabilities are as a classifier has them, or unknown.
        expected_right: the share of the written labels that should be right, the mean of their
            probabilities; None where no row was written, or these are unknown.
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
    make = _teaching(task)
    evaluation = Evaluation(against)
    known = labelled(watch_train(train, evaluation, "the train set"), skip=task.skip)
    held = list(pool)
    every = [known, held, against]
    with choosing(lambda: (row.text for rows in every for row in rows), report):
        guard = Guard(evaluation, task.embedder, task.similarity)
        rows, rejects = sorted_pool(held, known, guard, skip=task.skip, notify=notify)
        teacher = make(known, task.seed, notify)
        limited = task.at_least > 0 or task.ratio is not None
        guesses = teacher.guesses(rows, soft=task.soft, sure=limited)
    reasons = _left_out(rows, guesses, len(known), task)
    kept = [n for n, reason in enumerate(reasons) if not reason]
    _note(report, task, teacher, len(known), [guesses[n] for n in kept])
    written = label_values(known)
    for n in kept:
        yield _made(rows[n], guesses[n], task, written)
    for n, reason in enumerate(reasons):
        if reason:
            rejects.append(Reject("label", reason, rows[n], _said(guesses[n])))
    yield from rejects


def _teaching(task: Labelling) -> TeacherMaker:
    """Return what makes the teacher.

    Raises:
        UsageError: there is none of that name, or it asks a language model and none is named.
    """
    if not is_other(task.teacher):
        classifier = plugins.load("classifiers", task.teacher)
        return partial(teach, classifier)
    if "llm" in (plugins.takes(TEACHERS, task.teacher.name) or ()):
        llms.shared()  # before all rows are read
    make: TeacherMaker = plugins.load(TEACHERS, task.teacher)
    return make


def is_other(teacher: Spec) -> bool:
    """Is a teacher none of the classifiers?"""
    return teacher.name in plugins.names(TEACHERS)


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
    rows: Sequence[Record], guesses: Sequence[TaughtLabel], train: int, task: Labelling
) -> list[str]:
    """Return for each row the reason why it is left out, empty where it is not.

    Of each label the surest rows stay, so many that the labels keep their proportions.

    Args:
        rows: the rows.
        guesses: their labels.
        train: how many train rows there are.
        task: how to label.
    """
    reasons = [guess.reason or ("unsure" if _p(guess) < task.at_least else "") for guess in guesses]
    if task.ratio is None:
        return reasons
    left = [n for n, reason in enumerate(reasons) if not reason]
    counts = Counter(guesses[n].label for n in left)
    wanted = min(len(left), round(train * (1 - task.ratio) / task.ratio))
    quota = allocation.shares(wanted, counts, caps=counts) if left else {}
    order = sorted(left, key=lambda n: (-_p(guesses[n]), derive(task.seed, "label", rows[n].id), n))
    taken: Counter[str] = Counter()
    for n in order:
        taken[guesses[n].label] += 1
        if taken[guesses[n].label] > quota[guesses[n].label]:
            reasons[n] = "over_ratio"
    return reasons


def _p(guess: TaughtLabel) -> float:
    """Return how sure a label is; one of which nobody knows it is not."""
    return guess.p or 0.0


def _said(guess: TaughtLabel) -> dict[str, Any]:
    """Return what is to be said of a row that is left out."""
    if guess.reason:
        return {"message": guess.detail} if guess.detail else {}
    return {"label": guess.label, "p": guess.p}


def _made(record: Record, guess: TaughtLabel, task: Labelling, written: WrittenLabels) -> Record:
    """Return a pool row with its pseudo-label.

    Args:
        record: the row.
        guess: what the teacher says of it.
        task: how to label.
        written: each label as it stands in train rows.
    """
    notes: dict[str, Any] = {"origin": PSEUDO_LABELLED, "teacher": str(task.teacher), **guess.notes}
    if guess.p is not None:
        notes["p"] = guess.p
    if task.soft:
        notes[SOFT] = dict(guess.soft)
    text = record.text  # of several fields that of the first, which stays as it is
    if record.schema.further_texts:
        text = field_paths.get(record.fields, record.schema.text) or ""
    child = make_child(
        record, text, method=METHOD, variant=0, seed=task.seed,
        changed=label_fields(record, written[guess.label]), notes=notes,
    )  # fmt: skip
    return from_line(child.line, record.schema, record.where)  # without the fragment


def _note(
    report: Report, task: Labelling, teacher: Teacher, train: int, kept: Sequence[TaughtLabel]
) -> None:
    """Note what was made of the pool.

    Args:
        report: takes it.
        task: how to label.
        teacher: what gave the labels.
        train: how many train rows there are.
        kept: the labels that are written.
    """
    sure = [guess.p for guess in kept if guess.p is not None]
    right = as_p(float(np.mean(sure))) if sure else None
    counts = Counter(guess.label for guess in kept)
    report.note("label", LabelSummary(
        str(task.teacher), train, teacher.temperature, teacher.rows, right,
        dict(sorted(counts.items())),
    ))  # fmt: skip
    for warning in teacher.warnings:
        report.warn(warning)
    lacking = sorted(set(teacher.classes) - set(counts))
    if lacking and kept:
        shown = ", ".join(map(repr, lacking[:5])) + (" …" if len(lacking) > 5 else "")
        report.warn(f"no row was given {len(lacking):,} of the labels: {shown}")
