"""Pass rows through and add variants of the real ones."""

import functools
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dataaug import engines, llms, plugins, sessions
from dataaug.augmentation.barren import Barren
from dataaug.augmentation.methods import Method, Nothing, Variant
from dataaug.augmentation.turns import Turn, text_turns, varied_texts
from dataaug.engines import Engine
from dataaug.errors import InputError, UsageError
from dataaug.plugins import Spec
from dataaug.rows.annotations import NONE, Annotations, SpanFault, moved, placed
from dataaug.rows.derived import make_child
from dataaug.rows.labels import members
from dataaug.rows.mentions import MentionPool
from dataaug.rows.record import Batch, Outcome, Record, Reject
from dataaug.rows.report import Report
from dataaug.rows.taken import Taken
from dataaug.rows.text_views import seen_whole
from dataaug.text.normalize import digest
from dataaug.text.protection import Protector

_UNASKED = Nothing("")
"""What stands for the answers about a row that can't have another text: no method is asked."""

_CHUNK = 256
"""Rows that a worker gets at a time; no result depends on it."""
_CHUNK_IN_BULK = 50_000
"""The same where requests go out in batches, each of which may take a day."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What to make of each real row; a picklable task for an engine.

    Attributes:
        methods: each makes ``count`` variants of a row; as :func:`dataaug.plugins.typed` has them.
        count: variants of a row by each method.
        seed: the seed of the run.
        protect: regular expressions whose matches no edit touches.
        labels: only rows with one of these labels are varied; None means all rows.
        synthetic_only: leave the rows that came in out of the result.
        barred_ids: ids of evaluation rows; rows that carry one are not varied.
        barred_texts: digests of their texts; rows with one are not varied, variants with one are
            rejected.
        pool: label to the mentions of the real rows of the whole input, for methods that take them;
            None where they were not gathered (:meth:`knowing`).
    """

    methods: tuple[Spec, ...]
    count: int = 1
    seed: int = 0
    protect: tuple[str, ...] = ()
    labels: frozenset[str] | None = None
    synthetic_only: bool = False
    barred_ids: frozenset[str] = frozenset()
    barred_texts: frozenset[bytes] = frozenset()
    pool: Mapping[str, tuple[str, ...]] | None = None

    def __post_init__(self) -> None:
        # Seeds and ids follow from the methods' names.
        methods = tuple(plugins.typed("methods", spec) for spec in self.methods)
        object.__setattr__(self, "methods", methods)

    def wants(self, record: Record) -> bool:
        """Is the row to be varied? Only real rows are: noise on noise teaches nothing real."""
        if not record.is_real:
            return False
        if self.labels is not None:
            label = record.label
            if label is None or self.labels.isdisjoint(members(label)):
                return False
        return not (self.barred_texts and self.bars(record))

    def bars(self, record: Record) -> bool:
        """Is the row an evaluation row, by id or text?"""
        if not self.barred_texts:
            return False
        return record.id in self.barred_ids or digest(record.text) in self.barred_texts

    def barred_of(self, records: Sequence[Record]) -> int:
        """Return how many of some rows are real, but evaluation rows."""
        if not self.barred_texts:
            return 0
        return sum(record.is_real and self.bars(record) for record in records)

    @property
    def takes_mentions(self) -> bool:
        """Does a method work with the mentions of the whole input?"""
        return any(
            "mentions" in (plugins.takes("methods", spec.name) or ()) for spec in self.methods
        )

    def gives_mentions(self, record: Record) -> bool:
        """May mentions of a row go into others: is it real, and no evaluation row?"""
        return record.is_real and not self.bars(record)

    def knowing(self, records: Iterable[Record]) -> "Augmentation":
        """Return the same with the mentions of all rows of the input, where a method takes them."""
        if not self.takes_mentions:
            return self
        pool = MentionPool()
        for record in filter(self.gives_mentions, records):
            pool.note(record)
        return replace(self, pool=pool.by_label())

    def _allowed(self, outcome: Outcome) -> Outcome:
        """Return an outcome, or the reject of a variant that is an evaluation row."""
        if isinstance(outcome, Record) and self.bars(outcome):
            return Reject("augment", "evaluation_copy", outcome)
        return outcome

    def __call__(self, wanted: Sequence[Record]) -> list[list[Outcome]]:
        """Return the outcomes for each of the rows, which are those that :meth:`wants` wants.

        A reject that names the row itself has no record: the row need not come back from a worker.
        """
        protector = _protector(self.protect)
        texts = [varied_texts(record, protector, self.pool) for record in wanted]
        made: list[list[Outcome]] = [[] for _ in wanted]
        for spec, method in zip(self.methods, _loaded(self.methods), strict=True):
            name = str(spec)
            asked = [
                text_turns(record, own, name, self.count, self.seed)
                for record, own in zip(wanted, texts, strict=True)
            ]
            answered = iter(method([turn.request for row in asked for turn in row
                                    if not turn.text.own.fault]))  # fmt: skip
            for record, row, outcomes in zip(wanted, asked, made, strict=True):
                answers = [
                    [_UNASKED] * turn.request.count if turn.text.own.fault else next(answered)
                    for turn in row
                ]
                for k in range(self.count):
                    number, place = divmod(k, len(row))
                    outcome = _outcome(row[place], name, k, answers[place][number])
                    views = record.schema.further_texts  # else the only view is the row itself
                    outcomes.append(seen_whole(outcome, record) if views else outcome)
        if self.barred_texts:
            made = [list(map(self._allowed, outcomes)) for outcomes in made]
        return made

    def behind(
        self,
        records: Sequence[Record],
        wanted: Sequence[bool],
        made: Iterable[Sequence[Outcome]],
    ) -> Iterator[Outcome]:
        """Yield each row, and what was made of it behind it.

        Args:
            records: the rows.
            wanted: which of them were to be varied.
            made: the outcomes of each of those.
        """
        following = iter(made)
        for record, varied in zip(records, wanted, strict=True):
            if not self.synthetic_only:
                yield record
            if varied:
                for outcome in next(following):
                    if isinstance(outcome, Reject) and outcome.record is None:
                        yield Reject(outcome.stage, outcome.reason, record, outcome.detail)
                    else:
                        yield outcome


