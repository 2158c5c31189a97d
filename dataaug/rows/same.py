"""Which rows of several inputs are the same row, and which of them stay."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import lt
from typing import Any, NamedTuple

import orjson

from dataaug.rows import provenance
from dataaug.rows.provenance import KEYS
from dataaug.rows.record import Record, content_id, own_id
from dataaug.rows.spool import Spool
from dataaug.rows.verbatim import edited, exact

_STREAMS = frozenset({"", "row", "<stdin>"})
"""Names of inputs that may be several files in one: a pipe, or what a Python caller hands over."""


def name_of(record: Record) -> str:
    """Return the name under which a row may be known elsewhere.

    That is its id; a row that ``--origin synthetic`` marked as another tool's has the one that it
    has without the mark, so that it is known as the real row that it may be.
    """
    if not is_marked(record):
        return record.id
    line, fields = _unmarked(record)
    own = own_id(fields, record.schema, line)
    return own if own is not None else content_id(line, fields)


def is_marked(record: Record) -> bool:
    """Was the row marked as another tool's (``--origin synthetic``)?"""
    return record.method == "foreign"


def _unmarked(record: Record) -> tuple[bytes, Mapping[str, Any]]:
    fields = {key: value for key, value in record.fields.items() if key not in KEYS}
    return edited(record.line, {}, without=KEYS), fields


@dataclass(slots=True)
class Inputs:
    """Notes of each row, as it comes, which input it is from; 4 bytes a row.

    A file that is named twice is two inputs: its line numbers begin anew.

    Attributes:
        numbers: of the inputs, in the order of the rows.
        streams: the inputs that may be several files in one.
    """

    numbers: "array[int]" = field(default_factory=lambda: array("i"))
    streams: set[int] = field(default_factory=set)
    _last: tuple[str, int, bytes] | None = None
    _current: int = -1

    def extend(self, records: Sequence[Record]) -> None:
        """Take further rows."""
        places = [record.where for record in records]
        numbers = [number for _, number in places]
        # Nearly always: lines of one file, each behind the one before.
        if len({name for name, _ in places}) == 1 and all(map(lt, numbers, numbers[1:])):
            self._note(records[0])
            self.numbers.extend([self._current] * (len(records) - 1))
            self._last = (*places[-1], records[-1].line)
        else:
            for record in records:
                self._note(record)

    def _note(self, record: Record) -> None:
        (name, number), last = record.where, self._last
        # A child has the place of its parent, but never the same line.
        again = last is not None and (number, record.line) == last[1:] and name not in _STREAMS
        if last is None or name != last[0] or number < last[1] or again:
            self._current += 1
            if name in _STREAMS:
                self.streams.add(self._current)
        self._last = (name, number, record.line)
        self.numbers.append(self._current)


class Same(NamedTuple):
    """What was found among rows that share a name.

    Attributes:
        dropped: numbers of rows that are the same as one that stays.
        kept: rows that equal another one of their own file, and stay.
        clashes: rows that share the id of another one, and have other content.
    """

    dropped: list[int]
    kept: int
    clashes: int


def same_rows(spool: Spool, groups: Iterable[Sequence[int]], inputs: Inputs) -> Same:
    """Find the rows that are the same, so that each counts once.

    The same row of two inputs counts once; it is the same if its content is, its id included, in
    whatever order of keys. In a stream, which may be several files in one, a row counts once if it
    has an id and its line is equal. Equal rows inside one file are taken as meant: as many stay as
    the file with most of them has. A real row stays before one that was marked as synthetic.

    Args:
        spool: all rows.
        groups: the numbers of rows that share a name, two at least in each group.
        inputs: which input each row is from.
    """
    found = Same([], 0, 0)
    for group in groups:
        records = dict(zip(group, spool.records_at(group), strict=True))
        alike = defaultdict(list)
        for row, record in records.items():
            alike[_content(record)].append(row)
        kept = 0
        for rows in alike.values():
            stay = _staying(rows, records, inputs)
            kept += len(stay) - 1
            found.dropped.extend(set(rows) - set(stay))
        found = found._replace(kept=found.kept + kept, clashes=found.clashes + len(alike) - 1)
    return found


def _content(record: Record) -> bytes:
    """Return a row's content in one spelling: of the order of keys, of blanks and numbers."""
    line, fields = _unmarked(record) if is_marked(record) else (record.line, record.fields)
    try:
        content = provenance.in_one_form(exact(line, fields))
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # nested deeper than orjson writes
        return line


def _staying(rows: Sequence[int], records: Mapping[int, Record], inputs: Inputs) -> Sequence[int]:
    """Return which of some equal rows stay: those of the input that has most of them."""
    real = [row for row in rows if records[row].is_real]
    by_input = defaultdict(list)
    for row in real or rows:
        by_input[inputs.numbers[row]].append(row)
    offered = [
        _once(own, records) if number in inputs.streams else own for number, own in by_input.items()
    ]
    return min(offered, key=lambda own: (-len(own), sorted(records[row].line for row in own)))


def _once(rows: Sequence[int], records: Mapping[int, Record]) -> Sequence[int]:
    """Return rows of a stream without those that an earlier one equals by id and line."""
    first: dict[bytes, int] = {}
    for row in rows:
        first.setdefault(records[row].line, row)
    return list(first.values()) if _has_id(records[rows[0]]) else rows


def _has_id(record: Record) -> bool:
    named = not record.is_real and not is_marked(record)
    return named or own_id(record.fields, record.schema) is not None
