"""Bring minority classes to a count: by any method, by a language model, or by repeating rows."""

import itertools
import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from dataaug import allocation
from dataaug.augmentation.run import Augmentation
from dataaug.balancing import MAX_RATIO
from dataaug.balancing.makers import Maker, Order, variants
from dataaug.balancing.of_sets import LabelNeed, needs, over_raised, per_label, plan_sets
from dataaug.errors import InputError, ShortfallError, UsageError
from dataaug.filtering.lengths import Lengths
from dataaug.generation.run import Generation, generate
from dataaug.generation.tasks import Task
from dataaug.llms import LLM
from dataaug.rows.labels import members, several
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
        of_one: makers of rows of one label, which can't serve where rows have several.
        in_turn: a maker is asked for all that those before it could not make, not for its part.
    """

    to: str = "max"
    labels: Mapping[str, int] = field(default_factory=dict)
    max_ratio: float = MAX_RATIO
    costly: frozenset[str] = frozenset()
    of_one: frozenset[str] = frozenset()
    in_turn: bool = False

    def __post_init__(self) -> None:
        if self.to not in {"", "max", "median"} and not self.to.isdecimal():
            raise UsageError(f"--to {self.to!r}: expected max, median or a number")
        if not 0 < self.max_ratio < math.inf:
            raise UsageError(f"--max-ratio {self.max_ratio:g}: expected a number above 0")

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
        real: its real rows; of sets of labels, those that have it, and so on.
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
    """Rows of one label, or of one set of labels: what is wanted of it, and what was made.

    Attributes:
        label: the label or the set.
        real: its real rows.
        there: its synthetic rows.
        wanted: rows to make.
        made: rows that were made.
        ended: what each maker that fell short made, and of how many.
    """

    label: str
    real: SpooledRows
    there: SpooledRows
    wanted: int = 0
    made: int = 0
    ended: dict[str, tuple[int, int]] = field(default_factory=dict)

    def note(self, maker: str, before: int, asked: int) -> None:
        """Note what a maker could not make."""
        if self.made - before < asked:
            self.ended[maker] = (self.made - before, asked)


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
    lacks; what one can't make, those after it are asked for. Where rows have several labels, each
    counts, and classes are sets of labels (:mod:`dataaug.balancing.of_sets`).

    Args:
        records: real and synthetic rows; both count, only real ones are varied.
        task: the counts.
        makers: name to maker, in the order in which they are asked.
        schema: which fields text, label and id are.
        report: counts rows; its summary says what became of each class.
        notify: shows progress.

    Raises:
        InputError: no row has a label.
        UsageError: a label that is named is on no row, or a maker can't make rows of sets.
        ShortfallError: a class has fewer rows than its target; raised after the last row.
    """
    report = report or Report("balance")
    spool, classes, stream = _read(records, schema or Schema())
    labels = _plan(classes, task, report)
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
    _close(classes, labels, task, report)


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
    if not any(map(members, classes)):
        raise InputError("no row has a label: name its field by --label-field")
    none = SpooledRows(spool)
    real = {label: found.real for label, found in classes.items()}
    return spool, classes, Order("", none, 0, none, seen, there.ids, lengths.learned(), real)


def _plan(classes: Mapping[str, _Class], task: Balancing, report: Report) -> dict[str, LabelNeed]:
    """Set what is wanted of each class, and say where a language model is not worth its price."""
    if task.of_one and several(classes):
        raise UsageError(
            f"--with {', '.join(sorted(task.of_one))}: it writes rows of one label, and rows here "
            "have a list of labels; name methods, as in --with synonym"
        )
    labels = needs({name: (len(own.real), len(own.there)) for name, own in classes.items()})
    unknown = sorted(set(task.labels) - set(labels))
    if unknown:
        raise UsageError(
            f"--label: no row has the label {', '.join(map(repr, unknown))}; labels here: "
            f"{', '.join(sorted(labels)[:20])} (dataaug generate makes rows of a new label)"
        )
    counts = {label: need.total for label, need in labels.items()}
    for label, need in labels.items():
        need.target = max(need.total, task.target(counts, label))
        need.most = int(task.max_ratio * need.real) - need.synthetic
    for name, rows in plan_sets(
        {name: len(own.real) for name, own in classes.items()}, labels
    ).items():
        classes[name].wanted = rows
    rich = [
        label for label, need in labels.items()
        if need.planned and task.costly and need.real > ENOUGH_REAL
    ]  # fmt: skip
    if rich:
        shown = ", ".join(safe(label, 40) for label in rich[:5])
        report.warn(
            f"labels with more than {ENOUGH_REAL} real rows ({len(rich)}: {shown}"
            f"{' …' if len(rich) > 5 else ''}): there, cheap methods are known to do as well as a "
            "language model (Cegin et al. 2025); compare with --with synonym --with insert"
        )
    return labels


def _close(
    classes: Mapping[str, _Class], labels: Mapping[str, LabelNeed], task: Balancing, report: Report
) -> None:
    """Say in the report what became of each label.

    Raises:
        ShortfallError: a label is short of its target.
    """
    made = per_label({name: own.made for name, own in classes.items()})
    found = {
        label: _counts(label, need, made[label], classes, task) for label, need in labels.items()
    }
    report.note("balance", BalanceSummary(dict(sorted(found.items()))))
    if several(classes):
        for warning in over_raised(labels, made):
            report.warn(warning)
    short = {label: own for label, own in found.items() if own.short > 0}
    if short:
        shown = "; ".join(
            f"{safe(label, 60)}: {own.target - own.short:,} of {own.target:,} ({own.why})"
            for label, own in sorted(short.items(), key=lambda pair: -pair[1].short)[:10]
        )
        more = f"; and {len(short) - 10:,} more" if len(short) > 10 else ""
        raise ShortfallError(f"fewer rows than asked for: {shown}{more}")


def _counts(
    label: str, need: LabelNeed, made: int, classes: Mapping[str, _Class], task: Balancing
) -> LabelCounts:
    short = max(0, need.target - need.total - made)
    why = _why(label, need, classes, task) if short else ""
    return LabelCounts(need.real, need.synthetic, need.target, made, short, why)


def _why(label: str, need: LabelNeed, classes: Mapping[str, _Class], task: Balancing) -> str:
    """Say why a label is short: what makers could not make of it, and what was not asked for."""
    ended: dict[str, tuple[int, int]] = {}
    for own in classes.values():
        for name, (made, asked) in own.ended.items() if label in members(own.label) else ():
            before = ended.get(name, (0, 0))
            ended[name] = (before[0] + made, before[1] + asked)
    reasons = [f"{name} made {made:,} of {asked:,}" for name, (made, asked) in ended.items()]
    if need.capped:
        reasons.append(
            f"--max-ratio {task.max_ratio:g} allows {task.max_ratio:g} for each of "
            f"{need.real:,} real rows"
        )
    return ", ".join(reasons)


def by_method(task: Augmentation) -> Maker:
    """Return a maker that varies rows by a method of ``augment``.

    Args:
        task: one method, with its seed, its protected patterns, the rows that it may not vary, and
            its language model.
    """

    def make(orders: Sequence[Order], report: Report) -> Iterator[Outcome]:
        every = itertools.chain.from_iterable(orders[0].classes.values())
        known = task.knowing(every)

        def vary(records: Sequence[Record], count: int) -> list[Outcome]:
            wide = replace(known, count=count, synthetic_only=True, labels=None)
            return list(wide.behind(records, list(map(wide.wants, records)), wide(records)))

        yield from variants(vary, lambda record: not task.bars(record), task.seed)(orders, report)

    return make


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