def _loaded(specs: tuple[Spec, ...]) -> list[Method]:
    """Return the methods of this session; they hold models."""
    return sessions.current().once(
        ("methods", specs), lambda: [plugins.load("methods", spec) for spec in specs]
    )


@functools.lru_cache(maxsize=4)
def _protector(patterns: tuple[str, ...]) -> Protector:
    return Protector(patterns)


def _moved(parent: Record, own: Annotations, answer: Variant) -> dict[str, Any] | SpanFault:
    """Return the fields that depend on a row's text as they are in a variant."""
    if answer.edits is not None:
        return moved(parent, own, answer.edits, answer.text, mentions=answer.mentions)
    if answer.spans is not None or own.tokens:
        return placed(parent, own, answer.spans or (), answer.text)
    return SpanFault("span_lost")


def _outcome(turn: Turn, method: str, variant: int, answer: Variant | Nothing) -> Outcome:
    parent, own, noted = turn.text.view, turn.text.own, turn.text.noted
    found: dict[str, Any] | SpanFault = own.fault or {}
    if not (own is NONE or own.fault or isinstance(answer, Nothing)):
        found = _moved(parent, own, answer)
    if isinstance(found, SpanFault):
        said = {"method": method, "variant": variant, **noted, **found.detail()}
        return Reject("augment", found.reason, None, said)
    if isinstance(answer, Nothing):
        said = {"method": method, "variant": variant, **noted}
        if answer.detail:
            said["message"] = answer.detail
        return Reject("augment", answer.reason, None, said)
    try:
        return make_child(
            parent,
            answer.text,
            method=method,
            variant=variant,
            seed=turn.request.seed,
            edits=answer.edits,
            changed={**answer.changed, **found},
            notes={**noted, **answer.notes} if noted else answer.notes,
        )
    except InputError as error:
        said = {"method": method, "variant": variant, **noted, "message": str(error)}
        return Reject("augment", "not_writable", None, said)


