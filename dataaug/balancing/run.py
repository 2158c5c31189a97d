"""Bring minority classes to a count: by any method, by a language model, or by repeating rows."""

import itertools
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from dataaug import allocation
from dataaug.augmentation.run import Augmentation
from dataaug.balancing import MAX_RATIO
from dataaug.balancing.makers import Maker, Order, variants
from dataaug.errors import InputError, ShortfallError, UsageError
from dataaug.filtering.lengths import Lengths
from dataaug.generation.run import Generation, generate
from dataaug.generation.tasks import Task
from dataaug.llms import LLM
from dataaug.rows.record import Outcome, Record, Schema
from dataaug.rows.report import Report
from dataaug.rows.spool import Spool, SpooledRows
from dataaug.rows.summary import Summary, plain_data
from dataaug.rows.taken import Names, Taken
from dataaug.text.normalize import normalise
from dataaug.text.printable import safe

_CHUNK = 256
ENOUGH_REAL = 20
"""Real rows of a label from which on cheap methods train as good a model as a language model's
paraphrases do (Cegin et al. 2025, 267,300 runs: those pay with 5 to 20 seeds a label)."""

Makers: TypeAlias = Mapping[str, Maker]


@dataclass(frozen=True, slots=True)
class Balancing:
    """Which classes are brought to which count.

    Attributes:
        to: ``max`` (of the largest class), ``median`` (of all classes) or a number; empty: only the
            labels that are named.
        labels: counts of single labels; they go before ``to``.
        max_ratio: most synthetic rows for each real row of a label, those that were there included.
        costly: makers that ask a language model, to say where they are not worth it.
        in_turn: a maker is asked for all that those before it could not make, not for its part.
    """

    to: str = "max"
    labels: Mapping[str, int] = field(default_factory=dict)
    max_ratio: float = MAX_RATIO
    costly: frozenset[str] = frozenset()
    in_turn: bool = False

    def __post_init__(self) -> None:
        if self.to not in {"", "max", "median"} and not self.to.isdecimal():
            raise UsageError(f"--to {self.to!r}: expected max, median or a number")
        if self.max_ratio <= 0:
            raise UsageError(f"--max-ratio {self.max_ratio:g}: above 0")

    def target(self, counts: Mapping[str, int], label: str) -> int:
        """Return how many rows a label is to have, by the counts of all labels."""
        if label in self.labels:
            return self.labels[label]
        if self.to == "max":
            return max(counts.values())
        if self.to == "median":
            return -int(-statistics.median(counts.values()) // 1)
        return int(self.to or 0)


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """What became of a label.

    Attributes:
        real: its real rows.
        synthetic: its synthetic rows that were there.
        target: rows that it was to have.
        made: rows that were made.
        short: rows that it still lacks.
        why: why it lacks them, empty where it does not.
    """

    real: int
    synthetic: int
    target: int
    made: int
    short: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class BalanceSummary(Summary):
    """What became of each label.

    Attributes:
        labels: label to its counts, sorted.
    """

    labels: dict[str, LabelCounts]

    def to_row(self) -> dict[str, Any]:
        """Return it as plain JSON data: label to counts; what is not short says nothing of it."""
        every = {label: plain_data(found) for label, found in self.labels.items()}
        return {
            label: row if row["short"] else {key: row[key] for key in row if key in _WHOLE}
            for label, row in every.items()
        }


_WHOLE = ("real", "synthetic", "target", "made")


@dataclass(slots=True)
class _Class:
    """A label: its rows, what it lacks, and what was made for it."""

    label: str
    real: SpooledRows
    there: SpooledRows
    target: int = 0
    wanted: int = 0
    made: int = 0
    capped: bool = False
    ended: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return len(self.real) + self.synthetic

    @property
    def synthetic(self) -> int:
        return len(self.there)

    @property
    def short(self) -> int:
        return self.target - self.total - self.made

    def note(self, maker: str, before: int, asked: int) -> None:
        """Note what a maker could not make."""
        if self.made - before < asked:
            self.ended[maker] = f"made {self.made - before:,} of {asked:,}"


def balance(
    records: Iterable[Record],
    task: Balancing,
    makers: Makers,
    *,
    schema: Schema | None = None,
    report: Report | None = None,
    notify: Callable[[str, int, int], None] = lambda *_: None,
) -> Iterator[Outcome]:
    """Yield all rows as they came, then new rows of the classes that have too few.

    The whole input is read first and spooled to disk. No new row has an id of the input, and none
    but a copy of ``oversample`` one of its texts. Every maker gets an equal part of what a class
    lacks; what one can't make, those after it are asked for.

    Args:
        records: real and synthetic rows; both count, only real ones are varied.
        task: the counts.
        makers: name to maker, in the order in which they are asked.
        schema: which fields text, label and id are.
        report: counts rows; its summary says what became of each class.
        notify: shows progress.

    Raises:
        InputError: no row has a label.
        UsageError: a label that is named is on no row.
        ShortfallError: a class has fewer rows than its target; raised after the last row.
    """
    report = report or Report("balance")
    spool, classes, stream = _read(records, schema or Schema())
    _plan(classes, task, report)
    lacking = {label: found for label, found in classes.items() if found.wanted}
    yield from spool.records()
    total = sum(found.wanted for found in lacking.values())
    for number, (name, maker) in enumerate(makers.items()):
        orders = []
        for label, found in sorted(lacking.items()):
            part = found.wanted - found.made
            if not task.in_turn:
                waiting = dict.fromkeys(range(number, len(makers)), 1)
                part = allocation.shares(part, waiting)[number]
            if part:
                orders.append(replace(stream, label=label, real=found.real, count=part,
                                      made=found.there))  # fmt: skip
        before = {order.label: lacking[order.label].made for order in orders}
        for outcome in maker(orders, report) if orders else ():
            if isinstance(outcome, Record):
                lacking[str(outcome.label)].made += 1
                notify("balance: rows", sum(found.made for found in lacking.values()), total)
            yield outcome
        for order in orders:
            lacking[order.label].note(name, before[order.label], order.count)
    _close(classes, task, report)


def _read(records: Iterable[Record], schema: Schema) -> tuple[Spool, dict[str, _Class], Order]:
    """Return all rows, those of each class, and an order for no row, of what is there."""
    spool, there, seen, lengths = Spool(schema), Taken(), Names(), Lengths()
    classes: dict[str, _Class] = {}
    stream = iter(records)
    while chunk := list(itertools.islice(stream, _CHUNK)):
        first = len(spool)
        spool.extend(chunk)
        lengths.extend([record.text for record in chunk if record.is_real])
        for row, record in enumerate(chunk, first):
            there.note(record)
            seen.note(normalise(record.text))
            if record.label is None:
                continue
            if record.label not in classes:
                classes[record.label] = _Class(record.label, SpooledRows(spool), SpooledRows(spool))
            found = classes[record.label]
            (found.real if record.is_real else found.there).append(row)
    if not classes:
        raise InputError("no row has a label: name its field by --label-field")
    none = SpooledRows(spool)
    real = {label: found.real for label, found in classes.items()}
    return spool, classes, Order("", none, 0, none, seen, there.ids, lengths.learned(), real)


def _plan(classes: Mapping[str, _Class], task: Balancing, report: Report) -> None:
    """Set what each class lacks, and say where a language model is not worth its price."""
    unknown = sorted(set(task.labels) - set(classes))
    if unknown:
        raise UsageError(
            f"--label: no row has the label {', '.join(map(repr, unknown))}; labels here: "
            f"{', '.join(sorted(classes)[:20])} (dataaug generate makes rows of a new label)"
        )
    counts = {label: found.total for label, found in classes.items()}
    rich = []
    for label, found in classes.items():
        found.target = max(found.total, task.target(counts, label))
        most = int(task.max_ratio * len(found.real)) - found.synthetic
        found.wanted = max(0, min(found.target - found.total, most))
        found.capped = found.wanted < found.target - found.total
        if found.wanted and task.costly and len(found.real) > ENOUGH_REAL:
            rich.append(label)
    if rich:
        shown = ", ".join(safe(label, 40) for label in rich[:5])
        report.warn(
            f"labels with more than {ENOUGH_REAL} real rows ({len(rich)}: {shown}"
            f"{' …' if len(rich) > 5 else ''}): there, cheap methods are known to do as well as a "
            "language model (Cegin et al. 2025); compare with --with synonym --with insert"
        )


def _close(classes: Mapping[str, _Class], task: Balancing, report: Report) -> None:
    """Say in the report what became of each class.

    Raises:
        ShortfallError: a class is short of its target.
    """
    counts = {label: _counts(found, task) for label, found in sorted(classes.items())}
    report.note("balance", BalanceSummary(counts))
    short = [found for found in classes.values() if found.short > 0]
    if short:
        shown = "; ".join(
            f"{safe(found.label, 60)}: {found.total + found.made:,} of {found.target:,} "
            f"({_why(found, task)})"
            for found in sorted(short, key=lambda found: -found.short)[:10]
        )
        more = f"; and {len(short) - 10:,} more" if len(short) > 10 else ""
        raise ShortfallError(f"fewer rows than asked for: {shown}{more}")


def _counts(found: _Class, task: Balancing) -> LabelCounts:
    lacks = (found.short, _why(found, task)) if found.short > 0 else (0, "")
    return LabelCounts(len(found.real), found.synthetic, found.target, found.made, *lacks)


def _why(found: _Class, task: Balancing) -> str:
    reasons = [f"{name} {said}" for name, said in found.ended.items()]
    if found.capped:
        reasons.append(
            f"--max-ratio {task.max_ratio:g} allows {task.max_ratio:g} for each of "
            f"{len(found.real):,} real rows"
        )
    return ", ".join(reasons)


def by_method(task: Augmentation) -> Maker:
    """Return a maker that varies rows by a method of ``augment``.

    Args:
        task: one method, with its seed, its protected patterns, the rows that it may not vary, and
            its language model.
    """

    def vary(records: Sequence[Record], count: int) -> list[Outcome]:
        wide = replace(task, count=count, synthetic_only=True, labels=None)
        return list(wide.behind(records, list(map(wide.wants, records)), wide(records)))

    return variants(vary, lambda record: not task.bars(record), task.seed)


def by_task(
    plan: Callable[[Sequence[Order]], Task], llm: LLM | None, settings: Generation
) -> Maker:
    """Return a maker that makes rows by a task of ``generate``, all classes side by side.

    Args:
        plan: turns orders into a task.
        llm: the model; None where the task asks none.
        settings: how rows are named and judged.
    """

    def make(orders: Sequence[Order], report: Report) -> Iterator[Outcome]:
        try:
            there = tuple(row for order in orders for row in order.made)
            first = orders[0]  # what is there in the stream is the same for all
            bounds = first.bounds if settings.bounds is None else settings.bounds
            task = replace(settings, there=there, ids=first.ids, seen=first.seen, bounds=bounds)
            yield from generate(plan(orders), llm, task, report=report)
        except ShortfallError as error:
            report.warn(str(error))  # the makers behind it may still fill the gap

    return make
