"""Reject bad synthetic rows; real rows only on request."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dataaug import engines, plugins
from dataaug.embedders import AUTO
from dataaug.embedders.choice import choosing
from dataaug.engines import Engine
from dataaug.errors import GateError
from dataaug.filtering.checks import Check, ChecksAgainst, Mask, Rows
from dataaug.filtering.checks.by_row import ByRow, judged
from dataaug.filtering.examples import rejected_examples
from dataaug.filtering.notes import FilterSummary
from dataaug.plugins import Spec
from dataaug.rows.labels import members
from dataaug.rows.progress import Notify
from dataaug.rows.record import Outcome, Record, Reject, Schema
from dataaug.rows.report import Report

BY_ROW = (
    "truncated", "letters", "garbled", "leftover", "repetition", "refusal", "placeholder", "voice",
    "label-word", "seed-copy", "language",
)  # fmt: skip
"""Checks of one row that next to no real row fails (docs/checks.md has the figures)."""

DEFAULT_CHECKS = ("length", *BY_ROW, "label", "exact", "near-duplicate")
"""The seed text's three checks, exact duplicates, and what is wrong with generated texts. Those
that compare rows come last: a row must not go for the likeness of one that another check rejects
afterwards."""

_CHUNK = 64  # rows parsed at a time: a thousand would fall out of the processor cache
_SMALL_GROUP = 20
"""Groups of fewer synthetic rows do not trip the guard on dropped groups: chance rules there."""
_HEAVY_DROP = 0.8
"""The share of a method's or label's rows whose loss is worth a warning."""


@dataclass(frozen=True, slots=True)
class Filtering:
    """How to judge.

    Attributes:
        checks: in the order they are made; a row that one rejects is unknown to the next.
        include_real: judge real rows too.
        max_drop: the largest share of a method's or a label's synthetic rows that may be
            rejected; above it nothing is written. None: no limit, but a warning.
        embedder: what embeds for checks that name none; ``auto``: one that knows the languages of
            all rows.
    """

    checks: tuple[Spec, ...]
    include_real: bool = False
    max_drop: float | None = None
    embedder: Spec = field(default_factory=lambda: Spec(AUTO))


def filter(
    records: Iterable[Record],
    task: Filtering,
    *,
    schema: Schema | None = None,
    real: Iterable[Record] = (),
    against: ChecksAgainst | None = None,
    engine: Engine | None = None,
    report: Report | None = None,
    notify: Notify = lambda *_: None,
) -> Iterator[Outcome]:
    """Yield each row as it came, or a reject with the reason, in the order of the input.

    The whole input is read before the first row leaves: it is spooled to disk, and each row costs
    17 bytes of memory besides what the checks keep of it.

    Args:
        records: the rows to judge.
        task: how.
        schema: which fields text, label and id are.
        real: further real rows that are compared with and trained on, but not passed on.
        against: the check that rejects copies of evaluation rows, made before the others
            (:class:`dataaug.leakage.Against`).
        engine: where texts are embedded and rows are judged one by one; the session's if none
            is given.
        report: takes what the checks note, and warnings.
        notify: shows the progress of slow steps.

    Raises:
        GateError: a method or label would lose more than ``max_drop`` of its synthetic rows.
    """
    report = report or Report("filter")
    checks: list[Check] = [plugins.load("checks", spec) for spec in task.checks]
    if against is not None:
        checks.insert(0, against)
    rows = Rows(schema or Schema(), notify)
    rows.include_real = task.include_real
    _observe(rows, checks, real, passing=False)
    _observe(rows, checks, records, passing=True)
    rows.freeze()
    failed = np.full(len(rows), -1, dtype=np.int8)
    with engines.using(engine), choosing(lambda: _texts(rows, against), report, task.embedder):
        for number, bad in enumerate(_judged(rows, checks)):
            rows.alive &= ~bad
            failed[bad] = number
    examples = rejected_examples(rows, checks, failed) if report.paged else ()
    report.note("filter", FilterSummary(rows.notes, examples))
    for warning in rows.warnings:
        report.warn(warning)
    _guard(rows, failed >= 0, task.max_drop, report)
    yield from _outcomes(rows, checks, failed)


def _texts(rows: Rows, against: ChecksAgainst | None) -> Iterator[str]:
    """Yield the texts of all rows that are compared, those that were rejected included."""
    beside = against.records if against else ()
    return (record.text for record in itertools.chain(rows.spool.records(), beside))


def _observe(
    rows: Rows, checks: Sequence[Check], records: Iterable[Record], *, passing: bool
) -> None:
    stream = iter(records)
    while chunk := list(itertools.islice(stream, _CHUNK)):
        rows.extend(chunk, passing=passing)
        for check in checks:
            check.observe(chunk)


def _judged(rows: Rows, checks: Sequence[Check]) -> Iterator[Mask]:
    """Yield what each check rejects; neighbours that need one row at a time share a reading."""
    for single, group in itertools.groupby(checks, lambda check: isinstance(check, ByRow)):
        if single:
            yield from judged([check for check in group if isinstance(check, ByRow)], rows)
        else:
            yield from (check.judge(rows) for check in group)


def _outcomes(
    rows: Rows, checks: Sequence[Check], failed: npt.NDArray[np.int8]
) -> Iterator[Outcome]:
    every = zip(rows.spool.records(), rows.passing.tolist(), failed.tolist(), strict=True)
    for place, (record, passing, number) in enumerate(every):
        if passing and number < 0:
            yield record
        elif passing:
            fault = checks[number].fault(place, rows)
            yield Reject("filter", fault.reason, record, fault.detail)


def _by_name(codes: npt.NDArray[np.intc], names: Sequence[str | None]) -> Counter[str | None]:
    """Return counts by method or label, in the order of their codes; of sets, by each label."""
    found: Counter[str | None] = Counter()
    for code, count in sorted(Counter(codes.tolist()).items()):
        name = names[code]
        for own in (None,) if name is None else members(name):
            found[own] += count
    return found


def _guard(rows: Rows, bad: Mask, limit: float | None, report: Report) -> None:
    """Notice that a whole method or label goes."""
    made = rows.passing & ~rows.real
    over, heavy = [], []
    for kind in ("method", "label"):
        codes = rows.methods if kind == "method" else rows.labels
        names = rows.method_names if kind == "method" else rows.label_names
        total, lost = _by_name(codes[made], names), _by_name(codes[made & bad], names)
        for name, count in total.items():
            share = lost[name] / count
            said = f"{kind} {name!r} loses {lost[name]:,} of {count:,} rows"
            if limit is not None and share > limit:
                over.append(said)
            elif limit is None and share > _HEAVY_DROP and count >= _SMALL_GROUP:
                heavy.append(said)
    if over:
        raise GateError(
            f"nothing was written: {'; '.join(over[:5])}{' …' if len(over) > 5 else ''} "
            f"(--max-drop {limit:g}); look at --rejects without --max-drop"
        )
    for said in heavy[:5]:
        report.warn(f"{said}; see the reasons in --report, and --max-drop to stop at such a loss")