def augment(
    records: Iterable[Record],
    task: Augmentation,
    *,
    there: Taken | None = None,
    engine: Engine | None = None,
    report: Report | None = None,
) -> Iterator[Outcome]:
    """Yield every row as it came, then its variants, or a reject for each that could not be made.

    A variant that is there already, or would have the id of a row that is, becomes a reject too.

    Args:
        records: real and synthetic rows; synthetic ones are passed through.
        task: what to make.
        there: the rows of the whole input. If None, a sequence is looked through first, also for
            mentions; of another iterable, which may be endless, what has come so far is known.
        engine: where the work is done; the session's if none is given.
        report: counts how many variants were asked for.

    Raises:
        UsageError: a method, option or pattern is unknown, or no row has a wanted label.
    """
    task = _informed(task, records)
    engine = engine or _engine(task.methods)
    report = report or Report("augment")
    if there is None:
        records, there = _noted(records)
    _loaded(task.methods)  # a wrong option is an error even where no row comes
    _protector(task.protect)
    seen: set[str] = set()
    barred, barren = 0, Barren()

    waiting: deque[tuple[Batch, list[bool]]] = deque()

    def chunks() -> Iterator[Batch]:
        nonlocal barred
        rows, size = iter(records), _CHUNK_IN_BULK if llms.in_bulk() else _CHUNK
        while chunk := Batch(itertools.islice(rows, size)):
            wanted = list(map(task.wants, chunk))
            barred += task.barred_of(chunk)
            report.asked += sum(wanted) * task.count * len(task.methods)
            if task.labels is not None:
                seen.update(
                    own for row in chunk if row.label is not None for own in members(row.label)
                )
            if task.synthetic_only:
                report.held_back += len(chunk)
            waiting.append((chunk, wanted))
            yield Batch(itertools.compress(chunk, wanted))

    for made in engine.map(task, chunks()):
        rows, wanted = waiting.popleft()
        varied = itertools.compress(rows, wanted)
        new = (_new(record, own, there) for record, own in zip(varied, made, strict=True))
        yield from task.behind(rows, wanted, map(barren.watch, new))
    barren.tell(report.warn)
    if barred:
        report.warn(f"{barred:,} real rows are evaluation rows by id or text and were not varied")
    _refuse_unknown(task.labels or frozenset(), seen)


def _informed(task: Augmentation, records: Iterable[Record]) -> Augmentation:
    """Return the task with the mentions of a sequence, where it does not know any yet."""
    known = task.pool is not None or not isinstance(records, Sequence)
    return task if known else task.knowing(records)


def _engine(methods: Sequence[Spec]) -> Engine:
    """Return the session's engine, or this process where the session has no engine.

    A method that may ask a language model stays in this process: there the caps of the session
    hold, and requests go out side by side anyway.
    """
    connected = sessions.current().settings.connection is not None
    found = None if connected and any(map(_may_ask, methods)) else engines.in_use()
    return found or plugins.load("engines", Spec("local"))


def _may_ask(spec: Spec) -> bool:
    """May a method ask a language model, by itself or by a translator? Another package's may."""
    options = plugins.describe("methods", spec.name)
    by_translator = any(option.startswith("translator=") for option in options)
    takes = plugins.takes("methods", spec.name)
    return by_translator or takes is None or "llm" in takes


def _refuse_unknown(labels: frozenset[str], seen: set[str]) -> None:
    """Refuse labels that no row has.

    Raises:
        UsageError: there is one.
    """
    unknown = labels - seen
    if unknown:
        raise UsageError(
            f"--labels: no row has the label {', '.join(map(repr, sorted(unknown)))}; "
            f"labels here: {', '.join(sorted(seen)[:20]) or 'none'}"
        )


def _noted(records: Iterable[Record]) -> tuple[Iterable[Record], Taken]:
    there = Taken()
    if not isinstance(records, Sequence):
        return there.watch(records), there
    for record in records:
        there.note(record)
    return records, there


def _new(parent: Record, made: Sequence[Outcome], there: Taken) -> list[Outcome]:
    """Return what was made of a row; what is there already becomes a reject."""
    first = there.is_first(parent)
    return [
        outcome
        if isinstance(outcome, Reject) or (first and outcome.id not in there.ids)
        else Reject("augment", "same_row", outcome)
        for outcome in made
    ]


TASKS = ("classification", "extraction")


def fit(methods: Sequence[Spec], task: str) -> None:
    """Refuse methods that do not fit the task.

    A method with an option ``spans`` that is ``refuse`` writes texts anew: it works for
    classification but poorly for extraction, where exact spans matter.

    Raises:
        UsageError: a method does not fit, or the task is unknown.
    """
    if task not in TASKS:
        raise UsageError(f"--task {task!r}: choose from {', '.join(TASKS)}")
    for spec in methods if task == "extraction" else ():
        refuses = "spans=refuse" in plugins.describe("methods", spec.name)
        if refuses and spec.options.get("spans", "refuse") == "refuse":
            raise UsageError(
                f"{spec.name} writes texts anew, and in extraction exact spans matter: take "
                f"synonym or typo, or see -p {spec.name}.spans (--list-methods)"
            )
