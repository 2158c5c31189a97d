"""What runs make of what was measured on rows like theirs: methods that help, and warnings."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from dataaug import evidence
from dataaug.evidence import Advice
from dataaug.plugins import Spec
from dataaug.rows.labels import LabelSet
from dataaug.rows.record import Record

_READ = 4_000
"""Real rows that are looked at; sets that are larger are like none that was measured."""


def count(record: Record, counts: Counter[str]) -> None:
    """Count a real row with one label."""
    if record.is_real and record.label is not None and not isinstance(record.label, LabelSet):
        counts[record.label] += 1


def advised(
    records: Iterable[Record], known: Counter[str] | None = None
) -> tuple[Advice, Iterator[Record]]:
    """Return what is advised for rows, and the rows to go on with.

    Args:
        records: the rows, or those of a shard.
        known: the real rows of each label in the whole input. If None they are counted in
            ``records``, which may be endless: no more are read ahead than advice may be given for.
    """
    rows, ahead, counts = iter(records), list[Record](), Counter[str](known)
    for record in rows if known is None else ():
        ahead.append(record)
        count(record, counts)
        if counts.total() > _READ:
            break
    if counts.total() > _READ:
        said = Advice((), f"nothing was measured on more than {_READ:,} rows")
    else:
        said = evidence.advise(counts)
    return said, chain(ahead, rows)


def warned(
    records: Iterable[Record],
    methods: Sequence[Spec],
    warn: Callable[[str], None],
    known: Mapping[str, int] | None = None,
    *,
    balance: bool = False,
) -> Iterator[Record]:
    """Pass rows on, and say behind the last one which methods cost accuracy on rows like these.

    A method with options of the user's is not the one that was measured.

    Args:
        records: the rows, or those of a shard.
        methods: what makes new ones of them.
        warn: takes what is to be said.
        known: the real rows of each label in the whole input; if None they are counted.
        balance: are they makers of ``balance``?
    """
    counts = Counter[str](known)
    for record in records:
        if known is None:
            count(record, counts)
        yield record
    if not any(spec.options for spec in methods):
        for said in evidence.harms([spec.name for spec in methods], counts, balance=balance):
            warn(said)
