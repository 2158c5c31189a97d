"""What runs make of what was measured on rows like theirs: methods that help, and warnings."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from dataaug import evidence
from dataaug.evidence import Advice
from dataaug.plugins import Spec
from dataaug.rows.labels import LabelSet
from dataaug.rows.record import Record

_READ = 4_000
"""Real rows that are looked at; sets that are larger are like none that was measured."""


def advised(records: Iterable[Record]) -> tuple[Advice, Iterator[Record]]:
    """Return what is advised for rows, and the rows to go on with."""
    rows, ahead, counts = iter(records), list[Record](), Counter[str]()
    for record in rows:
        ahead.append(record)
        _count(record, counts)
        if counts.total() > _READ:
            said = f"nothing was measured on more than {_READ:,} rows"
            return Advice((), said), chain(ahead, rows)
    return evidence.advise(counts), iter(ahead)


def warned(
    records: Iterable[Record],
    methods: Sequence[Spec],
    warn: Callable[[str], None],
    *,
    balance: bool = False,
) -> Iterator[Record]:
    """Pass rows on, and say behind the last one which methods cost accuracy on rows like these.

    A method with options of the user's is not the one that was measured.

    Args:
        records: the rows.
        methods: what makes new ones of them.
        warn: takes what is to be said.
        balance: are they makers of ``balance``?
    """
    counts = Counter[str]()
    for record in records:
        _count(record, counts)
        yield record
    names = [spec.name for spec in methods]
    if not any(spec.options for spec in methods):
        for said in evidence.harms(names, counts, balance=balance):
            warn(said)


def _count(record: Record, counts: Counter[str]) -> None:
    if record.is_real and record.label is not None and not isinstance(record.label, LabelSet):
        counts[record.label] += 1
